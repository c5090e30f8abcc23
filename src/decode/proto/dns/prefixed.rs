//! Messages in a stream, where each begins with its length (RFC 1035, 4.2.2; RFC 7766, 8).
//!
//! A message is told where its header is whole, as far as the segment has it, and again
//! as a whole where it ends: of what lies between, and of a header that two segments share,
//! whoever follows the stream tells ([`MessageLeft`]). Without that every segment is read
//! for itself: its look alone says where messages begin ([`begin`]).

use super::{look, message};
use crate::decode::{Bytes, Carried, DnsKind, FieldDef, MessageLeft, Outcome, Packet, Sink, Stop, Value};
use std::fmt::Write as _;

crate::decode::field::fields! {
    LENGTH = FieldDef::uint("dns.length", "Length", 16)
        .about("Bytes of the message that follows; only over TCP. RFC 1035, 4.2.2.");
    KNOWN = FieldDef::bytes("wirepeel.dns.again", "Came before")
        .about("Bytes of the stream that an earlier segment brought already. RFC 9293, 3.8.1.");
    CONTINUED = FieldDef::bytes("wirepeel.dns.continued", "Message continued")
        .about("What belongs to a message that earlier segments begin; where it ends it is told as a whole. RFC 7766, 8.");
    CONFLICT = FieldDef::group("wirepeel.dns.conflict", "Conflict")
        .about("Bytes of the segment have a place in the stream where others are kept: those that had their turn first. RFC 9293, 3.10.7.4.")
        .looks_ahead();
    OUTSIDE = FieldDef::bytes("wirepeel.dns.outside", "Outside of the window")
        .about("Bytes whose place in the stream is not one that the receiver takes, as far as the capture shows its window: it drops them. RFC 9293, 3.10.7.4.");
    BEGUN = FieldDef::bytes("wirepeel.dns.begun", "Begin of a message")
        .about("Not even the header is whole: the message is told in the next segment. RFC 7766, 8.");
}

/// Bytes of a length and the header behind it: with fewer nothing is told of a message.
pub const HEAD: usize = 2 + 12;

/// Bytes of the message that begins here, its length included, if it looks like one.
/// `strict`: nothing else says that one begins here.
pub fn length(bytes: &[u8], strict: bool) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    (length >= HEAD - 2 && look::plausible(rest, length, strict)).then_some(2 + length)
}

/// Whether a message may begin here of which less than [`HEAD`] is there.
pub fn could_begin(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_none_or(|length| usize::from(u16::from_be_bytes(*length)) >= HEAD - 2)
}

/// Whole messages that are read while the first one of a segment is looked for, and so many
/// of them in a row that nobody doubts it.
const TRIED: usize = 64;
const ENOUGH: usize = 16;

/// Where messages begin in a segment of which nothing else says so: with it, when it looks
/// like that, or behind the end of one that began before, where whole messages with nothing
/// between them follow up to the end or to one that goes on.
pub fn begin(bytes: &[u8]) -> Option<usize> {
    if length(bytes, true).is_some() {
        return Some(0);
    }
    let mut tries = TRIED;
    let mut fits = |begin: &usize| {
        let (mut at, mut count) = (*begin, 0);
        while count < ENOUGH
            && tries > 0
            && let Some(total) = whole(bytes.get(at..).unwrap_or_default())
        {
            (at, count, tries) = (at + total, count + 1, tries - 1);
        }
        let rest = bytes.get(at..).unwrap_or_default();
        count == ENOUGH || count > 0 && tries > 0 && (rest.is_empty() || length(rest, true).is_some())
    };
    // One question, as all have that are whole by their look: two bytes that are soon found.
    let questions = memchr::memmem::find_iter(bytes, b"\0\x01");
    questions.filter_map(|at| at.checked_sub(6)).filter(|begin| *begin > 0).find(|begin| fits(begin))
}

