//! Sums over all transactions: by server, code, type and name, and how long
//! they took.

use super::{DnsReader, Exchange};
use crate::decode::proto::dns::denial::Lack;
use crate::flow::dns::{DnsCounts, Outcome};
use crate::session::Shared;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::net::IpAddr;

/// Names that are counted by themselves; further ones count together.
const MAX_NAMES: usize = 1 << 16;
/// Servers, likewise.
const MAX_SERVERS: usize = 1 << 14;
/// Slowest transactions that are kept.
const SLOWEST: usize = 100;
/// Those of them whose names are kept too.
const NAMED: usize = 8;
/// Upper ends of the bars of the histogram, in microseconds; one more is beyond.
pub const BARS: [u64; 13] =
    [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 1_000_000, 5_000_000];

/// What a server was asked.
#[derive(Clone, Debug, Default)]
pub struct DnsServer {
    /// Queries, repeats of the same port and id not counted.
    pub queries: u64,
    /// Answers to them.
    pub answered: u64,
    /// Never answered, those over multicast left out.
    pub unanswered: u64,
    /// An ICMP error came instead of an answer.
    pub refused: u64,
    /// Queries sent again, by whichever port and id.
    pub repeats: u64,
    /// Answers that the name does not exist.
    pub no_such_name: u64,
    /// Answers that the name has nothing of the type.
    pub no_data: u64,
    /// Other codes than that and success.
    pub errors: u64,
    /// How long each answer took, in microseconds; sorted at the end.
    times: Vec<u32>,
}

impl DnsServer {
    /// So many hundredths of the answers took no longer: microseconds.
    pub fn percentile(&self, hundredths: usize) -> Option<u32> {
        let at = (self.times.len() * hundredths).div_ceil(100).saturating_sub(1);
        self.times.get(at).copied()
    }
}

/// A name that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsName {
    /// How often, repeats not counted.
    pub queries: u64,
    /// How often it did not exist.
    pub no_such_name: u64,
    /// How often it had nothing of the type.
    pub no_data: u64,
}

/// One of the slowest.
#[derive(Clone, Debug)]
pub struct DnsSlow {
    /// Nanoseconds until its answer.
    pub time: i64,
    /// What was asked of whom.
    pub exchange: Exchange,
    /// The name asked for.
    pub name: String,
}

/// The sums.
#[derive(Default)]
pub struct DnsStatistics {
    /// Counts over all.
    pub counts: DnsCounts,
    /// Answers that the name has nothing of the type asked for (NODATA).
    pub no_data: u64,
    /// By server.
    pub servers: HashMap<IpAddr, DnsServer>,
    /// Answers whose code has bits in EDNS (RFC 6891, 6.1.3): among the counts by the header's
    /// bits they stand under another.
    extended: BTreeMap<u16, u64>,
    /// Queries by type: what only tells of changes has none.
    pub types: BTreeMap<u16, u64>,
    /// Queries by what they want (the opcode): 0 asks.
    pub opcodes: BTreeMap<u8, u64>,
    /// Names asked for, in lower case.
    pub names: HashMap<String, DnsName>,
    /// Queries for names that are not kept, because they are too many.
    pub other_names: u64,
    /// Queries to servers that are not kept.
    pub other_servers: u64,
    /// Answers by how long they took: as many as [`BARS`], and one beyond.
    pub histogram: [u64; BARS.len() + 1],
    slowest: BinaryHeap<Reverse<(i64, u32)>>,
    /// The slowest few by name, once the sums are whole.
    pub slow: Vec<DnsSlow>,
    next: u32,
    reader: DnsReader,
}

impl DnsStatistics {
    /// Goes on through at most `most` transactions. `false` when there are no
    /// further ones: then the sums are whole.
    pub fn read(&mut self, shared: &Shared, most: u32) -> bool {
        for _ in 0..most {
            let exchange = {
                let analysis = shared.analysis();
                self.counts = *analysis.dns.counts();
                Exchange::get(&analysis, self.next)
            };
            let Some(exchange) = exchange else {
                self.servers.values_mut().for_each(|server| server.times.sort_unstable());
                self.slow =
                    self.slowest().into_iter().take(NAMED).filter_map(|one| self.slow(shared, one)).collect();
                return false;
            };
            self.next += 1;
            self.add(shared, &exchange);
        }
        true
    }

