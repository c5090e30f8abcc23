//! Linux cooked captures, versions 1 and 2: what the `any` interface records in
//! place of a link layer.

use super::be16;
use super::ethernet::ETHERTYPE_NAMES;
use crate::base::LinkType;
use crate::decode::{
    Binding, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer,
};
use etherparse::{ArpHardwareId, LinuxNonstandardEtherType};
use std::fmt::Write as _;

static PKTTYPE: FieldDef = FieldDef::uint("sll.pkttype", "Packet type", 16)
    .values(&[
        (0, "Unicast to us"),
        (1, "Broadcast"),
        (2, "Multicast"),
        (3, "Unicast to another host"),
        (4, "Sent by us"),
    ])
    .about("Whom the packet was addressed to, or that this machine sent it. tcpdump.org LINKTYPE_LINUX_SLL.");
static PKTTYPE_8: FieldDef = FieldDef::uint("sll.pkttype", "Packet type", 8).values(PKTTYPE.values).about(
    "Whom the packet was addressed to, or that this machine sent it. tcpdump.org LINKTYPE_LINUX_SLL2.",
);
static HATYPE: FieldDef = FieldDef::uint("sll.hatype", "Link-layer address type", 16)
    .values(&[
        (1, "Ethernet"),
        (6, "IEEE 802"),
        (280, "Controller Area Network"),
        (512, "PPP"),
        (519, "Raw IP"),
        (768, "IPIP tunnel"),
        (769, "IP6IP6 tunnel"),
        (772, "Loopback"),
        (776, "IPv6-in-IPv4 tunnel"),
        (778, "IP GRE tunnel"),
        (801, "IEEE 802.11"),
        (802, "IEEE 802.11 with Prism header"),
        (803, "IEEE 802.11 with radiotap"),
        (823, "IPv6 GRE tunnel"),
        (824, "Netlink"),
        (65534, "No header"),
    ])
    .about("What kind of interface it was (ARPHRD number). tcpdump.org LINKTYPE_LINUX_SLL.");
static HALEN: FieldDef = FieldDef::uint("sll.halen", "Link-layer address length", 16)
    .about("How many bytes of the address that follows are used. tcpdump.org LINKTYPE_LINUX_SLL.");
static SRC_ETH: FieldDef = FieldDef::mac("sll.src.eth", "Source")
    .about("Hardware address of the sender. tcpdump.org LINKTYPE_LINUX_SLL.");
static SRC_IPV4: FieldDef = FieldDef::ipv4("sll.src.ipv4", "Source")
    .about("Address of the sending end of a tunnel. tcpdump.org LINKTYPE_LINUX_SLL.");
static SRC_OTHER: FieldDef = FieldDef::bytes("sll.src.other", "Source")
    .about("Link-layer address of the sender. tcpdump.org LINKTYPE_LINUX_SLL.");
static UNUSED: FieldDef = FieldDef::bytes("sll.unused", "Unused")
    .about("The rest of the eight bytes kept for an address. tcpdump.org LINKTYPE_LINUX_SLL.");
