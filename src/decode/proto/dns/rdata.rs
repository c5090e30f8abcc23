//! Record data: told part by part as the layout of its type says.

use super::fields as f;
use super::layout::{self, Part};
use super::options;
use super::rare;
use super::types::mnemonic;
use super::walk::{Walk, printable_value};
use crate::decode::{Bytes, FieldDef, Problem, Sink, Value};
use std::fmt::Write as _;

/// Tells the parts of record data as the layout of its type says.
pub(super) fn record_data<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: u16, from: usize, end: usize) {
    let mut at = from;
    for part in layout::parts(kind) {
        let left = end - at;
        let needed = match part {
            Part::Uint(_, len) | Part::Flags(_, len, _) | Part::Address(_, len) => *len,
            Part::Time(_) => 4,
            Part::TimeLong(_) => 6,
            Part::Sized(..) => 2 + walk.u16(at).filter(|_| left >= 2).map_or(0, usize::from),
            Part::Counted(..) | Part::Base32(..) => {
                1 + walk.u8(at).filter(|_| left >= 1).map_or(0, usize::from)
            }
            _ => 0,
        };
        if needed > left {
            walk.problem(Problem::Malformed, at, left, |text| {
                let name = mnemonic(kind).unwrap_or("record");
                let _ = write!(
                    text,
                    "{name} data needs {needed} here, the record has {left} left",
                    needed = Bytes(needed)
                );
            });
            return;
        }
        match part {
            Part::Uint(def, len) => walk.uint(def, at, *len),
            Part::Flags(def, len, flags) => {
                if S::DETAIL {
                    walk.uint(def, at, *len);
                    walk.packet.open();
                    flags.iter().for_each(|flag| walk.uint(flag, at, *len));
                    walk.end_group();
                }
            }
            Part::Address(def, len) => walk.slice(def, at, *len),
            Part::Time(def) => {
                let seconds = walk.u32(at).unwrap_or(0);
                walk.field(def, at, 4, Value::Int(i64::from(seconds) * 1_000_000_000));
            }
            Part::TimeLong(def) => {
                let seconds = walk.bytes.get(at..at + 6).map_or(0, |bytes| {
                    bytes.iter().fold(0i64, |seconds, byte| seconds << 8 | i64::from(*byte))
                });
                walk.field(def, at, 6, Value::Int(seconds.saturating_mul(1_000_000_000)));
            }
            Part::Sized(len, def) => {
                walk.uint(len, at, 2);
                if needed > 2 {
                    walk.slice(def, at + 2, needed - 2);
                }
            }
            Part::Counted(len, def) => {
                walk.uint(len, at, 1);
                walk.slice(def, at + 1, needed - 1);
            }
            Part::Base32(len, def) => {
                walk.uint(len, at, 1);
                if S::DETAIL {
                    let text = base32(walk.bytes.get(at + 1..at + needed).unwrap_or_default());
                    walk.field(def, at + 1, needed - 1, Value::Bytes(text.as_bytes()));
                }
            }
            Part::Name(def) => match walk.name(def, at, end) {
                Some(after) => {
                    at = after;
                    continue;
                }
                None => return,
            },
            Part::Strings(len, def) => {
                strings(walk, len, def, at, end);
                return;
            }
            Part::Rest(def) => {
                if left > 0 {
                    walk.slice(def, at, left);
                }
                if kind == 48 && S::DETAIL {
                    let tag = key_tag(walk.bytes.get(from..end).unwrap_or_default());
                    walk.packet.generated(&layout::DNSKEY_KEY_ID, Value::Uint(tag.into()));
                }
                return;
            }
            Part::Bitmap => return bitmap(walk, at, end),
            Part::Prefixes => return prefixes(walk, at, end),
            Part::Params => return options::params(walk, at, end),
            Part::Options => return options::options(walk, at, end),
            Part::Authorisation => return authorisation(walk, at, end),
        }
        at += needed;
    }
    if at < end {
        let left = end - at;
        walk.slice(&layout::DATA, at, left);
        walk.problem(Problem::Malformed, at, left, |text| {
            let name = mnemonic(kind).unwrap_or("record");
            let _ =
                write!(text, "{left} behind the {name} data within the record's length", left = Bytes(left));
        });
    }
}

