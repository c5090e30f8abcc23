//! One DNS message: header, questions, records. Every record stands for
//! itself: a bad one loses nothing but itself as long as its length is sound. Behind a
//! name that cannot be read nobody who receives the message reads on: what follows is
//! told, but under other names ([`cut`]).

use super::cut;
use super::fields as f;
use super::name;
use super::pairing;
use super::presentation::listed;
use super::rdata::{edns, record_data, service};
use super::types;
use super::walk::Walk;
use super::words::{lifetime, record_words, write_class, write_type};
use crate::decode::{
    Bytes, DnsKind, DnsMessage, DnsNamed, DnsTold, FieldDef, Outcome, Packet, Problem, Sink, Stop, Value,
};
use std::fmt::Write as _;

/// Labels and pointers that the names of one message may take.
const MAX_STEPS: u32 = 1 << 16;
/// Questions or answers of one message of multicast DNS that are paired.
const MAX_NAMED: usize = 64;

/// Why a message ends early; `None` when the reason is told already.
type End = Option<Stop>;

/// Takes a message apart; `base` is its place in the layer. `behind`: words for the end of
/// the Info text. `heard`: the flows are told of it.
pub(super) fn tell<S: Sink>(
    packet: &mut Packet<'_, S>,
    base: usize,
    kind: DnsKind,
    behind: &str,
    heard: bool,
) -> Outcome {
    let bytes = packet.bytes().get(base..).unwrap_or_default();
    let cut = packet.is_cut() || packet.net.fragment;
    let mdns = kind == DnsKind::Mdns;
    let mut walk = Walk {
        packet,
        bytes,
        base,
        cut,
        mdns,
        steps: MAX_STEPS,
        lost: false,
        unread: false,
        info: String::new(),
    };
    let outcome = match message(&mut walk, kind, heard) {
        Err(Some(stop)) => Err(stop),
        Ok(()) | Err(None) => Ok(()),
    };
    let Walk { packet, info, .. } = walk;
    let words = |text: &mut String| {
        text.push_str(&info);
        text.push_str(behind);
    };
    // Those that share a segment of HTTP/2 stand side by side.
    if packet.shared_stream().is_some() && packet.messages() > 1 {
        packet.info_more(words);
    } else {
        packet.info(words);
    }
    outcome
}

fn message<S: Sink>(walk: &mut Walk<'_, '_, S>, kind: DnsKind, heard: bool) -> Result<(), End> {
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
    let stream = walk.packet.shared_stream().unwrap_or(0);
    let told = match heard {
        true => walk.packet.dns(DnsMessage { kind, id, flags, stream, qtype, question: hash }),
        false => DnsTold::default(),
    };
    if heard && walk.mdns {
        named(walk.bytes, response, questions, counts[0], |named| walk.packet.dns_named(named));
    }
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
    let outcome = entries(walk, opcode == 5, questions, counts);
    // Of what ends early Wireshark says nothing more: its fields are not told.
    pairing::tell(walk.packet, told, outcome.is_ok() && !walk.unread);
    outcome
}

/// Questions and records.
fn entries<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    update: bool,
    questions: u16,
    counts: [u16; 3],
) -> Result<(), End> {
    let mut at = 12;
    if questions > 0 {
        let def = if update { &f::ZONE_SECTION } else { &f::QUESTION_SECTION };
        let start = at;
        let entries = |walk: &mut Walk<'_, '_, S>| (0..questions).try_fold(start, |at, _| question(walk, at));
        at = section(walk, def, at, entries, questions, 4)?;
    }
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
    let mut whole = [0; 256];
    // The first name has none before it that a sound pointer could lead to.
    let name = match name {
        [.., 0xc0..=0xff, _] => {
            name::expand(message, 12, &mut whole).and_then(|size| whole.get(..=size)).unwrap_or(name)
        }
        _ => name,
    };
    let mut hash = u64::from(u32::from_be_bytes(*rest));
    let mut words = name.chunks_exact(8);
    for word in words.by_ref() {
        hash = mix(hash, word.first_chunk().copied().unwrap_or_default());
    }
    let mut last = [0; 8];
    last.iter_mut().zip(words.remainder()).for_each(|(to, byte)| *to = *byte);
    hash = mix(hash, last);
    let &[t0, t1, ..] = rest;
    ((hash >> 48) as u16 | 1, u16::from_be_bytes([t0, t1]))
}

