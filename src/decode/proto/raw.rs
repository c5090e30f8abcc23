//! Raw IP: no link layer, the version tells which IP it is.

use crate::decode::{Binding, Claim, Dissector, Layer, Outcome, Packet, Protocol, Sink};

/// Dissector of captures that begin with an IP header.
pub struct Raw;

impl Dissector for Raw {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "raw",
        label: "Raw",
        title: "Raw packet data",
        layer: Layer::Link,
        spec: "LINKTYPE_RAW",
        about: "A link without header of its own, such as a tunnel: the packet begins with IP.",
        fields: &[],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Link(101),
        Binding::Link(12),
        Binding::Link(14),
        // Linux' IP over ATM: nothing before the packet either.
        Binding::Link(106),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let Some(first) = packet.bytes().first() else { return Err(packet.short(1, "IP version")) };
        packet.label(|text| text.push_str("no link-layer header"));
        packet.info(|text| text.push_str("Raw packet data"));
        packet.next_rest(by_version(*first).unwrap_or(Claim::Data));
        Ok(())
    }
}

/// Which IP it is whose header begins with `first`.
pub(super) fn by_version(first: u8) -> Option<Claim> {
    match first >> 4 {
        4 => Some(Claim::EtherType(0x0800)),
        6 => Some(Claim::EtherType(0x86dd)),
        _ => None,
    }
}
