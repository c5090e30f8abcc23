//! Questions and records of which not all is here, or whose name or one before it
//! cannot be read.
//!
//! What is there is told under names of its own: a filter on a record's name finds
//! whole records only, an export has none that lacks its data.

use super::name;
use super::types::{CLASSES, TYPES};
use super::walk::Walk;
use super::words::{lifetime, write_type};
use crate::decode::{Bytes, FieldDef, Sink, Value};
use std::fmt::Write as _;

crate::decode::field::fields! {
    QUESTION = FieldDef::group("wirepeel.dns.cut.question", "Incomplete question")
        .about("A question of which not all is here, or whose name or one before it cannot be read. RFC 1035, 4.1.2.");
    RECORD = FieldDef::group("wirepeel.dns.cut.record", "Incomplete record")
        .about("A resource record of which not all is here, or whose name or one before it cannot be read. RFC 1035, 4.1.3.");
    NAME = FieldDef::text("wirepeel.dns.cut.name", "Name")
        .about("The name, as far as it is here and can be read. RFC 1035, 3.1.");
    TYPE = FieldDef::uint("wirepeel.dns.cut.type", "Type", 16)
        .values(TYPES)
        .about("What is asked for, or what the record holds. RFC 1035, 3.2.2.");
    CLASS = FieldDef::uint("wirepeel.dns.cut.class", "Class", 16)
        .hex()
        .values(CLASSES)
        .about("Which kind of network the name belongs to. RFC 1035, 3.2.4.");
    TTL = FieldDef::uint("wirepeel.dns.cut.ttl", "Time to live", 32)
        .about("Seconds that the record may be kept. RFC 1035, 4.1.3.");
    LEN = FieldDef::uint("wirepeel.dns.cut.len", "Data length", 16)
        .about("Bytes of record data that should follow. RFC 1035, 4.1.3 (RDLENGTH).");
    DATA = FieldDef::bytes("wirepeel.dns.cut.data", "Data")
        .about("The record data that is here, not taken apart. RFC 1035, 4.1.3.");
}

/// Tells what is here of the entry at `at`, a [`QUESTION`] or a [`RECORD`]; `after` is
/// where its name ends, if that is known.
pub(super) fn tell<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    def: &'static FieldDef,
    at: usize,
    after: Option<usize>,
) {
    if !S::DETAIL {
        return;
    }
    let here = walk.bytes.len();
    let is_record = std::ptr::eq(def, &RECORD);
    let name_end = after.unwrap_or(here).clamp(at.min(here), here);
    let length = walk.u16(name_end + 8).filter(|_| is_record && after.is_some()).map(usize::from);
    let data = name_end + 10;
    let end = match (after, length) {
        (None, _) => name_end,
        (Some(_), Some(length)) => (data + length).min(here),
        (Some(_), None) => (name_end + if is_record { 10 } else { 4 }).min(here),
    };
    let kind = after.and_then(|_| walk.u16(name_end));
    let name = if after.is_some() { walk.name_text(at) } else { name::here(walk.bytes, at) };
    let unread = walk.unread;
    walk.group(def, at, end - at);
    walk.label(|text| {
        let _ = write!(text, "{name}");
        if let Some(kind) = kind {
            text.push_str(", type ");
            write_type(text, kind);
        }
        if let Some(length) = length.filter(|length| data + length > here) {
            let _ = write!(text, ", {} of {} of its data", here - data, Bytes(length));
        } else if unread {
            text.push_str(", with or behind a name that cannot be read");
        }
    });
    walk.read_name(&NAME, at, name_end - at, &name);
    if after.is_some() {
        walk.uint(&TYPE, name_end, 2);
        walk.uint(&CLASS, name_end + 2, 2);
        if is_record && let Some(ttl) = walk.u32(name_end + 4) {
            walk.field(&TTL, name_end + 4, 4, Value::Uint(ttl.into()));
            walk.label(|text| lifetime(text, ttl));
        }
        if length.is_some() {
            walk.uint(&LEN, name_end + 8, 2);
        }
        if length.is_some() && end > data {
            walk.slice(&DATA, data, end - data);
        }
    }
    walk.end_group();
}
