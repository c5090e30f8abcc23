//! Values as written, understood as the type of what they are compared with asks.

use super::syntax::Written;
use super::time::instant;
use crate::base::seconds;
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

impl Operand {
    /// Gives it as a value of a packet.
    pub fn value<T>(&self, give: impl FnOnce(Value<'_>) -> T) -> T {
        match self {
            Operand::Unsigned(number) => give(Value::Uint(*number)),
            Operand::Signed(number) => give(Value::Int(*number)),
            Operand::Float(number) => give(Value::Float(*number)),
            Operand::Ipv4(address, _) => give(Value::Bytes(&address.to_be_bytes())),
            Operand::Ipv6(address, _) => give(Value::Bytes(&address.to_be_bytes())),
            Operand::Bytes(bytes) => give(Value::Bytes(bytes)),
        }
    }

    /// Whether it is greater than another one: a range between them would be empty.
    pub fn exceeds(&self, other: &Operand) -> bool {
        self.value(|value| compare(value, other)).is_some_and(Ordering::is_gt)
    }
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

/// What is known of a term's values.
#[derive(Clone, Debug)]
pub(super) struct Type {
    /// The term as it is written.
    pub name: String,
    pub kind: Kind,
    /// The greatest number.
    most: u64,
    bits: u32,
    /// Names of numbers.
    values: &'static [(u64, &'static str)],
}

impl Type {
    /// That of a field.
    pub fn of(name: &str, def: &FieldDef) -> Type {
        let bits = if def.mask != 0 { def.mask.count_ones() } else { def.bits().unwrap_or(64).into() };
        let most = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let most = most.saturating_mul(def.unit.into());
        Type { name: name.to_owned(), kind: def.kind, most, bits, values: def.values }
    }

    /// That of something made.
    pub fn made(name: &str, kind: Kind) -> Type {
        Type { name: name.to_owned(), kind, most: u64::MAX, bits: 64, values: &[] }
    }

    /// The most that its numbers can be.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Whether two of them compare.
    pub fn fits(&self, other: &Type) -> bool {
        let family = |kind| match kind {
            Kind::Int(_) => Kind::Uint(0),
            Kind::Uint(_) | Kind::Bool(_) => Kind::Uint(0),
            Kind::Mac => Kind::Bytes,
            other => other,
        };
        family(self.kind) == family(other.kind)
    }

    /// The number that a name stands for, as it is written or in other letters.
    fn named(&self, name: &str) -> Option<u64> {
        let of = |test: &dyn Fn(&str) -> bool| self.values.iter().find(|row| test(row.1)).map(|row| row.0);
        of(&|other| other == name).or_else(|| of(&|other| other.eq_ignore_ascii_case(name)))
    }

    /// The value as this type understands it, or why it does not.
    pub fn understand(&self, written: &Written) -> Result<Operand, String> {
        let operand = match (written, self.kind) {
            (_, Kind::Group) => {
                return Err(format!("`{}` is a heading: it can only be asked for by itself", self.name));
            }
            (Written::Character(byte), Kind::Bytes | Kind::Text) => Some(Operand::Bytes(vec![*byte])),
            (Written::Character(byte), _) => return self.understand(&Written::Word(byte.to_string())),
            (Written::Quoted(text), Kind::Bytes | Kind::Text) => Some(Operand::Bytes(text.clone())),
            (Written::Quoted(text), kind) => std::str::from_utf8(text).ok().and_then(|text| match kind {
                Kind::Time => instant(text).map(Operand::Signed),
                Kind::Uint(_) => self.named(text).map(Operand::Unsigned),
                Kind::Bool(_) => self.flag(text).map(Operand::Unsigned),
                _ => None,
            }),
            (Written::Word(word), kind) => match kind {
                Kind::Uint(_) => self.number(word)?.or_else(|| self.named(word).map(Operand::Unsigned)),
                Kind::Bool(_) => {
                    let number = number(word).map(|value| u64::from(value != 0));
                    number.or_else(|| self.flag(word)).map(Operand::Unsigned)
                }
                Kind::Int(_) => number(word).and_then(|value| i64::try_from(value).ok()).map(Operand::Signed),
                Kind::Float => word.parse().ok().filter(|value: &f64| value.is_finite()).map(Operand::Float),
                Kind::Ipv4 => ipv4(word),
                Kind::Ipv6 => ipv6(word),
                Kind::Mac => hex(word).filter(|bytes| bytes.len() == 6).map(Operand::Bytes),
                Kind::Bytes => byte(word).or_else(|| hex(word)).map(Operand::Bytes),
                Kind::Text => Some(Operand::Bytes(word.as_bytes().to_vec())),
                Kind::Time => instant(word).or_else(|| seconds(word)).map(Operand::Signed),
                Kind::Duration => seconds(word).map(Operand::Signed),
                Kind::Group => None,
            },
        };
        operand.ok_or_else(|| self.refused(written))
    }