/// Where messages begin that a segment tells of which nothing else says so.
pub fn begins(bytes: &[u8]) -> impl Iterator<Item = usize> {
    std::iter::successors(begin(bytes), |at| Some(at + length(bytes.get(*at..)?, true)?))
        .filter(|at| length(bytes.get(*at..).unwrap_or_default(), true).is_some())
}

/// Bytes of the message that begins here, if all of it is here and its counts account for
/// all of it.
fn whole(bytes: &[u8]) -> Option<usize> {
    let (size, rest) = bytes.split_first_chunk()?;
    let message = rest.get(..usize::from(u16::from_be_bytes(*size)))?;
    (look::is_whole(message) && length(bytes, true).is_some()).then_some(2 + message.len())
}

/// Where a message of a segment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the segment, from here on; of the first one [`untold`] may have the begin.
    Here(usize),
    /// In one of [`MessageLeft::late`], from here on.
    Late(usize, usize),
}

/// Where the message lies that has so many others of a segment before it, as they are told.
pub fn place(bytes: &[u8], left: Option<&MessageLeft>, place: u8) -> Option<Place> {
    let left = left.filter(|left| !left.is_by_look());
    let begun = untold(left);
    let (mut at, mut before) = match left {
        Some(left) => (left.known.saturating_add(left.rest).min(bytes.len()), 0),
        None => (begin(bytes)?, 0),
    };
    if !begun.is_empty() {
        if place == 0 {
            return Some(Place::Here(left?.known));
        }
        before = 1;
    }
    while let Some(total) = length(bytes.get(at..).unwrap_or_default(), left.is_none()) {
        if before == place {
            return Some(Place::Here(at));
        }
        (at, before) = (at.saturating_add(total), before + 1);
    }
    for (which, late) in left?.late.iter().enumerate() {
        let mut at = 0;
        while let Some(total) = length(late.bytes.get(at..).unwrap_or_default(), false) {
            if before == place {
                return Some(Place::Late(which, at));
            }
            (at, before) = (at.saturating_add(total), before + 1);
        }
    }
    None
}

/// What earlier segments have of a message that is told in this one.
pub fn untold(left: Option<&MessageLeft>) -> &[u8] {
    left.filter(|left| !left.is_told).map_or(&[], |left| &left.begin)
}

/// Takes a message of a segment apart; the next one follows as a layer beside it.
pub(super) fn dissect<S: Sink>(packet: &mut Packet<'_, S>, kind: DnsKind) -> Outcome {
    let left = packet.frame().carried.and_then(Carried::message);
    let outcome = here(packet, left.filter(|left| !left.is_by_look()), kind);
    let Some(left) = left.filter(|_| !packet.is_beside() && !matches!(outcome, Err(Stop::Declined))) else {
        return outcome;
    };
    if left.conflicts {
        packet.generated(&CONFLICT, Value::None);
        packet.label(|text| {
            text.push_str(match left.is_early {
                true => "it came too early, and other bytes have its place",
                false => "what came before again, and not the same; the first bytes are kept",
            });
        });
        packet.remark(|text| text.push_str("[conflict] "));
    }
    for late in &left.late {
        packet.next_messages_together(late.bytes.as_slice().into(), late.lacks);
    }
    outcome
}

