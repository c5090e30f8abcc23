//! IPv6 routing headers (RFC 8200, 4.4): types 0, 2, 3 and 4.

use super::{claim, options};
use crate::decode::proto::ipv4::PROTOCOL_NAMES;
use crate::decode::{Binding, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value};
use std::fmt::Write as _;
use std::net::Ipv6Addr;

static NXT: FieldDef = FieldDef::uint("ipv6.routing.nxt", "Next Header", 8)
    .values(PROTOCOL_NAMES)
    .about("What follows this header. RFC 8200, 4.4.");
static LEN: FieldDef = FieldDef::uint("ipv6.routing.len", "Length", 8)
    .about("Length of this header in units of 8 bytes, not counting the first 8. RFC 8200, 4.4.");
static LEN_OCT: FieldDef = FieldDef::uint("ipv6.routing.len_oct", "Length in bytes", 16)
    .about("Length of this header in bytes. RFC 8200, 4.4.");
static TYPE: FieldDef = FieldDef::uint("ipv6.routing.type", "Type", 8)
    .values(&[
        (0, "Source Route"),
        (1, "Nimrod"),
        (2, "Type 2 Routing"),
        (3, "RPL Source Route"),
        (4, "Segment Routing"),
        (5, "Compact Routing Header 16"),
        (6, "Compact Routing Header 32"),
        (253, "Experiment 1"),
        (254, "Experiment 2"),
    ])
    .about("Which kind of routing header this is. RFC 8200, 4.4.");
static SEGLEFT: FieldDef = FieldDef::uint("ipv6.routing.segleft", "Segments Left", 8)
    .about("Stops that the packet still has to make before its final destination. RFC 8200, 4.4.");
static DATA: FieldDef = FieldDef::bytes("ipv6.routing.unknown_data", "Type-Specific Data")
    .about("The rest of a routing header whose type wirepeel does not take apart. RFC 8200, 4.4.");
static SOURCE_RESERVED: FieldDef = FieldDef::bytes("ipv6.routing.src.reserved", "Reserved")
    .about("Zero when sent, ignored when received. RFC 2460, 4.4.");
static SOURCE_ADDR: FieldDef = FieldDef::ipv6("ipv6.routing.src.addr", "Address")
    .about("A stop of the route; type 0 is forbidden since it lets packets circle. RFC 2460, 4.4; RFC 5095.");
static MOBILE_RESERVED: FieldDef = FieldDef::bytes("ipv6.routing.mipv6.reserved", "Reserved")
    .about("Zero when sent, ignored when received. RFC 6275, 6.4.1.");
static MOBILE_HOME: FieldDef = FieldDef::ipv6("ipv6.routing.mipv6.home_address", "Home Address")
    .about("The mobile receiver's address at home: the packet's real destination. RFC 6275, 6.4.1.");
static RPL_CMPRI: FieldDef =
    FieldDef::uint("ipv6.routing.rpl.cmprI", "Compressed Internal Octets (CmprI)", 32)
        .mask(0xf000_0000)
        .about(
            "First bytes left out of every address but the last; they equal the destination's. RFC 6554, 3.",
        );
static RPL_CMPRE: FieldDef = FieldDef::uint("ipv6.routing.rpl.cmprE", "Compressed Final Octets (CmprE)", 32)
    .mask(0x0f00_0000)
    .about("First bytes left out of the last address. RFC 6554, 3.");
static RPL_PAD: FieldDef = FieldDef::uint("ipv6.routing.rpl.pad", "Padding Bytes", 32)
    .mask(0x00f0_0000)
    .about("Bytes behind the last address that fill the header up. RFC 6554, 3.");
static RPL_RESERVED: FieldDef = FieldDef::uint("ipv6.routing.rpl.reserved", "Reserved", 32)
    .mask(0x000f_ffff)
    .about("Zero when sent, ignored when received. RFC 6554, 3.");
static RPL_COUNT: FieldDef = FieldDef::int("ipv6.routing.rpl.addr_count", "Total Address Count", 32)
    .about("How many addresses the header holds, computed from its length. RFC 6554, 4.2.");
