//! ICMP (RFC 792) with router discovery, extended echo and extensions.

pub(super) mod extensions;
pub(super) mod names;

use super::be16;
use crate::decode::{
    Binding, Check, Claim, Dissector, Event, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink,
    Trailer, Undelivered, Value,
    checks::{self, Checksum},
};
use etherparse::icmpv4 as kind;
use std::fmt::Write as _;

static TYPE: FieldDef = FieldDef::uint("icmp.type", "Type", 8)
    .values(names::TYPES)
    .about("What the message says; the codes and the rest depend on it. RFC 792.");
static CODE: FieldDef =
    FieldDef::uint("icmp.code", "Code", 8).about("The type's finer meaning, such as why. RFC 792.");
static CHECKSUM: FieldDef = FieldDef::uint("icmp.checksum", "Checksum", 16)
    .hex()
    .about("Ones' complement sum over the whole message, without pseudo-header. RFC 792; RFC 1071.");
static STATUS: FieldDef = checks::status_field("icmp.checksum.status");
static CALCULATED: FieldDef = checks::calculated_field("icmp.checksum_calculated");
static UNUSED: FieldDef =
    FieldDef::bytes("icmp.unused", "Unused").about("Zero: nothing is said here. RFC 792.");
static IDENT: FieldDef = FieldDef::uint("icmp.ident", "Identifier (BE)", 16).about(
    "Tells the requests of one program from those of another; read big-endian, as specified. RFC 792.",
);
static IDENT_LE: FieldDef = FieldDef::uint("icmp.ident_le", "Identifier (LE)", 16)
    .about("The identifier as senders mean it that write it in little-endian order. RFC 792.");
static SEQ: FieldDef = FieldDef::uint("icmp.seq", "Sequence Number (BE)", 16)
    .about("Counts the requests, so that replies can be matched; read big-endian, as specified. RFC 792.");
static SEQ_LE: FieldDef = FieldDef::uint("icmp.seq_le", "Sequence Number (LE)", 16)
    .about("The sequence number as senders mean it that write it in little-endian order. RFC 792.");
static CAUSE: FieldDef = FieldDef::uint("icmp.cause", "Caused by packet", 64)
    .about("The packet of this capture that the error answers: the newest one before it that is as quoted. Found by the reader, not sent. RFC 792.");
static MTU: FieldDef = FieldDef::uint("icmp.mtu", "MTU of next hop", 16).about(
    "Largest packet that the link takes on which this one was too big; 0 from old routers. RFC 1191, 4.",
);
static POINTER: FieldDef = FieldDef::uint("icmp.pointer", "Pointer", 8)
    .about("The byte of the quoted header at which the problem was found. RFC 792.");
static REDIRECT: FieldDef = FieldDef::ipv4("icmp.redir_gw", "Gateway Address")
    .about("The router that packets to this destination should be sent to instead. RFC 792.");
static LENGTH: FieldDef = FieldDef::uint("icmp.length", "Length", 8)
    .about("Length of the quoted packet in units of 4 bytes, when extensions follow it. RFC 4884, 4.");
static QUOTE_LENGTH: FieldDef =
    FieldDef::uint("icmp.length.original_datagram", "Length of original datagram", 8)
        .about("The same in bytes. RFC 4884, 4.");
static NUM_ADDRS: FieldDef = FieldDef::uint("icmp.num_addrs", "Number of addresses", 8)
    .about("How many router addresses follow. RFC 1256, 3.");
static ENTRY_SIZE: FieldDef = FieldDef::uint("icmp.addr_entry_size", "Address entry size", 8)
    .about("Length of each entry in units of 4 bytes: 2. RFC 1256, 3.");
static LIFETIME: FieldDef = FieldDef::uint("icmp.lifetime", "Lifetime", 16)
    .about("Seconds for which the addresses may be believed. RFC 1256, 3.");
static ROUTER: FieldDef = FieldDef::ipv4("icmp.router_address", "Router address")
    .about("An address of the router that sends this. RFC 1256, 3.");
static PREFERENCE: FieldDef = FieldDef::int("icmp.pref_level", "Preference level", 32)
    .about("How much this address is preferred as default router; higher is more. RFC 1256, 3.");
static ORIGINATE: FieldDef = FieldDef::uint("icmp.originate_timestamp", "Originate Timestamp", 32)
    .about("When the sender last touched the request: milliseconds since midnight UTC. RFC 792.");
