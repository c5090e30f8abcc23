//! Tags between a switch and the processor that drives it (Linux' Distributed
//! Switch Architecture): which of the switch's ports a frame passed.

use super::ethernet::{self, ETHERTYPE_NAMES, Ethernet};
use crate::decode::{
    Binding, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer,
};
use std::fmt::Write as _;

static DST: FieldDef = FieldDef::mac("dsa.dst", "Destination")
    .about("Hardware address that the frame is for. IEEE 802.3, 3.2.4.");
static SRC: FieldDef = FieldDef::mac("dsa.src", "Source")
    .about("Hardware address that the frame comes from. IEEE 802.3, 3.2.5.");
static EDSA: FieldDef = FieldDef::uint("dsa.edsa", "Tag type", 16)
    .hex()
    .about("EtherType of the tag: 0xdada. Linux, net/dsa/tag_dsa.c.");
static RESERVED: FieldDef =
    FieldDef::uint("dsa.reserved", "Reserved", 16).hex().about("Must be 0. Linux, net/dsa/tag_dsa.c.");
static OPCODE: FieldDef = FieldDef::uint("dsa.brcm.opcode", "Opcode", 8)
    .mask(0xe0)
    .values(&[(0, "From the switch"), (1, "To the switch")])
    .about("Which way the frame goes. Linux, net/dsa/tag_brcm.c.");
static REASON: FieldDef = FieldDef::uint("dsa.brcm.reason", "Reason", 8)
    .hex()
    .about("Why the switch gives the frame to the processor. Linux, net/dsa/tag_brcm.c.");
static CLASS: FieldDef = FieldDef::uint("dsa.brcm.class", "Traffic class", 8)
    .mask(0xe0)
    .about("How urgent the frame is. Linux, net/dsa/tag_brcm.c.");
static BRCM_PORT: FieldDef = FieldDef::uint("dsa.brcm.port", "Port", 8)
    .mask(0x1f)
    .about("Port of the switch. Linux, net/dsa/tag_brcm.c.");
static MODE: FieldDef = FieldDef::uint("dsa.mode", "Mode", 8)
    .mask(0xc0)
    .values(&[(0, "To the processor"), (1, "From the processor"), (2, "To a sniffer"), (3, "Forward")])
    .about("Which way the frame goes, and why. Linux, net/dsa/tag_dsa.c.");
static TAGGED: FieldDef = FieldDef::flag("dsa.tagged", "Tagged", 8, 0x20)
    .about("The frame had a VLAN tag, which this one replaces. Linux, net/dsa/tag_dsa.c.");
static DEVICE: FieldDef = FieldDef::uint("dsa.device", "Device", 8)
    .mask(0x1f)
    .about("Which of several switches. Linux, net/dsa/tag_dsa.c.");
static PORT: FieldDef =
    FieldDef::uint("dsa.port", "Port", 8).mask(0xf8).about("Port of that switch. Linux, net/dsa/tag_dsa.c.");
static PRIORITY: FieldDef = FieldDef::uint("dsa.priority", "Priority", 16)
    .mask(0xe000)
    .about("How urgent the frame is. Linux, net/dsa/tag_dsa.c.");
static VLAN: FieldDef = FieldDef::uint("dsa.vid", "VLAN", 16)
    .mask(0x0fff)
    .about("Virtual LAN of the frame. Linux, net/dsa/tag_dsa.c.");
static ETYPE: FieldDef = FieldDef::uint("dsa.etype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol the payload belongs to. IEEE 802.3, 3.2.6.");
static TRAILER: FieldDef = FieldDef::bytes("dsa.trailer", "Trailer")
    .about("Bytes behind the payload that no inner layer claims. IEEE 802.3, 3.2.8.");

/// LINKTYPE_DSA_TAG_BRCM, _BRCM_PREPEND, _DSA and _EDSA.
const BROADCOM: u16 = 281;
const BROADCOM_BEFORE: u16 = 282;
const MARVELL: u16 = 284;
const MARVELL_WITH_TYPE: u16 = 285;

/// Dissector of frames with a switch's tag.
pub struct Dsa;

impl Dissector for Dsa {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "dsa",
        label: "DSA",
        title: "Switch tag",
        layer: Layer::Link,
        spec: "LINKTYPE_DSA_TAG_BRCM",
        about: "An Ethernet frame between a switch and its processor, with the port that it passed.",
        fields: &[
            &DST,
            &SRC,
            &EDSA,
            &RESERVED,
            &OPCODE,
            &REASON,
            &CLASS,
            &BRCM_PORT,
            &MODE,
            &TAGGED,
            &DEVICE,
            &PORT,
            &PRIORITY,
            &VLAN,
            &ETYPE,
            &ethernet::PADDING,
            &TRAILER,
        ],
        trailer: Some(Trailer { padding: &ethernet::PADDING, trailer: &TRAILER }),
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Link(BROADCOM),
        Binding::Link(BROADCOM_BEFORE),
        Binding::Link(MARVELL),
        Binding::Link(MARVELL_WITH_TYPE),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let link = packet.medium.link.0;
        if link == BROADCOM_BEFORE {
            tag(packet, link)?;
            packet.next_rest(Claim::Protocol(Ethernet::PROTOCOL));
            return Ok(());
        }
        let [d0, d1, d2, d3, d4, d5, src @ ..] = *packet.take::<12>("pair of addresses")?;
        packet.endpoints(Endpoint::Mac(src), Endpoint::Mac([d0, d1, d2, d3, d4, d5]));
        packet.slice(&DST, 0, 6);
        packet.slice(&SRC, 6, 6);
        if link == MARVELL_WITH_TYPE {
            packet.take::<4>("type of the tag")?;
            packet.uint(&EDSA, 12, 2);
            packet.uint(&RESERVED, 14, 2);
        }
        tag(packet, link)?;
        let at = packet.at();
        let kind = u16::from_be_bytes(*packet.take::<2>("EtherType")?);
        packet.uint(&ETYPE, at, 2);
        ethernet::type_or_length(packet, kind, &TRAILER);
        Ok(())
    }
}

/// Takes the four bytes of the switch.
fn tag<S: Sink>(packet: &mut Packet<'_, S>, link: u16) -> Outcome {
    let at = packet.at();
    let [first, second, _, last] = *packet.take::<4>("tag")?;
    let broadcom = matches!(link, BROADCOM | BROADCOM_BEFORE);
    let port = if broadcom { last & 0x1f } else { second >> 3 };
    packet.info(|text| {
        let _ = write!(text, "Port {port} of a switch");
    });
    if broadcom {
        packet.uint(&OPCODE, at, 1);
        packet.uint(&REASON, at + 2, 1);
        packet.uint(&CLASS, at + 3, 1);
        packet.uint(&BRCM_PORT, at + 3, 1);
        return Ok(());
    }
    for part in [&MODE, &TAGGED, &DEVICE] {
        packet.uint(part, at, 1);
    }
    packet.uint(&PORT, at + 1, 1);
    packet.uint(&PRIORITY, at + 2, 2);
    if first & 0x20 != 0 {
        packet.uint(&VLAN, at + 2, 2);
    }
    Ok(())
}
