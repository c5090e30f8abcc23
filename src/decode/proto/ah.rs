//! IP Authentication Header (RFC 4302), over IPv4 and IPv6.

use super::ipv4::PROTOCOL_NAMES;
use super::ipv6;
use crate::decode::{Binding, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink};
use etherparse::IpAuthHeaderSlice;
use std::fmt::Write as _;

static NEXT_HEADER: FieldDef = FieldDef::uint("ah.next_header", "Next header", 8)
    .values(PROTOCOL_NAMES)
    .about("Which protocol the authenticated payload belongs to. RFC 4302, 2.1.");
static LENGTH: FieldDef = FieldDef::uint("ah.length", "Length", 8)
    .about("Length of this header in units of 4 bytes, minus 2. RFC 4302, 2.2.");
static RESERVED: FieldDef = FieldDef::bytes("ah.reserved", "Reserved")
    .about("Zero when sent, and part of what is authenticated. RFC 4302, 2.3.");
static SPI: FieldDef = FieldDef::uint("ah.spi", "AH SPI", 32)
    .hex()
    .about("Tells the receiver which security association, and so which key, applies. RFC 4302, 2.4.");
static SEQUENCE: FieldDef = FieldDef::uint("ah.sequence", "AH Sequence", 32)
    .about("Counts the packets of the association, so that replayed ones are noticed. RFC 4302, 2.5.");
static ICV: FieldDef = FieldDef::bytes("ah.icv", "AH ICV").about(
    "Integrity check value over the parts of the packet that no router changes; only the key's holders can verify it. RFC 4302, 2.6.",
);

/// Dissector of authentication headers.
pub struct Ah;

impl Dissector for Ah {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ah",
        label: "AH",
        title: "Authentication Header",
        layer: Layer::Internet,
        spec: "RFC 4302",
        about: "Proves who sent a packet and that nobody changed it on the way; hides nothing.",
        fields: &[&NEXT_HEADER, &LENGTH, &RESERVED, &SPI, &SEQUENCE, &ICV],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(51)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [next, length, _, _, s0, s1, s2, s3] = *packet.take::<8>("header")?;
        let len = (usize::from(length) + 2) * 4;
        packet.uint(&NEXT_HEADER, 0, 1);
        packet.uint(&LENGTH, 1, 1);
        packet.label(|text| {
            let _ = write!(text, "{length} ({len} bytes)");
        });
        packet.slice(&RESERVED, 2, 2);
        packet.uint(&SPI, 4, 4);
        packet.info(|text| {
            let _ = write!(text, "AH (SPI=0x{:08x})", u32::from_be_bytes([s0, s1, s2, s3]));
        });
        if len < 12 {
            // RFC 1826 had neither sequence number nor a least length.
            packet.problem(Problem::Unusual, 1, 1, |text| {
                let _ =
                    write!(text, "AH header of {len} bytes has no sequence number (the form of RFC 1826)");
            });
        } else {
            packet.skip(len - 8, "sequence number and integrity check value")?;
            packet.uint(&SEQUENCE, 8, 4);
            if let Ok(header) = IpAuthHeaderSlice::from_slice(packet.bytes()) {
                packet.slice(&ICV, 12, header.raw_icv().len());
            }
        }
        packet.next_rest(ipv6::claim(next));
        Ok(())
    }
}
