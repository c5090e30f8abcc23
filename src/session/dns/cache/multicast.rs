//! What multicast DNS leaves in the caches of all who hear it (RFC 6762, 10): every
//! record lives by itself, as several hosts may tell of one name.
//!
//! Owns the records of responses, who told them, and until when: a goodbye (a TTL of 0)
//! leaves a record one second (10.1); what comes with the cache-flush bit ends what was
//! told of its name and type before, one second later (10.2). Known answers in queries and
//! what probes claim are no news to anybody (7.1, 8.2). Memory is bounded: what is over
//! is let go first, then what came first.

use super::{CacheEntry, DISORDER, Freshness, Kept};
use crate::base::PacketId;
use crate::decode::proto::dns::view::{Message, Record, Section};
use crate::session::Shared;
use crate::session::payload::PayloadReader;
use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

/// Tellings that are kept at least, the newest. There may be twice as many before some
/// are let go.
const MAX_SAID: usize = 1 << 15;
/// Records of one message.
const MAX_RECORDS: usize = 256;
/// Tellings of one set that are kept.
const MAX_EACH: usize = 256;
const SECOND: i64 = 1_000_000_000;
const MDNS: u16 = 5353;
const CACHE_FLUSH: u16 = 0x8000;

/// A record as a message told it.
#[derive(Clone, Debug)]
struct Said {
    value: String,
    section: Section,
    ttl: u32,
    largest: u32,
    time: i64,
    by: IpAddr,
    packet: PacketId,
    authoritative: bool,
    /// It came with the cache-flush bit.
    flushes: bool,
    /// Another telling ended it: when, and which.
    ended: Option<(i64, PacketId)>,
}

impl Said {
    fn is_goodbye(&self) -> bool {
        self.ttl == 0
    }

    /// When it is over, as was known at a moment.
    fn end(&self, moment: i64) -> i64 {
        let seconds = if self.is_goodbye() { 1 } else { i64::from(self.ttl) };
        let end = self.time.saturating_add(seconds.saturating_mul(SECOND));
        match self.ended {
            Some((at, _)) if at <= moment => end.min(at.saturating_add(SECOND)),
            _ => end,
        }
    }

    fn reason(&self, moment: i64) -> String {
        let by = self.by;
        match self.ended {
            Some((at, packet)) if at <= moment => {
                let packet = packet + 1;
                format!(
                    "packet {packet} says it anew without this: over a second later (cache flush, RFC 6762, 10.2)"
                )
            }
            _ if self.is_goodbye() => {
                format!("{by} says goodbye to it: over a second later (TTL 0, RFC 6762, 10.1)")
            }
            _ if self.flushes => format!("{by} tells all, as the only one who has it (cache flush)"),
            _ => format!("{by} tells all; others may have more of it"),
        }
    }
}

/// Who heard it, name in lower case, type.
type Key = (IpAddr, String, u16);

#[derive(Default)]
pub(super) struct Multicast {
    sets: BTreeMap<Key, Vec<Said>>,
    count: usize,
    next: PacketId,
    now: i64,
    /// The first moment that can be told about, once something was let go.
    from: Option<i64>,
    left_out: u64,
    reader: PayloadReader,
}

impl Multicast {
    pub fn covers(&self, moment: i64) -> bool {
        self.from.is_none_or(|from| moment >= from)
    }

    /// Tellings that were let go although they could be kept yet.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Goes on through at most `most` packets, to those of `moment`. `false` when there are
    /// no further ones.
    pub fn read(&mut self, shared: &Shared, moment: i64, most: u32) -> bool {
        let Some(mdns) = shared.registry.by_name("mdns") else { return false };
        if shared.analysis().dns.counts().multicast == 0 {
            return false;
        }
        for _ in 0..most {
            let (Some(row), Some(record)) = (shared.row(self.next), shared.record(self.next)) else {
                return false;
            };
            let time = record.time.0;
            if time.saturating_sub(DISORDER) > moment {
                return false;
            }
            let packet = self.next;
            self.next += 1;
            if row.protocol == mdns {
                self.packet(shared, packet, time);
            }
        }
        true
    }

