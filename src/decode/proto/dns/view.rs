//! A message to be looked through without peeling its packet: questions and
//! records as they stand, in words when asked for.
//!
//! For what is made of many messages: transactions, walks, caches. Owns no
//! bytes. A message that ends early gives what it has; nothing here says what
//! is wrong with it, that is the dissector's part.

use super::name;
use super::options;
use super::presentation;
use super::types::{self, mnemonic};
use crate::base::Escaped;
use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};
use kind::OPT;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Numbers of the record types that resolving a name is about (IANA DNS parameters).
pub mod kind {
    /// An IPv4 address.
    pub const A: u16 = 1;
    /// A name server.
    pub const NS: u16 = 2;
    /// Another name for the same.
    pub const CNAME: u16 = 5;
    /// The begin of a zone.
    pub const SOA: u16 = 6;
    /// The name of an address, and what else points to a name.
    pub const PTR: u16 = 12;
    /// An IPv6 address.
    pub const AAAA: u16 = 28;
    /// Another name for a whole tree.
    pub const DNAME: u16 = 39;
    /// The pseudo-record of EDNS.
    pub const OPT: u16 = 41;
    /// The digest of a child zone's key.
    pub const DS: u16 = 43;
    /// A zone's key.
    pub const DNSKEY: u16 = 48;
    /// Where a service is and how it is spoken to.
    pub const SVCB: u16 = 64;
    /// The same of the web.
    pub const HTTPS: u16 = 65;
}

/// Steps that one name may take: more than its 255 bytes can ask for.
const STEPS: usize = 512;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Answers the question.
    Answer,
    /// Leads to an authority, or says why there is no answer.
    Authority,
    /// Goes with the others.
    Additional,
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    bytes: &'m [u8],
    /// The header's id.
    pub id: u16,
    /// The header's flags.
    pub flags: u16,
    /// Entries that the header claims: questions, answers, authority, additional.
    pub counts: [u16; 4],
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'m> {
    message: &'m [u8],
    at: usize,
    /// Type asked for.
    pub kind: u16,
    /// Class asked for.
    pub class: u16,
}

/// A record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'m> {
    message: &'m [u8],
    at: usize,
    data: usize,
    len: usize,
    /// Where it stands.
    pub section: Section,
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// Seconds that it may be kept.
    pub ttl: u32,
}

/// What EDNS says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// Longest message that the sender takes over UDP.
    pub size: u16,
    /// Higher bits of the reply code.
    pub code: u8,
    /// The asker wants signatures too.
    pub dnssec_ok: bool,
    /// The network that the client is in: address, bits told, bits that the answer is good for.
    pub subnet: Option<(IpAddr, u8, u8)>,
    /// Why the answer is as it is: code, and words of the server's own.
    pub errors: Vec<(u16, String)>,
    /// A cookie is there.
    pub cookie: bool,
}

impl<'m> Message<'m> {
    /// The message that begins with `bytes`; `None` without a whole header.
    pub fn new(bytes: &'m [u8]) -> Option<Message<'m>> {
        let &[i0, i1, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1] = bytes.first_chunk()?;
        let [id, flags] = [[i0, i1], [f0, f1]].map(u16::from_be_bytes);
        let counts = [[q0, q1], [a0, a1], [n0, n1], [r0, r1]].map(u16::from_be_bytes);
        Some(Message { bytes, id, flags, counts })
    }

    /// Its questions, as far as they are there.
    pub fn questions(&self) -> impl Iterator<Item = Question<'m>> {
        let (message, mut at) = (self.bytes, 12);
        (0..self.counts[0]).map_while(move |_| {
            let from = at;
            let end = name::skip(message, from)?;
            let &[k0, k1, c0, c1] = message.get(end..)?.first_chunk()?;
            at = end + 4;
            let [kind, class] = [[k0, k1], [c0, c1]].map(u16::from_be_bytes);
            Some(Question { message, at: from, kind, class })
        })
    }