    /// The bytes to look for within it.
    pub fn needle(&self, written: &Written) -> Result<Operand, String> {
        self.is_searched("contains")?;
        match (written, self.kind) {
            (Written::Word(word), Kind::Mac) => {
                hex(word).map(Operand::Bytes).ok_or_else(|| self.refused(written))
            }
            (Written::Quoted(text), _) => Ok(Operand::Bytes(text.clone())),
            _ => self.understand(written).map_err(|_| {
                let Written::Word(word) = written else { return self.refused(written) };
                format!("`contains` looks for text in quotes or bytes such as `aa:bb:cc`; `{word}` is neither: write `\"{word}\"`")
            }),
        }
    }

    /// Whether there are bytes to look through.
    pub fn is_searched(&self, operator: &str) -> Result<(), String> {
        match self.kind {
            Kind::Bytes | Kind::Text | Kind::Mac => Ok(()),
            kind => {
                let Type { name, .. } = self;
                Err(format!(
                    "`{operator}` looks within text and bytes; `{name}` is {}: write `string({name}) {operator} …`",
                    noun(kind)
                ))
            }
        }
    }

    /// A negative number is none that the field has: it only differs from it.
    fn number(&self, word: &str) -> Result<Option<Operand>, String> {
        let Type { name, most, bits, .. } = self;
        let Some(value) = number(word) else { return Ok(None) };
        match u64::try_from(value) {
            Ok(value) if value > *most => {
                Err(format!("`{name}` has {bits} bits: `{word}` is more than its {most}"))
            }
            Ok(value) => Ok(Some(Operand::Unsigned(value))),
            Err(_) => Ok(i64::try_from(value).ok().map(Operand::Signed)),
        }
    }

    fn flag(&self, word: &str) -> Option<u64> {
        match word.to_ascii_lowercase().as_str() {
            "true" => Some(1),
            "false" => Some(0),
            "set" if self.values.is_empty() => Some(1),
            "not set" if self.values.is_empty() => Some(0),
            _ => self.named(word),
        }
    }

    fn refused(&self, written: &Written) -> String {
        let shown = match written {
            Written::Word(word) => format!("`{word}`"),
            Written::Quoted(text) => format!("`\"{}\"`", String::from_utf8_lossy(text).escape_debug()),
            Written::Character(byte) => format!("`'{}'`", char::from(*byte).escape_debug()),
        };
        let (name, kind) = (&self.name, noun(self.kind));
        let one = if matches!(self.kind, Kind::Bytes | Kind::Text) { "not" } else { "not one" };
        let mut text = format!("`{name}` is {kind}; {shown} is {one}: write {}", example(self.kind));
        if let (Kind::Uint(_), Some((_, value))) = (self.kind, self.values.first()) {
            text.push_str(&format!(", or the name of a value, such as `\"{value}\"`"));
        }
        text
    }
}

/// `0x2f`: one byte.
fn byte(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
    u8::from_str_radix(digits, 16).ok().map(|byte| vec![byte])
}

/// Decimal, hexadecimal, binary or octal, perhaps negative.
pub(super) fn number(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let value = match digits.split_at_checked(2) {
        Some(("0x" | "0X", hex)) => u64::from_str_radix(hex, 16).ok()?,
        Some(("0b" | "0B", bits)) => u64::from_str_radix(bits, 2).ok()?,
        _ if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|c| c.is_ascii_digit()) => {
            u64::from_str_radix(digits, 8).ok()?
        }
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

/// How two values of packets compare; `None` when they cannot be.
pub(super) fn order(left: (Kind, Value<'_>), right: (Kind, Value<'_>)) -> Option<Ordering> {
    match (left.1, right.1) {
        (Value::Uint(value), Value::Uint(other)) => Some(value.cmp(&other)),
        (Value::Int(value), Value::Int(other)) => Some(value.cmp(&other)),
        (Value::Int(value), Value::Uint(other)) => Some(i128::from(value).cmp(&other.into())),
        (Value::Uint(value), Value::Int(other)) => Some(i128::from(value).cmp(&other.into())),
        (Value::Float(value), Value::Float(other)) => value.partial_cmp(&other),
        (Value::Bytes(bytes), Value::Bytes(other)) => {
            (Class::of(left.0) == Class::of(right.0)).then(|| bytes.cmp(other))
        }
        _ => None,
    }
}
