//! Management frames: beacons, joining and leaving a network (IEEE 802.11, 9.3.3).

use super::fields::*;
use super::{Head, PROTECTED_FRAME, duration};
use crate::base::Escaped;
use crate::decode::{Claim, Endpoint, FieldDef, Outcome, Packet, Sink, value_name};
use std::fmt::Write as _;

/// The rest of a management frame.
pub(super) fn frame<S: Sink>(packet: &mut Packet<'_, S>, head: &mut Head) -> Outcome {
    duration(packet, head, &DURATION)?;
    let receiver = head.address(packet, &[&RA, &DA])?;
    let sender = head.address(packet, &[&TA, &SA])?;
    head.address(packet, &[&BSSID])?;
    packet.endpoints(Endpoint::Mac(sender), Endpoint::Mac(receiver));
    head.sequence(packet)?;
    head.ht_control(packet)?;
    if head.flags & PROTECTED_FRAME != 0 {
        return super::protected(packet, head);
    }
    let parts: &[Part] = match head.subtype {
        0 => &[CAPABILITY, (&LISTEN, 2)],
        1 | 3 => &[CAPABILITY, (&STATUS, 2), (&FIXED_AID, 2)],
        2 => &[CAPABILITY, (&LISTEN, 2), (&CURRENT_AP, 6)],
        4 => &[],
        5 | 8 => &[(&TIMESTAMP, 8), (&BEACON, 2), CAPABILITY],
        10 | 12 => &[(&REASON, 2)],
        11 => &[(&AUTH_ALG, 2), (&AUTH_SEQ, 2), (&STATUS, 2)],
        13 | 14 => {
            let at = head.take(packet, 1, "category code")?;
            packet.uint(&CATEGORY, at, 1);
            let category = packet.read(at, 1).unwrap_or(0);
            packet.info(|text| {
                head.write(text);
                if let Some(name) = value_name(&CATEGORY, category) {
                    let _ = write!(text, ", {name}");
                }
            });
            // A vendor's own actions have no code of the standard.
            if category < 126 {
                let at = head.take(packet, 1, "action code")?;
                packet.uint(&ACTION, at, 1);
            }
            head.rest(packet, Claim::Data);
            return Ok(());
        }
        _ => {
            head.rest(packet, Claim::Data);
            return Ok(());
        }
    };
    fixed(packet, head, parts)?;
    elements(packet, head)
}

/// A fixed parameter and its length.
type Part = (&'static FieldDef, usize);

const CAPABILITY: Part = (&CAPABILITIES, 2);

fn fixed<S: Sink>(packet: &mut Packet<'_, S>, head: &Head, parts: &[Part]) -> Outcome {
    let size = parts.iter().map(|part| part.1).sum();
    if size == 0 {
        return Ok(());
    }
    let mut at = head.take(packet, size, "fixed parameters")?;
    packet.group(&FIXED, at, size);
    let mut outcome = None;
    let mut interval = None;
    for (def, len) in parts {
        let value = packet.read_le(at, *len).unwrap_or(0);
        if std::ptr::eq(*def, &CAPABILITIES) {
            packet.parts_le(def, CAPABILITY_BITS.iter().copied(), at, 2);
        } else if *len == 6 {
            packet.slice(def, at, 6);
        } else {
            packet.uint_le(def, at, *len);
        }
        if std::ptr::eq(*def, &BEACON) {
            interval = Some(value);
            packet.label(|text| {
                let _ = write!(text, "{:.6} s", value as f64 * 1024e-6);
            });
        }
        if (std::ptr::eq(*def, &STATUS) && value != 0) || std::ptr::eq(*def, &REASON) {
            outcome = Some((*def, value));
        }
        at += len;
    }
    packet.end_group();
    packet.info(|text| {
        head.write(text);
        if let Some(interval) = interval {
            let _ = write!(text, ", BI={interval}");
        }
        if let Some((def, code)) = outcome {
            let _ = match value_name(def, code) {
                Some(name) => write!(text, ", {name}"),
                None => write!(text, ", {} {code}", def.label.to_ascii_lowercase()),
            };
        }
    });
    Ok(())
}

/// Elements up to the frame's end, each with kind and length.
fn elements<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    let from = packet.at();
    if from >= head.end {
        return Ok(());
    }
    packet.group(&TAGGED, from, head.end - from);
    let mut named = false;
    while packet.at() < head.end {
        let at = head.take(packet, 2, "element")?;
        let (number, len) = (packet.read(at, 1).unwrap_or(0), packet.read(at + 1, 1).unwrap_or(0) as usize);
        let known = head.take(packet, len, "value of an element");
        if S::DETAIL {
            element(packet, number, at, len, known.is_ok());
        }
        let value = known?;
        if number == 0 && !std::mem::replace(&mut named, true) {
            let name = packet.bytes().get(value..value + len).unwrap_or_default();
            name_network(packet, name);
        }
    }
    packet.end_group();
    Ok(())
}

