//! Virtual eXtensible LAN (RFC 7348), its Group Policy extension, and the form
//! that carries any protocol (VXLAN-GPE).

use super::{be16, ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6, mpls::Mpls};
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef =
    FieldDef::uint("vxlan.flags", "Flags", 16).hex().about("Which fields mean something. RFC 7348, 5.");
static FLAG_G: FieldDef = FieldDef::flag("vxlan.flag_g", "GBP Extension", 16, 0x8000)
    .about("The Group Policy ID means something. draft-smith-vxlan-group-policy, 2.1.");
static FLAG_I: FieldDef = FieldDef::flag("vxlan.flag_i", "VXLAN Network ID (VNI)", 16, 0x0800)
    .about("The network identifier means something: must be set. RFC 7348, 5.");
static FLAG_D: FieldDef = FieldDef::flag("vxlan.flag_d", "Don't Learn", 16, 0x0040)
    .about("The receiver must not learn the sender's address. draft-smith-vxlan-group-policy, 2.1.");
static FLAG_A: FieldDef = FieldDef::flag("vxlan.flag_a", "Policy Applied", 16, 0x0008)
    .about("The group's policy was applied already. draft-smith-vxlan-group-policy, 2.1.");
static FLAGS_RESERVED: FieldDef = FieldDef::uint("vxlan.flags_reserved", "Reserved(R)", 16)
    .hex()
    .mask(0x77b7)
    .about("Zero when sent, ignored when received. RFC 7348, 5.");
static GBP: FieldDef = FieldDef::uint("vxlan.gbp", "Group Policy ID", 16)
    .about("Group that the sender belongs to. draft-smith-vxlan-group-policy, 2.1.");
static VNI: FieldDef = FieldDef::uint("vxlan.vni", "VXLAN Network Identifier (VNI)", 24)
    .about("Which virtual network the frame belongs to. RFC 7348, 5.");
static RESERVED_8: FieldDef = FieldDef::uint("vxlan.reserved8", "Reserved", 8)
    .about("Zero when sent, ignored when received. RFC 7348, 5.");