static RPL_ADDRESS: FieldDef = FieldDef::bytes("ipv6.routing.rpl.address", "Address")
    .about("The part of a stop's address that was not left out. RFC 6554, 3.");
static RPL_FULL: FieldDef = FieldDef::ipv6("ipv6.routing.rpl.full_address", "Full Address")
    .about("The stop's whole address, with what was left out put back. RFC 6554, 3.");
static SRH_LAST: FieldDef = FieldDef::uint("ipv6.routing.srh.last_entry", "Last Entry", 8)
    .about("Place of the segment list's last entry, counted from 0. RFC 8754, 2.");
static SRH_FLAGS: FieldDef = FieldDef::uint("ipv6.routing.srh.flags", "Flags", 8)
    .hex()
    .about("Zero: no flag is defined. RFC 8754, 2.");
static SRH_TAG: FieldDef = FieldDef::bytes("ipv6.routing.srh.tag", "Tag")
    .about("Marks packets of one class or group; 0 when unused. RFC 8754, 2.");
static SRH_ADDR: FieldDef = FieldDef::ipv6("ipv6.routing.srh.addr", "Address")
    .about("A segment; the list begins with the last one, which is the final destination. RFC 8754, 2.");

/// Dissector of routing headers.
pub struct Routing;

impl Dissector for Routing {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ipv6.routing",
        label: "IPv6 Routing",
        title: "Routing Header for IPv6",
        layer: Layer::Internet,
        spec: "RFC 8200, 4.4",
        about: "Lists the stops that a packet makes on its way; the IPv6 header's destination is only the next one.",
        fields: &[
            &NXT,
            &LEN,
            &LEN_OCT,
            &TYPE,
            &SEGLEFT,
            &DATA,
            &SOURCE_RESERVED,
            &SOURCE_ADDR,
            &MOBILE_RESERVED,
            &MOBILE_HOME,
            &RPL_CMPRI,
            &RPL_CMPRE,
            &RPL_PAD,
            &RPL_RESERVED,
            &RPL_COUNT,
            &RPL_ADDRESS,
            &RPL_FULL,
            &SRH_LAST,
            &SRH_FLAGS,
            &SRH_TAG,
            &SRH_ADDR,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(43)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let (next, len) = options::extension_header(packet, [&NXT, &LEN, &LEN_OCT])?;
        packet.uint(&TYPE, 2, 1);
        packet.uint(&SEGLEFT, 3, 1);
        packet.skip(len - 2, "rest of the header")?;
        let header = packet.bytes().get(..len).unwrap_or_default();
        let (kind, left) = match header {
            [_, _, kind, left, ..] => (*kind, *left),
            _ => (0, 0),
        };
        let last = match kind {
            0 => source_route(packet, header, left),
            2 => mobile(packet, header),
            3 => rpl(packet, header, left),
            4 => segments(packet, header, left),
            _ => {
                packet.slice(&DATA, 4, len - 4);
                None
            }
        };
        // The pseudo-header names the final destination (RFC 8200, 8.1).
        if let (Some(last), true) = (last, left > 0) {
            packet.net.dst = last;
        }
        packet.next_rest(claim(next));
        Ok(())
    }
}

fn whole_addresses(header: &[u8]) -> &[[u8; 16]] {
    header.get(8..).map_or(&[], |list| list.as_chunks::<16>().0)
}

fn too_many_left<S: Sink>(packet: &mut Packet<'_, S>, left: u8, count: usize) {
    if usize::from(left) > count {
        packet.problem(Problem::Malformed, 3, 1, |text| {
            let _ = write!(text, "IPv6 routing header has {left} segments left but {count} addresses");
        });
    }
}

