//! Multicast DNS (RFC 6762): questions to all, and who answers them.
//!
//! Ids are 0 and answers repeat no question: an answer is one of another host with
//! a record of the name and type asked for, to all or to the asker alone. Owns the
//! questions of the last few seconds.

use super::{Heard, NONE, PATIENCE, Role, Transactions};
use crate::decode::{DnsMessage, DnsNamed};
use std::collections::VecDeque;

/// The port of multicast DNS.
pub(super) const MDNS: u16 = 5353;
/// Questions that are kept.
const MOST: usize = 512;
/// Queries that one answer is told of.
pub(super) const ANSWERED: usize = 8;

struct Question {
    what: DnsNamed,
    by: [u8; 16],
    time: i64,
    place: u32,
}

/// The questions that may be answered yet.
#[derive(Default)]
pub(super) struct Open(VecDeque<Question>);

impl Open {
    /// It is `now`.
    pub fn forget(&mut self, now: i64) {
        while self.0.front().is_some_and(|one| now.saturating_sub(one.time) >= PATIENCE) {
            self.0.pop_front();
        }
    }

    /// Takes the questions of the transaction at `place`.
    pub fn ask(&mut self, place: u32, heard: &Heard<'_>) {
        for what in heard.named() {
            if self.0.len() >= MOST {
                self.0.pop_front();
            }
            self.0.push_back(Question { what, by: heard.key.src, time: heard.time, place });
        }
    }

    /// The transaction in which the sender asked the same before.
    pub fn same(&self, heard: &Heard<'_>) -> Option<u32> {
        let first = heard.named().next()?;
        let mut newest = self.0.iter().rev();
        newest.find(|one| one.what == first && one.by == heard.key.src).map(|one| one.place)
    }

    /// The transactions that a message answers, the newest first.
    pub fn answered(&self, heard: &Heard<'_>) -> ([u32; ANSWERED], usize) {
        let (mut places, mut count) = ([0; ANSWERED], 0);
        let key = heard.key;
        let [first, ..] = key.dst;
        let to_all = if key.v6 { first == 0xff } else { first & 0xf0 == 0xe0 };
        for one in self.0.iter().rev() {
            if count >= ANSWERED {
                break;
            }
            let is_for = one.by != key.src && (to_all || one.by == key.dst);
            let seen = places.get(..count).is_some_and(|seen| seen.contains(&one.place));
            if is_for && !seen && DnsNamed::answer(heard.named(), one.what) {
                if let Some(free) = places.get_mut(count) {
                    *free = one.place;
                }
                count += 1;
            }
        }
        (places, count)
    }

    /// Bytes that they take.
    pub fn size(&self) -> u64 {
        (self.0.capacity() * size_of::<Question>()) as u64
    }
}

impl Transactions {
    /// Follows a message of multicast DNS.
    pub(super) fn multicast(&mut self, heard: &Heard<'_>, message: &DnsMessage, by_b: bool) {
        self.open.forget(heard.time);
        if !message.is_response() {
            let same = self.open.same(heard);
            if let Some((place, one)) = same.and_then(|place| Some((place, self.get_mut(place)?)))
                && !one.is_answered()
            {
                one.repeats = one.repeats.saturating_add(1);
                self.others.push(heard, Role::Repeat, place);
            } else if let Some(place) = self.begin(heard, message, by_b, NONE) {
                self.open.ask(place, heard);
            }
            return;
        }
        let (places, count) = self.open.answered(heard);
        if count == 0 {
            self.begin(heard, message, by_b, NONE);
        }
        for place in places.into_iter().take(count) {
            let Some(one) = self.get_mut(place) else { continue };
            let distance = u32::try_from(heard.id.saturating_sub(one.first)).unwrap_or(0);
            let role = if one.is_answered() || distance == 0 { Role::Again } else { Role::Answer };
            if role == Role::Answer {
                one.answer_by(distance, message.flags, false);
                self.counts.multicast_answered += 1;
            } else {
                one.again = one.again.saturating_add(1);
            }
            self.others.push(heard, role, place);
        }
    }
}
