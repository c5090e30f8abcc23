//! DNS transactions with what their packets say: the flows keep which packets
//! belong together, names and records are read from those when asked for.
//!
//! Owns reading and the story of one transaction, and sums over all. Knows
//! nothing of how they are shown.

mod around;
mod cache;
mod reader;
mod statistics;
mod story;
pub mod walk;

pub use around::{DnsAttempt, DnsShort};
pub use cache::{CacheEntry, DnsCache, Freshness, Kept, Network};
pub use reader::DnsReader;
pub use statistics::{BARS, DnsName, DnsServer, DnsSlow, DnsStatistics};
pub use story::{DnsRecord, DnsRefusal, DnsSide, DnsStory, Multicast};

use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::decode::{DnsKind, FlowKey, Pairing, Pairings, TCP, Undelivered};
use crate::flow::FlowTable;
use crate::flow::dns::{Outcome, Role, Transaction, Trouble, Troubles, ask};
use crate::store::PacketRow;
use std::net::{IpAddr, SocketAddr};

/// Transactions after a truncated answer among which its repeat over TCP is looked for.
const MAX_AHEAD: u32 = 4096;
/// Transactions before a repeated question among which the first is looked for.
const MAX_BACK: u32 = 1 << 13;
/// Tries of one question.
const MAX_TRIES: usize = 16;
/// How long after what it repeats a question may come: nanoseconds, as the pairing has it.
const SOON: i64 = 10_000_000_000;

/// A transaction and between whom it was.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// Its place among all.
    pub place: u32,
    /// What the flows keep of it.
    pub one: Transaction,
    /// From who asked to who was asked.
    pub key: FlowKey,
    /// Question and answer do not fit: of the query the packet of the answer, of the
    /// answer that of the query.
    pub mismatch: Option<PacketId>,
    /// Messages before the answer in its packet.
    answer_place: u8,
    /// Over TCP the packet that the answer is whole with, where that is a later one than it
    /// begins in.
    pub whole: Option<PacketId>,
}

impl Exchange {
    /// The transaction at `place`.
    pub fn get(analysis: &Analysis, place: u32) -> Option<Exchange> {
        let one = *analysis.dns.get(place)?;
        let flow = analysis.flows.get(one.flow)?;
        let first = if one.is_by_b() { flow.key.reversed() } else { flow.key };
        let key = if one.is_query() { first } else { first.reversed() };
        let meant = one.meant().and_then(|place| analysis.dns.get(place)).map(|query| query.first);
        let mismatch = one.mismatch().or(meant);
        let answer_place = analysis.dns.answer_place(place);
        let begins = one.answer().filter(|_| one.is_query() && one.is_tcp() && one.stream().is_none());
        let whole = begins.and_then(|id| analysis.streams.whole_with(id, answer_place));
        Some(Exchange { place, one, key, mismatch, answer_place, whole })
    }

    /// Whether something is looked up: other messages tell of changes, or make them
    /// (NOTIFY, UPDATE), or ask for the server's state.
    pub fn is_lookup(&self) -> bool {
        const OPCODE: u16 = 0x7800;
        self.one.flags & OPCODE == 0
    }

    /// Who asked.
    pub fn client(&self) -> SocketAddr {
        SocketAddr::new(self.key.source(), self.key.src_port)
    }

    /// Who was asked.
    pub fn server(&self) -> SocketAddr {
        SocketAddr::new(self.key.destination(), self.key.dst_port)
    }

    /// Whether it was over TCP.
    pub fn is_tcp(&self) -> bool {
        self.key.protocol == TCP
    }

    /// Whether HTTP/2 brings it: DNS over HTTPS, here in clear text.
    pub fn is_in_stream(&self) -> bool {
        self.one.stream().is_some()
    }

    /// What its messages want: 0 asks, others tell of changes (RFC 1035, 4.1.1).
    pub fn opcode(&self) -> u8 {
        (self.one.flags >> 11 & 0x0f) as u8
    }

    /// What brings it: `udp`, `tcp` or `doh`.
    pub fn transport(&self) -> &'static str {
        match (self.is_in_stream(), self.is_tcp()) {
            (true, _) => "doh",
            (false, true) => "tcp",
            (false, false) => "udp",
        }
    }

    fn hosts(&self) -> (IpAddr, IpAddr) {
        (self.key.source(), self.key.destination())
    }
}

/// Whether the query went to a group: its answer is in another conversation, and told
/// in other fields than Wireshark's, which pairs within one.
fn asks_all(one: &Transaction, flows: &FlowTable) -> bool {
    let to = flows
        .get(one.flow)
        .map(|flow| if one.is_by_b() { flow.key.source() } else { flow.key.destination() });
    one.is_multicast() || one.kind() != DnsKind::Dns && to.is_some_and(|to| to.is_multicast())
}

impl Shared {
    /// Nanoseconds from the packet of a transaction's query to the one that its answer is
    /// whole with.
    pub fn dns_time(&self, exchange: &Exchange) -> Option<i64> {
        let one = &exchange.one;
        let end = exchange.whole.or(one.answer())?;
        let time = self.index.get(end)?.time.since(self.index.get(one.first)?.time);
        one.is_query().then_some(time)
    }

    /// The ICMP error that a query has instead of an answer.
    pub fn dns_refusal(&self, analysis: &Analysis, one: &Transaction) -> Option<DnsRefusal> {
        let by = one.refusal()?;
        let said = [&analysis.unclaimed, &analysis.undelivered];
        let said = said.into_iter().find_map(|untaken| untaken.said_by(by, one.flow));
        Some(DnsRefusal { by, why: said.map_or("unreachable", Undelivered::words) })
    }

