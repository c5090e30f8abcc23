//! IPv4 (RFC 791).

use super::be16;
use crate::decode::{
    Binding, Check, Claim, Dissector, Endpoint, FieldDef, Layer, Net, Outcome, Packet, Problem, Protocol,
    Sink, Value,
    checks::{self, Checksum},
};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

static VERSION: FieldDef = FieldDef::uint("ip.version", "Version", 8)
    .mask(0xf0)
    .about("Version of the Internet Protocol: 4. RFC 791, 3.1.");
static HDR_LEN: FieldDef = FieldDef::uint("ip.hdr_len", "Header Length", 8)
    .mask(0x0f)
    .about("Length of this header in units of 4 bytes, 5 without options. RFC 791, 3.1 (IHL).");
static DSFIELD: FieldDef = FieldDef::uint("ip.dsfield", "Differentiated Services Field", 8)
    .hex()
    .about("How routers should treat the packet: service class and congestion marks. RFC 2474, 3.");
static DSCP: FieldDef = FieldDef::uint("ip.dsfield.dscp", "Differentiated Services Codepoint", 8)
    .mask(0xfc)
    .values(&[
        (0, "Default"),
        (8, "CS1"),
        (16, "CS2"),
        (24, "CS3"),
        (32, "CS4"),
        (40, "CS5"),
        (46, "EF"),
        (48, "CS6"),
        (56, "CS7"),
    ])
    .about("Service class that the sender asks for. RFC 2474, 3.");
static ECN: FieldDef = FieldDef::uint("ip.dsfield.ecn", "Explicit Congestion Notification", 8)
    .mask(0x03)
    .values(&[(0, "Not ECN-Capable Transport"), (1, "ECT(1)"), (2, "ECT(0)"), (3, "Congestion Experienced")])
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
static FRAG_OFFSET: FieldDef = FieldDef::uint("ip.frag_offset", "Fragment Offset", 16)
    .about("Where this fragment's payload belongs in the datagram, counted here in bytes. RFC 791, 3.1.");
static TTL: FieldDef = FieldDef::uint("ip.ttl", "Time to Live", 8)
    .about("Routers that the packet may still pass; each takes one off, and the one that reaches 0 drops it. RFC 791, 3.1.");
/// Also used by the other headers that name an IP protocol.
pub(super) static PROTOCOL_NAMES: &[(u64, &str)] = &[
    (0, "IPv6 Hop-by-Hop Option"),
    (1, "ICMP"),
    (2, "IGMP"),
    (4, "IPIP"),
    (6, "TCP"),
    (17, "UDP"),
    (41, "IPv6"),
    (43, "Routing Header for IPv6"),
    (44, "Fragment Header for IPv6"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (58, "ICMPv6"),
    (59, "No Next Header for IPv6"),
    (60, "Destination Options for IPv6"),
    (88, "EIGRP"),
    (89, "OSPF"),
    (103, "PIM"),
    (112, "VRRP"),
    (115, "L2TP"),
    (132, "SCTP"),
    (136, "UDP-Lite"),
];
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
        fields: &[
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
            &ADDR,
            &SRC,
            &DST,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::EtherType(0x0800), Binding::IpProto(4), Binding::Link(228), Binding::Ppp(0x0021)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<20>("header")?;
        let [first, _, l0, l1, _, _, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
        let (src, dst) = ([s0, s1, s2, s3], [d0, d1, d2, d3]);
        packet.label(|text| {
            let _ = write!(text, "Src: {}, Dst: {}", Ipv4Addr::from(src), Ipv4Addr::from(dst));
        });
        packet.uint(&VERSION, 0, 1);
        if first >> 4 != 4 {
            return Err(packet.malformed("the version is not 4"));
        }
        packet.uint(&HDR_LEN, 0, 1);
        let header_len = usize::from(first & 0x0f) * 4;
        if header_len < 20 {
            return Err(packet.malformed("the header length is under 20 bytes"));
        }
        packet.uint_group(&DSFIELD, 1, 1);
        packet.uint(&DSCP, 1, 1);
        packet.uint(&ECN, 1, 1);
        packet.end_group();
        packet.uint(&LEN, 2, 2);
        packet.uint(&ID, 4, 2);
        packet.uint_group(&FLAGS, 6, 1);
        for flag in [&FLAGS_RB, &FLAGS_DF, &FLAGS_MF] {
            packet.uint(flag, 6, 1);
        }
        packet.end_group();
        let offset = be16(f0 & 0x1f, f1);
        packet.field(&FRAG_OFFSET, 6, 2, Value::Uint(u64::from(offset) * 8));
        packet.uint(&TTL, 8, 1);
        packet.uint(&PROTO, 9, 1);
        checksum(packet, header_len);
        packet.slice(&SRC, 12, 4);
        packet.slice(&DST, 16, 4);
        packet.endpoints(Endpoint::V4(src), Endpoint::V4(dst));
        packet.skip(header_len - 20, "options")?;

        let total = usize::from(be16(l0, l1));
        let more = f0 & 0x20 != 0;
        packet.net = Net {
            src: widen(src),
            dst: widen(dst),
            v6: false,
            present: true,
            fragment: more || offset != 0,
            later_fragment: offset != 0,
        };
        if total < header_len {
            // Zero is what a capture before segmentation offload shows.
            if total != 0 {
                packet.problem(Problem::Length, 2, 2, |text| {
                    let _ = write!(
                        text,
                        "IPv4 total length {total} is less than its header of {header_len} bytes"
                    );
                });
            }
        } else {
            if total > packet.claimed() {
                let claimed = packet.claimed();
                packet.problem(Problem::Length, 2, 2, |text| {
                    let _ = write!(
                        text,
                        "IPv4 total length {total} exceeds the {claimed} bytes of the frame's payload"
                    );
                });
            }
            packet.limit(total);
        }
        packet.info(|text| {
            let _ = if offset != 0 || more {
                write!(text, "Fragment of protocol {protocol}, offset {}", u32::from(offset) * 8)
            } else {
                write!(text, "IP protocol {protocol}")
            };
        });
        packet.next_rest(if offset != 0 { Claim::Data } else { Claim::IpProto(protocol) });
        Ok(())
    }
}

fn widen(address: [u8; 4]) -> [u8; 16] {
    let [a, b, c, d] = address;
    [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

fn checksum<S: Sink>(packet: &mut Packet<'_, S>, header_len: usize) {
    let covered = packet.bytes().get(..header_len);
    let fields = [&CHECKSUM, &STATUS, &CALCULATED];
    let checksum = Checksum { check: Check::Ipv4, fields, at: 10, pseudo_header: None, covered, ruled: None };
    checks::tell(packet, &checksum);
}
