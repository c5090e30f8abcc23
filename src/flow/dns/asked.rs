//! What was asked a moment ago: the same question of the same host to the same
//! server from another port or under another id, and truncated answers whose
//! question may be repeated over TCP. Fixed memory: of more than eight that meet in
//! one set the newest stay.

use super::Transaction;
use crate::decode::DnsKind;
use crate::flow::FlowTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;

/// How long a question may be asked again, or over TCP.
pub(super) const SOON: i64 = 10_000_000_000;
/// Sets of questions, and how many each has room for: enough for a few thousand, however
/// they are hashed.
const SETS: usize = 1 << 11;
const WAYS: usize = 8;
/// Truncated answers that are kept.
const CUT: usize = 256;

/// Who asks whom what: both addresses, question, type, whether over TCP.
pub type Ask = ([u8; 16], [u8; 16], u16, u16, bool);

/// What a query asks; nothing for what is none, or has no question.
#[inline]
pub fn ask(one: &Transaction, flows: &FlowTable) -> Option<Ask> {
    let flow = flows.get(one.flow).filter(|_| one.is_query() && one.question != 0)?;
    let key = if one.is_by_b() { flow.key.reversed() } else { flow.key };
    (one.kind() == DnsKind::Dns).then_some((key.src, key.dst, one.question, one.qtype, one.is_tcp()))
}

/// A question, by part of its hash; its place plus one, 0 where there is none.
#[derive(Clone, Copy, Default)]
struct Slot {
    tag: u32,
    place: u32,
}

#[derive(Default)]
pub(super) struct Asked {
    /// By the hash of what is asked, the newest of a set first; empty before the first.
    sets: Vec<[Slot; WAYS]>,
    /// Transactions with an answer that did not fit, and when that came.
    cut: VecDeque<(u32, i64)>,
}

impl Asked {
    /// Keeps the query at `place`; gives the one before that seems to ask the same.
    #[inline]
    pub fn put(&mut self, ask: &Ask, place: u32) -> Option<u32> {
        if self.sets.is_empty() {
            self.sets = vec![[Slot::default(); WAYS]; SETS];
        }
        // The same in every run: of more than there is room for, which are known is no chance. Who
        // makes many meet in one set only loses his own.
        let hash = foldhash::fast::FixedState::default().hash_one(ask);
        let tag = (hash >> 32) as u32;
        let set = self.sets.get_mut(hash as usize % SETS)?;
        let at = set.iter().position(|slot| slot.tag == tag && slot.place != 0);
        // It is replaced and moves to the front; where it was not known, the oldest goes.
        set.get_mut(..=at.unwrap_or(WAYS - 1))?.rotate_right(1);
        let slot = std::mem::replace(set.first_mut()?, Slot { tag, place: place + 1 });
        at.and(slot.place.checked_sub(1))
    }

    /// The answer of the transaction at `place` did not fit.
    pub fn cut(&mut self, place: u32, now: i64) {
        if self.cut.len() >= CUT {
            self.cut.pop_front();
        }
        self.cut.push_back((place, now));
    }

    /// The transaction that a query over TCP repeats, if `is` accepts one.
    pub fn repeated(&mut self, now: i64, is: impl Fn(u32) -> bool) -> Option<u32> {
        while self.cut.front().is_some_and(|(_, then)| now.saturating_sub(*then) >= SOON) {
            self.cut.pop_front();
        }
        let at = self.cut.iter().rposition(|(place, _)| is(*place))?;
        self.cut.remove(at).map(|(place, _)| place)
    }

    /// Bytes that it takes.
    pub fn size(&self) -> u64 {
        (self.sets.capacity() * size_of::<[Slot; WAYS]>() + self.cut.capacity() * size_of::<(u32, i64)>())
            as u64
    }
}
