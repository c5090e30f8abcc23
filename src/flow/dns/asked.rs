//! What was asked a moment ago: the same question of the same host to the same
//! server from another port or under another id, and truncated answers whose
//! question may be repeated over TCP. Fixed memory: of two that meet in one slot
//! the newer one stays.

use super::Transaction;
use crate::decode::DnsKind;
use crate::flow::FlowTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;

/// How long a question may be asked again, or over TCP.
pub(super) const SOON: i64 = 10_000_000_000;
/// Slots for questions.
const SLOTS: usize = 1 << 14;
/// Truncated answers that are kept.
const CUT: usize = 256;

/// Who asks whom what: both addresses, question, type, whether over TCP.
pub type Ask = ([u8; 16], [u8; 16], u16, u16, bool);

/// What a query asks; nothing for what is none, or has no question.
pub fn ask(one: &Transaction, flows: &FlowTable) -> Option<Ask> {
    let flow = flows.get(one.flow).filter(|_| one.is_query() && one.question != 0)?;
    let key = if one.is_by_b() { flow.key.reversed() } else { flow.key };
    (one.kind() == DnsKind::Dns).then_some((key.src, key.dst, one.question, one.qtype, one.is_tcp()))
}

#[derive(Default)]
pub(super) struct Asked {
    /// Places plus one, by the hash of what is asked; empty before the first.
    slots: Vec<u32>,
    /// Transactions with an answer that did not fit, and when that came.
    cut: VecDeque<(u32, i64)>,
}

impl Asked {
    /// Puts the query at `place` in its slot; gives what was there.
    pub fn put(&mut self, ask: &Ask, place: u32, hasher: &impl BuildHasher) -> Option<u32> {
        if self.slots.is_empty() {
            self.slots = vec![0; SLOTS];
        }
        let slot = self.slots.get_mut(hasher.hash_one(ask) as usize % SLOTS)?;
        std::mem::replace(slot, place + 1).checked_sub(1)
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
        (self.slots.capacity() * size_of::<u32>() + self.cut.capacity() * size_of::<(u32, i64)>()) as u64
    }
}
