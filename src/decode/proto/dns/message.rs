//! One DNS message: header, questions, records. Every record stands for
//! itself: a bad one loses nothing but itself as long as its length is sound.

use super::fields as f;
use super::layout::{self, Part};
use super::name::{self, Fault, Shape};
use super::types::{self, mnemonic};
use super::{Flavour, options};
use crate::decode::{Event, FieldDef, Outcome, Packet, Problem, Sink, Stop, Value};
use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};
use std::fmt::Write as _;

/// Labels and pointers that the names of one message may take.
const MAX_STEPS: u32 = 1 << 16;

/// Bytes of Info text of one message: compressed names can make much of little.
const MAX_INFO: usize = 4096;

/// Why a message ends early; `None` when the reason is told already.
type End = Option<Stop>;

/// A message on its way through the dissector. Positions count from its id.
pub(super) struct Walk<'w, 'p, S: Sink> {
    packet: &'w mut Packet<'p, S>,
    bytes: &'p [u8],
    base: usize,
    cut: bool,
    mdns: bool,
    steps: u32,
    lost: bool,
    info: String,
    troubles: String,
}

impl<'p, S: Sink> Walk<'_, 'p, S> {
    /// The message's bytes, as far as they are here.
    pub(super) fn bytes(&self) -> &'p [u8] {
        self.bytes
    }

    pub(super) fn u8(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        self.bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
    }

    pub(super) fn uint(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.uint(def, self.base + at, len);
    }

    pub(super) fn slice(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.slice(def, self.base + at, len);
    }

    pub(super) fn field(&mut self, def: &'static FieldDef, at: usize, len: usize, value: Value<'_>) {
        self.packet.field(def, self.base + at, len, value);
    }

    pub(super) fn group(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.group(def, self.base + at, len);
    }

    pub(super) fn end_group(&mut self) {
        self.packet.end_group();
    }

    pub(super) fn label(&mut self, write: impl FnOnce(&mut String)) {
        self.packet.label(write);
    }

    pub(super) fn problem(&mut self, kind: Problem, at: usize, len: usize, write: impl FnOnce(&mut String)) {
        if !S::TEXT {
            return self.packet.problem(kind, self.base + at, len, write);
        }
        let mut text = String::new();
        write(&mut text);
        // The Info text is told at the end and would cover what stands there now.
        if kind == Problem::Malformed && self.troubles.is_empty() {
            let _ = write!(self.troubles, " [{text}]");
        }
        self.packet.problem(kind, self.base + at, len, |out| out.push_str(&text));
    }

    /// The message ends before `what` does: cut short, or wrong.
    fn ends(&mut self, at: usize, needed: usize, what: &'static str) -> Stop {
        self.packet.at = self.base + at.min(self.bytes.len());
        match self.packet.short(needed, what) {
            // The other fragments hold the rest.
            Stop::Malformed(extent) if self.packet.net.fragment => Stop::Truncated(extent),
            stop => stop,
        }
    }

    /// The shape of a name; tells what is wrong with it.
    fn shape(&mut self, at: usize, end: usize) -> Result<Shape, Option<usize>> {
        match name::shape(self.bytes, at, &mut self.steps) {
            Ok(shape) if shape.end <= end => Ok(shape),
            Ok(shape) => {
                self.problem(Problem::Malformed, at, end.saturating_sub(at), |text| {
                    let _ = write!(
                        text,
                        "a name takes {} bytes, its record has {} left",
                        shape.end - at,
                        end.saturating_sub(at)
                    );
                });
                Err(None)
            }
            Err((Fault::Steps, after)) => {
                if !self.lost {
                    self.lost = true;
                    self.problem(Problem::Limit, at, 0, |text| text.push_str(&Fault::Steps.words()));
                }
                Err(after)
            }
            // What the capture does not hold is told once, at the end.
            Err((Fault::Ends(_), after)) if self.cut && after.is_none() => Err(None),
            Err((fault, after)) => {
                let len = after.unwrap_or(end.min(self.bytes.len())).saturating_sub(at);
                self.problem(Problem::Malformed, at, len, |text| text.push_str(&fault.words()));
                Err(after)
            }
        }
    }

    /// A name as text: read when its shape is sound.
    fn name_text(&self, at: usize) -> String {
        if self.lost {
            return Fault::Steps.placeholder().to_owned();
        }
        let mut out = String::new();
        match name::shape(self.bytes, at, &mut MAX_STEPS.min(512)) {
            Ok(_) => name::write(&mut out, self.bytes, at),
            Err((fault, _)) => out.push_str(fault.placeholder()),
        }
        out
    }

    /// Whether the Info text may grow; marks where it ends.
    fn has_room(&mut self) -> bool {
        let room = self.info.len() < MAX_INFO;
        if !room && !self.info.ends_with('…') {
            self.info.push_str(" …");
        }
        room
    }

    /// Tells a name as a field, whatever is wrong with it.
    pub(super) fn tell_name(&mut self, def: &'static FieldDef, at: usize, end: usize) {
        if S::DETAIL {
            let len = name::skip(self.bytes, at).unwrap_or(end).min(end).saturating_sub(at);
            let text = self.name_text(at);
            self.field(def, at, len, Value::Bytes(text.as_bytes()));
        }
    }

    /// Tells a name and what is wrong with it; where it ends, if that is known.
    fn name(&mut self, def: &'static FieldDef, at: usize, end: usize) -> Option<usize> {
        let shape = self.shape(at, end);
        self.tell_name(def, at, end);
        match shape {
            Ok(shape) => Some(shape.end),
            Err(after) => after.filter(|after| *after <= end),
        }
    }
}

