//! ICMPv6 (RFC 4443): errors and echo here; neighbour discovery, its options
//! and multicast listeners in the files beside it.

mod discovery;
mod listener;
mod options;

use super::be16;
use super::icmp::{extensions, names};
use crate::decode::{
    Binding, Check, Claim, Dissector, Event, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer,
    Undelivered, Value,
    checks::{self, Checksum},
};
use etherparse::icmpv6 as kind;
use std::fmt::Write as _;

static TYPE_NAMES: &[(u64, &str)] = &[
    (1, "Destination Unreachable"),
    (2, "Packet Too Big"),
    (3, "Time Exceeded"),
    (4, "Parameter Problem"),
    (100, "Private experimentation"),
    (101, "Private experimentation"),
    (127, "Reserved for expansion of ICMPv6 error messages"),
    (128, "Echo (ping) request"),
    (129, "Echo (ping) reply"),
    (130, "Multicast Listener Query"),
    (131, "Multicast Listener Report"),
    (132, "Multicast Listener Done"),
    (133, "Router Solicitation"),
    (134, "Router Advertisement"),
    (135, "Neighbor Solicitation"),
    (136, "Neighbor Advertisement"),
    (137, "Redirect"),
    (138, "Router Renumbering"),
    (139, "Node Information Query"),
    (140, "Node Information Reply"),
    (141, "Inverse Neighbor Discovery Solicitation"),
    (142, "Inverse Neighbor Discovery Advertisement"),
    (143, "Multicast Listener Report Message v2"),
    (144, "Home Agent Address Discovery Request"),
    (145, "Home Agent Address Discovery Reply"),
    (146, "Mobile Prefix Solicitation"),
    (147, "Mobile Prefix Advertisement"),
    (148, "Certification Path Solicitation"),
    (149, "Certification Path Advertisement"),
    (150, "Experimental Mobility"),
    (151, "Multicast Router Advertisement"),
    (152, "Multicast Router Solicitation"),
    (153, "Multicast Router Termination"),
    (154, "FMIPv6"),
    (155, "RPL Control"),
    (156, "Locator Update"),
    (157, "Duplicate Address Request"),
    (158, "Duplicate Address Confirmation"),
    (159, "MPL Control Message"),
    (160, "Extended Echo request"),
    (161, "Extended Echo reply"),
    (200, "Private experimentation"),
    (201, "Private experimentation"),
    (255, "Reserved for expansion of ICMPv6 informational messages"),
];
static TYPE: FieldDef = FieldDef::uint("icmpv6.type", "Type", 8)
    .values(TYPE_NAMES)
    .about("What the message says: an error below 128, information from there on. RFC 4443, 2.1.");
static CODE: FieldDef =
    FieldDef::uint("icmpv6.code", "Code", 8).about("The type's finer meaning, such as why. RFC 4443, 2.1.");
static CHECKSUM: FieldDef = FieldDef::uint("icmpv6.checksum", "Checksum", 16)
    .hex()
    .about("Ones' complement sum over pseudo-header and message. RFC 4443, 2.3; RFC 8200, 8.1.");
