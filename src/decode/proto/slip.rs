//! SLIP: IP over a serial line and nothing else (RFC 1055).

use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink};

static DIRECTION: FieldDef = FieldDef::uint("slip.direction", "Direction", 8)
    .values(&[(0, "Received"), (1, "Sent")])
    .about("Whether the capturing machine received or sent the packet. tcpdump.org LINKTYPE_SLIP.");
static KIND: FieldDef = FieldDef::uint("slip.compression", "Compression", 8)
    .hex()
    .about("0x4x for a packet as it is; with the upper bit TCP's header was shortened. RFC 1144, 3.2.");
static COMPRESSED: FieldDef = FieldDef::bytes("slip.header", "Compressed header")
    .about("The header as it was on the line. tcpdump.org LINKTYPE_SLIP.");

/// Dissector of SLIP packets.
pub struct Slip;

impl Dissector for Slip {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "slip",
        label: "SLIP",
        title: "Serial Line IP",
        layer: Layer::Link,
        spec: "RFC 1055",
        about: "Carries IP over a serial line with nothing around it but a mark at the end.",
        fields: &[&DIRECTION, &KIND, &COMPRESSED],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(8)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [direction, kind, ..] = *packet.take::<16>("header")?;
        packet.uint(&DIRECTION, 0, 1);
        packet.uint(&KIND, 1, 1);
        packet.slice(&COMPRESSED, 2, 14);
        packet.info(|text| text.push_str("Serial Line IP"));
        // What the capture holds is the packet with its whole header.
        packet.next_rest(match packet.rest().first().map(|first| first >> 4) {
            Some(4) if direction <= 1 => Claim::EtherType(0x0800),
            Some(6) if direction <= 1 && kind & 0x80 == 0 => Claim::EtherType(0x86dd),
            _ => Claim::Data,
        });
        Ok(())
    }
}
