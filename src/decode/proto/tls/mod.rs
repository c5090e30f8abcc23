//! TLS records (RFC 8446, RFC 5246) and the handshake as far as it is in the
//! clear. Every segment is read for itself: what goes on in the next one is
//! said to do so.

mod fields;
pub mod handshake;
mod hello;
mod record;
mod ssl2;

use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Ports, Problem, Protocol, Sink, Stop,
    value_name,
};
use fields::*;
use record::{HEADER, Record};
use std::fmt::Write as _;

const ALL_FIELDS: &[&FieldDef] =
    &super::concat::<{ FIELDS.len() + ssl2::FIELDS.len() }>(&[FIELDS, ssl2::FIELDS]);

/// Dissector of TLS records.
pub struct Tls;

impl Dissector for Tls {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "tls",
        label: "TLS",
        title: "Transport Layer Security",
        layer: Layer::Application,
        spec: "RFC 8446",
        about: "Encrypts a connection and proves who the server is; the handshake begins in the clear.",
        fields: ALL_FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Tcp(261),
        Binding::Tcp(324),
        Binding::Tcp(443),
        Binding::Tcp(448),
        Binding::Tcp(465),
        Binding::Tcp(563),
        Binding::Tcp(585),
        Binding::Tcp(614),
        Binding::Tcp(636),
        Binding::Tcp(802),
        Binding::Tcp(853),
        Binding::Tcp(989),
        Binding::Tcp(990),
        Binding::Tcp(992),
        Binding::Tcp(993),
        Binding::Tcp(994),
        Binding::Tcp(995),
        Binding::Tcp(1300),
        Binding::Tcp(2221),
        Binding::Tcp(2443),
        Binding::Tcp(3249),
        Binding::Tcp(3250),
        Binding::Tcp(3251),
        Binding::Tcp(3252),
        Binding::Tcp(3496),
        Binding::Tcp(5061),
        Binding::Tcp(5671),
        Binding::Tcp(5684),
        Binding::Tcp(5868),
        Binding::Tcp(8443),
        Binding::Tcp(8883),
        Binding::Tcp(11207),
        Binding::Tcp(19999),
        Binding::Signature(Ports::Tcp, record::is_record),
        Binding::Signature(Ports::Tcp, ssl2::is_hello),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        let old = ssl2::end(bytes);
        if old.is_none() && record::record(bytes, 0).is_none() {
            return Err(Stop::Declined);
        }
        packet.info(|text| info(text, bytes));
        if old.is_some() {
            ssl2::tell(packet);
        }
        let (mut at, mut ciphered) = (old.unwrap_or(0), false);
        while at < bytes.len() {
            let Some(record) = record::record(bytes, at) else {
                if bytes.len() - at < HEADER {
                    packet.slice(&PARTIAL, at, bytes.len() - at);
                } else {
                    packet.next(Claim::Data, at, packet.claimed() - at);
                }
                break;
            };
            tell(packet, &record, ciphered)?;
            ciphered |= record.kind == 20;
            at = record.end;
        }
        if packet.is_cut() {
            packet.skip(bytes.len(), "record")?;
            return Err(packet.short(packet.claimed() - bytes.len(), "record"));
        }
        Ok(())
    }
}

fn tell<S: Sink>(packet: &mut Packet<'_, S>, record: &Record, ciphered: bool) -> Outcome {
    let Record { kind, at, end, .. } = *record;
    let body = at + HEADER;
    let claimed = packet.claimed();
    packet.group(&RECORD, at, end - at);
    packet.label(|text| {
        text.push_str(value_name(&CONTENT_TYPE, kind.into()).unwrap_or_default());
        if record.claimed_end > claimed {
            text.push_str(" (continues in the next segment)");
        }
    });
    packet.uint(&CONTENT_TYPE, at, 1);
    packet.uint(&RECORD_VERSION, at + 1, 2);
    packet.uint(&RECORD_LENGTH, at + 3, 2);
    if end > body {
        match kind {
            20 => packet.slice(&CHANGE_CIPHER, body, end - body),
            21 if is_alert(packet.bytes(), record) => {
                packet.group(&ALERT, body, end - body);
                packet.uint(&ALERT_LEVEL, body, 1);
                packet.uint(&ALERT_DESC, body + 1, 1);
                packet.end_group();
            }
            21 => packet.slice(&ENCRYPTED_ALERT, body, end - body),
            22 if ciphered || record::is_encrypted(record.body(packet.bytes()), record) => {
                packet.slice(&ENCRYPTED_HANDSHAKE, body, end - body);
            }
            22 => {
                handshake::tell(packet, body, end).map_err(|short| Stop::Malformed(short.extent(packet)))?
            }
            24 => heartbeat(packet, record),
            _ => packet.slice(&APP_DATA, body, end - body),
        }
    }
    packet.end_group();
    Ok(())
}

