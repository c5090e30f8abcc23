//! The options of EDNS (RFC 6891) and the parameters of service bindings
//! (RFC 9460): both are lists of code, length and value.

use super::walk::{Walk, printable_value};
use crate::decode::{Bytes, FieldDef, Problem, Sink, Value};
use std::fmt::Write as _;

crate::decode::field::fields! {
    OPTION = FieldDef::group("dns.opt", "Option")
        .about("Something that the plain header has no room for. RFC 6891, 6.1.2.");
    CODE = FieldDef::uint("dns.opt.code", "Option Code", 16)
        .values(&[
            (0, "Reserved"),
            (1, "LLQ - Long-lived query"),
            (2, "UL - Update lease"),
            (3, "NSID - Name Server Identifier"),
            (4, "Owner (reserved)"),
            (5, "DAU - DNSSEC Algorithm Understood (RFC6975)"),
            (6, "DHU - DS Hash Understood (RFC6975)"),
            (7, "N3U - NSEC3 Hash Understood (RFC6975)"),
            (8, "CSUBNET - Client subnet"),
            (9, "EDNS EXPIRE (RFC7314)"),
            (10, "COOKIE"),
            (11, "EDNS TCP Keepalive"),
            (12, "PADDING"),
            (13, "CHAIN"),
            (15, "Extended DNS Error"),
        ])
        .about("Which option this is. RFC 6891, 6.1.2; IANA EDNS option codes.");
    LEN = FieldDef::uint("dns.opt.len", "Option Length", 16)
        .about("Bytes of the option's data. RFC 6891, 6.1.2.");
    DATA = FieldDef::bytes("dns.opt.data", "Option Data").about("The option's data. RFC 6891, 6.1.2.");
    DAU = FieldDef::uint("dns.opt.dau", "DAU", 8)
        .values(super::types::ALGORITHMS)
        .about("A signature algorithm that the asker understands. RFC 6975, 3.");
    DHU = FieldDef::uint("dns.opt.dhu", "DHU", 8).about("A digest that the asker understands. RFC 6975, 3.");
    N3U = FieldDef::uint("dns.opt.n3u", "N3U", 8)
        .about("A hash of names that the asker understands. RFC 6975, 3.");
    FAMILY = FieldDef::uint("dns.opt.client.family", "Family", 16)
        .values(&[(1, "IPv4"), (2, "IPv6")])
        .about("Kind of the client's address. RFC 7871, 6.");
    NETMASK = FieldDef::uint("dns.opt.client.netmask", "Source Netmask", 8)
        .about("Bits of the client's address that are told. RFC 7871, 6.");
    SCOPE = FieldDef::uint("dns.opt.client.scope", "Scope Netmask", 8)
        .about("Bits of the address that the answer is good for; 0 in queries. RFC 7871, 6.");
    ADDR = FieldDef::bytes("dns.opt.client.addr", "Client Subnet")
        .about("The network that the client is in. RFC 7871, 6.");
    ADDR4 = FieldDef::ipv4("dns.opt.client.addr4", "Client Subnet")
        .about("The network that the client is in. RFC 7871, 6.");
    ADDR6 = FieldDef::ipv6("dns.opt.client.addr6", "Client Subnet")
        .about("The network that the client is in. RFC 7871, 6.");
    COOKIE_CLIENT = FieldDef::bytes("dns.opt.cookie.client", "Client Cookie")
        .about("The answer must bring it back: guards the client against forged answers. RFC 7873, 4.1.");
    COOKIE_SERVER = FieldDef::bytes("dns.opt.cookie.server", "Server Cookie")
        .about("Proves to the server that the client's address is no forgery. RFC 7873, 4.2.");
    KEEPALIVE = FieldDef::uint("dns.opt.edns_tcp_keepalive.timeout", "Timeout", 16)
        .about("How long the connection may stay idle, in units of 100 ms. RFC 7828, 3.1.");
    PADDING = FieldDef::bytes("dns.opt.padding", "Padding")
        .about("Fills the message up, so that its length tells nothing. RFC 7830, 3.");
    CHAIN = FieldDef::text("dns.opt.chain.fqdn", "Closest Trust Point")
        .about("The nearest zone whose keys the asker has already. RFC 7901, 4.1.");
    NSID = FieldDef::text("wirepeel.dns.opt.nsid", "Name Server Identifier")
        .about("Which of several servers behind one address answered. RFC 5001, 2.3.");
    INFO_CODE = FieldDef::uint("dns.opt.ext_error.info_code", "Info Code", 16)
        .values(&[
            (0, "Other Error"),
            (1, "Unsupported DNSKEY Algorithm"),
            (2, "Unsupported DS Digest Type"),
            (3, "Stale Answer"),
            (4, "Forged Answer"),
            (5, "DNSSEC Indeterminate"),
            (6, "DNSSEC Bogus"),
            (7, "Signature Expired"),
            (8, "Signature Not Yet Valid"),
            (9, "DNSKEY Missing"),
            (10, "RRSIGs Missing"),
            (11, "No Zone Key Bit Set"),
            (12, "NSEC Missing"),
            (13, "Cached Error"),
            (14, "Not Ready"),
            (15, "Blocked"),
            (16, "Censored"),
            (17, "Filtered"),
            (18, "Prohibited"),
            (19, "Stale NXDomain Answer"),
            (20, "Not Authoritative"),
            (21, "Not Supported"),
            (22, "No Reachable Authority"),
            (23, "Network Error"),
            (24, "Invalid Data"),
            (25, "Signature Expired before Valid"),
            (26, "Too Early"),
            (27, "Unsupported NSEC3 Iterations Value"),
            (28, "Unable to conform to policy"),
            (29, "Synthesized"),
        ])
        .about("Why the answer is as it is. RFC 8914, 4.");
    EXTRA_TEXT = FieldDef::text("dns.opt.ext_error.extra_text", "Extra Text")
        .about("The reason in words. RFC 8914, 2.");
    PARAM = FieldDef::group("dns.svcb.svcparam", "SvcParam")
        .about("Something to know before connecting to the service. RFC 9460, 2.2.");
    KEY = FieldDef::uint("dns.svcb.svcparam.key", "SvcParamKey", 16)
        .values(&[
            (0, "mandatory"),
            (1, "alpn"),
            (2, "no-default-alpn"),
            (3, "port"),
            (4, "ipv4hint"),
            (5, "ech"),
            (6, "ipv6hint"),
            (7, "dohpath"),
        ])
        .about("Which parameter this is. RFC 9460, 14.3.2.");
    VALUE_LEN = FieldDef::uint("dns.svcb.svcparam.value.length", "SvcParamValue length", 16)
        .about("Bytes of the value. RFC 9460, 2.2.");
    VALUE = FieldDef::bytes("dns.svcb.svcparam.value", "SvcParamValue")
        .about("The value of a parameter that is not taken apart. RFC 9460, 2.2.");
    MANDATORY = FieldDef::uint("dns.svcb.svcparam.mandatory.key", "Mandatory key", 16)
        .about("A parameter that must be understood. RFC 9460, 8.");
    ALPN_LEN = FieldDef::uint("dns.svcb.svcparam.alpn.length", "ALPN length", 8)
        .about("Bytes of the protocol's name. RFC 9460, 7.1.1.");
    ALPN = FieldDef::text("dns.svcb.svcparam.alpn", "ALPN")
        .about("A protocol that the service speaks, such as h2. RFC 9460, 7.1; RFC 7301.");
    PORT = FieldDef::uint("dns.svcb.svcparam.port", "Port", 16)
        .about("Port that the service listens on. RFC 9460, 7.2.");
    HINT4 = FieldDef::ipv4("dns.svcb.svcparam.ipv4hint.ip", "IP")
        .about("An address to try before the answer for it is there. RFC 9460, 7.3.");
    HINT6 = FieldDef::ipv6("dns.svcb.svcparam.ipv6hint.ip", "IP")
        .about("An address to try before the answer for it is there. RFC 9460, 7.3.");
    ECH = FieldDef::bytes("dns.svcb.svcparam.echconfig", "ECHConfig")
        .about("Keys to encrypt the first TLS message with. RFC 9848, 3.");
}

