//! The options behind the header: type, length, value, one after the other
//! (RFC 2132).

use super::fields::*;
use super::plain::{OVERLOAD, PLAIN, Shape};
use crate::decode::{FieldDef, Packet, Problem, Sink, Stop, Value};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// What the options say that matters beyond them.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// Option 52: which header fields hold further options.
    pub overload: u8,
    /// The end option was there.
    pub ended: bool,
}

/// Where a list of options breaks off.
pub(super) struct Cut {
    /// Position of what is missing.
    pub at: usize,
    /// Bytes that are needed there.
    pub needed: usize,
    /// What needs them.
    pub what: &'static str,
}

/// The value of the first option of a type; for Info, before the fields.
pub(super) fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<&[u8]> {
    let mut rest = bytes.get(from..)?;
    loop {
        match rest {
            [255, ..] | [] => return None,
            [0, tail @ ..] => rest = tail,
            [code, len, tail @ ..] => {
                let len = usize::from(*len);
                if *code == wanted {
                    return tail.get(..len);
                }
                rest = tail.get(len..)?;
            }
            [_] => return None,
        }
    }
}

/// Tells all options of an area that ends at `end`.
pub(super) fn walk<S: Sink>(
    packet: &mut Packet<'_, S>,
    from: usize,
    end: usize,
) -> Result<Told, (Told, Cut)> {
    let (mut at, mut told) = (from, Told::default());
    while at < end {
        let rest = packet.bytes().get(at..end).unwrap_or_default();
        match *rest {
            [0, ..] => {
                let run = rest.iter().take_while(|byte| **byte == 0).count();
                packet.slice(&PADDING, at, run);
                at += run;
            }
            [255, ref tail @ ..] => {
                packet.field(&TYPE, at, 1, Value::Uint(255));
                packet.open();
                packet.uint(&END, at, 1);
                packet.end_group();
                if !tail.is_empty() {
                    packet.slice(&PADDING, at + 1, tail.len());
                }
                told.ended = true;
                return Ok(told);
            }
            [code, len, ref tail @ ..] => {
                let len = usize::from(len);
                packet.field(&TYPE, at, (2 + len).min(rest.len()), Value::Uint(code.into()));
                packet.open();
                packet.uint(&LENGTH, at + 1, 1);
                if tail.len() < len {
                    packet.slice(&VALUE, at + 2, tail.len());
                    packet.end_group();
                    return Err((told, Cut { at: at + 2, needed: len, what: "option value" }));
                }
                if let (52, [which @ 1..=3, ..]) = (code, tail) {
                    told.overload = *which;
                }
                option(packet, code, at + 2, len);
                packet.end_group();
                at += 2 + len;
            }
            _ => {
                packet.slice(&VALUE, at, rest.len());
                return Err((told, Cut { at: at + 1, needed: 1, what: "option length" }));
            }
        }
    }
    Ok(told)
}

fn option<S: Sink>(packet: &mut Packet<'_, S>, code: u8, at: usize, len: usize) {
    if let Some((_, shape, def)) =
        PLAIN.binary_search_by_key(&code, |row| row.0).ok().and_then(|row| PLAIN.get(row))
    {
        return plain(packet, code, *shape, def, at, len);
    }
    let value = packet.bytes().get(at..at + len).unwrap_or_default();
    match code {
        21 => pairs(packet, code, [&POLICY_IP, &POLICY_MASK], at, len),
        33 => pairs(packet, code, [&ROUTE_IP, &ROUTE_ROUTER], at, len),
        55 => each(packet, &REQUEST_ITEM, at, len, 1),
        61 => client_id(packet, at, len),
        77 => user_class(packet, at, len),
        81 => fqdn(packet, at, len),
        82 => relay(packet, at, len),
        94 if len == 3 => {
            packet.uint(&NETWORK_MAJOR, at + 1, 1);
            packet.uint(&NETWORK_MINOR, at + 2, 1);
        }
        97 if len == 17 => packet.slice(&UUID, at + 1, 16),
        119 => names(packet, &SEARCH, at, len),
        120 => {
            if len > 0 {
                packet.uint(&SIP_ENCODING, at, 1);
            }
            match value.first() {
                Some(0) => names(packet, &SIP_NAME, at + 1, len - 1),
                Some(1) => each(packet, &SIP_ADDRESS, at + 1, len - 1, 4),
                _ => {}
            }
        }
        121 | 249 => routes(packet, at, len),
        _ if len > 0 => packet.slice(&VALUE, at, len),
        _ => {}
    }
}

