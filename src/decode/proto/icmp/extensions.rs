//! Extensions behind the packet that an ICMP error quotes (RFC 4884): MPLS
//! label stacks (RFC 4950), interface information (RFC 5837) and, in an
//! extended echo, the interface asked about (RFC 8335).

use crate::decode::check::STATUS_NAMES;
use crate::decode::{Bytes, FieldDef, Packet, Problem, Sink, Sum, Value, Verdict};
use std::fmt::Write as _;

static GROUP: FieldDef = FieldDef::group("icmp.ext", "ICMP Extensions")
    .about("Objects that say more of an error than the message itself has room for. RFC 4884, 7.");
static VERSION: FieldDef = FieldDef::uint("icmp.ext.version", "Version", 8)
    .mask(0xf0)
    .about("Version of the extensions' format: 2. RFC 4884, 7.");
static RESERVED: FieldDef = FieldDef::uint("icmp.ext.res", "Reserved", 16)
    .hex()
    .mask(0x0fff)
    .about("Zero when sent, ignored when received. RFC 4884, 7.");
static CHECKSUM: FieldDef = FieldDef::uint("icmp.ext.checksum", "Checksum", 16)
    .hex()
    .about("Ones' complement sum over the extensions; 0 when the sender computed none. RFC 4884, 7.");
static STATUS: FieldDef = FieldDef::uint("icmp.ext.checksum.status", "Checksum Status", 8)
    .values(STATUS_NAMES)
    .about("Outcome of the check: computed again from the captured bytes and compared. RFC 1071.");
static OBJECT: FieldDef = FieldDef::group("wirepeel.icmp.object", "Extension object")
    .about("One object: length, class, type and what they say. RFC 4884, 8.");
static LENGTH: FieldDef = FieldDef::uint("icmp.ext.length", "Length", 16)
    .about("Bytes of the object, these 4 included. RFC 4884, 8.");
static CLASS: FieldDef = FieldDef::uint("icmp.ext.class", "Class", 8)
    .values(&[
        (1, "MPLS Label Stack Class"),
        (2, "Interface Information Object"),
        (3, "Interface Identification Object"),
    ])
    .about("Which kind of object this is. RFC 4884, 8.");
static CTYPE: FieldDef =
    FieldDef::uint("icmp.ext.ctype", "C-Type", 8).about("The object's form within its class. RFC 4884, 8.");
static DATA: FieldDef = FieldDef::bytes("icmp.ext.data", "Data")
    .about("What an object says that wirepeel does not take apart. RFC 4884, 8.");
static MPLS_LABEL: FieldDef = FieldDef::uint("icmp.mpls.label", "Label", 24)
    .mask(0x00ff_fff0)
    .about("A label that the packet carried when the error was found. RFC 4950, 3; RFC 3032, 2.1.");
static MPLS_EXP: FieldDef = FieldDef::uint("icmp.mpls.exp", "Experimental", 24)
    .mask(0x00_000e)
    .about("Traffic class of the label. RFC 5462.");
static MPLS_STACK: FieldDef = FieldDef::flag("icmp.mpls.s", "Stack bit", 24, 0x00_0001)
    .about("This is the last label of the stack. RFC 3032, 2.1.");
static MPLS_TTL: FieldDef = FieldDef::uint("icmp.mpls.ttl", "Time to live", 8)
    .about("Routers that the labelled packet could still pass. RFC 3032, 2.1.");
static ROLE: FieldDef = FieldDef::uint("icmp.int_info.role", "Interface Role", 8)
    .mask(0xc0)
    .values(&[
        (0, "IP interface upon which datagram arrived"),
        (1, "sub-IP component of an IP interface upon which datagram arrived"),
        (2, "IP interface through which datagram would be forwarded"),
        (3, "IP next-hop to which datagram would be forwarded"),
    ])
    .about("What the interface was to the packet. RFC 5837, 4.1.");
