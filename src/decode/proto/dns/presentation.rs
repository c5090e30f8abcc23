//! Record data as a zone file has it, by the layout of its type; what has none in the
//! form of RFC 3597, 5. Long data is cut short.

use super::layout::{self, Part};
use super::name;
use super::options;
use super::rdata::base32;
use super::types;
use super::view::{name_at, type_name};
use crate::base::Escaped;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of one part that are written.
const MAX_BYTES: usize = 48;
/// Types and prefixes that are.
const MAX_ITEMS: usize = 32;

/// The data at `from..end` of a message; `None` where it is not as its type wants it.
pub(super) fn text(message: &[u8], kind: u16, from: usize, end: usize) -> Option<String> {
    let data = message.get(from..end)?;
    match kind {
        29 => return location(data),
        64 | 65 => return service(message, from, end),
        _ => {}
    }
    let is_known = types::mnemonic(kind).is_some() && !matches!(layout::parts(kind), [Part::Rest(_)]);
    if !is_known && !matches!(kind, 49 | 61) {
        return None;
    }
    let (mut at, mut words) = (from, Vec::new());
    for part in layout::parts(kind) {
        let rest = message.get(at..end)?;
        let counted = |before: usize| {
            let len = uint(rest.get(..before)?)? as usize;
            rest.get(before..before + len)
        };
        let (word, len) = match part {
            Part::Uint(_, len) | Part::Flags(_, len, _) => (uint(rest.get(..*len)?)?.to_string(), *len),
            Part::Time(_) => (uint(rest.get(..4)?)?.to_string(), 4),
            Part::TimeLong(_) => (uint(rest.get(..6)?)?.to_string(), 6),
            Part::Address(_, len) => (address(kind, rest.get(..*len)?), *len),
            Part::Name(_) => (name_at(message, at), name::skip(message, at)? - at),
            Part::Sized(..) => counted(2).map(|bytes| (base64(bytes), 2 + bytes.len()))?,
            Part::Counted(..) if matches!(kind, 50 | 51) => counted(1)
                .map(|salt| (if salt.is_empty() { "-".to_owned() } else { hex(salt) }, 1 + salt.len()))?,
            Part::Counted(..) => counted(1).map(|bytes| (quoted(bytes), 1 + bytes.len()))?,
            Part::Base32(..) => {
                counted(1).map(|hash| (base32(hash.get(..MAX_BYTES).unwrap_or(hash)), 1 + hash.len()))?
            }
            Part::Strings(..) => (strings(rest)?, rest.len()),
            Part::Rest(_) => (encoded(kind, rest), rest.len()),
            Part::Bitmap => (bitmap(rest)?, rest.len()),
            Part::Prefixes => (prefixes(rest)?, rest.len()),
            Part::Params | Part::Authorisation | Part::Options => return None,
        };
        words.extend(Some(word).filter(|word| !word.is_empty()));
        at += len;
    }
    (at == end).then(|| words.join(" "))
}

/// The keys of a service and their values (RFC 9460, 2.2), up to one that is not whole.
pub(super) fn parameters(message: &[u8], from: usize, end: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let begin = from.checked_add(2).and_then(|target| name::skip(message, target));
    let mut rest = begin.and_then(|at| message.get(at..end)).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[k0, k1, l0, l1], behind) = rest.split_first_chunk()?;
        let (value, behind) = behind.split_at_checked(u16::from_be_bytes([l0, l1]).into())?;
        rest = behind;
        Some((u16::from_be_bytes([k0, k1]), value))
    })
}

/// A service (RFC 9460, 2.1): blanks between its keys, commas between their values.
fn service(message: &[u8], from: usize, end: usize) -> Option<String> {
    let priority = uint(message.get(from..from + 2)?)?;
    let mut words = vec![priority.to_string(), name_at(message, from + 2)];
    let mut at = name::skip(message, from + 2)?;
    for (key, value) in parameters(message, from, end) {
        at += 4 + value.len();
        if words.len() < MAX_ITEMS {
            words.push(parameter(key, value)?);
        }
    }
    (at == end).then(|| words.join(" "))
}

/// What a service's key is called.
fn key_name(key: u16) -> String {
    let known = options::service_key(key).map(str::to_owned);
    known.unwrap_or_else(|| format!("key{key}"))
}

