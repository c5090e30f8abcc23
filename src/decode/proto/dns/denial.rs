//! What an answer says is not there: a name, or records of the type asked for
//! (RFC 2308, 2), at the end of the aliases that it tells (RFC 6604).

use super::view::kind::{CNAME, NS, SOA};
use super::view::{Message, Record, Section};

/// Times that the aliases of an answer are gone through: they may stand in any order.
const PASSES: usize = 16;

/// Which lack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The name does not exist, for no type (RFC 2308, 2.1).
    NoName,
    /// The name exists, but has nothing of the type (RFC 2308, 2.2).
    NoData,
}

impl Lack {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Lack::NoName => "NXDOMAIN",
            Lack::NoData => "NODATA",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Lack::NoName => "no such name",
            Lack::NoData => "no data",
        }
    }
}

/// What an answer denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// A name, or records.
    pub lack: Lack,
    /// Of which name, in lower case: the last of the aliases.
    pub name: String,
    /// Type asked for.
    pub kind: u16,
    /// The name asked for is an alias.
    pub is_aliased: bool,
    /// Seconds that this may be kept; `None` without the zone's SOA: it may not be.
    pub ttl: Option<u32>,
}

impl Message<'_> {
    /// What it denies. Nothing where it is no whole answer to a query, nor where it
    /// leads to other servers: there it is not said.
    pub fn denial(&self) -> Option<Denial> {
        const RESPONSE: u16 = 0x8000;
        const OPCODE: u16 = 0x7800;
        const TRUNCATED: u16 = 0x0200;
        const RESOLVED: u16 = 0x0180;
        if self.flags & (RESPONSE | OPCODE | TRUNCATED) != RESPONSE {
            return None;
        }
        let lack = match self.code() {
            0 => Lack::NoData,
            3 => Lack::NoName,
            _ => return None,
        };
        let question = self.questions().next()?;
        let kind = question.kind;
        let answers: Vec<Record<'_>> = self.records().filter(|r| r.section == Section::Answer).collect();
        let is_there = match kind {
            // Transfers of zones, and types of many types.
            251..=254 => true,
            255 => !answers.is_empty(),
            _ => answers.iter().any(|record| record.kind == kind),
        };
        if answers.len() < self.counts[1].into() || lack == Lack::NoData && is_there {
            return None;
        }
        // Of a name that cannot be read nothing is known.
        let asked = question.readable_name()?.to_ascii_lowercase();
        let name = if kind == CNAME { asked.clone() } else { aliases(&asked, &answers)?.pop()? };
        let is_aliased = name != asked;
        let authority = || self.records().filter(|record| record.section == Section::Authority);
        let soa = authority()
            .find(|record| record.kind == SOA && is_at_or_above(&record.name().to_ascii_lowercase(), &name));
        let leads_on = || {
            let refers = authority().any(|record| record.kind == NS);
            // An authority leaves the rest of a chain to who asked.
            refers || is_aliased && self.flags & RESOLVED != RESOLVED
        };
        if lack == Lack::NoData && soa.is_none() && leads_on() {
            return None;
        }
        let ttl = soa.and_then(|soa| soa.negative_ttl());
        Some(Denial { lack, name, kind, is_aliased, ttl })
    }
}