/// Text of the network as a field, printed as Wireshark does.
pub(super) fn printable_value<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    def: &'static FieldDef,
    at: usize,
    len: usize,
) {
    if S::DETAIL {
        let mut text = String::new();
        name::printable(&mut text, walk.bytes.get(at..at + len).unwrap_or_default());
        walk.field(def, at, len, Value::Bytes(text.as_bytes()));
    }
}

/// Whether the bytes look like a message. `strict`: nothing but their look
/// says so, as in the middle of a TCP stream.
pub(super) fn plausible(message: &[u8], claimed: usize, strict: bool) -> bool {
    let Some(&[_, _, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1]) = message.first_chunk() else { return false };
    let opcode = f0 >> 3 & 0x0f;
    let questions = usize::from(u16::from_be_bytes([q0, q1]));
    let records: usize =
        [[a0, a1], [n0, n1], [r0, r1]].iter().map(|two| usize::from(u16::from_be_bytes(*two))).sum();
    // A question takes five bytes at the least, a record eleven.
    let sound = matches!(opcode, 0..=2 | 4..=6)
        && f1 & 0x0f <= 11
        && 12 + questions * 5 + records * 11 <= claimed
        && (!strict || questions + records > 0 || opcode == 6);
    let first = || {
        let mut steps = 256;
        let cut = message.len() < claimed;
        match name::shape(message, 12, &mut steps) {
            Ok(_) => true,
            Err((Fault::Ends(_), None)) => cut,
            Err(_) => false,
        }
    };
    if strict { sound && (questions + records == 0 || first()) } else { sound || first() }
}

/// Takes a message apart; `base` is its place in the layer.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, base: usize, flavour: Flavour) -> Outcome {
    let bytes = packet.bytes().get(base..).unwrap_or_default();
    let cut = packet.is_cut() || packet.net.fragment;
    let mdns = flavour == Flavour::Mdns;
    let mut walk = Walk {
        packet,
        bytes,
        base,
        cut,
        mdns,
        steps: MAX_STEPS,
        lost: false,
        info: String::new(),
        troubles: String::new(),
    };
    let outcome = match message(&mut walk, flavour) {
        Err(Some(stop)) => Err(stop),
        Ok(()) | Err(None) => Ok(()),
    };
    let Walk { packet, info, troubles, .. } = walk;
    packet.info(|text| {
        text.push_str(&info);
        text.push_str(&troubles);
    });
    outcome
}