static HAS_INDEX: FieldDef = FieldDef::flag("icmp.int_info.ifindex", "ifIndex", 8, 0x08)
    .about("The interface's number follows. RFC 5837, 4.1.");
static HAS_ADDRESS: FieldDef = FieldDef::flag("icmp.int_info.ipaddr", "IP Address", 8, 0x04)
    .about("The interface's address follows. RFC 5837, 4.1.");
static HAS_NAME: FieldDef = FieldDef::flag("icmp.int_info.name_present", "Interface Name", 8, 0x02)
    .about("The interface's name follows. RFC 5837, 4.1.");
static HAS_MTU: FieldDef = FieldDef::flag("icmp.int_info.mtu_present", "MTU", 8, 0x01)
    .about("The interface's MTU follows. RFC 5837, 4.1.");
static INDEX: FieldDef = FieldDef::uint("icmp.int_info.index", "Interface Index", 32)
    .about("The interface's number in the router's own table. RFC 5837, 4.2.");
static AFI: FieldDef = FieldDef::uint("icmp.int_info.afi", "Address Family Identifier", 16)
    .values(&[(1, "IPv4"), (2, "IPv6")])
    .about("Which kind of address follows. RFC 5837, 4.2.");
static IPV4: FieldDef =
    FieldDef::ipv4("icmp.int_info.ipv4", "Source").about("The interface's IPv4 address. RFC 5837, 4.2.");
static IPV6: FieldDef =
    FieldDef::ipv6("icmp.int_info.ipv6", "Source").about("The interface's IPv6 address. RFC 5837, 4.2.");
static NAME_LENGTH: FieldDef = FieldDef::uint("icmp.int_info.name_length", "Name Length", 8)
    .about("Bytes of the name, this one and padding included. RFC 5837, 4.3.");
static NAME: FieldDef = FieldDef::text("icmp.int_info.name", "Name")
    .about("The interface's name, filled up with zeros. RFC 5837, 4.3.");
static MTU: FieldDef = FieldDef::uint("icmp.int_info.mtu", "Maximum Transmission Unit", 32)
    .about("Largest packet that the interface takes. RFC 5837, 4.1.");
static ASKED_NAME: FieldDef =
    FieldDef::text("icmp.int_ident.name", "Name").about("Name of the interface asked about. RFC 8335, 2.1.");
static ASKED_INDEX: FieldDef = FieldDef::uint("icmp.int_ident.index", "Interface Index", 32)
    .about("Number of the interface asked about. RFC 8335, 2.1.");
static ASKED_AFI: FieldDef = FieldDef::uint("icmp.int_ident.afi", "Address Family Identifier", 16)
    .values(&[(1, "IPv4"), (2, "IPv6")])
    .about("Which kind of address the interface is named by. RFC 8335, 2.1.");
static ASKED_LENGTH: FieldDef = FieldDef::uint("icmp.int_ident.addr_length", "Address Length", 8)
    .about("Bytes of the address; what follows fills up to a multiple of 4. RFC 8335, 2.1.");
static ASKED_RESERVED: FieldDef = FieldDef::bytes("icmp.int_ident.reserved", "Reserved")
    .about("Zero when sent, ignored when received. RFC 8335, 2.1.");
static ASKED_IPV4: FieldDef = FieldDef::ipv4("icmp.int_ident.ipv4", "Address")
    .about("IPv4 address of the interface asked about. RFC 8335, 2.1.");
static ASKED_IPV6: FieldDef = FieldDef::ipv6("icmp.int_ident.ipv6", "Address")
    .about("IPv6 address of the interface asked about. RFC 8335, 2.1.");

