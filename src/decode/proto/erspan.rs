//! ERSPAN: mirrored frames in GRE (draft-foschiano-erspan), types I to III.

use crate::decode::{
    Binding, Claim, Dissector, Event, FieldDef, Layer, Outcome, Packet, Protocol, Sink, value_name,
};
use std::fmt::Write as _;

const SPEC: &str = "draft-foschiano-erspan";

static VERSION: FieldDef = FieldDef::uint("erspan.version", "Version", 16)
    .mask(0xf000)
    .values(&[(1, "Type II"), (2, "Type III")])
    .about("Which form of the header it is. draft-foschiano-erspan, 4.2.");
static VLAN: FieldDef = FieldDef::uint("erspan.vlan", "Vlan", 16)
    .mask(0x0fff)
    .about("VLAN of the mirrored frame. draft-foschiano-erspan, 4.2.");
static COS: FieldDef = FieldDef::uint("erspan.cos", "COS", 16)
    .mask(0xe000)
    .about("Class of service of the mirrored frame. draft-foschiano-erspan, 4.2.");
static ENCAP: FieldDef = FieldDef::uint("erspan.encap", "Encap", 16)
    .mask(0x1800)
    .values(&[
        (0, "Originally without VLAN tag"),
        (1, "Originally ISL encapsulated"),
        (2, "Originally 802.1Q encapsulated"),
        (3, "VLAN tag preserved in frame"),
    ])
    .about("How the frame was tagged on its trunk. draft-foschiano-erspan, 4.2.");
static BSO: FieldDef = FieldDef::uint("erspan.bso", "Bad/Short/Oversized", 16)
    .mask(0x1800)
    .values(&[
        (0, "Good or unknown integrity"),
        (1, "Short frame"),
        (2, "Oversized frame"),
        (3, "CRC or alignment error"),
    ])
    .about("Whether the switch found the frame damaged. draft-foschiano-erspan, 4.3.");
static TRUNCATED: FieldDef = FieldDef::uint("erspan.truncated", "Truncated", 16)
    .mask(0x0400)
    .values(&[(0, "Not truncated"), (1, "Truncated")])
    .about("The mirrored frame was too long and was cut. draft-foschiano-erspan, 4.2.");
static SPAN_ID: FieldDef = FieldDef::uint("erspan.spanid", "SpanID", 16)
    .mask(0x03ff)
    .about("Which mirroring session the frame comes from. draft-foschiano-erspan, 4.2.");
static RESERVED: FieldDef = FieldDef::uint("erspan.reserved", "Reserved", 32)
    .mask(0xfff0_0000)
    .about("Zero. draft-foschiano-erspan, 4.2.");
static INDEX: FieldDef = FieldDef::uint("erspan.index", "Index", 32)
    .mask(0x000f_ffff)
    .about("Port and direction that the frame was mirrored at. draft-foschiano-erspan, 4.2.");
static TIMESTAMP: FieldDef = FieldDef::uint("erspan.timestamp", "Timestamp", 32)
    .about("When the switch saw the frame, by its own clock. draft-foschiano-erspan, 4.3.");
static SGT: FieldDef = FieldDef::uint("erspan.sgt", "Security Group Tag", 16)
    .about("Cisco TrustSec group of the sender. draft-foschiano-erspan, 4.3.");
static HAS_FRAME: FieldDef = FieldDef::uint("erspan.p", "Has Ethernet PDU", 16)
    .mask(0x8000)
    .about("The payload is an Ethernet frame. draft-foschiano-erspan, 4.3.");
static FRAME_TYPE: FieldDef = FieldDef::uint("erspan.ft", "Frame Type", 16)
    .mask(0x7c00)
    .values(&[(0, "Ethernet"), (2, "IP")])
    .about("What the payload begins with. draft-foschiano-erspan, 4.3.");
static HARDWARE: FieldDef = FieldDef::uint("erspan.hw", "Hardware ID", 16)
    .mask(0x03f0)
    .about("Which of the switch's engines mirrored the frame. draft-foschiano-erspan, 4.3.");
static DIRECTION: FieldDef = FieldDef::flag("erspan.direction", "Direction", 16, 0x0008)
    .values(&[(0, "Ingress"), (1, "Egress")])
    .about("Whether the frame came in or went out where it was mirrored. draft-foschiano-erspan, 4.3.");
static GRANULARITY: FieldDef = FieldDef::uint("erspan.gra", "Timestamp granularity", 16)
    .mask(0x0006)
    .values(&[(0, "100 microseconds"), (1, "100 nanoseconds"), (2, "IEEE 1588"), (3, "Custom granularity")])
    .about("What one step of the timestamp stands for. draft-foschiano-erspan, 4.3.");
