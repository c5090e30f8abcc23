//! Handshake messages one behind the other (RFC 8446, 4): in the records of TLS, and
//! without records where QUIC brings them (RFC 9001, 4).

use super::fields::*;
use super::hello::{self, Short};
use super::record::{self, Message};
use crate::base::Escaped;
use crate::decode::{Binding, Bytes, Dissector, Layer, Outcome, Packet, Protocol, Sink, Value, value_name};
use std::fmt::{self, Write as _};

/// Messages that a layer's label names.
const MAX_NAMED: usize = 8;

/// Dissector of handshake messages without records. They come out of packets that the
/// summary does not open, so that it tells no events.
pub struct Handshake;

impl Dissector for Handshake {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "tls_handshake",
        label: "TLS",
        title: "TLS handshake messages",
        layer: Layer::Application,
        spec: "RFC 8446",
        about: "The handshake of TLS as QUIC carries it, in frames of its own instead of records.",
        fields: super::ALL_FIELDS,
        trailer: None,
        stack: Some("tls"),
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        packet.label(|text| {
            for (at, message) in record::messages(bytes).take(MAX_NAMED).enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                text.push_str(name(bytes, &message));
            }
        });
        if let Err(short) = tell(packet, 0, bytes.len()) {
            let Short { at, needed, available, what } = short;
            packet.field(&MALFORMED, at, available, Value::None);
            packet.label(|text| {
                let _ = match needed {
                    0 => write!(text, "{what}"),
                    _ => write!(text, "{what} needs {}, has {available}", Bytes(needed)),
                };
            });
        }
        Ok(())
    }
}

/// The messages from `at` to `end`, which may cut the last one.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, mut at: usize, end: usize) -> Result<(), Short> {
    let bytes = packet.bytes();
    while at < end {
        let Some(message) = record::message(bytes, at, end) else {
            packet.slice(&BODY, at, end - at);
            break;
        };
        if value_name(&TYPE, message.kind.into()).is_none() {
            let available = bytes.len().saturating_sub(at);
            return Err(Short { at, needed: 0, available, what: "unknown handshake message" });
        }
        packet.group(&HANDSHAKE, at, message.end - at);
        packet.label(|text| text.push_str(name(bytes, &message)));
        packet.uint(&TYPE, at, 1);
        packet.uint(&LENGTH, at + 1, 3);
        match hello::tell(packet, &message) {
            Ok(()) => {}
            // What is missing is in the next record or segment.
            Err(_) if message.end < message.claimed_end => return Ok(()),
            Err(short) => return Err(short),
        }
        packet.end_group();
        at = message.end;
    }
    Ok(())
}

fn name(bytes: &[u8], message: &Message) -> &'static str {
    if record::is_retry(bytes.get(message.at..message.end).unwrap_or_default()) {
        return "Hello Retry Request";
    }
    value_name(&TYPE, message.kind.into()).unwrap_or("Unknown")
}

/// A message in a line, a client's hello with the name that it asks for.
pub(super) struct Name<'a>(pub &'a [u8], pub &'a Message);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Name(bytes, message) = *self;
        let hello = bytes.get(message.at..message.end).unwrap_or_default();
        match record::server_name(hello).filter(|_| message.kind == 1) {
            Some(sni) => write!(f, "Client Hello (SNI={})", Escaped(sni)),
            None => f.write_str(name(bytes, message)),
        }
    }
}

/// The name of an alert (RFC 8446, 6).
pub(in crate::decode::proto) fn alert(code: u64) -> &'static str {
    value_name(&ALERT_DESC, code).unwrap_or("Unknown")
}

/// The names of all messages, each behind a comma, as far as a line has room.
pub(in crate::decode::proto) fn names(text: &mut String, bytes: &[u8]) {
    for message in record::messages(bytes) {
        if text.len() > 1000 {
            break;
        }
        let _ = write!(text, ", {}", Name(bytes, &message));
    }
}