fn is_alert(bytes: &[u8], record: &Record) -> bool {
    record.claimed_end - record.at == HEADER + 2 && matches!(record.body(bytes), [1 | 2, ..] | [])
}

fn heartbeat<S: Sink>(packet: &mut Packet<'_, S>, record: &Record) {
    let (at, len) = (record.at + HEADER, record.end - record.at - HEADER);
    let claimed = record.claimed_end - record.at - HEADER;
    let payload = packet.read(at + 1, 2).unwrap_or(0) as usize;
    if !matches!(packet.read(at, 1), Some(1 | 2)) || len < 3 || payload > 1 << 14 {
        return packet.slice(&ENCRYPTED_HEARTBEAT, at, len);
    }
    packet.group(&HEARTBEAT, at, len);
    packet.uint(&HEARTBEAT_TYPE, at, 1);
    packet.uint(&HEARTBEAT_LENGTH, at + 1, 2);
    if len > 3 && payload > 0 {
        packet.slice(&HEARTBEAT_PAYLOAD, at + 3, payload.min(len - 3));
    }
    packet.end_group();
    if payload + 3 > claimed {
        packet.problem(Problem::Unusual, at + 1, 2, |text| {
            let _ = write!(
                text,
                "heartbeat asks for {} and brings {}, as Heartbleed does (unless it is encrypted)",
                Bytes(payload),
                claimed - 3
            );
        });
    }
}

/// The names of all messages, as far as a line has room.
fn info(text: &mut String, bytes: &[u8]) {
    let old = ssl2::end(bytes);
    let (mut at, mut ciphered) = (old.unwrap_or(0), false);
    let mut add = |name: std::fmt::Arguments<'_>| {
        if !text.is_empty() {
            text.push_str(", ");
        }
        let _ = text.write_fmt(name);
        text.len() < 400
    };
    if old.is_some() {
        add(format_args!("Client Hello (SSL 2.0 form)"));
    }
    while let Some(record) = record::record(bytes, at) {
        let body = record.body(bytes);
        let more = match record.kind {
            20 => add(format_args!("Change Cipher Spec")),
            21 if is_alert(bytes, &record) => match body {
                [level, desc, ..] => add(format_args!(
                    "Alert (Level: {}, Description: {})",
                    value_name(&ALERT_LEVEL, (*level).into()).unwrap_or("Unknown"),
                    value_name(&ALERT_DESC, (*desc).into()).unwrap_or("Unknown")
                )),
                _ => add(format_args!("Alert")),
            },
            21 => add(format_args!("Encrypted Alert")),
            22 if ciphered || record::is_encrypted(body, &record) => {
                add(format_args!("Encrypted Handshake Message"))
            }
            22 => {
                let mut more = true;
                for message in record::messages(body) {
                    more = add(format_args!("{}", handshake::Name(body, &message)));
                    if !more {
                        break;
                    }
                }
                more
            }
            24 => match body.first() {
                Some(1) => add(format_args!("Heartbeat Request")),
                Some(2) => add(format_args!("Heartbeat Response")),
                _ => add(format_args!("Encrypted Heartbeat")),
            },
            _ => add(format_args!("Application Data")),
        };
        if !more {
            break;
        }
        ciphered |= record.kind == 20;
        at = record.end;
    }
}
