//! ARCNET: a ring of up to 255 stations with addresses of one byte, and IP on it
//! (RFC 1201, RFC 1051).

use super::be16;
use crate::decode::{
    Binding, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value, value_name,
};
use std::fmt::Write as _;

static SRC: FieldDef =
    FieldDef::uint("arcnet.src", "Source", 8).hex().about("The sending station. ANSI/ATA 878.1, 4.3.4.");
static DST: FieldDef = FieldDef::uint("arcnet.dst", "Destination", 8)
    .hex()
    .about("The receiving station; 0 for all of them. ANSI/ATA 878.1, 4.3.4.");
static OFFSET: FieldDef = FieldDef::bytes("arcnet.offset", "Offset")
    .about("Where the packet begins in the network card's buffer. tcpdump.org LINKTYPE_ARCNET_LINUX.");
static PROT_ID: FieldDef = FieldDef::uint("arcnet.protID", "Protocol ID", 8)
    .hex()
    .values(&[
        (0x00, "Datapoint boot"),
        (0x01, "Datapoint mount"),
        (0x08, "PowerLAN beacon"),
        (0x80, "Diagnostic"),
        (0xc4, "IPv6"),
        (0xcd, "BACnet"),
        (0xd4, "IP, RFC 1201"),
        (0xd5, "ARP, RFC 1201"),
        (0xd6, "RARP, RFC 1201"),
        (0xdd, "AppleTalk"),
        (0xe8, "Ethernet"),
        (0xec, "Novell"),
        (0xf0, "IP, RFC 1051"),
        (0xf1, "ARP, RFC 1051"),
        (0xf3, "PowerLAN beacon"),
        (0xf7, "Banyan"),
        (0xfa, "IPX"),
        (0xfb, "LANsoft"),
    ])
    .about("Which protocol the payload belongs to, and which of two ways to write the header is used. RFC 1201; RFC 1051.");
static SPLIT: FieldDef = FieldDef::uint("arcnet.split_flag", "Split Flag", 8).about(
    "0 for a whole packet; odd in the first of several fragments, the others count on by two. RFC 1201, 2.3.",
);
static EXCEPTION: FieldDef = FieldDef::uint("arcnet.exception_flag", "Exception Flag", 8)
    .hex()
    .about("0xff: filling follows, for lengths that the hardware cannot send (253 to 255). RFC 1201, 2.4.");
static PADDING: FieldDef = FieldDef::uint("arcnet.padding", "Padding", 16)
    .hex()
    .about("Filling of a packet with a length that the hardware cannot send. RFC 1201, 2.4.");
static SEQUENCE: FieldDef = FieldDef::uint("arcnet.sequence", "Sequence", 16)
    .about("The same in all fragments of a packet, so that they are put together. RFC 1201, 2.3.");

/// LINKTYPE_ARCNET_LINUX.
const LINUX: u16 = 129;

/// Dissector of ARCNET packets.
pub struct Arcnet;

impl Dissector for Arcnet {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "arcnet",
        label: "ARCNET",
        title: "ARCNET",
        layer: Layer::Link,
        spec: "RFC 1201",
        about: "Carries packets between up to 255 stations that pass a token, as machines and buildings still do.",
        fields: &[&SRC, &DST, &OFFSET, &PROT_ID, &SPLIT, &EXCEPTION, &PADDING, &SEQUENCE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(7), Binding::Link(LINUX)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let linux = packet.medium.link.0 == LINUX;
        let [src, dst] = *packet.take::<2>("pair of addresses")?;
        packet.label(|text| {
            let _ = write!(text, "0x{src:02x} to 0x{dst:02x}");
        });
        packet.uint(&SRC, 0, 1);
        packet.uint(&DST, 1, 1);
        packet.endpoints(Endpoint::Station(src), Endpoint::Station(dst));
        if linux {
            packet.take::<2>("offset")?;
            packet.slice(&OFFSET, 2, 2);
        }
        let at = packet.at();
        let [kind] = *packet.take::<1>("protocol ID")?;
        packet.uint(&PROT_ID, at, 1);
        packet.info(|text| match value_name(&PROT_ID, kind.into()) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "ARCNET protocol 0x{kind:02x}");
            }
        });
        // Those without fragments: RFC 1051's, diagnostics and BACnet.
        let split = if matches!(kind, 0xf0 | 0xf1 | 0x80 | 0xcd) { 0 } else { fragment(packet, linux)? };
        if split != 0 && split % 2 == 0 {
            packet.info(|text| {
                let _ = write!(text, "ARCNET fragment {} of {}", split / 2 + 1, name(kind));
            });
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        packet.next_rest(match kind {
            0xd4 | 0xf0 => Claim::EtherType(0x0800),
            0xd5 | 0xf1 => Claim::EtherType(0x0806),
            0xd6 => Claim::EtherType(0x8035),
            0xc4 => Claim::EtherType(0x86dd),
            0xfa => Claim::EtherType(0x8137),
            0xe8 => Claim::Protocol(super::ethernet::Ethernet::PROTOCOL),
            _ => Claim::Data,
        });
        Ok(())
    }
}

fn name(kind: u8) -> &'static str {
    value_name(&PROT_ID, kind.into()).unwrap_or("an unknown protocol")
}

/// Split flag and sequence number; before them the filling of an exceptional
/// length, which Linux takes out. Gives the split flag.
fn fragment<S: Sink>(packet: &mut Packet<'_, S>, linux: bool) -> Result<u8, crate::decode::Stop> {
    let mut at = packet.at();
    let [mut split] = *packet.take::<1>("split flag")?;
    if split == 0xff && !linux {
        packet.uint(&EXCEPTION, at, 1);
        let [_, _, _, flag] = *packet.take::<4>("exceptional header")?;
        packet.uint(&PADDING, at + 1, 2);
        packet.uint(&PROT_ID, at + 3, 1);
        (at, split) = (at + 4, flag);
    }
    packet.uint(&SPLIT, at, 1);
    packet.label(|text| {
        let _ = match split {
            0 => write!(text, "0 (whole)"),
            odd if odd % 2 == 1 => write!(text, "{odd} (first of {})", odd / 2 + 2),
            even => write!(text, "{even} (fragment {})", even / 2 + 1),
        };
    });
    let [high, low] = *packet.take::<2>("sequence")?;
    packet.field(&SEQUENCE, at + 1, 2, Value::Uint(be16(high, low).into()));
    Ok(split)
}