fn message<S: Sink>(walk: &mut Walk<'_, '_, S>, flavour: Flavour) -> Result<(), End> {
    let Some(&[i0, i1, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1]) = walk.bytes.first_chunk() else {
        if let Some(flags) = walk.u16(2) {
            header(walk, flags, flavour, false);
        } else {
            walk.uint(&f::ID, 0, 2);
        }
        return Err(Some(walk.ends(0, 12, "header")));
    };
    let id = u16::from_be_bytes([i0, i1]);
    let flags = u16::from_be_bytes([f0, f1]);
    let questions = u16::from_be_bytes([q0, q1]);
    let counts = [[a0, a1], [n0, n1], [r0, r1]].map(u16::from_be_bytes);
    let (response, opcode) = (flags & 0x8000 != 0, u64::from(flags >> 11 & 0x0f));
    let key = exchange_key(walk.bytes, id, questions);
    if flavour != Flavour::Mdns {
        let protocol = walk.packet.id();
        walk.packet.event(Event::Exchange { protocol, key, response });
    }
    header(walk, flags, flavour, opcode == 5);
    if S::TEXT {
        let operation = types::name_of(types::OPCODES, opcode);
        let _ = match operation {
            Some(operation) => write!(walk.info, "{operation}"),
            None => write!(walk.info, "Unknown operation ({opcode})"),
        };
        let _ = write!(walk.info, "{} 0x{id:04x}", if response { " response" } else { "" });
        let rcode = u64::from(flags & 0x0f);
        if response && rcode != 0 {
            let _ = match types::name_of(types::RCODES, rcode) {
                Some(name) => write!(walk.info, " {name}"),
                None => write!(walk.info, " Unknown ({rcode})"),
            };
        }
    }
    let mut at = 12;
    if questions > 0 {
        let def = if opcode == 5 { &f::ZONE_SECTION } else { &f::QUESTION_SECTION };
        let start = at;
        let entries = |walk: &mut Walk<'_, '_, S>| (0..questions).try_fold(start, |at, _| question(walk, at));
        at = section(walk, def, at, entries, questions, 4)?;
    }
    let update = opcode == 5;
    let sections = [
        if update { &f::PREREQUISITE_SECTION } else { &f::ANSWER_SECTION },
        if update { &f::UPDATE_SECTION } else { &f::AUTHORITY_SECTION },
        &f::ADDITIONAL_SECTION,
    ];
    for (def, count) in sections.into_iter().zip(counts) {
        if count > 0 {
            let start = at;
            let entries = |walk: &mut Walk<'_, '_, S>| (0..count).try_fold(start, |at, _| record(walk, at));
            at = section(walk, def, at, entries, count, 10)?;
        }
    }
    if at < walk.bytes.len() {
        let left = walk.bytes.len() - at;
        walk.slice(&f::EXTRANEOUS, at, left);
        walk.problem(Problem::Unusual, at, left, |text| {
            let _ = write!(text, "{left} bytes behind the last record that no count accounts for");
        });
    }
    Ok(())
}

/// A section as a heading over its entries. Where it ends is found first, by
/// names and lengths alone: `fixed` bytes follow each name.
fn section<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    def: &'static FieldDef,
    at: usize,
    entries: impl FnOnce(&mut Walk<'_, '_, S>) -> Result<usize, End>,
    count: u16,
    fixed: usize,
) -> Result<usize, End> {
    if S::DETAIL {
        let mut end = at;
        for _ in 0..count {
            let Some(name) = name::skip(walk.bytes, end) else { break };
            let data = if fixed > 4 { walk.u16(name + 8).map_or(0, usize::from) } else { 0 };
            end = name + fixed + data;
            if end >= walk.bytes.len() {
                end = walk.bytes.len();
                break;
            }
        }
        walk.group(def, at, end - at);
    }
    let end = entries(walk);
    walk.end_group();
    end
}

