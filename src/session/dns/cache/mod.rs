//! What those who asked may keep of the answers, at any moment of the capture.
//!
//! Owns which records and negative answers came to whom, how long each may be
//! kept (RFC 1035, 3.2.1; RFC 2181, 5.2; RFC 2308, 5), and whether an answer came
//! fresh or from a cache, with the reason. What is in no packet is not guessed:
//! a cache may drop a record earlier, and may hold what came before the capture.
//! What multicast DNS tells to all is in [`multicast`], the letting go in [`room`].
//!
//! Reads on to the moment that is asked about. Memory is bounded: what is over by
//! then is let go first, then what came first; moments before need a new reading.

mod arrival;
mod entry;
mod multicast;
mod room;
mod told;
mod upstream;

pub use entry::{CacheEntry, Freshness, Kept, Network};

use super::walk::Addresses;
use super::{DnsReader, Exchange};
use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::decode::proto::dns::view::Message;
use crate::session::Shared;
use crate::session::payload::PayloadReader;
use arrival::Arrival;
use multicast::Multicast;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use told::{Told, sets};
use upstream::{Came, Meanwhile, Query, Upstream};

/// Sets of records that are followed at least, the newest, and how often they may
/// have come. There may be twice as many before some are let go.
const MAX_SETS: usize = 1 << 16;
const MAX_ARRIVALS: usize = 1 << 18;
/// Arrivals of a set that a new one is compared with.
const MAX_BEFORE: usize = 16;
/// Sets that servers asked others for, or got from them.
const MAX_ASKED: usize = 1 << 18;
/// Addresses that are known to ask and to be asked.
const MAX_HOSTS: usize = 1 << 16;
/// Transactions that are looked at while the analysis waits.
const AT_ONCE: u32 = 4096;
/// Packets may stand so much later in the capture than their time: nanoseconds.
const DISORDER: i64 = 1_000_000_000;
/// TTLs count seconds.
const SECOND: i64 = 1_000_000_000;

/// Who holds it, name in lower case, type (255 for a name that does not exist), and the
/// clients that it is for.
type Key = (IpAddr, String, u16, Option<Network>);

/// The largest TTL that was seen of a set.
#[derive(Clone, Copy)]
struct Largest {
    ttl: u32,
    /// The set's authority gave it: the newest word of that counts, and nobody else has it for
    /// longer, unless it is stale or made longer.
    by_authority: bool,
}

/// All that came to all, followed through the capture.
pub struct DnsCache {
    sets: BTreeMap<Key, Vec<Arrival>>,
    /// Largest TTL of each set, and of each lack of one, whoever got it.
    largest: HashMap<(String, u16, Kept), Largest>,
    /// Those who ask others, and whether they are asked too.
    hosts: HashMap<IpAddr, (bool, bool)>,
    /// Which addresses are one host's.
    addresses: Addresses,
    /// What servers asked others.
    upstream: Upstream,
    arrivals: usize,
    /// The time of the query that was read last.
    now: i64,
    /// The first moment that can be told about.
    from: i64,
    /// When what was let go too early would have run out, by second.
    lost: BTreeMap<i64, u64>,
    /// What was told to all on a link.
    multicast: Multicast,
    /// Transactions whose ends are known, and those that are read.
    surveyed: u32,
    settled: u32,
    next: u32,
    reader: DnsReader,
    payload: PayloadReader,
    most_sets: usize,
    most_arrivals: usize,
}

impl Default for DnsCache {
    fn default() -> Self {
        DnsCache::with_limits(MAX_SETS, MAX_ARRIVALS)
    }
}

