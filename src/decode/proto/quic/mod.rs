//! QUIC (RFC 9000, RFC 9369 and the drafts since 22): long and short headers, the
//! packets of a datagram one behind the other, and what is in Initial packets.
//!
//! Initial packets are opened where text or fields are wanted, and by the session for
//! the names in their hellos; never in the summary. So what is inside them tells no
//! events. Of the other packets only the two ends have the keys.

mod connection;
#[cfg(any(test, fuzzing))]
pub mod exercise;
mod fields;
mod frames;
mod header;
mod initial;
mod tell;
#[cfg(test)]
mod tests;
mod version;

pub use connection::Connection;

use super::tls::handshake;
use crate::decode::{
    Binding, Carried, Dissector, FlowKey, Layer, Outcome, Packet, Ports, Protocol, Sink, Stop, UDP, Value,
    write_hex,
};
use connection::Place;
use fields::*;
use header::{Kind, Lack, Long};
use initial::Opened;
use std::fmt::Write as _;

/// Packets of one datagram that are told.
const MAX_PACKETS: usize = 16;
/// Bytes of Info text after which no further frame is named.
const MAX_INFO: usize = 1000;

/// Dissector of QUIC.
pub struct Quic;

impl Dissector for Quic {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "quic",
        label: "QUIC",
        title: "QUIC IETF",
        layer: Layer::Transport,
        spec: "RFC 9000",
        about: "Carries the streams of one encrypted connection over UDP; all but its very first packets is for the two ends alone.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Signature(Ports::Udp, header::is_long)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        let mut id: &[u8] = &[];
        let (mut at, mut count) = (0, 0);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((long, lack)) = Long::read(rest) else {
                let is_short = rest.first().is_some_and(|first| first & 0x80 == 0);
                match at {
                    0 if is_short => short(packet, at, None),
                    0 => return Err(Stop::Declined),
                    _ if is_short && rest.get(1..).is_some_and(|rest| rest.starts_with(id)) => {
                        short(packet, at, Some(id.len()));
                    }
                    _ => packet.slice(&COALESCED, at, rest.len()),
                }
                break;
            };
            let own = rest.get(long.dcid.clone()).unwrap_or_default();
            if (at > 0 && own != id) || count >= MAX_PACKETS {
                packet.slice(&COALESCED, at, rest.len());
                break;
            }
            id = own;
            tell_long(packet, at, &long, lack)?;
            at += long.end;
            count += 1;
        }
        Ok(())
    }
}

/// A packet with a short header; `id_len` is how long its connection ID is, where
/// that is known of the packet before it.
fn short<S: Sink>(packet: &mut Packet<'_, S>, at: usize, id_len: Option<usize>) {
    if !S::DETAIL && !S::TEXT {
        return;
    }
    let place = place(packet, at);
    let len = id_len.or_else(|| packet.frame().carried?.quic()?.id_len(place, &key(packet)));
    let rest = packet.bytes().get(at + 1..).unwrap_or_default();
    let id = len.and_then(|len| rest.get(..len)).unwrap_or_default();
    say(packet, at, |text| {
        text.push_str("Protected Payload");
        add_id(text, "DCID", id);
    });
    packet.group(&PACKET, at, 1 + rest.len());
    packet.label(|text| text.push_str("Protected Payload"));
    packet.generated(&PACKET_LENGTH, Value::Uint(1 + rest.len() as u64));
    packet.group(&SHORT, at, 1 + id.len());
    packet.uint(&FORM, at, 1);
    packet.uint(&FIXED, at, 1);
    packet.uint(&SPIN, at, 1);
    if !id.is_empty() {
        packet.slice(&DCID, at + 1, id.len());
    }
    packet.end_group();
    if rest.len() > id.len() {
        packet.slice(&REMAINING, at + 1 + id.len(), rest.len() - id.len());
    }
    packet.end_group();
}

/// A packet with a long header.
fn tell_long<S: Sink>(packet: &mut Packet<'_, S>, at: usize, long: &Long, lack: Option<Lack>) -> Outcome {
    if S::DETAIL || S::TEXT {
        let opened = if lack.is_none() { open(packet, at, long) } else { None };
        let messages = opened.as_ref().map(|opened| Messages::of(packet, at, opened));
        info(packet, at, long, lack.is_none(), opened.as_ref().zip(messages.as_ref()));
        tell::long(packet, at, long, opened, messages);
    }
    let Some(Lack { at: from, needed, what }) = lack else { return Ok(()) };
    packet.skip(at + from - packet.at(), what)?;
    Err(packet.short(needed, what))
}

