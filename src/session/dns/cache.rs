//! What those who asked may keep of the answers, at any moment of the capture.
//!
//! Owns which records and negative answers came to whom, how long each may be
//! kept (RFC 1035, 3.2.1; RFC 2181, 5.2; RFC 2308, 5), and whether an answer came
//! fresh or from a cache, with the reason. What is in no packet is not guessed:
//! a cache may drop a record earlier, and may hold what came before the capture.

use super::{DnsReader, Exchange};
use crate::base::PacketId;
use crate::decode::proto::dns::denial::Lack;
use crate::decode::proto::dns::view::{Message, Section};
use crate::session::Shared;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Sets of records that are followed, and how often one may come.
const MAX_SETS: usize = 1 << 16;
const MAX_ARRIVALS: usize = 1 << 18;
/// Arrivals of a set that a new one is compared with.
const MAX_BEFORE: usize = 16;
/// Values of one set that are kept.
const MAX_VALUES: usize = 16;
/// Times at which a server asked others, that are kept of each.
const MAX_ASKED: usize = 1 << 18;

/// What an answer said of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Records.
    Records,
    /// The name does not exist, for no type (RFC 2308, 2.1).
    NoName,
    /// The name exists, but has nothing of the type (RFC 2308, 2.2).
    NoData,
}

impl Kept {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Kept::Records => "records",
            Kept::NoName => Lack::NoName.name(),
            Kept::NoData => Lack::NoData.name(),
        }
    }
}

/// Whether an answer was made for the question or had been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// From an authority, or fetched for this question.
    Fresh,
    /// The server had it already.
    Cached,
    /// The capture does not show it.
    Unknown,
}

impl Freshness {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Freshness::Fresh => "fresh",
            Freshness::Cached => "cached",
            Freshness::Unknown => "unknown",
        }
    }
}

/// A set of records, or the lack of it, as somebody got it.
#[derive(Clone, Debug)]
struct Arrival {
    kept: Kept,
    section: Section,
    ttl: u32,
    /// The largest TTL that was seen of the set before and now.
    largest: u32,
    values: Vec<String>,
    authoritative: bool,
    /// The server asks others for its clients (RA).
    recursive: bool,
    server: IpAddr,
    packet: PacketId,
    /// When it was asked for and when it came.
    asked: i64,
    time: i64,
    /// How often its holder asked again while it could still have been kept.
    again: u32,
    /// How long the slowest answer of the server for the set took before.
    slowest: i64,
}

/// Who holds it, name in lower case, type; 255 for a name that does not exist.
type Key = (IpAddr, String, u16);

/// What may be in a cache at some moment.
#[derive(Clone, Debug)]
pub struct CacheEntry {
    /// Who got the answer.
    pub holder: IpAddr,
    /// The name, in lower case.
    pub name: String,
    /// Type of the records; 255 for a name that does not exist at all.
    pub kind: u16,
    /// Records, or which lack of them.
    pub kept: Kept,
    /// Where the records stood in the answer.
    pub section: Section,
    /// What the records hold.
    pub values: Vec<String>,
    /// Seconds that it could be kept when it came.
    pub ttl: u32,
    /// The largest such number seen for it so far.
    pub largest: u32,
    /// Nanoseconds that it may still be kept.
    pub left: i64,
    /// An authority itself gave it (AA).
    pub authoritative: bool,
    /// Who gave it.
    pub server: IpAddr,
    /// In which packet.
    pub packet: PacketId,
    /// How often the holder asked again although it could have kept it.
    pub again: u32,
    /// Whether the server had it already.
    pub freshness: Freshness,
    /// Why that is thought.
    pub reason: String,
}

/// All that came to all, followed through the capture.
#[derive(Default)]
pub struct DnsCache {
    sets: BTreeMap<Key, Vec<Arrival>>,
    /// Largest TTL of each name and type, whoever got it.
    largest: HashMap<(String, u16), u32>,
    /// When each address asked others, and in which packet.
    asking: HashMap<IpAddr, Vec<(i64, PacketId)>>,
    arrivals: usize,
    asked: usize,
    /// Answers of which something was left out because a limit was reached.
    pub left_out: u64,
    next: u32,
    reader: DnsReader,
}

impl DnsCache {
    /// Goes on through at most `most` transactions. `false` when there are no
    /// further ones.
    pub fn read(&mut self, shared: &Shared, most: u32) -> bool {
        for _ in 0..most {
            let exchange = Exchange::get(&shared.analysis(), self.next);
            let Some(exchange) = exchange else { return false };
            self.next += 1;
            self.add(shared, &exchange);
        }
        true
    }

