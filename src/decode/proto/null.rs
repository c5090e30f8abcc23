//! BSD and OpenBSD loopback headers: the address family alone.

use super::ethernet::ETHERTYPE_NAMES;
use crate::base::LinkType;
use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value};
use std::fmt::Write as _;

static FAMILY: FieldDef = FieldDef::uint("null.family", "Family", 32)
    .values(&[
        (2, "IP"),
        (7, "OSI"),
        (10, "IPv6"),
        (16, "AppleTalk"),
        (23, "IPX/SPX"),
        (24, "IPv6"),
        (28, "IPv6"),
        (30, "IPv6"),
    ])
    .about("Address family of the packet, as the capturing system numbers them. tcpdump.org LINKTYPE_NULL.");
static TYPE: FieldDef = FieldDef::uint("null.type", "Type", 16).hex().values(ETHERTYPE_NAMES).about(
    "EtherType of the packet, where a system writes one in place of the family. tcpdump.org LINKTYPE_NULL.",
);

/// Dissector of loopback headers.
pub struct Null;

impl Dissector for Null {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "null",
        label: "Null",
        title: "Null/Loopback",
        layer: Layer::Link,
        spec: "LINKTYPE_NULL",
        about: "What a host that talks to itself puts before a packet: its address family, nothing else.",
        fields: &[&FAMILY, &TYPE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(0), Binding::Link(108)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = *packet.take::<4>("header")?;
        let number =
            if packet.medium.link == LinkType::LOOP { u32::from_be_bytes(header) } else { family(header) };
        packet.info(|text| {
            let _ = write!(text, "Address family {number}");
        });
        let claim = match number {
            2 => Claim::EtherType(0x0800),
            // IPv6 on Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
            10 | 23 | 24 | 28 | 30 => Claim::EtherType(0x86dd),
            1501..=0xffff => Claim::EtherType(number as u16),
            7 | 16 => Claim::Data,
            // No system's family and no EtherType: the packet itself tells.
            _ => match packet.rest().first().map(|first| first >> 4) {
                Some(4) => Claim::EtherType(0x0800),
                Some(6) => Claim::EtherType(0x86dd),
                _ => Claim::Data,
            },
        };
        let def = if (1501..=0xffff).contains(&number) { &TYPE } else { &FAMILY };
        packet.field(def, 0, 4, Value::Uint(number.into()));
        packet.next_rest(claim);
        Ok(())
    }
}

/// The family, in whichever byte order makes it small. Some systems use the
/// first two bytes alone.
fn family(header: [u8; 4]) -> u32 {
    let [a, b, _, _] = header;
    let (little, big) = (u32::from_le_bytes(header), u32::from_be_bytes(header));
    let short = (u32::from(u16::from_le_bytes([a, b])), u32::from(u16::from_be_bytes([a, b])));
    match (little, big) {
        (0..=0xffff, _) => little,
        (_, 0..=0xffff) => big,
        _ if short.0 < short.1 => short.0,
        _ => short.1,
    }
}
