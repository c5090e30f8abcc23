//! Tells the fields of packets with long headers and of the frames in them. Only
//! called where text or fields are wanted; tells no events.

use super::frames::{self, Frame};
use super::header::{Kind, Long};
use super::initial::{self, Opened};
use super::{Messages, fields::*, place, version};
use crate::decode::proto::tls::handshake::{self, Handshake};
use crate::decode::{Carried, Claim, Dissector, FieldDef, Packet, Sink, Value};
use std::fmt::Write as _;

/// The packet at `at`.
pub(super) fn long<S: Sink>(
    packet: &mut Packet<'_, S>,
    at: usize,
    long: &Long,
    opened: Option<Opened>,
    messages: Option<Messages>,
) {
    if !S::DETAIL {
        return;
    }
    let held = packet.bytes().len().saturating_sub(at).min(long.end);
    packet.group(&PACKET, at, held);
    packet.label(|text| {
        text.push_str(long.kind.name());
        if let Some(opened) = &opened {
            let _ = write!(text, ", number {}", opened.number);
        }
    });
    packet.generated(&PACKET_LENGTH, Value::Uint(long.end as u64));
    let known = version::find(long.version);
    packet.uint(&FORM, at, 1);
    match long.kind {
        Kind::Negotiation => packet.uint(&VN_UNUSED, at, 1),
        Kind::Retry => {}
        _ => packet.uint(&FIXED, at, 1),
    }
    match known {
        Some(known) if known.is_2 => packet.uint(&TYPE_2, at, 1),
        Some(_) => packet.uint(&TYPE, at, 1),
        None => {}
    }
    if let Some(opened) = &opened {
        for def in [&RESERVED, &NUMBER_LENGTH] {
            packet.field(def, at, 1, Value::Uint(def.extract(opened.first.into())));
        }
    }
    packet.uint(&VERSION, at + 1, 4);
    if version::is_reserved(long.version) {
        packet.label(|text| {
            let _ =
                write!(text, "reserved (0x{:08x}), so that the answer is Version Negotiation", long.version);
        });
    }
    packet.uint(&DCIL, at + 5, 1);
    if !long.dcid.is_empty() {
        packet.slice(&DCID, at + long.dcid.start, long.dcid.len());
    }
    packet.uint(&SCIL, at + long.dcid.end, 1);
    if !long.scid.is_empty() {
        packet.slice(&SCID, at + long.scid.start, long.scid.len());
    }
    if let Some(length) = long.token_length {
        packet.field(&TOKEN_LENGTH, at + length.at, length.len, Value::Uint(length.value));
    }
    if long.kind == Kind::Initial && !long.token.is_empty() {
        packet.slice(&TOKEN, at + long.token.start, long.token.len());
    }
    if let Some(length) = long.length {
        packet.field(&LENGTH, at + length.at, length.len, Value::Uint(length.value));
    }
    let (rest, end) = (at + long.rest, at + held);
    match (long.kind, opened) {
        (Kind::Negotiation, _) => {
            for at in (rest..end).step_by(4).take_while(|at| at + 4 <= end) {
                packet.uint(&SUPPORTED, at, 4);
                let version = packet.read(at, 4).unwrap_or(0) as u32;
                if version::is_reserved(version) {
                    packet.label(|text| {
                        let _ = write!(text, "reserved (0x{version:08x})");
                    });
                }
            }
        }
        (Kind::Retry, _) => retry(packet, at, long),
        (Kind::Initial, Some(opened)) => {
            packet.field(&NUMBER, rest, opened.number_len, Value::Uint(opened.number));
            packet.slice(&PAYLOAD, rest + opened.number_len, end - rest - opened.number_len);
            frames_of(packet, opened, &messages.unwrap_or(Messages::None));
        }
        (kind, _) => {
            if rest < end {
                packet.slice(&REMAINING, rest, end - rest);
            }
            if kind == Kind::Initial && end == at + long.end {
                packet.group(&FAILED, rest, end - rest);
                packet.label(|text| {
                    text.push_str(
                        "authentication failed: it is damaged, or its connection's first packet is missing",
                    );
                });
                packet.end_group();
            }
        }
    }
    packet.end_group();
}