/// An option whose length does not fit its value.
#[cold]
fn odd<S: Sink>(packet: &mut Packet<'_, S>, code: u8, at: usize, len: usize, needed: &str) {
    if len > 0 {
        packet.slice(&VALUE, at, len);
    }
    packet.problem(Problem::Malformed, at, len, |text| {
        let unit = if needed == "1" { "byte" } else { "bytes" };
        let _ = write!(text, "DHCP option {code} needs {needed} {unit}, has {len}");
    });
}

fn plain<S: Sink>(
    packet: &mut Packet<'_, S>,
    code: u8,
    shape: Shape,
    def: &'static FieldDef,
    at: usize,
    len: usize,
) {
    let Some(size) = shape.size() else {
        // Some clients send the zero that ends a C string.
        let value = packet.bytes().get(at..at + len).unwrap_or_default();
        let text = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        return packet.slice(def, at, text);
    };
    let fits = if shape.is_list() { len >= size && len.is_multiple_of(size) } else { len == size };
    if !fits {
        let needed = match (shape.is_list(), size) {
            (true, 4) => "a multiple of 4",
            (true, _) => "a multiple of 2",
            (false, 1) => "1",
            (false, 2) => "2",
            (false, _) => "4",
        };
        return odd(packet, code, at, len, needed);
    }
    match shape {
        Shape::Ip | Shape::Ips | Shape::U16s => each(packet, def, at, len, size),
        Shape::I32 => {
            let seconds = packet.read(at, 4).unwrap_or(0) as u32 as i32;
            packet.field(def, at, 4, Value::Int(seconds.into()));
        }
        _ => packet.uint(def, at, size),
    }
    if shape == Shape::Secs {
        let seconds = packet.read(at, 4).unwrap_or(0);
        packet.label(|text| {
            let _ = match seconds {
                0xffff_ffff => write!(text, "infinity ({seconds})"),
                _ => write!(text, "{seconds} s"),
            };
        });
    }
    if def.name == OVERLOAD.name && !matches!(packet.read(at, 1), Some(1..=3)) {
        packet.problem(Problem::Malformed, at, 1, |text| {
            text.push_str("DHCP option overload is not 1, 2 or 3")
        });
    }
}

/// Values of `size` bytes, one after the other: addresses, else numbers.
fn each<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, at: usize, len: usize, size: usize) {
    if S::DETAIL {
        for at in (at..at + len).step_by(size) {
            if def.bits().is_some() { packet.uint(def, at, size) } else { packet.slice(def, at, size) }
        }
    }
}

fn pairs<S: Sink>(packet: &mut Packet<'_, S>, code: u8, defs: [&'static FieldDef; 2], at: usize, len: usize) {
    if len == 0 || !len.is_multiple_of(8) {
        return odd(packet, code, at, len, "a multiple of 8");
    }
    if S::DETAIL {
        for at in (at..at + len).step_by(8) {
            packet.slice(defs[0], at, 4);
            packet.slice(defs[1], at + 4, 4);
        }
    }
}

fn client_id<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if len < 2 {
        return odd(packet, 61, at, len, "at least 2");
    }
    match packet.read(at, 1) {
        Some(255) if len >= 7 => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&IAID, at + 1, 4);
            packet.uint(&DUID_TYPE, at + 5, 2);
            packet.slice(&CLIENT_ID, at + 7, len - 7);
        }
        Some(0) => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&CLIENT_ID_UNDEF, at + 1, len - 1);
        }
        Some(_) if len == 7 => {
            packet.uint(&HW_TYPE, at, 1);
            packet.slice(&CLIENT_MAC, at + 1, 6);
        }
        _ => {
            packet.uint(&CLIENT_ID_TYPE, at, 1);
            packet.slice(&CLIENT_ID, at + 1, len - 1);
        }
    }
}

fn user_class<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if !S::DETAIL {
        return;
    }
    let (mut at, end) = (at, at + len);
    while at < end {
        let size = packet.read(at, 1).unwrap_or(0) as usize;
        // Many clients send one text without its length (RFC 3004 forbids it).
        if size == 0 || at + 1 + size > end {
            return packet.slice(&USER_DATA, at, end - at);
        }
        packet.uint(&USER_LENGTH, at, 1);
        packet.slice(&USER_DATA, at + 1, size);
        at += 1 + size;
    }
}