/// Mixes eight bytes of a name in, whatever the case of their letters.
fn mix(hash: u64, bytes: [u8; 8]) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    // In each byte: the high bit of `from` is set from `A` on, that of `behind` behind `Z`.
    let low = word & !HIGH;
    let (from, behind) = (low + 0x3f3f_3f3f_3f3f_3f3f, low + 0x2525_2525_2525_2525);
    let letters = (from ^ behind) & !word & HIGH;
    let hash = (hash ^ (word | letters >> 2)).wrapping_mul(0x9fb2_1c65_1e98_df25);
    hash ^ hash >> 32
}

/// Tells what multicast DNS asks or answers: names without compression, and types; a
/// few together.
fn named(
    message: &[u8],
    response: bool,
    questions: u16,
    answers: u16,
    mut tell: impl FnMut([DnsNamed; DnsNamed::TOGETHER]),
) {
    let (mut found, mut count) = ([DnsNamed::default(); DnsNamed::TOGETHER], 0);
    let mut add = |named: DnsNamed| {
        if let Some(place) = found.get_mut(count % DnsNamed::TOGETHER) {
            *place = named;
        }
        count += 1;
        if count % DnsNamed::TOGETHER == 0 {
            tell(std::mem::take(&mut found));
        }
        count < MAX_NAMED
    };
    let mut at = Some(12);
    for entry in 0..u32::from(questions) + if response { u32::from(answers) } else { 0 } {
        let (Some(start), Some(end)) = (at, at.and_then(|at| name::skip(message, at))) else { break };
        let is_answer = entry >= u32::from(questions);
        if is_answer == response {
            let named = name_and_type(message, start, end).unwrap_or_default();
            let (mut has_room, mut is_sound) = (true, true);
            // What it lists comes before it: where there is no room for all, or it is broken, it
            // denies nothing.
            if is_answer && named.kind == DnsNamed::NSEC {
                let each = |kind| has_room = has_room && add(DnsNamed { kind, listed: true, ..named });
                is_sound = bitmap(message, end).and_then(|bits| listed(bits, each)).is_some();
            }
            if !has_room || is_sound && !add(named) {
                break;
            }
        }
        let data =
            message.get(end + 8..).and_then(|rest| rest.first_chunk()).copied().map(u16::from_be_bytes);
        at = if is_answer { data.map(|data| end + 10 + usize::from(data)) } else { Some(end + 4) };
    }
    if count % DnsNamed::TOGETHER != 0 {
        tell(found);
    }
}

/// The types that an NSEC record lists, whose name ends at `end`.
fn bitmap(message: &[u8], end: usize) -> Option<&[u8]> {
    let length = message.get(end + 8..)?.first_chunk().copied().map(u16::from_be_bytes)?;
    let from = name::skip(message, end + 10)?;
    message.get(from..end + 10 + usize::from(length))
}

/// A hash of the name at `at`, never 0, and the type behind its end.
fn name_and_type(message: &[u8], at: usize, end: usize) -> Option<DnsNamed> {
    let mut whole = [0; 256];
    let size = name::expand(message, at, &mut whole)?;
    let kind = message.get(end..)?.first_chunk::<2>()?;
    // FNV-1a.
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
    let name = whole.get(..size)?.iter().fold(0x811c_9dc5, mix) | 1;
    Some(DnsNamed { name, kind: u16::from_be_bytes(*kind), listed: false })
}

