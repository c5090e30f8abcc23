//! Multicast DNS (RFC 6762): questions to all, and who answers them.
//!
//! Ids are 0 and answers repeat no question: an answer is one of another host with
//! a record of the name and type asked for, to all or to the asker alone. Owns the
//! questions of the last few seconds.

use super::PATIENCE;
use crate::decode::{DnsMessage, FlowKey};
use std::collections::VecDeque;

/// Questions that are kept.
const MOST: usize = 512;
/// Queries that one answer is told of.
pub(super) const ANSWERED: usize = 8;

struct Asked {
    what: u32,
    by: [u8; 16],
    time: i64,
    place: u32,
}

/// The questions that may be answered yet.
#[derive(Default)]
pub(super) struct Open(VecDeque<Asked>);

impl Open {
    /// It is `now`.
    pub fn forget(&mut self, now: i64) {
        while self.0.front().is_some_and(|one| now.saturating_sub(one.time) >= PATIENCE) {
            self.0.pop_front();
        }
    }

    /// Takes the questions of the transaction at `place`.
    pub fn ask(&mut self, place: u32, time: i64, key: &FlowKey, message: &DnsMessage) {
        for what in message.named.into_iter().filter(|what| *what != 0) {
            if self.0.len() >= MOST {
                self.0.pop_front();
            }
            self.0.push_back(Asked { what, by: key.src, time, place });
        }
    }

    /// The transaction in which the sender asked the same before.
    pub fn same(&self, key: &FlowKey, message: &DnsMessage) -> Option<u32> {
        let [first, ..] = message.named;
        let mut newest = self.0.iter().rev();
        newest.find(|one| first != 0 && one.what == first && one.by == key.src).map(|one| one.place)
    }

    /// The transactions that a message answers, the newest first.
    pub fn answered(&self, key: &FlowKey, message: &DnsMessage) -> ([u32; ANSWERED], usize) {
        let (mut places, mut count) = ([0; ANSWERED], 0);
        let [first, ..] = key.dst;
        let to_all = if key.v6 { first == 0xff } else { first & 0xf0 == 0xe0 };
        for one in self.0.iter().rev() {
            let fits =
                message.named.contains(&one.what) && one.by != key.src && (to_all || one.by == key.dst);
            let seen = places.get(..count).is_some_and(|seen| seen.contains(&one.place));
            if fits
                && !seen
                && let Some(free) = places.get_mut(count)
            {
                *free = one.place;
                count += 1;
            }
        }
        (places, count)
    }

    /// Bytes that they take.
    pub fn size(&self) -> u64 {
        (self.0.capacity() * size_of::<Asked>()) as u64
    }
}
