//! The sets of records that one answer tells, and what it says is not there.
//!
//! What does not belong to the question is left out, as resolvers do: anybody could
//! write it there.

use super::{Kept, Network};
use crate::decode::proto::dns::denial::{Lack, aliases, is_at_or_above};
use crate::decode::proto::dns::view::kind::{A, AAAA, DNAME, DS, NS, SOA};
use crate::decode::proto::dns::view::{Message, Record, Section};
use std::collections::HashSet;

/// Values of one set that are kept, and sets of one answer.
const MAX_VALUES: usize = 16;
const MAX_SETS: usize = 256;
const RRSIG: u16 = 46;
/// Extended errors (RFC 8914, 4.4 and 4.20).
const STALE: u16 = 3;
const STALE_NO_NAME: u16 = 19;

/// A set as a message tells it.
pub(super) struct Told {
    pub name: String,
    pub kind: u16,
    pub network: Option<Network>,
    pub kept: Kept,
    pub section: Section,
    pub ttl: u32,
    pub values: Vec<String>,
    pub authoritative: bool,
    pub recursive: bool,
    /// Older than it may be (RFC 8767): the extended error that says so.
    pub stale: Option<u16>,
}

/// Which records of an answer belong to its question.
struct Belonging {
    /// The name asked for and those that it is an alias of.
    names: Vec<String>,
    /// Names that records lead to.
    targets: HashSet<String>,
    /// Services, whose targets are named in many ways.
    serves: bool,
}

impl Belonging {
    fn of(message: &Message<'_>) -> Option<Belonging> {
        let asked = message.questions().next()?.name().to_ascii_lowercase();
        let answers: Vec<Record<'_>> =
            message.records().filter(|record| record.section == Section::Answer).collect();
        let names = aliases(&asked, &answers).unwrap_or_else(|| vec![asked]);
        let serves = answers.iter().any(|record| matches!(record.kind, 35 | 64 | 65));
        let mut belonging = Belonging { names, targets: HashSet::new(), serves };
        // What does not belong leads to nothing that does.
        let leads = message.records().filter(|record| record.section != Section::Additional);
        let targets = leads.filter_map(|record| {
            let target = record.target()?.to_ascii_lowercase();
            belonging.has(&record, &record.name().to_ascii_lowercase()).then_some(target)
        });
        belonging.targets = targets.collect();
        Some(belonging)
    }

    fn has(&self, record: &Record<'_>, name: &str) -> bool {
        let above = || self.names.iter().any(|asked| is_at_or_above(name, asked));
        match (record.section, record.kind) {
            (Section::Answer | Section::Authority, DNAME) => above(),
            (Section::Answer, _) => self.names.iter().any(|asked| asked == name),
            (Section::Authority, NS | DS) => above(),
            (Section::Authority, _) => true,
            (Section::Additional, A | AAAA) => self.serves || self.targets.contains(name),
            (Section::Additional, _) => false,
        }
    }
}

/// Which sections of a message are there to their ends: of others no set is known whole
/// (RFC 2181, 5).
fn whole(message: &Message<'_>, has_edns: bool) -> impl Fn(Section) -> bool {
    let mut missing = message.counts.map(usize::from);
    let place = |section| match section {
        Section::Answer => 1,
        Section::Authority => 2,
        Section::Additional => 3_usize,
    };
    for at in message.records().map(|record| place(record.section)).chain(has_edns.then_some(3)) {
        if let Some(missing) = missing.get_mut(at) {
            *missing = missing.saturating_sub(1);
        }
    }
    move |section| missing.iter().take(place(section) + 1).skip(1).all(|missing| *missing == 0)
}

