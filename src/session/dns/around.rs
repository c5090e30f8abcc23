//! What the capture around a transaction says of it: why a message is not whole, what
//! came of a connection for what did not fit, which message the capture put on the wrong
//! side of it, which ICMP error made its asker ask again.

use super::{DnsRefusal, Shared};
use super::{Exchange, MAX_AHEAD, SOON};
use crate::base::PacketId;
use crate::decode::{Problem, TCP, Undelivered};
use crate::flow::State;
use crate::flow::dns::{Outcome, Transaction};
use crate::session::shared::Analysis;

/// How far apart query and answer may be that changed places: nanoseconds.
const MOVED: i64 = 10_000_000;
/// Transactions next to one among which its other part is looked for.
const NEAR: usize = 64;

/// Why a message has fewer records than its header counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsShort {
    /// The capture has only the begin of it.
    NotCaptured,
    /// It goes on in another fragment of its datagram.
    Fragment,
    /// It ends there.
    Malformed,
}

impl DnsShort {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            DnsShort::NotCaptured => "not captured",
            DnsShort::Fragment => "fragment",
            DnsShort::Malformed => "malformed",
        }
    }

    /// What is to be said of so many records.
    pub fn words(self, count: usize) -> String {
        match self {
            DnsShort::NotCaptured => format!("{count} not in the capture"),
            DnsShort::Fragment => format!("{count} more: goes on in a fragment"),
            DnsShort::Malformed => {
                let are = if count == 1 { "is" } else { "are" };
                format!("malformed: {count} more {are} counted than can be read")
            }
        }
    }
}

/// A connection that was to bring what did not fit, and did not come to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsAttempt {
    /// Its first packet.
    pub packet: PacketId,
    /// What came of it, in few words.
    pub why: &'static str,
}

impl Shared {
    /// Why the message of a packet is not whole.
    pub(super) fn dns_short(&self, id: PacketId, exchange: &Exchange) -> DnsShort {
        let is_cut = self.index.get(id).is_none_or(|record| record.captured < record.wire);
        let is_broken = self.is_malformed(id);
        match (is_cut, is_broken, exchange.is_tcp()) {
            (true, ..) | (_, false, true) => DnsShort::NotCaptured,
            (_, true, _) => DnsShort::Malformed,
            (_, false, false) => DnsShort::Fragment,
        }
    }

    /// Whether a packet has a layer that does not follow its format.
    pub(super) fn is_malformed(&self, id: PacketId) -> bool {
        let broken = |problem| self.rows.get(id).is_some_and(|row| row.flags.has(problem));
        broken(Problem::Malformed) || broken(Problem::Length)
    }

    /// The ICMP error after which a query was sent again and answered.
    pub(super) fn dns_refused_before(&self, analysis: &Analysis, one: &Transaction) -> Option<DnsRefusal> {
        let answer = one.answer().filter(|_| one.was_refused())?;
        let lists = [&analysis.unclaimed, &analysis.undelivered];
        let said = lists.into_iter().flat_map(|list| list.of_flow(one.flow));
        let said = said.filter(|said| said.by > one.first && said.by < answer).min_by_key(|said| said.by)?;
        Some(DnsRefusal { by: said.by, why: said.error.map_or("unreachable", Undelivered::words) })
    }

    /// Of an answer that did not fit, and whose question no connection repeats, the
    /// connection that failed before it could.
    pub(super) fn dns_attempt(&self, analysis: &Analysis, exchange: &Exchange) -> Option<DnsAttempt> {
        let one = &exchange.one;
        let answer = one.answer().filter(|_| one.is_left_truncated())?;
        let time = self.index.get(answer)?.time;
        let hosts = (exchange.client().ip(), exchange.server().ip());
        let (mut from, mut end) = (0, u32::try_from(analysis.flows.len()).unwrap_or(u32::MAX));
        while from < end {
            let at = from + (end - from) / 2;
            let is_before = analysis.flows.get(at).is_some_and(|flow| flow.first() <= answer);
            if is_before { from = at + 1 } else { end = at }
        }
        let after = (from..from.saturating_add(MAX_AHEAD)).map_while(|place| analysis.flows.get(place));
        let mut soon = after.take_while(|flow| flow.first_time.since(time) < SOON);
        let (packet, why) = soon.find_map(|flow| {
            let key = &flow.key;
            let is_it = key.protocol == TCP
                && (key.source(), key.destination()) == hosts
                && key.dst_port == exchange.server().port();
            let why = match flow.state() {
                State::SynSent => "no answer to the SYN",
                State::Refused => "refused",
                State::Unreachable => "unreachable",
                State::Reset => "reset before the question",
                _ => return None,
            };
            is_it.then_some((flow.first(), why))
        })?;
        // The newest answer before it is the one that it was made for.
        let between = (exchange.place + 1..).take(MAX_AHEAD as usize);
        let mut between = between
            .map_while(|place| Exchange::get(analysis, place))
            .take_while(|other| other.one.first < packet);
        let is_other = between.any(|other| {
            other.one.is_left_truncated()
                && other.hosts() == exchange.hosts()
                && other.one.answer().is_some_and(|other| other < packet)
        });
        (!is_other).then_some(DnsAttempt { packet, why })
    }

    /// Of an answer that nobody asked for the query just behind it with the same ends, id
    /// and question, and the other way round: the capture had them in the wrong order.
    pub(super) fn dns_reordered(&self, analysis: &Analysis, exchange: &Exchange) -> Option<PacketId> {
        let one = &exchange.one;
        let time = self.index.get(one.first)?.time;
        let near = |place: u32| {
            let other = analysis.dns.get(place)?;
            let apart = self.index.get(other.first)?.time.since(time);
            (apart.abs() < MOVED).then_some(other)
        };
        let waits = |one: &Transaction| matches!(one.outcome(), Outcome::Unanswered | Outcome::Waiting);
        let fits = |other: &&Transaction| {
            (other.flow, other.id, other.kind()) == (one.flow, one.id, one.kind())
                && other.is_by_b() != one.is_by_b()
                && other.asks_as(one)
        };
        let place = exchange.place;
        let found = match one.outcome() {
            Outcome::Unasked => {
                let mut behind = (place.saturating_add(1)..).take(NEAR).map_while(near);
                behind.find(|other| waits(other) && fits(other))
            }
            _ if waits(one) => {
                let mut before = (0..place).rev().take(NEAR).map_while(near);
                before.find(|other| other.outcome() == Outcome::Unasked && fits(other))
            }
            _ => None,
        };
        found.map(|other| other.first)
    }
}
