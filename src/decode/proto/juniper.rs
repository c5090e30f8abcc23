//! Juniper's header before frames that a router captured of itself.

use super::be16;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, value_name,
};
use std::fmt::Write as _;

static MAGIC: FieldDef = FieldDef::uint("juniper.magic-number", "Magic Number", 24)
    .hex()
    .about("The letters MGC. tcpdump.org LINKTYPE_JUNIPER_ETHER.");
static FLAGS: FieldDef =
    FieldDef::uint("juniper.flags", "Flags", 8).hex().about("What follows. Juniper jnet header.");
static DIRECTION: FieldDef = FieldDef::uint("juniper.direction", "Direction", 8)
    .mask(0x01)
    .values(&[(0, "Out"), (1, "In")])
    .about("Whether the router received or sent the frame. Juniper jnet header.");
static L2HDR: FieldDef = FieldDef::uint("juniper.l2hdr", "L2 header presence", 8)
    .mask(0x02)
    .values(&[(0, "Present"), (1, "Not present")])
    .about("Whether the link's header was kept. Juniper jnet header.");
static EXT: FieldDef = FieldDef::flag("juniper.ext", "Extensions", 8, 0x80)
    .about("Whether extensions follow. Juniper jnet header.");
static EXT_LEN: FieldDef = FieldDef::uint("juniper.ext_total_len", "Extension(s) Total length", 16)
    .about("Bytes of all extensions. Juniper jnet header.");
static EXT_TYPE: FieldDef = FieldDef::uint("juniper.ext.type", "Extension", 8)
    .values(&[
        (1, "Device Interface Index"),
        (2, "Device Interface Name"),
        (3, "Device Media Type"),
        (4, "Logical Interface Index"),
        (5, "Logical Unit Number"),
        (6, "Logical Interface Encapsulation"),
        (7, "TTP derived Device Media Type"),
        (8, "TTP derived Logical Interface Encapsulation"),
    ])
    .about("What the extension tells of the interface. Juniper jnet header.");
static IFD: FieldDef = FieldDef::uint("juniper.ext.ifd", "Device Interface Index", 32)
    .about("Number of the interface. Juniper jnet header.");
static IFL: FieldDef = FieldDef::uint("juniper.ext.ifl", "Logical Interface Index", 32)
    .about("Number of the logical interface. Juniper jnet header.");
static UNIT: FieldDef = FieldDef::uint("juniper.ext.unit", "Logical Unit Number", 32)
    .about("Which unit of the interface. Juniper jnet header.");
static IFMT: FieldDef = FieldDef::uint("juniper.ext.ifmt", "Device Media Type", 16)
    .about("What kind of interface it is. Juniper jnet header.");
static IFLE: FieldDef = FieldDef::uint("juniper.ext.ifle", "Logical Interface Encapsulation", 16)
    .about("How packets are wrapped on it. Juniper jnet header.");
static EXT_VALUE: FieldDef = FieldDef::bytes("juniper.ext.value", "Value")
    .about("A value that is not taken apart. Juniper jnet header.");
static PROTO: FieldDef = FieldDef::uint("juniper.proto", "Protocol", 32)
    .values(&[
        (2, "IPv4"),
        (3, "MPLS with IPv4"),
        (4, "IPv4 with MPLS"),
        (5, "MPLS"),
        (6, "IPv6"),
        (200, "CLNP"),
    ])
    .about("Which packet follows, where the link's header was left out. Juniper jnet header.");

const MAGIC_NUMBER: [u8; 3] = *b"MGC";

/// Dissector of Juniper's headers.
pub struct Juniper;

impl Dissector for Juniper {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "juniper",
        label: "Juniper",
        title: "Juniper",
        layer: Layer::Link,
        spec: "LINKTYPE_JUNIPER_ETHER",
        about: "What a Juniper router tells of a frame that it captured: direction and interface.",
        fields: &[
            &MAGIC, &FLAGS, &DIRECTION, &L2HDR, &EXT, &EXT_LEN, &EXT_TYPE, &IFD, &IFL, &UNIT, &IFMT, &IFLE,
            &EXT_VALUE, &PROTO,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(178), Binding::Link(180), Binding::Link(181)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [magic @ .., flags] = *packet.take::<4>("header")?;
        packet.uint(&MAGIC, 0, 3);
        packet.info(|text| text.push_str("Juniper"));
        if magic != MAGIC_NUMBER {
            packet.problem(Problem::Malformed, 0, 3, |text| {
                text.push_str("Juniper: the magic number is missing")
            });
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        packet.uint_group(&FLAGS, 3, 1);
        for part in [&DIRECTION, &L2HDR, &EXT] {
            packet.uint(part, 3, 1);
        }
        packet.end_group();
        packet.label(|text| text.push_str(value_name(&DIRECTION, (flags & 1).into()).unwrap_or_default()));
        if flags & 0x80 != 0 {
            extensions(packet)?;
        }
        if flags & 0x02 != 0 {
            let at = packet.at();
            let kind = u32::from_le_bytes(*packet.take::<4>("protocol")?);
            packet.uint_le(&PROTO, at, 4);
            packet.next_rest(match kind {
                2 => Claim::EtherType(0x0800),
                3..=5 => Claim::EtherType(0x8847),
                6 => Claim::EtherType(0x86dd),
                _ => Claim::Data,
            });
            return Ok(());
        }
        packet.next_rest(Claim::Protocol(match packet.medium.link.0 {
            180 => super::frame_relay::FrameRelay::PROTOCOL,
            181 => super::chdlc::CiscoHdlc::PROTOCOL,
            _ => super::ethernet::Ethernet::PROTOCOL,
        }));
        Ok(())
    }
}

fn extensions<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let [high, low] = *packet.take::<2>("length of the extensions")?;
    packet.uint(&EXT_LEN, 4, 2);
    let end = packet.at() + usize::from(be16(high, low));
    while packet.at() + 2 <= end {
        let at = packet.at();
        let [kind, len] = *packet.take::<2>("extension")?;
        if at + 2 + usize::from(len) > end {
            packet.problem(Problem::Length, at + 1, 1, |text| {
                let _ = write!(text, "Juniper: an extension of {len} bytes ends behind them all");
            });
            break;
        }
        packet.skip(len.into(), "extension")?;
        let def: &'static FieldDef = match kind {
            1 => &IFD,
            3 | 7 => &IFMT,
            4 => &IFL,
            5 => &UNIT,
            6 | 8 => &IFLE,
            _ => &EXT_VALUE,
        };
        packet.uint_group(&EXT_TYPE, at, 1);
        // Numbers are in the order of the router's Intel processor.
        if (1..=4).contains(&len) && !std::ptr::eq(def, &EXT_VALUE) {
            packet.uint_le(def, at + 2, len.into());
        } else {
            packet.slice(&EXT_VALUE, at + 2, len.into());
        }
        packet.end_group();
    }
    let left = end.saturating_sub(packet.at());
    packet.skip(left, "extensions")?;
    Ok(())
}
