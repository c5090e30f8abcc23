//! The bytes of one TCP flow: which are new, which came before, and which
//! have arrived.
//!
//! Owns what `send` and `recv` count. What a segment means is told by the TCP
//! analysis; that keeps one highest number a direction and the segments not
//! acknowledged. Calls count bytes, each of them once: also where one segment
//! holds old bytes and new ones, and where the capture had missed them before.
//! Pure. Bounded: [`HOLES`] and [`FLYING`] a direction, each found in a tree.

use crate::decode::Sack;
use crate::flow::stream::Segment;
use crate::flow::{Side, flags};
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};

/// Missing ranges that are remembered a direction; bytes of older ones count
/// as seen.
const HOLES: usize = 256;
/// Stretches a direction that wait for their acknowledgement; older ones count
/// as lost to sight.
const FLYING: usize = 1 << 14;
/// Ranges a direction that are known to have arrived beyond what is
/// acknowledged; of more the oldest are forgotten.
const SHOWN: usize = 256;
/// Repeats a direction that a receiver may still say were needless.
const REPEATS: usize = 64;
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
    /// What it carries again of segments under way.
    pub again: SmallVec<[Repeat; 2]>,
    /// Place of a segment of the other side that arrived though it was repeated:
    /// its bytes have come twice.
    pub twice: Option<u32>,
    /// What its acknowledgement covers for the first time.
    pub arrived: SmallVec<[Flight; 2]>,
    /// Everything that the other side has sent is acknowledged.
    pub settled: bool,
    /// Offset behind its payload.
    pub end: i64,
}

/// What one segment carries again of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Place of the one that carried it before.
    pub place: u32,
    /// Sequence number of the first byte, as in the header.
    pub seq: u32,
    /// Sequence numbers: bytes, and SYN and FIN.
    pub len: u32,
    /// How many of them are known to have arrived.
    pub shown: u32,
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

/// One direction. Neither holes nor flights nor what is shown overlap.
#[derive(Debug, Default)]
struct Way {
    /// Offset behind the highest byte seen, and its sequence number.
    next: Option<(i64, u32)>,
    /// Where each begins and ends.
    holes: BTreeMap<i64, i64>,
    /// By where they begin.
    flying: BTreeMap<i64, Flight>,
    /// What has arrived beyond the acknowledgement: where each begins and ends.
    shown: BTreeMap<i64, i64>,
    /// What was repeated while nothing showed that it had arrived: begin, end,
    /// place of the first carrier.
    repeated: VecDeque<(i64, i64, u32)>,
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

    /// Makes a flight begin at an offset, if one lies across it.
    fn split(&mut self, offset: i64) {
        let across = self.flying.range_mut(..offset).next_back().map(|(_, flight)| flight);
        if let Some(flight) = across.filter(|flight| flight.end > offset) {
            let rest = Flight { start: offset, ..*flight };
            flight.end = offset;
            self.flying.insert(offset, rest);
        }
    }

    /// A segment leaves that may have left before: it carries from now on what
    /// it repeats.
    fn relaunch(&mut self, start: i64, end: i64, at: u32) -> SmallVec<[Repeat; 2]> {
        let mut again: SmallVec<[Repeat; 2]> = SmallVec::new();
        let Some((next, number)) = self.next.filter(|_| end > start) else { return again };
        // Mostly nothing is repeated: then nothing is split.
        let before = self.flying.range(..start).next_back().filter(|(_, flight)| flight.end > start);
        let from = before.map_or(start, |(from, _)| *from);
        if self.flying.range(from..end).all(|(_, flight)| flight.at == at) {
            return again;
        }
        self.split(start);
        self.split(end);
        for flight in self.flying.range_mut(start..end).map(|(_, flight)| flight) {
            if flight.at == at {
                continue;
            }
            let shown = self.shown.range(..flight.end).next_back().is_some_and(|(_, to)| *to > flight.start);
            // A segment is shorter than 2^32 numbers, so that the sums are too.
            let len = (flight.end - flight.start) as u32;
            let arrived = if shown { len } else { 0 };
            match again.last_mut().filter(|last| last.place == flight.at) {
                Some(last) => (last.len, last.shown) = (last.len + len, last.shown + arrived),
                None => {
                    let seq = number.wrapping_sub((next - flight.start) as u32);
                    again.push(Repeat { place: flight.at, seq, len, shown: arrived });
                }
            }
            // What has arrived was carried by the first.
            if !shown {
                self.repeated.push_back((flight.start, flight.end, flight.at));
                flight.at = at;
            }
        }
        while self.repeated.len() > REPEATS {
            self.repeated.pop_front();
        }
        while self.flying.len() > FLYING {
            self.flying.pop_first();
        }
        again
    }