    /// Its records, as far as they are there; that of EDNS is none.
    pub fn records(&self) -> impl Iterator<Item = Record<'m>> {
        self.all_records().filter(|record| record.kind != OPT)
    }

    /// It has fewer records than its header counts.
    pub fn is_short(&self) -> bool {
        let counted: usize = self.counts.iter().skip(1).map(|count| usize::from(*count)).sum();
        self.all_records().count() < counted
    }

    fn all_records(&self) -> impl Iterator<Item = Record<'m>> {
        let message = self.bytes;
        let [questions, answers, authority, additional] = self.counts.map(usize::from);
        let begin = (0..questions).try_fold(12, |at, _| name::skip(message, at).map(|end| end + 4));
        let mut at = begin.unwrap_or(message.len());
        (0..answers + authority + additional).map_while(move |place| {
            let from = at;
            let end = name::skip(message, from)?;
            let &[k0, k1, c0, c1, t0, t1, t2, t3, l0, l1] = message.get(end..)?.first_chunk()?;
            let (data, len) = (end + 10, usize::from(u16::from_be_bytes([l0, l1])));
            at = data + len;
            message.get(data..at)?;
            let section = if place < answers {
                Section::Answer
            } else if place < answers + authority {
                Section::Authority
            } else {
                Section::Additional
            };
            let [kind, class] = [[k0, k1], [c0, c1]].map(u16::from_be_bytes);
            let ttl = u32::from_be_bytes([t0, t1, t2, t3]);
            Some(Record { message, at: from, data, len, section, kind, class, ttl })
        })
    }

    /// The reply code, with the bits of EDNS.
    pub fn code(&self) -> u16 {
        let edns = self.all_records().find(|record| record.kind == OPT);
        let [high, ..] = edns.map_or(0, |record| record.ttl).to_be_bytes();
        u16::from(high) << 4 | self.flags & 0x0f
    }

    /// What EDNS says, where the message has it.
    pub fn edns(&self) -> Option<Edns> {
        let record = self.all_records().find(|record| record.kind == OPT)?;
        let [code, _, flags, _] = record.ttl.to_be_bytes();
        let mut edns = Edns { size: record.class, code, dnssec_ok: flags & 0x80 != 0, ..Edns::default() };
        let mut rest = record.data();
        while let Some((&[c0, c1, l0, l1], behind)) = rest.split_first_chunk() {
            let Some((data, behind)) = behind.split_at_checked(u16::from_be_bytes([l0, l1]).into()) else {
                break;
            };
            rest = behind;
            match (u16::from_be_bytes([c0, c1]), data) {
                (8, &[0, family, bits, scope, ref told @ ..]) => {
                    let mut address = [0; 16];
                    address.iter_mut().zip(told).for_each(|(to, from)| *to = *from);
                    let [a, b, c, d, ..] = address;
                    let address = match (family, told.len()) {
                        (1, ..=4) => Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
                        (2, ..=16) => Some(IpAddr::V6(Ipv6Addr::from(address))),
                        _ => None,
                    };
                    edns.subnet = edns.subnet.or(address.map(|address| (address, bits, scope)));
                }
                (10, _) => edns.cookie = true,
                (15, &[e0, e1, ref text @ ..]) => {
                    edns.errors.push((u16::from_be_bytes([e0, e1]), Escaped(text).to_string()));
                }
                _ => {}
            }
        }
        Some(edns)
    }
}

/// A name as Wireshark writes it but for the root, which is a dot; what is
/// wrong with it otherwise.
pub(super) fn name_at(message: &[u8], at: usize) -> String {
    match name::read(message, at, STEPS) {
        Ok(name) if name == name::ROOT => ".".to_owned(),
        Ok(name) => name,
        Err(fault) => fault.placeholder().to_owned(),
    }
}

impl Question<'_> {
    /// The name asked for.
    pub fn name(&self) -> String {
        name_at(self.message, self.at)
    }

    /// The same, where it can be read.
    pub fn readable_name(&self) -> Option<String> {
        name::read(self.message, self.at, STEPS).is_ok().then(|| self.name())
    }
}

impl<'m> Record<'m> {
    /// The name that it belongs to.
    pub fn name(&self) -> String {
        name_at(self.message, self.at)
    }