fn fqdn<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    if len < 3 {
        return odd(packet, 81, at, len, "at least 3");
    }
    packet.uint_group(&FQDN_FLAGS, at, 1);
    for flag in [&FQDN_MBZ, &FQDN_N, &FQDN_E, &FQDN_O, &FQDN_S] {
        packet.uint(flag, at, 1);
    }
    packet.end_group();
    packet.uint(&FQDN_RCODE1, at + 1, 1);
    packet.uint(&FQDN_RCODE2, at + 2, 1);
    let binary = packet.read(at, 1).is_some_and(|flags| flags & 0x04 != 0);
    if binary {
        names(packet, &FQDN_NAME, at + 3, len - 3);
    } else {
        packet.slice(&FQDN_NAME, at + 3, len - 3);
    }
}

fn relay<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    let (mut at, end) = (at, at + len);
    while at < end {
        let (Some(code), Some(size)) = (packet.read(at, 1), packet.read(at + 1, 1).filter(|_| at + 2 <= end))
        else {
            return odd(packet, 82, at, end - at, "at least 2");
        };
        let size = size as usize;
        if at + 2 + size > end {
            return odd(packet, 82, at, end - at, "more");
        }
        packet.field(&RELAY_TYPE, at, 2 + size, Value::Uint(code));
        packet.open();
        packet.uint(&RELAY_LENGTH, at + 1, 1);
        let def = match (code, size) {
            (1, _) => &CIRCUIT,
            (2, _) => &REMOTE,
            (5 | 150, 4) => &LINK_SELECTION,
            (6, _) => &SUBSCRIBER,
            (11 | 152, 4) => &OVERRIDE,
            _ => &RELAY_VALUE,
        };
        packet.slice(def, at + 2, size);
        packet.end_group();
        at += 2 + size;
    }
}

fn routes<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    let (mut at, end) = (at, at + len);
    while at < end {
        let width = packet.read(at, 1).unwrap_or(0);
        let octets = width.div_ceil(8) as usize;
        if width > 32 || at + 1 + octets + 4 > end {
            packet.slice(&VALUE, at, end - at);
            return packet.problem(Problem::Malformed, at, end - at, |text| {
                let _ = if width > 32 {
                    write!(text, "DHCP route has a mask width of {width}")
                } else {
                    write!(text, "DHCP route is cut short")
                };
            });
        }
        let subnet = packet.read(at + 1, octets).unwrap_or(0) as u32;
        let router = packet.read(at + 1 + octets, 4).unwrap_or(0) as u32;
        packet.slice(&CLASSLESS, at, 1 + octets + 4);
        packet.label(|text| {
            let shift = 32 - 8 * octets as u32;
            let subnet = Ipv4Addr::from(subnet.checked_shl(shift).unwrap_or(0));
            let _ = write!(text, "{subnet}/{width}-{}", Ipv4Addr::from(router));
        });
        at += 1 + octets + 4;
    }
}

/// Names as DNS writes them, with pointers into the same option (RFC 3397).
fn names<S: Sink>(packet: &mut Packet<'_, S>, def: &'static FieldDef, from: usize, len: usize) {
    if !S::DETAIL {
        return;
    }
    let value = packet.bytes().get(from..from + len).unwrap_or_default();
    let (mut at, mut name) = (0, Vec::new());
    while at < len {
        name.clear();
        let (start, mut here, mut after) = (at, at, None);
        // Each pointer and label is a step: loops of pointers end here.
        for _ in 0..128 {
            // RFC 1035, 2.3.4.
            if name.len() > 255 {
                break;
            }
            match value.get(here).copied() {
                Some(0) | None => {
                    here += 1;
                    break;
                }
                Some(high @ 0xc0..) => {
                    let low = value.get(here + 1).copied().unwrap_or(0);
                    after = after.or(Some(here + 2));
                    here = usize::from(high & 0x3f) << 8 | usize::from(low);
                }
                Some(size) => {
                    let label = value.get(here + 1..(here + 1 + usize::from(size)).min(len));
                    if !name.is_empty() {
                        name.push(b'.');
                    }
                    name.extend_from_slice(label.unwrap_or_default());
                    here += 1 + usize::from(size);
                }
            }
        }
        at = after.unwrap_or(here).clamp(start + 1, len);
        packet.field(def, from + start, at - start, Value::Bytes(&name));
    }
}

/// Ends the layer where the options break off: cut by the capture, or wrong.
pub(super) fn stop<S: Sink>(packet: &mut Packet<'_, S>, cut: &Cut) -> Stop {
    let forward = cut.at.saturating_sub(packet.at());
    match packet.skip(forward, cut.what) {
        Ok(_) => packet.short(cut.needed, cut.what),
        Err(stop) => stop,
    }
}
