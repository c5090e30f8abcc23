//! Address resolution: ARP, RARP, InARP (RFC 826, RFC 903, RFC 2390).

use super::ethernet::ETHERTYPE_NAMES;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value, export, value_name,
    write_hex,
};
use etherparse::{ArpHardwareId, ArpOperation, ArpPacketSlice, EtherType};
use std::fmt::Write as _;

/// Hardware types as ARP numbers them; the ones that networks still use.
static HARDWARE_NAMES: &[(u64, &str)] = &[
    (0, "NET/ROM pseudo"),
    (1, "Ethernet"),
    (2, "Experimental Ethernet"),
    (3, "AX.25"),
    (4, "ProNET"),
    (5, "Chaos"),
    (6, "IEEE 802"),
    (7, "ARCNET"),
    (15, "Frame Relay DLCI"),
    (16, "ATM"),
    (17, "HDLC"),
    (18, "Fibre Channel"),
    (19, "ATM (RFC 2225)"),
    (20, "Serial Line"),
    (24, "IEEE 1394.1995"),
    (27, "EUI-64"),
    (31, "IPsec tunnel"),
    (32, "InfiniBand"),
    (512, "PPP"),
    (772, "Loopback"),
];
static HW_TYPE: FieldDef = FieldDef::uint("arp.hw.type", "Hardware type", 16)
    .values(HARDWARE_NAMES)
    .about("Which kind of link the hardware addresses belong to. RFC 826, packet format (ar$hrd).");
static PROTO_TYPE: FieldDef = FieldDef::uint("arp.proto.type", "Protocol type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol's addresses are asked for, as an EtherType. RFC 826, packet format (ar$pro).");
static HW_SIZE: FieldDef = FieldDef::uint("arp.hw.size", "Hardware size", 8)
    .about("Bytes of a hardware address. RFC 826, packet format (ar$hln).");
static PROTO_SIZE: FieldDef = FieldDef::uint("arp.proto.size", "Protocol size", 8)
    .about("Bytes of a protocol address. RFC 826, packet format (ar$pln).");
static OPCODE: FieldDef = FieldDef::uint("arp.opcode", "Opcode", 16)
    .values(&[
        (0, "reserved"),
        (1, "request"),
        (2, "reply"),
        (3, "reverse request"),
        (4, "reverse reply"),
        (5, "drarp request"),
        (6, "drarp reply"),
        (7, "drarp error"),
        (8, "inverse request"),
        (9, "inverse reply"),
        (10, "arp nak"),
        (11, "mars request"),
        (12, "mars multi"),
        (13, "mars mserv"),
        (14, "mars join"),
        (15, "mars leave"),
        (16, "mars nak"),
        (17, "mars unserv"),
        (18, "mars sjoin"),
        (19, "mars sleave"),
        (20, "mars grouplist request"),
        (21, "mars grouplist reply"),
        (22, "mars redirect map"),
        (23, "mapos unarp"),
        (24, "experimental 1"),
        (25, "experimental 2"),
        (65535, "reserved"),
    ])
    .about("Question or answer, and in which direction: address to hardware or the reverse. RFC 826, packet format (ar$op); IANA ARP parameters.");
static GRATUITOUS: FieldDef = FieldDef::flag("arp.isgratuitous", "Is gratuitous", 8, 0)
    .about("Sender and target are the same: an announcement that nobody asked for. RFC 5227, 1.2.");
static PROBE: FieldDef = FieldDef::flag("arp.isprobe", "Is probe", 8, 0)
    .about("Without a sender's address: asks whether an address is free before it is used. RFC 5227, 1.1.");
static ANNOUNCEMENT: FieldDef = FieldDef::flag("arp.isannouncement", "Is announcement", 8, 0)
    .about("Tells the link that the sender now uses this address. RFC 5227, 2.3.");
static SRC_MAC: FieldDef = FieldDef::mac("arp.src.hw_mac", "Sender MAC address")
    .about("Hardware address of the sender. RFC 826, packet format (ar$sha).");
static SRC_HW: FieldDef = FieldDef::bytes("arp.src.hw", "Sender hardware address")
    .about("Hardware address of the sender. RFC 826, packet format (ar$sha).");