/// The options of an OPT record.
pub(super) fn options<S: Sink>(walk: &mut Walk<'_, '_, S>, from: usize, end: usize) {
    let mut at = from;
    while at < end {
        let Some((code, len)) = code_and_length(walk, at, end, "EDNS option") else { return };
        if S::DETAIL {
            walk.group(&OPTION, at, 4 + len);
            walk.label(|text| {
                let name = crate::decode::value_name(&CODE, code.into()).unwrap_or("unknown");
                text.push_str(name);
            });
            walk.uint(&CODE, at, 2);
            walk.uint(&LEN, at + 2, 2);
            if len > 0 {
                walk.slice(&DATA, at + 4, len);
            }
            option(walk, code, at + 4, len);
            walk.end_group();
        }
        at += 4 + len;
    }
}

/// Code and length of the entry at `at`; tells what does not fit.
fn code_and_length<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    at: usize,
    end: usize,
    what: &str,
) -> Option<(u16, usize)> {
    let left = end - at;
    let (code, len) = match (walk.u16(at), walk.u16(at + 2)) {
        (Some(code), Some(len)) if left >= 4 => (code, usize::from(len)),
        _ => {
            walk.problem(Problem::Malformed, at, left, |text| {
                let _ = write!(text, "{what} needs 4 bytes for code and length, the record has {left} left");
            });
            return None;
        }
    };
    if len > left - 4 {
        walk.problem(Problem::Malformed, at, left, |text| {
            let _ = write!(
                text,
                "{what} {code} claims {len}, the record has {} left",
                left - 4,
                len = Bytes(len)
            );
        });
        return None;
    }
    Some((code, len))
}