/// A message of the segment, or what goes on in it.
fn here<S: Sink>(packet: &mut Packet<'_, S>, left: Option<&MessageLeft>, kind: DnsKind) -> Outcome {
    let bytes = packet.bytes();
    if let Some(left) = left.filter(|left| !packet.is_beside() && left.known.max(left.rest) > 0) {
        return go_on(packet, left, kind);
    }
    if left.is_none()
        && !packet.is_beside()
        && let Some(rest @ 1..) = begin(bytes)
    {
        return go_on(packet, &MessageLeft { rest, ..MessageLeft::default() }, kind);
    }
    let Some(total) = length(bytes, left.is_none()) else {
        if left.is_some() && bytes.len() < HEAD && could_begin(bytes) && !packet.is_cut() {
            packet.slice(&BEGUN, 0, bytes.len());
            packet.label(|text| {
                let _ =
                    write!(text, "{} of a message that the next segment goes on with", Bytes(bytes.len()));
            });
            packet.info(|text| text.push_str("the begin of a message (continues in the next segment)"));
            return Ok(());
        }
        return Err(Stop::Declined);
    };
    let held = bytes.len().min(total);
    let continues = total > packet.claimed();
    let is_lacking = packet.is_made() && packet.is_cut();
    super::title(packet, bytes.get(2..).unwrap_or_default(), |text| {
        let whole = Bytes(total - 2);
        if is_lacking {
            let _ =
                write!(text, " (incomplete: the capture lacks all but the first {} of {whole})", held - 2);
        } else if continues {
            let _ = write!(text, " (continues in the next segment; here are {} of {whole})", held - 2);
        }
    });
    packet.next_message(total);
    let behind = match (continues, is_lacking) {
        (true, _) => " (continues in the next segment)",
        (_, true) => " (incomplete: the capture lacks the rest)",
        _ => "",
    };
    one(packet, kind, total, behind, true)
}

/// The message at the begin of the layer.
fn one<S: Sink>(
    packet: &mut Packet<'_, S>,
    kind: DnsKind,
    total: usize,
    behind: &str,
    heard: bool,
) -> Outcome {
    packet.uint(&LENGTH, 0, 2);
    packet.at = 2;
    let continues = total > packet.claimed();
    if continues {
        // What does not fit was sent, only not here.
        packet.claimed = total as u32;
    }
    match message::tell(packet, 2, kind, behind, heard) {
        Err(Stop::Truncated(_)) if continues => Ok(()),
        outcome => outcome,
    }
}

/// The bytes at the begin of a segment that came before, or belong to a message of earlier
/// ones; with them that message, when it ends or is told here.
fn go_on<S: Sink>(packet: &mut Packet<'_, S>, left: &MessageLeft, kind: DnsKind) -> Outcome {
    let bytes = packet.bytes();
    let known = left.known.min(bytes.len());
    let end = known.saturating_add(left.rest).min(bytes.len());
    let rest = bytes.get(known..end).unwrap_or_default();
    let from = |text: &mut String| {
        if let Some(first) = left.begun_by {
            let _ = write!(
                text,
                " (from packet {} on{})",
                first + 1,
                if left.ends { "" } else { "; it continues" }
            );
        }
    };
    // Nothing is put together but where it is told.
    let whole = if left.begin.is_empty() { Vec::new() } else { [&left.begin, rest].concat() };
    let total = length(&whole, false);
    match total {
        Some(_) => super::title(packet, whole.get(2..).unwrap_or_default(), from),
        None => {
            let words = |text: &mut String| {
                text.push_str(match rest.is_empty() {
                    true if left.is_outside => "outside of the window that the receiver offers",
                    true => "only what came before",
                    false if left.begun == 0 => "the rest of messages that begin before",
                    false => "the rest of a message",
                });
                from(text);
            };
            packet.label(words);
            packet.info(words);
        }
    }
    if known > 0 {
        packet.slice(if left.is_outside { &OUTSIDE } else { &KNOWN }, 0, known);
    }
    if !rest.is_empty() {
        packet.slice(&CONTINUED, known, rest.len());
        packet.label(|text| {
            let _ = write!(text, "{}", Bytes(rest.len()));
            if left.begun > 0 {
                let _ = write!(text, "; {} came before", Bytes(left.begun));
            }
        });
    }
    packet.at = end;
    packet.next_message(end);
    let mut outcome = Ok(());
    if let Some(total) = total {
        let mut behind = String::new();
        from(&mut behind);
        packet.within(whole.into(), |packet| outcome = one(packet, kind, total, &behind, !left.is_told));
    }
    if outcome.is_ok() && packet.is_cut() {
        return Err(packet.short(packet.claimed() - bytes.len(), "message"));
    }
    outcome
}