    /// Its data.
    pub fn data(&self) -> &'m [u8] {
        self.message.get(self.data..self.data + self.len).unwrap_or_default()
    }

    /// The address that it gives.
    pub fn address(&self) -> Option<IpAddr> {
        match (self.kind, self.data()) {
            (1, data) => <[u8; 4]>::try_from(data).ok().map(IpAddr::from),
            (28, data) => <[u8; 16]>::try_from(data).ok().map(IpAddr::from),
            _ => None,
        }
    }

    /// The addresses that a service record gives along, so that nobody need ask for them
    /// (RFC 9460, 7.3).
    pub fn hints(&self) -> impl Iterator<Item = IpAddr> + 'm {
        let is_service = matches!(self.kind, kind::SVCB | kind::HTTPS);
        let all = presentation::parameters(self.message, self.data, self.data + self.len);
        all.filter(move |_| is_service).flat_map(|(key, value)| {
            let size = match key {
                4 => 4,
                6 => 16,
                _ => usize::MAX,
            };
            value.chunks_exact(size).filter_map(|bytes| {
                let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
                v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
            })
        })
    }

    /// The name that it leads to: of CNAME, NS, PTR, DNAME, MX and SRV.
    pub fn target(&self) -> Option<String> {
        let before = match self.kind {
            2 | 5 | 12 | 39 => 0,
            15 => 2,
            33 => 6,
            _ => return None,
        };
        (self.len > before).then(|| name_at(self.message, self.data + before))
    }

    /// Seconds that it may be kept: none when the number's highest bit is set (RFC 2181, 8).
    pub fn lifetime(&self) -> u32 {
        lifetime(self.ttl)
    }

    /// Of a SOA record how long a negative answer may be kept: the smaller of
    /// its own time to live and the last of its numbers (RFC 2308, 5).
    pub fn negative_ttl(&self) -> Option<u32> {
        let minimum = self.data().last_chunk::<4>().filter(|_| self.kind == 6 && self.len >= 22)?;
        Some(self.lifetime().min(lifetime(u32::from_be_bytes(*minimum))))
    }

    /// Of an NSEC record whether its name has nothing of this type (RFC 4034, 4.1.2).
    pub fn denies(&self, kind: u16) -> bool {
        let bitmap = name::skip(self.message, self.data)
            .and_then(|at| self.message.get(at..self.data + self.len))
            .filter(|_| self.kind == 47);
        let mut denies = true;
        let sound = bitmap.and_then(|bits| presentation::listed(bits, |one| denies &= one != kind));
        denies && sound.is_some()
    }

    /// Of an RRSIG record the type that it signs.
    pub fn covers(&self) -> Option<u16> {
        let two = self.data().first_chunk::<2>().filter(|_| self.kind == 46)?;
        Some(u16::from_be_bytes(*two))
    }

    /// What it holds, in words.
    pub fn value(&self) -> String {
        if let Some(address) = self.address() {
            return address.to_string();
        }
        let data = self.data();
        let word =
            |at: usize| data.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two)).map(u64::from);
        let mut out = String::new();
        let known = match (self.kind, self.target()) {
            (15, Some(target)) => write!(out, "{} {target}", word(0).unwrap_or(0)),
            (33, Some(target)) => {
                let [priority, weight, port] = [0, 2, 4].map(|at| word(at).unwrap_or(0));
                write!(out, "{priority} {weight} {port} {target}")
            }
            (_, Some(target)) => write!(out, "{target}"),
            (6, _) => {
                let minimum = self.negative_ttl().unwrap_or(0);
                write!(out, "{} (negative answers {minimum} s)", name_at(self.message, self.data))
            }
            (43 | 59, _) => write!(out, "key tag {}", word(0).unwrap_or(0)),
            (46, _) if data.len() > 18 => {
                let covers = type_name(self.covers().unwrap_or(0));
                let signer = name_at(self.message, self.data + 18);
                write!(out, "signs {covers}, by {signer}, key tag {}", word(16).unwrap_or(0))
            }
            (47, _) => write!(out, "next {}", name_at(self.message, self.data)),
            (48, _) => {
                let role = if word(0).unwrap_or(0) & 1 != 0 { "key signing key" } else { "zone key" };
                write!(out, "{role}, tag {}", super::rdata::key_tag(data))
            }
            (257, _) => return self.zone_text(),
            (kind, _) => {
                let text = presentation::text(self.message, kind, self.data, self.data + self.len);
                return text.unwrap_or_else(|| presentation::unknown(data));
            }
        };
        let _ = known;
        out
    }

    /// As a zone file has it.
    fn zone_text(&self) -> String {
        let bytes = || format!("{} bytes", self.len);
        let (Ok(start), Ok(len)) = (u16::try_from(self.data), u16::try_from(self.len)) else {
            return bytes();
        };
        let mut decoder = BinDecoder::new(self.message).clone(start);
        match RData::read(&mut decoder, RecordType::from(self.kind), Restrict::new(len)) {
            Ok(data) => data.to_string(),
            Err(_) => bytes(),
        }
    }
}

