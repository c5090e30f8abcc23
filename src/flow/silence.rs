//! Connections whose SYN nobody has answered, not even with an error.
//!
//! Owns how many there are and the first of them, kept up by changes of state: an
//! answer that comes late takes its connection out again. Knows nothing of packets.

use super::entry::{Flow, State};
use crate::base::PacketId;
use crate::decode::{Silence, TCP};

/// After this time a sender repeats its SYN (RFC 6298, 2.1): nanoseconds.
const PATIENCE: i64 = 1_000_000_000;

/// How many connections, and the packet that opened the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SilentCount {
    /// Connections.
    pub count: u64,
    /// The first SYN.
    pub first: Option<PacketId>,
}

/// Counts of connections without an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SilentCounts {
    /// The capture goes on, and nobody answers.
    pub unanswered: SilentCount,
    /// The answer may come yet.
    pub waiting: SilentCount,
}

impl SilentCounts {
    /// Counts a connection that packet `first` opened.
    pub fn add(&mut self, silence: Silence, first: PacketId) {
        let count = match silence {
            Silence::Unanswered => &mut self.unanswered,
            Silence::Waiting => &mut self.waiting,
        };
        count.count += 1;
        count.first.get_or_insert(first);
    }
}

/// Follows the silent connections of one table.
#[derive(Debug, Default)]
pub(super) struct Silent {
    unanswered: u64,
    waiting: u64,
    /// Flows before this place have waited long enough.
    settled: u32,
    /// Flows before these places are not, and will never be, the first of their kind.
    firsts: [u32; 2],
}

/// Whether it is a connection that only its opener has spoken in.
fn is_silent(flow: &Flow) -> bool {
    flow.key.protocol == TCP && flow.state() == State::SynSent && flow.begins_with_its_first()
}

impl Silent {
    /// What the flow at `place` is.
    pub fn of(&self, place: u32, flow: &Flow) -> Option<Silence> {
        let silence = if place < self.settled { Silence::Unanswered } else { Silence::Waiting };
        is_silent(flow).then_some(silence)
    }

    /// The flow at `place` was in state `before`.
    #[inline]
    pub fn follow(&mut self, place: u32, flow: &Flow, before: State) {
        if before != flow.state() {
            self.change(place, flow, before);
        }
    }

    fn change(&mut self, place: u32, flow: &Flow, before: State) {
        let count = if place < self.settled { &mut self.unanswered } else { &mut self.waiting };
        if is_silent(flow) {
            *count += 1;
        } else if before == State::SynSent && flow.key.protocol == TCP && flow.begins_with_its_first() {
            *count = count.saturating_sub(1);
        }
    }

    /// The capture has come to `now`: who has waited long enough?
    pub fn settle<'a>(&mut self, now: i64, get: impl Fn(u32) -> Option<&'a Flow>) {
        while let Some(flow) = get(self.settled) {
            if now.saturating_sub(flow.first_time.0) < PATIENCE {
                break;
            }
            self.settled += 1;
            if is_silent(flow) {
                self.waiting = self.waiting.saturating_sub(1);
                self.unanswered += 1;
            }
        }
        // A flow that has an answer never loses it: nothing is looked at twice.
        let [unanswered, waiting] = &mut self.firsts;
        while *unanswered < self.settled && !get(*unanswered).is_some_and(is_silent) {
            *unanswered += 1;
        }
        *waiting = (*waiting).max(self.settled);
        while get(*waiting).is_some_and(|flow| !is_silent(flow)) {
            *waiting += 1;
        }
    }

    /// The counts, as of the last [`Silent::settle`].
    pub fn counts<'a>(&self, get: impl Fn(u32) -> Option<&'a Flow>) -> SilentCounts {
        let count = |count, first: u32| SilentCount {
            count,
            first: get(first).filter(|_| count > 0).map(Flow::first),
        };
        let [unanswered, waiting] = self.firsts;
        SilentCounts { unanswered: count(self.unanswered, unanswered), waiting: count(self.waiting, waiting) }
    }
}