    fn add(&mut self, shared: &Shared, exchange: &Exchange) {
        let one = &exchange.one;
        if one.is_multicast() || !one.is_query() {
            return;
        }
        let client = exchange.client().ip();
        let Some(asked) = shared.record(one.first).map(|record| record.time.0) else { return };
        if self.asked < MAX_ASKED {
            self.asked += 1;
            self.asking.entry(client).or_default().push((asked, one.first));
        }
        let mut reader = std::mem::take(&mut self.reader);
        let question = reader.query(shared, exchange, |message| {
            message.questions().next().map(|question| (question.name().to_ascii_lowercase(), question.kind))
        });
        if let Some((name, kind)) = question.flatten() {
            for kind in [kind, 255] {
                let set = self.sets.get_mut(&(client, name.clone(), kind));
                if let Some(arrival) = set.and_then(|set| set.iter_mut().rev().find(|one| one.time < asked))
                    && arrival.left(asked) > 0
                {
                    arrival.again += 1;
                }
            }
        }
        if let Some(answer) = one.answer().filter(|_| !one.is_truncated())
            && let Some(time) = shared.record(answer).map(|record| record.time.0)
        {
            let told = reader.answer(shared, exchange, |message| sets(&message));
            for told in told.into_iter().flatten() {
                self.arrive(exchange, (asked, time), answer, told);
            }
        }
        self.reader = reader;
    }

    fn arrive(&mut self, exchange: &Exchange, (asked, time): (i64, i64), packet: PacketId, told: Told) {
        let Told { name, kind, kept, section, ttl, values, authoritative, recursive } = told;
        let (client, server) = (exchange.client().ip(), exchange.server().ip());
        let known = self.largest.get(&(name.clone(), kind)).copied();
        let largest = known.unwrap_or(0).max(ttl);
        if known.is_some() || self.largest.len() < MAX_SETS {
            self.largest.insert((name.clone(), kind), largest);
        }
        let key = (client, name, kind);
        if self.arrivals >= MAX_ARRIVALS || self.sets.len() >= MAX_SETS && !self.sets.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        self.arrivals += 1;
        let set = self.sets.entry(key).or_default();
        let before = set.iter().rev().take(MAX_BEFORE).filter(|one| one.server == server);
        let slowest = before.map(|one| one.slowest.max(one.time - one.asked)).max().unwrap_or(0);
        let again = 0;
        // Answers may overtake each other.
        let place = set.partition_point(|one| one.time <= time);
        let arrival = Arrival {
            kept,
            section,
            ttl,
            largest,
            values,
            authoritative,
            recursive,
            server,
            packet,
            asked,
            time,
            again,
            slowest,
        };
        set.insert(place, arrival);
    }

    /// What may be kept at a moment, by holder and name; `gone`: what was, too.
    pub fn at(&self, moment: i64, gone: bool) -> Vec<CacheEntry> {
        let mut entries = Vec::new();
        for ((holder, name, kind), set) in &self.sets {
            let come = set.partition_point(|one| one.time <= moment);
            let Some(arrival) = set.iter().take(come).next_back() else { continue };
            let left = arrival.left(moment);
            if left <= 0 && !gone {
                continue;
            }
            let (freshness, reason) = self.freshness(arrival);
            entries.push(CacheEntry {
                holder: *holder,
                name: name.clone(),
                kind: *kind,
                kept: arrival.kept,
                section: arrival.section,
                values: arrival.values.clone(),
                ttl: arrival.ttl,
                largest: arrival.largest,
                left,
                authoritative: arrival.authoritative,
                server: arrival.server,
                packet: arrival.packet,
                again: arrival.again,
                freshness,
                reason,
            });
        }
        entries
    }

    /// Whether the server had it already, and why that is thought.
    fn freshness(&self, arrival: &Arrival) -> (Freshness, String) {
        if arrival.authoritative {
            return (Freshness::Fresh, "from an authority itself (AA)".to_owned());
        }
        let server = arrival.server;
        if !arrival.recursive {
            return (Freshness::Fresh, format!("{server} asks nobody else (no RA): its own data"));
        }
        let asking = self.asking.get(&server);
        let meanwhile = asking.and_then(|times| {
            let from = times.partition_point(|(time, _)| *time < arrival.asked);
            times.get(from).filter(|(time, _)| *time <= arrival.time)
        });
        if let Some((_, packet)) = meanwhile {
            return (
                Freshness::Fresh,
                format!("{server} asked others meanwhile, first in packet {}", packet + 1),
            );
        }
        let (ttl, largest) = (arrival.ttl, arrival.largest);
        let older = if ttl < largest {
            format!("TTL {ttl} of {largest}: {} s old", largest - ttl)
        } else {
            String::new()
        };
        if asking.is_some() {
            let older = if older.is_empty() { older } else { format!("; {older}") };
            return (Freshness::Cached, format!("{server} asked nobody meanwhile{older}"));
        }
        if !older.is_empty() {
            return (Freshness::Cached, older);
        }
        let took = arrival.time - arrival.asked;
        if arrival.slowest > 0 && took.saturating_mul(10) <= arrival.slowest {
            let [took, slowest] = [took, arrival.slowest].map(|nanos| nanos as f64 / 1e6);
            return (Freshness::Cached, format!("took {took:.3} ms, {slowest:.3} ms before"));
        }
        (Freshness::Unknown, "no authority, and whom the server asked is not in the capture".to_owned())
    }
}

