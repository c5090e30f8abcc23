//! Values as written, understood as the field's kind asks, and compared with
//! those of a packet.

use super::syntax::{Literal, Written};
use crate::decode::{FieldDef, Kind, Value};
use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Kinds that compare in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Nothing,
    Unsigned,
    Signed,
    Float,
    Ipv4,
    Ipv6,
    Bytes,
}

impl Class {
    pub(super) fn of(kind: Kind) -> Class {
        match kind {
            Kind::Group => Class::Nothing,
            Kind::Uint(_) | Kind::Bool(_) => Class::Unsigned,
            Kind::Int(_) | Kind::Time | Kind::Duration => Class::Signed,
            Kind::Float => Class::Float,
            Kind::Ipv4 => Class::Ipv4,
            Kind::Ipv6 => Class::Ipv6,
            Kind::Mac | Kind::Bytes | Kind::Text => Class::Bytes,
        }
    }
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// Address and mask; both are masked before they are compared.
    Ipv4(u32, u32),
    Ipv6(u128, u128),
    Bytes(Vec<u8>),
}

/// What a kind's values are called.
pub(super) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "a heading without value",
        Kind::Uint(_) => "a number",
        Kind::Int(_) => "a signed number",
        Kind::Bool(_) => "a flag",
        Kind::Float => "a number with a fraction",
        Kind::Ipv4 => "an IPv4 address",
        Kind::Ipv6 => "an IPv6 address",
        Kind::Mac => "a hardware address",
        Kind::Bytes => "bytes",
        Kind::Text => "text",
        Kind::Time => "a point in time",
        Kind::Duration => "a length of time",
    }
}

/// An example of a kind's values.
fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "",
        Kind::Uint(_) | Kind::Int(_) => "`80` or `0x50`",
        Kind::Bool(_) => "`true`, `false`, `1` or `0`",
        Kind::Float => "`0.5`",
        Kind::Ipv4 => "`10.0.0.1` or `10.0.0.0/8`",
        Kind::Ipv6 => "`fe80::1` or `fe80::/10`",
        Kind::Mac => "`02:00:00:00:00:01`",
        Kind::Bytes => "`aa:bb:cc` or `\"text\"`",
        Kind::Text => "`\"text\"`",
        Kind::Time => "`\"2026-01-31 12:00:00\"` in UTC, or seconds since 1970",
        Kind::Duration => "`1.5`, in seconds",
    }
}

/// The value as the field's kind understands it, or why it does not.
pub(super) fn understand(name: &str, def: &FieldDef, literal: &Literal) -> Result<Operand, String> {
    let shown = match &literal.text {
        Written::Word(word) => format!("`{word}`"),
        Written::Quoted(text) => format!("`\"{}\"`", String::from_utf8_lossy(text).escape_debug()),
    };
    let operand = match (&literal.text, def.kind) {
        (_, Kind::Group) => return Err(format!("`{name}` is a heading: it can only be asked for by itself")),
        (Written::Quoted(text), Kind::Bytes | Kind::Text) => Some(Operand::Bytes(text.clone())),
        (Written::Quoted(text), Kind::Time) => {
            std::str::from_utf8(text).ok().and_then(instant).map(Operand::Signed)
        }
        (Written::Quoted(_), _) => None,
        (Written::Word(word), kind) => match kind {
            Kind::Uint(bits) => {
                let bits = if def.mask != 0 { def.mask.count_ones() } else { bits.into() };
                let most = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
                match number(word) {
                    Some(value) if value < 0 => {
                        return Err(format!("`{name}` is never negative: {shown} cannot be found"));
                    }
                    Some(value) if value > i128::from(most) => {
                        return Err(format!("`{name}` has {bits} bits: {shown} is more than its {most}"));
                    }
                    Some(value) => Some(Operand::Unsigned(value as u64)),
                    None => None,
                }
            }
            Kind::Bool(_) => match word.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(Operand::Unsigned(1)),
                "false" | "0" => Some(Operand::Unsigned(0)),
                _ => None,
            },
            Kind::Int(_) => number(word).and_then(|value| i64::try_from(value).ok()).map(Operand::Signed),
            Kind::Float => word.parse().ok().filter(|value: &f64| value.is_finite()).map(Operand::Float),
            Kind::Ipv4 => ipv4(word),
            Kind::Ipv6 => ipv6(word),
            Kind::Mac => hex(word).filter(|bytes| bytes.len() == 6).map(Operand::Bytes),
            Kind::Bytes => hex(word).map(Operand::Bytes),
            Kind::Text => {
                return Err(format!("`{name}` is text, which stands in quotes: `\"{word}\"`"));
            }
            Kind::Time | Kind::Duration => seconds(word).map(Operand::Signed),
            Kind::Group => None,
        },
    };
    operand.ok_or_else(|| {
        let kind = noun(def.kind);
        let one = if matches!(def.kind, Kind::Bytes | Kind::Text) { "not" } else { "not one" };
        format!("`{name}` is {kind}; {shown} is {one}: write {}", example(def.kind))
    })
}

