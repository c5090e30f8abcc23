//! Opens Initial packets: their keys come from a connection ID that they show, so
//! that everyone can derive them (RFC 9001, 5). They keep out damage and guesses,
//! not readers.

#[cfg(any(test, fuzzing))]
pub(super) mod seal;

use super::header::Long;
use super::version::{self, Version};
use aes_gcm::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::{Aes128Gcm, Nonce, Tag};
use hkdf::Hkdf;
use sha2::Sha256;

/// Bytes of the tag that proves a packet whole.
pub(super) const TAG: usize = 16;
/// Connection IDs that are tried for one packet.
const MAX_TRIED: usize = 8;

/// A packet that could be read.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The first byte without protection.
    pub first: u8,
    pub number: u64,
    /// Bytes of the packet number.
    pub number_len: usize,
    /// Its frames.
    pub plain: Box<[u8]>,
    /// It was protected with the client's keys.
    pub from_client: bool,
}

/// Opens the Initial packet that `bytes` begin with: `ids` are the connection IDs that
/// its keys may come from. `None` where none of them proves it whole.
pub(crate) fn open<'a>(bytes: &[u8], long: &Long, ids: impl Iterator<Item = &'a [u8]>) -> Option<Opened> {
    let version = version::find(long.version)?;
    let packet = long.bytes(bytes);
    // Else it is tried and failed for each key.
    packet.get(long.rest..)?.get(4 + TAG - 1)?;
    ids.take(MAX_TRIED).find_map(|id| {
        version.salts.iter().find_map(|salt| {
            let secret = Hkdf::<Sha256>::new(Some(salt), id);
            let mut sides = [true, false].into_iter();
            sides.find_map(|from_client| Keys::new(&secret, version, from_client)?.open(packet, long.rest))
        })
    })
}

struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    protection: [u8; 16],
    from_client: bool,
}

impl Keys {
    fn new(secret: &Hkdf<Sha256>, version: &Version, from_client: bool) -> Option<Keys> {
        let side: [u8; 32] = expand(secret, if from_client { "client in" } else { "server in" })?;
        let side = Hkdf::<Sha256>::from_prk(&side).ok()?;
        let [key, iv, protection] = version.labels;
        Some(Keys {
            key: expand(&side, key)?,
            iv: expand(&side, iv)?,
            protection: expand(&side, protection)?,
            from_client,
        })
    }

    /// Takes the protection off header and payload (RFC 9001, 5.3 and 5.4). `at` is
    /// where the packet number begins.
    fn open(&self, packet: &[u8], at: usize) -> Option<Opened> {
        let sample = packet.get(at + 4..)?.first_chunk::<16>()?;
        let mut mask = (*sample).into();
        Aes128::new(&self.protection.into()).encrypt_block(&mut mask);
        let [mask_first, mask_number @ ..]: [u8; 16] = mask.into();
        let first = packet.first()? ^ (mask_first & 0x0f);
        let number_len = usize::from(first & 3) + 1;
        let mut header = packet.get(..at + number_len)?.to_vec();
        *header.first_mut()? = first;
        let mut number = 0;
        for (byte, mask) in header.get_mut(at..)?.iter_mut().zip(mask_number) {
            *byte ^= mask;
            number = number << 8 | u64::from(*byte);
        }
        let (sealed, tag) = packet.get(at + number_len..)?.split_last_chunk::<TAG>()?;
        let mut nonce = self.iv;
        for (byte, part) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= part;
        }
        let mut plain: Box<[u8]> = sealed.into();
        let cipher = Aes128Gcm::new(&self.key.into());
        let tag = Tag::from(*tag);
        cipher
            .decrypt_inout_detached(&Nonce::from(nonce), &header, InOutBuf::from(&mut *plain), &tag)
            .ok()?;
        Some(Opened { first, number, number_len, plain, from_client: self.from_client })
    }
}

/// HKDF-Expand-Label (RFC 8446, 7.1).
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    let length = u16::try_from(N).ok()?.to_be_bytes();
    let size = u8::try_from("tls13 ".len() + label.len()).ok()?;
    secret.expand_multi_info(&[&length, &[size], b"tls13 ", label.as_bytes(), &[0]], &mut out).ok()?;
    Some(out)
}

