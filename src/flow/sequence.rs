//! Sequence numbers of one TCP flow, followed segment by segment: which bytes
//! are new, which came before, which are missing, and what has arrived.
//!
//! Owns what calls and ladders both need. Pure: segments in, findings out.
//! Bounded: [`HOLES`] and [`FLYING`] a direction.

use super::entry::{Side, flags};
use super::stream::Segment;
use smallvec::SmallVec;
use std::collections::VecDeque;

/// Missing ranges that are remembered a direction; bytes of older ones count
/// as seen.
const HOLES: usize = 256;
/// Segments a direction that wait for their acknowledgement; older ones count
/// as lost to sight.
const FLYING: usize = 1 << 14;
/// How far before its first segment a flow seen from its middle may reach.
const BEFORE: i64 = 1 << 30;

/// What is notable about a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Bytes before it are missing: so many.
    Gap(u32),
    /// Fills a gap: it came late, or repeats what the capture has not seen.
    Late,
    /// Its bytes were seen before, in the segment at this place.
    Repeat(u32),
    /// Its bytes were seen before and acknowledged already.
    Needless,
    /// The segment at this place repeats it: it was lost, or its
    /// acknowledgement was, or that came too late.
    Lost(u32),
    /// The same acknowledgement again while data is under way: the how manieth.
    SameAck(u32),
    /// Asks only whether the other side is still there.
    KeepAlive,
    /// The sender has no room for more.
    ZeroWindow,
    /// Ends the connection at once.
    Reset,
}

/// What a segment came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Bytes of payload not seen before.
    pub fresh: u32,
    /// A SYN not seen before.
    pub syn: bool,
    /// A FIN not seen before.
    pub fin: bool,
    /// What is notable about it.
    pub mark: Option<Mark>,
    /// Places of segments that it repeats.
    pub lost: SmallVec<[u32; 2]>,
    /// What its acknowledgement covers for the first time.
    pub arrived: SmallVec<[Flight; 2]>,
    /// Everything that the other side has sent is acknowledged.
    pub settled: bool,
    /// Offset behind its payload.
    pub end: i64,
}

/// A segment under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    start: i64,
    /// Offset behind its last byte.
    pub end: i64,
    /// Place of the newest segment that carries it.
    pub at: u32,
    /// New bytes of payload that it carried.
    pub bytes: u32,
    /// It carries a SYN.
    pub syn: bool,
    /// It carries a FIN.
    pub fin: bool,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    /// Offset behind the highest byte seen, and its sequence number.
    next: Option<(i64, u32)>,
    holes: Vec<(i64, i64)>,
    flying: VecDeque<Flight>,
    /// Offset up to which the other side has acknowledged.
    acked: i64,
    /// The last acknowledgement that this side sent: number, window, repeats.
    said: Option<(u32, u16, u32)>,
}

impl Way {
    fn offset(&self, seq: u32) -> Option<i64> {
        let (next, number) = self.next?;
        Some(next.saturating_add(i64::from(seq.wrapping_sub(number) as i32)))
    }

    /// Notes a range as seen; gives how much of it was not seen before.
    fn take(&mut self, start: i64, end: i64) -> u32 {
        let Some((next, number)) = self.next else { return 0 };
        let mut fresh = 0;
        if start > next {
            self.holes.push((next, start));
            if self.holes.len() > HOLES {
                self.holes.remove(0);
            }
        }
        let reach = end.max(start).max(next);
        if reach > next {
            fresh += end - start.max(next).min(end);
            self.next = Some((reach, number.wrapping_add((reach - next) as u32)));
        }
        if start < next {
            let mut at = self.holes.partition_point(|hole| hole.1 <= start);
            while let Some(&(from, to)) = self.holes.get(at).filter(|hole| hole.0 < end) {
                let (cut, until) = (from.max(start), to.min(end));
                fresh += (until - cut).max(0);
                let left = [(from, cut), (until, to)].into_iter().filter(|part| part.0 < part.1);
                let left: SmallVec<[(i64, i64); 2]> = left.collect();
                let more = left.len();
                self.holes.splice(at..=at, left);
                at += more;
                if until == end {
                    break;
                }
            }
            let beyond = self.holes.len().saturating_sub(HOLES);
            self.holes.drain(..beyond);
        }
        u32::try_from(fresh).unwrap_or(u32::MAX)
    }

