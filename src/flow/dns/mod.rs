//! DNS transactions: every query with its answer.
//!
//! Owns what is kept of them, which messages each packet has, and the counts. Which
//! messages belong together is in [`pairing`], over multicast in [`multicast`], what
//! ICMP errors refused in [`refusal`].
//! Keeps no name and no record: those are in the packets. Fed by the ordered
//! stage, message by message; knows nothing of files and screens.

mod asked;
mod messages;
mod multicast;
mod pairing;
mod refusal;
mod transaction;
mod trouble;

#[cfg(test)]
mod tests;

pub use asked::{Ask, ask};
pub use transaction::{Outcome, Transaction};
pub use trouble::{Trouble, TroubleCounts, Troubles};

use super::places::Places;
use crate::base::{PacketId, Parts};
use crate::decode::{DnsKind, DnsMessage, DnsNamed, Event, FlowKey};
use asked::Asked;
use messages::Messages;

/// How long a query may wait for its answer: Wireshark's, and the resolver's of
/// the C library. A later repeat is a new transaction, a later answer is late.
pub const PATIENCE: i64 = 5_000_000_000;
/// Messages of one packet.
const MAX_BESIDE: usize = 64;
/// The newest transactions, among which those are looked for that wait for what is missing.
const LOST: u32 = 1024;
/// Transactions that a search for the first trouble looks at in one go.
const SEARCHED: u32 = 8192;
/// No transaction.
const NONE: u32 = u32::MAX;

/// A message on its way through the ordered stage.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// Its packet.
    pub id: PacketId,
    /// When that was captured.
    pub time: i64,
    /// Its flow's place.
    pub flow: u32,
    /// The direction that it went.
    pub key: &'a FlowKey,
    /// How many messages its packet has before it.
    pub place: u8,
    /// What is told behind it: of multicast DNS what it asks or answers.
    pub behind: &'a [Event],
}

impl<'a> Heard<'a> {
    /// What a message of multicast DNS asks or answers.
    fn named(&self) -> impl Iterator<Item = DnsNamed> + Clone + 'a {
        let parts = self.behind.iter().map_while(|event| match event {
            Event::DnsNamed(part) => Some(part),
            _ => None,
        });
        parts.flatten().copied().filter(|named| named.name != 0)
    }
}

/// What a message is to its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It began it: the query, or an answer that nobody asked for.
    First,
    /// The query again.
    Repeat,
    /// The first answer.
    Answer,
    /// A further answer.
    Again,
}

/// Counts over all transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsCounts {
    /// Queries, repeats of the same port and id not counted; those of multicast DNS apart.
    pub queries: u64,
    /// Those that were answered, late or not.
    pub answered: u64,
    /// Those that have waited longer than [`PATIENCE`] without an answer.
    pub unanswered: u64,
    /// Those over TCP without an answer where the capture lacks bytes of the other side: none
    /// of [`DnsCounts::unanswered`].
    pub uncaptured: u64,
    /// The same over multicast (LLMNR, multicast DNS asked from another port): nobody there
    /// has the name, which is no trouble.
    pub silent: u64,
    /// Those whose answer came later than that.
    pub late: u64,
    /// Those that an ICMP error answered, and nobody later.
    pub refused: u64,
    /// Queries sent again before an answer came, by whichever port and id; those with
    /// another are [`DnsCounts::queries`] as well.
    pub repeats: u64,
    /// Answers after the first.
    pub again: u64,
    /// Answers without a query, those of multicast DNS apart.
    pub unasked: u64,
    /// Answers that repeat another question than was asked: their queries count as
    /// without an answer until a fitting one comes.
    pub mismatched: u64,
    /// Answers by code: the header's four bits.
    pub codes: [u64; 16],
    /// Messages of multicast DNS.
    pub multicast: u64,
    /// Queries of multicast DNS that somebody answered.
    pub multicast_answered: u64,
    /// Messages that were counted and not kept, because a limit was reached.
    pub not_kept: u64,
    /// What is wrong or odd, by kind.
    pub troubles: TroubleCounts,
}

