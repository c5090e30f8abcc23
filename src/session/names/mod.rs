//! Names of addresses, as the capture itself tells them: by DNS, TLS, DHCP and
//! what its file lists. Where it tells none, and somebody wants that, this
//! machine's resolver is asked.
//!
//! Owns when packets are read for names, what is said of a packet's and a flow's
//! ends, and which flows used which answer. A name holds from the packet that told
//! it: what is shown of a packet or a flow never rests on a later one, but for what
//! a flow's own client calls its server. A packet shows the names that its flow has: those
//! known when that began. Lists over the whole capture show the
//! newest name of all.

mod book;
mod learn;
mod name;
mod resolver;
mod told;
mod uses;

#[cfg(test)]
mod tests;

pub use book::NameBook;
pub use name::{Lookup, Name, NameSource};
pub use resolver::{Resolve, SystemResolver};
pub use uses::{NameUses, Unlooked};

pub(super) use learn::Learner;

use super::shared::{Analysis, Shared};
use super::statistics::GoOn;
use crate::base::PacketId;
use crate::decode::UDP;
use crate::flow::dns::{Outcome, Role, Transaction};
use crate::flow::ladder::{Arrow, Ladder};
use crate::flow::{Flow, Side};
use crate::store::PacketRow;
use resolver::Resolver;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::time::Duration;

/// How long after an answer that may not be kept what it was asked for may begin: nanoseconds.
const AT_ONCE: i64 = 1_000_000_000;
/// Packets that are read for names before others may look into the book.
const STEP: u64 = 1 << 13;

/// An answer that a flow followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The answer.
    pub lookup: Lookup,
    /// The packet with the query, where the capture has it.
    pub query: Option<PacketId>,
    /// Nanoseconds from the answer to the flow's first packet.
    pub age: i64,
    /// Its time to live was over by then; one of 0 is good for what it was asked for.
    pub expired: bool,
    /// How the lookup's transaction stands, where that is known.
    pub outcome: Option<Outcome>,
    /// Another host asked, not the flow's client.
    pub by_other: bool,
}

impl Used {
    /// What speaks against the answer itself.
    pub fn doubt(&self) -> Option<&'static str> {
        match self.outcome? {
            Outcome::Mismatched => Some("it answers another question than was asked: a resolver drops it"),
            Outcome::Unasked => Some("nobody in this capture asked for it"),
            _ => None,
        }
    }

    /// Whether anything about it is odd.
    pub fn is_odd(&self) -> bool {
        self.expired || self.by_other || self.doubt().is_some()
    }

    /// It may not be kept (RFC 1035, 3.2.1), and was not.
    pub fn is_for_once(&self) -> bool {
        self.lookup.ttl == 0 && !self.expired
    }

    /// How old the answer was, and which packets have it, in a line.
    pub fn words(&self) -> String {
        let Lookup { source, answer, ttl, client, .. } = &self.lookup;
        let asked = self.query.map_or(String::new(), |query| format!("asked in packet {}, ", query + 1));
        let along = if *source == NameSource::Along { " beside another answer" } else { "" };
        let ttl = match () {
            () if self.is_for_once() => "TTL 0: for this use only".to_owned(),
            () if self.expired => format!("TTL {ttl} s was over"),
            () => format!("TTL {ttl} s"),
        };
        let doubt = self.doubt().map_or(String::new(), |doubt| format!("; {doubt}"));
        let other = match client {
            Some(client) if self.by_other => format!(" to {client}"),
            _ => String::new(),
        };
        let (age, answer) = (self.age as f64 / 1e9, answer + 1);
        format!("{age:.6} s before, {ttl}; {asked}told in packet {answer}{other}{along}{doubt}")
    }
}

/// The names of a flow's ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowNames {
    /// Of A and of B.
    pub ends: [Option<Name>; 2],
    /// What a request in the clear calls the server: a fact of the flow, not shown in
    /// place of the address.
    pub host: Option<Name>,
    /// How the server's address was found.
    pub used: Option<Used>,
}

impl FlowNames {
    /// The name of the server; the one in its request where no other is known.
    pub fn server(&self, flow: &Flow) -> Option<&Name> {
        let [a, b] = &self.ends;
        let end = if flow.server() == Side::A { a } else { b };
        end.as_ref().or(self.host.as_ref())
    }
}

/// [`NameBook::name`] or [`NameBook::told`].
type By = fn(&NameBook, IpAddr, Option<IpAddr>, PacketId, Option<&str>) -> Option<Name>;

impl Shared {
    /// Reads the packets that were analysed since somebody asked last for names, no
    /// more than `most`; gives whether all are read.
    pub fn learn_names(&self, most: u64, go_on: GoOn<'_>) -> bool {
        let mut left = most;
        while left > 0 && go_on() {
            let mut learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
            let all = self.rows.len();
            let end = all.min(learner.next.saturating_add(left.min(STEP)));
            if learner.next < end {
                let learnt = learner.read(self, end);
                let mut book = self.names.write().unwrap_or_else(PoisonError::into_inner);
                for (flow, telling) in learnt {
                    match flow {
                        Some(flow) => book.add_said(flow, &telling),
                        None => book.add(&telling),
                    }
                }
                book.pass(end);
            }
            if end >= all {
                self.open_resolver(end);
                return true;
            }
            left = left.saturating_sub(STEP);
        }
        false
    }