    /// A segment leaves.
    fn launch(&mut self, flight: Flight) {
        let at = self.flying.partition_point(|other| other.start <= flight.start);
        self.flying.insert(at, flight);
        if self.flying.len() > FLYING {
            self.flying.pop_front();
        }
    }

    /// A segment leaves again: it carries from now on what it repeats.
    fn relaunch(&mut self, start: i64, end: i64, at: u32, lost: &mut SmallVec<[u32; 2]>) {
        let from = self.flying.partition_point(|flight| flight.end <= start);
        for flight in self.flying.range_mut(from..).take_while(|flight| flight.start < end) {
            if flight.at != at {
                lost.push(flight.at);
                flight.at = at;
            }
        }
    }
}

/// Both directions of one flow.
#[derive(Debug, Default)]
pub struct Sequence {
    ways: [Way; 2],
}

impl Sequence {
    /// The next segment, at `place` among the flow's segments.
    pub fn push(&mut self, segment: &Segment, place: u32) -> Step {
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
                own.holes.push((-BEFORE, 0));
            }
        }
        let start = own.offset(segment.seq).unwrap_or(0);
        let (next, _) = own.next.unwrap_or_default();
        let data = start + i64::from(syn);
        let tail = data.saturating_add(segment.len.into());
        let end = tail + i64::from(fin);
        step.end = tail;
        if !syn && !fin && segment.len <= 1 && start + 1 == next {
            step.mark = Some(Mark::KeepAlive);
        } else {
            let missing = (start > next).then(|| u32::try_from(start - next).unwrap_or(u32::MAX));
            step.syn = own.take(start, data) > 0;
            step.fresh = own.take(data, tail);
            step.fin = own.take(tail, end) > 0;
            let is_new = step.syn || step.fin || step.fresh > 0;
            if is_new {
                own.launch(Flight {
                    // What it repeats besides stays with the segment that had it first.
                    start: if end > next { start.max(next) } else { start },
                    end,
                    at: place,
                    bytes: step.fresh,
                    syn: step.syn,
                    fin: step.fin,
                });
            }
            step.mark = missing.map(Mark::Gap);
            if start < next && end > start {
                own.relaunch(start, end, place, &mut step.lost);
                step.mark = match step.lost.first() {
                    Some(first) => Some(Mark::Repeat(*first)),
                    None if is_new => Some(Mark::Late),
                    None => Some(Mark::Needless),
                };
            }
        }
        if segment.has(flags::ACK) {
            own.acknowledge(other, segment, end > start, &mut step);
        }
        step.settled = other.flying.is_empty();
        step
    }
}

impl Way {
    /// This side acknowledges what `other` has sent.
    fn acknowledge(&mut self, other: &mut Way, segment: &Segment, carries: bool, step: &mut Step) {
        if let Some(ack) = other.offset(segment.ack).filter(|ack| *ack > other.acked) {
            other.acked = ack;
            while other.flying.front().is_some_and(|flight| flight.end <= ack) {
                step.arrived.extend(other.flying.pop_front());
            }
        }
        let same = self.said.filter(|said| {
            (said.0, said.1) == (segment.ack, segment.window) && !carries && !other.flying.is_empty()
        });
        let repeats = same.map_or(0, |said| said.2.saturating_add(1));
        self.said = Some((segment.ack, segment.window, repeats));
        if step.mark.is_none() {
            step.mark = if segment.window == 0 {
                Some(Mark::ZeroWindow)
            } else {
                (repeats > 0).then_some(Mark::SameAck(repeats))
            };
        }
    }
}
