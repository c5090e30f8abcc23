//! DNS transactions: every query with its answer.
//!
//! Owns the pairing: by flow and id, as Wireshark does, and by the question too,
//! so that two names under one id do not mix. Over multicast the answer comes
//! from elsewhere than the query went: there the asker's end stands for the flow,
//! and of multicast DNS proper the name asked for ([`multicast`]).
//! Keeps no name and no record: those are in the packets. Fed by the ordered
//! stage, message by message; knows nothing of files and screens.

mod asked;
mod messages;
mod multicast;
mod transaction;
mod trouble;

#[cfg(test)]
mod tests;

pub use asked::{Ask, ask};
pub use transaction::{Outcome, Transaction};
pub use trouble::{Trouble, TroubleCounts, Troubles};

use super::entry::Side;
use super::places::Places;
use super::table::FlowTable;
use crate::base::PacketId;
use crate::decode::{DnsKind, DnsMessage, FlowKey};
use asked::{Asked, SOON};
use messages::Messages;
use std::hash::BuildHasher as _;

/// How long a query may wait for its answer: Wireshark's, and the resolver's of
/// the C library. A later repeat is a new transaction, a later answer is late.
pub const PATIENCE: i64 = 5_000_000_000;
/// Older transactions of the same flow and id that a message is compared with.
const MAX_OLDER: usize = 8;
/// Transactions of one part; parts never move.
const PART: usize = 4096;
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
    /// Queries, repeats not counted; those of multicast DNS apart.
    pub queries: u64,
    /// Those that were answered, late or not.
    pub answered: u64,
    /// Those that have waited longer than [`PATIENCE`] without an answer.
    pub unanswered: u64,
    /// Those whose answer came later than that.
    pub late: u64,
    /// Queries sent again before an answer came.
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
        self.queries.saturating_sub(self.answered + self.unanswered)
    }
}