    fn add(&mut self, shared: &Shared, exchange: &Exchange) {
        let one = &exchange.one;
        let (code, has_no_data) = self.answer(shared, exchange);
        if let Some(code) = code.filter(|code| *code > 15) {
            *self.extended.entry(code).or_default() += 1;
        }
        if !one.is_query() || one.is_multicast() {
            return;
        }
        let no_such_name = u64::from(one.is_answered() && one.code() == Some(3));
        let no_data = u64::from(has_no_data);
        self.no_data += no_data;
        *self.opcodes.entry(exchange.opcode()).or_default() += 1;
        if exchange.opcode() == 0 {
            *self.types.entry(one.qtype).or_default() += 1;
        }
        let time = shared.dns_time(exchange);
        if let Some(time) = time {
            let micros = u64::try_from(time / 1000).unwrap_or(0);
            let bar = BARS.partition_point(|end| *end <= micros);
            if let Some(count) = self.histogram.get_mut(bar) {
                *count += 1;
            }
            self.slowest.push(Reverse((time, exchange.place)));
            if self.slowest.len() > SLOWEST {
                self.slowest.pop();
            }
        }
        let address = exchange.server().ip();
        if self.servers.len() < MAX_SERVERS || self.servers.contains_key(&address) {
            let server = self.servers.entry(address).or_default();
            server.queries += 1;
            server.answered += u64::from(one.is_answered());
            server.unanswered += u64::from(one.outcome() == Outcome::Unanswered && !one.may_be_silent());
            server.refused += u64::from(one.outcome() == Outcome::Refused);
            server.repeats += u64::from(one.repeats) + u64::from(one.is_retry());
            server.no_such_name += no_such_name;
            server.no_data += no_data;
            server.errors += u64::from(one.is_answered() && !matches!(code, Some(0 | 3)));
            server.times.extend(time.map(|nanos| u32::try_from(nanos / 1000).unwrap_or(0)));
        } else {
            self.other_servers += 1;
        }
        if exchange.opcode() != 0 {
            return;
        }
        let name = self.reader.query(shared, exchange, |message| {
            message.questions().next().map(|question| question.name().to_ascii_lowercase())
        });
        let Some(name) = name.flatten() else { return };
        if self.names.len() < MAX_NAMES || self.names.contains_key(&name) {
            let counts = self.names.entry(name).or_default();
            counts.queries += 1;
            counts.no_such_name += no_such_name;
            counts.no_data += no_data;
        } else {
            self.other_names += 1;
        }
    }

    /// The whole code of the answer, and whether that says that there is nothing of the type.
    fn answer(&mut self, shared: &Shared, exchange: &Exchange) -> (Option<u16>, bool) {
        let one = &exchange.one;
        // What does not exist needs no second look: those are many, and the code says all.
        let code = one.code().filter(|_| !one.is_multicast()).map(u16::from);
        if matches!(code, None | Some(3)) {
            return (code, false);
        }
        let read = self.reader.answer(shared, exchange, |message| {
            let denial = message.denial().filter(|denial| denial.lack == Lack::NoData);
            (Some(message.code()), exchange.one.is_query() && denial.is_some())
        });
        read.unwrap_or((code, false))
    }

    /// Answers by their whole code.
    pub fn by_code(&self) -> Vec<(u16, u64)> {
        let mut codes: BTreeMap<u16, u64> = (0..).zip(self.counts.codes).collect();
        for (code, count) in &self.extended {
            codes.entry(code & 0xf).and_modify(|all| *all = all.saturating_sub(*count));
            codes.insert(*code, *count);
        }
        codes.retain(|_, count| *count > 0);
        codes.into_iter().collect()
    }

    fn slow(&mut self, shared: &Shared, (time, place): (i64, u32)) -> Option<DnsSlow> {
        let exchange = Exchange::get(&shared.analysis(), place)?;
        let name = self
            .reader
            .query(shared, &exchange, |message| message.questions().next().map(|question| question.name()));
        Some(DnsSlow { time, exchange, name: name.flatten().unwrap_or_default() })
    }

    /// The slowest that were answered: nanoseconds and place, the slowest first.
    pub fn slowest(&self) -> Vec<(i64, u32)> {
        let mut slowest: Vec<_> = self.slowest.iter().map(|Reverse(one)| *one).collect();
        slowest.sort_by_key(|(time, place)| (Reverse(*time), *place));
        slowest
    }

    /// Servers, most asked first.
    pub fn by_queries(&self) -> Vec<(IpAddr, &DnsServer)> {
        let mut servers: Vec<_> = self.servers.iter().map(|(address, server)| (*address, server)).collect();
        servers.sort_by_key(|(address, server)| (Reverse(server.queries), *address));
        servers
    }

    /// Names, most asked first.
    pub fn most_asked(&self) -> Vec<(&str, &DnsName)> {
        let mut names: Vec<_> = self.names.iter().map(|(name, counts)| (name.as_str(), counts)).collect();
        names.sort_by(|a, b| (b.1.queries, a.0).cmp(&(a.1.queries, b.0)));
        names
    }

    /// Types, most asked first.
    pub fn by_type(&self) -> Vec<(u16, u64)> {
        let mut types: Vec<_> = self.types.iter().map(|(kind, count)| (*kind, *count)).collect();
        types.sort_by_key(|(kind, count)| (Reverse(*count), *kind));
        types
    }
}