/// The bytes to look for within a field.
pub(super) fn needle(name: &str, def: &FieldDef, literal: &Literal) -> Result<Operand, String> {
    match (&literal.text, def.kind) {
        (Written::Quoted(text), Kind::Bytes | Kind::Text | Kind::Mac) => Ok(Operand::Bytes(text.clone())),
        (Written::Word(word), Kind::Bytes | Kind::Mac | Kind::Text) => {
            hex(word).map(Operand::Bytes).ok_or_else(|| {
                format!(
                    "`contains` looks for text in quotes or bytes such as `aa:bb:cc`; `{word}` is neither"
                )
            })
        }
        (_, kind) => Err(format!("`contains` looks within text and bytes; `{name}` is {}", noun(kind))),
    }
}

/// Decimal, hexadecimal or binary, perhaps negative.
pub(super) fn number(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let value = match digits.split_at_checked(2) {
        Some(("0x" | "0X", hex)) => u64::from_str_radix(hex, 16).ok()?,
        Some(("0b" | "0B", bits)) => u64::from_str_radix(bits, 2).ok()?,
        _ if digits.starts_with(|c: char| c.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    Some(if negative { -i128::from(value) } else { i128::from(value) })
}

fn prefix(text: Option<&str>, bits: u32) -> Option<u32> {
    match text {
        None => Some(bits),
        Some(digits) => digits.parse().ok().filter(|length| *length <= bits),
    }
}

fn split_prefix(word: &str) -> (&str, Option<&str>) {
    match word.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (word, None),
    }
}

fn ipv4(word: &str) -> Option<Operand> {
    let (address, length) = split_prefix(word);
    let mask = u32::MAX.checked_shl(32 - prefix(length, 32)?).unwrap_or(0);
    Some(Operand::Ipv4(u32::from(address.parse::<Ipv4Addr>().ok()?) & mask, mask))
}

fn ipv6(word: &str) -> Option<Operand> {
    let (address, length) = split_prefix(word);
    let mask = u128::MAX.checked_shl(128 - prefix(length, 128)?).unwrap_or(0);
    Some(Operand::Ipv6(u128::from(address.parse::<Ipv6Addr>().ok()?) & mask, mask))
}

/// Bytes in hexadecimal: `aa:bb`, `aa-bb`, `aabb.ccdd` or `aabb`.
fn hex(word: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in word.split([':', '-', '.']) {
        if part.is_empty() || !part.is_ascii() {
            return None;
        }
        match part.len() {
            1 => bytes.push(u8::from_str_radix(part, 16).ok()?),
            len if len % 2 == 0 => {
                for at in (0..len).step_by(2) {
                    let digits = part.get(at..at + 2)?;
                    // from_str_radix takes a sign.
                    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                        return None;
                    }
                    bytes.push(u8::from_str_radix(digits, 16).ok()?);
                }
            }
            _ => return None,
        }
    }
    Some(bytes)
}

/// Seconds with up to nine digits behind the point, as nanoseconds.
fn seconds(word: &str) -> Option<i64> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    let total = whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    Some(if negative { -total } else { total })
}

/// Date and time, in UTC unless it says otherwise.
fn instant(text: &str) -> Option<i64> {
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let local = text.trim_end_matches(" UTC").parse::<jiff::civil::DateTime>().ok()?;
        local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// How a packet's value compares; `None` when it cannot be.
pub(super) fn compare(value: Value<'_>, operand: &Operand) -> Option<Ordering> {
    match (value, operand) {
        (Value::Uint(value), Operand::Unsigned(other)) => Some(value.cmp(other)),
        (Value::Int(value), Operand::Signed(other)) => Some(value.cmp(other)),
        (Value::Float(value), Operand::Float(other)) => value.partial_cmp(other),
        (Value::Bytes(bytes), Operand::Ipv4(other, mask)) => {
            let value = u32::from_be_bytes(bytes.try_into().ok()?);
            Some((value & mask).cmp(other))
        }
        (Value::Bytes(bytes), Operand::Ipv6(other, mask)) => {
            let value = u128::from_be_bytes(bytes.try_into().ok()?);
            Some((value & mask).cmp(other))
        }
        (Value::Bytes(bytes), Operand::Bytes(other)) => Some(bytes.cmp(other.as_slice())),
        _ => None,
    }
}
