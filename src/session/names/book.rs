//! The book of names: which name was told of which address, when, to whom, and
//! by what. Names are raw: whoever shows one makes it harmless.
//!
//! Owns what is kept, in the order of the capture, and which of several names
//! is the one to show. What was told later than the moment asked for is never
//! used. Reads no packet.

use super::name::{Lookup, Name, NameSource};
use super::resolver::Resolver;
use crate::base::PacketId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::Arc;

/// Tellings that are kept; later ones are only counted.
const MAX_TOLD: usize = 1 << 19;
/// Different names and their bytes together, and bytes of one.
const MAX_NAMES: usize = 1 << 18;
const MAX_BYTES: usize = 32 << 20;
const MAX_LONG: usize = 1024;
/// Flows whose client said a name.
const MAX_SAID: usize = 1 << 19;
/// Lookups before the newest one among which that of a flow's own name is sought.
const MAX_BACK: usize = 64;

/// What a packet told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Telling {
    pub packet: PacketId,
    pub address: IpAddr,
    pub name: String,
    pub source: NameSource,
    /// Who heard it; nobody in particular where all did.
    pub client: Option<IpAddr>,
    /// The DNS transaction.
    pub transaction: Option<u32>,
    pub ttl: u32,
}

/// As it is kept: 32 bytes.
#[derive(Clone, Copy, Debug)]
struct Fact {
    packet: PacketId,
    name: u32,
    transaction: u32,
    client: u32,
    ttl: u32,
    source: NameSource,
}

/// No transaction, nobody in particular.
const NONE: u32 = u32::MAX;

/// What the client of a flow called its server.
#[derive(Clone, Copy, Debug)]
struct Said {
    name: u32,
    server: u32,
    packet: PacketId,
    source: NameSource,
}

/// What may be told of an address by one source to all; what DNS told one client
/// is in lists of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Heard {
    /// Answers to this client, and what came along with them.
    Answer(u32),
    Along(u32),
    /// The same, whoever heard it.
    Answers,
    Alongs,
    Mdns,
    Llmnr,
    Dhcp,
    Ptr,
    Sni,
}

/// Lists of all, the best first.
const OTHERS: [Heard; 7] =
    [Heard::Mdns, Heard::Llmnr, Heard::Answers, Heard::Dhcp, Heard::Alongs, Heard::Ptr, Heard::Sni];

impl Heard {
    /// The list of all for one of a client.
    const fn all(self) -> Heard {
        match self {
            Heard::Answer(_) => Heard::Answers,
            Heard::Along(_) => Heard::Alongs,
            other => other,
        }
    }

    /// The client's own part of a list of all.
    const fn own(self, client: u32) -> Heard {
        match self {
            Heard::Alongs => Heard::Along(client),
            _ => Heard::Answer(client),
        }
    }
}

/// Places of facts, in the order of the capture: mostly one.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "there may be a million lists: 16 bytes each, not 24")]
enum List {
    One([u32; 1]),
    Many(Box<Vec<u32>>),
}

impl List {
    fn all(&self) -> &[u32] {
        match self {
            List::One(one) => one,
            List::Many(many) => many,
        }
    }

    fn push(&mut self, place: u32) {
        match self {
            List::One([first]) => *self = List::Many(Box::new(vec![*first, place])),
            List::Many(many) => many.push(place),
        }
    }
}

const _: () = assert!(size_of::<((u32, Heard), List)>() <= 32);

/// The book.
#[derive(Default)]
pub struct NameBook {
    texts: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u32>,
    bytes: usize,
    hosts: HashMap<IpAddr, u32, foldhash::fast::RandomState>,
    addresses: Vec<IpAddr>,
    facts: Vec<Fact>,
    /// By address and who heard it, in the order of the capture.
    /// A client has a list of its own once another has heard of the address too.
    lists: HashMap<(u32, Heard), List, foldhash::fast::RandomState>,
    /// By flow: what its client called the server.
    said: HashMap<u32, Said, foldhash::fast::RandomState>,
    passed: PacketId,
    not_kept: u64,
    /// Who is asked for names that nothing tells; nobody, unless that is wanted.
    pub(super) resolver: Option<Arc<Resolver>>,
}

impl NameBook {
    /// Packets that it was made of.
    pub fn passed(&self) -> PacketId {
        self.passed
    }

    /// How many names were told beyond what is kept, in a sentence; none where all are.
    pub fn left_out(&self) -> Option<String> {
        let more = self.not_kept;
        (more > 0)
            .then(|| format!("{more} names more were told than are kept: addresses stand in their place"))
    }

