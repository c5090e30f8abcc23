//! HTTP/2 (RFC 9113) in clear text: its frames, header blocks compressed by HPACK
//! (RFC 7541), and DNS in them (RFC 8484). Every segment is read for itself, with what
//! earlier ones left where somebody follows the connection ([`FramesLeft`]): else what goes on
//! in the next one, or was put into the table of header fields by an earlier one, is said
//! to be there.

mod fields;
pub mod follow;
mod frame;
mod hpack;
mod huffman;
mod tell;
mod walk;

use crate::base::Escaped;
use crate::decode::proto::dns;
use crate::decode::{
    Binding, Carried, Claim, Dissector, FieldDef, FramesLeft, Layer, Outcome, Packet, Ports, Problem,
    Protocol, Sink, Stop, value_name,
};
use frame::{ACK, HEADER, PREFACE, kind};
use hpack::{Word, Words};
use std::fmt::Write as _;
use walk::{Dns, End, Head, Walk};

const ALL_FIELDS: &[&FieldDef] = &super::concat::<{ fields::FIELDS.len() + fields::NAMED_FIELDS.len() }>(&[
    fields::FIELDS,
    fields::NAMED_FIELDS,
]);

/// Bytes of Info that frames are named up to.
const MAX_INFO: usize = 400;

/// Dissector of HTTP/2 frames.
pub struct Http2;

impl Dissector for Http2 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "http2",
        label: "HTTP/2",
        title: "Hypertext Transfer Protocol 2",
        layer: Layer::Application,
        spec: "RFC 9113",
        about: "Carries many requests of HTTP and their answers at once over one connection, in frames of bytes.",
        fields: ALL_FIELDS,
        trailer: None,
        stack: None,
    };
    // No port: most is inside of TLS. A flow is known by how it begins.
    const BINDINGS: &'static [Binding] = &[Binding::Signature(Ports::Tcp, frame::is_begin)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let bytes = packet.bytes();
        let carried = packet.frame().carried.filter(|_| packet.carrier() == Some(Ports::Tcp));
        let carried = carried.and_then(Carried::frames);
        // A frame that was put together is a layer of its own.
        let is_begun = carried.is_some() && packet.is_made();
        // A segment that begins in the middle of a frame is plain data.
        if carried.map_or(!frame::begins(bytes), |carried| carried.is_apart) {
            return Err(Stop::Declined);
        }
        let whole = carried.filter(|_| !is_begun).and_then(|carried| walk::whole(bytes, carried));
        let start = || match carried {
            None => Walk::new(bytes),
            Some(carried) if is_begun => Walk::begun(bytes, carried),
            Some(carried) => Walk::after(bytes, carried, whole.as_deref()),
        };
        if !is_begun {
            packet.info(|text| {
                match (carried, &whole) {
                    (Some(carried), Some(whole)) => info(text, Walk::begun(whole, carried)),
                    (Some(carried), None) if carried.rest > 0 => {
                        tell::continued(text, carried, bytes);
                        text.push_str(" (continued)");
                    }
                    _ => {}
                }
                info(text, start());
                if text.is_empty() {
                    text.push_str("the begin of a frame");
                }
            });
        }
        if let Some(carried) = carried.filter(|_| !is_begun) {
            tell::carried(packet, carried, whole.as_deref());
        }
        let mut walk = start();
        if bytes.starts_with(PREFACE) {
            packet.slice(&fields::MAGIC, 0, PREFACE.len());
        }
        while let Some(frame) = walk.frame() {
            tell::frame(packet, &mut walk, &frame);
        }
        let at = walk.at();
        if at < bytes.len() {
            if bytes.len() - at < HEADER {
                packet.slice(&fields::PARTIAL, at, bytes.len() - at);
            } else {
                packet.next(Claim::Data, at, packet.claimed() - at);
            }
        }
        for (stream, message) in carried.filter(|_| !is_begun).into_iter().flat_map(walk::late) {
            packet.next_made(Claim::Stream(dns::Dns::PROTOCOL, stream), message.into());
        }
        if packet.is_cut() {
            packet.skip(bytes.len(), "frame")?;
            return Err(packet.short(packet.claimed() - bytes.len(), "frame"));
        }
        Ok(())
    }
}

/// The DNS message of a segment's payload that has `place` others before it.
pub fn dns_message(bytes: &[u8], carried: Option<&FramesLeft>, place: u8) -> Option<Vec<u8>> {
    if carried.map_or(!frame::begins(bytes), |carried| carried.is_apart) {
        return None;
    }
    let (mut left, mut found) = (place, None);
    walk::messages(bytes, carried, |bytes, dns| {
        if left == 0 {
            found = match dns {
                Dns::Body { content, .. } => bytes.get(content.from..content.to).map(<[u8]>::to_vec),
                Dns::Query(message) | Dns::Whole { message, .. } => Some(message),
            };
            return true;
        }
        left -= 1;
        false
    });
    found
}

/// What frames of a type are called.
fn name(kind: u8) -> &'static str {
    value_name(&fields::TYPE, kind.into()).unwrap_or("UNKNOWN")
}

/// The names of all frames with what their header blocks ask or answer.
fn info(text: &mut String, mut walk: Walk<'_>) {
    let words = walk.words();
    if words.bytes.starts_with(PREFACE) {
        text.push_str("Magic");
    }
    while let Some(frame) = walk.frame() {
        text.push_str(if text.is_empty() { "" } else { ", " });
        let _ = write!(text, "{}[{}]", name(frame.kind), frame.stream());
        if matches!(frame.kind, kind::HEADERS | kind::PUSH_PROMISE | kind::CONTINUATION) {
            let (head, _) = walk.block(&frame, |_| {});
            summary(text, words, &head, ": ");
        }
        if text.len() > MAX_INFO {
            break;
        }
    }
}

/// What a header block asks or answers, as far as the packet tells.
fn summary(text: &mut String, words: Words<'_>, head: &Head, before: &str) {
    let mut buffer = Vec::new();
    let mut put = |text: &mut String, before: &str, word: Option<Word>, what: &str| match word {
        None => {}
        Some(Word::Earlier(index)) => {
            let _ = write!(text, "{before}{what} of entry {index}");
        }
        Some(word) => {
            let _ = write!(text, "{before}{}", Escaped(word.read(words, &mut buffer).unwrap_or_default()));
        }
    };
    put(text, before, head.method, "method");
    put(text, if head.method.is_some() { " " } else { before }, head.path, "path");
    put(text, before, head.status, "status");
    if let Some(word) = head.status
        && let Some(reason) = word.read(words, &mut buffer).and_then(fields::reason)
    {
        let _ = write!(text, " {reason}");
    }
}

/// Tells a rule that is broken, at these bytes.
fn problem<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize, what: &str) {
    packet.problem(Problem::Malformed, at, len, |text| {
        let _ = write!(text, "HTTP/2: {what}");
    });
}