static SRC_IPV4: FieldDef = FieldDef::ipv4("arp.src.proto_ipv4", "Sender IP address")
    .about("IPv4 address of the sender; every receiver may learn the pair. RFC 826, packet format (ar$spa).");
static SRC_PROTO: FieldDef = FieldDef::bytes("arp.src.proto", "Sender protocol address")
    .about("Protocol address of the sender. RFC 826, packet format (ar$spa).");
static DST_MAC: FieldDef = FieldDef::mac("arp.dst.hw_mac", "Target MAC address")
    .about("Hardware address asked for, zero in a request; of the asker in a reply. RFC 826, packet format (ar$tha).");
static DST_HW: FieldDef = FieldDef::bytes("arp.dst.hw", "Target hardware address")
    .about("Hardware address asked for, zero in a request; of the asker in a reply. RFC 826, packet format (ar$tha).");
static DST_IPV4: FieldDef = FieldDef::ipv4("arp.dst.proto_ipv4", "Target IP address")
    .about("IPv4 address whose hardware address is asked for. RFC 826, packet format (ar$tpa).");
static DST_PROTO: FieldDef = FieldDef::bytes("arp.dst.proto", "Target protocol address")
    .about("Protocol address whose hardware address is asked for. RFC 826, packet format (ar$tpa).");

/// Dissector of ARP and of its relatives in the same format.
pub struct Arp;

impl Dissector for Arp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "arp",
        label: "ARP",
        title: "Address Resolution Protocol",
        layer: Layer::Link,
        spec: "RFC 826",
        about: "Asks everybody on a link which card has an internet address, so that a packet can be sent to it.",
        fields: &[
            &HW_TYPE,
            &PROTO_TYPE,
            &HW_SIZE,
            &PROTO_SIZE,
            &OPCODE,
            &GRATUITOUS,
            &PROBE,
            &ANNOUNCEMENT,
            &SRC_MAC,
            &SRC_HW,
            &SRC_IPV4,
            &SRC_PROTO,
            &DST_MAC,
            &DST_HW,
            &DST_IPV4,
            &DST_PROTO,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x0806), Binding::EtherType(0x8035)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<8>("header")?;
        let [h0, h1, p0, p1, hardware_len, protocol_len, o0, o1] = *header;
        let hardware = ArpHardwareId(u16::from_be_bytes([h0, h1]));
        let protocol = EtherType(u16::from_be_bytes([p0, p1]));
        let operation = ArpOperation(u16::from_be_bytes([o0, o1]));
        let parsed = ArpPacketSlice::from_slice(packet.bytes());
        packet.label(|text| {
            let kind = parsed.as_ref().map_or(Special::None, Special::of);
            text.push_str(kind.words(operation));
        });
        packet.info(|text| {
            let _ = write!(text, "ARP opcode {}", operation.0);
        });
        packet.uint(&HW_TYPE, 0, 2);
        packet.uint(&PROTO_TYPE, 2, 2);
        if hardware == ArpHardwareId::ATM {
            // RFC 2225, 8.4.1: types and lengths of ATM numbers in place of the sizes.
            packet.uint(&OPCODE, 6, 2);
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        packet.uint(&HW_SIZE, 4, 1);
        packet.uint(&PROTO_SIZE, 5, 1);
        packet.uint(&OPCODE, 6, 2);
        if let (Ok(arp), true) = (&parsed, S::DETAIL || S::TEXT) {
            tell_special(packet, arp);
        }
        let (mac, v4) = (is_mac(hardware, hardware_len), is_ipv4(protocol, protocol_len));
        let parts = [
            (hardware_len, if mac { &SRC_MAC } else { &SRC_HW }, "sender's hardware address"),
            (protocol_len, if v4 { &SRC_IPV4 } else { &SRC_PROTO }, "sender's protocol address"),
            (hardware_len, if mac { &DST_MAC } else { &DST_HW }, "target's hardware address"),
            (protocol_len, if v4 { &DST_IPV4 } else { &DST_PROTO }, "target's protocol address"),
        ];
        for (len, def, what) in parts {
            let (at, len) = (packet.at(), usize::from(len));
            packet.skip(len, what)?;
            if len > 0 {
                packet.slice(def, at, len);
            }
        }
        packet.limit(packet.at());
        Ok(())
    }
}

