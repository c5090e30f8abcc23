//! GPRS Tunnelling Protocol: user packets and control messages of version 1
//! (3GPP TS 29.281, 29.060) and 0 (GSM 09.60), GTP' (32.295), and the head of
//! version 2 control messages (29.274).

mod names;
mod session;
mod version2;

pub use version2::Version2;

use super::{be16, ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6, ppp::Ppp};
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Ports, Problem, Protocol, Sink, Stop,
    Value, value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef = FieldDef::uint("gtp.flags", "Flags", 8)
    .hex()
    .about("Version, which GTP it is, and which optional fields are there. 3GPP TS 29.281, 5.1.");
static VERSION: FieldDef = FieldDef::uint("gtp.flags.version", "Version", 8)
    .mask(0xe0)
    .values(&[(0, "GTP release 97/98 version"), (1, "GTP release 99 version"), (2, "GTPv2-C")])
    .about("Version of the protocol. 3GPP TS 29.281, 5.1.");
static PROTOCOL_TYPE: FieldDef = FieldDef::uint("gtp.flags.payload", "Protocol type", 8)
    .mask(0x10)
    .values(&[(0, "GTP'"), (1, "GTP")])
    .about("GTP, or GTP' that carries records for billing. 3GPP TS 29.281, 5.1.");
static RESERVED: FieldDef = FieldDef::uint("gtp.flags.reserved", "Reserved", 8)
    .mask(0x0e)
    .about("Sent as ones. GSM 09.60, 6; 3GPP TS 32.295, 6.1.1.");
static RESERVED_1: FieldDef = FieldDef::uint("gtp.flags.reserved", "Reserved", 8)
    .mask(0x08)
    .about("Zero when sent. 3GPP TS 29.281, 5.1.");
static FLAG_E: FieldDef = FieldDef::flag("gtp.flags.e", "Is Next Extension Header present?", 8, 0x04)
    .about("The type of the first extension header means something. 3GPP TS 29.281, 5.1.");
static FLAG_S: FieldDef = FieldDef::flag("gtp.flags.s", "Is Sequence Number present?", 8, 0x02)
    .about("The sequence number means something. 3GPP TS 29.281, 5.1.");
static FLAG_PN: FieldDef = FieldDef::flag("gtp.flags.pn", "Is N-PDU number present?", 8, 0x01)
    .about("The N-PDU number means something. 3GPP TS 29.281, 5.1.");
static FLAG_SNN: FieldDef = FieldDef::flag("gtp.flags.snn", "Is SNDCP N-PDU included?", 8, 0x01)
    .about("The SNDCP N-PDU number means something. GSM 09.60, 6.");
static SHORT_HEADER: FieldDef = FieldDef::flag("gtp.flags.hdr_length", "Header length", 8, 0x01)
    .values(&[(0, "20 bytes"), (1, "6 bytes")])
    .about("Version 0: whether the header is the long one of GTP. 3GPP TS 32.295, 6.1.1.");
static MESSAGE: FieldDef = FieldDef::uint("gtp.message", "Message Type", 8)
    .hex()
    .values(names::VERSION_1)
    .about("What the message says; 255 carries a user's packet. 3GPP TS 29.281, 6.1; 29.060, 7.1.");
static LENGTH: FieldDef = FieldDef::uint("gtp.length", "Length", 16)
    .about("Bytes behind the part of the header that is always there. 3GPP TS 29.281, 5.1.");
static TEID: FieldDef = FieldDef::uint("gtp.teid", "TEID", 32)
    .hex()
    .about("Tunnel endpoint identifier: which tunnel of the receiver it is for. 3GPP TS 29.281, 5.1.");
static SEQUENCE: FieldDef = FieldDef::uint("gtp.seq_number", "Sequence number", 16)
    .hex()
    .about("Ties a response to its request, or keeps packets in order. 3GPP TS 29.281, 5.1.");
static NPDU: FieldDef = FieldDef::uint("gtp.npdu_number", "N-PDU Number", 8)
    .hex()
    .about("Number of the user's packet, used when a station moves. 3GPP TS 29.281, 5.1.");
