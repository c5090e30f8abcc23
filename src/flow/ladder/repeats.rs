//! Datagrams that come again: UDP repeats nothing itself, so that the same
//! bytes again are a program's own repeat.
//!
//! Owns the digests of the newest datagrams.

use crate::flow::stream::Segment;
use std::collections::VecDeque;

/// Datagrams a direction that are remembered.
const REMEMBERED: usize = 16;

/// A datagram with the bytes of an earlier one.
pub(super) struct Repeat {
    /// The arrow that had them.
    pub first: u32,
    /// Nothing answered that before it was repeated, and it is no second
    /// answer to what the other side asked twice.
    pub lost: bool,
    /// An arrow of the other side that was told as lost, and is answered by this.
    pub arrived: Option<u32>,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    /// Digest and arrow.
    newest: VecDeque<(u64, u32)>,
    /// The newest arrow.
    last: Option<u32>,
    /// What it has repeated since it last sent something new: each may
    /// have an answer of its own. The arrow is there where it was told as lost.
    asked: VecDeque<Option<u32>>,
}

/// Both directions.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    ways: [Way; 2],
}

impl Repeats {
    /// What a datagram repeats, if it does.
    pub fn push(&mut self, segment: &Segment, at: u32, digest: u64) -> Option<Repeat> {
        let [a, b] = &mut self.ways;
        let (own, other) = if segment.from_b { (b, a) } else { (a, b) };
        own.last = Some(at);
        // Without bytes all are the same.
        if segment.len == 0 {
            return None;
        }
        let before = own.newest.iter().position(|(known, _)| *known == digest);
        let found = before.and_then(|before| own.newest.remove(before)).map(|(_, first)| first);
        own.newest.push_back((digest, at));
        if own.newest.len() > REMEMBERED {
            own.newest.pop_front();
        }
        let Some(first) = found else {
            own.asked.clear();
            return None;
        };
        if let Some(arrived) = other.asked.pop_front() {
            return Some(Repeat { first, lost: false, arrived });
        }
        let lost = other.last.is_some_and(|answer| answer < first);
        own.asked.push_back(lost.then_some(first));
        if own.asked.len() > REMEMBERED {
            own.asked.pop_front();
        }
        Some(Repeat { first, lost, arrived: None })
    }
}