    /// From now on asks `resolve` for names of addresses that are shown and that the
    /// capture tells none of, once all of it was read for names; of one that has no end,
    /// once it was caught up with. `told` is called when a name has come. No more than
    /// `room` addresses wait, those that were shown last.
    pub fn resolve(&self, resolve: Arc<dyn Resolve>, room: usize, told: Box<dyn Fn() + Send + Sync>) {
        let resolver = Arc::new(Resolver::new(resolve, room, told));
        self.names.write().unwrap_or_else(PoisonError::into_inner).resolver = Some(resolver);
    }

    fn resolver(&self) -> Option<Arc<Resolver>> {
        self.names().resolver.clone()
    }

    /// Asks the resolver for nothing for now, or again.
    pub fn hold_resolver(&self, is_held: bool) {
        self.resolver().iter().for_each(|resolver| resolver.hold(is_held));
    }

    /// Waits for the resolver's answers, but no longer than this.
    pub fn wait_for_resolver(&self, most: Duration) {
        self.resolver().iter().for_each(|resolver| resolver.wait(most));
    }

    /// Asks the resolver for nothing any more. Gives how many addresses it has not
    /// answered for, and how many were too many to ask for.
    pub fn close_resolver(&self) -> (u64, u64) {
        let Some(resolver) = self.resolver() else { return (0, 0) };
        let unanswered = resolver.unanswered();
        resolver.close();
        unanswered
    }

    /// There is a resolver to ask, as soon as it is known what the capture tells.
    pub fn resolver_waits(&self) -> bool {
        self.resolver().is_some_and(|resolver| !resolver.is_open())
    }

    /// The capture is known up to `end`: if that is all of it, the resolver may be asked.
    fn open_resolver(&self, end: PacketId) {
        let progress = self.progress();
        let is_read = progress.size.is_none_or(|size| progress.read >= size);
        if self.is_finished() || is_read && progress.indexed <= end {
            self.resolver().iter().for_each(|resolver| resolver.open());
        }
    }

    /// Reads all packets up to `id` for names, as far as they are analysed.
    pub fn learn_names_to(&self, id: PacketId) {
        let passed = self.names().passed();
        if passed <= id {
            // Whole steps: the next packets are asked for too.
            self.learn_names((id + 1 - passed).max(STEP), &|| true);
        }
    }

