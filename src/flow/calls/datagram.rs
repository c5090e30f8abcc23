//! `sendto` and `recvfrom` of a UDP flow.

use super::{Call, Kind, List, Why, call};
use crate::flow::Side;
use crate::flow::stream::Segment;

/// Datagrams to a side of which no socket is known yet: where they are.
const WAITING: usize = 4096;

/// One side.
#[derive(Debug, Default)]
struct End {
    /// It has a socket, told by this flow.
    told: bool,
    /// Where datagrams for it are, and their bytes.
    waiting: Vec<(u32, u32)>,
}

/// What is known of both sides.
#[derive(Debug, Default)]
pub(super) struct Datagram {
    ends: [End; 2],
}

impl Datagram {
    fn end(&mut self, side: Side) -> &mut End {
        let [a, b] = &mut self.ends;
        if side == Side::A { a } else { b }
    }

    pub(super) fn push(&mut self, list: &mut List, segment: &Segment, place: u32, known: [bool; 2]) {
        let (own, other) = (segment.side(), segment.side().other());
        let is_known = |side: Side| known.get(side as usize).copied().unwrap_or(false);
        if !self.end(own).told {
            if self.end(own).waiting.is_empty() && !is_known(own) {
                list.insert(call(own, Kind::Socket, Why::HasSocket, place));
                self.end(own).told = true;
            }
            // What it answers has reached it, and so it was bound before.
            self.take(list, own, is_known(own), Why::Bound);
        }
        let bytes = segment.len.into();
        list.insert(Call { bytes, ..call(own, Kind::SendTo, Why::Seen, place) });
        let end = self.end(other);
        if end.waiting.len() < WAITING {
            end.waiting.push((place, segment.len));
        }
        if end.told || is_known(other) {
            self.take(list, other, true, Why::Delivered);
        }
    }

    /// The datagram at a place waits for nobody any more.
    pub(super) fn forget(&mut self, place: u32) {
        self.ends.iter_mut().for_each(|end| end.waiting.retain(|(at, _)| *at != place));
    }

    /// A side has a socket, of which nothing else told unless it is `known`:
    /// it has taken what waited.
    pub(super) fn take(&mut self, list: &mut List, side: Side, known: bool, why: Why) {
        let end = self.end(side);
        let made = !std::mem::replace(&mut end.told, true) && !known;
        let waited = std::mem::take(&mut end.waiting);
        if let Some((first, _)) = waited.first().filter(|_| made) {
            list.insert(call(side, Kind::Socket, Why::HasSocket, *first));
            list.insert(call(side, Kind::Bind, why, *first));
        }
        let why = if why == Why::Bound { Why::Delivered } else { why };
        for (at, bytes) in waited {
            list.insert(Call { bytes: bytes.into(), ..call(side, Kind::RecvFrom, why, at) });
        }
    }
}