fn source_route<S: Sink>(packet: &mut Packet<'_, S>, header: &[u8], left: u8) -> Option<[u8; 16]> {
    packet.slice(&SOURCE_RESERVED, 4, 4);
    let list = whole_addresses(header);
    for at in 0..list.len() {
        packet.slice(&SOURCE_ADDR, 8 + at * 16, 16);
    }
    packet.problem(Problem::Unusual, 2, 1, |text| {
        text.push_str("IPv6 routing header of type 0 is forbidden by RFC 5095");
    });
    too_many_left(packet, left, list.len());
    list.last().copied()
}

fn mobile<S: Sink>(packet: &mut Packet<'_, S>, header: &[u8]) -> Option<[u8; 16]> {
    packet.slice(&MOBILE_RESERVED, 4, 4);
    if header.len() != 24 {
        packet.problem(Problem::Malformed, 1, 1, |text| {
            let _ =
                write!(text, "IPv6 routing header of type 2 is {} bytes long; it must be 24", header.len());
        });
    }
    let home = whole_addresses(header).first().copied();
    if home.is_some() {
        packet.slice(&MOBILE_HOME, 8, 16);
    }
    home
}

fn segments<S: Sink>(packet: &mut Packet<'_, S>, header: &[u8], left: u8) -> Option<[u8; 16]> {
    packet.uint(&SRH_LAST, 4, 1);
    packet.uint(&SRH_FLAGS, 5, 1);
    packet.slice(&SRH_TAG, 6, 2);
    let all = whole_addresses(header);
    let count = header.get(4).map_or(0, |last| usize::from(*last) + 1);
    if count > all.len() {
        packet.problem(Problem::Malformed, 4, 1, |text| {
            let _ = write!(text, "IPv6 segment list of {count} entries does not fit; {} do", all.len());
        });
    }
    let list = all.get(..count).unwrap_or(all);
    for (at, address) in list.iter().enumerate() {
        packet.slice(&SRH_ADDR, 8 + at * 16, 16);
        packet.label(|text| {
            let here = if at == usize::from(left) { " (active)" } else { "" };
            let _ = write!(text, "{}{here}", Ipv6Addr::from(*address));
        });
    }
    let end = 8 + list.len() * 16;
    if end < header.len() {
        packet.slice(&DATA, end, header.len() - end);
    }
    // The list holds the destination itself too.
    if usize::from(left) >= list.len() {
        packet.problem(Problem::Malformed, 3, 1, |text| {
            let _ = write!(text, "IPv6 segment {left} is the active one, but the list has {}", list.len());
        });
    }
    list.first().copied()
}

/// RFC 6554: addresses without the bytes that they share with the destination.
fn rpl<S: Sink>(packet: &mut Packet<'_, S>, header: &[u8], left: u8) -> Option<[u8; 16]> {
    for field in [&RPL_CMPRI, &RPL_CMPRE, &RPL_PAD, &RPL_RESERVED] {
        packet.uint(field, 4, 4);
    }
    let (elided, pad) = match header {
        [_, _, _, _, elided, pad, ..] => (*elided, usize::from(pad >> 4)),
        _ => return None,
    };
    let inner = 16 - usize::from(elided >> 4);
    let outer = 16 - usize::from(elided & 0x0f);
    let room = header.len().checked_sub(8 + pad);
    let Some(before) = room.and_then(|room| room.checked_sub(outer)) else {
        packet.problem(Problem::Malformed, 4, 4, |text| {
            text.push_str("IPv6 RPL routing header has no room for an address");
        });
        return None;
    };
    let count = before / inner + 1;
    packet.generated(&RPL_COUNT, Value::Int(count as i64));
    too_many_left(packet, left, count);
    let (mut at, mut last) = (8, None);
    for place in 1..=count {
        let len = if place == count { outer } else { inner };
        let mut full = packet.net.dst;
        let part = header.get(at..at + len).unwrap_or_default();
        if let Some(end) = full.get_mut(16 - len..)
            && end.len() == part.len()
        {
            end.copy_from_slice(part);
        }
        packet.slice(&RPL_ADDRESS, at, len);
        packet.generated(&RPL_FULL, Value::Bytes(&full));
        at += len;
        last = Some(full);
    }
    last
}
