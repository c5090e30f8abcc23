//! The client hello in the form of SSL 2.0, which old clients sent in case the
//! server knew nothing newer (RFC 5246, E.2).

use super::fields::*;
use crate::decode::{FieldDef, Packet, Sink};
use std::fmt::Write as _;

crate::decode::field::fields! {
    LENGTH2 = FieldDef::uint("tls.record.length", "Length", 16).mask(0x7fff)
        .about("Bytes of the message behind this header; the highest bit says that there is no padding. RFC 5246, E.2.");
    SPECS_LEN = FieldDef::uint("tls.handshake.cipher_spec_len", "Cipher Spec Length", 16)
        .about("Bytes of the list, three for each method. RFC 5246, E.2.");
    ID_LEN = FieldDef::uint("tls.handshake.session_id_length", "Session ID Length", 16)
        .about("Bytes of the session's name; 0 or 16. RFC 5246, E.2.");
    CHALLENGE_LEN = FieldDef::uint("tls.handshake.challenge_length", "Challenge Length", 16)
        .about("Bytes of the challenge. RFC 5246, E.2.");
    SPEC = FieldDef::uint("tls.handshake.cipherspec", "Cipher Spec", 24).hex()
        .about("A set of methods that the client can use; those that begin with 0 are TLS's own. RFC 5246, E.2.");
    CHALLENGE = FieldDef::bytes("tls.handshake.challenge", "Challenge")
        .about("Random bytes in place of the hello's random. RFC 5246, E.2.");
}

const HEADER: usize = 11;

/// Lengths of cipher specs, session id and challenge, and the message's end.
fn lengths(bytes: &[u8]) -> Option<([usize; 3], usize)> {
    let &[high @ 0x80..=0xff, low, 1, major, minor, c0, c1, s0, s1, h0, h1] =
        bytes.first_chunk::<HEADER>()?
    else {
        return None;
    };
    let word = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low]));
    let parts = [word(c0, c1), word(s0, s1), word(h0, h1)];
    let [specs, session, challenge] = parts;
    let len = word(high & 0x7f, low);
    let fits = matches!((major, minor), (0, 2) | (3, 0..=3))
        && specs > 0
        && specs % 3 == 0
        && matches!(session, 0 | 16 | 32)
        && (16..=32).contains(&challenge)
        && len == HEADER - 2 + specs + session + challenge;
    fits.then_some((parts, len + 2))
}

/// Strict: every length agrees with the others.
pub(super) fn is_hello(bytes: &[u8]) -> bool {
    lengths(bytes).is_some()
}

/// One past the hello.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    lengths(bytes).map(|(_, end)| end.min(bytes.len()))
}

pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>) {
    let Some((parts, end)) = lengths(packet.bytes()).filter(|_| S::DETAIL) else { return };
    let held = packet.bytes().len();
    packet.group(&RECORD, 0, end.min(held));
    packet.label(|text| text.push_str("SSLv2 Client Hello"));
    packet.uint(&LENGTH2, 0, 2);
    packet.uint(&TYPE, 2, 1);
    packet.uint(&VERSION, 3, 2);
    for (def, at) in [(&SPECS_LEN, 5), (&ID_LEN, 7), (&CHALLENGE_LEN, 9)] {
        packet.uint(def, at, 2);
    }
    let [specs, session, challenge] = parts;
    for at in (HEADER..HEADER + specs).step_by(3).take_while(|at| at + 3 <= held) {
        packet.uint(&SPEC, at, 3);
        let value = packet.read(at, 3).unwrap_or(0);
        if let Some(suite) = u16::try_from(value).ok().and_then(tls_parser::TlsCipherSuite::from_id) {
            packet.label(|text| {
                let _ = write!(text, "{} (0x{value:06x})", suite.name);
            });
        }
    }
    let at = HEADER + specs;
    if session > 0 && at < held {
        packet.slice(&SESSION, at, session);
    }
    if at + session < held {
        packet.slice(&CHALLENGE, at + session, challenge);
    }
    packet.end_group();
}
