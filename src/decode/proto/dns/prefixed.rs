//! Messages in a stream, where each begins with its length (RFC 1035, 4.2.2; RFC 7766, 8).
//!
//! A message is told where its header is whole, as far as the segment has it, and again
//! as a whole where it ends: of what lies between, and of a header that two segments share,
//! whoever follows the stream tells ([`MessageLeft`]). Without that every segment is read
//! for itself.

use super::{look, message};
use crate::decode::{Bytes, Carried, DnsKind, FieldDef, MessageLeft, Outcome, Packet, Sink, Stop};
use std::fmt::Write as _;

crate::decode::field::fields! {
    LENGTH = FieldDef::uint("dns.length", "Length", 16)
        .about("Bytes of the message that follows; only over TCP. RFC 1035, 4.2.2.");
    KNOWN = FieldDef::bytes("wirepeel.dns.again", "Came before")
        .about("Bytes of the stream that an earlier segment brought already. RFC 9293, 3.8.1.");
    CONTINUED = FieldDef::bytes("wirepeel.dns.continued", "Message continued")
        .about("What belongs to a message that earlier segments begin; where it ends it is told as a whole. RFC 7766, 8.");
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

/// Bytes of a segment that has so many other messages before one: where they begin, behind
/// what [`MessageLeft::begin`] has of it.
pub fn skip(bytes: &[u8], left: Option<&MessageLeft>, place: u8) -> Option<usize> {
    let begin = untold(left);
    let mut at = left.map_or(0, |left| left.known + if begin.is_empty() { left.rest } else { 0 });
    for before in 0..place {
        let rest = bytes.get(at..)?;
        at += if before == 0 && !begin.is_empty() {
            length(&[begin, rest].concat(), false)?.saturating_sub(begin.len())
        } else {
            length(rest, false)?
        };
    }
    Some(at)
}

/// What earlier segments have of a message that is told in this one.
pub fn untold(left: Option<&MessageLeft>) -> &[u8] {
    left.filter(|left| !left.is_told).map_or(&[], |left| &left.begin)
}

/// Takes a message of a segment apart; the next one follows as a layer beside it.
pub(super) fn dissect<S: Sink>(packet: &mut Packet<'_, S>, kind: DnsKind) -> Outcome {
    let left = packet.frame().carried.and_then(Carried::message);
    let bytes = packet.bytes();
    if let Some(left) = left.filter(|left| !packet.is_beside() && left.known + left.rest > 0) {
        return go_on(packet, left, kind);
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
    super::title(packet, bytes.get(2..).unwrap_or_default(), |text| {
        if continues {
            let whole = Bytes(total - 2);
            let _ = write!(text, " (continues in the next segment; here are {} of {whole})", held - 2);
        }
    });
    packet.next_message(total);
    one(packet, kind, total, if continues { " (continues in the next segment)" } else { "" }, true)
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
                text.push_str("the rest of a message");
                from(text);
            };
            packet.label(words);
            packet.info(words);
        }
    }
    if known > 0 {
        packet.slice(&KNOWN, 0, known);
    }
    if !rest.is_empty() {
        packet.slice(&CONTINUED, known, rest.len());
        packet.label(|text| {
            let _ = write!(text, "{}; {} came before", Bytes(rest.len()), Bytes(left.begun));
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
