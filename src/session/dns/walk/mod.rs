//! The walk: which queries of a resolver belong to which question of a client,
//! as a tree.
//!
//! Owns the rules. No packet says which query was made for which question: it is
//! inferred from who, when and what.
//!
//! - **Who and when.** A host that is asked, and asks others between that
//!   question and its answer, may ask for the question's sake. That it asks from
//!   another address than it is asked at is inferred too: see [`addresses`]. A question without an answer is open for [`PATIENCE`].
//! - **What.** A query belongs to an open question when it asks for its name, for
//!   a name above it (QNAME minimisation, RFC 9156; keys and proofs of DNSSEC; the
//!   root's servers), for a name that it is an alias of, or for a server of a zone
//!   on the way, or above such a name. Aliases and servers are those that the
//!   capture told before, whoever was told; aliases also those of the question's own
//!   answer, which the resolver may have known from before.
//! - **Several.** What could belong to several questions is shown with each, and
//!   says so. Only where one of them asks exactly this (name and type), it is not
//!   one of those that ask for another type of the same name.
//! - **Zones.** The zone that a server answered for is what its answer says (the
//!   owner of SOA or NS in an authoritative answer), else what a referral said of
//!   the server's address, else, for a referral to a name of one label, the root:
//!   the latter two are inferred.
//! - **No question.** A host that asks server after server itself (RD off), the same
//!   question each time, each after a referral: the first query stands for the
//!   question. `dig +trace` does so.
//! - **Joined.** A question for which nobody was asked, while a query for the same
//!   was open that another question had caused: it waits for that one's answer.
//! - **Goes on.** A query for no open question, the same as one before that had no answer
//!   yet and was for a question: the resolver goes on with it after it gave its answer.
//! - **Perhaps.** A host that passes a question on as it is (RD on) from another address than
//!   it is asked at looks like somebody who happens to ask the same: unless all of the capture
//!   speaks for it, that is no part of the walk, but said beside it.
//! - **LLMNR.** A question to all on the link is a walk of its own, of one line.
//! - What is no lookup (NOTIFY, UPDATE, STATUS) is in no walk.
//! - A query whose server asks others meanwhile is walked too, some levels deep.
//!   Within one walk a query stands once, under the question that is nearest to it.
//!
//! Bounds: queries looked at for one question 1024, lines of a walk 1024, open
//! questions that share a query 64 among 1024 looked at, names that a question
//! leads to 128, resolvers behind resolvers 8, addresses 65,536, text learned
//! 32 MiB, 8 bytes a transaction. What a bound cut off is said.

mod addresses;
mod belong;
mod kinds;
mod known;
mod lines;
mod perhaps;
mod step;
mod words;

pub(super) use addresses::Addresses;
pub use kinds::{Part, Purpose, Sight, Told};
use step::RECURSION_DESIRED;
pub use step::{DnsStep, NameOf, Zone, ZoneFrom};

use super::{DnsReader, DnsStory, Exchange};
use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::decode::proto::dns::denial::aliases;
use crate::decode::proto::dns::view::Section;
use crate::flow::dns::PATIENCE;
use crate::session::Shared;
use belong::{Near, Wanted};
use known::Known;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Queries of a resolver that are looked at for one question.
const MAX_QUERIES: usize = 1024;
/// Lines of one walk.
const MAX_LINES: usize = 1024;
/// Questions before a query that are looked at, and how many of them may be open.
const MAX_BEFORE: usize = 1024;
const MAX_OPEN: usize = 64;
/// Queries before or after one that are looked at for what a host asks itself.
const MAX_CHAIN: usize = 64;
/// Resolvers behind resolvers.
const MAX_DEEP: u8 = 8;
/// Addresses that are followed.
const MAX_HOSTS: usize = 1 << 16;
/// Queries, questions and names that are kept between walks.
const MAX_KEPT: usize = 1 << 10;

/// A question, or a query of a resolver that belongs to none, and what was done
/// to answer it.
#[derive(Clone, Debug)]
pub struct DnsWalk {
    /// The question first, every line before those under it.
    pub steps: Vec<DnsStep>,
    /// What the capture shows of it.
    pub sight: Sight,
    /// The packet of the question whose queries it waited for.
    pub joined: Option<PacketId>,
    /// It is a query of a host that others ask, for no question that was open.
    pub unprompted: bool,
    /// The packet of the question that it goes on with, after its answer.
    pub goes_on: Option<PacketId>,
    /// Where only the client's side is seen: a query of exactly this, from elsewhere and wholly
    /// within the question. Its server may have passed it on from another address, or two
    /// asked the same at one time; no packet says which.
    pub perhaps: Option<Exchange>,
    /// Nanoseconds in which the server waited for at least one other.
    pub waited: i64,
    /// Nanoseconds after the question from which on it waited to the capture's end: nothing
    /// came, to it or from it.
    pub waits_from: Option<i64>,
    /// Not all of it was looked at.
    pub is_cut: bool,
}

