//! Where the parts of a packet's header lie (RFC 9000, 17). Tells no fields, so that
//! dissector and session agree on it.

use super::version;
use std::ops::Range;

/// Most bytes of a connection ID (RFC 9000, 17.2).
pub(super) const LONGEST_ID: usize = 20;

/// Types of packets with a long header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Negotiation,
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    /// Of a version that is not known.
    Other,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Negotiation => "Version Negotiation",
            Kind::Initial => "Initial",
            Kind::ZeroRtt => "0-RTT",
            Kind::Handshake => "Handshake",
            Kind::Retry => "Retry",
            Kind::Other => "Unknown version",
        }
    }
}

/// A number of variable length (RFC 9000, 16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Varint {
    pub value: u64,
    pub at: usize,
    pub len: usize,
}

impl Varint {
    pub fn read(bytes: &[u8], at: usize) -> Option<Varint> {
        let first = *bytes.get(at)?;
        let len = 1 << (first >> 6);
        let rest = bytes.get(at + 1..at + len)?;
        let value = rest.iter().fold(u64::from(first & 0x3f), |all, byte| all << 8 | u64::from(*byte));
        Some(Varint { value, at, len })
    }
}

/// Bytes that are missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lack {
    pub at: usize,
    pub needed: usize,
    pub what: &'static str,
}

/// A packet with a long header; ranges are relative to its first byte, and empty
/// where the bytes end before.
#[derive(Clone, Debug)]
pub(crate) struct Long {
    pub version: u32,
    pub kind: Kind,
    pub dcid: Range<usize>,
    pub scid: Range<usize>,
    /// Length of the token of an Initial.
    pub token_length: Option<Varint>,
    /// Token of an Initial or a Retry.
    pub token: Range<usize>,
    /// Bytes from the packet number on.
    pub length: Option<Varint>,
    /// What the header leaves: from the packet number, the tag of a Retry, the versions.
    pub rest: usize,
    /// One past the packet, as it claims.
    pub end: usize,
}

impl Long {
    /// The packet that `bytes` begin with, and what it lacks. `None` for those that
    /// do not even have both connection IDs.
    pub(super) fn read(bytes: &[u8]) -> Option<(Long, Option<Lack>)> {
        let (&[first, a, b, c, d, dcil], _) = bytes.split_first_chunk::<6>()?;
        let dcid = 6..6 + usize::from(dcil);
        let scil = usize::from(*bytes.get(dcid.end)?);
        let scid = dcid.end + 1..dcid.end + 1 + scil;
        if first & 0x80 == 0 || dcid.len() > LONGEST_ID || scil > LONGEST_ID || scid.end > bytes.len() {
            return None;
        }
        let version = u32::from_be_bytes([a, b, c, d]);
        let known = version::find(version);
        let kind = match (version, known.map(|known| known.is_2), first >> 4 & 3) {
            (0, ..) => Kind::Negotiation,
            (_, None, _) => Kind::Other,
            (_, Some(false), 0) | (_, Some(true), 1) => Kind::Initial,
            (_, Some(false), 1) | (_, Some(true), 2) => Kind::ZeroRtt,
            (_, Some(false), 2) | (_, Some(true), 3) => Kind::Handshake,
            _ => Kind::Retry,
        };
        let rest = scid.end;
        let end = bytes.len();
        let (token_length, length, token) = (None, None, rest..rest);
        let mut long = Long { version, kind, dcid, scid, token_length, token, length, rest, end };
        let lack = long.read_rest(bytes);
        Some((long, lack))
    }

    fn read_rest(&mut self, bytes: &[u8]) -> Option<Lack> {
        let mut at = self.rest;
        let has_tag = version::find(self.version).is_some_and(|version| version.retry.is_some());
        if self.kind == Kind::Retry && !has_tag {
            // The original connection ID and its length in place of a tag.
            let end = at + 1 + bytes.get(at).copied().map_or(0, usize::from);
            if end > bytes.len() {
                return Some(Lack { at, needed: end - at, what: "original connection ID" });
            }
            (self.token, self.rest) = (end..bytes.len(), bytes.len());
        } else if self.kind == Kind::Retry {
            let Some(tag) = bytes.len().checked_sub(16).filter(|tag| *tag >= at) else {
                return Some(Lack { at, needed: 16, what: "retry integrity tag" });
            };
            (self.token, self.rest) = (at..tag, tag);
        }
        if self.kind == Kind::Initial {
            let Some(length) = Varint::read(bytes, at) else {
                return Some(Lack { at, needed: varint_len(bytes, at), what: "token length" });
            };
            at += length.len;
            self.token_length = Some(length);
            let needed = usize::try_from(length.value).unwrap_or(usize::MAX);
            let Some(end) = at.checked_add(needed).filter(|end| *end <= bytes.len()) else {
                return Some(Lack { at, needed, what: "token" });
            };
            (self.token, at) = (at..end, end);
        }
        if matches!(self.kind, Kind::Initial | Kind::ZeroRtt | Kind::Handshake) {
            let Some(length) = Varint::read(bytes, at) else {
                return Some(Lack { at, needed: varint_len(bytes, at), what: "length" });
            };
            at += length.len;
            self.length = Some(length);
            self.rest = at;
            let needed = usize::try_from(length.value).unwrap_or(usize::MAX);
            self.end = at.saturating_add(needed);
            if self.end > bytes.len() {
                return Some(Lack { at, needed, what: "packet" });
            }
        }
        None
    }

    /// What is there of the packet.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(..self.end).unwrap_or(bytes)
    }
}

fn varint_len(bytes: &[u8], at: usize) -> usize {
    bytes.get(at).map_or(1, |first| 1 << (first >> 6))
}

/// The packets that a datagram holds (RFC 9000, 12.2) as far as they have long
/// headers, are whole and of one connection, each with its place. A datagram of more
/// than a few is none.
pub(crate) fn longs(datagram: &[u8]) -> impl Iterator<Item = (usize, Long)> {
    let (mut at, mut id) = (0, None);
    std::iter::from_fn(move || {
        let rest = datagram.get(at..)?;
        let (long, lack) = Long::read(rest)?;
        let own = rest.get(long.dcid.clone());
        if lack.is_some() || id.is_some() && id != own {
            return None;
        }
        let place = at;
        id = own;
        at += long.end.max(1);
        Some((place, long))
    })
    .take(super::MAX_PACKETS)
}

/// Strict, since it is asked of every datagram of unknown ports: a long header of a
/// version that is known, with connection IDs that are no longer than they may be.
pub(super) fn is_long(bytes: &[u8]) -> bool {
    match bytes {
        [0x80..=0xff, a, b, c, d, ..] if bytes.len() >= 13 => {
            let version = u32::from_be_bytes([*a, *b, *c, *d]);
            version::find(version).is_some() && Long::read(bytes).is_some()
        }
        _ => false,
    }
}