    /// A range has arrived, while something before it may not have.
    fn show(&mut self, start: i64, end: i64) {
        let (mut start, mut end) = (start.max(self.acked), end);
        if start >= end || self.next.is_none_or(|(next, _)| end > next) {
            return;
        }
        while let Some((from, to)) = self.shown.range(..=end).next_back().map(|(from, to)| (*from, *to))
            && to >= start
        {
            self.shown.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.shown.insert(start, end);
        if self.shown.len() > SHOWN {
            self.shown.pop_first();
        }
    }

    /// The receiver tells what it has beyond a gap; a first range that it had
    /// before has come twice, and gives the place of the newest carrier but one.
    fn selective(&mut self, ack: u32, sack: &Sack) -> Option<u32> {
        let acked = self.offset(ack)?;
        let mut ranges = sack.ranges().iter();
        let mut offsets = || {
            let (left, right) = ranges.next()?;
            let start = self.offset(*left)?;
            Some((start, start.saturating_add(right.wrapping_sub(*left).into())))
        };
        let (first, second) = (offsets(), offsets());
        let rest: SmallVec<[(i64, i64); 4]> = std::iter::from_fn(offsets).collect();
        let twice = first.filter(|(start, end)| {
            *end <= acked || second.is_some_and(|(from, to)| from <= *start && *end <= to)
        });
        for (start, end) in first.into_iter().chain(second).chain(rest) {
            self.show(start, end);
        }
        let (start, end) = twice?;
        let at = self.repeated.iter().rposition(|(from, to, _)| *from < end && *to > start)?;
        Some(self.repeated.remove(at)?.2)
    }

    /// The other side acknowledges.
    fn acknowledge(&mut self, ack: u32, arrived: &mut SmallVec<[Flight; 2]>) {
        let Some(ack) = self.offset(ack).filter(|ack| *ack > self.acked) else { return };
        self.acked = ack;
        while let Some(first) = self.flying.first_entry().filter(|first| first.get().end <= ack) {
            arrived.push(first.remove());
        }
        while let Some(first) = self.shown.first_entry().filter(|first| *first.get() <= ack) {
            first.remove();
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
    pub fn push(&mut self, segment: &Segment, place: u32, keep_alive: bool, sack: &Sack) -> Step {
        let mut step = Step::default();
        let [a, b] = &mut self.ways;
        let (own, other) = if segment.side() == Side::A { (a, b) } else { (b, a) };
        if segment.has(flags::RST) {
            // Its own number is the one that the receiver expects, or none; what it
            // acknowledges has come, though no program will read it.
            if segment.has(flags::ACK)
                && let Some(ack) = other.offset(segment.ack)
            {
                let from = other.flying.first_key_value().map_or(ack, |(from, _)| *from);
                other.show(from, ack);
            }
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
            step.again = own.relaunch(start, end, place);
        }
        if segment.has(flags::ACK) {
            step.twice = other.selective(segment.ack, sack);
            other.acknowledge(segment.ack, &mut step.arrived);
        }
        step.settled = other.flying.is_empty();
        step
    }
}