/// A question that a query belongs to.
#[derive(Clone, Copy, Debug)]
struct Owner {
    place: u32,
    wanted: usize,
    near: Near,
}

/// What is asked, in lower case, and what that may lead to.
struct Asked {
    name: String,
    kind: u16,
    wanted: Vec<Wanted>,
}

/// The latest of what was worked out.
struct Kept<T>(BTreeMap<u32, Arc<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(BTreeMap::new())
    }
}

impl<T> Kept<T> {
    fn get(&self, place: u32) -> Option<Arc<T>> {
        self.0.get(&place).cloned()
    }

    fn put(&mut self, place: u32, what: T) -> Arc<T> {
        if self.0.len() >= MAX_KEPT {
            self.0.pop_first();
        }
        let what = Arc::new(what);
        self.0.insert(place, Arc::clone(&what));
        what
    }
}

/// Puts walks together, from all that the capture shows.
#[derive(Default)]
pub struct DnsWalks {
    known: Known,
    /// Queries by who was asked, and by who asked; in order.
    asked_of: HashMap<IpAddr, Vec<u32>>,
    asked_by: HashMap<IpAddr, Vec<u32>>,
    addresses: Addresses,
    /// So many transactions were looked at when addresses were joined.
    joined_at: u32,
    /// Queries that are in no walk because there were too many addresses.
    pub left_out: u64,
    next: u32,
    asked: Kept<Asked>,
    owners: Kept<Vec<Owner>>,
    reader: DnsReader,
}

impl DnsWalks {
    /// Goes on through at most `most` transactions. `false` when there are no
    /// further ones.
    pub fn read(&mut self, shared: &Shared, most: u32) -> bool {
        for _ in 0..most {
            let exchange = Exchange::get(&shared.analysis(), self.next);
            let Some(exchange) = exchange else {
                self.join(shared);
                return false;
            };
            self.next += 1;
            self.add(shared, &exchange);
        }
        true
    }

    /// Takes what was asked from several addresses of a host for its queries.
    fn join(&mut self, shared: &Shared) {
        if self.joined_at == self.next {
            return;
        }
        self.joined_at = self.next;
        self.addresses.settle(shared, &mut self.reader);
        for (at, from) in self.addresses.pairs() {
            for (hosts, of, to) in [(&mut self.asked_by, from, at), (&mut self.asked_of, at, from)] {
                let more = hosts.get(&of).cloned().unwrap_or_default();
                let all = hosts.entry(to).or_default();
                all.extend(more);
                all.sort_unstable();
                all.dedup();
            }
        }
        (self.asked, self.owners) = Default::default();
    }

    fn add(&mut self, shared: &Shared, exchange: &Exchange) {
        if exchange.one.kind() != DnsKind::Dns || !exchange.is_lookup() {
            return;
        }
        if let Some(pair) = self.addresses.look(exchange) {
            self.addresses.join(shared, &mut self.reader, pair);
        }
        if exchange.one.is_query() {
            let ends =
                [(&mut self.asked_of, exchange.server().ip()), (&mut self.asked_by, exchange.client().ip())];
            for (hosts, address) in ends {
                if hosts.len() < MAX_HOSTS || hosts.contains_key(&address) {
                    hosts.entry(address).or_default().push(exchange.place);
                } else {
                    self.left_out += 1;
                }
            }
        }
        if let Some(packet) = exchange.one.answer() {
            let (known, server) = (&mut self.known, exchange.server().ip());
            self.reader.answer(shared, exchange, |message| known.learn(packet, server, &message));
        }
    }

    /// Transactions that were looked at so far.
    pub fn looked_at(&self) -> u32 {
        self.next
    }

    /// Some of what the capture says of names was left out.
    pub fn is_full(&self) -> bool {
        self.known.is_full
    }

    /// Whether a transaction is a question of its own: no part of another's walk.
    pub fn is_first(&mut self, shared: &Shared, place: u32) -> bool {
        let exchange = Exchange::get(&shared.analysis(), place);
        exchange.is_some_and(|one| one.one.is_query() && is_walked(&one))
            && self.owners(shared, place).is_empty()
    }

    /// The questions at the root of the walks that a transaction is part of: its
    /// own place where it is one.
    pub fn firsts(&mut self, shared: &Shared, place: u32) -> Vec<u32> {
        let mut firsts = Vec::new();
        let (mut open, mut seen) = (vec![place], HashSet::new());
        while let Some(place) = open.pop() {
            if !seen.insert(place) || seen.len() > MAX_LINES {
                continue;
            }
            let owners = self.owners(shared, place);
            if owners.is_empty() {
                firsts.push(place);
            }
            open.extend(owners.iter().map(|owner| owner.place));
        }
        firsts.retain(|place| self.is_first(shared, *place));
        firsts.sort_unstable();
        firsts
    }

