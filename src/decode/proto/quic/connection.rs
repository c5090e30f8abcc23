//! What earlier packets of a connection say: connection IDs, and the handshake that
//! its Initial packets have brought so far.
//!
//! Owns how that is kept and asked for by place, so that a packet is told only what
//! came before it. Whoever has the packets (the session) tells them here in order;
//! a packet that is peeled alone has none of it.

use super::header::{self, Kind};
use super::{frames, initial};
use crate::decode::FlowKey;
use std::ops::Range;

/// Packets whose connection IDs are kept.
const MAX_SEEN: usize = 32;
/// Bytes of a handshake that are kept, in both directions.
const MAX_CRYPTO: usize = 16 << 10;
/// Pieces of a handshake that are kept.
const MAX_PIECES: usize = 512;

/// A place in a capture: the packet's number, and where a QUIC packet lies in its frame.
pub(crate) type Place = (u64, u32);

#[derive(Debug)]
struct Seen {
    place: Place,
    /// The side that sent the connection's first packet sent this.
    from_first: bool,
    kind: Kind,
    dcid: Box<[u8]>,
    scid: Box<[u8]>,
}

#[derive(Debug)]
struct Piece {
    place: Place,
    from_client: bool,
    offset: u64,
    bytes: Box<[u8]>,
}

/// What the packets of one flow have said so far.
#[derive(Debug, Default)]
pub struct Connection {
    first: Option<FlowKey>,
    seen: Vec<Seen>,
    pieces: Vec<Piece>,
    size: usize,
    /// The first packet of the client that has a piece of the handshake.
    client: Option<FlowKey>,
}

impl Connection {
    /// Takes in what one datagram shows, which lies at `start` of the frame of this number.
    pub fn add(&mut self, number: u64, key: &FlowKey, start: u32, datagram: &[u8]) {
        let first = *self.first.get_or_insert(*key);
        let from_first = first == *key;
        for (at, long) in header::longs(datagram) {
            let (Some(bytes), place) = (datagram.get(at..), (number, start.saturating_add(at as u32))) else {
                return;
            };
            let id = |range: &Range<usize>| Box::<[u8]>::from(bytes.get(range.clone()).unwrap_or_default());
            let (dcid, scid) = (id(&long.dcid), id(&long.scid));
            let is_new = |seen: &Seen| {
                (seen.from_first, seen.kind) != (from_first, long.kind)
                    || (&seen.dcid, &seen.scid) != (&dcid, &scid)
            };
            if self.seen.len() < MAX_SEEN && self.seen.iter().all(is_new) {
                self.seen.push(Seen { place, from_first, kind: long.kind, dcid, scid });
            }
            if long.kind == Kind::Initial {
                self.add_initial(place, key, bytes, &long);
            }
        }
    }

    fn add_initial(&mut self, place: Place, key: &FlowKey, bytes: &[u8], long: &header::Long) {
        let own = bytes.get(long.dcid.clone());
        let ids = own.into_iter().chain(self.ids_before(place));
        let Some(opened) = initial::open(bytes, long, ids) else { return };
        let from_client = opened.from_client;
        for (offset, range) in frames::crypto(&opened.plain) {
            let Some(bytes) = opened.plain.get(range).filter(|_| self.pieces.len() < MAX_PIECES) else {
                return;
            };
            if self.size + bytes.len() > MAX_CRYPTO {
                return;
            }
            self.size += bytes.len();
            self.pieces.push(Piece { place, from_client, offset, bytes: bytes.into() });
            if from_client {
                self.client.get_or_insert(*key);
            }
        }
    }

    /// Connection IDs that the keys of a packet at `place` may come from: those that
    /// Initial and 0-RTT packets before it were sent to, the newest first.
    pub(super) fn ids_before(&self, place: Place) -> impl Iterator<Item = &[u8]> {
        let before = self.seen.iter().rev().filter(move |seen| seen.place < place);
        before.filter(|seen| matches!(seen.kind, Kind::Initial | Kind::ZeroRtt)).map(|seen| &*seen.dcid)
    }

    /// The connection ID that the client's packets before a Retry were sent to.
    pub(super) fn id_retried(&self, place: Place) -> Option<&[u8]> {
        self.ids_before(place).next()
    }

    /// How long the connection IDs are that packets with this key are sent to: as the
    /// other side has named itself before.
    pub(super) fn id_len(&self, place: Place, key: &FlowKey) -> Option<usize> {
        let from_first = self.first? == *key;
        let mut before = self.seen.iter().rev().filter(|seen| seen.place < place);
        let named = before.find(|seen| seen.from_first != from_first && seen.kind != Kind::Negotiation)?;
        Some(named.scid.len())
    }

    /// Pieces of the handshake before `place`, in this direction.
    pub(super) fn pieces_before(
        &self,
        place: Place,
        from_client: bool,
    ) -> impl Iterator<Item = (u64, &[u8])> {
        let before = self.pieces.iter().filter(move |piece| piece.place < place);
        before
            .filter(move |piece| piece.from_client == from_client)
            .map(|piece| (piece.offset, &*piece.bytes))
    }

    /// What the client's handshake begins with, as far as the packets up to this one
    /// have it, and which way it went; nothing where they have no piece of it.
    pub fn hello(&self, number: u64) -> Option<(FlowKey, Vec<u8>)> {
        let mut pieces = self.pieces_before((number + 1, 0), true).peekable();
        pieces.peek()?;
        Some((self.client?, put_together(pieces)))
    }
}

/// What pieces have from the start of the stream on, without a gap. Where two differ,
/// the one that begins first counts.
pub(super) fn put_together<'a>(pieces: impl Iterator<Item = (u64, &'a [u8])>) -> Vec<u8> {
    let mut pieces: Vec<_> = pieces.collect();
    pieces.sort_by_key(|piece| piece.0);
    let mut whole = Vec::new();
    for (offset, bytes) in pieces {
        let Some(skip) = (whole.len() as u64).checked_sub(offset) else { break };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        whole.extend_from_slice(bytes.get(skip..).unwrap_or_default());
    }
    whole
}

/// One past the last handshake message that is whole (RFC 8446, 4).
pub(super) fn whole_messages(stream: &[u8]) -> usize {
    let mut end = 0;
    while let Some(&[_, a, b, c]) = stream.get(end..).and_then(<[u8]>::first_chunk::<4>) {
        let next = end + 4 + (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c));
        if next > stream.len() {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_any_order_are_put_together_up_to_the_gap() {
        let whole = |pieces: &[(u64, &'static [u8])]| put_together(pieces.iter().copied());
        assert_eq!(whole(&[(4, b"efgh"), (0, b"abcd"), (2, b"cdef"), (10, b"kl")]), b"abcdefgh");
        assert_eq!(whole(&[(1, b"bcd")]), b"");
        assert_eq!(whole(&[(0, b"ab"), (u64::MAX, b"z"), (0, b"abc")]), b"abc");
    }

    #[test]
    fn only_whole_messages_count() {
        assert_eq!(whole_messages(&[]), 0);
        assert_eq!(whole_messages(&[1, 0, 0, 2, 9]), 0);
        assert_eq!(whole_messages(&[1, 0, 0, 2, 9, 9, 2, 0, 0]), 6);
        assert_eq!(whole_messages(&[1, 0, 0, 0, 2, 0, 0, 1, 7]), 9);
    }
}