impl Arrival {
    /// Nanoseconds that it may still be kept at a moment.
    fn left(&self, moment: i64) -> i64 {
        i64::from(self.ttl).saturating_mul(1_000_000_000).saturating_sub(moment.saturating_sub(self.time))
    }
}

/// A set as a message tells it.
struct Told {
    name: String,
    kind: u16,
    kept: Kept,
    section: Section,
    ttl: u32,
    values: Vec<String>,
    authoritative: bool,
    recursive: bool,
}

/// The sets that a message tells, and what it says is not there.
fn sets(message: &Message<'_>) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    let [authoritative, recursive] = [0x0400, 0x0080].map(|bit| message.flags & bit != 0);
    for record in message.records() {
        let name = record.name().to_ascii_lowercase();
        // Signatures live as long as what they sign; the SOA beside a negative answer is its lifetime.
        if record.kind == 46 || record.section == Section::Authority && record.kind == 6 {
            continue;
        }
        let same =
            |one: &&mut Told| one.kind == record.kind && one.name == name && one.section == record.section;
        match told.iter_mut().find(same) {
            Some(set) => {
                set.ttl = set.ttl.min(record.ttl);
                if set.values.len() < MAX_VALUES {
                    set.values.push(record.value());
                }
            }
            None => told.push(Told {
                name,
                kind: record.kind,
                kept: Kept::Records,
                section: record.section,
                ttl: record.ttl,
                values: vec![record.value()],
                // Only what the authority has itself, not the glue beside it.
                authoritative: authoritative && record.section == Section::Answer,
                recursive,
            }),
        }
    }
    if let Some(denial) = message.denial() {
        let (kept, kind) = match denial.lack {
            Lack::NoName => (Kept::NoName, 255),
            Lack::NoData => (Kept::NoData, denial.kind),
        };
        // Without a SOA nobody may keep it (RFC 2308, 5).
        let (name, ttl, section) = (denial.name, denial.ttl.unwrap_or(0), Section::Authority);
        told.push(Told { name, kind, kept, section, ttl, values: Vec::new(), authoritative, recursive });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(flags: u16, counts: [u16; 3], records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0, 1];
        bytes.extend(flags.to_be_bytes());
        bytes.extend([0, 1]);
        counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
        bytes.extend(b"\x03WwW\x02kr\0\0\x01\0\x01");
        records.iter().for_each(|record| bytes.extend(*record));
        bytes
    }

    const SOA: &[u8] =
        b"\xc0\x10\0\x06\0\x01\0\0\x0e\x10\0\x16\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\x01\x2c";

    #[test]
    fn a_set_lives_as_long_as_its_shortest_record() {
        let a = |ttl: u8, last: u8| {
            [b"\xc0\x0c\0\x01\0\x01\0\0\0", &[ttl][..], b"\0\x04\xc0\0\x02", &[last]].concat()
        };
        let bytes = message(0x8580, [2, 0, 0], &[&a(60, 1), &a(30, 2)]);
        let told = sets(&Message::new(&bytes).unwrap());
        assert_eq!(told.len(), 1, "one set");
        assert_eq!((told[0].name.as_str(), told[0].ttl, told[0].authoritative), ("www.kr", 30, true));
        assert_eq!(told[0].values, ["192.0.2.1", "192.0.2.2"]);
    }

    #[test]
    fn negative_answers_live_as_their_soa_says() {
        let told = |flags, authority: u16, records: &[&[u8]]| {
            let bytes = message(flags, [0, authority, 0], records);
            let told = sets(&Message::new(&bytes).unwrap());
            told.into_iter().map(|one| (one.kept, one.kind, one.ttl)).collect::<Vec<_>>()
        };
        assert_eq!(told(0x8183, 1, &[SOA]), [(Kept::NoName, 255, 300)]);
        assert_eq!(told(0x8180, 1, &[SOA]), [(Kept::NoData, 1, 300)]);
        assert_eq!(told(0x8180, 0, &[]), [(Kept::NoData, 1, 0)], "without a SOA it may not be kept");
        let referral = b"\xc0\x10\0\x02\0\x01\0\0\0\x3c\0\x02\xc0\x0c";
        assert_eq!(told(0x8100, 1, &[referral]), [(Kept::Records, 2, 60)], "a referral denies nothing");
        assert_eq!(told(0x8182, 1, &[SOA]), [], "a failure is no answer");
    }
}