static NEXT: FieldDef = FieldDef::uint("gtp.ext_hdr.next", "Next extension header type", 8)
    .hex()
    .values(&[
        (0x00, "No more extension headers"),
        (0x01, "MBMS support indication"),
        (0x02, "MS Info Change Reporting support indication"),
        (0x03, "Long PDCP PDU Number"),
        (0x20, "Service Class Indicator"),
        (0x40, "UDP Port number"),
        (0x81, "RAN container"),
        (0x82, "Long PDCP PDU number"),
        (0x83, "Xw RAN container"),
        (0x84, "NR RAN container"),
        (0x85, "PDU Session container"),
        (0xc0, "PDCP PDU number"),
        (0xc1, "Suspend Request"),
        (0xc2, "Suspend Response"),
    ])
    .about("What the next extension header is; 0 for none. 3GPP TS 29.281, 5.2.1.");
static EXTENSION: FieldDef = FieldDef::group("gtp.ext_hdr", "Extension header")
    .about("One extension header: length, content, type of the next. 3GPP TS 29.281, 5.2.");
static EXTENSION_LENGTH: FieldDef = FieldDef::uint("gtp.ext_hdr.length", "Extension Header Length", 8)
    .about("Length of this extension header in units of 4 bytes. 3GPP TS 29.281, 5.2.1.");
static UDP_PORT: FieldDef = FieldDef::uint("gtp.ext_hdr.udp_port", "UDP Port", 16)
    .about("Source port of the packet that an error is about. 3GPP TS 29.281, 5.2.2.1.");
static PDCP: FieldDef = FieldDef::uint("gtp.ext_hdr.pdcp_sn", "PDCP Sequence Number", 16)
    .about("Number of the user's packet on the radio link. 3GPP TS 29.281, 5.2.2.2.");
static CONTENT: FieldDef = FieldDef::bytes("gtp.ext_hdr.spare_bytes", "Content")
    .about("What is in an extension header that wirepeel does not take apart. 3GPP TS 29.281, 5.2.");
static FLOW_LABEL: FieldDef = FieldDef::uint("gtp.flow_label", "Flow label", 16)
    .hex()
    .about("Version 0: which flow of the receiver it is for. GSM 09.60, 6.");
static SNDCP: FieldDef = FieldDef::uint("gtp.sndcp_number", "SNDCP N-PDU LLC Number", 8)
    .hex()
    .about("Version 0: number of the user's packet, used when a station moves. GSM 09.60, 6.");
static TID: FieldDef = FieldDef::text("gtp.tid", "TID")
    .about("Version 0: the subscriber's number and which of its tunnels it is. GSM 09.60, 6.");

const OWN: &[&FieldDef] = &[
    &FLAGS,
    &VERSION,
    &PROTOCOL_TYPE,
    &RESERVED,
    &RESERVED_1,
    &FLAG_E,
    &FLAG_S,
    &FLAG_PN,
    &FLAG_SNN,
    &SHORT_HEADER,
    &MESSAGE,
    &LENGTH,
    &TEID,
    &SEQUENCE,
    &NPDU,
    &NEXT,
    &EXTENSION,
    &EXTENSION_LENGTH,
    &UDP_PORT,
    &PDCP,
    &CONTENT,
    &FLOW_LABEL,
    &SNDCP,
    &TID,
];
const FIELDS: &[&FieldDef] = &super::concat::<{ OWN.len() + session::FIELDS.len() }>(&[OWN, session::FIELDS]);

/// The message that carries a user's packet.
const T_PDU: u8 = 255;

/// Dissector of GTP, control and user plane.
pub struct Gtp;

impl Dissector for Gtp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "gtp",
        label: "GTP",
        title: "GPRS Tunneling Protocol",
        layer: Layer::Internet,
        spec: "3GPP TS 29.281",
        about: "A tunnel: carries the packets of mobile stations through the operator's network.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::Udp(2152), Binding::Udp(2123), Binding::Tcp(2152), Binding::Tcp(2123)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        match packet.read(0, 1) {
            Some(flags) if flags >> 5 == 2 => Err(Stop::Instead(Version2::PROTOCOL)),
            _ => message(packet),
        }
    }
}

/// Dissector of GTP'.
pub struct Prime;

