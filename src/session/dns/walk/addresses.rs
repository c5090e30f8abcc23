//! Which addresses are one host's: inferred, as no packet says so.
//!
//! A resolver may ask from another address than it is asked at: over the other version
//! of IP, or behind a translator. Taken for that is who asks servers itself (RD off),
//! with an answer, exactly what another was asked (RD on), wholly between that question
//! and its answer, while that one itself asked nobody for it, and nobody asked this one.
//! Where several could be meant, none is.
//!
//! Who passes questions on as they are (RD on) looks like a client that happens to ask the
//! same. Taken for that is only one all of whose queries lie so within questions of one
//! server, at least three different ones, when that server has also answered one of them
//! again without: from its cache, as it seems. A client that asks two servers at once,
//! from two addresses, would ask both each time.

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

/// Addresses whose queries may be another's questions passed on, and how many different ones
/// are kept of each, and needed.
const MAX_PASSING: usize = 1 << 14;
const MAX_PASSED: usize = 16;
const ENOUGH: usize = 3;

/// A question that may be open yet.
struct Open {
    place: u32,
    client: IpAddr,
    server: IpAddr,
    end: PacketId,
    /// Its server was asked to ask others, and seems to do so from elsewhere.
    passes_on: bool,
    /// The same was passed on before, by this one.
    again_by: Option<IpAddr>,
}

/// An address all of whose queries may be questions of one server passed on.
struct Passing {
    server: IpAddr,
    asks: Vec<(u16, u16)>,
    /// Questions for one of these again, less those that were passed on again.
    from_cache: i64,
    /// One of them was none.
    is_refuted: bool,
    /// The newest.
    pair: Nested,
}

/// A query within a question: the places of both.
#[derive(Clone, Copy)]
pub(in crate::session::dns) struct Nested {
    question: u32,
    query: u32,
}

impl Passing {
    fn new(server: IpAddr, pair: Nested) -> Passing {
        Passing { server, asks: Vec::new(), from_cache: 0, is_refuted: false, pair }
    }

    /// A further query lies within a question of a server; `again`: so many of those were for
    /// what had been passed on before.
    fn pass_on(&mut self, server: IpAddr, asks: (u16, u16), pair: Nested, again: usize) {
        self.is_refuted |= self.server != server;
        self.from_cache -= again as i64;
        self.pair = pair;
        if !self.is_refuted && self.asks.len() < MAX_PASSED && !self.asks.contains(&asks) {
            self.asks.push(asks);
        }
    }

    fn is_sure(&self) -> bool {
        !self.is_refuted && self.asks.len() >= ENOUGH && self.from_cache > 0
    }
}

/// The addresses that others are asked from, and those that are asked.
#[derive(Default)]
pub(in crate::session::dns) struct Addresses {
    open: HashMap<(u16, u16), Vec<Open>>,
    /// At which addresses a host is asked that asks from this one.
    asked_at: HashMap<IpAddr, Vec<IpAddr>>,
    /// From which addresses a host asks that is asked at this one.
    asks_from: HashMap<IpAddr, Vec<IpAddr>>,
    passing: HashMap<IpAddr, Passing>,
    /// Of a server the address that seems to pass its questions on.
    passes: HashMap<IpAddr, IpAddr>,
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
        let Addresses { open, passing, passes, .. } = self;
        let all = open.entry(asks).or_default();
        all.retain(|open| open.end > one.first);
        let desired = one.flags & RECURSION_DESIRED != 0;
        let mut prompted = false;
        for open in all.iter_mut().filter(|open| open.server == client) {
            (prompted, open.passes_on) = (true, false);
        }
        let mut nested = None;
        if let Some(answer) = one.answer().filter(|_| !prompted) {
            let for_it = |open: &&Open| {
                let apart = open.client != client && open.client != server && open.server != server;
                apart && open.passes_on && open.end != PacketId::MAX && answer < open.end
            };
            let mut found = all.iter().filter(for_it);
            let first = found.next();
            nested = first.filter(|first| found.all(|other| other.server == first.server));
        }
        let found = nested.map(|open| (open.server, Nested { question: open.place, query: exchange.place }));
        // Without an answer to it, or to the question, it may be one.
        let may_be = |open: &Open| {
            let apart = open.client != client && open.server != client && open.server != server;
            apart && open.passes_on && (open.end == PacketId::MAX || one.answer().is_none())
        };
        let counts = found.is_some() || prompted || !all.iter().any(may_be);
        let has_room = passing.len() < MAX_PASSING || passing.contains_key(&client);
        if desired && counts && has_room {
            let own = (server, Nested { question: exchange.place, query: exchange.place });
            let (at, pair) = found.unwrap_or(own);
            let one = passing.entry(client).or_insert_with(|| Passing::new(at, pair));
            let asked = all.iter_mut().filter(|open| open.server == at);
            let again = asked.filter_map(|open| open.again_by.take_if(|by| *by == client)).count();
            one.pass_on(at, asks, pair, again);
            one.is_refuted |= found.is_none();
            one.is_refuted = one.is_refuted || *passes.entry(at).or_insert(client) != client;
        }
        if all.len() >= MAX_EACH {
            all.remove(0);
        }
        let passes_on = desired && one.flags & AUTHORITATIVE == 0;
        let end = one.end().unwrap_or(PacketId::MAX);
        let mut again_by = None;
        if let Some(by) = passes.get(&server).filter(|_| passes_on && end != PacketId::MAX)
            && let Some(one) = passing.get_mut(by).filter(|one| one.asks.contains(&asks))
        {
            (again_by, one.from_cache) = (Some(*by), one.from_cache + 1);
        }
        all.push(Open { place: exchange.place, client, server, end, passes_on, again_by });
        found.map(|(_, pair)| pair).filter(|_| !desired)
    }

    /// Takes for one host's what all of the capture so far says is.
    pub fn settle(&mut self, shared: &Shared, reader: &mut DnsReader) {
        let sure =
            self.passing.iter().filter(|(from, one)| one.is_sure() && !self.is_one(one.server, **from));
        let mut sure: Vec<(IpAddr, Nested)> = sure.map(|(from, one)| (*from, one.pair)).collect();
        sure.sort_unstable_by_key(|(from, _)| *from);
        sure.into_iter().for_each(|(_, pair)| self.join(shared, reader, pair));
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

    /// Addresses that are asked, each with one that its host asks from; in order.
    pub fn pairs(&self) -> Vec<(IpAddr, IpAddr)> {
        let pairs = self.asks_from.iter().flat_map(|(at, all)| all.iter().map(|from| (*at, *from)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        pairs
    }

    /// Whether a host that is asked at one address asks from the other.
    pub fn is_one(&self, at: IpAddr, from: IpAddr) -> bool {
        at == from || self.asks_from.get(&at).is_some_and(|others| others.contains(&from))
    }
}
