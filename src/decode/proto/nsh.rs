//! Network Service Header (RFC 8300).

use super::{ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6, mpls::Mpls};
use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink};
use std::fmt::Write as _;

static VERSION: FieldDef =
    FieldDef::uint("nsh.version", "Version", 16).mask(0xc000).about("Version: 0. RFC 8300, 2.2.");
static OAM: FieldDef = FieldDef::uint("nsh.Obit", "O Bit", 16)
    .mask(0x2000)
    .about("Operations and maintenance, not traffic. RFC 8300, 2.2.");
static CRITICAL: FieldDef = FieldDef::uint("nsh.CBit", "C Bit", 16)
    .mask(0x1000)
    .about("Critical metadata; of an earlier draft. RFC 8300, 2.2.");
static TTL: FieldDef = FieldDef::uint("nsh.ttl", "Time to live", 16)
    .mask(0x0fc0)
    .about("Forwarders that the packet may still pass. RFC 8300, 2.2.");
static LENGTH: FieldDef = FieldDef::uint("nsh.length", "Length", 16)
    .mask(0x003f)
    .about("Length of this header in units of 4 bytes. RFC 8300, 2.2.");
static MD_TYPE: FieldDef = FieldDef::uint("nsh.mdtype", "MD Type", 8)
    .about("Form of the metadata: 1 is fixed, 2 variable. RFC 8300, 2.2.");
static NEXT: FieldDef = FieldDef::uint("nsh.nextproto", "Next Protocol", 8)
    .values(&[(1, "IPv4"), (2, "IPv6"), (3, "Ethernet"), (4, "NSH"), (5, "MPLS")])
    .about("What the payload begins with. RFC 8300, 2.2.");
static PATH: FieldDef = FieldDef::uint("nsh.spi", "SPI", 24)
    .about("Which chain of services the packet goes through. RFC 8300, 2.3.");
static INDEX: FieldDef = FieldDef::uint("nsh.si", "SI", 8)
    .about("How far it has come in that chain; each service takes one off. RFC 8300, 2.3.");
static CONTEXT: FieldDef = FieldDef::bytes("nsh.contextheader", "Context Header")
    .about("Metadata that the services share. RFC 8300, 2.4 and 2.5.");

/// Dissector of network service headers.
pub struct Nsh;

impl Dissector for Nsh {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "nsh",
        label: "NSH",
        title: "Network Service Header",
        layer: Layer::Link,
        spec: "RFC 8300",
        about: "Leads a packet through a chain of services, such as a firewall and a balancer.",
        fields: &[&VERSION, &OAM, &CRITICAL, &TTL, &LENGTH, &MD_TYPE, &NEXT, &PATH, &INDEX, &CONTEXT],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x894f)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [_, length, kind, next, p0, p1, p2, index] = *packet.take::<8>("header")?;
        let (path, length) = (u32::from_be_bytes([0, p0, p1, p2]), usize::from(length & 0x3f) * 4);
        packet.label(|text| {
            let _ = write!(text, "Path: {path}, Index: {index}");
        });
        for part in [&VERSION, &OAM, &CRITICAL, &TTL, &LENGTH] {
            packet.uint(part, 0, 2);
        }
        packet.uint(&MD_TYPE, 2, 1);
        packet.uint(&NEXT, 3, 1);
        packet.uint(&PATH, 4, 3);
        packet.uint(&INDEX, 7, 1);
        packet.info(|text| {
            let _ = write!(text, "Service path {path}, index {index}");
        });
        let Some(context) = length.checked_sub(8) else {
            return Err(packet.malformed("the length is under 8 bytes"));
        };
        packet.skip(context, "context headers")?;
        if context > 0 {
            if kind & 0x0f == 1 {
                for word in 0..context / 4 {
                    packet.slice(&CONTEXT, 8 + 4 * word, 4);
                }
            } else {
                packet.slice(&CONTEXT, 8, context);
            }
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(match next {
                1 => Claim::Protocol(Ipv4::PROTOCOL),
                2 => Claim::Protocol(Ipv6::PROTOCOL),
                3 => Claim::Protocol(Ethernet::PROTOCOL),
                4 => Claim::Protocol(Nsh::PROTOCOL),
                5 => Claim::Protocol(Mpls::PROTOCOL),
                _ => Claim::Data,
            });
        }
        Ok(())
    }
}
