//! Datagrams that come again: UDP repeats nothing itself, so that the same
//! bytes again are a program's own repeat.
//!
//! Owns the digests of the newest datagrams.

use crate::flow::stream::Segment;
use std::collections::VecDeque;

/// Datagrams a direction that are remembered.
const REMEMBERED: usize = 16;

/// Both directions.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// Digest and arrow.
    newest: [VecDeque<(u64, u32)>; 2],
    /// The newest arrow of each side.
    last: [Option<u32>; 2],
}

impl Repeats {
    /// The arrow that had the same bytes, if there is one, and whether nothing
    /// answered it before it was repeated.
    pub fn push(&mut self, segment: &Segment, at: u32, digest: u64) -> Option<(u32, bool)> {
        let (own, other) = (segment.side() as usize, segment.side().other() as usize);
        let answered = self.last.get(other).copied().flatten();
        if let Some(last) = self.last.get_mut(own) {
            *last = Some(at);
        }
        // Without bytes all are the same.
        let newest = self.newest.get_mut(own).filter(|_| segment.len > 0)?;
        let before = newest.iter().position(|(known, _)| *known == digest);
        let found = before.and_then(|before| newest.remove(before)).map(|(_, first)| first);
        newest.push_back((digest, at));
        if newest.len() > REMEMBERED {
            newest.pop_front();
        }
        found.map(|first| (first, answered.is_some_and(|answer| answer < first)))
    }
}