impl Dissector for Prime {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "gtpprime",
        label: "GTP'",
        title: "GPRS Tunneling Protocol Prime",
        layer: Layer::Application,
        spec: "3GPP TS 32.295",
        about: "Carries records of what mobile stations used to where bills are made.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(3386), Binding::Tcp(3386)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        // Version 0 of GTP itself has the same port.
        match packet.read(0, 1) {
            Some(flags) if flags & 0x10 != 0 && flags >> 5 < 2 => Err(Stop::Instead(Gtp::PROTOCOL)),
            _ => message(packet),
        }
    }
}

fn message<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let Some([flags, kind, ..]) = packet.bytes().first_chunk::<4>() else { return Err(Stop::Declined) };
    let (flags, kind, version) = (*flags, *kind, flags >> 5);
    let plain = flags & 0x10 != 0;
    // Messages of type 0 are none.
    if version > 2 || (plain && version == 2) || kind == 0 {
        return Err(Stop::Declined);
    }
    let [_, _, l0, l1] = *packet.take::<4>("header")?;
    let length = usize::from(be16(l0, l1));
    // What the length leaves out.
    let fixed = match (plain, version) {
        (true, 0) => 20,
        (true, _) => 8,
        (false, 0) if flags & 1 == 0 => 20,
        (false, _) => 6,
    };
    let (total, here) = (fixed + length, packet.claimed());
    let stream = packet.carrier() == Some(Ports::Tcp);
    let name = value_name(&MESSAGE, kind.into());
    packet.label(|text| {
        text.push_str(name.unwrap_or("unknown message"));
        if stream && total > here {
            let _ = write!(text, " (continues in the next segment; here are {here} of {})", Bytes(total));
        }
    });
    tell_flags(packet, version, plain);
    packet.uint(&MESSAGE, 1, 1);
    packet.uint(&LENGTH, 2, 2);
    packet.info(|text| match name {
        Some(name) => text.push_str(name),
        None => {
            let _ = write!(text, "Unknown message 0x{kind:02x}");
        }
    });
    if stream {
        packet.next_message(total);
        packet.goes_on(total);
    } else {
        limit(packet, total);
    }
    match fixed {
        20 => version_0(packet)?,
        8 => version_1(packet, flags)?,
        _ => {
            packet.take::<2>("sequence number")?;
            packet.uint(&SEQUENCE, 4, 2);
        }
    }
    if packet.claimed() > packet.at() {
        let claim =
            if kind == T_PDU { user(packet.rest(), packet.claimed() - packet.at()) } else { Claim::Data };
        packet.next_rest(claim);
    }
    Ok(())
}

fn tell_flags<S: Sink>(packet: &mut Packet<'_, S>, version: u8, plain: bool) {
    packet.uint_group(&FLAGS, 0, 1);
    packet.uint(&VERSION, 0, 1);
    packet.uint(&PROTOCOL_TYPE, 0, 1);
    let rest: &[&'static FieldDef] = match (plain, version) {
        (true, 0) => &[&RESERVED, &FLAG_SNN],
        (true, _) => &[&RESERVED_1, &FLAG_E, &FLAG_S, &FLAG_PN],
        (false, _) => &[&RESERVED, &SHORT_HEADER],
    };
    for part in rest {
        packet.uint(part, 0, 1);
    }
    packet.end_group();
}

fn limit<S: Sink>(packet: &mut Packet<'_, S>, total: usize) {
    let claimed = packet.claimed();
    if total > claimed && !packet.net.fragment {
        packet.problem(Problem::Length, 2, 2, |text| {
            let _ = write!(text, "GTP needs {total} bytes with its length, here are {}", Bytes(claimed));
        });
    }
    packet.limit(total);
}

fn version_0<S: Sink>(packet: &mut Packet<'_, S>) -> Result<(), Stop> {
    let [_, _, _, _, _, _, _, _, tid @ ..] = *packet.take::<16>("header")?;
    packet.uint(&SEQUENCE, 4, 2);
    packet.uint(&FLOW_LABEL, 6, 2);
    packet.uint(&SNDCP, 8, 1);
    if S::DETAIL {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('?');
        let digits: String = tid.iter().flat_map(|byte| [digit(byte & 0x0f), digit(byte >> 4)]).collect();
        packet.field(&TID, 12, 8, Value::Bytes(digits.as_bytes()));
    }
    Ok(())
}