fn tell_special<S: Sink>(packet: &mut Packet<'_, S>, arp: &ArpPacketSlice<'_>) {
    let kind = Special::of(arp);
    if matches!(kind, Special::Gratuitous | Special::Announcement) {
        packet.generated(&GRATUITOUS, Value::Uint(1));
    }
    match kind {
        Special::Probe => packet.generated(&PROBE, Value::Uint(1)),
        Special::Announcement => packet.generated(&ANNOUNCEMENT, Value::Uint(1)),
        _ => {}
    }
    packet.info(|text| info(text, arp, kind));
}

fn is_mac(hardware: ArpHardwareId, len: u8) -> bool {
    len == 6 && matches!(hardware, ArpHardwareId::ETHERNET | ArpHardwareId::IEEE802)
}

fn is_ipv4(protocol: EtherType, len: u8) -> bool {
    len == 4 && protocol == EtherType::IPV4
}

/// What an ARP packet is sent for, besides plain questions and answers.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    None,
    Gratuitous,
    Announcement,
    Probe,
}

impl Special {
    fn of(arp: &ArpPacketSlice<'_>) -> Special {
        let request = arp.operation() == ArpOperation::REQUEST;
        let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        let same = arp.sender_protocol_addr() == arp.target_protocol_addr();
        let v4 = is_ipv4(arp.proto_addr_type(), arp.proto_addr_size());
        match arp.operation() {
            ArpOperation::REQUEST | ArpOperation::REPLY if same => {
                let silent = zero(arp.target_hw_addr());
                if request && silent { Special::Announcement } else { Special::Gratuitous }
            }
            ArpOperation::REQUEST if v4 && zero(arp.sender_protocol_addr()) => Special::Probe,
            _ => Special::None,
        }
    }

    fn words(self, operation: ArpOperation) -> &'static str {
        match self {
            Special::Announcement => "ARP announcement",
            Special::Gratuitous if operation == ArpOperation::REPLY => "reply, gratuitous ARP",
            Special::Gratuitous => "request, gratuitous ARP",
            Special::Probe => "ARP probe",
            Special::None => value_name(&OPCODE, operation.0.into()).unwrap_or("unknown opcode"),
        }
    }
}

fn info(text: &mut String, arp: &ArpPacketSlice<'_>, kind: Special) {
    let v4 = is_ipv4(arp.proto_addr_type(), arp.proto_addr_size());
    let mac = is_mac(arp.hw_addr_type(), arp.hw_addr_size());
    let address = |bytes: &[u8], def: &FieldDef, known: bool| {
        let mut words = String::new();
        match bytes {
            [] => words.push_str("<No address>"),
            _ if known => export(&mut words, def, Value::Bytes(bytes)),
            _ => write_hex(&mut words, bytes.get(..36).unwrap_or(bytes)),
        }
        if bytes.len() > 36 {
            words.push('…');
        }
        words
    };
    let sender = address(arp.sender_protocol_addr(), &SRC_IPV4, v4);
    let target = address(arp.target_protocol_addr(), &SRC_IPV4, v4);
    let sender_mac = address(arp.sender_hw_addr(), &SRC_MAC, mac);
    let target_mac = address(arp.target_hw_addr(), &SRC_MAC, mac);
    let _ = match (kind, arp.operation().0) {
        (Special::Announcement, _) => write!(text, "ARP Announcement for {target}"),
        (Special::Gratuitous, 1) => write!(text, "Gratuitous ARP for {target} (Request)"),
        (Special::Gratuitous, _) => write!(text, "Gratuitous ARP for {target} (Reply)"),
        (Special::Probe, _) => write!(text, "Who has {target}? (ARP Probe)"),
        (Special::None, 1) => write!(text, "Who has {target}? Tell {sender}"),
        (Special::None, 2) => write!(text, "{sender} is at {sender_mac}"),
        (Special::None, 3 | 5 | 8) => write!(text, "Who is {target_mac}? Tell {sender_mac}"),
        (Special::None, 4 | 6) => write!(text, "{target_mac} is at {target}"),
        (Special::None, 9) => write!(text, "{sender_mac} is at {sender}"),
        (Special::None, 10) => write!(text, "ARP NAK"),
        (Special::None, code) => match value_name(&OPCODE, code.into()) {
            Some(name) => write!(text, "{name}"),
            None => write!(text, "Unknown ARP opcode 0x{code:04x}"),
        },
    };
}