impl DnsCache {
    fn with_limits(most_sets: usize, most_arrivals: usize) -> DnsCache {
        DnsCache {
            sets: BTreeMap::new(),
            largest: HashMap::new(),
            hosts: HashMap::new(),
            addresses: Addresses::default(),
            upstream: Upstream::default(),
            arrivals: 0,
            now: i64::MIN,
            from: i64::MIN,
            lost: BTreeMap::new(),
            multicast: Multicast::default(),
            surveyed: 0,
            settled: 0,
            next: 0,
            reader: DnsReader::default(),
            payload: PayloadReader::default(),
            most_sets,
            most_arrivals,
        }
    }

    /// Whether a moment can be told about: what was kept then may have been let go since.
    pub fn covers(&self, moment: i64) -> bool {
        moment >= self.from && self.multicast.covers(moment)
    }

    /// Goes on through at most `most` transactions or packets, to those of `moment`.
    /// `false` when there are no further ones.
    pub fn read(&mut self, shared: &Shared, moment: i64, most: u32) -> bool {
        if self.survey(shared) || self.multicast.read(shared, moment, most) {
            return true;
        }
        for _ in 0..most {
            let exchange = Exchange::get(&shared.analysis(), self.next);
            let Some(exchange) = exchange else { return false };
            let time = shared.record(exchange.one.first).map_or(self.now, |record| record.time.0);
            if time.saturating_sub(DISORDER) > moment {
                return false;
            }
            self.next += 1;
            self.now = self.now.max(time);
            self.add(shared, &exchange, time);
        }
        true
    }

    /// Looks at the ends of some transactions: who asks, and is asked too, is a server
    /// that asks others. `false` when all were looked at.
    fn survey(&mut self, shared: &Shared) -> bool {
        let analysis = shared.analysis();
        let mut nested = Vec::new();
        let mut all = true;
        for place in (self.surveyed..).take(AT_ONCE as usize) {
            let Some(exchange) = Exchange::get(&analysis, place) else {
                all = false;
                break;
            };
            self.surveyed = place + 1;
            if !follows(&exchange) || exchange.one.kind() != DnsKind::Dns {
                continue;
            }
            nested.extend(self.addresses.look(&exchange));
            for (address, asks) in [(exchange.client().ip(), true), (exchange.server().ip(), false)] {
                if self.hosts.len() < MAX_HOSTS || self.hosts.contains_key(&address) {
                    let host = self.hosts.entry(address).or_default();
                    host.0 |= asks;
                    host.1 |= !asks;
                }
            }
        }
        drop(analysis);
        for pair in nested {
            self.addresses.join(shared, &mut self.reader, pair);
        }
        if !all && self.settled != self.surveyed {
            self.settled = self.surveyed;
            self.addresses.settle(shared, &mut self.reader);
        }
        all
    }

    /// Whether a server asks others, somewhere in the capture.
    fn is_resolver(&self, server: IpAddr) -> bool {
        self.hosts.get(&server) == Some(&(true, true)) || self.addresses.has_others(server)
    }