static RECEIVE: FieldDef = FieldDef::uint("icmp.receive_timestamp", "Receive Timestamp", 32)
    .about("When the echoer first touched it: milliseconds since midnight UTC. RFC 792.");
static TRANSMIT: FieldDef = FieldDef::uint("icmp.transmit_timestamp", "Transmit Timestamp", 32)
    .about("When the echoer sent it back: milliseconds since midnight UTC. RFC 792.");
static ADDRESS_MASK: FieldDef = FieldDef::ipv4("icmp.address_mask", "Address Mask")
    .about("Subnet mask of the link, as bits of an address. RFC 950, appendix I.");
static ECHO_SEQ: FieldDef = FieldDef::uint("icmp.ext.echo.seq", "Sequence Number", 8)
    .about("Counts the extended requests, so that replies can be matched. RFC 8335, 2.");
static ECHO_RESERVED: FieldDef = FieldDef::uint("icmp.ext.echo.req.res", "Reserved", 8)
    .hex()
    .mask(0xfe)
    .about("Zero when sent, ignored when received. RFC 8335, 2.");
static ECHO_LOCAL: FieldDef = FieldDef::flag("icmp.ext.echo.req.local", "Local bit", 8, 0x01)
    .about("The interface asked about is the answering node's own. RFC 8335, 2.");
static ECHO_STATE: FieldDef = FieldDef::uint("icmp.ext.echo.rsp.state", "State", 8)
    .mask(0xe0)
    .values(names::NEIGHBOUR_STATES)
    .about("What the answering node's neighbour table says of the interface. RFC 8335, 3.");
static ECHO_RSP_RESERVED: FieldDef = FieldDef::uint("icmp.ext.echo.rsp.res", "Reserved", 8)
    .hex()
    .mask(0x18)
    .about("Zero when sent, ignored when received. RFC 8335, 3.");
static ECHO_ACTIVE: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.active", "Active bit", 8, 0x04)
    .about("The interface asked about is up. RFC 8335, 3.");
static ECHO_IPV4: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.ipv4", "IPv4 bit", 8, 0x02)
    .about("IPv4 runs on the interface asked about. RFC 8335, 3.");
static ECHO_IPV6: FieldDef = FieldDef::flag("icmp.ext.echo.rsp.ipv6", "IPv6 bit", 8, 0x01)
    .about("IPv6 runs on the interface asked about. RFC 8335, 3.");
static PADDING: FieldDef = FieldDef::bytes("wirepeel.icmp.quote_padding", "Padding of the quoted packet")
    .about("Zeros that fill the quoted packet up, so that extensions can follow. RFC 4884, 4.");
static BEHIND: FieldDef = FieldDef::bytes("wirepeel.icmp.quote_trailer", "Behind the quoted packet")
    .about("Bytes that the quoted packet's own length does not claim. RFC 4884, 5.");

const NUMBER: u8 = 1;
/// Extended echo request and reply (RFC 8335).
const EXTENDED_REQUEST: u8 = 42;
const EXTENDED_REPLY: u8 = 43;

const OWN: &[&FieldDef] = &[
    &TYPE,
    &CODE,
    &CHECKSUM,
    &STATUS,
    &CALCULATED,
    &checks::ARITHMETIC,
    &checks::VERDICT,
    &UNUSED,
    &IDENT,
    &IDENT_LE,
    &SEQ,
    &SEQ_LE,
    &CAUSE,
    &MTU,
    &POINTER,
    &REDIRECT,
    &LENGTH,
    &QUOTE_LENGTH,
    &NUM_ADDRS,
    &ENTRY_SIZE,
    &LIFETIME,
    &ROUTER,
    &PREFERENCE,
    &ORIGINATE,
    &RECEIVE,
    &TRANSMIT,
    &ADDRESS_MASK,
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

/// Dissector of ICMP messages.
pub struct Icmp;

impl Dissector for Icmp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "icmp",
        label: "ICMP",
        title: "Internet Control Message Protocol",
        layer: Layer::Internet,
        spec: "RFC 792",
        about: "Reports what went wrong with IPv4 packets on their way, and answers pings.",
        fields: &super::concat::<{ OWN.len() + extensions::FIELDS.len() }>(&[OWN, extensions::FIELDS]),
        trailer: Some(Trailer { padding: &PADDING, trailer: &BEHIND }),
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(NUMBER)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.uint(&TYPE, 0, 1);
        packet.uint(&CODE, 1, 1);
        let [message, code, _, _] = *packet.take::<4>("header")?;
        if let Some(name) = names::code(message, code) {
            packet.label(|text| {
                let _ = write!(text, "{name} ({code})");
            });
        }
        // An echo and its reply share a flow: the request's type stands for both.
        let of_request = u16::from(request(message));
        packet.flow(NUMBER, of_request, of_request);
        let verifiable = !packet.net.fragment && !packet.is_cut() && !packet.is_quoted();
        let checksum = Checksum {
            check: Check::Icmp,
            fields: [&CHECKSUM, &STATUS, &CALCULATED],
            at: 2,
            pseudo_header: None,
            covered: verifiable.then(|| packet.bytes()),
            ruled: None,
            unsent: false,
        };
        checks::tell(packet, &checksum);
        packet.info(|text| names::info(text, message, code));
        body(packet, message, code)
    }
}