/// Every transaction of a capture, in the order of first messages.
pub struct Transactions {
    parts: Vec<Vec<Transaction>>,
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
            parts: Vec::new(),
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
        self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len()) as u32
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The transaction at `place`.
    pub fn get(&self, place: u32) -> Option<&Transaction> {
        self.parts.get(place as usize / PART)?.get(place as usize % PART)
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut Transaction> {
        self.parts.get_mut(place as usize / PART)?.get_mut(place as usize % PART)
    }

    /// All, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.parts.iter().flatten()
    }

    /// Counts over all.
    pub fn counts(&self) -> &DnsCounts {
        &self.counts
    }

    /// Bytes that they take.
    pub fn size(&self) -> u64 {
        let kept: usize = self.parts.iter().map(Vec::capacity).sum();
        (kept * size_of::<Transaction>()) as u64
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
        let before = |part: &Vec<Transaction>| part.last().is_some_and(|last| last.first < id);
        let part = self.parts.partition_point(before);
        let within = self.parts.get(part).map_or(0, |part| part.partition_point(|one| one.first < id));
        (part * PART + within) as u32
    }

    /// Follows one message.
    pub fn message(
        &mut self,
        heard: &Heard<'_>,
        message: &DnsMessage,
        flows: &FlowTable,
        time_of: impl Fn(PacketId) -> i64,
    ) {
        let Some(flow) = flows.get(heard.flow) else { return };
        let by_b = flow.side(heard.key) == Side::B;
        let Some(asker) = Asker::of(heard, message) else {
            self.counts.multicast += 1;
            return self.multicast(heard, message, by_b);
        };
        let response = message.is_response();
        if response && let Some(count) = self.counts.codes.get_mut(usize::from(message.flags & 0xf)) {
            *count += 1;
        }
        let hash = (self.hasher.hash_one((asker, message.id)) >> 32) as u32;
        let newest = self.places.find(hash, |place| {
            self.get(place).is_some_and(|one| one.id == message.id && asker.is_of(one, flows))
        });
        let fits = |one: &Transaction| {
            let opposite = matches!(asker, Asker::End(..)) || one.is_by_b() != by_b;
            let unsaid = message.question == 0 || one.question == 0;
            if response {
                opposite && (unsaid || one.question == message.question)
            } else {
                one.is_by_b() == by_b && one.question == message.question
            }
        };
        let older = |place: &u32| self.get(*place).and_then(Transaction::before);
        let found = std::iter::successors(newest, older)
            .take(MAX_OLDER)
            .find(|place| self.get(*place).is_some_and(fits));
        let waited = |place: u32| {
            let first = self.get(place).map_or(heard.id, |one| one.first);
            heard.time.saturating_sub(time_of(first))
        };
        match found.map(|place| (place, waited(place))) {
            Some((place, waited)) if response => self.response(heard, message, place, waited),
            None if response => {
                let opposite = |one: &Transaction| one.is_by_b() != by_b && !one.is_answered();
                let meant = newest.filter(|place| self.get(*place).is_some_and(opposite));
                let meant = meant.filter(|_| message.kind == DnsKind::Dns && message.stream == 0);
                self.stranger(heard, message, by_b, meant);
            }
            Some((place, waited))
                if waited < PATIENCE && self.get(place).is_some_and(|one| !one.is_answered()) =>
            {
                self.counts.repeats += 1;
                if let Some(one) = self.get_mut(place) {
                    one.repeats = one.repeats.saturating_add(1);
                }
                self.others.push(heard, Role::Repeat, place);
                self.trouble(Trouble::Repeated, message.kind, heard.id, place);
            }
            _ => {
                self.counts.queries += 1;
                if let Some(place) = self.begin(heard, message, by_b, newest.unwrap_or(NONE)) {
                    let Transactions { places, parts, .. } = self;
                    let get = |place: u32| parts.get(place as usize / PART)?.get(place as usize % PART);
                    places.insert(hash, place, |other| {
                        get(other).is_some_and(|one| one.id == message.id && asker.is_of(one, flows))
                    });
                    self.trouble(Trouble::Waiting, message.kind, heard.id, place);
                    // What a stream asks is never asked again because it was lost.
                    if message.stream == 0 {
                        self.look_back(heard, place, flows, time_of);
                    }
                }
            }
        }
    }

    /// An answer that fits no query; `meant` is the one that it came to, by flow and id.
    fn stranger(&mut self, heard: &Heard<'_>, message: &DnsMessage, by_b: bool, meant: Option<u32>) {
        let (count, trouble) = match meant {
            Some(_) => (&mut self.counts.mismatched, Trouble::Mismatched),
            None => (&mut self.counts.unasked, Trouble::Unasked),
        };
        *count += 1;
        let Some(place) = self.begin(heard, message, by_b, NONE) else { return };
        if let Some((meant, query)) = meant.and_then(|meant| Some((meant, self.get_mut(meant)?))) {
            query.mismatch_by(u32::try_from(heard.id.saturating_sub(query.first)).unwrap_or(0));
            if let Some(one) = self.get_mut(place) {
                one.mismatches(meant);
            }
        }
        self.trouble(trouble, message.kind, heard.id, place);
    }

    /// Counts one, of DNS proper.
    fn trouble(&mut self, trouble: Trouble, kind: DnsKind, id: PacketId, place: u32) {
        if kind == DnsKind::Dns {
            self.counts.troubles.add(trouble, id, place);
        }
    }

    /// Ties the new query at `place` to what it repeats: from another port or under
    /// another id, or over TCP because the answer did not fit.
    fn look_back(
        &mut self,
        heard: &Heard<'_>,
        place: u32,
        flows: &FlowTable,
        time_of: impl Fn(PacketId) -> i64,
    ) {
        let Some(asks) = self.get(place).and_then(|one| ask(one, flows)) else { return };
        let before = self.asked.put(&asks, place, &self.hasher);
        let waits = |one: &Transaction| {
            !one.is_answered()
                && heard.time.saturating_sub(time_of(one.first)) < SOON
                && ask(one, flows) == Some(asks)
        };
        if before.is_some_and(|before| self.get(before).is_some_and(waits)) {
            self.counts.troubles.add(Trouble::Repeated, heard.id, place);
            if let Some(one) = self.get_mut(place) {
                one.retries();
            }
        }
        let (.., is_tcp) = asks;
        if is_tcp {
            let over_udp = (asks.0, asks.1, asks.2, asks.3, false);
            let Transactions { asked, parts, .. } = self;
            let get = |place: u32| parts.get(place as usize / PART)?.get(place as usize % PART);
            let cut = asked.repeated(heard.time, |place| {
                get(place).is_some_and(|one| ask(one, flows) == Some(over_udp))
            });
            if let Some(cut) = cut
                && self.get_mut(cut).is_some_and(Transaction::follow)
            {
                self.counts.troubles.remove(Trouble::Truncated, cut);
            }
        }
    }

    /// Follows a message of multicast DNS.
    fn multicast(&mut self, heard: &Heard<'_>, message: &DnsMessage, by_b: bool) {
        self.open.forget(heard.time);
        if !message.is_response() {
            let same = self.open.same(heard.key, message);
            if let Some((place, one)) = same.and_then(|place| Some((place, self.get_mut(place)?)))
                && !one.is_answered()
            {
                one.repeats = one.repeats.saturating_add(1);
                self.others.push(heard, Role::Repeat, place);
            } else if let Some(place) = self.begin(heard, message, by_b, NONE) {
                self.open.ask(place, heard.time, heard.key, message);
            }
            return;
        }
        let (places, count) = self.open.answered(heard.key, message);
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

    /// An answer to the transaction at `place`, whose query came `waited` before.
    fn response(&mut self, heard: &Heard<'_>, message: &DnsMessage, place: u32, waited: i64) {
        let Some(one) = self.get_mut(place) else { return };
        let distance = u32::try_from(heard.id.saturating_sub(one.first)).unwrap_or(0);
        if one.is_answered() || distance == 0 {
            one.again = one.again.saturating_add(1);
            self.counts.again += 1;
            self.others.push(heard, Role::Again, place);
            return self.trouble(Trouble::Again, message.kind, heard.id, place);
        }
        let was_given_up = one.answer_by(distance, message.flags, waited >= PATIENCE);
        let found = Troubles::of(Role::Answer, one);
        self.counts.answered += 1;
        self.counts.late += u64::from(waited >= PATIENCE);
        self.counts.unanswered -= u64::from(was_given_up);
        self.others.push(heard, Role::Answer, place);
        if message.kind == DnsKind::Dns {
            let waited = if was_given_up { Trouble::Unanswered } else { Trouble::Waiting };
            self.counts.troubles.remove(waited, place);
        }
        if found != Troubles::default() {
            for trouble in Trouble::ALL.into_iter().filter(|trouble| found.has(*trouble)) {
                self.counts.troubles.add(trouble, heard.id, place);
            }
        }
        if found.has(Trouble::Truncated) {
            self.asked.cut(place, heard.time);
        }
    }

    /// A new transaction; `None` when no more are kept.
    fn begin(&mut self, heard: &Heard<'_>, message: &DnsMessage, by_b: bool, previous: u32) -> Option<u32> {
        let place = self.len();
        if place >= self.most {
            self.counts.not_kept += 1;
            return None;
        }
        let one = Transaction::new(heard, message, by_b, previous);
        match self.parts.last_mut() {
            Some(part) if part.len() < PART => part.push(one),
            _ => {
                let mut part = Vec::with_capacity(if self.parts.is_empty() { 16 } else { PART });
                part.push(one);
                self.parts.push(part);
            }
        }
        Some(place)
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
                self.counts.unanswered += 1;
                if kind == DnsKind::Dns {
                    self.counts.troubles.remove(Trouble::Waiting, settled);
                    self.counts.troubles.add(Trouble::Unanswered, first, settled);
                }
            }
        }
        let mut troubles = self.counts.troubles;
        troubles.search(SEARCHED, |place| self.get(place));
        self.counts.troubles = troubles;
    }
}