static OPTIONAL: FieldDef = FieldDef::uint("erspan.o", "Optional Sub headers", 16)
    .mask(0x0001)
    .about("A sub-header of the platform follows. draft-foschiano-erspan, 4.3.");
static PLATFORM: FieldDef = FieldDef::uint("erspan.platid", "Platform ID", 32)
    .mask(0xfc00_0000)
    .about("Which platform the sub-header is of. draft-foschiano-erspan, 4.3.");
static P1_RESERVED: FieldDef = FieldDef::uint("erspan.pid1.rsvd1", "Reserved", 32)
    .mask(0x03fff000)
    .about("Zero. draft-foschiano-erspan, 4.3.");
static P1_DOMAIN: FieldDef = FieldDef::uint("erspan.pid1.vsmid", "VSM Domain ID", 32)
    .mask(0x00000fff)
    .about("Which virtual supervisor the switch belongs to. draft-foschiano-erspan, 4.3.");
static P1_PORT: FieldDef = FieldDef::uint("erspan.pid1.port_index", "Port ID/Index", 32)
    .about("Port that the frame was mirrored at. draft-foschiano-erspan, 4.3.");
static P3_RESERVED: FieldDef = FieldDef::uint("erspan.pid3.rsvd1", "Reserved", 32)
    .mask(0x03ffc000)
    .about("Zero. draft-foschiano-erspan, 4.3.");
static P3_PORT: FieldDef = FieldDef::uint("erspan.pid3.port_index", "Port ID/Index", 32)
    .mask(0x00003fff)
    .about("Port that the frame was mirrored at. draft-foschiano-erspan, 4.3.");
static P3_TIME: FieldDef = FieldDef::uint("erspan.pid3.timestamp", "Upper 32-bit Timestamp", 32)
    .about("The timestamp's upper half. draft-foschiano-erspan, 4.3.");
static P4_RESERVED_1: FieldDef = FieldDef::uint("erspan.pid4.rsvd1", "Reserved", 32)
    .mask(0x03ffc000)
    .about("Zero. draft-foschiano-erspan, 4.3.");
static P4_RESERVED_2: FieldDef = FieldDef::uint("erspan.pid4.rsvd2", "Reserved", 32)
    .mask(0x00003fff)
    .about("Zero. draft-foschiano-erspan, 4.3.");
static P4_RESERVED_3: FieldDef =
    FieldDef::uint("erspan.pid4.rsvd3", "Reserved", 32).about("Zero. draft-foschiano-erspan, 4.3.");
static P5_SWITCH: FieldDef = FieldDef::uint("erspan.pid5.switchid", "Switch ID", 32)
    .mask(0x03ff0000)
    .about("Which switch mirrored the frame. draft-foschiano-erspan, 4.3.");
static P5_PORT: FieldDef = FieldDef::uint("erspan.pid5.port_index", "Port ID/Index", 32)
    .mask(0x0000ffff)
    .about("Port that the frame was mirrored at. draft-foschiano-erspan, 4.3.");
static P5_TIME: FieldDef = FieldDef::uint("erspan.pid5.timestamp", "Timestamp (seconds)", 32)
    .about("Seconds of the timestamp. draft-foschiano-erspan, 4.3.");
static P7_RESERVED: FieldDef = FieldDef::uint("erspan.pid7.rsvd1", "Reserved", 32)
    .mask(0x03f00000)
    .about("Zero. draft-foschiano-erspan, 4.3.");
static P7_SOURCE: FieldDef = FieldDef::uint("erspan.pid7.source_index", "Source Index", 32)
    .mask(0x000fffff)
    .about("Port that the frame was mirrored at. draft-foschiano-erspan, 4.3.");
static P7_TIME: FieldDef = FieldDef::uint("erspan.pid7.timestamp", "Upper 32-bit Timestamp", 32)
    .about("The timestamp's upper half. draft-foschiano-erspan, 4.3.");
static PLATFORM_INFO: FieldDef = FieldDef::uint("erspan.pid.rsvd", "Reserved", 64)
    .hex()
    .mask(0x03ff_ffff_ffff_ffff)
    .about("What another platform adds, in its own form. draft-foschiano-erspan, 4.3.");

/// Dissector of ERSPAN headers, types II and III.
pub struct Erspan;