/// Adds a network's name to the Info.
fn name_network<S: Sink>(packet: &mut Packet<'_, S>, name: &[u8]) {
    packet.info_more(|text| {
        let _ = match name {
            [] => write!(text, "SSID=Wildcard (Broadcast)"),
            _ => write!(text, "SSID=\"{}\"", Escaped(name)),
        };
    });
}

/// One element: its header at `at`, its value behind it.
fn element<S: Sink>(packet: &mut Packet<'_, S>, number: u64, at: usize, len: usize, whole: bool) {
    packet.group(&TAG, at, 2 + len);
    packet.label(|text| {
        let _ = match value_name(&TAG_NUMBER, number) {
            Some(name) => write!(text, "{name}"),
            None => write!(text, "number {number}"),
        };
    });
    packet.uint(&TAG_NUMBER, at, 1);
    packet.uint(&TAG_LENGTH, at + 1, 1);
    let value = at + 2;
    match number {
        _ if !whole => packet.slice(&TAG_DATA, value, len),
        0 => packet.slice(&SSID, value, len),
        1 | 50 => {
            let def: &'static FieldDef = if number == 1 { &RATES } else { &EXTENDED_RATES };
            for place in value..value + len {
                packet.uint(def, place, 1);
                let rate = packet.read(place, 1).unwrap_or(0);
                packet.label(|text| {
                    let basic = if rate & 0x80 != 0 { " (basic)" } else { "" };
                    let _ = write!(text, "{} Mb/s{basic}", (rate & 0x7f) as f64 / 2.0);
                });
            }
        }
        3 if len >= 1 => packet.uint(&CHANNEL, value, 1),
        5 if len >= 3 => {
            packet.uint(&DTIM_COUNT, value, 1);
            packet.uint(&DTIM_PERIOD, value + 1, 1);
            packet.uint(&TIM_CONTROL, value + 2, 1);
            packet.slice(&TIM_BITMAP, value + 3, len - 3);
        }
        7 if len >= 2 => {
            packet.slice(&COUNTRY, value, 2);
            packet.slice(&TAG_DATA, value + 2, len - 2);
        }
        48 => {
            let end = protection_offered(packet, value, value + len);
            if end < value + len {
                packet.slice(&TAG_DATA, end, value + len - end);
            }
        }
        221 if len >= 4 => {
            packet.uint(&TAG_OUI, value, 3);
            packet.uint(&TAG_VENDOR_TYPE, value + 3, 1);
            packet.slice(&TAG_VENDOR_DATA, value + 4, len - 4);
        }
        _ => packet.slice(&TAG_DATA, value, len),
    }
    packet.end_group();
}

/// The ciphers and ways to agree on keys that a network offers; gives where the
/// part that is understood ends.
fn protection_offered<S: Sink>(packet: &mut Packet<'_, S>, from: usize, end: usize) -> usize {
    let mut at = from;
    // What a short element leaves out has its usual value.
    let _ = suites(packet, &mut at, end);
    at
}

fn suites<S: Sink>(packet: &mut Packet<'_, S>, at: &mut usize, end: usize) -> Option<()> {
    word(packet, &RSN_VERSION, at, end, 2)?;
    word(packet, &RSN_GROUP, at, end, 4)?;
    for (count, suite) in [(&RSN_PAIR_COUNT, &RSN_PAIR), (&RSN_AKM_COUNT, &RSN_AKM)] {
        // An element has room for 63 suites.
        for _ in 0..word(packet, count, at, end, 2)?.min(64) {
            word(packet, suite, at, end, 4)?;
        }
    }
    word(packet, &RSN_CAPABILITIES, at, end, 2)?;
    Some(())
}

fn word<S: Sink>(
    packet: &mut Packet<'_, S>,
    def: &'static FieldDef,
    at: &mut usize,
    end: usize,
    len: usize,
) -> Option<u64> {
    let here = *at;
    let value = packet.read_le(here, len).filter(|_| here + len <= end)?;
    // A suite: three bytes of organisation, one of type.
    if len == 4 {
        packet.uint(def, here + 3, 1)
    } else {
        packet.uint_le(def, here, len)
    }
    *at += len;
    Some(value)
}