/// One question; where it ends.
fn question<S: Sink>(walk: &mut Walk<'_, '_, S>, at: usize) -> Result<usize, End> {
    let shape = walk.shape(at, walk.bytes.len());
    let after = match shape {
        Ok(shape) => shape.end,
        Err(Some(after)) => after,
        Err(None) => {
            cut::tell(walk, &cut::QUESTION, at, None);
            return Err(broken(walk, at, "question"));
        }
    };
    let (Some(kind), Some(class)) = (walk.u16(after), walk.u16(after + 2)) else {
        cut::tell(walk, &cut::QUESTION, at, Some(after));
        return Err(Some(walk.ends(after, 4, "question's type and class")));
    };
    walk.unread |= shape.is_err() && walk.is_unreadable(at);
    if walk.unread {
        cut::tell(walk, &cut::QUESTION, at, Some(after));
        return Ok(after + 4);
    }
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
    let shape = walk.shape(at, walk.bytes.len());
    let after = match shape {
        Ok(shape) => shape.end,
        Err(Some(after)) => after,
        Err(None) => {
            cut::tell(walk, &cut::RECORD, at, None);
            return Err(broken(walk, at, "name of a record"));
        }
    };
    let (Some(kind), Some(class), Some(ttl), Some(length)) =
        (walk.u16(after), walk.u16(after + 2), walk.u32(after + 4), walk.u16(after + 8))
    else {
        cut::tell(walk, &cut::RECORD, at, Some(after));
        return Err(Some(walk.ends(after, 10, "record's fixed part")));
    };
    let (data, length) = (after + 10, usize::from(length));
    let held = length.min(walk.bytes.len() - data);
    walk.unread |= shape.is_err() && walk.is_unreadable(at);
    if walk.unread && held == length {
        cut::tell(walk, &cut::RECORD, at, Some(after));
        return Ok(data + length);
    }
    let owner = (S::DETAIL && held == length).then(|| walk.name_text(at));
    if S::TEXT && (S::DETAIL || walk.has_room()) {
        record_words(walk, owner.as_deref(), at, kind, class, data, held);
    } else if owner.is_some() {
        walk.group(&f::RECORD, at, data + held - at);
    }
    if held < length {
        cut::tell(walk, &cut::RECORD, at, Some(after));
        return Err(Some(walk.ends(data, length, "record data")));
    }
    if let Some(owner) = owner {
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
    // An update may name a record without its data (RFC 2136, 2.4).
    let has_data = length > 0 || (!matches!(class, 254 | 255) && kind != 41);
    if has_data {
        record_data(walk, kind, data, data + length);
    }
    walk.end_group();
    Ok(data + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(name: &[u8], kind: u8) -> (u16, u16) {
        first_question(&[&[0; 12], name, &[0, kind, 0, 1]].concat())
    }

    #[test]
    fn questions_are_alike_whatever_the_case_of_their_letters() {
        let all = asks(b"\x1aabcdefghijklmnopqrstuvwxyz\0", 1);
        assert_eq!(asks(b"\x1aABCDEFGHIJKLMNOPQRSTUVWXYZ\0", 1), all);
        assert_eq!(asks(b"\x1aAbCdEfGhIjKlMnOpQrStUvWxYz\0", 1), all);
        assert_ne!(asks(b"\x1aabcdefghijklmnopqrstuvwxyy\0", 1).0, all.0);
        assert_ne!(asks(b"\x1aabcdefghijklmnopqrstuvwxyz\0", 28).0, all.0, "another type");
        // Beside the letters: @ and `, [ and {, bytes beyond ASCII.
        for (one, other) in [(b'@', b'`'), (b'[', b'{'), (0xc1, 0xe1), (b'0', b'P')] {
            let asked = [one, other].map(|byte| asks(&[2, byte, b'x', 0], 1).0);
            assert_ne!(asked[0], asked[1], "{one:#x} and {other:#x}");
        }
        assert_eq!(asks(b"\x02ab", 1), (0, 0), "no end");
    }
}
