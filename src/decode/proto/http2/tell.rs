//! Tells the fields of a frame, and what is wrong with it.

use super::fields::{self as f, named};
use super::frame::{self, Content, Frame, kind};
use super::hpack::{Form, Header, Part, Word, Words};
use super::{ACK, Dns, End, Head, Walk, name, problem, summary};
use crate::base::Escaped;
use crate::decode::proto::dns;
use crate::decode::{Bytes, Claim, Dissector as _, FieldDef, FramesLeft, Packet, Problem, Sink, Value};
use std::fmt::Write as _;
use std::ops::Range;

/// Parts of one header block that are told.
const MAX_PARTS: usize = 4096;

/// One frame, and what follows from it.
pub(super) fn frame<S: Sink>(packet: &mut Packet<'_, S>, walk: &mut Walk<'_>, frame: &Frame) {
    let Frame { at, .. } = *frame;
    let (bytes, words) = (packet.bytes(), walk.words());
    if walk.interrupts(frame) {
        problem(packet, at, frame.end - at, "a frame within a header block (RFC 9113, 6.10)");
    }
    if let Some(what) = frame::fault(frame) {
        problem(packet, at, frame::HEADER, what);
    }
    let (mut head, mut end, mut parts) = (Head::default(), End::Whole, Vec::new());
    if matches!(frame.kind, kind::HEADERS | kind::PUSH_PROMISE | kind::CONTINUATION) {
        (head, end) = walk.block(frame, |part| {
            if S::DETAIL && parts.len() < MAX_PARTS {
                parts.push(*part);
            }
        });
    }
    let dns = walk.dns(frame, &head);
    packet.group(&f::STREAM, at, frame.end - at);
    packet.label(|text| {
        let _ = write!(text, "{}, Stream ID: {}, Length {}", name(frame.kind), frame.stream(), frame.len());
        summary(text, words, &head, ", ");
        text.push_str(match dns {
            Some(Dns::Body { by_form: true, .. } | Dns::Whole { by_form: true, .. }) => {
                " (taken for DNS by its form)"
            }
            Some(_) => " (DNS)",
            None if walk.is_packed(&head) => " (DNS, but compressed: not read)",
            None => "",
        });
        if let (Some(Dns::Whole { .. }), Some(first)) = (&dns, walk.begun_by(frame.stream())) {
            let _ = write!(text, " (from packet {} on)", first + 1);
        }
        if frame.is_cut() {
            text.push_str(" (continues in the next segment)");
        }
    });
    if S::DETAIL {
        header(packet, frame);
    }
    match frame.content(bytes) {
        // What a frame that goes on elsewhere lacks is no fault.
        None if frame.is_cut() => packet.slice(&f::UNKNOWN, frame.payload(), frame.end - frame.payload()),
        None => {
            problem(packet, frame.payload(), frame.end - frame.payload(), misfit(frame));
            packet.slice(&f::UNKNOWN, frame.payload(), frame.end - frame.payload());
        }
        Some(content) => {
            payload(packet, frame, content, words, &parts, end);
            padding(packet, frame, content);
        }
    }
    packet.end_group();
    match dns {
        Some(Dns::Body { content: Content { from, to, .. }, .. }) => {
            packet.next(Claim::Stream(dns::Dns::PROTOCOL, frame.stream()), from, to - from);
        }
        Some(Dns::Query(message) | Dns::Whole { message, .. }) => {
            packet.next_made(Claim::Stream(dns::Dns::PROTOCOL, frame.stream()), message.into_boxed_slice());
        }
        None => {}
    }
}

/// The bytes at the begin that belong to a frame of earlier packets, and that frame when
/// it ends here.
pub(super) fn carried<S: Sink>(packet: &mut Packet<'_, S>, carried: &FramesLeft, whole: Option<&[u8]>) {
    let bytes = packet.bytes();
    let &FramesLeft { known, rest, begun, .. } = carried;
    if rest > 0 {
        packet.slice(&f::CONTINUED, known, rest);
        packet.label(|text| {
            let _ = write!(text, "{} of ", Bytes(rest));
            continued(text, carried, bytes);
            let _ = write!(text, "; {} came before", Bytes(begun));
            if let Some(first) = carried.begun_by {
                let _ = write!(text, ", from packet {} on", first + 1);
            }
            text.push_str(if whole.is_some() { "; it ends here" } else { "" });
        });
    }
    if let Some(whole) = whole {
        packet.next_together(whole.into());
    }
}