    /// The same question over TCP, after an answer that was truncated.
    pub fn dns_over_tcp(&self, analysis: &Analysis, exchange: &Exchange) -> Option<Exchange> {
        let one = &exchange.one;
        let answer = one.answer().filter(|_| one.is_truncated() && !exchange.is_tcp())?;
        let time = self.index.get(answer)?.time;
        let after = (exchange.place + 1..).take(MAX_AHEAD as usize);
        let mut after = after.map_while(|place| Exchange::get(analysis, place)).take_while(|other| {
            self.index.get(other.one.first).is_some_and(|record| record.time.since(time) < SOON)
        });
        after.find(|other| {
            other.is_tcp()
                && !other.is_in_stream()
                && other.one.asks_as(one)
                && other.one.is_query()
                && other.hosts() == exchange.hosts()
        })
    }

    /// The first of the tries before a question: the same of the same host to the
    /// same server shortly before, without an answer yet, from another port or under
    /// another id, so that it is a transaction of its own.
    pub fn dns_first_try(&self, analysis: &Analysis, mut place: u32) -> Option<Transaction> {
        let mut found = None;
        let mut one = analysis.dns.get(place)?;
        for _ in 0..MAX_TRIES {
            if !one.is_retry() {
                break;
            }
            let time = self.index.get(one.first)?.time;
            let asks = ask(one, &analysis.flows)?;
            let tries = |other: &Transaction| {
                other.asks_as(one)
                    && other.answer().is_none_or(|answer| answer > one.first)
                    && ask(other, &analysis.flows) == Some(asks)
            };
            let mut before = (place.saturating_sub(MAX_BACK)..place).rev();
            let before = before.find(|place| analysis.dns.get(*place).is_some_and(tries));
            let Some(other) = before.and_then(|place| analysis.dns.get(place)) else { break };
            if self.index.get(other.first).is_none_or(|record| time.since(record.time) >= SOON) {
                break;
            }
            (one, place) = (other, before?);
            found = Some(*one);
        }
        found
    }

    /// What is wrong or odd about the DNS messages of a packet.
    pub fn dns_troubles(&self, id: PacketId) -> Troubles {
        if !self.has_dns(id) {
            return Troubles::default();
        }
        let analysis = self.analysis();
        let all =
            analysis.dns.of_packet(id).filter_map(|(_, role, whose)| Some((role, analysis.dns.get(whose)?)));
        Troubles(all.fold(0, |all, (role, one)| all | Troubles::of(role, one).0))
    }

    pub(super) fn has_dns(&self, id: PacketId) -> bool {
        let name = |row: PacketRow| self.registry.row(row.protocol).protocol.name;
        self.rows.get(id).is_some_and(|row| matches!(name(row), "dns" | "mdns" | "llmnr"))
    }

    /// What each of a packet's messages is to its transaction.
    pub(super) fn pairings(&self, analysis: &Analysis, id: PacketId) -> Pairings {
        let dns = &analysis.dns;
        let mut pairings = Pairings::default();
        if !self.has_dns(id) {
            return pairings;
        }
        for (place, role, whose) in dns.of_packet(id) {
            let Some(one) = dns.get(whose) else { continue };
            let (query, answer) = (one.first + 1, one.answer().map(|id| id + 1));
            let time = |from: PacketId| Some(self.index.get(id)?.time.since(self.index.get(from)?.time));
            let pairing = match (role, one.outcome()) {
                (Role::Answer | Role::Again, _) if one.is_multicast() => {
                    Pairing::Told(query, time(one.first).unwrap_or(0))
                }
                (Role::First, Outcome::Answered | Outcome::Late) if asks_all(one, &analysis.flows) => {
                    answer.map_or(Pairing::Unknown, Pairing::Heard)
                }
                _ if one.is_multicast() => Pairing::Unknown,
                (Role::Answer, _) if asks_all(one, &analysis.flows) => {
                    Pairing::Told(query, time(one.first).unwrap_or(0))
                }
                (Role::First, Outcome::Unasked) => Pairing::Unasked,
                (Role::First, Outcome::Mismatched) => match one.meant().and_then(|place| dns.get(place)) {
                    Some(query) => Pairing::Mismatch(query.first + 1, time(query.first).unwrap_or(0)),
                    None => Pairing::Unasked,
                },
                (Role::First, _) if let Some(by) = one.refusal() => Pairing::Refused(by + 1),
                (Role::First, outcome) if let Some(answer) = one.mismatch() => {
                    Pairing::Mismatched(answer + 1, outcome == Outcome::Unanswered)
                }
                (Role::First, Outcome::Unanswered) => Pairing::Unanswered,
                (Role::First, Outcome::Uncaptured) => Pairing::Uncaptured,
                (Role::First, Outcome::Waiting) => Pairing::Waiting,
                (Role::First, _) => answer.map_or(Pairing::Waiting, Pairing::Answered),
                (Role::Repeat, _) => Pairing::Repeat(query),
                (Role::Answer, _) => Pairing::Answer(query, time(one.first).unwrap_or(0)),
                (Role::Again, _) => answer.map_or(Pairing::Unknown, Pairing::Again),
            };
            pairings.set(place.into(), pairing);
            if role == Role::Answer
                && one.is_tcp()
                && one.stream().is_none()
                && let Some(whole) = analysis.streams.whole_with(id, place)
                && let Some(record) = self.index.get(whole)
                && let Some(first) = self.index.get(one.first)
            {
                pairings.set_whole(place, whole + 1, record.time.since(first.time));
            }
            if Troubles::of(role, one).has(Trouble::Truncated) {
                pairings.set_left(place.into());
            }
            if role == Role::First
                && one.is_retry()
                && let Some(first) = self.dns_first_try(analysis, whose)
            {
                pairings.set_tried(place.into(), first.first + 1);
            }
        }
        pairings
    }
}