    fn packet(&mut self, shared: &Shared, packet: PacketId, time: i64) {
        let mut reader = std::mem::take(&mut self.reader);
        if let Some((key, bytes)) = reader.payload(shared, packet)
            && (key.src_port, key.dst_port) == (MDNS, MDNS)
            && let Some(message) = Message::new(bytes)
        {
            self.message(&message, (key.source(), key.destination()), packet, time);
        }
        self.reader = reader;
    }

    fn message(&mut self, message: &Message<'_>, ends: (IpAddr, IpAddr), packet: PacketId, time: i64) {
        const RESPONSE_AND_OPCODE: u16 = 0xf800;
        if message.flags & RESPONSE_AND_OPCODE != 0x8000 {
            return;
        }
        let (by, holder) = ends;
        self.now = self.now.max(time);
        let authoritative = message.flags & 0x0400 != 0;
        let kept =
            |record: &Record<'_>| record.class & !CACHE_FLUSH == 1 && record.section != Section::Authority;
        let mut flushed: HashSet<Key> = HashSet::new();
        for record in message.records().filter(kept).take(MAX_RECORDS) {
            let key = (holder, record.name().to_ascii_lowercase(), record.kind);
            let flushes = record.class & CACHE_FLUSH != 0;
            if flushes {
                flushed.insert(key.clone());
            }
            let (value, ttl) = (record.value(), record.lifetime());
            let known = self.sets.get(&key);
            let same = known.and_then(|set| set.iter().rev().find(|said| said.value == value));
            if ttl == 0 && same.is_none_or(|said| said.end(time) <= time) {
                continue;
            }
            let largest = known.into_iter().flatten().map(|said| said.largest).max().unwrap_or(0).max(ttl);
            let section = record.section;
            let said =
                Said { value, section, ttl, largest, time, by, packet, authoritative, flushes, ended: None };
            let set = self.sets.entry(key).or_default();
            if set.len() >= MAX_EACH {
                let first = set.remove(0);
                self.count -= 1;
                self.from = self.from.max(Some(first.end(time).min(time)));
            }
            let place = set.partition_point(|other| other.time <= time);
            set.insert(place, said);
            self.count += 1;
        }
        for key in flushed {
            // Those of the last second belong to the same news.
            let older =
                |said: &&mut Said| said.packet != packet && time - said.time > SECOND && said.ended.is_none();
            let set = self.sets.get_mut(&key);
            set.into_iter().flatten().filter(older).for_each(|said| said.ended = Some((time, packet)));
        }
        if self.count > MAX_SAID * 2 {
            self.shrink();
        }
    }

    /// Lets go what is over, then what came first.
    fn shrink(&mut self) {
        let now = self.now;
        self.keep(|said| said.end(now) > now);
        if self.count > MAX_SAID {
            let mut times: Vec<i64> = self.sets.values().flatten().map(|said| said.time).collect();
            let over = times.len() - MAX_SAID;
            let (_, until, _) = times.select_nth_unstable(over);
            let (until, before) = (*until, self.count);
            self.keep(|said| said.time > until);
            self.left_out += (before - self.count) as u64;
        }
        self.from = Some(now);
    }

    fn keep(&mut self, is_kept: impl Fn(&Said) -> bool) {
        self.sets.retain(|_, set| {
            set.retain(&is_kept);
            !set.is_empty()
        });
        self.count = self.sets.values().map(Vec::len).sum();
    }