/// Every field that is told here.
pub(in crate::decode::proto) const FIELDS: &[&FieldDef] = &[
    &GROUP,
    &VERSION,
    &RESERVED,
    &CHECKSUM,
    &STATUS,
    &OBJECT,
    &LENGTH,
    &CLASS,
    &CTYPE,
    &DATA,
    &MPLS_LABEL,
    &MPLS_EXP,
    &MPLS_STACK,
    &MPLS_TTL,
    &ROLE,
    &HAS_INDEX,
    &HAS_ADDRESS,
    &HAS_NAME,
    &HAS_MTU,
    &INDEX,
    &AFI,
    &IPV4,
    &IPV6,
    &NAME_LENGTH,
    &NAME,
    &MTU,
    &ASKED_NAME,
    &ASKED_INDEX,
    &ASKED_AFI,
    &ASKED_LENGTH,
    &ASKED_RESERVED,
    &ASKED_IPV4,
    &ASKED_IPV6,
    &ASKED_ADDRESS,
];
static ASKED_ADDRESS: FieldDef = FieldDef::bytes("icmp.int_ident.address", "Address")
    .about("Other address of the interface asked about. RFC 8335, 2.1.");

/// Where quotes end in messages from before RFC 4884 that still carry extensions.
const OLD_QUOTE: usize = 128;

/// Tells the extensions behind the quoted packet of an error whose first 8
/// bytes are taken, and gives the quote's length. `length` is what the
/// message says of it, 0 for nothing.
pub(in crate::decode::proto) fn after_quote<S: Sink>(
    packet: &mut Packet<'_, S>,
    length: usize,
    may_extend: bool,
) -> usize {
    let rest = packet.rest();
    if length == 0 {
        // RFC 4884, 5.5: without a length they may stand at a fixed place,
        // believed only with a right checksum.
        let behind = rest.get(OLD_QUOTE..).unwrap_or_default();
        let looks = matches!(behind, [first, _, c0, c1, ..] if first >> 4 == 2 && (*c0, *c1) != (0, 0));
        if !(may_extend && looks && Sum::default().add(behind).folded() == 0xffff) {
            return packet.claimed().saturating_sub(8);
        }
        tell(packet, 8 + OLD_QUOTE);
        return OLD_QUOTE;
    }
    if length > packet.claimed().saturating_sub(8) {
        let held = rest.len();
        packet.problem(Problem::Length, 5, 1, |text| {
            let _ =
                write!(text, "ICMP quotes {length} by its length, but {held} follow", length = Bytes(length));
        });
    } else if 8 + length < packet.bytes().len() {
        tell(packet, 8 + length);
    }
    length
}

/// Tells the extension structure at `from`.
pub(in crate::decode::proto) fn tell<S: Sink>(packet: &mut Packet<'_, S>, from: usize) {
    let bytes = packet.bytes().get(from..).unwrap_or_default();
    if bytes.is_empty() {
        return;
    }
    packet.group(&GROUP, from, bytes.len());
    if bytes.len() < 4 {
        if !packet.is_cut() {
            packet.problem(Problem::Malformed, from, bytes.len(), |text| {
                let _ = write!(text, "ICMP extension header needs 4 bytes, has {}", bytes.len());
            });
        }
        packet.end_group();
        return;
    }
    packet.uint(&VERSION, from, 1);
    packet.uint(&RESERVED, from, 2);
    packet.uint(&CHECKSUM, from + 2, 2);
    let verdict = match packet.read(from + 2, 2) {
        Some(0) => Verdict::Absent,
        _ if packet.is_cut() || packet.is_quoted() => Verdict::Unverifiable,
        _ if Sum::default().add(bytes).folded() == 0xffff => Verdict::Good,
        _ => Verdict::Bad,
    };
    packet.generated(&STATUS, Value::Uint(verdict.status()));
    if verdict == Verdict::Bad {
        packet.problem(Problem::Unusual, from + 2, 2, |text| {
            text.push_str("ICMP extension checksum is wrong");
        });
    }
    let mut at = from + 4;
    while at < packet.bytes().len() {
        let len = packet.read(at, 2).unwrap_or(0) as usize;
        let left = packet.bytes().len() - at;
        if len < 4 || len > left {
            if !packet.is_cut() {
                packet.problem(Problem::Malformed, at, left, |text| {
                    let _ =
                        write!(text, "ICMP extension object claims {len}, {left} are left", len = Bytes(len));
                });
            }
            break;
        }
        object(packet, at, len);
        at += len;
    }
    packet.end_group();
}