fn header<S: Sink>(walk: &mut Walk<'_, '_, S>, flags: u16, flavour: Flavour, update: bool) {
    if !S::DETAIL {
        return;
    }
    walk.uint(&f::ID, 0, 2);
    walk.uint(&f::FLAGS, 2, 2);
    walk.packet.open();
    let response = flags & 0x8000 != 0;
    walk.uint(&f::RESPONSE, 2, 2);
    walk.uint(&f::OPCODE, 2, 2);
    let llmnr = flavour == Flavour::Llmnr;
    if llmnr {
        walk.uint(&f::CONFLICT, 2, 2);
    } else if response {
        walk.uint(&f::AUTHORITATIVE, 2, 2);
    }
    walk.uint(&f::TRUNCATED, 2, 2);
    walk.uint(if llmnr { &f::TENTATIVE } else { &f::RECDESIRED }, 2, 2);
    if !llmnr {
        if response {
            walk.uint(&f::RECAVAIL, 2, 2);
        }
        walk.uint(&f::Z, 2, 2);
        // In a query it asks for the flag in the answer (RFC 6840, 5.7).
        if response || flags & 0x20 != 0 {
            walk.uint(&f::AUTHENTICATED, 2, 2);
        }
        walk.uint(&f::CHECKDISABLE, 2, 2);
    }
    if response {
        walk.uint(&f::RCODE, 2, 2);
    }
    walk.end_group();
    let counts = if update {
        [&f::ZONES, &f::PREREQUISITES, &f::UPDATES, &f::ADD]
    } else {
        [&f::QUERIES, &f::ANSWERS, &f::AUTH, &f::ADD]
    };
    for (place, count) in counts.into_iter().enumerate() {
        walk.uint(count, 4 + place * 2, 2);
    }
}

/// Equal in a query and its response: id and question, letters in lower case.
fn exchange_key(message: &[u8], id: u16, questions: u16) -> u64 {
    // FNV-1a.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = id.to_be_bytes().into_iter().fold(0xcbf2_9ce4_8422_2325, mix);
    if questions > 0
        && let Some(end) = name::skip(message, 12)
        && let Some(question) = message.get(12..end + 4)
    {
        hash = question.iter().map(u8::to_ascii_lowercase).fold(hash, mix);
    }
    hash
}

/// One question; where it ends.
fn question<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize) -> Result<usize, End> {
    let shape = walk.shape(at, walk.bytes.len());
    let after = match shape {
        Ok(shape) => shape.end,
        Err(Some(after)) => after,
        Err(None) => {
            walk.tell_name(&f::QRY_NAME, at, walk.bytes.len());
            return Err(broken(walk, at, "question"));
        }
    };
    let (Some(kind), Some(class)) = (walk.u16(after), walk.u16(after + 2)) else {
        walk.tell_name(&f::QRY_NAME, at, after);
        return Err(Some(walk.ends(after, 4, "question's type and class")));
    };
    if !S::DETAIL && !S::TEXT {
        return Ok(after + 4);
    }
    let text = walk.name_text(at);
    if S::TEXT && walk.has_room() {
        walk.info.push(' ');
        write_type(&mut walk.info, kind);
        let _ = write!(walk.info, " {text}");
        if walk.mdns {
            let _ = write!(walk.info, ", \"{}\" question", if class & 0x8000 != 0 { "QU" } else { "QM" });
        }
    }
    if S::DETAIL {
        walk.group(&f::QUESTION, at, after + 4 - at);
        let mdns = walk.mdns;
        walk.label(|out| {
            let _ = write!(out, "{text}: type ");
            write_type(out, kind);
            write_class(out, if mdns { class & 0x7fff } else { class });
        });
        walk.field(&f::QRY_NAME, at, after - at, Value::Bytes(text.as_bytes()));
        let labels = shape.map_or(0, |shape| shape.labels);
        let len = if labels == 0 { 0 } else { text.len() };
        walk.packet.generated(&f::QRY_NAME_LEN, Value::Uint(len as u64));
        walk.packet.generated(&f::LABELS, Value::Uint(labels.into()));
        walk.uint(&f::QRY_TYPE, after, 2);
        if mdns {
            walk.uint(&f::QRY_CLASS_MDNS, after + 2, 2);
            walk.uint(&f::QRY_QU, after + 2, 2);
        } else {
            walk.uint(&f::QRY_CLASS, after + 2, 2);
        }
        walk.end_group();
    }
    Ok(after + 4)
}

/// A name that does not end ends the message: told already unless cut.
fn broken<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize, what: &'static str) -> End {
    walk.cut.then(|| walk.ends(at, walk.bytes.len().saturating_sub(at) + 1, what))
}