    /// What may be kept at a moment: each record by itself, as it was told last.
    pub fn at(&self, moment: i64) -> Vec<CacheEntry> {
        let mut entries = Vec::new();
        for ((holder, name, kind), set) in &self.sets {
            let come = set.get(..set.partition_point(|said| said.time <= moment)).unwrap_or_default();
            for (place, said) in come.iter().enumerate() {
                let behind = come.get(place + 1..).unwrap_or_default();
                let left = said.end(moment).saturating_sub(moment);
                if left <= 0 || behind.iter().any(|newer| newer.value == said.value) {
                    continue;
                }
                entries.push(CacheEntry {
                    holder: *holder,
                    name: name.clone(),
                    kind: *kind,
                    network: None,
                    kept: Kept::Records,
                    section: said.section,
                    values: vec![said.value.clone()],
                    ttl: said.ttl,
                    largest: said.largest,
                    left,
                    authoritative: said.authoritative,
                    server: said.by,
                    packet: said.packet,
                    again: 0,
                    freshness: Freshness::Fresh,
                    reason: said.reason(moment),
                });
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response: for each record a label of its name, class, seconds, last byte of its address.
    fn told(records: &[(u8, u16, u32, u8)]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, records.len() as u8, 0, 0, 0, 0];
        for (label, class, ttl, last) in records {
            bytes.extend([1, *label, 0, 0, 1]);
            bytes.extend(class.to_be_bytes());
            bytes.extend(ttl.to_be_bytes());
            bytes.extend([0, 4, 192, 0, 2, *last]);
        }
        bytes
    }

    fn hear(heard: &mut Multicast, second: i64, records: &[(u8, u16, u32, u8)]) {
        let bytes = told(records);
        let ends = ("10.0.0.7".parse().unwrap(), "224.0.0.251".parse().unwrap());
        heard.message(&Message::new(&bytes).unwrap(), ends, second as u64, second * SECOND);
    }

    /// Name, address and milliseconds left of all that may be kept.
    fn kept(heard: &Multicast, millis: i64) -> Vec<(String, String, i64)> {
        let all = heard.at(millis * 1_000_000);
        all.into_iter().map(|one| (one.name, one.values.concat(), one.left / 1_000_000)).collect()
    }

    fn line(name: &str, last: u8, left: i64) -> (String, String, i64) {
        (name.to_owned(), format!("192.0.2.{last}"), left)
    }

    #[test]
    fn a_goodbye_leaves_a_second_and_is_none_of_what_nobody_has() {
        let mut heard = Multicast::default();
        hear(&mut heard, 0, &[(b'a', 1, 120, 1), (b'a', 1, 120, 2)]);
        hear(&mut heard, 10, &[(b'a', 1, 0, 1), (b'b', 1, 0, 9)]);
        assert_eq!(kept(&heard, 9_000), [line("a", 1, 111_000), line("a", 2, 111_000)]);
        assert_eq!(kept(&heard, 10_250), [line("a", 2, 109_750), line("a", 1, 750)]);
        assert!(heard.at(10 * SECOND)[1].reason.contains("goodbye"));
        assert_eq!(kept(&heard, 11_000), [line("a", 2, 109_000)]);
        // Told anew it is there again.
        hear(&mut heard, 11, &[(b'a', 1, 60, 1)]);
        assert_eq!(kept(&heard, 12_000), [line("a", 2, 108_000), line("a", 1, 59_000)]);
    }

    #[test]
    fn the_cache_flush_bit_ends_what_is_older_than_a_second() {
        let mut heard = Multicast::default();
        hear(&mut heard, 0, &[(b'a', 0x8001, 120, 1), (b'b', 0x8001, 120, 5)]);
        // Two packets of one host's news: the second does not end the first.
        hear(&mut heard, 10, &[(b'a', 0x8001, 120, 2)]);
        hear(&mut heard, 11, &[(b'a', 0x8001, 120, 3)]);
        assert_eq!(kept(&heard, 9_000).len(), 2, "nothing of it is known before");
        assert_eq!(
            kept(&heard, 10_500),
            [line("a", 1, 500), line("a", 2, 119_500), line("b", 5, 109_500)],
            "another name stays as it is"
        );
        assert_eq!(
            kept(&heard, 12_000),
            [line("a", 2, 118_000), line("a", 3, 119_000), line("b", 5, 108_000)]
        );
    }

    #[test]
    fn of_too_many_the_newest_stay_and_it_is_said() {
        let mut heard = Multicast::default();
        for second in 0..(MAX_SAID as i64 * 2 / 200 + 10) {
            let many: Vec<_> = (0..200).map(|last| (b'a', 1, 100_000, last)).collect();
            // A link of its own each time.
            let ends = (IpAddr::from([10, 0, 0, 7]), IpAddr::from((second as u32).to_be_bytes()));
            let bytes = told(&many);
            heard.message(&Message::new(&bytes).unwrap(), ends, second as u64, second * SECOND);
        }
        assert!(heard.count <= MAX_SAID * 2 && heard.left_out() > 0, "{} {}", heard.count, heard.left_out());
        assert!(!heard.covers(0) && heard.covers(heard.now));
    }
}