fn object<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    packet.group(&OBJECT, at, len);
    packet.uint(&LENGTH, at, 2);
    packet.uint(&CLASS, at + 2, 1);
    packet.uint(&CTYPE, at + 3, 1);
    let (class, ctype) = match packet.bytes().get(at + 2..at + 4) {
        Some([class, ctype]) => (*class, *ctype),
        _ => (0, 0),
    };
    let (from, end) = (at + 4, at + len);
    let known = match (class, ctype) {
        (1, 1) => labels(packet, from, end),
        (2, _) => interface(packet, ctype, from, end),
        (3, _) => asked(packet, ctype, from, end),
        _ => from,
    };
    if known < end {
        packet.slice(&DATA, known, end - known);
    }
    packet.end_group();
}

/// Each tells what it knows between `at` and `end` and gives where it stopped.
fn labels<S: Sink>(packet: &mut Packet<'_, S>, mut at: usize, end: usize) -> usize {
    while at + 4 <= end {
        packet.uint(&MPLS_LABEL, at, 3);
        packet.uint(&MPLS_EXP, at, 3);
        packet.uint(&MPLS_STACK, at, 3);
        packet.uint(&MPLS_TTL, at + 3, 1);
        at += 4;
    }
    at
}

fn interface<S: Sink>(packet: &mut Packet<'_, S>, ctype: u8, mut at: usize, end: usize) -> usize {
    for part in [&ROLE, &HAS_INDEX, &HAS_ADDRESS, &HAS_NAME, &HAS_MTU] {
        packet.uint(part, at - 1, 1);
    }
    if ctype & 0x08 != 0 && at + 4 <= end {
        packet.uint(&INDEX, at, 4);
        at += 4;
    }
    if ctype & 0x04 != 0 && at + 4 <= end {
        let family = packet.read(at, 2);
        packet.uint(&AFI, at, 2);
        let (field, len) = if family == Some(2) { (&IPV6, 16) } else { (&IPV4, 4) };
        at += 4;
        if matches!(family, Some(1 | 2)) && at + len <= end {
            packet.slice(field, at, len);
            at += len;
        }
    }
    if ctype & 0x02 != 0 && at < end {
        let len = packet.read(at, 1).unwrap_or(0) as usize;
        packet.uint(&NAME_LENGTH, at, 1);
        if len > 1 && at + len <= end {
            let name = packet.bytes().get(at + 1..at + len).unwrap_or_default();
            let used = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            packet.slice(&NAME, at + 1, used);
        }
        at += len.clamp(1, end - at);
    }
    if ctype & 0x01 != 0 && at + 4 <= end {
        packet.uint(&MTU, at, 4);
        at += 4;
    }
    at
}

fn asked<S: Sink>(packet: &mut Packet<'_, S>, ctype: u8, at: usize, end: usize) -> usize {
    match ctype {
        1 if at < end => packet.slice(&ASKED_NAME, at, end - at),
        2 if at + 4 <= end => {
            packet.uint(&ASKED_INDEX, at, 4);
            return at + 4;
        }
        3 if at + 4 <= end => {
            packet.uint(&ASKED_AFI, at, 2);
            packet.uint(&ASKED_LENGTH, at + 2, 1);
            packet.slice(&ASKED_RESERVED, at + 3, 1);
            let len = packet.read(at + 2, 1).unwrap_or(0) as usize;
            let field = match (packet.read(at, 2), len) {
                (Some(1), 4) => &ASKED_IPV4,
                (Some(2), 16) => &ASKED_IPV6,
                _ => &ASKED_ADDRESS,
            };
            let len = len.min(end - at - 4);
            packet.slice(field, at + 4, len);
            return at + 4 + len;
        }
        _ => return at,
    }
    end
}
