//! Generic Routing Encapsulation (RFC 2784, RFC 2890): with PPTP's version of it
//! (RFC 2637), source routes (RFC 1701) and the header of WCCP.

use super::be16;
use crate::decode::{
    Binding, Check, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop,
    checks::{self, Checksum},
    value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef = FieldDef::uint("gre.flags_and_version", "Flags and Version", 16)
    .hex()
    .about("Which optional fields the header has, and its version. RFC 2784, 2.1; RFC 2890, 2.");
static CHECKSUM_BIT: FieldDef =
    FieldDef::flag("gre.flags.checksum", "Checksum Bit", 16, CHECKSUM_PRESENT as u64)
        .about("A checksum over header and payload is there. RFC 2784, 2.2.");
static ROUTING_BIT: FieldDef = FieldDef::flag("gre.flags.routing", "Routing Bit", 16, ROUTING_PRESENT as u64)
    .about("A source route is there; no longer used. RFC 1701.");
static KEY_BIT: FieldDef = FieldDef::flag("gre.flags.key", "Key Bit", 16, KEY_PRESENT as u64)
    .about("A key is there that tells several tunnels between two ends apart. RFC 2890, 2.");
static SEQUENCE_BIT: FieldDef =
    FieldDef::flag("gre.flags.sequence_number", "Sequence Number Bit", 16, SEQUENCE_PRESENT as u64)
        .about("A sequence number is there. RFC 2890, 2.");
static STRICT_BIT: FieldDef =
    FieldDef::flag("gre.flags.strict_source_route", "Strict Source Route Bit", 16, 0x0800)
        .about("All of the source route is strict; no longer used. RFC 1701.");
static RECURSION: FieldDef = FieldDef::uint("gre.flags.recursion_control", "Recursion control", 16)
    .mask(0x0700)
    .about("How many further encapsulations are allowed; zero. RFC 1701.");
static RESERVED: FieldDef = FieldDef::uint("gre.flags.reserved", "Flags (Reserved)", 16)
    .mask(0x00f8)
    .about("Zero when sent, ignored when received. RFC 2784, 2.3.1.");
static ACK_BIT: FieldDef = FieldDef::flag("gre.flags.ack", "Acknowledgment", 16, ACK_PRESENT as u64)
    .about("PPTP: an acknowledgment number is there. RFC 2637, 4.1.");
static RESERVED_PPP: FieldDef = FieldDef::uint("gre.flags.reserved", "Flags (Reserved)", 16)
    .mask(0x0078)
    .about("PPTP: zero when sent. RFC 2637, 4.1.");
static VERSION: FieldDef = FieldDef::uint("gre.flags.version", "Version", 16)
    .mask(0x0007)
    .values(&[(0, "GRE"), (1, "Enhanced GRE")])
    .about("0, or 1 for the form that PPTP uses. RFC 2784, 2.3.2; RFC 2637, 4.1.");
static PROTO: FieldDef = FieldDef::uint("gre.proto", "Protocol Type", 16)
    .hex()
    .values(&[
        (0x0000, "Possible GRE keepalive packet"),
        (0x00fe, "OSI"),
        (0x0800, "IP"),
        (0x0806, "ARP"),
        (0x2000, "CDP (Cisco)"),
        (0x2001, "NHRP"),
        (ERSPAN_III as u64, "ERSPAN III"),
        (0x6558, "Transparent Ethernet bridging"),
        (0x6559, "Frame Relay"),
        (0x8137, "IPX"),
        (0x86dd, "IPv6"),
        (0x880b, "PPP"),
        (WCCP as u64, "WCCP"),
        (0x8847, "MPLS label switched packet"),
        (0x8848, "MPLS label switched packet, upstream label"),
        (ERSPAN as u64, "ERSPAN"),
        (0x894f, "Network Service Header"),
    ])
    .about("EtherType of the payload. RFC 2784, 2.4.");
static CHECKSUM: FieldDef = FieldDef::uint("gre.checksum", "Checksum", 16)
    .hex()
    .about("Ones' complement sum over GRE header and payload. RFC 2784, 2.5; RFC 1071.");
static STATUS: FieldDef = checks::status_field("gre.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("gre.checksum_calculated");
static OFFSET: FieldDef = FieldDef::uint("gre.offset", "Offset", 16)
    .about("Where the active entry of the source route lies; no longer used. RFC 1701.");
static KEY: FieldDef = FieldDef::uint("gre.key", "Key", 32)
    .hex()
    .about("Number that both ends agreed on for this tunnel. RFC 2890, 2.1.");
static PAYLOAD_LENGTH: FieldDef = FieldDef::uint("gre.key.payload_length", "Payload Length", 16)
    .about("PPTP: bytes of payload behind this header. RFC 2637, 4.1.");
static CALL_ID: FieldDef = FieldDef::uint("gre.key.call_id", "Call ID", 16)
    .about("PPTP: the receiver's number of the call that the packet belongs to. RFC 2637, 4.1.");
static SEQUENCE: FieldDef = FieldDef::uint("gre.sequence_number", "Sequence Number", 32)
    .about("Counts the tunnel's packets, so that the receiver can drop late ones. RFC 2890, 2.2.");
static ACK_NUMBER: FieldDef = FieldDef::uint("gre.ack_number", "Acknowledgment Number", 32)
    .about("PPTP: highest sequence number that the sender has received. RFC 2637, 4.1.");
static ROUTING: FieldDef =
    FieldDef::group("gre.routing", "Routing").about("One entry of the source route. RFC 1701.");
static ADDRESS_FAMILY: FieldDef = FieldDef::uint("gre.routing.address_family", "Address Family", 16)
    .about("Kind of the addresses in this entry; 0 ends the list. RFC 1701.");
static SRE_OFFSET: FieldDef = FieldDef::uint("gre.routing.sre_offset", "SRE Offset", 8)
    .about("Where the active address of this entry lies. RFC 1701.");
static SRE_LENGTH: FieldDef = FieldDef::uint("gre.routing.src_length", "SRE Length", 8)
    .about("Bytes of this entry's addresses; 0 ends the list. RFC 1701.");
static SRE: FieldDef = FieldDef::bytes("gre.routing.information", "Routing Information")
    .about("The addresses of this entry. RFC 1701.");
static REDIRECT: FieldDef = FieldDef::group("gre.wccp.redirect_header", "Redirect Header")
    .about("Why the router sent this packet to the web cache. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static DYNAMIC: FieldDef = FieldDef::flag("gre.wccp.dynamic_service", "Dynamic Service", 8, 0x01)
    .about("The cache described the service itself. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static ALTERNATIVE_USED: FieldDef =
    FieldDef::flag("gre.wccp.alternative_bucket_used", "Alternative bucket used", 8, 0x02)
        .about("The alternative bucket chose the cache. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static REDIRECT_VALID: FieldDef =
    FieldDef::flag("gre.wccp.redirect_header_valid", "WCCP Redirect header is valid", 8, 0x04)
        .about("The rest of this header means something. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static SERVICE: FieldDef = FieldDef::uint("gre.wccp.service_id", "Service ID", 8)
    .values(&[(0, "HTTP")])
    .about("Service group that the packet was redirected for. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static ALTERNATIVE: FieldDef = FieldDef::uint("gre.wccp.alternative_bucket", "Alternative Bucket", 8)
    .about("Bucket used where the primary one is empty. draft-mclaggan-wccp-v2rev1, 3.12.2.");
static PRIMARY: FieldDef = FieldDef::uint("gre.wccp.primary_bucket", "Primary Bucket", 8).about(
    "Bucket that the packet's addresses fall into; each has its cache. draft-mclaggan-wccp-v2rev1, 3.12.2.",
);

const CHECKSUM_PRESENT: u16 = 0x8000;
const ROUTING_PRESENT: u16 = 0x4000;
const KEY_PRESENT: u16 = 0x2000;
const SEQUENCE_PRESENT: u16 = 0x1000;
const ACK_PRESENT: u16 = 0x0080;
const WCCP: u16 = 0x883e;
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
const WLAN: Claim = Claim::Protocol(super::ieee80211::Ieee80211::PROTOCOL);

/// Dissector of GRE headers.
pub struct Gre;

impl Dissector for Gre {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "gre",
        label: "GRE",
        title: "Generic Routing Encapsulation",
        layer: Layer::Internet,
        spec: "RFC 2784",
        about: "A tunnel: carries packets of any protocol between two hosts inside IP.",
        fields: &[
            &FLAGS,
            &CHECKSUM_BIT,
            &ROUTING_BIT,
            &KEY_BIT,
            &SEQUENCE_BIT,
            &STRICT_BIT,
            &RECURSION,
            &RESERVED,
            &ACK_BIT,
            &RESERVED_PPP,
            &VERSION,
            &PROTO,
            &CHECKSUM,
            &STATUS,
            &CALCULATED,
            &checks::ARITHMETIC,
            &checks::VERDICT,
            &OFFSET,
            &KEY,
            &PAYLOAD_LENGTH,
            &CALL_ID,
            &SEQUENCE,
            &ACK_NUMBER,
            &ROUTING,
            &ADDRESS_FAMILY,
            &SRE_OFFSET,
            &SRE_LENGTH,
            &SRE,
            &REDIRECT,
            &DYNAMIC,
            &ALTERNATIVE_USED,
            &REDIRECT_VALID,
            &SERVICE,
            &ALTERNATIVE,
            &PRIMARY,
        ],
        trailer: None,
        stack: None,
    };
    // In UDP: RFC 8086.
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(47), Binding::Udp(4754)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [f0, f1, p0, p1] = *packet.take::<4>("header")?;
        let (flags, proto) = (be16(f0, f1), be16(p0, p1));
        packet.label(|text| match value_name(&PROTO, proto.into()) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "0x{proto:04x}");
            }
        });
        let enhanced = flags & 7 == 1;
        packet.uint_group(&FLAGS, 0, 2);
        for part in [&CHECKSUM_BIT, &ROUTING_BIT, &KEY_BIT, &SEQUENCE_BIT, &STRICT_BIT, &RECURSION] {
            packet.uint(part, 0, 2);
        }
        if enhanced {
            packet.uint(&ACK_BIT, 0, 2);
            packet.uint(&RESERVED_PPP, 0, 2);
        } else {
            packet.uint(&RESERVED, 0, 2);
        }
        packet.uint(&VERSION, 0, 2);
        packet.end_group();
        packet.uint(&PROTO, 2, 2);
        packet.info(|text| match value_name(&PROTO, proto.into()) {
            Some(name) => {
                let _ = write!(text, "Encapsulated {name}");
            }
            None => {
                let _ = write!(text, "Encapsulated 0x{proto:04x} (unknown)");
            }
        });
        if flags & 7 > 1 {
            return Err(packet.malformed("the version is neither 0 nor 1"));
        }
        optional(packet, flags, enhanced)?;
        if proto == WCCP && packet.rest().first().is_some_and(|first| first >> 4 != 4) {
            redirect(packet)?;
        }
        // PPTP sends bare acknowledgments.
        if packet.claimed() > packet.at() {
            packet.next_rest(claim(proto, flags));
        }
        Ok(())
    }
}

/// Takes the fields that the flags announce.
fn optional<S: Sink>(packet: &mut Packet<'_, S>, flags: u16, enhanced: bool) -> Result<(), Stop> {
    if flags & (CHECKSUM_PRESENT | ROUTING_PRESENT) != 0 {
        let at = packet.at();
        packet.take::<4>("checksum and offset")?;
        if flags & CHECKSUM_PRESENT != 0 {
            checksum(packet, at);
        } else {
            packet.uint(&CHECKSUM, at, 2);
        }
        packet.uint(&OFFSET, at + 2, 2);
    }
    if flags & KEY_PRESENT != 0 {
        let at = packet.at();
        let [l0, l1, ..] = *packet.take::<4>("key")?;
        if enhanced {
            packet.uint(&PAYLOAD_LENGTH, at, 2);
            packet.uint(&CALL_ID, at + 2, 2);
            payload_length(packet, flags, be16(l0, l1).into(), at);
        } else {
            packet.uint(&KEY, at, 4);
        }
    }
    for (bit, field) in [(SEQUENCE_PRESENT, &SEQUENCE), (ACK_PRESENT, &ACK_NUMBER)] {
        if flags & bit != 0 && (bit != ACK_PRESENT || enhanced) {
            let at = packet.at();
            packet.take::<4>(field.label)?;
            packet.uint(field, at, 4);
        }
    }
    if flags & ROUTING_PRESENT != 0 { routing(packet) } else { Ok(()) }
}

fn checksum<S: Sink>(packet: &mut Packet<'_, S>, at: usize) {
    let all = packet.bytes();
    let checksum = Checksum {
        check: Check::Gre,
        fields: [&CHECKSUM, &STATUS, &CALCULATED],
        at,
        pseudo_header: None,
        covered: (!packet.is_cut() && !packet.net.fragment).then_some(all),
        ruled: None,
        unsent: false,
    };
    checks::tell(packet, &checksum);
}

/// PPTP: applies the length of the payload.
fn payload_length<S: Sink>(packet: &mut Packet<'_, S>, flags: u16, length: usize, at: usize) {
    let numbers = [SEQUENCE_PRESENT, ACK_PRESENT].iter().filter(|bit| flags & **bit != 0).count();
    let header = packet.at() + 4 * numbers;
    let left = packet.claimed().saturating_sub(header);
    if length > left {
        packet.problem(Problem::Length, at, 2, |text| {
            let _ = write!(text, "GRE payload length {length} exceeds the {left} bytes behind its header");
        });
    } else {
        packet.limit(header + length);
    }
}

/// The list of source route entries; one without address family and length ends it.
fn routing<S: Sink>(packet: &mut Packet<'_, S>) -> Result<(), Stop> {
    loop {
        let at = packet.at();
        let [a0, a1, _, length] = *packet.take::<4>("source route entry")?;
        packet.skip(length.into(), "source route entry")?;
        packet.group(&ROUTING, at, 4 + usize::from(length));
        packet.uint(&ADDRESS_FAMILY, at, 2);
        packet.uint(&SRE_OFFSET, at + 2, 1);
        packet.uint(&SRE_LENGTH, at + 3, 1);
        if length > 0 {
            packet.slice(&SRE, at + 4, length.into());
        }
        packet.end_group();
        if be16(a0, a1) == 0 && length == 0 {
            return Ok(());
        }
    }
}

fn redirect<S: Sink>(packet: &mut Packet<'_, S>) -> Result<(), Stop> {
    let at = packet.at();
    packet.take::<4>("redirect header")?;
    packet.group(&REDIRECT, at, 4);
    for flag in [&DYNAMIC, &ALTERNATIVE_USED, &REDIRECT_VALID] {
        packet.uint(flag, at, 1);
    }
    for (place, field) in [&SERVICE, &ALTERNATIVE, &PRIMARY].into_iter().enumerate() {
        packet.uint(field, at + 1 + place, 1);
    }
    packet.end_group();
    Ok(())
}

/// What the payload is: mostly an EtherType, but some numbers have a meaning of their own.
fn claim(proto: u16, flags: u16) -> Claim {
    match proto {
        WCCP => Claim::EtherType(0x0800),
        // The first type has no header and no sequence number.
        ERSPAN if flags & SEQUENCE_PRESENT == 0 => Claim::Protocol(super::erspan::TypeOne::PROTOCOL),
        ERSPAN | ERSPAN_III => Claim::Protocol(super::erspan::Erspan::PROTOCOL),
        // Aruba: a number for each tunnel of an access point.
        0x8200..=0x8370 if proto & 0x0f == 0 => WLAN,
        0x9000 => WLAN,
        proto => Claim::EtherType(proto),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::decode::sinks::Summary;
    use crate::decode::{Event, Facts, Frame, Registry, Scratch, Verdict};

    /// IPv4 with `gre` in it, as a capture of raw IP.
    fn peel(gre: &[u8]) -> (Summary, Vec<&'static str>) {
        let mut bytes =
            vec![0x45, 0, 0, (20 + gre.len()) as u8, 0, 0, 0, 0, 64, 47, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        bytes.extend(gre);
        let (registry, mut summary) = (Registry::default(), Summary::default());
        let wire = bytes.len() as u32;
        let frame = Frame { link: LinkType(228), bytes: &bytes, wire, ..Frame::default() };
        registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut summary);
        let (mut names, mut path) = (Vec::new(), summary.path);
        while path != crate::decode::Paths::FRAME {
            names.insert(0, registry.row(summary.paths.protocol(path)).protocol.name);
            path = summary.paths.parent(path);
        }
        (summary, names)
    }

    fn datagram() -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend([0, 9, 0, 9, 0, 8, 0, 0]);
        bytes
    }

    #[test]
    fn a_packet_in_a_tunnel_has_its_own_flow_and_the_outer_hosts_are_told() {
        let (summary, names) = peel(&[&[0, 0, 8, 0], &*datagram()].concat());
        assert_eq!(names, ["ip", "gre", "ip", "udp"]);
        let hosts = |event: &&Event| matches!(event, Event::Hosts(key) if key.src[..4] == [1, 1, 1, 1]);
        assert_eq!(summary.events.iter().filter(hosts).count(), 1);
        assert!(summary.events.iter().any(|event| matches!(event, Event::Flow(key) if key.src[0] == 10)));
    }

    #[test]
    fn every_optional_field_is_stepped_over() {
        let options = [0xf0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 2, 0, 4, 9, 9, 9, 9, 0, 0, 0, 0];
        let (_, names) = peel(&[&options[..], &*datagram()].concat());
        assert_eq!(names, ["ip", "gre", "ip", "udp"]);
        // PPTP: the length of the payload ends it; acknowledgments have none.
        let pptp = [0x30, 0x81, 0x88, 0x0b, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0xff, 3, 0xc0, 0x21];
        let (_, names) = peel(&[&pptp[..], b"behind"].concat());
        assert_eq!(names, ["ip", "gre", "ppp"], "nothing is left for LCP");
        let (summary, names) = peel(&[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 5]);
        assert_eq!(names, ["ip", "gre"]);
        assert!(!summary.events.iter().any(|event| matches!(event, Event::Problem { .. })));
    }

    #[test]
    fn a_source_route_without_end_is_malformed() {
        let entry = [0, 1, 0, 0].repeat(40);
        let (summary, names) = peel(&[&[0x40, 0, 8, 0, 0, 0, 0, 0], &*entry].concat());
        assert_eq!(names, ["ip", "gre"]);
        let malformed = Event::Problem { problem: Problem::Malformed, span: crate::decode::Span::default() };
        let same = |event: &&Event| std::mem::discriminant(*event) == std::mem::discriminant(&malformed);
        assert_eq!(summary.events.iter().filter(same).count(), 1);
    }

    #[test]
    fn checksums_are_verified() {
        let verdict = |gre: &[u8]| {
            let (summary, _) = peel(gre);
            summary.events.iter().find_map(|event| match event {
                Event::Verdict { check: Check::Gre, verdict } => Some(*verdict),
                _ => None,
            })
        };
        let sum = crate::decode::Sum::default().add(&[0x80, 0, 0x99, 0x99, 0, 0, 0, 0, 1, 2, 3]).checksum();
        let [high, low] = sum.to_be_bytes();
        assert_eq!(verdict(&[0x80, 0, 0x99, 0x99, high, low, 0, 0, 1, 2, 3]), Some(Verdict::Good));
        assert_eq!(verdict(&[0x80, 0, 0x99, 0x99, high, low, 0, 0, 1, 2, 4]), Some(Verdict::Bad));
        assert_eq!(verdict(&[0, 0, 0x99, 0x99, 1, 2, 4]), None);
    }
}