static STATUS: FieldDef = checks::status_field("icmpv6.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("icmpv6.checksum_calculated");
/// Also told by the messages in the files of the folder.
static RESERVED: FieldDef = FieldDef::bytes("icmpv6.reserved", "Reserved")
    .about("Zero when sent, ignored when received. RFC 4443; RFC 4861.");
static LENGTH: FieldDef = FieldDef::uint("icmpv6.length", "Length of original datagram", 8)
    .about("Length of the quoted packet in units of 8 bytes, when extensions follow it. RFC 4884, 4.");
static CAUSE: FieldDef = FieldDef::uint("icmpv6.cause", "Caused by packet", 64)
    .about("The packet of this capture that the error answers: the newest one before it that is as quoted. Found by the reader, not sent. RFC 4443, 2.4.");
static MTU: FieldDef = FieldDef::uint("icmpv6.mtu", "MTU", 32)
    .about("Largest packet that the link takes on which this one was too big. RFC 4443, 3.2; RFC 8201.");
static POINTER: FieldDef = FieldDef::uint("icmpv6.pointer", "Pointer", 32)
    .about("The byte of the quoted packet at which the problem was found. RFC 4443, 3.4.");
static IDENT: FieldDef = FieldDef::uint("icmpv6.echo.identifier", "Identifier", 16)
    .hex()
    .about("Tells the requests of one program from those of another. RFC 4443, 4.1.");
static SEQ: FieldDef = FieldDef::uint("icmpv6.echo.sequence_number", "Sequence", 16)
    .about("Counts the requests, so that replies can be matched. RFC 4443, 4.1.");
static ECHO_SEQ: FieldDef = FieldDef::uint("icmpv6.ext.echo.seq", "Sequence number", 8)
    .about("Counts the extended requests, so that replies can be matched. RFC 8335, 2.");
static ECHO_RESERVED: FieldDef = FieldDef::uint("icmpv6.ext.echo.req.res", "Reserved", 8)
    .hex()
    .mask(0xfe)
    .about("Zero when sent, ignored when received. RFC 8335, 2.");
static ECHO_LOCAL: FieldDef = FieldDef::flag("icmpv6.ext.echo.req.local", "Local bit", 8, 0x01)
    .about("The interface asked about is the answering node's own. RFC 8335, 2.");
static ECHO_STATE: FieldDef = FieldDef::uint("icmpv6.ext.echo.rsp.state", "State", 8)
    .mask(0xe0)
    .values(names::NEIGHBOUR_STATES)
    .about("What the answering node's neighbour table says of the interface. RFC 8335, 3.");
static ECHO_RSP_RESERVED: FieldDef = FieldDef::uint("icmpv6.ext.echo.rsp.res", "Reserved", 8)
    .hex()
    .mask(0x18)
    .about("Zero when sent, ignored when received. RFC 8335, 3.");
static ECHO_ACTIVE: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.active", "Active bit", 8, 0x04)
    .about("The interface asked about is up. RFC 8335, 3.");
static ECHO_IPV4: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.ipv4", "IPv4 bit", 8, 0x02)
    .about("IPv4 runs on the interface asked about. RFC 8335, 3.");
static ECHO_IPV6: FieldDef = FieldDef::flag("icmpv6.ext.echo.rsp.ipv6", "IPv6 bit", 8, 0x01)
    .about("IPv6 runs on the interface asked about. RFC 8335, 3.");
static PADDING: FieldDef = FieldDef::bytes("wirepeel.icmpv6.quote_padding", "Padding of the quoted packet")
    .about("Zeros that fill the quoted packet up, so that extensions can follow. RFC 4884, 4.");
static BEHIND: FieldDef = FieldDef::bytes("wirepeel.icmpv6.quote_trailer", "Behind the quoted packet")
    .about("Bytes that the quoted packet's own length does not claim. RFC 4884, 5.");

static UNREACHABLE: &[&str] = &[
    "no route to destination",
    "Administratively prohibited",
    "Beyond scope of source address",
    "Address unreachable",
    "Port unreachable",
    "Source address failed ingress/egress policy",
    "Reject route to destination",
    "Error in Source Routing Header",
    "Headers too long",
];
static EXCEEDED: &[&str] = &["hop limit exceeded in transit", "fragment reassembly time exceeded"];
static PARAMETER: &[&str] = &[
    "erroneous header field encountered",
    "unrecognized Next Header type encountered",
    "unrecognized IPv6 option encountered",
    "IPv6 First Fragment has incomplete IPv6 Header Chain",
    "SR Upper-layer Header Error",
    "Unrecognized Next Header type encountered by intermediate node",
    "Extension header too big",
    "Extension header chain too long",
    "Too many extension headers",
    "Too many options in extension header",
    "Option too big",
];
static EXTENDED_REPLY: &[&str] = &[
    "No error",
    "Malformed query",
    "No such interface",
    "No such table entry",
    "Multiple interfaces satisfy query",
];

const NUMBER: u8 = 58;

/// Dissector of ICMPv6 messages.
pub struct Icmpv6;

impl Dissector for Icmpv6 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "icmpv6",
        label: "ICMPv6",
        title: "Internet Control Message Protocol v6",
        layer: Layer::Internet,
        spec: "RFC 4443",
        about: "Reports what went wrong with IPv6 packets, answers pings, finds neighbours and routers.",
        fields: &super::concat::<
            {
                OWN.len()
                    + listener::FIELDS.len()
                    + discovery::FIELDS.len()
                    + options::FIELDS.len()
                    + extensions::FIELDS.len()
            },
        >(&[OWN, listener::FIELDS, discovery::FIELDS, options::FIELDS, extensions::FIELDS]),
        trailer: Some(Trailer { padding: &PADDING, trailer: &BEHIND }),
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(NUMBER)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.uint(&TYPE, 0, 1);
        packet.uint(&CODE, 1, 1);
        let [message, code, _, _] = *packet.take::<4>("header")?;
        if let Some(name) = code_name(message, code) {
            packet.label(|text| {
                let _ = write!(text, "{name} ({code})");
            });
        }
        // A request and its reply share a flow: the request's type stands for both.
        let of_request = u16::from(request(message));
        packet.flow(NUMBER, of_request, of_request);
        let net = packet.net;
        let verifiable = net.present && !net.fragment && !packet.is_cut() && !packet.is_quoted();
        let checksum = Checksum {
            check: Check::Icmpv6,
            fields: [&CHECKSUM, &STATUS, &CALCULATED],
            at: 2,
            pseudo_header: Some(net.pseudo_header(NUMBER, packet.bytes().len() as u32)),
            covered: verifiable.then(|| packet.bytes()),
            ruled: None,
            unsent: false,
        };
        checks::tell(packet, &checksum);
        packet.info(|text| info(text, message, code));
        match message {
            kind::TYPE_DST_UNREACH..=kind::TYPE_PARAMETER_PROBLEM => error(packet, message, code),
            kind::TYPE_ECHO_REQUEST | kind::TYPE_ECHO_REPLY => echo(packet, message, code),
            kind::TYPE_EXT_ECHO_REQUEST | kind::TYPE_EXT_ECHO_REPLY => extended_echo(packet, message, code),
            130..=132 | 143 => listener::message(packet, message),
            133..=137 => discovery::message(packet, message),
            _ => {
                packet.next_rest(Claim::Data);
                Ok(())
            }
        }
    }
}