impl DnsCounts {
    /// Queries without an answer that were less than 5 s old when the capture ended.
    pub fn waiting(&self) -> u64 {
        let settled = self.answered + self.unanswered + self.uncaptured + self.silent + self.refused;
        self.queries.saturating_sub(settled)
    }

    /// Where queries of a kind count that nobody answers.
    fn unanswered(&mut self, kind: DnsKind) -> &mut u64 {
        if kind == DnsKind::Dns { &mut self.unanswered } else { &mut self.silent }
    }
}

/// Every transaction of a capture, in the order of first messages.
pub struct Transactions {
    all: Parts<Transaction>,
    /// By flow or asker, and id.
    places: Places,
    hasher: foldhash::fast::RandomState,
    /// The messages that began none.
    others: Messages,
    /// Questions over multicast that may be answered yet.
    open: multicast::Open,
    asked: Asked,
    counts: DnsCounts,
    /// Transactions before this one have waited long enough.
    settled: u32,
    most: u32,
}

impl Default for Transactions {
    fn default() -> Self {
        Transactions::with_limit(Self::MOST)
    }
}

impl Transactions {
    /// Transactions that are kept; further messages are only counted.
    pub const MOST: u32 = messages::TRANSACTIONS;

    fn with_limit(most: u32) -> Transactions {
        Transactions {
            all: Parts::new(),
            places: Places::default(),
            hasher: foldhash::fast::RandomState::default(),
            others: Messages::default(),
            open: multicast::Open::default(),
            asked: Asked::default(),
            counts: DnsCounts::default(),
            settled: 0,
            most,
        }
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.all.next_place()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The transaction at `place`.
    pub fn get(&self, place: u32) -> Option<&Transaction> {
        self.all.get(place)
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut Transaction> {
        self.all.get_mut(place)
    }

    /// All, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.all.values()
    }

    /// Counts over all.
    pub fn counts(&self) -> &DnsCounts {
        &self.counts
    }

    /// Bytes that they take.
    pub fn size(&self) -> u64 {
        self.all.size() as u64
            + self.places.size()
            + self.others.size()
            + self.open.size()
            + self.asked.size()
    }

    /// The messages of a packet: how many come before each there, what it is, and
    /// to which transaction.
    pub fn of_packet(&self, id: PacketId) -> impl Iterator<Item = (u8, Role, u32)> {
        let began = (self.first_at(id)..self.len()).map_while(move |place| {
            let transaction = self.get(place).filter(|transaction| transaction.first == id)?;
            Some((transaction.place(), Role::First, place))
        });
        began.chain(self.others.of_packet(id))
    }

    /// How many messages come before the answer of the transaction at `place` in
    /// its packet.
    pub fn answer_place(&self, place: u32) -> u8 {
        let Some(one) = self.get(place) else { return 0 };
        if !one.is_query() {
            return one.place();
        }
        let mut told = one.answer().into_iter().flat_map(|id| self.others.of_packet(id));
        told.find(|told| told.2 == place).map_or(0, |told| told.0)
    }

    /// The first transaction that began with packet `id` or later.
    fn first_at(&self, id: PacketId) -> u32 {
        self.all.partition_point(|one| one.first < id)
    }

    /// A new transaction; `None` when no more are kept.
    fn begin(&mut self, heard: &Heard<'_>, message: &DnsMessage, by_b: bool, previous: u32) -> Option<u32> {
        if self.len() >= self.most {
            self.counts.not_kept += 1;
            return None;
        }
        Some(self.all.push(Transaction::new(heard, message, by_b, previous)))
    }

    /// The transaction at `place` has a trouble no longer.
    fn pass(&mut self, trouble: Trouble, place: u32) {
        let other = self.beside(trouble, place);
        self.counts.troubles.remove(trouble, place, other);
    }

    /// Another that began in the same packet as the one at `place` and has a trouble.
    fn beside(&self, trouble: Trouble, place: u32) -> Option<u32> {
        let first = self.get(place).map(|one| one.first);
        let mine = |place: &u32| self.get(*place).is_some_and(|one| Some(one.first) == first);
        // They stand side by side.
        let beside = (0..place).rev().take_while(mine).chain((place + 1..self.len()).take_while(mine));
        let has =
            |other: &u32| self.get(*other).is_some_and(|one| Troubles::of(Role::First, one).has(trouble));
        beside.take(MAX_BESIDE).find(|other| has(other))
    }

    /// With packet `id` it shows that the capture lacks bytes that the flow's B sent, or
    /// its A (`by_b`): whoever of the other side waits may have its answer there.
    pub fn lose(&mut self, flow: u32, by_b: bool, id: PacketId, time_of: impl Fn(PacketId) -> i64) {
        let since = time_of(id).saturating_sub(PATIENCE);
        let last = self.len();
        for place in (last.saturating_sub(LOST)..last).rev() {
            let Some(one) = self.get_mut(place).filter(|one| time_of(one.first) > since) else { return };
            let waits = one.outcome() == Outcome::Waiting && one.mismatch().is_none();
            let is_there = one.kind() == DnsKind::Dns && (one.flow, one.is_by_b()) == (flow, !by_b);
            if waits && is_there && one.stream().is_none() {
                one.lose();
                self.counts.uncaptured += 1;
                self.pass(Trouble::Waiting, place);
            }
        }
    }

    /// What packet `id` told came before its turn in its stream, and other bytes have its
    /// place: what it answered still waits.
    pub fn overrule(&mut self, id: PacketId) {
        let again = |told: (u8, Role, u32)| {
            told.1 == Role::Again && self.get(told.2).is_some_and(|one| one.kind() == DnsKind::Dns)
        };
        // A packet counts once.
        let (mut had, mut counts) = (Troubles::default(), self.others.of_packet(id).any(again));
        for place in self.others.demote(id) {
            let Some(one) = self.get_mut(place).filter(|one| one.answer() == Some(id)) else { continue };
            let (first, kind, is_late) = (one.first, one.kind(), one.outcome() == Outcome::Late);
            had.0 |= Troubles::of(Role::Answer, one).0;
            one.take_back();
            let is_over = place < self.settled;
            if is_over && let Some(one) = self.get_mut(place) {
                one.give_up();
                *self.counts.unanswered(kind) += 1;
            }
            self.counts.answered -= 1;
            self.counts.again += 1;
            self.counts.late -= u64::from(is_late);
            if kind != DnsKind::Dns {
                continue;
            }
            if !std::mem::replace(&mut counts, true) {
                self.counts.troubles.add_back(Trouble::Again, id, place);
            }
            let waits = if is_over { Trouble::Unanswered } else { Trouble::Waiting };
            if self.beside(waits, place).is_none() {
                self.counts.troubles.add_back(waits, first, place);
            }
        }
        for trouble in Trouble::ALL.into_iter().filter(|trouble| had.has(*trouble)) {
            self.counts.troubles.take_back(trouble, id);
        }
    }

    /// It is `now`: queries that have waited too long are unanswered.
    pub fn settle(&mut self, now: i64, time_of: impl Fn(PacketId) -> i64) {
        while let Some(one) = self.get(self.settled) {
            if now.saturating_sub(time_of(one.first)) < PATIENCE {
                break;
            }
            let settled = self.settled;
            self.settled += 1;
            if let Some(one) = self.get_mut(settled).filter(|one| one.outcome() == Outcome::Waiting) {
                one.give_up();
                let (first, kind) = (one.first, one.kind());
                *self.counts.unanswered(kind) += 1;
                if kind == DnsKind::Dns {
                    self.pass(Trouble::Waiting, settled);
                    self.counts.troubles.add(Trouble::Unanswered, first, settled);
                }
            }
        }
        let mut troubles = self.counts.troubles;
        troubles.search(SEARCHED, |place| self.get(place));
        self.counts.troubles = troubles;
    }
}
