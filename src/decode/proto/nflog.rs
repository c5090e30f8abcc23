//! Packets that Linux's firewall logs to a program (nfnetlink_log), as attributes.

use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value, value_name,
};
use std::fmt::Write as _;

static FAMILY: FieldDef = FieldDef::uint("nflog.family", "Family", 8)
    .values(&[(0, "Unspecified"), (2, "IP"), (3, "ARP"), (7, "Bridge"), (10, "IPv6")])
    .about("Address family of the packet, as Linux numbers them. tcpdump.org LINKTYPE_NFLOG.");
static VERSION: FieldDef =
    FieldDef::uint("nflog.version", "Version", 8).about("Always 0. tcpdump.org LINKTYPE_NFLOG.");
static GROUP: FieldDef = FieldDef::uint("nflog.res_id", "Resource id", 16)
    .about("The group that the rule logs to. tcpdump.org LINKTYPE_NFLOG.");
static TLV: FieldDef = FieldDef::bytes("nflog.tlv", "TLV")
    .about("One attribute of the packet. linux/netfilter/nfnetlink_log.h.");
static LENGTH: FieldDef = FieldDef::uint("nflog.tlv_length", "Length", 16)
    .about("Bytes of the attribute, these four included. linux/netlink.h.");
static TYPE: FieldDef = FieldDef::uint("nflog.tlv_type", "Type", 16)
    .mask(0x7fff)
    .values(&[
        (1, "NFULA_PACKET_HDR"),
        (2, "NFULA_MARK"),
        (3, "NFULA_TIMESTAMP"),
        (4, "NFULA_IFINDEX_INDEV"),
        (5, "NFULA_IFINDEX_OUTDEV"),
        (6, "NFULA_IFINDEX_PHYSINDEV"),
        (7, "NFULA_IFINDEX_PHYSOUTDEV"),
        (8, "NFULA_HWADDR"),
        (9, "NFULA_PAYLOAD"),
        (10, "NFULA_PREFIX"),
        (11, "NFULA_UID"),
        (12, "NFULA_SEQ"),
        (13, "NFULA_SEQ_GLOBAL"),
        (14, "NFULA_GID"),
        (15, "NFULA_HWTYPE"),
        (16, "NFULA_HWHEADER"),
        (17, "NFULA_HWLEN"),
    ])
    .about("What the attribute tells. linux/netfilter/nfnetlink_log.h.");
static PROTOCOL: FieldDef = FieldDef::uint("nflog.protocol", "HW protocol", 16)
    .hex()
    .values(super::ethernet::ETHERTYPE_NAMES)
    .about("EtherType of the packet. linux/netfilter/nfnetlink_log.h.");
static HOOK: FieldDef = FieldDef::uint("nflog.hook", "Netfilter hook", 8)
    .values(&[(0, "Prerouting"), (1, "Input"), (2, "Forward"), (3, "Output"), (4, "Postrouting")])
    .about("Where on its way through the kernel the packet was logged. linux/netfilter.h.");
static IN_DEVICE: FieldDef = FieldDef::uint("nflog.ifindex_indev", "IFINDEX_INDEV", 32)
    .about("Number of the interface that the packet came in by. linux/netfilter/nfnetlink_log.h.");
static OUT_DEVICE: FieldDef = FieldDef::uint("nflog.ifindex_outdev", "IFINDEX_OUTDEV", 32)
    .about("Number of the interface that the packet goes out by. linux/netfilter/nfnetlink_log.h.");
static IN_PORT: FieldDef = FieldDef::uint("nflog.ifindex_physindev", "IFINDEX_PHYSINDEV", 32)
    .about("Number of the bridge's port that the packet came in by. linux/netfilter/nfnetlink_log.h.");
static OUT_PORT: FieldDef = FieldDef::uint("nflog.ifindex_physoutdev", "IFINDEX_PHYSOUTDEV", 32)
    .about("Number of the bridge's port that the packet goes out by. linux/netfilter/nfnetlink_log.h.");
static PREFIX: FieldDef = FieldDef::text("nflog.prefix", "Prefix")
    .about("Words that the rule gave the log. linux/netfilter/nfnetlink_log.h.");
static UID: FieldDef = FieldDef::int("nflog.uid", "UID", 32)
    .about("User whose socket sent the packet. linux/netfilter/nfnetlink_log.h.");
static GID: FieldDef =
    FieldDef::int("nflog.gid", "GID", 32).about("Group of that user. linux/netfilter/nfnetlink_log.h.");
static VALUE: FieldDef = FieldDef::bytes("nflog.tlv_value", "Value")
    .about("A value that is not taken apart. linux/netfilter/nfnetlink_log.h.");

