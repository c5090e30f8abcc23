//! `sendto` and `recvfrom` of a UDP flow.

use super::{Call, Kind, Why, call, insert};
use crate::flow::Side;
use crate::flow::stream::Segment;

/// Datagrams to a side of which no socket is known yet: where they are.
const WAITING: usize = 4096;

/// What is known of both sides.
#[derive(Debug, Default)]
pub(super) struct Datagram {
    speaks: [bool; 2],
    waiting: [Vec<(u32, u32)>; 2],
}

impl Datagram {
    pub(super) fn push(&mut self, list: &mut Vec<Call>, segment: &Segment, place: u32) {
        let (own, other) = (segment.side(), segment.side().other());
        let [a, b] = &mut self.waiting;
        let (own_waiting, other_waiting) = if own == Side::A { (a, b) } else { (b, a) };
        let speaks = self.speaks;
        let spoke = |side: Side| speaks.get(side as usize).copied().unwrap_or(false);
        if !spoke(own) {
            if let Some(known) = self.speaks.get_mut(own as usize) {
                *known = true;
            }
            // What it answers has reached it, and so it was bound before.
            let first = own_waiting.first().map_or(place, |(at, _)| *at);
            let mut found = vec![call(own, Kind::Socket, Why::HasSocket, first)];
            if !own_waiting.is_empty() {
                found.push(call(own, Kind::Bind, Why::Bound, first));
            }
            let taken = |(at, bytes): (u32, u32)| Call {
                bytes: bytes.into(),
                ..call(own, Kind::RecvFrom, Why::Delivered, at)
            };
            found.extend(std::mem::take(own_waiting).into_iter().map(taken));
            list.extend(found);
            list.sort_by_key(|call| call.at);
        }
        let bytes = segment.len.into();
        insert(list, Call { bytes, ..call(own, Kind::SendTo, Why::Seen, place) });
        if spoke(other) {
            insert(list, Call { bytes, ..call(other, Kind::RecvFrom, Why::Delivered, place) });
        } else if other_waiting.len() < WAITING {
            other_waiting.push((place, segment.len));
        }
    }
}