fn retry<S: Sink>(packet: &mut Packet<'_, S>, at: usize, long: &Long) {
    let (original, end) = (at + long.scid.end, at + long.token.start);
    if original < end {
        packet.uint(&ODCIL, original, 1);
        packet.slice(&ODCID, original + 1, end - original - 1);
    }
    if !long.token.is_empty() {
        packet.slice(&RETRY_TOKEN, at + long.token.start, long.token.len());
    }
    let bytes = packet.bytes().get(at..).unwrap_or_default();
    let tag = bytes.len().saturating_sub(long.rest);
    if tag == initial::TAG {
        packet.slice(&RETRY_TAG, at + long.rest, tag);
        let id = packet
            .frame()
            .carried
            .and_then(Carried::quic)
            .and_then(|known| known.id_retried(place(packet, at)));
        let is_sound = id.and_then(|id| initial::is_retry_sound(bytes, long, id));
        packet.label(|text| {
            crate::decode::write_hex(text, bytes.get(long.rest..).unwrap_or_default());
            text.push_str(match is_sound {
                Some(true) => " (good)",
                Some(false) => " (bad: it does not fit the client's first packet)",
                None => "",
            });
        });
    }
}

/// The frames of an opened packet, and the handshake in them.
fn frames_of<S: Sink>(packet: &mut Packet<'_, S>, opened: Opened, messages: &Messages) {
    let is_part = matches!(messages, Messages::Part);
    let has_room = packet.within(opened.plain, |packet| {
        let (plain, mut at) = (packet.bytes(), 0);
        while let Some(frame) = frames::frame(plain, at) {
            tell(packet, at, &frame, is_part);
            at = frame.end;
        }
        if at < plain.len() {
            packet.slice(&UNKNOWN, at, plain.len() - at);
        }
        if let Messages::Here(from, len) = messages {
            packet.next(Claim::Protocol(Handshake::PROTOCOL), *from, *len);
        }
    });
    if let (true, Messages::Made(bytes)) = (has_room && packet.has_room_for_made(), messages) {
        packet.next_made(Claim::Protocol(Handshake::PROTOCOL), bytes.as_slice().into());
    }
}

fn tell<S: Sink>(packet: &mut Packet<'_, S>, at: usize, frame: &Frame, is_part: bool) {
    let kind = frame.kind.value;
    packet.group(&FRAME, at, frame.end - at);
    packet.label(|text| {
        text.push_str(frame.name());
        if kind == frames::CRYPTO && is_part {
            text.push_str(" (part of a message, or sent before)");
        }
    });
    packet.field(&FRAME_TYPE, at, frame.kind.len, Value::Uint(kind));
    if kind == frames::PADDING {
        packet.generated(&PADDING_LENGTH, Value::Uint((frame.end - at) as u64));
    }
    let defs: &[&'static FieldDef] = match kind {
        frames::ACK | frames::ACK_ECN => &[&LARGEST, &ACK_DELAY, &RANGE_COUNT, &FIRST_RANGE],
        frames::CRYPTO => &[&CRYPTO_OFFSET, &CRYPTO_LENGTH],
        frames::CLOSE => &[&CLOSE_ERROR, &CLOSE_FRAME, &REASON_LENGTH],
        _ => &[],
    };
    for (number, def) in frame.numbers.iter().zip(defs.iter().copied()) {
        packet.field(def, number.at, number.len, Value::Uint(number.value));
    }
    match kind {
        frames::ACK | frames::ACK_ECN => {
            let rest = frame.numbers.get(defs.len()..).unwrap_or_default();
            let ecn: &[&'static FieldDef] = if kind == frames::ACK_ECN { &[&ECT0, &ECT1, &CE] } else { &[] };
            let (ranges, counts) = rest.split_at(rest.len().saturating_sub(ecn.len()));
            let pairs = [&GAP, &RANGE].into_iter().cycle();
            for (number, def) in ranges.iter().zip(pairs).chain(counts.iter().zip(ecn.iter().copied())) {
                packet.field(def, number.at, number.len, Value::Uint(number.value));
            }
        }
        frames::CRYPTO => packet.slice(&CRYPTO_DATA, frame.data.start, frame.data.len()),
        frames::CLOSE => {
            if let Some(alert) = frame.alert() {
                packet.generated(&CLOSE_ALERT, Value::Uint(alert));
                packet.label(|text| {
                    let _ = write!(text, "{} ({alert})", handshake::alert(alert));
                });
            }
            if !frame.data.is_empty() {
                packet.slice(&REASON, frame.data.start, frame.data.len());
            }
        }
        _ => {}
    }
    packet.end_group();
}
