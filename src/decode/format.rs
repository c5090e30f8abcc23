//! Values as text: for people ([`display`]) and for scripts ([`export`], in the
//! form of `tshark -T fields`).

use super::field::{Base, FieldDef, Kind, Value};
use crate::base::{Escaped, Timestamp};
use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of a value that [`display`] shows before it says how many follow.
const SHOWN_BYTES: usize = 24;

/// A number of bytes in words: `1 byte`, `2 bytes`.
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// The name of a value, where the field has one for it.
pub fn value_name(def: &FieldDef, value: u64) -> Option<&'static str> {
    let at = def.values.binary_search_by_key(&value, |row| row.0).ok()?;
    def.values.get(at).map(|row| row.1)
}

/// Appends the value for people, such as `IPv4 (0x0800)`; nothing for headings.
pub fn display(out: &mut String, def: &FieldDef, value: Value<'_>) {
    match (def.kind, value) {
        (Kind::Bool(_), Value::Uint(bit)) => match value_name(def, bit) {
            Some(name) => out.push_str(name),
            None => out.push_str(if bit != 0 { "Set" } else { "Not set" }),
        },
        (_, Value::Uint(number)) => match value_name(def, number) {
            Some(name) => {
                out.push_str(name);
                out.push_str(" (");
                integer(out, def, number, true);
                out.push(')');
            }
            None => integer(out, def, number, true),
        },
        (Kind::Time, Value::Int(nanos)) => instant(out, nanos, "%Y-%m-%d %H:%M:%S%.9f UTC"),
        (Kind::Duration, Value::Int(nanos)) => {
            let _ = write!(out, "{} s", Timestamp(nanos));
        }
        (Kind::Bytes, Value::Bytes(bytes)) if bytes.len() > SHOWN_BYTES => {
            write_hex(out, bytes.get(..SHOWN_BYTES).unwrap_or_default());
            let _ = write!(out, "… ({} bytes)", bytes.len());
        }
        _ => export(out, def, value),
    }
}

/// Appends the value as `tshark -T fields` prints it.
pub fn export(out: &mut String, def: &FieldDef, value: Value<'_>) {
    match (def.kind, value) {
        (_, Value::None) => {}
        (Kind::Bool(_), Value::Uint(bit)) => text(out, format_args!("{bit}")),
        (_, Value::Uint(number)) => {
            integer(out, def, number, false);
        }
        (Kind::Time, Value::Int(nanos)) => instant(out, nanos, "%b %e, %Y %H:%M:%S%.9f UTC"),
        (Kind::Duration, Value::Int(nanos)) => text(out, format_args!("{}", Timestamp(nanos))),
        (_, Value::Int(number)) => text(out, format_args!("{number}")),
        (_, Value::Float(number)) => text(out, format_args!("{number}")),
        (Kind::Ipv4, Value::Bytes(&[a, b, c, d])) => text(out, format_args!("{}", Ipv4Addr::new(a, b, c, d))),
        (Kind::Ipv6, Value::Bytes(bytes)) => match <[u8; 16]>::try_from(bytes) {
            Ok(octets) => text(out, format_args!("{}", Ipv6Addr::from(octets))),
            Err(_) => write_hex(out, bytes),
        },
        (Kind::Mac, Value::Bytes(bytes)) => separated(out, bytes),
        // A time that was not told is a word.
        (Kind::Text | Kind::Time, Value::Bytes(bytes)) => text(out, format_args!("{}", Escaped(bytes))),
        (_, Value::Bytes(bytes)) => write_hex(out, bytes),
    }
}

fn text(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(arguments);
}

/// `masked`: hexadecimal digits for the field's own bits; otherwise for its
/// whole word, as Wireshark exports it.
fn integer(out: &mut String, def: &FieldDef, number: u64, masked: bool) {
    let bits = match def.bits() {
        Some(_) if masked && def.mask != 0 => def.mask.count_ones(),
        Some(bits) => bits.into(),
        None => 32,
    };
    let _ = match def.base {
        Base::Dec => write!(out, "{number}"),
        Base::Hex => write!(out, "0x{number:0width$x}", width = bits.div_ceil(4) as usize),
    };
}

/// Appends bytes as plain hexadecimal.
pub fn write_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

fn separated(out: &mut String, bytes: &[u8]) {
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(out, "{}{byte:02x}", if at == 0 { "" } else { ":" });
    }
}

/// Date and time, UTC.
fn instant(out: &mut String, nanos: i64, format: &str) {
    let _ = match jiff::Timestamp::from_nanosecond(nanos.into()) {
        Ok(time) => write!(out, "{}", time.strftime(format)),
        Err(_) => write!(out, "{}", Timestamp(nanos)),
    };
}

/// The bits of a masked field in their word, as `..1. .... = `; `None` for
/// fields that take whole bytes.
pub fn bit_pattern(def: &FieldDef, value: u64) -> Option<String> {
    let bits = u32::from(def.bits()?);
    if def.mask == 0 || bits == 0 {
        return None;
    }
    let word = (value / u64::from(def.unit.max(1))) << def.mask.trailing_zeros();
    let mut text = String::with_capacity(bits as usize * 5 / 4);
    for bit in (0..bits).rev() {
        let here = 1u64 << bit;
        text.push(match (def.mask & here != 0, word & here != 0) {
            (false, _) => '.',
            (true, true) => '1',
            (true, false) => '0',
        });
        if bit % 4 == 0 && bit != 0 {
            text.push(' ');
        }
    }
    Some(text)
}