    /// The names learnt so far, see [`Shared::learn_names`]. Hold them shortly, and
    /// take them after the analysis, never before it.
    pub fn names(&self) -> RwLockReadGuard<'_, NameBook> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Shared::names`] for those who must not wait.
    pub fn try_names(&self) -> Option<RwLockReadGuard<'_, NameBook>> {
        match self.names.try_read() {
            Ok(guard) => Some(guard),
            Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => None,
        }
    }

    /// The name of an address over the whole capture.
    pub fn name_of(&self, address: IpAddr) -> Option<Name> {
        let file = self.meta().names.get(&address).cloned();
        self.names().name(address, None, PacketId::MAX, file.as_deref())
    }

    /// The names to be shown of a packet's ends as they were known when it came: those that
    /// its flow has. `flow` is the one that it belongs to. Hold no analysis and no names.
    pub fn packet_names(&self, id: PacketId, ends: [Option<IpAddr>; 2], flow: u32) -> [Option<Name>; 2] {
        self.packet_names_by(NameBook::name, id, ends, flow)
    }

    /// [`Shared::packet_names`] as the capture alone has them: the same whenever one asks.
    pub(super) fn packet_names_told(
        &self,
        id: PacketId,
        ends: [Option<IpAddr>; 2],
        flow: u32,
    ) -> [Option<Name>; 2] {
        self.packet_names_by(NameBook::told, id, ends, flow)
    }

    fn packet_names_by(
        &self,
        by: By,
        id: PacketId,
        ends: [Option<IpAddr>; 2],
        flow: u32,
    ) -> [Option<Name>; 2] {
        let file = {
            let meta = self.meta();
            ends.map(|end| meta.names.get(&end?).cloned())
        };
        let [src, dst] = ends;
        let first = match flow {
            PacketRow::NO_FLOW => None,
            flow => self.analysis().flows.get(flow).map(Flow::first),
        };
        let moments = (first.unwrap_or(id), id);
        let book = self.names();
        let name = |end: Option<IpAddr>, peer: Option<IpAddr>, file: &Option<String>| {
            book.name_in(by, flow, end?, peer, moments, file.as_deref())
        };
        let [src_file, dst_file] = &file;
        [name(src, dst, src_file), name(dst, src, dst_file)]
    }

    /// The name that a ladder shows for one of its hosts: the one that its flow has, else as it
    /// was known when its last packet came. `flow` is the one that it was made for.
    pub fn ladder_name(&self, book: &NameBook, ladder: &Ladder, flow: u32, address: IpAddr) -> Option<Name> {
        let packet = |arrow: Option<&Arrow>| arrow.map_or(0, |arrow| arrow.segment.packet);
        let moments = (packet(ladder.arrows().first()), packet(ladder.arrows().last()));
        // Between two hosts it is known who speaks with whom.
        let peer = match ladder.hosts() {
            [a, b] => [a, b].into_iter().find(|host| !host.addresses.contains(&address)),
            _ => None,
        };
        let peer = peer.and_then(|host| host.addresses.last()).copied();
        let file = self.meta().names.get(&address).cloned();
        book.name_in(NameBook::name, flow, address, peer, moments, file.as_deref())
    }

    /// The names of a flow's ends, and how the server's address was found before.
    pub fn flow_names(&self, analysis: &Analysis, book: &NameBook, place: u32, flow: &Flow) -> FlowNames {
        let meta = self.meta();
        let (a, b) = (flow.key.source(), flow.key.destination());
        let end = |address: IpAddr, peer: IpAddr| {
            let file = meta.names.get(&address).map(String::as_str);
            let meant = book.meant(place, address, Some(peer), (flow.first(), PacketId::MAX));
            meant.or_else(|| book.name(address, Some(peer), flow.first(), file))
        };
        let (_, server) = flow.ends();
        let host = book.said(place, server).filter(|said| said.source == NameSource::Http);
        let used = self.used(analysis, book, place, flow);
        FlowNames { ends: [end(a, b), end(b, a)], host, used }
    }

    /// How a flow's client found the server's address before the flow began.
    pub fn used(&self, analysis: &Analysis, book: &NameBook, place: u32, flow: &Flow) -> Option<Used> {
        if self.begins_with_answer(analysis, flow) {
            return None;
        }
        let (client, server) = flow.ends();
        let said = book.said(place, server);
        let named = said.as_ref().map(|name| &*name.name);
        let lookup = book.lookup(server, client, flow.first(), named)?;
        let transaction = analysis.dns.get(lookup.transaction);
        let query = transaction.filter(|one| one.is_query()).map(|one| one.first);
        let outcome = transaction.map(Transaction::outcome);
        let age = flow.first_time.since(self.index.get(lookup.answer)?.time);
        let kept = i64::from(lookup.ttl).saturating_mul(1_000_000_000);
        let expired = age > if kept == 0 { AT_ONCE } else { kept };
        let by_other = lookup.client.is_some_and(|other| other != client);
        Some(Used { lookup, query, age, expired, outcome, by_other })
    }

    /// Whether a flow begins with an answer of DNS: who sent that chose no address, and
    /// the answer itself is no use of where it comes from.
    fn begins_with_answer(&self, analysis: &Analysis, flow: &Flow) -> bool {
        if flow.key.protocol != UDP || !self.has_dns(flow.first()) {
            return false;
        }
        let mut messages = analysis.dns.of_packet(flow.first()).peekable();
        // Those that nobody could read come from the ports of multicast DNS and LLMNR.
        if messages.peek().is_none() {
            return matches!(flow.key.src_port, 5353 | 5355);
        }
        messages.all(|(_, role, whose)| match role {
            Role::First => analysis.dns.get(whose).is_some_and(|one| !one.is_query()),
            Role::Repeat => false,
            Role::Answer | Role::Again => true,
        })
    }
}

impl NameBook {
    /// The name of an end of a flow as the flow has it, which began with the first of two
    /// packets; where it has none, as it was known at the second.
    fn name_in(
        &self,
        by: By,
        flow: u32,
        address: IpAddr,
        peer: Option<IpAddr>,
        (first, id): (PacketId, PacketId),
        file: Option<&str>,
    ) -> Option<Name> {
        let meant = self.meant(flow, address, peer, (first, id));
        let had = || self.told(address, peer, first.min(id), file);
        meant.or_else(had).or_else(|| by(self, address, peer, id, file))
    }

    /// What the client of a flow calls its server up to packet `id`: by TLS, which decides over
    /// all else, or by a request that tells which of several names of the address was meant.
    fn meant(
        &self,
        flow: u32,
        address: IpAddr,
        peer: Option<IpAddr>,
        (first, id): (PacketId, PacketId),
    ) -> Option<Name> {
        let said = self.said(flow, address).filter(|said| said.packet.is_some_and(|at| at <= id))?;
        if said.source == NameSource::Sni {
            return Some(said);
        }
        let lookup = self.lookup(address, peer?, first, Some(&said.name))?;
        let Lookup { name, source, answer, .. } = lookup;
        (name == said.name).then_some(Name { name, source, packet: Some(answer) })
    }
}
