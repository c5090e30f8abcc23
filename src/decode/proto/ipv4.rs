//! IPv4 (RFC 791).

mod names;
mod options;

pub(super) use names::{DSCP_NAMES, ECN_NAMES, PROTOCOL_NAMES};

use crate::decode::{
    Binding, Bytes, Check, Claim, Dissector, Endpoint, Event, FieldDef, Layer, Net, Outcome, Packet, Problem,
    Protocol, Sink, Value,
    checks::{self, Checksum},
    hosts, value_name,
};
use etherparse::Ipv4HeaderSlice;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Also a name of IPv6's version.
pub(super) static VERSION: FieldDef = FieldDef::uint("ip.version", "Version", 8)
    .mask(0xf0)
    .about("Version of the Internet Protocol: 4 here, 6 in the newer one. RFC 791, 3.1.");
static HDR_LEN: FieldDef = FieldDef::uint("ip.hdr_len", "Header Length", 8)
    .mask(0x0f)
    .unit(4)
    .about("Length of this header in bytes, counted on the wire in units of 4; 20 without options. RFC 791, 3.1 (IHL).");
static DSFIELD: FieldDef = FieldDef::uint("ip.dsfield", "Differentiated Services Field", 8)
    .hex()
    .about("How routers should treat the packet: service class and congestion marks. RFC 2474, 3.");
static DSCP: FieldDef = FieldDef::uint("ip.dsfield.dscp", "Differentiated Services Codepoint", 8)
    .mask(0xfc)
    .values(DSCP_NAMES)
    .about("Service class that the sender asks for. RFC 2474, 3.");
static ECN: FieldDef = FieldDef::uint("ip.dsfield.ecn", "Explicit Congestion Notification", 8)
    .mask(0x03)
    .values(ECN_NAMES)
    .about("Lets a router mark a packet instead of dropping it when a queue grows. RFC 3168, 5.");
static LEN: FieldDef =
    FieldDef::uint("ip.len", "Total Length", 16).about("Bytes of header and payload together. RFC 791, 3.1.");
static ID: FieldDef = FieldDef::uint("ip.id", "Identification", 16)
    .hex()
    .about("Equal in all fragments of one datagram. RFC 791, 3.1; RFC 6864.");
static FLAGS: FieldDef = FieldDef::uint("ip.flags", "Flags", 8)
    .hex()
    .mask(0xe0)
    .about("Whether the datagram may be cut into fragments, and whether more follow. RFC 791, 3.1.");
static FLAGS_RB: FieldDef =
    FieldDef::flag("ip.flags.rb", "Reserved bit", 8, 0x80).about("Must be zero. RFC 791, 3.1.");
static FLAGS_DF: FieldDef = FieldDef::flag("ip.flags.df", "Don't fragment", 8, 0x40)
    .about("Routers must not cut the datagram; they report that it is too big instead. RFC 791, 3.1.");
static FLAGS_MF: FieldDef = FieldDef::flag("ip.flags.mf", "More fragments", 8, 0x20)
    .about("This is not the last fragment of its datagram. RFC 791, 3.1.");
static FRAG_OFFSET: FieldDef = FieldDef::uint("ip.frag_offset", "Fragment Offset", 16).mask(0x1fff).about(
    "Where this fragment's payload belongs in the datagram, counted in units of 8 bytes. RFC 791, 3.1.",
);
static TTL: FieldDef = FieldDef::uint("ip.ttl", "Time to Live", 8)
    .about("Routers that the packet may still pass; each takes one off, and the one that reaches 0 drops it. RFC 791, 3.1.");
static PROTO: FieldDef = FieldDef::uint("ip.proto", "Protocol", 8)
    .values(PROTOCOL_NAMES)
    .about("Which protocol the payload belongs to. RFC 791, 3.1; IANA protocol numbers.");