fn option<S: Sink>(walk: &mut Walk<'_, '_, S>, code: u16, at: usize, len: usize) {
    match code {
        3 => walk.slice(&NSID, at, len),
        5..=7 => {
            let def = [&DAU, &DHU, &N3U].get(usize::from(code) - 5).copied().unwrap_or(&DAU);
            for byte in at..at + len {
                walk.uint(def, byte, 1);
            }
        }
        8 if len >= 4 => {
            walk.uint(&FAMILY, at, 2);
            walk.uint(&NETMASK, at + 2, 1);
            walk.uint(&SCOPE, at + 3, 1);
            // As many bytes as the mask needs: zeros make the address whole.
            let mut address = [0; 16];
            let told = walk.bytes().get(at + 4..at + len).unwrap_or_default();
            for (to, from) in address.iter_mut().zip(told) {
                *to = *from;
            }
            match (walk.u16(at), told.len()) {
                (Some(1), ..=4) => {
                    let four = address.first_chunk::<4>().copied().unwrap_or_default();
                    walk.field(&ADDR4, at + 4, len - 4, Value::Bytes(&four));
                }
                (Some(2), ..=16) => walk.field(&ADDR6, at + 4, len - 4, Value::Bytes(&address)),
                _ => walk.slice(&ADDR, at + 4, len - 4),
            }
        }
        10 => {
            walk.slice(&COOKIE_CLIENT, at, len.min(8));
            if len > 8 {
                walk.slice(&COOKIE_SERVER, at + 8, len - 8);
            }
        }
        11 if len == 2 => walk.uint(&KEEPALIVE, at, 2),
        12 if len > 0 => walk.slice(&PADDING, at, len),
        13 => walk.tell_name(&CHAIN, at, at + len),
        15 if len >= 2 => {
            walk.uint(&INFO_CODE, at, 2);
            if len > 2 {
                walk.slice(&EXTRA_TEXT, at + 2, len - 2);
            }
        }
        _ => {}
    }
}

/// The parameters of a service binding.
pub(super) fn params<S: Sink>(walk: &mut Walk<'_, '_, S>, from: usize, end: usize) {
    let (mut at, mut last) = (from, None);
    while at < end {
        let Some((key, len)) = code_and_length(walk, at, end, "service parameter") else { return };
        if last.is_some_and(|last| key <= last) {
            walk.problem(Problem::Malformed, at, 2, |text| {
                let _ = write!(text, "service parameter {key} does not come in ascending order");
            });
        }
        last = Some(key);
        if !param_fits(walk.bytes().get(at + 4..at + 4 + len).unwrap_or_default(), key) {
            walk.problem(Problem::Malformed, at, 4 + len, |text| {
                let name = crate::decode::value_name(&KEY, key.into()).unwrap_or("unknown");
                let _ = write!(
                    text,
                    "a value of {len} does not fit service parameter {key} ({name})",
                    len = Bytes(len)
                );
            });
        }
        if S::DETAIL {
            walk.group(&PARAM, at, 4 + len);
            walk.label(|text| match crate::decode::value_name(&KEY, key.into()) {
                Some(name) => text.push_str(name),
                None => {
                    let _ = write!(text, "key{key}");
                }
            });
            walk.uint(&KEY, at, 2);
            walk.uint(&VALUE_LEN, at + 2, 2);
            param(walk, key, at + 4, len);
            walk.end_group();
        }
        at += 4 + len;
    }
}

/// What an extended error means.
pub(super) fn error_name(code: u16) -> Option<&'static str> {
    crate::decode::value_name(&INFO_CODE, code.into())
}

/// What a service's key is called.
pub(super) fn service_key(key: u16) -> Option<&'static str> {
    crate::decode::value_name(&KEY, key.into())
}

/// Whether a value has the form of its key.
fn param_fits(value: &[u8], key: u16) -> bool {
    match key {
        0 => !value.is_empty() && value.len().is_multiple_of(2),
        1 => {
            let mut left = value;
            while let Some((len, rest)) = left.split_first() {
                match rest.get(usize::from(*len)..) {
                    Some(rest) if *len > 0 => left = rest,
                    _ => return false,
                }
            }
            !value.is_empty()
        }
        2 => value.is_empty(),
        3 => value.len() == 2,
        4 => !value.is_empty() && value.len().is_multiple_of(4),
        6 => !value.is_empty() && value.len().is_multiple_of(16),
        _ => true,
    }
}

fn param<S: Sink>(walk: &mut Walk<'_, '_, S>, key: u16, at: usize, len: usize) {
    let each = |size: usize| (0..len / size).map(move |n| at + n * size);
    match key {
        0 => each(2).for_each(|at| walk.uint(&MANDATORY, at, 2)),
        1 => {
            let mut here = at;
            while let Some(size) = walk.u8(here).map(usize::from).filter(|_| here < at + len) {
                let size = size.min(at + len - here - 1);
                walk.uint(&ALPN_LEN, here, 1);
                printable_value(walk, &ALPN, here + 1, size);
                here += 1 + size;
            }
        }
        3 if len == 2 => walk.uint(&PORT, at, 2),
        4 => each(4).for_each(|at| walk.slice(&HINT4, at, 4)),
        5 => walk.slice(&ECH, at, len),
        6 => each(16).for_each(|at| walk.slice(&HINT6, at, 16)),
        _ if len > 0 => walk.slice(&VALUE, at, len),
        _ => {}
    }
}
