//! IPv6 (RFC 8200): the fixed header. Extension headers are layers of their own.

pub mod fragment;
pub mod options;
pub mod routing;

use super::ipv4::{self, DSCP_NAMES, ECN_NAMES, PROTOCOL_NAMES};
use crate::decode::{
    Binding, Claim, Dissector, Endpoint, Event, FieldDef, Layer, Net, Outcome, Packet, Problem, Protocol,
    Sink, Value, hosts,
};
use etherparse::Ipv6HeaderSlice;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

static VERSION: FieldDef = FieldDef::uint("ipv6.version", "Version", 8)
    .mask(0xf0)
    .also(&[&ipv4::VERSION])
    .about("Version of the Internet Protocol: 6. RFC 8200, 3.");
static TCLASS: FieldDef = FieldDef::uint("ipv6.tclass", "Traffic Class", 32)
    .hex()
    .mask(0x0ff0_0000)
    .about("How routers should treat the packet: service class and congestion marks. RFC 8200, 7.");
static DSCP: FieldDef = FieldDef::uint("ipv6.tclass.dscp", "Differentiated Services Codepoint", 32)
    .mask(0x0fc0_0000)
    .values(DSCP_NAMES)
    .about("Service class that the sender asks for. RFC 2474, 3.");
static ECN: FieldDef = FieldDef::uint("ipv6.tclass.ecn", "Explicit Congestion Notification", 32)
    .mask(0x0030_0000)
    .values(ECN_NAMES)
    .about("Lets a router mark a packet instead of dropping it when a queue grows. RFC 3168, 5.");
static FLOW: FieldDef = FieldDef::uint("ipv6.flow", "Flow Label", 24).hex().mask(0x000f_ffff).about(
    "Equal in all packets of one flow, so that routers can keep them on one path; 0 for none. RFC 6437, 2.",
);
static PLEN: FieldDef = FieldDef::uint("ipv6.plen", "Payload Length", 16)
    .about("Bytes behind this header, extension headers included; 0 in a jumbogram. RFC 8200, 3.");
static NXT: FieldDef = FieldDef::uint("ipv6.nxt", "Next Header", 8)
    .values(PROTOCOL_NAMES)
    .about("What follows this header: an extension header or the payload's protocol. RFC 8200, 3.");
static HLIM: FieldDef = FieldDef::uint("ipv6.hlim", "Hop Limit", 8)
    .about("Routers that the packet may still pass; the one that reaches 0 drops it. RFC 8200, 3.");
static ADDR: FieldDef = FieldDef::ipv6("ipv6.addr", "Source or Destination Address")
    .about("Either address of the packet. RFC 8200, 3.");
static SRC: FieldDef = FieldDef::ipv6("ipv6.src", "Source Address")
    .also(&[&ADDR])
    .about("Address of the host that sent the packet. RFC 8200, 3.");
static DST: FieldDef = FieldDef::ipv6("ipv6.dst", "Destination Address").also(&[&ADDR]).about(
    "Address of the host that the packet is meant for, or of its next stop under a routing header. RFC 8200, 3.",
);
static HOST: FieldDef = hosts::either("ipv6.host");
static SRC_HOST: FieldDef = hosts::one("ipv6.src_host", "Source Host", &[&HOST]);
static DST_HOST: FieldDef = hosts::one("ipv6.dst_host", "Destination Host", &[&HOST]);
static SLAAC_MAC: FieldDef = FieldDef::mac("ipv6.slaac_mac", "SLAAC MAC")
    .about("Hardware address that either address was formed from. RFC 4291, appendix A.");
static SRC_SLAAC_MAC: FieldDef = FieldDef::mac("ipv6.src_slaac_mac", "Source SLAAC MAC")
    .also(&[&SLAAC_MAC])
    .about("Hardware address that the source address was formed from. RFC 4291, appendix A.");
static DST_SLAAC_MAC: FieldDef = FieldDef::mac("ipv6.dst_slaac_mac", "Destination SLAAC MAC")
    .also(&[&SLAAC_MAC])
    .about("Hardware address that the destination address was formed from. RFC 4291, appendix A.");

/// Bytes of the fixed header.
const HEADER: usize = 40;
/// Next header: hop-by-hop options.
const HOP_BY_HOP: u8 = 0;
/// Next header: nothing follows.
const NO_NEXT_HEADER: u8 = 59;

/// Dissector of IPv6 headers.
pub struct Ipv6;