/// The packet without its protection, where it is an Initial whose keys can be known.
fn open<S: Sink>(packet: &Packet<'_, S>, at: usize, long: &Long) -> Option<Opened> {
    if long.kind != Kind::Initial || packet.is_quoted() {
        return None;
    }
    let bytes = packet.bytes().get(at..)?;
    let known = packet.frame().carried.and_then(Carried::quic);
    let before = known.into_iter().flat_map(|known| known.ids_before(place(packet, at)));
    initial::open(bytes, long, bytes.get(long.dcid.clone()).into_iter().chain(before))
}

/// The handshake messages that a packet makes whole.
#[derive(Debug)]
pub(super) enum Messages {
    /// Nothing of the handshake is in the packet.
    None,
    /// Part of a message, or nothing new.
    Part,
    /// They lie in one piece in the opened packet: place and length.
    Here(usize, usize),
    /// Put together from pieces.
    Made(Vec<u8>),
}

impl Messages {
    fn of<S: Sink>(packet: &Packet<'_, S>, at: usize, opened: &Opened) -> Messages {
        let plain = &opened.plain;
        let own: Vec<_> = frames::crypto(plain).collect();
        if own.is_empty() {
            return Messages::None;
        }
        let (known, place) = (packet.frame().carried.and_then(Carried::quic), place(packet, at));
        let before = || known.into_iter().flat_map(|known| known.pieces_before(place, opened.from_client));
        let now = own.iter().filter_map(|(offset, range)| Some((*offset, plain.get(range.clone())?)));
        let start = connection::whole_messages(&connection::put_together(before()));
        let whole = connection::put_together(before().chain(now));
        let end = connection::whole_messages(&whole);
        if end <= start {
            return Messages::Part;
        }
        let one = own.iter().find_map(|(offset, range)| {
            let skip = start.checked_sub(usize::try_from(*offset).ok()?)?;
            (skip + (end - start) <= range.len()).then_some(range.start + skip)
        });
        match one {
            Some(from) => Messages::Here(from, end - start),
            None => Messages::Made(whole.get(start..end).unwrap_or_default().to_vec()),
        }
    }

    fn bytes<'a>(&'a self, plain: &'a [u8]) -> &'a [u8] {
        match self {
            Messages::None | Messages::Part => &[],
            Messages::Here(from, len) => plain.get(*from..from + len).unwrap_or_default(),
            Messages::Made(bytes) => bytes,
        }
    }
}

fn info<S: Sink>(
    packet: &mut Packet<'_, S>,
    at: usize,
    long: &Long,
    is_whole: bool,
    opened: Option<(&Opened, &Messages)>,
) {
    let bytes = packet.bytes().get(at..).unwrap_or_default();
    say(packet, at, |text| {
        text.push_str(long.kind.name());
        add_id(text, "DCID", bytes.get(long.dcid.clone()).unwrap_or_default());
        add_id(text, "SCID", bytes.get(long.scid.clone()).unwrap_or_default());
        let Some((opened, messages)) = opened else {
            if long.kind == Kind::Initial && is_whole {
                text.push_str(", not decrypted");
            }
            return;
        };
        let _ = write!(text, ", PKN: {}", opened.number);
        let mut end = 0;
        for frame in frames::frames(&opened.plain) {
            if text.len() > MAX_INFO {
                return text.push_str(", …");
            }
            let _ = write!(text, ", {}", frame.name());
            if let Some(alert) = frame.alert() {
                let _ = write!(text, " ({})", handshake::alert(alert));
            }
            end = frame.end;
        }
        if end < opened.plain.len() {
            text.push_str(", unknown frame");
        }
        handshake::names(text, messages.bytes(&opened.plain));
    });
}

/// Info text: that of a packet behind the first follows on that of those before.
fn say<S: Sink>(packet: &mut Packet<'_, S>, at: usize, write: impl FnOnce(&mut String)) {
    if at == 0 { packet.info(write) } else { packet.info_more(write) }
}

fn add_id(text: &mut String, name: &str, id: &[u8]) {
    if !id.is_empty() {
        let _ = write!(text, ", {name}=");
        write_hex(text, id);
    }
}

/// Where the packet at `at` lies in the capture.
fn place<S: Sink>(packet: &Packet<'_, S>, at: usize) -> Place {
    (packet.frame().number, packet.span(at, 0).start)
}

/// The direction of the datagram.
fn key<S: Sink>(packet: &Packet<'_, S>) -> FlowKey {
    let (net, (src_port, dst_port)) = (packet.net, packet.ports);
    FlowKey { src: net.src, dst: net.dst, src_port, dst_port, protocol: UDP, v6: net.v6 }
}