fn parameter(key: u16, value: &[u8]) -> Option<String> {
    let name = key_name(key);
    let listed = |words: Vec<String>| {
        let more = if words.len() > MAX_ITEMS { ",…" } else { "" };
        let words: Vec<String> = words.into_iter().take(MAX_ITEMS).collect();
        format!("{name}={}{more}", words.join(","))
    };
    let number = |two: &[u8]| uint(two).and_then(|number| u16::try_from(number).ok()).unwrap_or(0);
    Some(match key {
        0 if value.len().is_multiple_of(2) => {
            listed(value.chunks(2).map(|two| key_name(number(two))).collect())
        }
        1 => {
            let (mut rest, mut words) = (value, Vec::new());
            while let Some((len, behind)) = rest.split_first() {
                let (protocol, behind) = behind.split_at_checked(usize::from(*len))?;
                words.push(Escaped(protocol).to_string());
                rest = behind;
            }
            listed(words)
        }
        3 if value.len() == 2 => format!("{name}={}", number(value)),
        4 if value.len().is_multiple_of(4) => {
            listed(value.chunks(4).map(|bytes| address(1, bytes)).collect())
        }
        6 if value.len().is_multiple_of(16) => {
            listed(value.chunks(16).map(|bytes| address(28, bytes)).collect())
        }
        5 => format!("{name}={}", base64(value)),
        _ if value.is_empty() => name,
        7 => format!("{name}={}", Escaped(value)),
        _ => format!("{name}={}", quoted(value)),
    })
}

/// Data of which no more is known (RFC 3597, 5).
pub(super) fn unknown(data: &[u8]) -> String {
    let gap = if data.is_empty() { "" } else { " " };
    format!("\\# {}{gap}{}", data.len(), hex(data))
}

fn uint(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn cut(bytes: &[u8]) -> (&[u8], &'static str) {
    bytes.get(..MAX_BYTES).filter(|_| bytes.len() > MAX_BYTES).map_or((bytes, ""), |begin| (begin, "…"))
}

fn hex(bytes: &[u8]) -> String {
    let (bytes, more) = cut(bytes);
    let mut out: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    out.push_str(more);
    out
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (bytes, more) = cut(bytes);
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS.get((word >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'?');
            out.push(if place > three.len() { '=' } else { char::from(letter) });
        }
    }
    out.push_str(more);
    out
}

/// Text between quotes; those in it, and backslashes, have a backslash before them
/// (RFC 1035, 5.1).
fn quoted(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    for byte in bytes {
        text.extend(Some(b'\\').filter(|_| matches!(byte, b'"' | b'\\')));
        text.push(*byte);
    }
    format!("\"{}\"", Escaped(&text))
}

/// All of them: a message bounds how many there can be.
fn strings(mut rest: &[u8]) -> Option<String> {
    let mut words = String::new();
    while let Some((len, behind)) = rest.split_first() {
        let (text, behind) = behind.split_at_checked(usize::from(*len))?;
        words.extend(Some(' ').filter(|_| !words.is_empty()));
        words.push_str(&quoted(text));
        rest = behind;
    }
    Some(words)
}

/// What stands at the end: text, keys and certificates, or digests.
fn encoded(kind: u16, bytes: &[u8]) -> String {
    match kind {
        256 => quoted(bytes),
        24 | 25 | 37 | 46 | 48 | 49 | 60 | 61 => base64(bytes),
        _ => hex(bytes),
    }
}

fn address(kind: u16, bytes: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(bytes).to_string();
    }
    if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        return Ipv6Addr::from(bytes).to_string();
    }
    // Hardware addresses, and halves of IPv6 addresses (RFC 6742).
    let (size, between) = if matches!(kind, 108 | 109) { (1, "-") } else { (2, ":") };
    bytes.chunks(size).map(hex).collect::<Vec<_>>().join(between)
}

fn bitmap(rest: &[u8]) -> Option<String> {
    let mut types = Vec::new();
    listed(rest, |kind| types.push(kind))?;
    let more = if types.len() > MAX_ITEMS { " …" } else { "" };
    let words: Vec<_> = types.into_iter().take(MAX_ITEMS).map(type_name).collect();
    Some(format!("{}{more}", words.join(" ")))
}

/// Gives `each` the types of a bitmap (RFC 4034, 4.1.2); nothing where it is broken.
pub(super) fn listed(mut rest: &[u8], mut each: impl FnMut(u16)) -> Option<()> {
    while let Some((&[window, len], behind)) = rest.split_first_chunk() {
        let (bits, behind) = behind.split_at_checked(usize::from(len))?;
        for (at, byte) in (0_u16..).zip(bits) {
            let set = (0..8_u16).filter(|bit| byte & 0x80 >> bit != 0);
            set.for_each(|bit| each(u16::from(window) << 8 | (at * 8 + bit)));
        }
        rest = behind;
    }
    rest.is_empty().then_some(())
}