/// One record; where it ends.
fn record<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize) -> Result<usize, End> {
    let after = match walk.shape(at, walk.bytes.len()) {
        Ok(shape) => shape.end,
        Err(Some(after)) => after,
        Err(None) => {
            walk.tell_name(&f::RESP_NAME, at, walk.bytes.len());
            return Err(broken(walk, at, "name of a record"));
        }
    };
    let (Some(kind), Some(class), Some(ttl), Some(length)) =
        (walk.u16(after), walk.u16(after + 2), walk.u32(after + 4), walk.u16(after + 8))
    else {
        walk.tell_name(&f::RESP_NAME, at, after);
        return Err(Some(walk.ends(after, 10, "record's fixed part")));
    };
    let (data, length) = (after + 10, usize::from(length));
    let held = length.min(walk.bytes.len() - data);
    if S::TEXT && (S::DETAIL || walk.has_room()) {
        record_words(walk, at, kind, class, data, held);
    } else if S::DETAIL {
        walk.group(&f::RECORD, at, data + held - at);
    }
    if S::DETAIL {
        let owner = walk.name_text(at);
        if kind != 33 || !service(walk, at, after - at, &owner) {
            walk.field(&f::RESP_NAME, at, after - at, Value::Bytes(owner.as_bytes()));
        }
        walk.uint(&f::RESP_TYPE, after, 2);
        if kind == 41 {
            edns(walk, after);
        } else if walk.mdns {
            walk.uint(&f::RESP_CLASS_MDNS, after + 2, 2);
            walk.uint(&f::CACHE_FLUSH, after + 2, 2);
        } else {
            walk.uint(&f::RESP_CLASS, after + 2, 2);
        }
        if kind != 41 {
            walk.uint(&f::TTL, after + 4, 4);
            walk.label(|text| lifetime(text, ttl));
        }
        walk.uint(&f::RDLENGTH, after + 8, 2);
    }
    let whole = held == length;
    // An update may name a record without its data (RFC 2136, 2.4).
    if held > 0 || (length == 0 && !matches!(class, 254 | 255) && kind != 41) {
        record_data(walk, kind, data, data + held, whole);
    }
    walk.end_group();
    if whole { Ok(data + length) } else { Err(Some(walk.ends(data, length, "record data"))) }
}

/// Tells the parts of record data as the layout of its type says.
fn record_data<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: u16, from: usize, end: usize, whole: bool) {
    let mut at = from;
    for part in layout::parts(kind) {
        let left = end - at;
        let needed = match part {
            Part::Uint(_, len) | Part::Flags(_, len, _) | Part::Address(_, len) => *len,
            Part::Time(_) => 4,
            Part::Counted(..) | Part::Base32(..) => 1 + walk.u8(at).map_or(0, usize::from),
            _ => 0,
        };
        if needed > left {
            if whole {
                walk.problem(Problem::Malformed, at, left, |text| {
                    let name = mnemonic(kind).unwrap_or("record");
                    let _ = write!(text, "{name} data needs {needed} bytes here, the record has {left} left");
                });
            }
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
                strings(walk, len, def, at, end, whole);
                return;
            }
            Part::Rest(def) => {
                if left > 0 {
                    walk.slice(def, at, left);
                }
                if kind == 48 && S::DETAIL && whole {
                    let tag = key_tag(walk.bytes.get(from..end).unwrap_or_default());
                    walk.packet.generated(&layout::DNSKEY_KEY_ID, Value::Uint(tag.into()));
                }
                return;
            }
            Part::Bitmap => return bitmap(walk, at, end, whole),
            Part::Params => return options::params(walk, at, end),
            Part::Options => return options::options(walk, at, end),
            Part::Authorisation => return authorisation(walk, at, end, whole),
        }
        at += needed;
    }
    if at < end && whole {
        let left = end - at;
        walk.slice(&layout::DATA, at, left);
        walk.problem(Problem::Malformed, at, left, |text| {
            let name = mnemonic(kind).unwrap_or("record");
            let _ = write!(text, "{left} bytes behind the {name} data within the record's length");
        });
    }
}