const PAYLOAD: u16 = 9;

/// Dissector of packets that a firewall logged.
pub struct Nflog;

impl Dissector for Nflog {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "nflog",
        label: "NFLOG",
        title: "Linux Netfilter NFLOG",
        layer: Layer::Link,
        spec: "LINKTYPE_NFLOG",
        about: "A packet that a firewall's rule logged, with what the kernel knew of it.",
        fields: &[
            &FAMILY,
            &VERSION,
            &GROUP,
            &TLV,
            &LENGTH,
            &TYPE,
            &PROTOCOL,
            &HOOK,
            &IN_DEVICE,
            &OUT_DEVICE,
            &IN_PORT,
            &OUT_PORT,
            &PREFIX,
            &UID,
            &GID,
            &VALUE,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(239)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [family, ..] = *packet.take::<4>("header")?;
        packet.uint(&FAMILY, 0, 1);
        packet.uint(&VERSION, 1, 1);
        packet.uint(&GROUP, 2, 2);
        packet.info(|text| {
            text.push_str("Logged packet");
            if let Some(name) = value_name(&FAMILY, family.into()) {
                let _ = write!(text, ", {name}");
            }
        });
        let big = is_big_endian(packet);
        while packet.claimed() >= packet.at() + 4 {
            let at = packet.at();
            let [l0, l1, t0, t1] = *packet.take::<4>("attribute")?;
            let (length, kind) = (number([l0, l1], big), number([t0, t1], big) & 0x7fff);
            let Some(len) = usize::from(length).checked_sub(4) else {
                packet.problem(Problem::Malformed, at, 2, |text| {
                    let _ = write!(text, "NFLOG: an attribute of {length} bytes, where 4 are the least");
                });
                break;
            };
            let left = packet.claimed() - packet.at();
            if len > left {
                packet.problem(Problem::Length, at, 2, |text| {
                    let _ = write!(text, "NFLOG: an attribute's value of {len} bytes, where {left} are left");
                });
            }
            packet.group(&TLV, at, 4 + len);
            packet.label(|text| text.push_str(value_name(&TYPE, kind.into()).unwrap_or("unknown")));
            packet.field(&LENGTH, at, 2, Value::Uint(length.into()));
            packet.field(&TYPE, at + 2, 2, Value::Uint(kind.into()));
            if kind == PAYLOAD {
                packet.end_group();
                let claim = match family {
                    2 => Claim::EtherType(0x0800),
                    10 => Claim::EtherType(0x86dd),
                    3 => Claim::EtherType(0x0806),
                    _ => Claim::Data,
                };
                packet.next(claim, at + 4, len);
            }
            packet.skip(len.min(left), "value")?;
            if kind != PAYLOAD {
                value(packet, kind, at + 4, len);
                packet.end_group();
            }
            let filling = (len.next_multiple_of(4) - len).min(packet.claimed() - packet.at());
            packet.skip(filling, "filling")?;
        }
        Ok(())
    }
}

fn value<S: Sink>(packet: &mut Packet<'_, S>, kind: u16, at: usize, len: usize) {
    let (def, size): (&'static FieldDef, usize) = match kind {
        1 if len >= 4 => {
            packet.uint(&PROTOCOL, at, 2);
            packet.uint(&HOOK, at + 2, 1);
            return;
        }
        10 => {
            let bytes = packet.bytes().get(at..at + len).unwrap_or_default();
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            return packet.slice(&PREFIX, at, end);
        }
        4 => (&IN_DEVICE, 4),
        5 => (&OUT_DEVICE, 4),
        6 => (&IN_PORT, 4),
        7 => (&OUT_PORT, 4),
        11 | 14 if len == 4 => {
            let id = packet.read(at, 4).unwrap_or(0) as u32 as i32;
            return packet.field(if kind == 11 { &UID } else { &GID }, at, 4, Value::Int(id.into()));
        }
        _ => (&VALUE, len),
    };
    if size == 4 && len == 4 { packet.uint(def, at, 4) } else { packet.slice(&VALUE, at, len) }
}

fn number(bytes: [u8; 2], big: bool) -> u16 {
    if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

/// Attributes are in the order of the machine that logged, which nothing tells:
/// the order in which the first length fits, the capture's own if both do.
fn is_big_endian<S: Sink>(packet: &Packet<'_, S>) -> bool {
    let Some([a, b]) = packet.rest().first_chunk::<2>() else { return false };
    let left = packet.claimed() - packet.at();
    let fits = |big| (4..=left).contains(&usize::from(number([*a, *b], big)));
    match (fits(false), fits(true)) {
        (little, big) if little == big => packet.frame().big_endian,
        (_, big) => big,
    }
}
