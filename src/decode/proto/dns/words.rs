//! Records in words: for the Info line and for the headings of the tree.

use super::fields as f;
use super::name;
use super::types::{self, mnemonic};
use super::walk::Walk;
use crate::decode::Sink;
use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};
use std::fmt::Write as _;

/// The record in words: for the Info line and, with its owner, for its heading.
pub(super) fn record_words<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    owner: Option<&str>,
    at: usize,
    kind: u16,
    class: u16,
    data: usize,
    held: usize,
) {
    let flush = walk.mdns && kind != 41 && class & 0x8000 != 0;
    let value = value_words(walk, kind, data, held);
    if walk.has_room() {
        walk.info.push(' ');
        write_type(&mut walk.info, kind);
        if flush {
            walk.info.push_str(", cache flush");
        }
        if let Some(value) = &value {
            let _ = write!(walk.info, " {}", value.0);
        }
    }
    let Some(owner) = owner else { return };
    walk.group(&f::RECORD, at, data + held - at);
    let mdns = walk.mdns;
    walk.label(|text| {
        let _ = write!(text, "{owner}: type ");
        write_type(text, kind);
        if kind != 41 {
            write_class(text, if mdns { class & 0x7fff } else { class });
        }
        if flush {
            text.push_str(", cache flush");
        }
        if let Some((_, label)) = value {
            let _ = write!(text, ", {label}");
        }
    });
}

/// The value of a common record: for the Info line, and with its words.
fn value_words<S: Sink>(
    walk: &Walk<'_, '_, S>,
    kind: u16,
    data: usize,
    held: usize,
) -> Option<(String, String)> {
    // Names first: only sound ones may be read.
    let name_at = match kind {
        2 | 5 | 6 | 12 | 39 | 47 => data,
        15 => data + 2,
        33 => data + 6,
        1 | 13 | 28 => usize::MAX,
        _ => return None,
    };
    if name_at != usize::MAX && (name_at >= data + held || held == 0) {
        return None;
    }
    match kind {
        // Read here alone: DNAME and NSEC are raw to RData, of SOA only the first name is said.
        6 | 39 | 47 => {
            let name = walk.name_text(name_at);
            let word = match kind {
                6 => "mname",
                39 => "dname",
                _ => "next domain name",
            };
            return Some((name.clone(), format!("{word} {name}")));
        }
        _ => {}
    }
    if name_at != usize::MAX {
        let mut steps = 512;
        if let Err((fault, _)) = name::shape(walk.bytes, name_at, &mut steps) {
            let placeholder = fault.placeholder().to_owned();
            return Some((placeholder.clone(), placeholder));
        }
    }
    let start = u16::try_from(data).ok().filter(|_| data <= walk.bytes.len())?;
    let mut decoder = BinDecoder::new(walk.bytes).clone(start);
    let rdata = RData::read(&mut decoder, RecordType::from(kind), Restrict::new(held as u16)).ok()?;
    let text = |name: &hickory_proto::rr::Name| {
        let mut out = String::new();
        name::write_labels(&mut out, name);
        out
    };
    Some(match rdata {
        RData::A(a) => (a.0.to_string(), format!("addr {}", a.0)),
        RData::AAAA(a) => (a.0.to_string(), format!("addr {}", a.0)),
        RData::HINFO(info) => {
            let (mut cpu, mut os) = (String::new(), String::new());
            name::printable(&mut cpu, &info.cpu);
            name::printable(&mut os, &info.os);
            (format!("{cpu} {os}"), format!("CPU {cpu}, OS {os}"))
        }
        RData::NS(name) => (text(&name.0), format!("ns {}", text(&name.0))),
        RData::CNAME(name) => (text(&name.0), format!("cname {}", text(&name.0))),
        RData::PTR(name) => (text(&name.0), text(&name.0)),
        RData::MX(mx) => {
            let name = text(&mx.exchange);
            (format!("{} {name}", mx.preference), format!("preference {}, mx {name}", mx.preference))
        }
        RData::SRV(srv) => {
            let (p, w, port, name) = (srv.priority, srv.weight, srv.port, text(&srv.target));
            (
                format!("{p} {w} {port} {name}"),
                format!("priority {p}, weight {w}, port {port}, target {name}"),
            )
        }
        _ => return None,
    })
}

pub(super) fn write_type(out: &mut String, kind: u16) {
    let _ = match mnemonic(kind) {
        Some(name) => write!(out, "{name}"),
        None => write!(out, "Unknown ({kind})"),
    };
}

pub(super) fn write_class(out: &mut String, class: u16) {
    let _ = match types::name_of(types::CLASSES, class.into()) {
        Some(name) => write!(out, ", class {name}"),
        None => write!(out, ", class 0x{class:04x}"),
    };
}

/// A lifetime as people read it: `3600 (1 hour)`.
pub(super) fn lifetime(out: &mut String, ttl: u32) {
    let _ = write!(out, "{ttl}");
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (mut left, mut first) = (ttl, true);
    for (size, word) in units {
        let count = left / size;
        left %= size;
        if count > 0 || (ttl == 0 && size == 1) {
            let plural = if count == 1 { "" } else { "s" };
            let _ = write!(out, "{}{count} {word}{plural}", if first { " (" } else { ", " });
            first = false;
        }
    }
    out.push(')');
}