    /// What a transaction asks.
    fn asked(&mut self, shared: &Shared, exchange: &Exchange) -> Arc<Asked> {
        if let Some(asked) = self.asked.get(exchange.place) {
            return asked;
        }
        let question = self.reader.query(shared, exchange, |message| {
            message.questions().next().map(|question| (question.name().to_ascii_lowercase(), question.kind))
        });
        let asked = match question.flatten() {
            Some((name, kind)) => {
                let until = exchange.one.answer().unwrap_or(PacketId::MAX);
                let own = self.own_aliases(shared, exchange, &name);
                let wanted = belong::wanted(&self.known, &name, until, &own);
                Asked { name, kind, wanted }
            }
            None => Asked { name: String::new(), kind: 0, wanted: Vec::new() },
        };
        self.asked.put(exchange.place, asked)
    }

    /// The names that the answer to a question says its name is an alias of.
    fn own_aliases(&mut self, shared: &Shared, exchange: &Exchange, name: &str) -> Vec<String> {
        if self.known.aliases(name).is_empty() {
            return Vec::new();
        }
        let names = self.reader.answer(shared, exchange, |message| {
            let answers: Vec<_> =
                message.records().filter(|record| record.section == Section::Answer).collect();
            aliases(name, &answers)
        });
        names.flatten().unwrap_or_default()
    }

    /// The question that a query goes on with: the same was asked for it shortly before,
    /// and has no answer yet.
    fn goes_on(&mut self, shared: &Shared, query: &Exchange) -> Option<PacketId> {
        let now = shared.record(query.one.first)?.time;
        let others = self.asked_by.get(&query.client().ip())?;
        let before = others.partition_point(|other| *other < query.place);
        let same: Vec<u32> = {
            let analysis = shared.analysis();
            let is_same = |place: &&u32| {
                let other = analysis.dns.get(**place);
                other.is_some_and(|other| {
                    let soon =
                        shared.record(other.first).is_some_and(|then| now.since(then.time) <= PATIENCE);
                    soon && other.asks_as(&query.one)
                        && other.answer().is_none_or(|told| told > query.one.first)
                })
            };
            others.iter().take(before).rev().take(MAX_CHAIN).filter(is_same).copied().collect()
        };
        let name = self.asked(shared, query).name.clone();
        for place in same {
            let Some(other) = Exchange::get(&shared.analysis(), place) else { continue };
            let first = self.owners(shared, place).first().map(|owner| owner.place);
            let question = first.and_then(|first| Exchange::get(&shared.analysis(), first));
            if let Some(question) = question
                && self.asked(shared, &other).name == name
            {
                return Some(question.one.first);
            }
        }
        None
    }

    /// The questions that a query belongs to.
    fn owners(&mut self, shared: &Shared, place: u32) -> Arc<Vec<Owner>> {
        if let Some(owners) = self.owners.get(place) {
            return owners;
        }
        let exchange = Exchange::get(&shared.analysis(), place);
        let Some(exchange) = exchange.filter(|exchange| exchange.one.kind() == DnsKind::Dns) else {
            return Arc::default();
        };
        let mut owners = self.owners_of(shared, place).unwrap_or_default();
        if owners.is_empty() {
            let first = self.chain(shared, &exchange);
            owners.extend(first.map(|place| Owner { place, wanted: 0, near: Near::Exact }));
        }
        self.owners.put(place, owners)
    }

    fn owners_of(&mut self, shared: &Shared, place: u32) -> Option<Vec<Owner>> {
        let exchange = Exchange::get(&shared.analysis(), place)?;
        let questions = self.asked_of.get(&exchange.client().ip())?;
        let packet = exchange.one.first;
        let before = questions.partition_point(|question| *question < place);
        let open: Vec<Exchange> = {
            let analysis = shared.analysis();
            let before = questions.iter().take(before).rev().take(MAX_BEFORE);
            let before = before.filter_map(|place| Exchange::get(&analysis, *place));
            before.filter(|question| is_open(shared, question, packet)).take(MAX_OPEN).collect()
        };
        let mut owners = Vec::new();
        if !open.is_empty() {
            let query = self.asked(shared, &exchange);
            for question in &open {
                let asked = self.asked(shared, question);
                let nearest = belong::nearest(&asked.wanted, asked.kind, (&query.name, query.kind), packet);
                owners.extend(nearest.map(|(wanted, near)| Owner { place: question.place, wanted, near }));
            }
        }
        if owners.iter().any(|owner| owner.near == Near::Exact) {
            owners.retain(|owner| owner.near != Near::Name);
        }
        owners.sort_by_key(|owner| owner.place);
        Some(owners)
    }

