//! Which message answers or repeats which: by flow and id, as Wireshark does, and by
//! the question too, so that two names under one id do not mix. Over multicast the
//! answer comes from elsewhere than the query went: there the asker's end stands for
//! the flow, and of multicast DNS proper the name asked for.

use super::asked::{SOON, ask};
use super::multicast::MDNS;
use super::{Heard, NONE, Outcome, PATIENCE, Role, Transaction, Transactions, Trouble, Troubles};
use crate::base::PacketId;
use crate::decode::{DnsKind, DnsMessage, FlowKey};
use crate::flow::FlowTable;
use crate::flow::entry::Side;
use std::hash::BuildHasher as _;

/// Older transactions of the same flow and id that a message is compared with.
pub(super) const MAX_OLDER: usize = 8;

impl Transactions {
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
        let newest = self.newest(asker, message.id, flows);
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
                    let hash = self.hash(asker, message.id);
                    let Transactions { places, all, .. } = self;
                    places.insert(hash, place, |other| {
                        all.get(other).is_some_and(|one| one.id == message.id && asker.is_of(one, flows))
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

    fn hash(&self, asker: Asker, id: u16) -> u32 {
        (self.hasher.hash_one((asker, id)) >> 32) as u32
    }

    /// The newest transaction of an asker under an id.
    pub(super) fn newest(&self, asker: Asker, id: u16, flows: &FlowTable) -> Option<u32> {
        self.places.find(self.hash(asker, id), |place| {
            self.get(place).is_some_and(|one| one.id == id && asker.is_of(one, flows))
        })
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
        let before = self.asked.put(&asks, place);
        let waits = |one: &Transaction| {
            !one.is_answered()
                && heard.time.saturating_sub(time_of(one.first)) < SOON
                && ask(one, flows) == Some(asks)
        };
        if before.is_some_and(|before| self.get(before).is_some_and(waits)) {
            self.counts.repeats += 1;
            self.counts.troubles.add(Trouble::Repeated, heard.id, place);
            if let Some(one) = self.get_mut(place) {
                one.retries();
            }
        }
        let (.., is_tcp) = asks;
        if is_tcp {
            let over_udp = (asks.0, asks.1, asks.2, asks.3, false);
            let Transactions { asked, all, .. } = self;
            let cut = asked.repeated(heard.time, |place| {
                all.get(place).is_some_and(|one| ask(one, flows) == Some(over_udp))
            });
            if let Some(cut) = cut
                && self.get_mut(cut).is_some_and(Transaction::follow)
            {
                self.pass(Trouble::Truncated, cut);
            }
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
        let before = one.answer_by(distance, message.flags, waited >= PATIENCE);
        let found = Troubles::of(Role::Answer, one);
        self.counts.answered += 1;
        self.counts.late += u64::from(waited >= PATIENCE);
        *self.counts.unanswered(message.kind) -= u64::from(before == Outcome::Unanswered);
        self.counts.refused -= u64::from(before == Outcome::Refused);
        self.counts.uncaptured -= u64::from(before == Outcome::Uncaptured);
        self.others.push(heard, Role::Answer, place);
        if message.kind == DnsKind::Dns && before != Outcome::Uncaptured {
            let before = match before {
                Outcome::Unanswered => Trouble::Unanswered,
                Outcome::Refused => Trouble::Refused,
                _ => Trouble::Waiting,
            };
            self.pass(before, place);
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
}

/// Who asked: what query and answer have in common besides the id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asker {
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