impl Dissector for Erspan {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "erspan",
        label: "ERSPAN",
        title: "Encapsulated Remote Switch Packet ANalysis",
        layer: Layer::Link,
        spec: SPEC,
        about: "Copies of a switch's frames, sent over IP to whoever watches them.",
        fields: &[
            &VERSION,
            &VLAN,
            &COS,
            &ENCAP,
            &BSO,
            &TRUNCATED,
            &SPAN_ID,
            &RESERVED,
            &INDEX,
            &TIMESTAMP,
            &SGT,
            &HAS_FRAME,
            &FRAME_TYPE,
            &HARDWARE,
            &DIRECTION,
            &GRANULARITY,
            &OPTIONAL,
            &PLATFORM,
            &PLATFORM_INFO,
            &P1_RESERVED,
            &P1_DOMAIN,
            &P1_PORT,
            &P3_RESERVED,
            &P3_PORT,
            &P3_TIME,
            &P4_RESERVED_1,
            &P4_RESERVED_2,
            &P4_RESERVED_3,
            &P5_SWITCH,
            &P5_PORT,
            &P5_TIME,
            &P7_RESERVED,
            &P7_SOURCE,
            &P7_TIME,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [v0, v1, s0, s1] = *packet.take::<4>("header")?;
        let version = v0 >> 4;
        packet.label(|text| {
            text.push_str(value_name(&VERSION, version.into()).unwrap_or("unknown version"));
        });
        packet.uint(&VERSION, 0, 2);
        packet.info(|text| {
            let _ = write!(text, "ERSPAN session {}", u16::from_be_bytes([s0, s1]) & 0x03ff);
        });
        if !matches!(version, 1 | 2) {
            return Err(packet.malformed("the version is neither 1 nor 2"));
        }
        packet.uint(&VLAN, 0, 2);
        packet.event(Event::Vlan(u16::from_be_bytes([v0, v1]) & 0x0fff));
        packet.uint(&COS, 2, 2);
        packet.uint(if version == 1 { &ENCAP } else { &BSO }, 2, 2);
        packet.uint(&TRUNCATED, 2, 2);
        packet.uint(&SPAN_ID, 2, 2);
        let mut claim = ETHERNET;
        if version == 1 {
            packet.take::<4>("header")?;
            packet.uint(&RESERVED, 4, 4);
            packet.uint(&INDEX, 4, 4);
        } else {
            let [.., high, low] = *packet.take::<8>("header")?;
            let bits = u16::from_be_bytes([high, low]);
            packet.uint(&TIMESTAMP, 4, 4);
            packet.uint(&SGT, 8, 2);
            for part in [&HAS_FRAME, &FRAME_TYPE, &HARDWARE, &DIRECTION, &GRANULARITY, &OPTIONAL] {
                packet.uint(part, 10, 2);
            }
            claim = match (bits >> 10) & 0x1f {
                0 => ETHERNET,
                2 => IP,
                _ => Claim::Data,
            };
            if bits & 1 != 0 {
                packet.take::<8>("platform sub-header")?;
                packet.uint(&PLATFORM, 12, 4);
                platform(packet);
            }
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(claim);
        }
        Ok(())
    }
}

/// What the platform's sub-header says, behind its number.
fn platform<S: Sink>(packet: &mut Packet<'_, S>) {
    let (first, second): (&[&'static FieldDef], _) = match packet.read(12, 1).map(|byte| byte >> 2) {
        Some(1) => (&[&P1_RESERVED, &P1_DOMAIN], &P1_PORT),
        Some(3) => (&[&P3_RESERVED, &P3_PORT], &P3_TIME),
        Some(4) => (&[&P4_RESERVED_1, &P4_RESERVED_2], &P4_RESERVED_3),
        Some(5 | 6) => (&[&P5_SWITCH, &P5_PORT], &P5_TIME),
        Some(7) => (&[&P7_RESERVED, &P7_SOURCE], &P7_TIME),
        _ => return packet.uint(&PLATFORM_INFO, 12, 8),
    };
    for part in first {
        packet.uint(part, 12, 4);
    }
    packet.uint(second, 16, 4);
}

/// Dissector of ERSPAN's first type: a layer without any header.
pub struct TypeOne;

impl Dissector for TypeOne {
    const PROTOCOL: &'static Protocol =
        &Protocol { name: "erspan_i", fields: &[], stack: Some("erspan"), ..*Erspan::PROTOCOL };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.label(|text| text.push_str("Type I"));
        packet.next_rest(ETHERNET);
        Ok(())
    }
}

const ETHERNET: Claim = Claim::EtherType(0x6558);
const IP: Claim = Claim::EtherType(0x0800);