/// What a frame is that earlier packets begin.
pub(super) fn continued(text: &mut String, carried: &FramesLeft, bytes: &[u8]) {
    let mut header = carried.begin.clone();
    header.extend_from_slice(
        bytes.get(carried.known..).unwrap_or_default().chunks(frame::HEADER).next().unwrap_or_default(),
    );
    let frame = Frame::at(&header, 0).filter(|_| !carried.begin.is_empty());
    let _ = match frame {
        Some(frame) => write!(text, "{}[{}]", name(frame.kind), frame.stream()),
        None => write!(text, "a frame"),
    };
}

/// Why a frame has no content.
fn misfit(frame: &Frame) -> &'static str {
    if frame.is_padded() && frame.len() > 0 {
        "more padding than the frame has room for (RFC 9113, 6.1)"
    } else {
        "the frame is too short for what its flags promise (RFC 9113, 4.2)"
    }
}

fn header<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame) {
    let at = frame.at;
    packet.uint(&f::LENGTH, at, 3);
    packet.uint(&f::TYPE, at + 3, 1);
    packet.uint_group(&f::FLAGS, at + 4, 1);
    let flags: &[&'static FieldDef] = match frame.kind {
        kind::DATA => &[&f::PADDED, &f::END_STREAM],
        kind::HEADERS => &[&f::PRIORITY, &f::PADDED, &f::END_HEADERS, &f::END_STREAM],
        kind::SETTINGS => &[&f::ACK_SETTINGS],
        kind::PING => &[&f::ACK_PING],
        kind::PUSH_PROMISE => &[&f::PADDED, &f::END_HEADERS],
        kind::CONTINUATION => &[&f::END_HEADERS],
        _ => &[],
    };
    for flag in flags {
        packet.uint(flag, at + 4, 1);
    }
    packet.end_group();
    packet.uint(&f::RESERVED, at + 5, 4);
    packet.uint(&f::STREAM_ID, at + 5, 4);
    if frame.is_padded() && frame.end > frame.payload() {
        packet.uint(&f::PAD_LENGTH, frame.payload(), 1);
    }
}

fn payload<S: Sink>(
    packet: &mut Packet<'_, S>,
    frame: &Frame,
    content: Content,
    words: Words<'_>,
    parts: &[Part],
    end: End,
) {
    let Content { from, to, .. } = content;
    let held = frame.end - frame.payload();
    let at = frame.payload();
    let inner = at + usize::from(frame.is_padded());
    match frame.kind {
        kind::DATA if to > from => packet.slice(&f::DATA, from, to - from),
        kind::DATA => {}
        kind::HEADERS => {
            if frame.is_prioritised() {
                priority(packet, frame, inner);
            }
            block(packet, &f::HEADERS, content, words, parts, end);
        }
        kind::CONTINUATION => block(packet, &f::CONTINUATION, content, words, parts, end),
        kind::PUSH_PROMISE => {
            packet.uint(&f::PROMISE_RESERVED, inner, 4);
            packet.uint(&f::PROMISED_STREAM, inner, 4);
            block(packet, &f::PROMISE_HEADERS, content, words, parts, end);
        }
        kind::PRIORITY if held >= 5 => priority(packet, frame, at),
        kind::RST_STREAM if held >= 4 => packet.uint(&f::RST_ERROR, at, 4),
        kind::SETTINGS => settings(packet, frame),
        kind::PING => packet.slice(if frame.has(ACK) { &f::PONG } else { &f::PING }, at, held),
        kind::GOAWAY if held >= 8 => {
            packet.uint(&f::LAST_RESERVED, at, 4);
            packet.uint(&f::LAST_STREAM, at, 4);
            packet.uint(&f::GOAWAY_ERROR, at + 4, 4);
            if held > 8 {
                packet.slice(&f::GOAWAY_DATA, at + 8, held - 8);
            }
        }
        kind::WINDOW_UPDATE if held >= 4 => {
            packet.uint(&f::WINDOW_RESERVED, at, 4);
            packet.uint(&f::INCREMENT, at, 4);
            if packet.read(at, 4).is_some_and(|word| word & 0x7fff_ffff == 0) {
                problem(packet, at, 4, "a window that grows by 0 (RFC 9113, 6.9)");
            }
        }
        kind::ALTSVC => service(packet, frame),
        kind::ORIGIN => origins(packet, frame),
        kind::PRIORITY_UPDATE if held >= 4 => {
            packet.uint(&f::UPDATED_STREAM, at, 4);
            packet.slice(&f::UPDATED_PRIORITY, at + 4, held - 4);
        }
        _ if held > 0 => packet.slice(&f::UNKNOWN, at, held),
        _ => {}
    }
}