    fn add(&mut self, shared: &Shared, exchange: &Exchange, asked: i64) {
        if !follows(exchange) {
            return;
        }
        let one = &exchange.one;
        let client = exchange.client().ip();
        let mut reader = std::mem::take(&mut self.reader);
        let question = reader.query(shared, exchange, |message| {
            let subnet = message.edns().and_then(|edns| edns.subnet);
            let subnet = subnet.map(|(address, bits, _)| Network::of(address, bits));
            let question = message.questions().next()?;
            Some((question.name().to_ascii_lowercase(), question.kind, subnet))
        });
        let (question, subnet) = match question.flatten() {
            Some((name, kind, subnet)) => (Some((name, kind)), subnet),
            None => (None, None),
        };
        if let Some((name, kind)) = &question {
            for kind in [*kind, NO_NAME] {
                let first = (client, name.clone(), kind, None);
                let sets = self.sets.range_mut(&first..);
                let mut sets = sets.take_while(|(key, _)| (key.0, &key.1, key.2) == (client, name, kind));
                // Of a network only for those who say that they ask for it.
                let set = sets.find(|(key, _)| {
                    key.3.is_none_or(|network| subnet.is_some_and(|subnet| network.has(subnet)))
                });
                let newest = set.and_then(|(_, set)| set.iter_mut().rev().find(|one| one.time < asked));
                if let Some(arrival) = newest
                    && arrival.answers()
                    && arrival.left(asked) > 0
                    && arrival.ask_again(asked)
                {
                    self.arrivals += 1;
                }
            }
        }
        let answer = one.answer().and_then(|answer| Some((answer, shared.record(answer)?.time.0)));
        let read = |message: Message<'_>| {
            // Of what did not fit nothing is kept.
            let told = if one.is_truncated() { Vec::new() } else { sets(&message) };
            (message.code(), told)
        };
        let told = answer.and_then(|_| reader.answer(shared, exchange, read));
        self.reader = reader;
        if one.kind() == DnsKind::Dns {
            self.ask(exchange, question.as_ref(), (asked, answer.map(|(_, time)| time)), told.as_ref());
        }
        let ((Some((packet, time)), Some((_, told))), wanted) =
            ((answer, told), question.map_or(0, |of| of.1))
        else {
            return;
        };
        let is_own = one.kind() == DnsKind::Llmnr;
        let mut server = exchange.server().ip();
        if server.is_multicast() {
            // Of all who were asked one has spoken.
            let speaker = self.payload.payload(shared, packet).map(|(key, _)| key.source());
            server = speaker.unwrap_or(server);
        }
        let came = Coming { client, server, asked, time, packet, wanted, is_own };
        for told in told {
            self.arrive(came, told);
        }
    }

    /// A query of a server that asks others: what it asked for, and what it got.
    fn ask(
        &mut self,
        exchange: &Exchange,
        question: Option<&(String, u16)>,
        (asked, answered): (i64, Option<i64>),
        told: Option<&(u16, Vec<Told>)>,
    ) {
        let client = exchange.client().ip();
        let hosts: Vec<IpAddr> = self.addresses.all(client).filter(|host| self.is_resolver(*host)).collect();
        let Some((name, kind)) = question.filter(|_| !hosts.is_empty()) else { return };
        if self.upstream.len() >= MAX_ASKED {
            self.forget_asking();
        }
        let packet = exchange.one.first;
        let failed = told.is_some_and(|(code, _)| !matches!(code, 0 | 3));
        let came = if answered.is_none() || failed { Came::Nothing } else { Came::Other };
        for host in &hosts {
            self.upstream.add(*host, (name, *kind), asked, Query { packet, answered, came });
        }
        for one in told.into_iter().flat_map(|(_, told)| told) {
            let largest = self.largest.get(&(one.name.clone(), one.kind, one.kept));
            let largest = largest.map_or(0, |largest| largest.ttl);
            let age = match one.stale {
                Some(_) => largest.saturating_sub(one.ttl).max(1),
                // What an authority says is not from a cache.
                None if one.authoritative || !one.recursive => 0,
                None => largest.saturating_sub(one.ttl),
            };
            let query = Query { packet, answered, came: Came::It { age } };
            for host in &hosts {
                self.upstream.add(*host, (&one.name, one.kind), asked, query);
            }
        }
    }

    fn arrive(&mut self, came: Coming, told: Told) {
        let rank = told.rank();
        let Coming { client, server, asked, time, packet, wanted, is_own } = came;
        let Told { name, kind, network, kept, section, ttl, values, authoritative, recursive, stale } = told;
        // A bit of LLMNR says something else (RFC 4795, 2.1.1).
        let authoritative = authoritative && !is_own;
        let known = self.largest.get(&(name.clone(), kind, kept)).copied();
        let largest = match known {
            _ if authoritative && stale.is_none() => Largest { ttl, by_authority: true },
            // What is older than it may be has a TTL that its authority did not give it.
            Some(known) if stale.is_some() || known.by_authority || known.ttl >= ttl => known,
            _ => Largest { ttl, by_authority: false },
        };
        if stale.is_none() && (known.is_some() || self.largest.len() < self.most_sets * 2) {
            self.largest.insert((name.clone(), kind, kept), largest);
        }
        let largest = largest.ttl;
        let meanwhile = if self.is_resolver(server) { None } else { Some(Meanwhile::Nobody) };
        let set = self.sets.entry((client, name, kind, network)).or_default();
        // Answers may overtake each other.
        let place = set.partition_point(|one| one.time <= time);
        let before = set.iter().take(place).next_back();
        if before.is_some_and(|before| before.rank() > rank && before.left(time) > 0) {
            return;
        }
        // What was answered before this was asked; with a TTL that would have counted down
        // since, it was not kept since.
        let before = set.iter().take(place).rev().take(MAX_BEFORE);
        let before =
            before.filter(|one| one.server == server && one.time <= asked && time - one.time < SECOND);
        let slowest = before.map(|one| one.time - one.asked).max().unwrap_or(0);
        let arrival = Arrival {
            kept,
            section,
            ttl,
            largest,
            values,
            authoritative,
            recursive,
            stale,
            is_own,
            wanted,
            server,
            packet,
            asked,
            time,
            again: Vec::new(),
            slowest,
            meanwhile,
        };
        set.insert(place, arrival);
        self.arrivals += 1;
        if self.sets.len() > self.most_sets * 2 || self.arrivals > self.most_arrivals * 2 {
            self.shrink();
        }
    }

    /// How many sets at the most may be kept at a moment, and were let go because
    /// there are too many.
    pub fn left_out(&self, moment: i64) -> u64 {
        let lost = self.lost.range(moment.div_euclid(1_000_000_000)..).map(|(_, count)| count);
        lost.sum::<u64>() + self.multicast.left_out()
    }

    /// What may be kept at a moment, by holder and name.
    pub fn at(&self, moment: i64) -> Vec<CacheEntry> {
        let mut entries: Vec<CacheEntry> = Vec::new();
        // What was said last of each name, of those of one holder.
        let mut of_name: Vec<(&Key, &Arrival, u32)> = Vec::new();
        let mut sets = self.sets.iter().peekable();
        while let Some((key, set)) = sets.next() {
            let come = set.get(..set.partition_point(|one| one.time <= moment)).unwrap_or_default();
            // Whoever asks again before it is over gets it anew: the count goes on.
            let again = come.iter().flat_map(|one| &one.again).filter(|time| **time <= moment).count() as u32;
            of_name.extend(come.last().map(|one| (key, one, again)));
            if sets.peek().is_some_and(|(next, _)| (next.0, &next.1) == (key.0, &key.1)) {
                continue;
            }
            for (key, arrival, again) in &of_name {
                let denied = of_name.iter().any(|(_, other, _)| contradicts(other, arrival));
                if arrival.left(moment) > 0 && !denied {
                    let entry = self.entry(key, arrival, moment);
                    entries.push(CacheEntry { again: *again, ..entry });
                }
            }
            of_name.clear();
        }
        entries.extend(self.multicast.at(moment));
        let order = |one: &CacheEntry| (one.holder, one.name.clone(), one.kind, one.network);
        entries.sort_by_cached_key(order);
        entries
    }

    fn entry(&self, key: &Key, arrival: &Arrival, moment: i64) -> CacheEntry {
        let (holder, name, kind, network) = key;
        let (freshness, mut reason) = self.freshness(arrival, name, *kind);
        if let Some(network) = network {
            reason.push_str(&format!("; for clients in {network} alone"));
        }
        CacheEntry {
            holder: *holder,
            name: name.clone(),
            kind: *kind,
            network: *network,
            kept: arrival.kept,
            section: arrival.section,
            values: arrival.values.clone(),
            ttl: arrival.ttl,
            largest: arrival.largest,
            left: arrival.left(moment),
            authoritative: arrival.authoritative,
            server: arrival.server,
            packet: arrival.packet,
            again: 0,
            freshness,
            reason,
        }
    }

    /// Whether the server had it already, and why that is thought.
    fn freshness(&self, arrival: &Arrival, name: &str, kind: u16) -> (Freshness, String) {
        let server = arrival.server;
        if let Some(code) = arrival.stale {
            return (Freshness::Cached, format!("stale: the server says so (EDE {code})"));
        }
        if arrival.is_own {
            return (Freshness::Fresh, format!("{server} answers for its own names (LLMNR)"));
        }
        if arrival.authoritative {
            return (Freshness::Fresh, "from an authority itself (AA)".to_owned());
        }
        if !arrival.recursive {
            return (Freshness::Fresh, format!("{server} asks nobody else (no RA): its own data"));
        }
        let (ttl, largest) = (arrival.ttl, arrival.largest);
        let older = (ttl < largest).then(|| format!("TTL {ttl} of {largest}: {} s old", largest - ttl));
        // A resolver that answers with what has run out, or keeps all for some time at least.
        let longer = || format!("; TTL {ttl}, its authority gave {largest}: stale, or made longer");
        let and_longer = if ttl > largest { longer() } else { String::new() };
        let and_older = older.as_ref().map_or(and_longer.clone(), |older| format!("; {older}"));
        match arrival.meanwhile.unwrap_or_else(|| self.upstream.meanwhile(arrival, name, kind)) {
            Meanwhile::Got { packet, joined, age } => {
                let packet = packet + 1;
                let what = match joined {
                    true => format!("{server} was asking for it already, in packet {packet}"),
                    false => format!("{server} asked for it meanwhile, first in packet {packet}"),
                };
                if age > 0 {
                    return (Freshness::Cached, format!("{what}, and got it from a cache: {age} s old"));
                }
                return (Freshness::Fresh, what);
            }
            Meanwhile::InVain(packet) => {
                let what = format!("{server} asked for it in packet {}, but got nothing by then", packet + 1);
                return (Freshness::Cached, format!("{what}: from its memory{and_older}"));
            }
            Meanwhile::Nobody if self.is_resolver(server) => {
                return (Freshness::Cached, format!("{server} asked nobody for it meanwhile{and_older}"));
            }
            Meanwhile::Nobody => {}
        }
        if let Some(older) = older {
            return (Freshness::Cached, older);
        }
        let took = arrival.time - arrival.asked;
        if arrival.slowest > 0 && took.saturating_mul(10) <= arrival.slowest {
            let [took, slowest] = [took, arrival.slowest].map(|nanos| nanos as f64 / 1e6);
            return (Freshness::Cached, format!("took {took:.3} ms, {slowest:.3} ms before"));
        }
        let why = "no authority, and whom the server asked is not in the capture";
        (Freshness::Unknown, format!("{why}{and_longer}"))
    }
}

/// How an answer came.
#[derive(Clone, Copy)]
struct Coming {
    client: IpAddr,
    server: IpAddr,
    asked: i64,
    time: i64,
    packet: PacketId,
    /// Type that was asked for.
    wanted: u16,
    /// Of LLMNR.
    is_own: bool,
}

/// Type that a name that does not exist is kept under: it lacks all.
const NO_NAME: u16 = 255;

/// Whether a transaction is followed: multicast is nobody's answer alone, and what is no
/// lookup brings nothing.
fn follows(exchange: &Exchange) -> bool {
    exchange.one.is_query() && !exchange.one.is_multicast() && exchange.is_lookup()
}

/// Whether an answer says the contrary of an older one: that a name does not exist, or
/// that it does.
fn contradicts(newer: &Arrival, older: &Arrival) -> bool {
    let contrary = (newer.kept == Kept::NoName) != (older.kept == Kept::NoName);
    contrary && newer.time > older.time && newer.rank() >= older.rank()
}

#[cfg(test)]
mod tests;
