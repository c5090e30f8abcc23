//! Which names messages tell of which addresses: DNS answers, DHCP, the hellos of
//! TLS, the heads of HTTP requests.
//!
//! Pure functions over bytes that anybody may have sent: every loop is bounded.
//! Knows no packets and keeps nothing.

use crate::base::Escaped;
use crate::decode::proto::dns::view::{Message, Section, kind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Records of one message that are looked at.
const MAX_RECORDS: usize = 512;
/// Questions of one message whose answers are looked for, and addresses of one service.
const MAX_QUESTIONS: usize = 8;
const MAX_HINTS: usize = 32;
/// Aliases that lead from the name asked for to its addresses.
const MAX_ALIASES: usize = 16;

/// What one message says of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub address: IpAddr,
    /// The name asked for where it leads to the address, through aliases too;
    /// else the one that the record belongs to. In lower case, raw.
    pub name: String,
    /// Seconds that this may be kept: the least of aliases and record.
    pub ttl: u32,
    pub how: How,
}

/// How a message comes to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It answers the question for the address.
    Answer,
    /// It stands beside the answer: the address of a name server, mostly.
    Along,
    /// The address was asked about.
    Reverse,
}

/// A number with its highest bit set is no time to live (RFC 2181, 8).
fn ttl(ttl: u32) -> u32 {
    if ttl >> 31 == 0 { ttl } else { 0 }
}

/// What an answer says.
pub(super) fn dns(message: &Message<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    if message.flags & 0x8000 == 0 {
        return told;
    }
    let questions = message.questions().take(MAX_QUESTIONS);
    let questions: Vec<String> = questions.map(|question| question.name().to_ascii_lowercase()).collect();
    let aliases: Vec<(String, String, u32)> = message
        .records()
        .take(MAX_RECORDS)
        .filter(|record| record.section == Section::Answer && record.kind == kind::CNAME)
        .take(MAX_ALIASES)
        .filter_map(|record| {
            let lower = |name: String| name.to_ascii_lowercase();
            Some((lower(record.name()), lower(record.target()?), ttl(record.ttl)))
        })
        .collect();
    // The names that the questions lead to, and from which. One that came before is not
    // followed again.
    let mut reached: Vec<(&str, u32, &String)> =
        questions.iter().map(|name| (name.as_str(), u32::MAX, name)).collect();
    let mut at = 0;
    while let Some(&(name, least, question)) = reached.get(at) {
        at += 1;
        for (owner, target, ttl) in &aliases {
            if owner == name && !reached.iter().any(|(known, ..)| known == target) {
                reached.push((target, least.min(*ttl), question));
            }
        }
    }
    for record in message.records().take(MAX_RECORDS) {
        let name = || record.name().to_ascii_lowercase();
        match record.kind {
            kind::A | kind::AAAA | kind::SVCB | kind::HTTPS => {
                let name = name();
                let chain = reached.iter().find(|(known, ..)| *known == name);
                let chain = chain.filter(|_| record.section == Section::Answer);
                for address in record.address().into_iter().chain(record.hints().take(MAX_HINTS)) {
                    told.push(match chain {
                        Some((_, least, question)) => Told {
                            address,
                            name: (*question).clone(),
                            ttl: ttl(record.ttl).min(*least),
                            how: How::Answer,
                        },
                        None => Told { address, name: name.clone(), ttl: ttl(record.ttl), how: How::Along },
                    });
                }
            }
            kind::PTR => {
                if let (Some(address), Some(name)) = (reverse(&name()), record.target()) {
                    let name = name.to_ascii_lowercase();
                    told.push(Told { address, name, ttl: ttl(record.ttl), how: How::Reverse });
                }
            }
            _ => {}
        }
    }
    // What stands for no host is no name, and `<…>` says what is wrong with one.
    told.retain(|told| !told.name.is_empty() && !told.name.starts_with(['.', '<']));
    told
}

/// The address that a name under `in-addr.arpa` or `ip6.arpa` stands for.
fn reverse(name: &str) -> Option<IpAddr> {
    if let Some(labels) = name.strip_suffix(".in-addr.arpa") {
        let mut octets = [0; 4];
        let mut labels = labels.split('.');
        for octet in octets.iter_mut().rev() {
            *octet = labels.next()?.parse().ok()?;
        }
        return labels.next().is_none().then(|| Ipv4Addr::from(octets).into());
    }
    let mut labels = name.strip_suffix(".ip6.arpa")?.split('.');
    let mut all = 0_u128;
    for shift in 0..32 {
        let digit = labels.next().filter(|label| label.len() == 1)?;
        all |= u128::from(u8::from_str_radix(digit, 16).ok()?) << (4 * shift);
    }
    labels.next().is_none().then(|| Ipv6Addr::from(all).into())
}