/// The type of the request that a message answers; its own for all others.
const fn request(message: u8) -> u8 {
    match message {
        kind::TYPE_ECHO_REPLY => kind::TYPE_ECHO_REQUEST,
        kind::TYPE_TIMESTAMP_REPLY => kind::TYPE_TIMESTAMP,
        kind::TYPE_INFO_REPLY => kind::TYPE_INFO_REQUEST,
        kind::TYPE_ADDRESSREPLY => kind::TYPE_ADDRESS,
        kind::TYPE_ROUTER_ADVERTISEMENT => kind::TYPE_ROUTER_SOLICITATION,
        EXTENDED_REPLY => EXTENDED_REQUEST,
        other => other,
    }
}

fn body<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    match message {
        kind::TYPE_ECHO_REPLY | kind::TYPE_ECHO_REQUEST => {
            identified(packet, message, code)?;
            packet.next_rest(Claim::Data);
        }
        kind::TYPE_INFO_REQUEST | kind::TYPE_INFO_REPLY => identified(packet, message, code)?,
        kind::TYPE_TIMESTAMP | kind::TYPE_TIMESTAMP_REPLY => {
            identified(packet, message, code)?;
            packet.skip(12, "timestamps")?;
            for (field, at) in [(&ORIGINATE, 8), (&RECEIVE, 12), (&TRANSMIT, 16)] {
                packet.uint(field, at, 4);
                let value = packet.read(at, 4).unwrap_or(0);
                packet.label(|text| names::time_of_day(text, value as u32));
            }
        }
        kind::TYPE_ADDRESS | kind::TYPE_ADDRESSREPLY => {
            identified(packet, message, code)?;
            packet.skip(4, "address mask")?;
            packet.slice(&ADDRESS_MASK, 8, 4);
        }
        kind::TYPE_DEST_UNREACH
        | kind::TYPE_SOURCE_QUENCH
        | kind::TYPE_REDIRECT
        | kind::TYPE_TIME_EXCEEDED
        | kind::TYPE_PARAMETER_PROBLEM => error(packet, message, code)?,
        kind::TYPE_ROUTER_ADVERTISEMENT => routers(packet)?,
        kind::TYPE_ROUTER_SOLICITATION => {
            packet.slice(&UNUSED, 4, 4);
        }
        EXTENDED_REQUEST | EXTENDED_REPLY => extended_echo(packet, message, code)?,
        _ => packet.next_rest(Claim::Data),
    }
    Ok(())
}

/// Identifier and sequence number, by which a reply finds its request.
fn identified<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    let [i0, i1, s0, s1] = *packet.take::<4>("identifier and sequence number")?;
    let (ident, seq) = (be16(i0, i1), be16(s0, s1));
    hexadecimal(packet, &IDENT, 4, ident);
    hexadecimal(packet, &IDENT_LE, 4, ident.swap_bytes());
    hexadecimal(packet, &SEQ, 6, seq);
    hexadecimal(packet, &SEQ_LE, 6, seq.swap_bytes());
    let ttl = packet.net.hops;
    packet.info(|text| {
        names::info(text, message, code);
        let _ = write!(text, " id=0x{ident:04x}, seq={seq}/{}, ttl={ttl}", seq.swap_bytes());
    });
    exchange(packet, message, ident, seq);
    Ok(())
}

fn exchange<S: Sink>(packet: &mut Packet<'_, S>, message: u8, ident: u16, seq: u16) {
    let asked = request(message);
    let key = u64::from(asked) << 32 | u64::from(ident) << 16 | u64::from(seq);
    packet.event(Event::Exchange { protocol: packet.id(), key, response: message != asked });
}