    /// Moves when the resolver has told something new; stands still without one.
    pub fn resolved(&self) -> u64 {
        self.resolver.as_ref().map_or(0, |resolver| resolver.version())
    }

    /// Different names that it holds.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(super) fn pass(&mut self, to: PacketId) {
        self.passed = to;
    }

    /// The place of a name; `None` when no more are kept.
    fn text(&mut self, name: &str) -> Option<u32> {
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        if self.texts.len() >= MAX_NAMES || self.bytes >= MAX_BYTES || name.len() > MAX_LONG {
            return None;
        }
        let place = u32::try_from(self.texts.len()).ok()?;
        let text: Arc<str> = name.into();
        self.bytes += text.len();
        self.texts.push(Arc::clone(&text));
        self.places.insert(text, place);
        Some(place)
    }

    fn host(&mut self, address: IpAddr) -> u32 {
        let next = self.addresses.len() as u32;
        let place = *self.hosts.entry(address).or_insert(next);
        if place == next {
            self.addresses.push(address);
        }
        place
    }

    /// Keeps what a packet told; packets come in order.
    pub(super) fn add(&mut self, telling: &Telling) {
        if self.facts.len() >= MAX_TOLD {
            self.not_kept += 1;
            return;
        }
        let Some(name) = self.text(&telling.name) else {
            self.not_kept += 1;
            return;
        };
        let &Telling { packet, address, source, ttl, .. } = telling;
        let address = self.host(address);
        let client = telling.client.map_or(NONE, |client| self.host(client));
        let transaction = telling.transaction.unwrap_or(NONE);
        let place = self.facts.len() as u32;
        self.facts.push(Fact { packet, name, transaction, client, ttl, source });
        let (own, all) = match source {
            NameSource::Dns => (Some(Heard::Answer(client)), Heard::Answers),
            NameSource::Along => (Some(Heard::Along(client)), Heard::Alongs),
            NameSource::Mdns => (None, Heard::Mdns),
            NameSource::Llmnr => (None, Heard::Llmnr),
            NameSource::Dhcp => (None, Heard::Dhcp),
            NameSource::Ptr => (None, Heard::Ptr),
            NameSource::Sni | NameSource::Http | NameSource::File | NameSource::Resolver => {
                (None, Heard::Sni)
            }
        };
        if let Some(own) = own {
            self.tell_apart(address, client, all);
            if !self.is_of_one(address, client, all) {
                self.put(address, own, place);
            }
        }
        self.put(address, all, place);
    }

    fn put(&mut self, address: u32, heard: Heard, place: u32) {
        match self.lists.entry((address, heard)) {
            Entry::Vacant(new) => {
                new.insert(List::One([place]));
            }
            Entry::Occupied(mut known) => known.get_mut().push(place),
        }
    }

    fn client_of(&self, place: u32) -> Option<u32> {
        self.facts.get(place as usize).map(|fact| fact.client)
    }

    /// All of a list was heard by this client: it needs none of its own.
    fn is_of_one(&self, address: u32, client: u32, all: Heard) -> bool {
        let first = self.list(address, all).first();
        let only = first.is_none_or(|first| self.client_of(*first) == Some(client));
        only && !self.lists.contains_key(&(address, all.own(client)))
    }

    /// Gives the first client of a list one of its own when a second comes.
    fn tell_apart(&mut self, address: u32, client: u32, all: Heard) {
        let Some(first) = self.list(address, all).first().and_then(|first| self.client_of(*first)) else {
            return;
        };
        let key = (address, all.own(first));
        if first != client && !self.lists.contains_key(&key) {
            let before = self.list(address, all).to_vec();
            self.lists.insert(key, List::Many(Box::new(before)));
        }
    }

    /// Keeps what the client of a flow called its server.
    pub(super) fn add_said(&mut self, flow: u32, telling: &Telling) {
        if telling.source == NameSource::Sni {
            self.add(telling);
        }
        let is_known = self.said.contains_key(&flow);
        match self.text(&telling.name).filter(|_| is_known || self.said.len() < MAX_SAID) {
            Some(name) => {
                let &Telling { packet, source, .. } = telling;
                let server = self.host(telling.address);
                // TLS after a request in the clear is another host's: a proxy was asked for it.
                self.said.entry(flow).or_insert(Said { name, server, packet, source });
            }
            None => self.not_kept += 1,
        }
    }

    fn list(&self, address: u32, heard: Heard) -> &[u32] {
        let list = |heard| self.lists.get(&(address, heard)).map_or(&[][..], List::all);
        match heard {
            // Where nobody else has heard of the address, all is the client's.
            Heard::Answer(client) | Heard::Along(client) if self.is_of_one(address, client, heard.all()) => {
                list(heard.all())
            }
            _ => list(heard),
        }
    }

    /// The part of a list that was told before packet `end`.
    fn before(&self, address: u32, heard: Heard, end: PacketId) -> &[u32] {
        let list = self.list(address, heard);
        let told = |place: &u32| self.facts.get(*place as usize).is_some_and(|fact| fact.packet < end);
        list.get(..list.partition_point(told)).unwrap_or_default()
    }

    fn newest(&self, address: u32, heard: Heard, end: PacketId) -> Option<&Fact> {
        self.facts.get(*self.before(address, heard, end).last()? as usize)
    }

    fn named(&self, fact: &Fact) -> Option<Name> {
        let name = Arc::clone(self.texts.get(fact.name as usize)?);
        Some(Name { name, source: fact.source, packet: Some(fact.packet) })
    }

    /// The name of an address to be shown to those who see packet `last` and all
    /// before it. `peer` is who speaks with it: what that one asked for comes first.
    /// `file` is the name that the capture file itself lists. Where the capture has no
    /// name for it at all, and that is wanted, the resolver is asked, and gives one later.
    pub fn name(
        &self,
        address: IpAddr,
        peer: Option<IpAddr>,
        last: PacketId,
        file: Option<&str>,
    ) -> Option<Name> {
        self.told(address, peer, last, file).or_else(|| {
            let resolver = self.resolver.as_ref().filter(|_| !self.is_told(address))?;
            Some(Name { name: resolver.name(address)?, source: NameSource::Resolver, packet: None })
        })
    }

    /// Whether any packet tells a name of the address.
    fn is_told(&self, address: IpAddr) -> bool {
        let Some(host) = self.hosts.get(&address) else { return false };
        OTHERS.iter().any(|heard| self.lists.contains_key(&(*host, *heard)))
    }

    /// [`NameBook::name`] as the capture alone has it.
    pub fn told(
        &self,
        address: IpAddr,
        peer: Option<IpAddr>,
        last: PacketId,
        file: Option<&str>,
    ) -> Option<Name> {
        let end = last.saturating_add(1);
        let host = self.hosts.get(&address).copied();
        let peer = peer.and_then(|peer| self.hosts.get(&peer)).copied();
        let newest = |heard| self.named(self.newest(host?, heard, end)?);
        if let Some(own) = peer.and_then(|peer| newest(Heard::Answer(peer))) {
            return Some(own);
        }
        if let Some(file) = file {
            return Some(Name { name: file.into(), source: NameSource::File, packet: None });
        }
        let along = peer.and_then(|peer| newest(Heard::Along(peer)));
        along.or_else(|| OTHERS.into_iter().find_map(newest))
    }

    /// What the client of a flow called its server, where `server` is that one.
    pub fn said(&self, flow: u32, server: IpAddr) -> Option<Name> {
        let said = self.said.get(&flow).filter(|said| self.hosts.get(&server) == Some(&said.server))?;
        let name = Arc::clone(self.texts.get(said.name as usize)?);
        Some(Name { name, source: said.source, packet: Some(said.packet) })
    }

    /// How `client` came to know `address` before packet `first`: the newest
    /// answer that it got itself, one for `named` before others; else what came
    /// along with one, what was told to all, what others were told.
    pub fn lookup(
        &self,
        address: IpAddr,
        client: IpAddr,
        first: PacketId,
        named: Option<&str>,
    ) -> Option<Lookup> {
        let host = *self.hosts.get(&address)?;
        let client = self.hosts.get(&client).copied();
        let own = |heard: fn(u32) -> Heard| client.map(heard);
        let lists = [
            own(Heard::Answer),
            own(Heard::Along),
            Some(Heard::Mdns),
            Some(Heard::Llmnr),
            Some(Heard::Answers),
            Some(Heard::Alongs),
        ];
        let fact = lists.into_iter().flatten().find_map(|heard| {
            let list = self.before(host, heard, first);
            let mut newest =
                list.iter().rev().take(MAX_BACK).filter_map(|place| self.facts.get(*place as usize));
            let asked = |fact: &&Fact| self.texts.get(fact.name as usize).map(|text| &**text) == named;
            newest.clone().find(asked).or_else(|| newest.next())
        })?;
        if !fact.source.is_lookup() {
            return None;
        }
        Some(Lookup {
            name: Arc::clone(self.texts.get(fact.name as usize)?),
            source: fact.source,
            answer: fact.packet,
            transaction: fact.transaction,
            ttl: fact.ttl,
            client: self.addresses.get(fact.client as usize).copied(),
        })
    }
}
