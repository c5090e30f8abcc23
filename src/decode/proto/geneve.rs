//! Generic Network Virtualization Encapsulation (RFC 8926).

use super::{be16, ethernet::ETHERTYPE_NAMES};
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop, Value,
    value_name,
};
use std::fmt::Write as _;

static VERSION: FieldDef = FieldDef::uint("geneve.version", "Version", 8)
    .mask(0xc0)
    .about("Version of the header: 0. RFC 8926, 3.4.");
static OPTIONS_LENGTH: FieldDef = FieldDef::uint("geneve.option.length", "Length of options", 8)
    .mask(0x3f)
    .unit(4)
    .about("Bytes of options, counted on the wire in units of 4. RFC 8926, 3.4.");
static FLAGS: FieldDef =
    FieldDef::uint("geneve.flags", "Flags", 8).hex().about("What the receiver must look at. RFC 8926, 3.4.");
static OAM: FieldDef =
    FieldDef::flag("geneve.flags.oam", "Operations, Administration and Management Frame", 8, 0x80)
        .about("A message between the tunnel's ends, not traffic. RFC 8926, 3.4.");
static CRITICAL: FieldDef = FieldDef::flag("geneve.flags.critical", "Critical Options Present", 8, 0x40)
    .about("An option is there that the receiver must understand or drop the packet. RFC 8926, 3.4.");
static RESERVED_FLAGS: FieldDef = FieldDef::flag("geneve.flags.reserved", "Reserved", 8, 0x3f)
    .about("Zero when sent, ignored when received. RFC 8926, 3.4.");
static PROTO: FieldDef = FieldDef::uint("geneve.proto_type", "Protocol Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("EtherType of the payload; 0x6558 for an Ethernet frame. RFC 8926, 3.4.");
static VNI: FieldDef = FieldDef::uint("geneve.vni", "Virtual Network Identifier (VNI)", 24)
    .hex()
    .about("Which virtual network the packet belongs to. RFC 8926, 3.4.");
static RESERVED: FieldDef = FieldDef::uint("geneve.reserved", "Reserved", 8)
    .hex()
    .about("Zero when sent, ignored when received. RFC 8926, 3.4.");
static OPTIONS: FieldDef = FieldDef::bytes("geneve.options", "Geneve Options")
    .about("What the tunnel's ends tell each other. RFC 8926, 3.5.");
static OPTION: FieldDef = FieldDef::bytes("geneve.option", "Option")
    .about("One option: class, type, length and data. RFC 8926, 3.5.");
static CLASS: FieldDef = FieldDef::uint("geneve.option.class", "Class", 16)
    .hex()
    .values(&[
        (0x0100, "Linux"),
        (0x0101, "Open vSwitch"),
        (0x0102, "Open Virtual Networking (OVN)"),
        (0x0103, "In-band Network Telemetry (INT)"),
        (0x0104, "VMware, Inc."),
        (0x0105, "Amazon.com, Inc."),
        (0x0106, "Cisco Systems, Inc."),
        (0x0107, "Oracle Corporation"),
        (0x0108, "Amazon.com, Inc."),
    ])
    .about("Who defined the option. RFC 8926, 3.5; IANA Geneve option classes.");
static TYPE: FieldDef = FieldDef::uint("geneve.option.type", "Type", 8)
    .hex()
    .about("Which option of its class it is. RFC 8926, 3.5.");
static TYPE_CRITICAL: FieldDef = FieldDef::flag("geneve.option.type.critical", "Critical Option", 8, 0x80)
    .about("Whoever does not know this option must drop the packet. RFC 8926, 3.5.1.");
static OPTION_FLAGS: FieldDef = FieldDef::uint("geneve.option.flags", "Flags", 8)
    .hex()
    .mask(0xe0)
    .about("Zero when sent, ignored when received. RFC 8926, 3.5.");
static LENGTH: FieldDef = FieldDef::uint("geneve.option.length", "Length", 8).about(
    "Bytes of the option, its header of 4 included; the wire counts its data in units of 4. RFC 8926, 3.5.",
);
static DATA: FieldDef = FieldDef::bytes("geneve.option.unknown.data", "Unknown Option Data")
    .about("The option's data. RFC 8926, 3.5.");

/// Bytes of the fixed header.
const HEADER: usize = 8;

/// Dissector of Geneve headers.
pub struct Geneve;

impl Dissector for Geneve {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "geneve",
        label: "Geneve",
        title: "Generic Network Virtualization Encapsulation",
        layer: Layer::Link,
        spec: "RFC 8926",
        about: "A tunnel: one of many virtual networks in UDP, with options that its ends agree on.",
        fields: &[
            &VERSION,
            &OPTIONS_LENGTH,
            &FLAGS,
            &OAM,
            &CRITICAL,
            &RESERVED_FLAGS,
            &PROTO,
            &VNI,
            &RESERVED,
            &OPTIONS,
            &OPTION,
            &CLASS,
            &TYPE,
            &TYPE_CRITICAL,
            &OPTION_FLAGS,
            &LENGTH,
            &DATA,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(6081)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [first, _, p0, p1, v0, v1, v2, _] = *packet.take::<HEADER>("header")?;
        let (proto, vni) = (be16(p0, p1), u32::from_be_bytes([0, v0, v1, v2]));
        let length = usize::from(first & 0x3f) * 4;
        packet.label(|text| {
            let _ = write!(text, "Encapsulated {}, VNI: 0x{vni:06x}", Name(proto));
            if length > 0 {
                let _ = write!(text, ", {length} bytes options");
            }
        });
        packet.uint(&VERSION, 0, 1);
        packet.uint(&OPTIONS_LENGTH, 0, 1);
        packet.uint_group(&FLAGS, 1, 1);
        for flag in [&OAM, &CRITICAL, &RESERVED_FLAGS] {
            packet.uint(flag, 1, 1);
        }
        packet.end_group();
        packet.uint(&PROTO, 2, 2);
        packet.uint(&VNI, 4, 3);
        packet.uint(&RESERVED, 7, 1);
        packet.info(|text| {
            let _ = write!(text, "Encapsulated {}", Name(proto));
        });
        if first >> 6 != 0 {
            return Err(packet.malformed("the version is not 0"));
        }
        if length > 0 {
            options(packet, length)?;
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(Claim::EtherType(proto));
        }
        Ok(())
    }
}

/// An EtherType in words.
struct Name(u16);

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match value_name(&PROTO, self.0.into()) {
            Some(name) => out.write_str(name),
            None => write!(out, "0x{:04x} (unknown)", self.0),
        }
    }
}

