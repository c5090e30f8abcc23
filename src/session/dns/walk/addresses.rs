//! Which addresses are one host's: inferred, as no packet says so.
//!
//! A resolver may ask from another address than it is asked at: over the other version
//! of IP, or behind a translator. Taken for that is who asks servers itself (RD off),
//! with an answer, exactly what another was asked (RD on), wholly between that question
//! and its answer, while that one itself asked nobody for it, and nobody asked this one.
//! Where several could be meant, none is.

use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::session::Shared;
use crate::session::dns::{DnsReader, Exchange};
use std::collections::HashMap;
use std::net::IpAddr;

const AUTHORITATIVE: u16 = 0x0400;
const RECURSION_DESIRED: u16 = 0x0100;
/// Questions that are followed at once, and those for one name among them.
const MAX_OPEN: usize = 4096;
const MAX_EACH: usize = 8;
/// Addresses that have others, and how many each.
const MAX_HOSTS: usize = 1024;
const MAX_OTHERS: usize = 8;

/// A question that may be open yet.
struct Open {
    place: u32,
    client: IpAddr,
    server: IpAddr,
    end: PacketId,
    /// Its server was asked to ask others, and seems to do so from elsewhere.
    passes_on: bool,
}

/// A query within a question: the places of both.
pub(in crate::session::dns) struct Nested {
    question: u32,
    query: u32,
}

/// The addresses that others are asked from, and those that are asked.
#[derive(Default)]
pub(in crate::session::dns) struct Addresses {
    open: HashMap<(u16, u16), Vec<Open>>,
    /// At which addresses a host is asked that asks from this one.
    asked_at: HashMap<IpAddr, Vec<IpAddr>>,
    /// From which addresses a host asks that is asked at this one.
    asks_from: HashMap<IpAddr, Vec<IpAddr>>,
}

impl Addresses {
    /// Takes the next transaction; what seems to be made for another's sake is given back.
    pub fn look(&mut self, exchange: &Exchange) -> Option<Nested> {
        let one = &exchange.one;
        let asks = one.asks().filter(|_| one.is_query() && one.kind() == DnsKind::Dns)?;
        let (client, server) = (exchange.client().ip(), exchange.server().ip());
        if self.open.len() >= MAX_OPEN {
            self.open
                .retain(|_, all| all.iter().any(|open| open.end != PacketId::MAX && open.end > one.first));
            if self.open.len() >= MAX_OPEN / 2 {
                self.open.clear();
            }
        }
        let all = self.open.entry(asks).or_default();
        all.retain(|open| open.end > one.first);
        let desired = one.flags & RECURSION_DESIRED != 0;
        let mut prompted = false;
        for open in all.iter_mut().filter(|open| open.server == client) {
            (prompted, open.passes_on) = (true, false);
        }
        let mut nested = None;
        if let Some(answer) = one.answer().filter(|_| !prompted && !desired) {
            let for_it = |open: &&Open| {
                let apart = open.client != client && open.client != server && open.server != server;
                apart && open.passes_on && open.end != PacketId::MAX && answer < open.end
            };
            let mut found = all.iter().filter(for_it);
            let first = found.next();
            nested = first.filter(|first| found.all(|other| other.server == first.server));
        }
        let nested = nested.map(|open| Nested { question: open.place, query: exchange.place });
        if all.len() >= MAX_EACH {
            all.remove(0);
        }
        let passes_on = desired && one.flags & AUTHORITATIVE == 0;
        let end = one.end().unwrap_or(PacketId::MAX);
        all.push(Open { place: exchange.place, client, server, end, passes_on });
        nested
    }

    /// Takes two addresses for one host's, where both asked the same name indeed.
    pub fn join(&mut self, shared: &Shared, reader: &mut DnsReader, pair: Nested) {
        let [question, query] = [pair.question, pair.query].map(|place| {
            let exchange = Exchange::get(&shared.analysis(), place)?;
            let name = reader.query(shared, &exchange, |message| {
                message.questions().next().map(|question| question.name().to_ascii_lowercase())
            });
            Some((exchange, name.flatten()?))
        });
        let (Some((question, wanted)), Some((query, name))) = (question, query) else { return };
        let (at, from) = (question.server().ip(), query.client().ip());
        if wanted != name || self.asked_at.len() >= MAX_HOSTS {
            return;
        }
        for (others, one, other) in [(&mut self.asked_at, from, at), (&mut self.asks_from, at, from)] {
            let others = others.entry(one).or_default();
            if others.len() < MAX_OTHERS && !others.contains(&other) {
                others.push(other);
            }
        }
    }

    /// The address itself, and those at which its host is asked.
    pub fn all(&self, address: IpAddr) -> impl Iterator<Item = IpAddr> {
        std::iter::once(address).chain(self.asked_at.get(&address).into_iter().flatten().copied())
    }

    /// Whether its host asks from other addresses too.
    pub fn has_others(&self, address: IpAddr) -> bool {
        self.asks_from.contains_key(&address)
    }

    /// Addresses that are asked, each with one that its host asks from.
    pub fn pairs(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.asks_from.iter().flat_map(|(at, all)| all.iter().map(|from| (*at, *from)))
    }

    /// Whether a host that is asked at one address asks from the other.
    pub fn is_one(&self, at: IpAddr, from: IpAddr) -> bool {
        at == from || self.asks_from.get(&at).is_some_and(|others| others.contains(&from))
    }
}