fn prefixes(mut rest: &[u8]) -> Option<String> {
    let mut words = Vec::new();
    while let Some((&[f0, f1, bits, len], behind)) = rest.split_first_chunk() {
        let (sent, behind) = behind.split_at_checked(usize::from(len & 0x7f))?;
        let mut bytes = [0; 16];
        bytes.get_mut(..sent.len())?.copy_from_slice(sent);
        let [a, b, c, d, ..] = bytes;
        let (family, not) = (u16::from_be_bytes([f0, f1]), if len & 0x80 != 0 { "!" } else { "" });
        words.push(match family {
            1 => format!("{not}1:{}/{bits}", Ipv4Addr::new(a, b, c, d)),
            _ => format!("{not}{family}:{}/{bits}", Ipv6Addr::from(bytes)),
        });
        rest = behind;
    }
    words.truncate(MAX_ITEMS);
    rest.is_empty().then(|| words.join(" "))
}

/// A place on earth (RFC 1876, 3).
fn location(data: &[u8]) -> Option<String> {
    let (&[0, size, horizontal, vertical], rest) = data.split_first_chunk()? else { return None };
    let [latitude, longitude, altitude] = [0, 4, 8].map(|at| uint(rest.get(at..at + 4)?));
    let metres = |coded: u8| {
        let centimetres = u64::from(coded >> 4) * 10_u64.pow(u32::from(coded & 15).min(9));
        format!("{}.{:02}m", centimetres / 100, centimetres % 100)
    };
    let mut out = String::new();
    for (angle, [positive, negative]) in [(latitude?, ["N", "S"]), (longitude?, ["E", "W"])] {
        let (angle, side) =
            if angle >= 1 << 31 { (angle - (1 << 31), positive) } else { ((1 << 31) - angle, negative) };
        let seconds = angle / 1000;
        let (degrees, minutes) = (seconds / 3600, seconds / 60 % 60);
        let _ = write!(out, "{degrees} {minutes} {}.{:03} {side} ", seconds % 60, angle % 1000);
    }
    let altitude = altitude? as i64 - 10_000_000;
    let sign = if altitude < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{}.{:02}m", altitude.abs() / 100, altitude.abs() % 100);
    for coded in [size, horizontal, vertical] {
        let _ = write!(out, " {}", metres(coded));
    }
    (rest.len() == 12).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stands_as_a_zone_file_has_it() {
        let told = |kind: u16, data: &[u8]| text(data, kind, 0, data.len()).unwrap_or_else(|| unknown(data));
        assert_eq!(told(44, b"\x04\x02\xab\xcd"), "4 2 abcd");
        assert_eq!(told(52, b"\x03\x01\x01\x00\xff"), "3 1 1 00ff");
        assert_eq!(told(99, b"\x06v=spf1\x04-all"), "\"v=spf1\" \"-all\"");
        assert_eq!(told(16, b"\x09say \"hi\"\\\0\x03\xed\x95\x9c"), r#""say \"hi\"\\" "" "한""#);
        assert_eq!(told(16, &b"\x01a".repeat(99)).matches('a').count(), 99, "none is left out");
        assert_eq!(told(13, b"\x03VAX\x04UNIX"), "\"VAX\" \"UNIX\"");
        assert_eq!(told(256, b"\0\x0a\0\x01http://x/"), "10 1 \"http://x/\"");
        assert_eq!(told(17, b"\x01a\x01x\0\x01b\x01x\0"), "a.x b.x");
        assert_eq!(told(61, b"pgpkey!"), "cGdwa2V5IQ==");
        assert_eq!(told(108, b"\0\0\x5e\0\x53\x01"), "00-00-5e-00-53-01");
        assert_eq!(told(42, b"\0\x01\x18\x82\x0a\x01"), "!1:10.1.0.0/24");
        // RFC 5155, B: the salt and the types of a name.
        let nsec3 = b"\x01\0\0\x0c\x04\xaa\xbb\xcc\xdd\x05\0\0\0\0\x01\0\x06\x40\0\0\0\0\x02";
        assert_eq!(told(50, nsec3), "1 0 12 aabbccdd 00000001 A RRSIG");
        assert_eq!(told(51, b"\x01\0\0\0\0"), "1 0 0 -");
        assert_eq!(told(65280, b"\xc0\x01"), "\\# 2 c001");
        assert_eq!(told(44, b"\x04"), "\\# 1 04", "too short for its type");
        assert!(told(10, &[7; 4096]).chars().count() < 128, "bounded");
    }

    #[test]
    fn places_are_in_degrees() {
        // 42 21 54 N 71 6 18 W -24m 30m (RFC 1876, 4).
        let data = b"\0\x33\x16\x13\x89\x17\x2d\xd0\x70\xbe\x15\xf0\x00\x98\x8d\x20";
        assert_eq!(
            text(data, 29, 0, 16).unwrap(),
            "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m"
        );
    }
}
