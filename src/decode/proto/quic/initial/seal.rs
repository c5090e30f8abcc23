//! Makes Initial packets as the two ends do, for tests and fuzzing: bytes that nobody
//! protected never open, so that what is behind would never be reached.

use super::{Keys, TAG};
use crate::decode::proto::quic::version;
use aes_gcm::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

/// An Initial packet before its protection.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode::proto::quic) struct Initial<'a> {
    pub version: u32,
    pub dcid: &'a [u8],
    pub scid: &'a [u8],
    pub token: &'a [u8],
    pub number: u32,
    /// Its frames.
    pub plain: &'a [u8],
    /// The connection ID that the keys come from, and whose keys they are.
    pub id: &'a [u8],
    pub from_client: bool,
}

impl Initial<'_> {
    /// The packet as it is sent; `None` for a version without keys and for what is too long.
    pub fn seal(&self) -> Option<Vec<u8>> {
        let version = version::find(self.version)?;
        let secret = Hkdf::<Sha256>::new(Some(version.salts.first()?), self.id);
        let keys = Keys::new(&secret, version, self.from_client)?;
        let length =
            |len: usize| Some((u16::try_from(len).ok().filter(|len| len >> 14 == 0)? | 0x4000).to_be_bytes());
        let mut packet = vec![if version.is_2 { 0xd3 } else { 0xc3 }];
        packet.extend_from_slice(&self.version.to_be_bytes());
        for id in [self.dcid, self.scid] {
            packet.push(u8::try_from(id.len()).ok()?);
            packet.extend_from_slice(id);
        }
        packet.extend_from_slice(&length(self.token.len())?);
        packet.extend_from_slice(self.token);
        let number = self.number.to_be_bytes();
        packet.extend_from_slice(&length(number.len() + self.plain.len() + TAG)?);
        let at = packet.len();
        packet.extend_from_slice(&number);
        let mut nonce = keys.iv;
        for (byte, part) in nonce.iter_mut().rev().zip(number.iter().rev()) {
            *byte ^= part;
        }
        let mut sealed = self.plain.to_vec();
        let cipher = Aes128Gcm::new(&keys.key.into());
        let tag = cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &packet, InOutBuf::from(&mut sealed[..]))
            .ok()?;
        packet.append(&mut sealed);
        packet.extend_from_slice(&tag);
        let mut mask = (*packet.get(at + 4..)?.first_chunk::<16>()?).into();
        Aes128::new(&keys.protection.into()).encrypt_block(&mut mask);
        let [first, mask @ ..]: [u8; 16] = mask.into();
        *packet.first_mut()? ^= first & 0x0f;
        packet.get_mut(at..)?.iter_mut().zip(mask).take(number.len()).for_each(|(byte, mask)| *byte ^= mask);
        Some(packet)
    }
}