/// The type of the request that a message answers; its own for all others.
const fn request(message: u8) -> u8 {
    match message {
        kind::TYPE_ECHO_REPLY => kind::TYPE_ECHO_REQUEST,
        kind::TYPE_ROUTER_ADVERTISEMENT => kind::TYPE_ROUTER_SOLICITATION,
        kind::TYPE_NEIGHBOR_ADVERTISEMENT => kind::TYPE_NEIGHBOR_SOLICITATION,
        140 | 142 | 145 | 147 | 149 | 158 | 161 => message - 1,
        other => other,
    }
}

fn code_name(message: u8, code: u8) -> Option<&'static str> {
    let names = match message {
        1 => UNREACHABLE,
        3 => EXCEEDED,
        4 => PARAMETER,
        161 => EXTENDED_REPLY,
        _ => return None,
    };
    names.get(usize::from(code)).copied()
}

/// The message's name and, where its code says something, the code's.
pub(super) fn info(text: &mut String, message: u8, code: u8) {
    let _ = match TYPE_NAMES.iter().find(|row| row.0 == u64::from(message)) {
        Some((_, name)) => write!(text, "{name}"),
        None => write!(text, "Type {message}, code {code}"),
    };
    if let Some(name) = code_name(message, code) {
        let _ = write!(text, " ({name})");
    }
}