/// Whether a name stands below another, whatever the case of their letters.
pub fn is_below(name: &str, above: &str) -> bool {
    let (name, above) = (name.to_ascii_lowercase(), above.to_ascii_lowercase());
    name != above && super::denial::is_at_or_above(&above, &name)
}

/// What a time to live stands for: none when its highest bit is set (RFC 2181, 8).
pub fn lifetime(ttl: u32) -> u32 {
    if ttl > i32::MAX as u32 { 0 } else { ttl }
}

/// The mnemonic of a record type, `TYPE1234` for those without one (RFC 3597, 5).
pub fn type_name(kind: u16) -> Cow<'static, str> {
    mnemonic(kind).map_or_else(|| Cow::Owned(format!("TYPE{kind}")), Cow::Borrowed)
}

/// The name of a class, `CLASS1234` for those without one (RFC 3597, 5).
pub fn class_name(class: u16) -> Cow<'static, str> {
    types::name_of(types::CLASSES, class.into())
        .map_or_else(|| Cow::Owned(format!("CLASS{class}")), Cow::Borrowed)
}

/// The class of a question or record of multicast DNS, and the bit above it: the asker would
/// like the answer sent to it alone, or the record takes the place of all that is known of
/// its name and type (RFC 6762, 5.4, 10.2, 18.12).
pub fn multicast_class(class: u16) -> (u16, bool) {
    (class & 0x7fff, class & 0x8000 != 0)
}

/// The mnemonic of what a message wants (IANA).
pub fn opcode_name(opcode: u8) -> Cow<'static, str> {
    Cow::Borrowed(match opcode {
        0 => "QUERY",
        1 => "IQUERY",
        2 => "STATUS",
        4 => "NOTIFY",
        5 => "UPDATE",
        6 => "DSO",
        _ => return Cow::Owned(format!("OPCODE{opcode}")),
    })
}

/// The mnemonic of a reply code (IANA), with the bits of EDNS.
pub fn code_name(code: u16) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        11 => "DSOTYPENI",
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        _ => return Cow::Owned(format!("RCODE{code}")),
    })
}

/// What an extended error means (RFC 8914).
pub fn error_name(code: u16) -> Cow<'static, str> {
    options::error_name(code).map_or_else(|| Cow::Owned(format!("error {code}")), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn looks_through_a_message() {
        let bytes = message(&[
            b"\0\x07\x81\x83\0\x01\0\x02\0\x01\0\x01",
            b"\x03www\x02kr\0\0\x01\0\x01",
            b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01h\xc0\x10",
            b"\xc0\x24\0\x01\0\x01\0\0\0\x1e\0\x04\xc0\0\x02\x01",
            b"\xc0\x10\0\x06\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\x01\x2c\0\0",
        ]);
        let view = Message::new(&bytes).unwrap();
        let question = view.questions().next().unwrap();
        assert_eq!((question.name().as_str(), question.kind), ("www.kr", 1));
        let mut records = view.records();
        let cname = records.next().unwrap();
        assert_eq!((cname.value().as_str(), cname.ttl, cname.section), ("h.kr", 60, Section::Answer));
        let address = records.next().unwrap();
        assert_eq!((address.name().as_str(), address.value().as_str()), ("h.kr", "192.0.2.1"));
        let soa = records.next().unwrap();
        assert_eq!((soa.section, soa.kind), (Section::Authority, 6));
        // The last record is cut off: what is there stays.
        assert!(records.next().is_none() && view.edns().is_none());
    }

    #[test]
    fn reads_edns_and_says_the_reason() {
        let bytes = message(&[
            b"\0\x07\x81\x82\0\0\0\0\0\0\0\x01",
            b"\0\0\x29\x04\xd0\x01\0\x80\0\0\x17",
            b"\0\x08\0\x07\0\x01\x18\0\xc0\0\x02",
            b"\0\x0f\0\x04\0\x06no",
            b"\0\x0a\0\0",
        ]);
        let edns = Message::new(&bytes).unwrap().edns().unwrap();
        assert_eq!((edns.size, edns.code, edns.dnssec_ok, edns.cookie), (1232, 1, true, true));
        assert_eq!(edns.subnet, Some(("192.0.2.0".parse().unwrap(), 24, 0)));
        assert_eq!(edns.errors, [(6, "no".to_owned())]);
        assert_eq!(error_name(6), "DNSSEC Bogus");
    }
}