static CHECKSUM: FieldDef = FieldDef::uint("ip.checksum", "Header Checksum", 16).hex().about(
    "Ones' complement sum over the header alone; every router computes it anew. RFC 791, 3.1; RFC 1071.",
);
static STATUS: FieldDef = checks::status_field("ip.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("ip.checksum_calculated");
static ADDR: FieldDef = FieldDef::ipv4("ip.addr", "Source or Destination Address")
    .about("Either address of the packet. RFC 791, 3.1.");
static SRC: FieldDef = FieldDef::ipv4("ip.src", "Source Address")
    .also(&[&ADDR])
    .about("Address of the host that sent the packet. RFC 791, 3.1.");
static DST: FieldDef = FieldDef::ipv4("ip.dst", "Destination Address")
    .also(&[&ADDR])
    .about("Address of the host that the packet is meant for. RFC 791, 3.1.");

static HOST: FieldDef = hosts::either("ip.host");
static SRC_HOST: FieldDef = hosts::one("ip.src_host", "Source Host", &[&HOST]);
static DST_HOST: FieldDef = hosts::one("ip.dst_host", "Destination Host", &[&HOST]);

const OWN: &[&FieldDef] = &[
    &VERSION,
    &HDR_LEN,
    &DSFIELD,
    &DSCP,
    &ECN,
    &LEN,
    &ID,
    &FLAGS,
    &FLAGS_RB,
    &FLAGS_DF,
    &FLAGS_MF,
    &FRAG_OFFSET,
    &TTL,
    &PROTO,
    &CHECKSUM,
    &STATUS,
    &CALCULATED,
    &checks::ARITHMETIC,
    &checks::VERDICT,
    &ADDR,
    &SRC,
    &DST,
    &HOST,
    &SRC_HOST,
    &DST_HOST,
];

/// Dissector of IPv4 headers.
pub struct Ipv4;

impl Dissector for Ipv4 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ip",
        label: "IPv4",
        title: "Internet Protocol Version 4",
        layer: Layer::Internet,
        spec: "RFC 791",
        about: "Carries datagrams from host to host over any number of links, each on its own and without promise of delivery.",
        fields: &super::concat::<{ OWN.len() + options::FIELDS.len() }>(&[OWN, options::FIELDS]),
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::EtherType(0x0800), Binding::IpProto(4), Binding::Link(228), Binding::Ppp(0x0021)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let first = packet.bytes().first().copied().unwrap_or(0);
        if first >> 4 == 6 {
            packet.uint(&VERSION, 0, 1);
            packet.problem(Problem::Unusual, 0, 1, |text| {
                text.push_str("announced as IPv4, but the version is 6: peeled as IPv6");
            });
            packet.next_rest(Claim::Protocol(super::ipv6::Ipv6::PROTOCOL));
            return Ok(());
        }
        if let Some([s0, s1, s2, s3, d0, d1, d2, d3]) = packet.bytes().get(12..20).filter(|_| first >> 4 == 4)
        {
            packet.label(|text| {
                let _ = write!(text, "Src: {s0}.{s1}.{s2}.{s3}, Dst: {d0}.{d1}.{d2}.{d3}");
            });
        }
        let header_len = usize::from(first & 0x0f) * 4;
        fields(packet, first, header_len);
        packet.take::<20>("header")?;
        if first >> 4 != 4 {
            return Err(packet.malformed("the version is not 4"));
        }
        if header_len < 20 {
            return Err(packet.malformed("the header length is under 20 bytes"));
        }
        packet.skip(header_len - 20, "options")?;
        let Ok(header) = Ipv4HeaderSlice::from_slice(packet.bytes()) else {
            return Err(packet.malformed("the header does not fit"));
        };
        let offset = header.fragments_offset().value();
        let fragment = header.is_fragmenting_payload();
        let around = packet.net.fragment;
        if header.ecn().value() == 3 {
            packet.event(Event::Congested);
        }
        packet.endpoints(Endpoint::V4(header.source()), Endpoint::V4(header.destination()));
        // The pseudo-header names the end of a source route (RFC 1122, 3.2.1.8).
        let end_of_route = options::tell(packet, header.options());
        packet.net = Net {
            src: widen(header.source()),
            dst: widen(end_of_route.unwrap_or(header.destination())),
            v6: false,
            present: true,
            hops: header.ttl(),
            fragment,
            later_fragment: offset != 0,
        };
        let protocol = header.protocol().0;
        packet.info(|text| {
            let name = value_name(&PROTO, protocol.into()).unwrap_or("unknown");
            let _ = if fragment {
                let (bytes, id) = (u32::from(offset) * 8, header.identification());
                write!(text, "Fragmented IP protocol (proto={name} {protocol}, off={bytes}, ID={id:04x})")
            } else {
                write!(text, "{name} ({protocol})")
            };
        });
        let fits = limit(packet, header_len, header.total_len().into(), around);
        packet.next_rest(if fits && offset == 0 { Claim::IpProto(protocol) } else { Claim::Data });
        Ok(())
    }
}