fn strings<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    len_def: &'static FieldDef,
    def: &'static FieldDef,
    from: usize,
    end: usize,
    whole: bool,
) {
    let mut at = from;
    while at < end {
        let len = walk.u8(at).map_or(0, usize::from);
        let held = len.min(end - at - 1);
        walk.uint(len_def, at, 1);
        printable_value(walk, def, at + 1, held);
        if held < len && whole {
            walk.problem(Problem::Malformed, at, end - at, |text| {
                let _ = write!(text, "a string claims {len} bytes, the record has {held} left");
            });
        }
        at += 1 + held;
    }
}

fn bitmap<S: Sink>(walk: &mut Walk<'_, '_, S>, from: usize, end: usize, whole: bool) {
    let mut at = from;
    while at < end {
        let (window, len) = (walk.u8(at).unwrap_or(0), walk.u8(at + 1).map_or(0, usize::from));
        if end - at < 2 || len == 0 || len > 32 || len > end - at - 2 {
            if whole {
                walk.problem(Problem::Malformed, at, end - at, |text| {
                    let _ = write!(text, "a window of {len} bytes does not fit the type bit maps");
                });
            }
            return;
        }
        if S::DETAIL {
            for byte in 0..len {
                let bits = walk.u8(at + 2 + byte).unwrap_or(0);
                for bit in (0..8u16).filter(|bit| bits & 0x80 >> bit != 0) {
                    let kind = u16::from(window) << 8 | (byte as u16 * 8 + bit);
                    walk.field(&layout::BITMAP, at + 2 + byte, 1, Value::Uint(kind.into()));
                }
            }
        }
        at += 2 + len;
    }
}

fn authorisation<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize, end: usize, whole: bool) {
    let len = walk.u8(at).map_or(0, usize::from);
    if at >= end || len > end - at - 1 {
        if whole {
            walk.problem(Problem::Malformed, at, end.saturating_sub(at), |text| {
                let _ = write!(text, "a tag of {len} bytes does not fit the CAA record");
            });
        }
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

/// Service and protocol are the first two labels of the name (RFC 2782);
/// they take the place of the name, as in Wireshark.
fn service<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize, len: usize, owner: &str) -> bool {
    let mut parts = owner.splitn(3, '.');
    let (Some(service), Some(proto), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    // An instance's name stands before the service in DNS-SD (RFC 6763, 4.1).
    if !service.starts_with('_') {
        return false;
    }
    for (def, text) in
        [(&layout::SRV_SERVICE, service), (&layout::SRV_PROTO, proto), (&layout::SRV_NAME, rest)]
    {
        walk.field(def, at, len, Value::Bytes(text.as_bytes()));
    }
    true
}

/// What OPT makes of class and lifetime (RFC 6891, 6.1.3).
fn edns<S: Sink>(walk: &mut Walk<'_, '_, S>, after: usize) {
    if walk.mdns {
        walk.uint(&f::PAYLOAD_SIZE_MDNS, after + 2, 2);
        walk.uint(&f::CACHE_FLUSH, after + 2, 2);
    } else {
        walk.uint(&f::PAYLOAD_SIZE, after + 2, 2);
    }
    walk.uint(&f::EXT_RCODE, after + 4, 1);
    walk.uint(&f::EDNS_VERSION, after + 5, 1);
    walk.uint(&f::EDNS_Z, after + 6, 2);
    walk.packet.open();
    walk.uint(&f::EDNS_DO, after + 6, 2);
    walk.uint(&f::EDNS_RESERVED, after + 6, 2);
    walk.end_group();
}

/// The record in words: for the Info line and for its heading.
fn record_words<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
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
    if !S::DETAIL {
        return;
    }
    let owner = walk.name_text(at);
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

fn write_type(out: &mut String, kind: u16) {
    let _ = match mnemonic(kind) {
        Some(name) => write!(out, "{name}"),
        None => write!(out, "Unknown ({kind})"),
    };
}

fn write_class(out: &mut String, class: u16) {
    let _ = match types::name_of(types::CLASSES, class.into()) {
        Some(name) => write!(out, ", class {name}"),
        None => write!(out, ", class 0x{class:04x}"),
    };
}

/// A lifetime as people read it: `3600 (1 hour)`.
fn lifetime(out: &mut String, ttl: u32) {
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

/// The tag of a DNSSEC key (RFC 4034, B).
fn key_tag(data: &[u8]) -> u16 {
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
fn base32(bytes: &[u8]) -> String {
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