/// The name asked for and those that it is an alias of, the last of them last; `None`
/// when they go in a circle.
pub fn aliases(asked: &str, answers: &[Record<'_>]) -> Option<Vec<String>> {
    let mut names = vec![asked.to_owned()];
    let aliases: Vec<&Record<'_>> = answers.iter().filter(|record| record.kind == CNAME).collect();
    for _ in 0..PASSES {
        let before = names.len();
        for record in &aliases {
            let name = names.last()?;
            if record.name().eq_ignore_ascii_case(name) {
                let target = record.target()?.to_ascii_lowercase();
                if names.len() > aliases.len() {
                    return None;
                }
                names.push(target);
            }
        }
        if names.len() == before {
            return Some(names);
        }
    }
    None
}

/// Whether `zone` stands above `name`, or is the same.
pub fn is_at_or_above(zone: &str, name: &str) -> bool {
    zone == "." || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer about `www.kr`, whose name stands at 12 and `kr` at 16.
    fn denial(
        flags: u16,
        kind: u8,
        counts: [u16; 3],
        records: &[&[u8]],
    ) -> Option<(Lack, String, Option<u32>)> {
        let mut bytes = vec![0, 1];
        bytes.extend(flags.to_be_bytes());
        bytes.extend([0, 1]);
        counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
        bytes.extend(b"\x03WwW\x02kr\0\0");
        bytes.extend([kind, 0, 1]);
        records.iter().for_each(|record| bytes.extend(*record));
        let denial = Message::new(&bytes).unwrap().denial()?;
        assert_eq!(denial.is_aliased, denial.name != "www.kr");
        Some((denial.lack, denial.name, denial.ttl))
    }

    const SOA: &[u8] =
        b"\xc0\x10\0\x06\0\x01\0\0\x0e\x10\0\x16\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\x01\x2c";
    /// `www.kr` is an alias of `h.kr`, that of `i.kr`.
    const ALIAS: &[u8] = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01h\xc0\x10";
    const SECOND: &[u8] = b"\x01h\xc0\x10\0\x05\0\x01\0\0\0\x3c\0\x04\x01i\xc0\x10";
    const NS: &[u8] = b"\xc0\x10\0\x02\0\x01\0\0\0\x3c\0\x02\xc0\x0c";

    #[test]
    fn the_last_of_the_aliases_is_what_is_not_there() {
        let told = |lack, name: &str, ttl| Some((lack, name.to_owned(), ttl));
        assert_eq!(denial(0x8180, 28, [0, 1, 0], &[SOA]), told(Lack::NoData, "www.kr", Some(300)));
        assert_eq!(denial(0x8180, 28, [1, 1, 0], &[ALIAS, SOA]), told(Lack::NoData, "h.kr", Some(300)));
        assert_eq!(denial(0x8183, 28, [1, 1, 0], &[ALIAS, SOA]), told(Lack::NoName, "h.kr", Some(300)));
        // In whichever order they stand.
        for both in [[ALIAS, SECOND, SOA], [SECOND, ALIAS, SOA]] {
            assert_eq!(denial(0x8180, 1, [2, 1, 0], &both), told(Lack::NoData, "i.kr", Some(300)));
        }
    }

    #[test]
    fn what_leads_on_denies_nothing() {
        assert_eq!(
            denial(0x8400, 28, [1, 0, 0], &[ALIAS]),
            None,
            "an authority leaves the rest to who asked"
        );
        assert_eq!(
            denial(0x8180, 28, [1, 0, 0], &[ALIAS]).map(|told| told.2),
            Some(None),
            "a resolver does not"
        );
        assert_eq!(denial(0x8000, 1, [0, 1, 0], &[NS]), None, "a referral");
        assert_eq!(denial(0x8180, 5, [1, 0, 0], &[ALIAS]), None, "the alias itself was asked for");
        assert_eq!(denial(0x8380, 1, [0, 1, 0], &[SOA]), None, "truncated");
        assert_eq!(denial(0x8180, 1, [2, 0, 0], &[ALIAS]), None, "the capture cut the rest off");
        assert_eq!(denial(0xa400, 6, [0, 0, 0], &[]), None, "the answer to a NOTIFY");
        assert_eq!(denial(0x8400, 252, [1, 0, 0], &[SOA]), None, "a zone");
        let version: &[u8] = b"\0\0\x29\x04\xd0\x01\0\0\0\0\0";
        assert_eq!(denial(0x8180, 1, [0, 0, 1], &[version]), None, "BADVERS is no success");
    }

    /// Catches an answer to a broken question that is told to deny something.
    #[test]
    fn of_a_name_that_cannot_be_read_nothing_is_denied() {
        let mut bytes = vec![0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0];
        // The name goes on where it begins.
        bytes.extend([0xc0, 12, 0, 1, 0, 1]);
        assert_eq!(Message::new(&bytes).unwrap().denial(), None);
        bytes.splice(12..14, *b"\x02kr\0");
        assert!(Message::new(&bytes).unwrap().denial().is_some());
    }

    #[test]
    fn a_circle_has_no_end() {
        let own: &[u8] = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c";
        assert_eq!(denial(0x8180, 1, [1, 1, 0], &[own, SOA]), None);
        let back: &[u8] = b"\x01h\xc0\x10\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c";
        assert_eq!(denial(0x8180, 1, [2, 1, 0], &[ALIAS, back, SOA]), None);
    }

    #[test]
    fn a_soa_of_another_zone_gives_no_time() {
        let mut other = SOA.to_vec();
        other.splice(..2, *b"\x02jp\0");
        assert_eq!(denial(0x8183, 1, [0, 1, 0], &[&other]).map(|told| told.2), Some(None));
    }
}