impl Dissector for Ipv6 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ipv6",
        label: "IPv6",
        title: "Internet Protocol Version 6",
        layer: Layer::Internet,
        spec: "RFC 8200",
        about: "Carries datagrams from host to host with addresses of 128 bits; only the sender may fragment.",
        fields: &[
            &ipv4::VERSION,
            &VERSION,
            &TCLASS,
            &DSCP,
            &ECN,
            &FLOW,
            &PLEN,
            &NXT,
            &HLIM,
            &ADDR,
            &SRC,
            &DST,
            &HOST,
            &SRC_HOST,
            &DST_HOST,
            &SLAAC_MAC,
            &SRC_SLAAC_MAC,
            &DST_SLAAC_MAC,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::EtherType(0x86dd), Binding::IpProto(41), Binding::Link(229), Binding::Ppp(0x0057)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        if S::DETAIL {
            fields(packet);
        }
        let bytes = packet.take::<HEADER>("header")?;
        let Ok(header) = Ipv6HeaderSlice::from_slice(bytes) else {
            return Err(packet.malformed("the version is not 6"));
        };
        let (src, dst) = (header.source(), header.destination());
        if S::DETAIL {
            for (field, address) in [(&SRC_SLAAC_MAC, &src), (&DST_SLAAC_MAC, &dst)] {
                if let Some(mac) = hardware_address(address) {
                    packet.generated(field, Value::Bytes(&mac));
                }
            }
        }
        packet.endpoints(Endpoint::V6(src), Endpoint::V6(dst));
        if header.traffic_class() & 3 == 3 {
            packet.event(Event::Congested);
        }
        let around = packet.net.fragment;
        packet.net = Net {
            src,
            dst,
            v6: true,
            present: true,
            hops: header.hop_limit(),
            fragment: false,
            later_fragment: false,
        };
        let next = header.next_header().0;
        limit(packet, header.payload_length().into(), next, around);
        packet.info(|text| {
            let _ = match next {
                NO_NEXT_HEADER => write!(text, "IPv6 no next header"),
                next => write!(text, "IPv6 next header {next}"),
            };
        });
        packet.next_rest(claim(next));
        Ok(())
    }
}

/// Tells the fields of the header, as many as the capture holds.
fn fields<S: Sink>(packet: &mut Packet<'_, S>) {
    if let Some([src, dst]) = packet
        .bytes()
        .get(8..HEADER)
        .map(|both| both.as_chunks::<16>().0)
        .and_then(|both| both.first_chunk::<2>())
    {
        packet.label(|text| {
            let _ = write!(text, "Src: {}, Dst: {}", Ipv6Addr::from(*src), Ipv6Addr::from(*dst));
        });
    }
    packet.uint(&VERSION, 0, 1);
    if packet.read(0, 1).is_some_and(|first| first >> 4 != 6) {
        return;
    }
    if packet.bytes().len() >= 4 {
        packet.uint_group(&TCLASS, 0, 4);
        packet.uint(&DSCP, 0, 4);
        packet.uint(&ECN, 0, 4);
        packet.end_group();
    }
    packet.uint(&FLOW, 1, 3);
    packet.uint(&PLEN, 4, 2);
    packet.uint(&NXT, 6, 1);
    packet.uint(&HLIM, 7, 1);
    for (field, at) in [(&SRC, 8), (&DST, 24)] {
        if packet.bytes().len() >= at + 16 {
            packet.slice(field, at, 16);
        }
    }
    let address = |at| packet.bytes().get(at..at + 16)?.first_chunk::<16>().copied().map(IpAddr::from);
    if let (Some(src), Some(dst)) = (address(8), address(24)) {
        hosts::tell(packet, [&SRC_HOST, &DST_HOST], src, dst);
    }
}

/// What a next header field says of what follows.
pub(super) fn claim(next: u8) -> Claim {
    match next {
        NO_NEXT_HEADER => Claim::Data,
        next => Claim::IpProto(next),
    }
}

/// Applies the payload length, that of a jumbogram included (RFC 2675, 2).
/// `around`: this is in a fragment of another packet.
fn limit<S: Sink>(packet: &mut Packet<'_, S>, length: usize, next: u8, around: bool) {
    let claimed = packet.claimed();
    let jumbo = if next == HOP_BY_HOP { options::jumbo_length(packet.rest()) } else { None };
    let total = match (length, jumbo) {
        (0, Some(jumbo)) => HEADER.saturating_add(jumbo as usize),
        // More than the field can say: a capture before segmentation offload.
        (0, None) if claimed > HEADER + 0xffff => claimed,
        (_, Some(_)) => {
            packet.problem(Problem::Length, 4, 2, |text| {
                let _ = write!(
                    text,
                    "IPv6 payload length {length} stands beside a jumbo payload option; it must be 0"
                );
            });
            HEADER + length
        }
        (_, None) => HEADER + length,
    };
    if length == 0 && total == HEADER && next != NO_NEXT_HEADER {
        packet.problem(Problem::Length, 4, 2, |text| {
            let _ = write!(text, "IPv6 payload length is 0, but next header {next} is announced");
        });
    }
    if jumbo.is_some_and(|jumbo| length == 0 && jumbo <= 0xffff) {
        packet.problem(Problem::Length, 4, 2, |text| {
            let _ = write!(text, "IPv6 jumbo payload length is 65535 or less");
        });
    }
    if total > claimed && around {
        packet.goes_on(total);
        return;
    }
    if total > claimed {
        packet.problem(Problem::Length, 4, 2, |text| {
            let _ = write!(
                text,
                "IPv6 payload length {} exceeds the {} bytes of the frame's payload behind the header",
                total - HEADER,
                claimed.saturating_sub(HEADER)
            );
        });
    }
    packet.limit(total);
}

/// The hardware address in an interface identifier (modified EUI-64).
fn hardware_address(address: &[u8; 16]) -> Option<[u8; 6]> {
    match *address {
        [.., a, b, c, 0xff, 0xfe, d, e, f] if a & 0x02 != 0 => Some([a ^ 0x02, b, c, d, e, f]),
        _ => None,
    }
}