fn hexadecimal<S: Sink>(packet: &mut Packet<'_, S>, field: &'static FieldDef, at: usize, value: u16) {
    packet.field(field, at, 2, Value::Uint(value.into()));
    packet.label(|text| {
        let _ = write!(text, "{value} (0x{value:04x})");
    });
}

fn error<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    if let Some(error) = Undelivered::of(false, message, code) {
        packet.event(Event::Undelivered(error));
    }
    let [first, length, ..] = *packet.take::<4>("header")?;
    // RFC 4884 gives these three types a length; elsewhere the byte is unused.
    let sized =
        matches!(message, kind::TYPE_DEST_UNREACH | kind::TYPE_TIME_EXCEEDED | kind::TYPE_PARAMETER_PROBLEM);
    let length = if sized { length } else { 0 };
    match (message, code) {
        (kind::TYPE_REDIRECT, _) => packet.slice(&REDIRECT, 4, 4),
        (kind::TYPE_PARAMETER_PROBLEM, _) => {
            packet.uint(&POINTER, 4, 1);
            told_length(packet, length);
            packet.slice(&UNUSED, if length == 0 { 5 } else { 6 }, if length == 0 { 3 } else { 2 });
            packet.info(|text| {
                names::info(text, message, code);
                let _ = write!(text, ", pointer {first}");
            });
        }
        (kind::TYPE_DEST_UNREACH, kind::CODE_DST_UNREACH_NEED_FRAG) => {
            packet.slice(&UNUSED, 4, if length == 0 { 2 } else { 1 });
            told_length(packet, length);
            packet.uint(&MTU, 6, 2);
        }
        _ if length != 0 => {
            packet.slice(&UNUSED, 4, 1);
            told_length(packet, length);
            packet.slice(&UNUSED, 6, 2);
        }
        _ => packet.slice(&UNUSED, 4, 4),
    }
    if let Some(cause) = packet.facts().cause {
        packet.generated(&CAUSE, Value::Uint(cause + 1));
    }
    let quoted = extensions::after_quote(packet, usize::from(length) * 4, sized);
    if quoted > 0 {
        packet.next_quoted(Claim::EtherType(0x0800), 8, quoted);
    }
    Ok(())
}

fn told_length<S: Sink>(packet: &mut Packet<'_, S>, length: u8) {
    if length != 0 {
        packet.uint(&LENGTH, 5, 1);
        packet.generated(&QUOTE_LENGTH, Value::Uint(u64::from(length) * 4));
    }
}

fn routers<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let [count, size, ..] = *packet.take::<4>("header")?;
    packet.uint(&NUM_ADDRS, 4, 1);
    packet.uint(&ENTRY_SIZE, 5, 1);
    packet.uint(&LIFETIME, 6, 2);
    if size < 2 {
        packet.problem(Problem::Malformed, 5, 1, |text| {
            let _ = write!(text, "ICMP router advertisement has entries of {size} words; 2 are needed");
        });
        return Ok(());
    }
    for _ in 0..count {
        let at = packet.at();
        packet.skip(usize::from(size) * 4, "router address")?;
        packet.slice(&ROUTER, at, 4);
        let level = packet.read(at + 4, 4).unwrap_or(0) as u32 as i32;
        packet.field(&PREFERENCE, at + 4, 4, Value::Int(level.into()));
    }
    packet.next_rest(Claim::Data);
    Ok(())
}

fn extended_echo<S: Sink>(packet: &mut Packet<'_, S>, message: u8, code: u8) -> Outcome {
    let [i0, i1, seq, _] = *packet.take::<4>("header")?;
    let ident = be16(i0, i1);
    hexadecimal(packet, &IDENT, 4, ident);
    hexadecimal(packet, &IDENT_LE, 4, ident.swap_bytes());
    packet.uint(&ECHO_SEQ, 6, 1);
    let parts: &[&'static FieldDef] = if message == EXTENDED_REQUEST {
        &[&ECHO_RESERVED, &ECHO_LOCAL]
    } else {
        &[&ECHO_STATE, &ECHO_RSP_RESERVED, &ECHO_ACTIVE, &ECHO_IPV4, &ECHO_IPV6]
    };
    for part in parts {
        packet.uint(part, 7, 1);
    }
    let ttl = packet.net.hops;
    packet.info(|text| {
        names::info(text, message, code);
        let _ = write!(text, " id=0x{ident:04x}, seq={seq}, ttl={ttl}");
    });
    exchange(packet, message, ident, seq.into());
    if message == EXTENDED_REQUEST {
        extensions::tell(packet, 8);
    } else {
        packet.next_rest(Claim::Data);
    }
    Ok(())
}