fn version_1<S: Sink>(packet: &mut Packet<'_, S>, flags: u8) -> Result<(), Stop> {
    packet.take::<4>("tunnel endpoint identifier")?;
    packet.uint(&TEID, 4, 4);
    if flags & 0x07 == 0 {
        return Ok(());
    }
    // One of the three flags brings all three fields.
    let [_, _, _, next] = *packet.take::<4>("optional fields")?;
    if flags & 0x02 != 0 {
        packet.uint(&SEQUENCE, 8, 2);
    }
    if flags & 0x01 != 0 {
        packet.uint(&NPDU, 10, 1);
    }
    if flags & 0x04 == 0 {
        return Ok(());
    }
    packet.uint(&NEXT, 11, 1);
    extensions(packet, next)
}

/// Takes the chain of extension headers; each is 4 bytes at the least.
fn extensions<S: Sink>(packet: &mut Packet<'_, S>, first: u8) -> Result<(), Stop> {
    let mut kind = first;
    while kind != 0 {
        let at = packet.at();
        let [units] = *packet.take::<1>("extension header")?;
        let length = usize::from(units) * 4;
        if length == 0 {
            return Err(packet.malformed("an extension header of no length"));
        }
        packet.skip(length - 1, "extension header")?;
        packet.group(&EXTENSION, at, length);
        packet.label(|text| {
            let _ = match value_name(&NEXT, kind.into()) {
                Some(name) => write!(text, "({name})"),
                None => write!(text, "(0x{kind:02x})"),
            };
        });
        packet.uint(&EXTENSION_LENGTH, at, 1);
        match kind {
            0x40 => packet.uint(&UDP_PORT, at + 1, 2),
            0xc0 => packet.uint(&PDCP, at + 1, 2),
            0x85 => session::tell(packet, at + 1, at + length - 1),
            _ => packet.slice(&CONTENT, at + 1, length - 2),
        }
        packet.uint(&NEXT, at + length - 1, 1);
        packet.end_group();
        kind = packet.read(at + length - 1, 1).unwrap_or(0) as u8;
    }
    Ok(())
}

/// What a user's packet of `length` bytes is: the tunnel's ends know, here its look
/// must do. A station's address may begin as an IP header does.
fn user(bytes: &[u8], length: usize) -> Claim {
    let frame = is_frame(bytes);
    match *bytes {
        [0x45..=0x4e, _, l0, l1, ..] if !frame || usize::from(be16(l0, l1)) == length => {
            Claim::Protocol(Ipv4::PROTOCOL)
        }
        [0x60..=0x6f, _, _, _, l0, l1, ..] if !frame || usize::from(be16(l0, l1)) + 40 == length => {
            Claim::Protocol(Ipv6::PROTOCOL)
        }
        [0xff, 0x03, ..] => Claim::Protocol(Ppp::PROTOCOL),
        _ if frame => Claim::Protocol(Ethernet::PROTOCOL),
        [0x45..=0x4e, ..] => Claim::Protocol(Ipv4::PROTOCOL),
        [0x60..=0x6f, ..] => Claim::Protocol(Ipv6::PROTOCOL),
        _ => Claim::Data,
    }
}

/// A frame of a session that carries Ethernet (3GPP TS 29.281, 4.2.5; 23.501, 5.6.10.2):
/// a sender that is no group, and IPv4, IPv6 or ARP behind the type and up to two tags.
fn is_frame(bytes: &[u8]) -> bool {
    let Some(([_, _, _, _, _, _, sender, ..], mut rest)) = bytes.split_first_chunk::<12>() else {
        return false;
    };
    for _ in 0..2 {
        match rest {
            [0x81, 0x00, _, _, inner @ ..] | [0x88, 0xa8, _, _, inner @ ..] => rest = inner,
            _ => break,
        }
    }
    let typed = matches!(
        rest,
        [0x08, 0x00, 0x45..=0x4f, ..] | [0x86, 0xdd, 0x60..=0x6f, ..] | [0x08, 0x06, 0, 1, 8, 0, 6, 4, ..]
    );
    typed && sender & 1 == 0
}