/// Tells the fields of the fixed header, as many as the capture holds.
fn fields<S: Sink>(packet: &mut Packet<'_, S>, first: u8, header_len: usize) {
    if !S::DETAIL {
        if first >> 4 == 4 && header_len >= 20 {
            checksum(packet, header_len);
        }
        return;
    }
    packet.uint(&VERSION, 0, 1);
    if first >> 4 != 4 {
        return;
    }
    packet.uint(&HDR_LEN, 0, 1);
    // With a header length that cannot be, nothing behind it is to be trusted.
    if header_len >= 20 && packet.bytes().len() > 1 {
        addressing(packet, header_len);
    }
}

/// Tells what lies behind version and header length.
fn addressing<S: Sink>(packet: &mut Packet<'_, S>, header_len: usize) {
    packet.uint_group(&DSFIELD, 1, 1);
    packet.uint(&DSCP, 1, 1);
    packet.uint(&ECN, 1, 1);
    packet.end_group();
    if packet.read(2, 2) == Some(0) {
        let claimed = packet.claimed();
        packet.field(&LEN, 2, 2, Value::Uint(claimed as u64));
        packet.label(|text| {
            let _ = write!(text, "{claimed} (sent as 0: captured before segmentation by the network card)");
        });
    } else {
        packet.uint(&LEN, 2, 2);
    }
    packet.uint(&ID, 4, 2);
    if let Some(flags) = packet.read(6, 1) {
        packet.uint_group(&FLAGS, 6, 1);
        if flags & 0xe0 != 0 {
            packet.label(|text| flag_words(text, flags));
        }
        for flag in [&FLAGS_RB, &FLAGS_DF, &FLAGS_MF] {
            packet.uint(flag, 6, 1);
        }
        packet.end_group();
    }
    packet.uint(&FRAG_OFFSET, 6, 2);
    if let Some(offset) = packet.read(6, 2).map(|word| word & 0x1fff) {
        packet.label(|text| {
            let _ = write!(text, "{offset} ({} bytes)", offset * 8);
        });
    }
    packet.uint(&TTL, 8, 1);
    packet.uint(&PROTO, 9, 1);
    checksum(packet, header_len);
    for (field, at) in [(&SRC, 12), (&DST, 16)] {
        if packet.bytes().len() >= at + 4 {
            packet.slice(field, at, 4);
        }
    }
    let address = |at| packet.bytes().get(at..at + 4)?.first_chunk::<4>().copied().map(IpAddr::from);
    if let (Some(src), Some(dst)) = (address(12), address(16)) {
        hosts::tell(packet, [&SRC_HOST, &DST_HOST], src, dst);
    }
}

fn flag_words(text: &mut String, flags: u64) {
    let _ = write!(text, "0x{:x}", flags >> 5);
    for (bit, word) in [(0x80, "Reserved bit"), (0x40, "Don't fragment"), (0x20, "More fragments")] {
        if flags & bit != 0 {
            let _ = write!(text, ", {word}");
        }
    }
}

/// Applies the total length; `false` when it is less than the header. `around`:
/// this is in a fragment of another packet.
fn limit<S: Sink>(packet: &mut Packet<'_, S>, header_len: usize, total: usize, around: bool) -> bool {
    let claimed = packet.claimed();
    // Zero is what a capture before segmentation offload shows.
    if total == 0 {
        return true;
    }
    if total < header_len {
        packet.problem(Problem::Length, 2, 2, |text| {
            let _ = write!(text, "IPv4 total length {total} is less than its header of {header_len} bytes");
        });
        return false;
    }
    if total > claimed && around {
        packet.goes_on(total);
        return true;
    }
    if total > claimed {
        packet.problem(Problem::Length, 2, 2, |text| {
            let _ = write!(
                text,
                "IPv4 total length {total} exceeds the {claimed} of the frame's payload",
                claimed = Bytes(claimed)
            );
        });
    }
    packet.limit(total);
    true
}

fn widen(address: [u8; 4]) -> [u8; 16] {
    let [a, b, c, d] = address;
    [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

fn checksum<S: Sink>(packet: &mut Packet<'_, S>, header_len: usize) {
    let covered = packet.bytes().get(..header_len).filter(|_| header_len >= 20);
    let fields = [&CHECKSUM, &STATUS, &CALCULATED];
    // No card writes what is inside a tunnel.
    let unsent = packet.read(10, 2) == Some(0) && !packet.net.present && packet.may_be_unsent();
    let checksum =
        Checksum { check: Check::Ipv4, fields, at: 10, pseudo_header: None, covered, ruled: None, unsent };
    checks::tell(packet, &checksum);
}