/// Whether the tag of a Retry fits (RFC 9001, 5.8): `id` is the connection ID that
/// the client's first packet was sent to. `None` where its version has no such tag.
pub(super) fn is_retry_sound(bytes: &[u8], long: &Long, id: &[u8]) -> Option<bool> {
    let (key, nonce) = version::find(long.version)?.retry?;
    let (head, tag) = bytes.split_last_chunk::<TAG>()?;
    let mut covered = vec![u8::try_from(id.len()).ok()?];
    covered.extend_from_slice(id);
    covered.extend_from_slice(head);
    let cipher = Aes128Gcm::new(&key.into());
    let tag = Tag::from(*tag);
    let mut nothing = [];
    let opened =
        cipher.decrypt_inout_detached(&Nonce::from(nonce), &covered, InOutBuf::from(&mut nothing[..]), &tag);
    Some(opened.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
    }

    fn keys(version: u32, from_client: bool) -> Keys {
        let version = version::find(version).unwrap();
        let secret = Hkdf::<Sha256>::new(Some(&version.salts[0]), &hex("8394c8f03e515708"));
        Keys::new(&secret, version, from_client).unwrap()
    }

    /// RFC 9001, A.1 and RFC 9369, A.1: a wrong salt or label would show here.
    #[test]
    fn keys_are_those_of_the_examples() {
        let client = keys(1, true);
        assert_eq!(client.key[..], hex("1f369613dd76d5467730efcbe3b1a22d"));
        assert_eq!(client.iv[..], hex("fa044b2f42a3fd3b46fb255c"));
        assert_eq!(client.protection[..], hex("9f50449e04a0e810283a1e9933adedd2"));
        let server = keys(1, false);
        assert_eq!(server.key[..], hex("cf3a5331653c364c88f0f379b6067e37"));
        assert_eq!(server.iv[..], hex("0ac1493ca1905853b0bba03e"));
        assert_eq!(server.protection[..], hex("c206b8d9b9f0f37644430b490eeaa314"));
        let client = keys(0x6b33_43cf, true);
        assert_eq!(client.key[..], hex("8b1a0bc121284290a29e0971b5cd045d"));
        assert_eq!(client.iv[..], hex("91f73e2351d8fa91660e909f"));
        assert_eq!(client.protection[..], hex("45b95e15235d6f45a6b19cbcb0294ba9"));
    }

    /// RFC 9001, A.3: the server's answer, in which one changed byte must not pass.
    #[test]
    fn the_server_s_initial_of_the_example_opens() {
        let mut packet = hex(
            "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3\
             8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84\
             022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee",
        );
        let (long, lack) = Long::read(&packet).unwrap();
        assert!(lack.is_none());
        let id = hex("8394c8f03e515708");
        let ids = || [&b"no"[..], &id].into_iter();
        let opened = open(&packet, &long, ids()).unwrap();
        assert_eq!((opened.number, opened.number_len, opened.from_client), (1, 2, false));
        assert!(opened.plain.starts_with(&hex("02000000000600405a020000560303")));
        assert!(open(&packet, &long, [&b"no"[..]].into_iter()).is_none(), "with another ID");
        *packet.last_mut().unwrap() ^= 1;
        assert!(open(&packet, &long, ids()).is_none(), "with a changed tag");
    }

    /// RFC 9001, A.4 and RFC 9369, A.4.
    #[test]
    fn the_retries_of_the_examples_are_sound() {
        for retry in [
            "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
            "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
        ] {
            let packet = hex(retry);
            let (long, _) = Long::read(&packet).unwrap();
            assert_eq!(&packet[long.token.clone()], b"token");
            assert_eq!(is_retry_sound(&packet, &long, &hex("8394c8f03e515708")), Some(true));
            assert_eq!(is_retry_sound(&packet, &long, &hex("8394c8f03e515709")), Some(false));
        }
    }
}