static GPE_FLAGS: FieldDef = FieldDef::uint("vxlan.flags", "Flags", 8)
    .hex()
    .about("Which fields mean something. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static VERSION: FieldDef = FieldDef::uint("vxlan.ver", "Version", 8)
    .mask(0x30)
    .about("Version of the header: 0. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static I_BIT: FieldDef = FieldDef::uint("vxlan.i_bit", "Instance", 8)
    .mask(0x08)
    .about("The network identifier means something. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static P_BIT: FieldDef = FieldDef::uint("vxlan.p_bit", "Next Protocol Bit", 8)
    .mask(0x04)
    .about("The next protocol means something. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static O_BIT: FieldDef = FieldDef::uint("vxlan.o_bit", "OAM bit", 8)
    .mask(0x01)
    .about("Operations and maintenance, not traffic. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static GPE_RESERVED: FieldDef = FieldDef::uint("vxlan.flags_reserved", "Reserved(R)", 8)
    .hex()
    .mask(0xc2)
    .about("Zero when sent, ignored when received. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static RESERVED_16: FieldDef = FieldDef::uint("vxlan.reserved_16", "Reserved", 16)
    .about("Zero when sent, ignored when received. draft-ietf-nvo3-vxlan-gpe, 3.1.");
static NEXT: FieldDef = FieldDef::uint("vxlan.next_proto", "Next Protocol", 8)
    .values(&[(1, "IPv4"), (2, "IPv6"), (3, "Ethernet"), (4, "Network Service Header"), (5, "MPLS")])
    .about("What the payload begins with. draft-ietf-nvo3-vxlan-gpe, 3.2.");

/// Dissector of VXLAN headers.
pub struct Vxlan;

impl Dissector for Vxlan {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "vxlan",
        label: "VXLAN",
        title: "Virtual eXtensible Local Area Network",
        layer: Layer::Link,
        spec: "RFC 7348",
        about: "A tunnel: one of many virtual networks, its Ethernet frames carried in UDP.",
        fields: &[&FLAGS, &FLAG_G, &FLAG_I, &FLAG_D, &FLAG_A, &FLAGS_RESERVED, &GBP, &VNI, &RESERVED_8],
        trailer: None,
        stack: None,
    };
    // 8472 is what Linux used before the port was assigned, and OTV, which has the same header.
    const BINDINGS: &'static [Binding] = &[Binding::Udp(4789), Binding::Udp(8472)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [f0, f1, _, _, v0, v1, v2, _] = *packet.take::<8>("header")?;
        let vni = u32::from_be_bytes([0, v0, v1, v2]);
        packet.label(|text| {
            let _ = write!(text, "VNI: {vni}");
        });
        packet.uint_group(&FLAGS, 0, 2);
        for flag in [&FLAG_G, &FLAG_I, &FLAG_D, &FLAG_A, &FLAGS_RESERVED] {
            packet.uint(flag, 0, 2);
        }
        packet.end_group();
        packet.uint(&GBP, 2, 2);
        packet.uint(&VNI, 4, 3);
        packet.uint(&RESERVED_8, 7, 1);
        packet.info(|text| {
            let _ = write!(text, "VXLAN network {vni}");
        });
        if be16(f0, f1) & 0x0800 == 0 {
            packet.problem(Problem::Unusual, 0, 1, |text| {
                text.push_str("VXLAN without the flag that its network identifier is valid (RFC 7348, 5)");
            });
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(Claim::Protocol(Ethernet::PROTOCOL));
        }
        Ok(())
    }
}

/// Dissector of VXLAN-GPE headers.
pub struct VxlanGpe;

impl Dissector for VxlanGpe {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "vxlan_gpe",
        label: "VXLAN-GPE",
        title: "Virtual eXtensible Local Area Network (GPE)",
        layer: Layer::Link,
        spec: "draft-ietf-nvo3-vxlan-gpe",
        about: "A tunnel: packets of several protocols in a virtual network, carried in UDP.",
        fields: &[
            &GPE_FLAGS,
            &VERSION,
            &I_BIT,
            &P_BIT,
            &O_BIT,
            &GPE_RESERVED,
            &RESERVED_16,
            &NEXT,
            &VNI,
            &RESERVED_8,
        ],
        trailer: None,
        stack: Some("vxlan"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(4790)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [.., next, v0, v1, v2, _] = *packet.take::<8>("header")?;
        let vni = u32::from_be_bytes([0, v0, v1, v2]);
        packet.label(|text| {
            let _ = write!(text, "VNI: {vni}");
        });
        packet.uint_group(&GPE_FLAGS, 0, 1);
        for flag in [&VERSION, &I_BIT, &P_BIT, &O_BIT, &GPE_RESERVED] {
            packet.uint(flag, 0, 1);
        }
        packet.end_group();
        packet.uint(&RESERVED_16, 1, 2);
        packet.uint(&NEXT, 3, 1);
        packet.uint(&VNI, 4, 3);
        packet.uint(&RESERVED_8, 7, 1);
        packet.info(|text| {
            let _ = write!(text, "VXLAN network {vni}");
            if let Some(name) = value_name(&NEXT, next.into()) {
                let _ = write!(text, ", {name}");
            }
        });
        if packet.claimed() > packet.at() {
            packet.next_rest(match next {
                1 => Claim::Protocol(Ipv4::PROTOCOL),
                2 => Claim::Protocol(Ipv6::PROTOCOL),
                3 => Claim::Protocol(Ethernet::PROTOCOL),
                4 => Claim::EtherType(0x894f),
                5 => Claim::Protocol(Mpls::PROTOCOL),
                _ => Claim::Data,
            });
        }
        Ok(())
    }
}