/// The sets that a message tells, and what it says is not there.
pub(super) fn sets(message: &Message<'_>) -> Vec<Told> {
    const OPCODE: u16 = 0x7800;
    let mut told: Vec<Told> = Vec::new();
    let question = message.questions().next().filter(|question| {
        // Transfers of zones are for no cache, nor are other classes than the internet's.
        !matches!(question.kind, 251 | 252) && question.class & 0x7fff == 1
    });
    let belonging = Belonging::of(message).filter(|_| question.is_some());
    let Some(belonging) = belonging.filter(|_| message.flags & OPCODE == 0) else { return told };
    let [authoritative, recursive] = [0x0400, 0x0080].map(|bit| message.flags & bit != 0);
    let edns = message.edns();
    let has_edns = edns.is_some();
    let stale = edns.and_then(|edns| {
        edns.errors.iter().map(|(code, _)| *code).find(|code| matches!(*code, STALE | STALE_NO_NAME))
    });
    let success = matches!(message.code(), 0 | 3);
    // What stands beside the answers is never of a network alone (RFC 7871, 7.3.1).
    let network = message.edns().and_then(|edns| edns.subnet).filter(|(.., scope)| *scope > 0);
    let network = network.map(|(address, bits, scope)| Network::of(address, bits.min(scope)));
    let whole = whole(message, has_edns);
    for record in message.records().filter(|record| success && whole(record.section)) {
        let name = record.name().to_ascii_lowercase();
        // Signatures live as long as what they sign; the SOA beside a negative answer is its lifetime.
        let is_beside = record.kind == RRSIG || record.section == Section::Authority && record.kind == SOA;
        if is_beside || !belonging.has(&record, &name) {
            continue;
        }
        let same =
            |one: &&mut Told| one.kind == record.kind && one.name == name && one.section == record.section;
        let is_full = told.len() >= MAX_SETS;
        match told.iter_mut().find(same) {
            Some(set) => {
                set.ttl = set.ttl.min(record.lifetime());
                if set.values.len() < MAX_VALUES {
                    set.values.push(record.value());
                }
            }
            None if is_full => break,
            None => told.push(Told {
                name,
                kind: record.kind,
                network: network.filter(|_| record.section == Section::Answer),
                kept: Kept::Records,
                section: record.section,
                ttl: record.lifetime(),
                values: vec![record.value()],
                // Only what the authority has itself, not the glue beside it.
                authoritative: authoritative && record.section == Section::Answer,
                recursive,
                stale,
            }),
        }
    }
    // Without a SOA, or with one of no time, nobody may keep it (RFC 2308, 5): what is kept stays.
    if let Some(denial) = message.denial()
        && let Some(ttl) = denial.ttl.filter(|ttl| *ttl > 0)
    {
        let (kept, kind) = match denial.lack {
            Lack::NoName => (Kept::NoName, 255),
            Lack::NoData => (Kept::NoData, denial.kind),
        };
        let (name, section, values) = (denial.name, Section::Authority, Vec::new());
        told.push(Told {
            name,
            kind,
            network: None,
            kept,
            section,
            ttl,
            values,
            authoritative,
            recursive,
            stale,
        });
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

    /// Catches a part of a set that is kept for the whole, and sections before it that are lost.
    #[test]
    fn of_what_is_not_whole_only_what_comes_before_is_told() {
        let a = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01".as_slice();
        let ns = b"\xc0\x10\0\x02\0\x01\0\0\0\x3c\0\x02\xc0\x0c".as_slice();
        let edns = b"\0\0\x29\x04\xd0\0\0\0\0\0\x06\0\x0f\0\x02\0\x03".as_slice();
        let told = |counts, records: &[&[u8]]| {
            let bytes = message(0x8180, counts, records);
            sets(&Message::new(&bytes).unwrap())
                .into_iter()
                .map(|one| (one.kind, one.stale))
                .collect::<Vec<_>>()
        };
        assert_eq!(told([1, 1, 1], &[a, ns, edns]), [(1, Some(3)), (2, Some(3))]);
        assert_eq!(told([1, 2, 1], &[a, ns]), [(1, None)], "one of two servers");
        assert_eq!(told([2, 0, 0], &[a]), [], "one of two addresses");
    }

    /// Catches the glue of a delegation that has nothing to do with the question.
    #[test]
    fn what_does_not_belong_leads_nowhere() {
        let a = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01".as_slice();
        let ns = b"\x05other\0\0\x02\0\x01\0\0\0\x3c\0\x09\x02ns\x04evil\0".as_slice();
        let glue = b"\x02ns\x04evil\0\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x43".as_slice();
        let bytes = message(0x8180, [1, 1, 1], &[a, ns, glue]);
        let told = sets(&Message::new(&bytes).unwrap());
        assert_eq!(told.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["www.kr"]);
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
        assert_eq!(told(0x8180, 0, &[]), [], "without a SOA it may not be kept");
        let referral = b"\xc0\x10\0\x02\0\x01\0\0\0\x3c\0\x02\xc0\x0c";
        assert_eq!(told(0x8100, 1, &[referral]), [(Kept::Records, 2, 60)], "a referral denies nothing");
        assert_eq!(told(0x8182, 1, &[SOA]), [], "a failure is no answer");
    }
}