static ETYPE: FieldDef = FieldDef::uint("sll.etype", "Protocol", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("EtherType of the payload. tcpdump.org LINKTYPE_LINUX_SLL.");
static LTYPE: FieldDef = FieldDef::uint("sll.ltype", "Protocol", 16)
    .hex()
    .values(&[
        (1, "Raw 802.3"),
        (3, "Ethernet"),
        (4, "802.2 LLC"),
        (7, "PPP (HDLC)"),
        (12, "CAN"),
        (13, "CAN FD"),
    ])
    .about("Linux's own number of a payload that has no EtherType. tcpdump.org LINKTYPE_LINUX_SLL.");
static GRETYPE: FieldDef = FieldDef::uint("sll.gretype", "Protocol", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Protocol type of a packet on a GRE tunnel. tcpdump.org LINKTYPE_LINUX_SLL.");
static IFINDEX: FieldDef = FieldDef::uint("sll.ifindex", "Interface index", 32)
    .about("The kernel's number of the interface that the packet passed. tcpdump.org LINKTYPE_LINUX_SLL2.");
static RESERVED: FieldDef =
    FieldDef::bytes("sll.reserved", "Reserved").about("Must be zero. tcpdump.org LINKTYPE_LINUX_SLL2.");
static TRAILER: FieldDef = FieldDef::bytes("sll.trailer", "Trailer")
    .about("Bytes behind the packet that no inner layer claims. tcpdump.org LINKTYPE_LINUX_SLL.");

/// Dissector of Linux cooked headers.
pub struct Sll;

impl Dissector for Sll {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "sll",
        label: "SLL",
        title: "Linux cooked capture",
        layer: Layer::Link,
        spec: "LINKTYPE_LINUX_SLL",
        about: "What Linux records in place of a link-layer header when it captures on all interfaces at once.",
        fields: &[
            &PKTTYPE, &PKTTYPE_8, &HATYPE, &HALEN, &SRC_ETH, &SRC_IPV4, &SRC_OTHER, &UNUSED, &ETYPE, &LTYPE,
            &GRETYPE, &IFINDEX, &RESERVED, &TRAILER,
        ],
        trailer: Some(Trailer { padding: &TRAILER, trailer: &TRAILER }),
        stack: Some("sll:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(113), Binding::Link(276)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let (hardware, protocol) =
            if packet.medium.link == LinkType::LINUX_SLL2 { version_2(packet)? } else { version_1(packet)? };
        packet.info(|text| {
            let _ = write!(text, "Protocol 0x{protocol:04x}");
        });
        packet.next_rest(claim(hardware, protocol));
        Ok(())
    }
}

/// The packet type of what this host sent.
const OUTGOING: u8 = 4;

type Kinds = (ArpHardwareId, u16);

fn version_1<S: Sink>(packet: &mut Packet<'_, S>) -> Result<Kinds, crate::decode::Stop> {
    let header = packet.take::<16>("header")?;
    let [_, kind, h0, h1, l0, l1, _, _, _, _, _, _, _, _, p0, p1] = *header;
    packet.medium.received = kind != OUTGOING;
    let hardware = ArpHardwareId(be16(h0, h1));
    packet.label(|text| text.push_str("v1"));
    packet.uint(&PKTTYPE, 0, 2);
    packet.uint(&HATYPE, 2, 2);
    packet.uint(&HALEN, 4, 2);
    address(packet, hardware, 6, be16(l0, l1).into());
    packet.uint(protocol_field(hardware, be16(p0, p1)), 14, 2);
    Ok((hardware, be16(p0, p1)))
}

fn version_2<S: Sink>(packet: &mut Packet<'_, S>) -> Result<Kinds, crate::decode::Stop> {
    let header = packet.take::<20>("header")?;
    let [p0, p1, _, _, _, _, _, _, h0, h1, kind, len, ..] = *header;
    packet.medium.received = kind != OUTGOING;
    let hardware = ArpHardwareId(be16(h0, h1));
    packet.label(|text| text.push_str("v2"));
    packet.uint(protocol_field(hardware, be16(p0, p1)), 0, 2);
    packet.slice(&RESERVED, 2, 2);
    packet.uint(&IFINDEX, 4, 4);
    packet.uint(&HATYPE, 8, 2);
    packet.uint(&PKTTYPE_8, 10, 1);
    packet.uint(&HALEN, 11, 1);
    address(packet, hardware, 12, len.into());
    Ok((hardware, be16(p0, p1)))
}

/// The sender's address: eight bytes, of which `len` are used.
fn address<S: Sink>(packet: &mut Packet<'_, S>, hardware: ArpHardwareId, at: usize, len: usize) {
    let used = len.min(8);
    match (packet.bytes().get(at..at + used), used) {
        (Some(&[a, b, c, d, e, f]), _) => {
            packet.endpoints(Endpoint::Mac([a, b, c, d, e, f]), Endpoint::None);
            packet.slice(&SRC_ETH, at, 6);
        }
        (_, 0) => {}
        (_, 4) if tunnel(hardware) => packet.slice(&SRC_IPV4, at, 4),
        _ => packet.slice(&SRC_OTHER, at, used),
    }
    if used < 8 {
        packet.slice(&UNUSED, at + used, 8 - used);
    }
}

fn tunnel(hardware: ArpHardwareId) -> bool {
    matches!(hardware, ArpHardwareId::TUNNEL | ArpHardwareId::SIT | ArpHardwareId::IPGRE)
}

fn protocol_field(hardware: ArpHardwareId, protocol: u16) -> &'static FieldDef {
    match hardware {
        ArpHardwareId::IPGRE | ArpHardwareId::IP6GRE => &GRETYPE,
        _ if protocol <= super::ethernet::MAX_LENGTH => &LTYPE,
        _ => &ETYPE,
    }
}

fn claim(hardware: ArpHardwareId, protocol: u16) -> Claim {
    if matches!(hardware, ArpHardwareId::IPGRE | ArpHardwareId::IP6GRE) {
        return Claim::EtherType(protocol);
    }
    // Netlink's numbers are families of its own; 802.11 says all by its interface's type.
    if matches!(hardware, ArpHardwareId::NETLINK | ArpHardwareId::IEEE80211_RADIOTAP) {
        return Claim::Data;
    }
    match LinuxNonstandardEtherType::try_from(protocol) {
        // Linux marks Novell's raw 802.3 with 1.
        Ok(LinuxNonstandardEtherType::N802_3) => Claim::EtherType(0x8137),
        Ok(LinuxNonstandardEtherType::ALL) => Claim::Protocol(super::ethernet::Ethernet::PROTOCOL),
        Ok(LinuxNonstandardEtherType::N802_2) => Claim::Protocol(super::llc::Llc::PROTOCOL),
        Ok(LinuxNonstandardEtherType::WAN_PPP) => Claim::Protocol(super::ppp::Ppp::PROTOCOL),
        _ if protocol <= super::ethernet::MAX_LENGTH => Claim::Data,
        _ => Claim::EtherType(protocol),
    }
}
