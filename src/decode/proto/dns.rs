//! DNS (RFC 1034, RFC 1035) over UDP and TCP. Multicast DNS and LLMNR have the
//! same messages and borrow them from here.

mod cut;
pub mod denial;
mod fields;
mod layout;
mod look;
mod message;
mod name;
mod options;
mod pairing;
pub mod prefixed;
mod presentation;
mod rare;
mod rdata;
mod types;
pub mod view;
mod walk;
mod words;

use crate::decode::{Binding, Dissector, DnsKind, FieldDef, Layer, Outcome, Packet, Ports, Protocol, Sink};

/// Every field of a message.
const LISTS: [&[&FieldDef]; 7] = [
    fields::FIELDS,
    prefixed::FIELDS,
    cut::FIELDS,
    layout::FIELDS,
    rare::FIELDS,
    options::FIELDS,
    pairing::FIELDS,
];
pub(super) static FIELDS: [&FieldDef;
    fields::FIELDS.len()
        + prefixed::FIELDS.len()
        + cut::FIELDS.len()
        + layout::FIELDS.len()
        + rare::FIELDS.len()
        + options::FIELDS.len()
        + pairing::FIELDS.len()] = super::concat(&LISTS);

/// Dissector of DNS messages.
pub struct Dns;

impl Dissector for Dns {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "dns",
        label: "DNS",
        title: "Domain Name System",
        layer: Layer::Application,
        spec: "RFC 1035",
        about: "Finds what belongs to a name: addresses, mail servers, keys; the names form a tree that many servers share.",
        fields: &FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Udp(53),
        Binding::Tcp(53),
        Binding::Tcp(5353),
        Binding::Signature(Ports::Udp, look::looks_like_one),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet, DnsKind::Dns)
    }
}

/// Whether bytes that are said to be a message look like one.
pub(super) fn is_plausible(message: &[u8]) -> bool {
    message.len() >= 12 && look::plausible(message, message.len(), false)
}

/// Whether the bytes are one whole query or answer, and nothing else.
pub(super) fn is_whole(message: &[u8]) -> bool {
    look::is_whole(message)
}

/// Takes one message apart.
pub(super) fn dissect<S: Sink>(packet: &mut Packet<'_, S>, kind: DnsKind) -> Outcome {
    let bytes = packet.bytes();
    if packet.carrier() == Some(Ports::Tcp) {
        return prefixed::dissect(packet, kind);
    }
    // The counts are those of the whole datagram.
    let claimed = if packet.net.fragment { usize::MAX } else { packet.claimed() };
    // What stands at these ports is DNS, however broken or short; the flows only hear of
    // what looks like it.
    let heard = look::plausible(bytes, claimed, false);
    title(packet, bytes, |_| {});
    message::tell(packet, 0, kind, "", heard)
}

/// Tells whether a message is query or response, and what `more` tells.
fn title<S: Sink>(packet: &mut Packet<'_, S>, message: &[u8], more: impl FnOnce(&mut String)) {
    let response = message.get(2).is_some_and(|byte| byte & 0x80 != 0);
    packet.label(|text| {
        text.push_str(if response { "response" } else { "query" });
        more(text);
    });
}