/// Who asked: what query and answer have in common besides the id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Asker {
    /// A flow: the answer comes from where the query went.
    Flow(u32),
    /// A stream of a flow that many share: what pairs there is its number, since all
    /// have the same id (RFC 8484, 4.1).
    Stream(u32, u32),
    /// An end: the query went to a group, the answer comes from any of it.
    End(DnsKind, [u8; 16], u16),
}

impl Asker {
    /// `None` for multicast DNS proper, where all speak to all (RFC 6762, 6).
    fn of(heard: &Heard<'_>, message: &DnsMessage) -> Option<Asker> {
        let FlowKey { src, src_port, dst, dst_port, .. } = *heard.key;
        let (address, port) = if message.is_response() { (dst, dst_port) } else { (src, src_port) };
        match message.kind {
            DnsKind::Dns if message.stream != 0 => Some(Asker::Stream(heard.flow, message.stream)),
            DnsKind::Dns => Some(Asker::Flow(heard.flow)),
            DnsKind::Mdns if port == MDNS => None,
            kind => Some(Asker::End(kind, address, port)),
        }
    }

    fn is_of(self, one: &Transaction, flows: &FlowTable) -> bool {
        match self {
            Asker::Flow(flow) => one.flow == flow && one.kind() == DnsKind::Dns && one.stream().is_none(),
            Asker::Stream(flow, stream) => one.flow == flow && one.stream() == Some(stream),
            Asker::End(kind, address, port) => flows.get(one.flow).is_some_and(|flow| {
                let key = if one.is_by_b() { flow.key.reversed() } else { flow.key };
                (one.kind(), key.src, key.src_port) == (kind, address, port)
            }),
        }
    }
}

/// The port of multicast DNS.
const MDNS: u16 = 5353;