fn strings<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    len_def: &'static FieldDef,
    def: &'static FieldDef,
    from: usize,
    end: usize,
) {
    let mut at = from;
    while at < end {
        let len = walk.u8(at).map_or(0, usize::from);
        let held = len.min(end - at - 1);
        walk.uint(len_def, at, 1);
        printable_value(walk, def, at + 1, held);
        if held < len {
            walk.problem(Problem::Malformed, at, end - at, |text| {
                let _ = write!(text, "a string claims {len}, the record has {held} left", len = Bytes(len));
            });
        }
        at += 1 + held;
    }
}

fn bitmap<S: Sink>(walk: &mut Walk<'_, '_, S>, from: usize, end: usize) {
    let mut at = from;
    while at < end {
        let (window, len) = (walk.u8(at).unwrap_or(0), walk.u8(at + 1).map_or(0, usize::from));
        if end - at < 2 || len == 0 || len > 32 || len > end - at - 2 {
            walk.problem(Problem::Malformed, at, end - at, |text| {
                let _ = write!(text, "a window of {len} does not fit the type bit maps", len = Bytes(len));
            });
            return;
        }
        walk.uint(&layout::BITMAP_WINDOW, at, 1);
        walk.uint(&layout::BITMAP_LEN, at + 1, 1);
        if S::DETAIL {
            walk.slice(&layout::BITMAP_BYTES, at + 2, len);
            walk.packet.open();
            for byte in 0..len {
                let bits = walk.u8(at + 2 + byte).unwrap_or(0);
                for bit in (0..8u16).filter(|bit| bits & 0x80 >> bit != 0) {
                    let kind = u16::from(window) << 8 | (byte as u16 * 8 + bit);
                    walk.field(&layout::BITMAP, at + 2 + byte, 1, Value::Uint(kind.into()));
                }
            }
            walk.end_group();
        }
        at += 2 + len;
    }
}

fn prefixes<S: Sink>(walk: &mut Walk<'_, '_, S>, from: usize, end: usize) {
    let mut at = from;
    while at < end {
        let family = walk.u16(at).unwrap_or(0);
        let len = usize::from(walk.u8(at + 3).unwrap_or(0) & 0x7f);
        if end - at < 4 || len > end - at - 4 {
            walk.problem(Problem::Malformed, at, end - at, |text| {
                let _ = write!(text, "an address of {} does not fit the address list", Bytes(len));
            });
            return;
        }
        walk.uint(&rare::APL_FAMILY, at, 2);
        walk.uint(&rare::APL_PREFIX, at + 2, 1);
        walk.uint(&rare::APL_NEGATION, at + 3, 1);
        walk.uint(&rare::APL_LEN, at + 3, 1);
        if S::DETAIL && len > 0 {
            // Zeros at the end are not sent.
            let (def, full) = match family {
                1 if len <= 4 => (&rare::APL_V4, 4),
                2 if len <= 16 => (&rare::APL_V6, 16),
                _ => (&rare::APL_DATA, len),
            };
            let mut address = [0; 127];
            let sent = walk.bytes.get(at + 4..at + 4 + len).unwrap_or_default();
            address.iter_mut().zip(sent).for_each(|(to, byte)| *to = *byte);
            walk.field(def, at + 4, len, Value::Bytes(address.get(..full).unwrap_or_default()));
        }
        at += 4 + len;
    }
}

fn authorisation<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize, end: usize) {
    let len = walk.u8(at).map_or(0, usize::from);
    if at >= end || len > end - at - 1 {
        walk.problem(Problem::Malformed, at, end.saturating_sub(at), |text| {
            let _ = write!(text, "a tag of {len} does not fit the CAA record", len = Bytes(len));
        });
        return;
    }
    let tag = walk.bytes.get(at + 1..at + 1 + len).unwrap_or_default();
    let def = match tag {
        b"issue" => &layout::CAA_ISSUE,
        b"issuewild" => &layout::CAA_ISSUEWILD,
        b"iodef" => &layout::CAA_IODEF,
        _ => &layout::CAA_UNKNOWN,
    };
    let value = at + 1 + len;
    if S::DETAIL {
        let text = walk.bytes.get(value..end).unwrap_or_default();
        walk.field(def, at, end - at, Value::Bytes(text));
        walk.packet.open();
    }
    walk.uint(&layout::CAA_TAG_LEN, at, 1);
    walk.slice(&layout::CAA_TAG, at + 1, len);
    walk.slice(&layout::CAA_VALUE, value, end - value);
    walk.end_group();
}