    /// The query whose referral a query follows that the same host made by itself:
    /// the same question, asked of another server soon after.
    fn referred(&mut self, shared: &Shared, query: &Exchange) -> Option<u32> {
        if query.one.flags & RECURSION_DESIRED != 0 || !query.one.is_query() {
            return None;
        }
        let now = shared.record(query.one.first)?.time;
        let others = self.asked_by.get(&query.client().ip())?;
        let before = others.partition_point(|other| *other < query.place);
        let found = {
            let analysis = shared.analysis();
            let before = others.iter().take(before).rev().take(MAX_CHAIN);
            let refers = |place: &u32| {
                let other = analysis.dns.get(*place)?;
                let answer = other.answer().filter(|answer| *answer < query.one.first)?;
                let soon = now.since(shared.record(answer)?.time) < PATIENCE;
                let asks = other.asks_as(&query.one) && other.flags & RECURSION_DESIRED == 0;
                (soon && asks).then(|| Exchange::get(&analysis, *place))?
            };
            before.filter_map(refers).find(|other| other.server() != query.server())
        }?;
        let story = DnsStory::read(&mut self.reader, shared, &found);
        step::is_referral(&story).then_some(found.place)
    }

    /// The first of the queries by which a host goes from server to server itself.
    fn chain(&mut self, shared: &Shared, query: &Exchange) -> Option<u32> {
        let mut first = self.referred(shared, query)?;
        for _ in 0..MAX_CHAIN {
            let Some(exchange) = Exchange::get(&shared.analysis(), first) else { break };
            match self.referred(shared, &exchange) {
                Some(before) => first = before,
                None => break,
            }
        }
        // What a resolver asks for a question's sake is walked there.
        let for_itself = self.owners_of(shared, first).is_none_or(|owners| owners.is_empty());
        for_itself.then_some(first)
    }

    /// The question whose queries a question waits for: nobody was asked for its own
    /// sake, but the same was being asked already.
    fn joined(&mut self, shared: &Shared, question: &Exchange, asked: &Asked) -> Option<PacketId> {
        let others = self.asked_by.get(&question.server().ip())?;
        let before = others.partition_point(|other| *other < question.place);
        let open: Vec<u32> = {
            let analysis = shared.analysis();
            let is_open = |place: &&u32| {
                let other = analysis.dns.get(**place).and_then(|other| other.answer());
                other.is_some_and(|told| {
                    told > question.one.first && question.one.answer().is_none_or(|answer| told < answer)
                })
            };
            others.iter().take(before).rev().take(MAX_CHAIN).filter(is_open).copied().collect()
        };
        // The oldest of them was there first.
        for place in open.into_iter().rev() {
            for owner in self.owners(shared, place).iter() {
                let Some(first) = Exchange::get(&shared.analysis(), owner.place) else { continue };
                let same = self.asked(shared, &first);
                if (&same.name, same.kind) == (&asked.name, asked.kind) {
                    return Some(first.one.first);
                }
            }
        }
        None
    }

    /// The queries that belong to a question, and whether all were looked at.
    fn queries(&mut self, shared: &Shared, question: &Exchange) -> (Vec<(Exchange, Owner)>, bool) {
        let Some(others) = self.asked_by.get(&question.server().ip()) else { return (Vec::new(), true) };
        let from = others.partition_point(|place| *place <= question.place);
        let others: Vec<Exchange> = {
            let analysis = shared.analysis();
            let others = others.iter().skip(from).filter_map(|place| Exchange::get(&analysis, *place));
            others
                .take_while(|other| is_open(shared, question, other.one.first))
                .take(MAX_QUERIES + 1)
                .collect()
        };
        let mut queries = Vec::new();
        for other in others.iter().take(MAX_QUERIES) {
            let owners = self.owners(shared, other.place);
            let owner = owners.iter().find(|owner| owner.place == question.place);
            queries.extend(owner.map(|owner| (*other, *owner)));
        }
        (queries, others.len() <= MAX_QUERIES)
    }
}

/// Whether it looks something up by asking one server, or all on the link (LLMNR); multicast DNS
/// is no way to an answer, but what all tell all.
fn is_walked(exchange: &Exchange) -> bool {
    matches!(exchange.one.kind(), DnsKind::Dns | DnsKind::Llmnr) && exchange.is_lookup()
}

/// Whether a question was open when a packet came.
fn is_open(shared: &Shared, question: &Exchange, packet: PacketId) -> bool {
    let one = &question.one;
    if packet <= one.first {
        return false;
    }
    if let Some(end) = one.end() {
        return packet < end;
    }
    let time = |id: PacketId| shared.record(id).map(|record| record.time);
    let (Some(asked), Some(now)) = (time(one.first), time(packet)) else { return false };
    now.since(asked) <= PATIENCE
}
