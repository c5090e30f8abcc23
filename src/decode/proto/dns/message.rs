//! One DNS message: header, questions, records. Every record stands for
//! itself: a bad one loses nothing but itself as long as its length is sound.

use super::fields as f;
use super::name::{self, Fault, Shape};
use super::pairing;
use super::rdata::{edns, record_data, service};
use super::types;
use super::words::{lifetime, record_words, write_class, write_type};
use crate::decode::{Bytes, DnsKind, DnsMessage, FieldDef, Outcome, Packet, Problem, Sink, Stop, Value};
use std::fmt::Write as _;

/// Labels and pointers that the names of one message may take.
const MAX_STEPS: u32 = 1 << 16;
/// Labels and pointers of one name.
const MAX_NAME_STEPS: u32 = 512;

/// Bytes of Info text of one message: compressed names can make much of little.
const MAX_INFO: usize = 4096;

/// Why a message ends early; `None` when the reason is told already.
type End = Option<Stop>;

/// A message on its way through the dissector. Positions count from its id.
pub(super) struct Walk<'w, 'p, S: Sink> {
    pub(super) packet: &'w mut Packet<'p, S>,
    pub(super) bytes: &'p [u8],
    pub(super) base: usize,
    pub(super) cut: bool,
    pub(super) mdns: bool,
    pub(super) steps: u32,
    pub(super) lost: bool,
    pub(super) info: String,
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

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
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
        self.packet.problem(kind, self.base + at, len, write);
    }

    /// The message ends before `what` does: cut short, or wrong.
    pub(super) fn ends(&mut self, at: usize, needed: usize, what: &'static str) -> Stop {
        self.packet.at = self.base + at.min(self.bytes.len());
        self.packet.short(needed, what)
    }

    /// The shape of a name; tells what is wrong with it.
    pub(super) fn shape(&mut self, at: usize, end: usize) -> Result<Shape, Option<usize>> {
        match name::shape(self.bytes, at, &mut self.steps) {
            Ok(shape) if shape.end <= end => Ok(shape),
            Ok(shape) => {
                self.problem(Problem::Malformed, at, end.saturating_sub(at), |text| {
                    let _ = write!(
                        text,
                        "a name takes {}, its record has {} left",
                        Bytes(shape.end - at),
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
    pub(super) fn name_text(&self, at: usize) -> String {
        if self.lost {
            return Fault::Steps.placeholder().to_owned();
        }
        let mut out = String::new();
        match name::shape(self.bytes, at, &mut { MAX_NAME_STEPS }) {
            Ok(_) => name::write(&mut out, self.bytes, at),
            Err((fault, _)) => out.push_str(fault.placeholder()),
        }
        out
    }

    /// Whether the Info text may grow; marks where it ends.
    pub(super) fn has_room(&mut self) -> bool {
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
            self.read_name(def, at, len, &text);
        }
    }

    /// Tells a name that was read before, and where its compression pointers lead.
    fn read_name(&mut self, def: &'static FieldDef, at: usize, len: usize, text: &str) {
        self.field(def, at, len, Value::Bytes(text.as_bytes()));
        for stretch in name::stretches(self.bytes, at, MAX_NAME_STEPS) {
            self.packet.refer(self.base + stretch.start, stretch.len());
        }
    }

    /// Tells a name and what is wrong with it; where it ends, if that is known.
    pub(super) fn name(&mut self, def: &'static FieldDef, at: usize, end: usize) -> Option<usize> {
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

/// Whether a datagram of any port looks like a query or its answer: one question
/// of a usual class, no odd flag, and nothing that is not accounted for.
pub(super) fn looks_like_one(message: &[u8]) -> bool {
    let Some(&[_, _, f0, f1, 0, 1, a0, a1, n0, n1, r0, r1]) = message.first_chunk() else { return false };
    let [answers, authority, additional] = [[a0, a1], [n0, n1], [r0, r1]].map(u16::from_be_bytes);
    let response = f0 & 0x80 != 0;
    // Opcode 0; a query has no code, is not authoritative, and brings no answers.
    let sound = f0 & 0x78 == 0
        && f1 & 0x40 == 0
        && f1 & 0x0f <= 10
        && (response || f0 & 0x06 == 0 && f1 & 0x8f == 0 && answers + authority == 0 && additional <= 2)
        && answers.max(authority).max(additional) <= 100;
    let records = usize::from(answers) + usize::from(authority) + usize::from(additional);
    let class_and_end = || {
        let end = name::shape(message, 12, &mut 256).ok()?.end;
        let &[t0, t1, c0, c1] = message.get(end..)?.first_chunk()?;
        Some((u16::from_be_bytes([t0, t1]), u16::from_be_bytes([c0, c1]), end + 4))
    };
    sound
        && class_and_end().is_some_and(|(kind, class, end)| {
            let left = message.len().saturating_sub(end);
            // The names of NetBIOS have the same messages (RFC 1002, 4.2.1).
            let netbios = message.get(12) == Some(&32) && matches!(kind, 32 | 33);
            kind != 0
                && !netbios
                && matches!(class, 1 | 3 | 4 | 255)
                && (records * 11 <= left)
                && (records > 0 || left == 0)
        })
}

/// Takes a message apart; `base` is its place in the layer. `continues`: its
/// end is in a later segment.
pub(super) fn tell<S: Sink>(
    packet: &mut Packet<'_, S>,
    base: usize,
    kind: DnsKind,
    continues: bool,
) -> Outcome {
    let bytes = packet.bytes().get(base..).unwrap_or_default();
    let cut = packet.is_cut() || packet.net.fragment;
    let mdns = kind == DnsKind::Mdns;
    let mut walk =
        Walk { packet, bytes, base, cut, mdns, steps: MAX_STEPS, lost: false, info: String::new() };
    let outcome = match message(&mut walk, kind) {
        Err(Some(stop)) => Err(stop),
        Ok(()) | Err(None) => Ok(()),
    };
    let Walk { packet, info, .. } = walk;
    packet.info(|text| {
        text.push_str(&info);
        if continues {
            text.push_str(" (continues in the next segment)");
        }
    });
    outcome
}

fn message<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: DnsKind) -> Result<(), End> {
    let Some(&[i0, i1, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1]) = walk.bytes.first_chunk() else {
        if let Some(flags) = walk.u16(2) {
            header(walk, flags, kind, false);
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
    let (hash, qtype) = if questions > 0 { first_question(walk.bytes) } else { (0, 0) };
    let pairing = walk.packet.dns(DnsMessage { kind, id, flags, qtype, question: hash });
    header(walk, flags, kind, opcode == 5);
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
            let _ =
                write!(text, "{left} behind the last record that no count accounts for", left = Bytes(left));
        });
    }
    pairing::tell(walk.packet, pairing);
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

fn header<S: Sink>(walk: &mut Walk<'_, '_, S>, flags: u16, kind: DnsKind, update: bool) {
    if !S::DETAIL {
        return;
    }
    walk.uint(&f::ID, 0, 2);
    walk.uint(&f::FLAGS, 2, 2);
    walk.packet.open();
    let response = flags & 0x8000 != 0;
    walk.uint(&f::RESPONSE, 2, 2);
    walk.uint(&f::OPCODE, 2, 2);
    let llmnr = kind == DnsKind::Llmnr;
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

/// A hash of the first question that is equal in a query and its response, and
/// the question's type; zeros when it is not there as a whole.
fn first_question(message: &[u8]) -> (u16, u16) {
    let question = || {
        let end = name::skip(message, 12)?;
        let rest = message.get(end..)?.first_chunk::<4>()?;
        Some((message.get(12..end)?, rest))
    };
    let Some((name, rest)) = question() else { return (0, 0) };
    // FNV-1a.
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.iter().map(u8::to_ascii_lowercase).fold(0x811c_9dc5, mix);
    let hash = rest.iter().copied().fold(hash, mix);
    let &[t0, t1, ..] = rest;
    (((hash >> 16) ^ hash) as u16 | 1, u16::from_be_bytes([t0, t1]))
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
        walk.read_name(&f::QRY_NAME, at, after - at, &text);
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
            walk.read_name(&f::RESP_NAME, at, after - at, &owner);
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