fn options<S: Sink>(packet: &mut Packet<'_, S>, length: usize) -> Result<(), Stop> {
    let all = packet.skip(length, "options")?;
    packet.slice(&OPTIONS, HEADER, length);
    packet.open();
    let mut at = 0;
    while let Some([c0, c1, kind, size]) = all.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let (from, data) = (HEADER + at, usize::from(size & 0x1f) * 4);
        let class = be16(*c0, *c1);
        at += 4 + data;
        packet.slice(&OPTION, from, (4 + data).min(HEADER + length - from));
        packet.label(|text| {
            match value_name(&CLASS, class.into()) {
                Some(name) => text.push_str(name),
                None => {
                    let _ = write!(text, "class 0x{class:04x}");
                }
            }
            let critical = if kind & 0x80 != 0 { ", critical" } else { "" };
            let _ = write!(text, ", type 0x{kind:02x}{critical}, {data} bytes");
        });
        packet.open();
        packet.uint(&CLASS, from, 2);
        packet.uint(&TYPE, from + 2, 1);
        packet.uint(&TYPE_CRITICAL, from + 2, 1);
        packet.uint(&OPTION_FLAGS, from + 3, 1);
        packet.field(&LENGTH, from + 3, 1, Value::Uint(4 + data as u64));
        if data > 0 {
            packet.slice(&DATA, from + 4, data.min(length.saturating_sub(at - data)));
        }
        packet.end_group();
        if at > length {
            packet.problem(Problem::Length, from, 4, |text| {
                let _ = write!(text, "Geneve option ends {} bytes behind the options", at - length);
            });
        }
    }
    packet.end_group();
    Ok(())
}