/// What a DHCP message says of its client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lease {
    /// Transaction and hardware address: what its messages have in common.
    pub client: (u32, [u8; 16]),
    /// The name that it bears: option 81 before option 12.
    pub name: Option<String>,
    /// The address that the server gives it for good.
    pub given: Option<IpAddr>,
}

const DHCP_HEADER: usize = 236;
const DHCP_MAGIC: [u8; 4] = [99, 130, 83, 99];
const DHCP_ACK: u8 = 5;

/// Reads a DHCP message; `None` where it is none.
pub(super) fn dhcp(bytes: &[u8]) -> Option<Lease> {
    let header = bytes.get(..DHCP_HEADER)?;
    let options = bytes.get(DHCP_HEADER..)?.strip_prefix(&DHCP_MAGIC)?;
    let xid = u32::from_be_bytes(*header.get(4..)?.first_chunk()?);
    let yours = Ipv4Addr::from(*header.get(16..)?.first_chunk::<4>()?);
    let mut lease = Lease { client: (xid, *header.get(28..)?.first_chunk()?), ..Lease::default() };
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = Escaped(bytes.get(..end)?).to_string().to_ascii_lowercase();
        (!text.is_empty()).then_some(text)
    };
    let (mut kind, mut host, mut full) = (0, None, None);
    let mut rest = options;
    while let [code, tail @ ..] = rest {
        rest = tail;
        match (*code, tail) {
            (0, _) => continue,
            (255, _) => break,
            (_, [len, tail @ ..]) => {
                let Some((value, behind)) = tail.split_at_checked((*len).into()) else { break };
                rest = behind;
                match (*code, value) {
                    (12, name) => host = text(name),
                    // In the wire form of DNS (RFC 4702, 2.1), else as text.
                    (81, [flags, _, _, name @ ..]) => {
                        full = if flags & 4 != 0 { labels(name) } else { text(name) };
                    }
                    (53, [value]) => kind = *value,
                    _ => {}
                }
            }
            _ => break,
        }
    }
    lease.name = full.or(host);
    let is_given = kind == DHCP_ACK && header.first() == Some(&2) && !yours.is_unspecified();
    lease.given = is_given.then_some(yours.into());
    Some(lease)
}

/// A name in the wire form of DNS, without compression.
fn labels(mut bytes: &[u8]) -> Option<String> {
    let mut name = String::new();
    while let [len, tail @ ..] = bytes {
        if *len == 0 {
            break;
        }
        let (label, rest) = tail.split_at_checked((*len).into())?;
        bytes = rest;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&Escaped(label).to_string().to_ascii_lowercase());
    }
    (!name.is_empty()).then_some(name)
}

/// Bytes of a TLS record that begins with these, where it is a client's hello.
pub(super) fn hello_length(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [22, 3, _, high, low, 1, ..] => Some(5 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    }
}

/// The host that a client's hello asks for, as far as the record with it is there.
pub(super) fn server_name(bytes: &[u8]) -> Option<String> {
    hello_length(bytes)?;
    hello_name(bytes.get(5..)?)
}

/// The host that a client's hello asks for (RFC 6066, 3), as far as the message is there.
pub(super) fn hello_name(hello: &[u8]) -> Option<String> {
    hello.first().filter(|kind| **kind == 1)?;
    // Message, version and random; then session, suites, compression.
    let mut rest = hello.get(4 + 2 + 32..)?;
    rest = behind(rest, 1)?.1;
    rest = behind(rest, 2)?.1;
    rest = behind(rest, 1)?.1;
    let mut rest = rest.get(2..)?;
    loop {
        let (kind, tail) = rest.split_first_chunk::<2>()?;
        let (data, tail) = behind(tail, 2)?;
        rest = tail;
        if *kind != [0, 0] {
            continue;
        }
        let (list, _) = behind(data, 2)?;
        let (&0, name) = list.split_first()? else { return None };
        let (name, _) = behind(name, 2)?;
        let name = Escaped(name).to_string().to_ascii_lowercase();
        return (!name.is_empty()).then_some(name);
    }
}

/// A part with its length before it, in so many bytes; and what follows.
fn behind(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(size)?;
    rest.split_at_checked(length.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)))
}

/// Header lines that are looked at.
const MAX_LINES: usize = 64;

/// The host that an HTTP request asks for, without the port. One for a proxy
/// names another host than the one that it goes to.
pub(super) fn http_host(bytes: &[u8]) -> Option<String> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let mut request = httparse::Request::new(&mut lines);
    // A head that goes on elsewhere has told the lines that are here.
    let _ = request.parse(bytes);
    request.path.filter(|path| path.starts_with('/'))?;
    let host = request.headers.iter().find(|line| line.name.eq_ignore_ascii_case("host"))?;
    let text = Escaped(host.value).to_string().to_ascii_lowercase();
    let name = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &text,
    };
    let is_name = !name.is_empty() && !name.starts_with('[') && name.parse::<IpAddr>().is_err();
    is_name.then(|| name.to_owned())
}
