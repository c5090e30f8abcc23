//! The bytes of one TCP flow: which are new, which came before, and which
//! have arrived.
//!
//! Owns what `send` and `recv` count. What a segment means is told by the TCP
//! analysis; that keeps one highest number a direction and the segments not
//! acknowledged. Calls count bytes, each of them once: also where one segment
//! holds old bytes and new ones, and where the capture had missed them before.
//! Pure. Bounded: [`HOLES`] and [`FLYING`] a direction, each found in a tree.

use crate::flow::stream::Segment;
use crate::flow::{Side, flags};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// Missing ranges that are remembered a direction; bytes of older ones count
/// as seen.
const HOLES: usize = 256;
/// Stretches a direction that wait for their acknowledgement; older ones count
/// as lost to sight.
const FLYING: usize = 1 << 14;
/// How far before its first segment a flow seen from its middle may reach.
const BEFORE: i64 = 1 << 30;

/// What a segment came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Bytes of payload not seen before.
    pub fresh: u32,
    /// A SYN not seen before.
    pub syn: bool,
    /// A FIN not seen before.
    pub fin: bool,
    /// Places of the segments under way whose bytes it carries again.
    pub again: SmallVec<[u32; 2]>,
    /// What its acknowledgement covers for the first time.
    pub arrived: SmallVec<[Flight; 2]>,
    /// Everything that the other side has sent is acknowledged.
    pub settled: bool,
    /// Offset behind its payload.
    pub end: i64,
}

/// What a stretch of sequence numbers stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Syn,
    Data,
    Fin,
}

/// A stretch under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    start: i64,
    /// Offset behind its last byte.
    pub end: i64,
    /// Place of the newest segment that carries it.
    pub at: u32,
    pub what: What,
}

impl Flight {
    /// Bytes of payload.
    pub fn bytes(&self) -> u64 {
        if self.what == What::Data { self.end.abs_diff(self.start) } else { 0 }
    }
}

/// One direction. Neither holes nor flights overlap.
#[derive(Debug, Default)]
struct Way {
    /// Offset behind the highest byte seen, and its sequence number.
    next: Option<(i64, u32)>,
    /// Where each begins and ends.
    holes: BTreeMap<i64, i64>,
    /// By where they begin.
    flying: BTreeMap<i64, Flight>,
    /// Offset up to which the other side has acknowledged.
    acked: i64,
}

impl Way {
    fn offset(&self, seq: u32) -> Option<i64> {
        let (next, number) = self.next?;
        Some(next.saturating_add(i64::from(seq.wrapping_sub(number) as i32)))
    }

    /// Notes a range as seen in the segment at a place; gives how much of it
    /// was not seen before.
    fn take(&mut self, start: i64, end: i64, what: What, at: u32) -> u32 {
        let Some((next, number)) = self.next.filter(|_| end > start) else { return 0 };
        let mut pieces: SmallVec<[(i64, i64); 2]> = SmallVec::new();
        let before = self.holes.range(..start).next_back().filter(|(_, to)| **to > start);
        let from = before.map_or(start, |(from, _)| *from);
        let met: SmallVec<[(i64, i64); 2]> =
            self.holes.range(from..end).map(|(from, to)| (*from, *to)).collect();
        for (from, to) in met {
            self.holes.remove(&from);
            pieces.push((from.max(start), to.min(end)));
            let left = [(from, start), (end, to)];
            self.holes.extend(left.into_iter().filter(|(from, to)| from < to));
        }
        if end > next {
            pieces.push((start.max(next), end));
            self.next = Some((end, number.wrapping_add((end - next) as u32)));
            if start > next {
                self.holes.insert(next, start);
            }
        }
        while self.holes.len() > HOLES {
            self.holes.pop_first();
        }
        let mut fresh = 0;
        for (start, end) in pieces {
            fresh += end - start;
            self.flying.insert(start, Flight { start, end, at, what });
        }
        while self.flying.len() > FLYING {
            self.flying.pop_first();
        }
        u32::try_from(fresh).unwrap_or(u32::MAX)
    }

    /// A segment leaves that may have left before: it carries from now on what
    /// it repeats.
    fn relaunch(&mut self, start: i64, end: i64, at: u32, again: &mut SmallVec<[u32; 2]>) {
        let before = self.flying.range(..start).next_back().filter(|(_, flight)| flight.end > start);
        let from = before.map_or(start, |(from, _)| *from);
        for flight in self.flying.range_mut(from..end.max(from)).map(|(_, flight)| flight) {
            if flight.at != at {
                if again.last() != Some(&flight.at) {
                    again.push(flight.at);
                }
                flight.at = at;
            }
        }
    }

    /// The other side acknowledges.
    fn acknowledge(&mut self, ack: u32, arrived: &mut SmallVec<[Flight; 2]>) {
        let Some(ack) = self.offset(ack).filter(|ack| *ack > self.acked) else { return };
        self.acked = ack;
        while let Some(first) = self.flying.first_entry().filter(|first| first.get().end <= ack) {
            arrived.push(first.remove());
        }
    }
}

/// Both directions of one flow.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    ways: [Way; 2],
}

impl Bytes {
    /// The next segment, at `place` among the flow's segments. A keep-alive
    /// carries nothing of the stream, whatever it holds.
    pub fn push(&mut self, segment: &Segment, place: u32, keep_alive: bool) -> Step {
        let mut step = Step::default();
        let [a, b] = &mut self.ways;
        let (own, other) = if segment.side() == Side::A { (a, b) } else { (b, a) };
        if segment.has(flags::RST) {
            // Its numbers are those that the receiver expects, or none.
            return step;
        }
        let (syn, fin) = (segment.has(flags::SYN), segment.has(flags::FIN));
        if own.next.is_none() {
            own.next = Some((0, segment.seq));
            if !syn {
                own.holes.insert(-BEFORE, 0);
            }
        }
        let start = own.offset(segment.seq).unwrap_or(0);
        let data = start + i64::from(syn);
        let tail = data.saturating_add(segment.len.into());
        let end = tail + i64::from(fin);
        step.end = tail;
        if !keep_alive {
            step.syn = own.take(start, data, What::Syn, place) > 0;
            step.fresh = own.take(data, tail, What::Data, place);
            step.fin = own.take(tail, end, What::Fin, place) > 0;
            own.relaunch(start, end, place, &mut step.again);
        }
        if segment.has(flags::ACK) {
            other.acknowledge(segment.ack, &mut step.arrived);
        }
        step.settled = other.flying.is_empty();
        step
    }
}