/// A frame's part of a header block.
fn block<S: Sink>(
    packet: &mut Packet<'_, S>,
    def: &'static FieldDef,
    content: Content,
    words: Words<'_>,
    parts: &[Part],
    end: End,
) {
    let Content { from, to, .. } = content;
    if to > from {
        packet.slice(def, from, to - from);
        if end == End::Unknown {
            packet.label(|text| {
                let _ = write!(text, "{}; an earlier frame has the begin of the field", Bytes(to - from));
            });
        }
    }
    for part in parts {
        match part {
            Part::Header(one) => header_field(packet, words, one),
            Part::Size { at, end, size } => {
                packet.group(&f::TABLE_UPDATE, *at, end - at);
                packet.field(&f::TABLE_SIZE, *at, end - at, Value::Uint(*size));
                packet.end_group();
            }
        }
    }
    match end {
        End::Bad(at, what) => {
            packet.slice(&f::PARTIAL_BLOCK, at, to - at);
            problem(packet, at, to - at, what);
        }
        End::Within(at) => packet.slice(&f::PARTIAL_BLOCK, at, to - at),
        End::Whole | End::Unknown => {}
    }
}

/// A header field; with `DETAIL` only.
fn header_field<S: Sink>(packet: &mut Packet<'_, S>, words: Words<'_>, one: &Header) {
    let Header { form, at, end, index, index_end, name, value } = *one;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let (names, values) = (name.read(words, &mut names), value.read(words, &mut values));
    packet.group(&f::HEADER, at, end - at);
    packet.label(|text| {
        let _ = match (names, values) {
            (Some(name), Some(value)) => write!(text, "{}: {}", Escaped(name), Escaped(value)),
            (None, Some(value)) => {
                write!(
                    text,
                    "name of entry {index} of the table that earlier packets filled: {}",
                    Escaped(value)
                )
            }
            _ => write!(text, "entry {index} of the table that earlier packets filled"),
        };
    });
    // What a table has stands for itself where the number of its entry is.
    let own = (at, index_end - at);
    if let Some(text) = names {
        let place = place_of(name, own, at..end);
        packet.field(&f::NAME_LENGTH, place.0, place.1, Value::Uint(text.len() as u64));
        packet.field(&f::NAME, place.0, place.1, Value::Bytes(text));
        refer(packet, name, at..end);
    }
    if let Some(text) = values {
        let place = place_of(value, own, at..end);
        packet.field(&f::VALUE_LENGTH, place.0, place.1, Value::Uint(text.len() as u64));
        packet.field(&f::VALUE, place.0, place.1, Value::Bytes(text));
        refer(packet, value, at..end);
        let def = names.and_then(named);
        let number = || std::str::from_utf8(text).ok()?.parse().ok();
        match def.map(|def| (def, def.bits().is_some())) {
            Some((def, false)) => packet.field(def, place.0, place.1, Value::Bytes(text)),
            Some((def, true)) => {
                if let Some(number) = number() {
                    packet.field(def, place.0, place.1, Value::Uint(number));
                }
            }
            None => {}
        }
    }
    packet.generated(&f::REPRESENTATION, Value::Bytes(representation(form, index).as_bytes()));
    if index > 0 {
        packet.field(&f::INDEX, at, index_end - at, Value::Uint(index));
    }
    packet.end_group();
}

/// Where a word of the header field at `whole` lies: in it, or as the entry's number.
fn place_of(word: Word, own: (usize, usize), whole: Range<usize>) -> (usize, usize) {
    match word {
        Word::Here(text) if whole.contains(&(text.at as usize)) => (text.at as usize, text.len as usize),
        _ => own,
    }
}

/// The bytes of a word that another header field of the packet has.
fn refer<S: Sink>(packet: &mut Packet<'_, S>, word: Word, whole: Range<usize>) {
    if let Word::Here(text) = word
        && !whole.contains(&(text.at as usize))
    {
        packet.refer(text.at as usize, text.len as usize);
    }
}