/// The tag of a DNSSEC key (RFC 4034, B).
pub(super) fn key_tag(data: &[u8]) -> u16 {
    if data.get(3) == Some(&1) {
        // RSA/MD5: the key's own bytes, B.1.
        let tail = data.len().checked_sub(3).and_then(|at| data.get(at..at + 2));
        return tail.and_then(|two| two.first_chunk()).map_or(0, |two| u16::from_be_bytes(*two));
    }
    let sum = data.iter().enumerate().fold(0u32, |sum, (at, byte)| {
        sum.wrapping_add(if at & 1 == 0 { u32::from(*byte) << 8 } else { u32::from(*byte) })
    });
    (sum.wrapping_add(sum >> 16 & 0xffff) & 0xffff) as u16
}

/// Base 32 with the hex alphabet, without padding (RFC 4648, 7).
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut word, mut bits) = (0u32, 0);
    let mut push = |five: u32| out.push(char::from_digit(five & 0x1f, 32).unwrap_or('?'));
    for byte in bytes {
        word = word << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(word >> bits);
        }
        word &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(word << (5 - bits));
    }
    out
}

/// What OPT makes of class and lifetime (RFC 6891, 6.1.3).
pub(super) fn edns<S: Sink>(walk: &mut Walk<'_, '_, S>, after: usize) {
    if walk.mdns {
        walk.uint(&f::PAYLOAD_SIZE_MDNS, after + 2, 2);
        walk.uint(&f::CACHE_FLUSH, after + 2, 2);
    } else {
        walk.uint(&f::PAYLOAD_SIZE, after + 2, 2);
    }
    walk.uint(&f::EXT_RCODE, after + 4, 1);
    let byte = |at: usize| u64::from(walk.bytes().get(at).copied().unwrap_or(0));
    let (high, flags) = (byte(after + 4), byte(2) << 8 | byte(3));
    if high != 0 && flags & 0x8000 != 0 {
        walk.packet.open();
        walk.packet.generated(&f::FULL_RCODE, Value::Uint(high << 4 | flags & 0xf));
        walk.end_group();
    }
    walk.uint(&f::EDNS_VERSION, after + 5, 1);
    walk.uint(&f::EDNS_Z, after + 6, 2);
    walk.packet.open();
    walk.uint(&f::EDNS_DO, after + 6, 2);
    walk.uint(&f::EDNS_RESERVED, after + 6, 2);
    walk.end_group();
}

/// Service and protocol are the first two labels of the name (RFC 2782), behind that
/// of an instance in DNS-SD (RFC 6763, 4.1); they take the place of the name, as in
/// Wireshark.
pub(super) fn service<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize, len: usize, owner: &str) -> bool {
    let is_service = |(at, _): &(usize, &str)| {
        let begins = *at == 0 || owner.get(..*at).is_some_and(|before| before.ends_with('.'));
        let next = owner.get(*at..).and_then(|rest| rest.split_once('.'));
        begins && next.is_some_and(|(_, next)| next.starts_with('_'))
    };
    let Some((begin, _)) = owner.match_indices('_').find(is_service) else { return false };
    let mut parts = owner.get(begin..).unwrap_or_default().splitn(3, '.');
    let (Some(service), Some(proto), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if let Some(instance) = owner.get(..begin.saturating_sub(1)).filter(|text| !text.is_empty()) {
        walk.field(&layout::SRV_INSTANCE, at, len, Value::Bytes(instance.as_bytes()));
    }
    for (def, text) in
        [(&layout::SRV_SERVICE, service), (&layout::SRV_PROTO, proto), (&layout::SRV_NAME, rest)]
    {
        walk.field(def, at, len, Value::Bytes(text.as_bytes()));
    }
    true
}