fn error<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    if let Some(error) = Undelivered::of(true, message, code) {
        packet.event(Event::Undelivered(error));
    }
    let [length, ..] = *packet.take::<4>("header")?;
    // RFC 4884 gives these two a length.
    let sized = matches!(message, kind::TYPE_DST_UNREACH | kind::TYPE_TIME_EXCEEDED);
    let length = if sized { length } else { 0 };
    match message {
        kind::TYPE_PACKET_TOO_BIG => packet.uint(&MTU, 4, 4),
        kind::TYPE_PARAMETER_PROBLEM => packet.uint(&POINTER, 4, 4),
        _ if length != 0 => {
            packet.uint(&LENGTH, 4, 1);
            packet.slice(&RESERVED, 5, 3);
        }
        _ => packet.slice(&RESERVED, 4, 4),
    }
    if let Some(cause) = packet.facts().cause {
        packet.generated(&CAUSE, Value::Uint(cause + 1));
    }
    let quoted = extensions::after_quote(packet, usize::from(length) * 8, sized);
    if quoted > 0 {
        packet.next_quoted(Claim::EtherType(0x86dd), 8, quoted);
    }
    Ok(())
}

fn echo<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    let [i0, i1, s0, s1] = *packet.take::<4>("identifier and sequence number")?;
    let (ident, seq) = (be16(i0, i1), be16(s0, s1));
    packet.uint(&IDENT, 4, 2);
    packet.uint(&SEQ, 6, 2);
    answered(packet, (message, code), ident, seq);
    packet.next_rest(Claim::Data);
    Ok(())
}

fn extended_echo<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    let [i0, i1, seq, _] = *packet.take::<4>("header")?;
    packet.uint(&IDENT, 4, 2);
    packet.uint(&ECHO_SEQ, 6, 1);
    let asks = message == kind::TYPE_EXT_ECHO_REQUEST;
    let parts: &[&'static FieldDef] = if asks {
        &[&ECHO_RESERVED, &ECHO_LOCAL]
    } else {
        &[&ECHO_STATE, &ECHO_RSP_RESERVED, &ECHO_ACTIVE, &ECHO_IPV4, &ECHO_IPV6]
    };
    for part in parts {
        packet.uint(part, 7, 1);
    }
    answered(packet, (message, code), be16(i0, i1), seq.into());
    if asks {
        extensions::tell(packet, 8);
    } else {
        packet.next_rest(Claim::Data);
    }
    Ok(())
}

fn answered<S: Sink>(packet: &mut Packet<'_, S>, (message, code): (u8, u8), ident: u16, seq: u16) {
    let hops = packet.net.hops;
    packet.info(|text| {
        info(text, message, code);
        let _ = write!(text, " id=0x{ident:04x}, seq={seq}, hop limit={hops}");
    });
    let asked = request(message);
    let key = u64::from(asked) << 32 | u64::from(ident) << 16 | u64::from(seq);
    packet.event(Event::Exchange { protocol: packet.id(), key, response: message != asked });
}

const OWN: &[&FieldDef] = &[
    &TYPE,
    &CODE,
    &CHECKSUM,
    &STATUS,
    &CALCULATED,
    &checks::ARITHMETIC,
    &checks::VERDICT,
    &RESERVED,
    &LENGTH,
    &CAUSE,
    &MTU,
    &POINTER,
    &IDENT,
    &SEQ,
    &ECHO_SEQ,
    &ECHO_RESERVED,
    &ECHO_LOCAL,
    &ECHO_STATE,
    &ECHO_RSP_RESERVED,
    &ECHO_ACTIVE,
    &ECHO_IPV4,
    &ECHO_IPV6,
    &PADDING,
    &BEHIND,
];