/// Wireshark's words for it.
fn representation(form: Form, index: u64) -> &'static str {
    match (form, index > 0) {
        (Form::Indexed, _) => "Indexed Header Field",
        (Form::Incremental, true) => "Literal Header Field with Incremental Indexing - Indexed Name",
        (Form::Incremental, false) => "Literal Header Field with Incremental Indexing - New Name",
        (Form::Without, true) => "Literal Header Field without Indexing - Indexed Name",
        (Form::Without, false) => "Literal Header Field without Indexing - New Name",
        (Form::Never, true) => "Literal Header Field never Indexed - Indexed Name",
        (Form::Never, false) => "Literal Header Field never Indexed - New Name",
    }
}

fn priority<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame, at: usize) {
    packet.uint(&f::EXCLUSIVE, at, 4);
    packet.uint(&f::DEPENDENCY, at, 4);
    packet.uint(&f::WEIGHT, at + 4, 1);
    if let Some(weight) = packet.read(at + 4, 1).filter(|_| at + 5 <= frame.end) {
        packet.generated(&f::WEIGHT_REAL, Value::Uint(weight + 1));
    }
    let itself = |word: u64| word & 0x7fff_ffff == u64::from(frame.stream());
    if frame.stream() != 0 && at + 4 <= frame.end && packet.read(at, 4).is_some_and(itself) {
        problem(packet, at, 4, "a stream that waits for itself (RFC 7540, 5.3.1)");
    }
}

fn settings<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame) {
    let mut at = frame.payload();
    while at + 6 <= frame.end {
        let (id, value) = (packet.read(at, 2).unwrap_or(0), packet.read(at + 2, 4).unwrap_or(0));
        let def = match id {
            1 => &f::TABLE_SIZE_SETTING,
            2 => &f::ENABLE_PUSH,
            3 => &f::MAX_STREAMS,
            4 => &f::WINDOW_SIZE,
            5 => &f::MAX_FRAME,
            6 => &f::MAX_HEADERS,
            8 => &f::EXTENDED_CONNECT,
            9 => &f::NO_PRIORITIES,
            _ => &f::UNKNOWN_SETTING,
        };
        packet.group(&f::SETTINGS, at, 6);
        packet.label(|text| {
            let _ = write!(text, "{} : {value}", def.label);
        });
        packet.uint(&f::SETTING_ID, at, 2);
        packet.uint(def, at + 2, 4);
        packet.end_group();
        if let Some(what) = frame::setting_fault(id as u16, value as u32) {
            problem(packet, at, 6, what);
        }
        at += 6;
    }
    if at < frame.end {
        packet.slice(&f::UNKNOWN, at, frame.end - at);
    }
}

fn service<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame) {
    let at = frame.payload();
    let Some(len) = packet.read(at, 2).filter(|_| at + 2 <= frame.end) else { return };
    let (len, left) = (len as usize, frame.end - at - 2);
    packet.uint(&f::ALTSVC_LENGTH, at, 2);
    if len > left && !frame.is_cut() {
        problem(packet, at, 2, "an origin longer than its frame (RFC 7838, 4)");
    }
    packet.slice(&f::ALTSVC_ORIGIN, at + 2, len.min(left));
    if left > len {
        packet.slice(&f::ALTSVC_VALUE, at + 2 + len, left - len);
    }
}

fn origins<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame) {
    let mut at = frame.payload();
    while at + 2 <= frame.end {
        let len = packet.read(at, 2).unwrap_or(0) as usize;
        let held = len.min(frame.end - at - 2);
        packet.group(&f::ORIGIN_ENTRY, at, 2 + held);
        packet.uint(&f::ORIGIN_LENGTH, at, 2);
        packet.slice(&f::ORIGIN, at + 2, held);
        packet.end_group();
        if held < len {
            if !frame.is_cut() {
                problem(packet, at, 2, "an origin longer than its frame (RFC 8336, 2)");
            }
            return;
        }
        at += 2 + len;
    }
}

fn padding<S: Sink>(packet: &mut Packet<'_, S>, frame: &Frame, content: Content) {
    let (at, len) = (content.to, frame.end - content.to);
    if !frame.is_padded() || len == 0 || !content.whole {
        return;
    }
    packet.slice(
        match frame.kind {
            kind::DATA => &f::DATA_PADDING,
            kind::HEADERS => &f::HEADERS_PADDING,
            _ => &f::PROMISE_PADDING,
        },
        at,
        len,
    );
    let zeros =
        packet.bytes().get(at..frame.end).is_some_and(|padding| padding.iter().all(|byte| *byte == 0));
    if !zeros {
        packet.problem(Problem::Unusual, at, len, |text| {
            text.push_str("padding that is not all zeros may carry something (RFC 9113, 6.1)");
        });
    }
}
