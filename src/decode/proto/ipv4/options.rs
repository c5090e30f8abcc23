//! Options of the IPv4 header (RFC 791, 3.1, and later RFCs).

use crate::decode::{Bytes, FieldDef, Packet, Problem, Sink, Value, value_name};
use std::fmt::Write as _;

static OPTION: FieldDef = FieldDef::group("wirepeel.ip.option", "IP Option")
    .about("One option: type, length and data. RFC 791, 3.1.");
static TYPE: FieldDef = FieldDef::uint("ip.opt.type", "Type", 8)
    .about("Which option this is: copy flag, class and number together. RFC 791, 3.1.");
static COPY: FieldDef = FieldDef::flag("ip.opt.type.copy", "Copy on fragmentation", 8, 0x80)
    .about("The option goes into every fragment, not only into the first. RFC 791, 3.1.");
static CLASS: FieldDef = FieldDef::uint("ip.opt.type.class", "Class", 8)
    .mask(0x60)
    .values(&[
        (0, "Control"),
        (1, "Reserved for future use"),
        (2, "Debugging and measurement"),
        (3, "Reserved for future use"),
    ])
    .about("What kind of purpose the option serves. RFC 791, 3.1.");
static NUMBER: FieldDef = FieldDef::uint("ip.opt.type.number", "Number", 8)
    .mask(0x1f)
    .values(&[
        (0, "End of Option List (EOL)"),
        (1, "No-Operation (NOP)"),
        (2, "Security"),
        (3, "Loose source route"),
        (4, "Time stamp"),
        (5, "Extended security"),
        (6, "Commercial IP security option"),
        (7, "Record route"),
        (8, "Stream identifier"),
        (9, "Strict source route"),
        (10, "Experimental Measurement"),
        (11, "MTU probe"),
        (12, "MTU Reply"),
        (13, "Experimental Flow Control"),
        (14, "Experimental Access Control"),
        (15, "Ask Estrin"),
        (16, "IMI Traffic Descriptor"),
        (17, "Extended Internet Protocol"),
        (18, "Traceroute"),
        (19, "Address Extension"),
        (20, "Router Alert"),
        (21, "Selective Directed Broadcast"),
        (22, "Unassigned"),
        (23, "Dynamic Packet State"),
        (24, "Upstream Multicast Packet"),
        (25, "Quick-Start"),
        (30, "RFC 3692-style experiment"),
    ])
    .about("The option within its class. RFC 791, 3.1; IANA, IP option numbers.");
static LENGTH: FieldDef = FieldDef::uint("ip.opt.len", "Length", 8)
    .about("Bytes of the whole option, type and length included. RFC 791, 3.1.");
static POINTER: FieldDef = FieldDef::uint("ip.opt.ptr", "Pointer", 8)
    .about("Where the next router reads or writes, counted from 1 at the option's first byte. RFC 791, 3.1.");
static RECORDED: FieldDef = FieldDef::ipv4("ip.rec_rt", "Recorded Route")
    .about("An address that a router on the way has written down. RFC 791, 3.1.");
static TO_VISIT: FieldDef = FieldDef::ipv4("ip.src_rt", "Source Route")
    .about("A stop that the packet still has to make; the last one is its real destination. RFC 791, 3.1.");
static EMPTY: FieldDef = FieldDef::ipv4("ip.empty_rt", "Empty Route")
    .about("Room for an address that a router will write down. RFC 791, 3.1.");
static OVERFLOW: FieldDef = FieldDef::uint("ip.opt.overflow", "Overflow", 8)
    .mask(0xf0)
    .about("Routers that found no room for their time stamp. RFC 791, 3.1.");
static STAMP_FLAG: FieldDef = FieldDef::uint("ip.opt.flag", "Flag", 8)
    .hex()
    .mask(0x0f)
    .values(&[
        (0, "Time stamps only"),
        (1, "Time stamp and address"),
        (3, "Time stamps for prespecified addresses"),
    ])
    .about("Whether addresses stand beside the time stamps, and who chose them. RFC 791, 3.1.");
static STAMP: FieldDef = FieldDef::uint("ip.opt.time_stamp", "Time stamp", 32)
    .about("When a router saw the packet: milliseconds since midnight UTC. RFC 791, 3.1.");
static STAMP_ADDRESS: FieldDef = FieldDef::ipv4("ip.opt.time_stamp_addr", "Address")
    .about("The router that wrote or should write the time stamp. RFC 791, 3.1.");
static ROUTER_ALERT: FieldDef = FieldDef::uint("ip.opt.ra", "Router Alert", 16)
    .values(&[(0, "Router shall examine packet")])
    .about("Asks every router on the path to look into the packet. RFC 2113, 2.1.");
static STREAM: FieldDef = FieldDef::uint("ip.opt.sid", "Stream Identifier", 16)
    .about("Stream of the SATNET, of which nothing is left. RFC 791, 3.1; RFC 6814.");
static MTU: FieldDef = FieldDef::uint("ip.opt.mtu", "MTU", 16)
    .about("Least MTU that the packet has met so far; never in use. RFC 1063, 4.");
static TRACE_ID: FieldDef =
    FieldDef::uint("ip.opt.id_number", "ID Number", 16).about("Tells one trace from another. RFC 1393, 2.2.");
static TRACE_OUT: FieldDef = FieldDef::uint("ip.opt.ohc", "Outbound Hop Count", 16)
    .about("Routers passed on the way out. RFC 1393, 2.2.");
static TRACE_BACK: FieldDef = FieldDef::uint("ip.opt.rhc", "Return Hop Count", 16)
    .about("Routers passed on the way back. RFC 1393, 2.2.");
static TRACE_FROM: FieldDef = FieldDef::ipv4("ip.opt.originator", "Originator IP Address")
    .about("The host that traces, to which routers report. RFC 1393, 2.2.");
static BROADCAST: FieldDef =
    FieldDef::ipv4("ip.opt.addr", "IP Address").about("A host that the broadcast is meant for. RFC 1770, 3.");
static QS_FUNCTION: FieldDef = FieldDef::uint("ip.opt.qs_func", "Function", 8)
    .mask(0xf0)
    .values(&[(0, "Rate request"), (8, "Rate report")])
    .about("Whether a sending rate is asked for or reported. RFC 4782, 3.1.");
static QS_RATE: FieldDef = FieldDef::uint("ip.opt.qs_rate", "Rate", 8)
    .mask(0x0f)
    .about("The rate: 40 kbit/s times 2 to the power of this; 0 for none. RFC 4782, 3.1.");
static QS_TTL: FieldDef = FieldDef::uint("ip.opt.qs_ttl", "QS TTL", 8)
    .about("Lowered by every router that agrees, so that one that does not is noticed. RFC 4782, 3.1.");
static QS_NONCE: FieldDef = FieldDef::uint("ip.opt.qs_nonce", "QS Nonce", 32)
    .hex()
    .mask(0xffff_fffc)
    .about("A random number that shows a receiver lying about the rate. RFC 4782, 3.4.");
static QS_RESERVED: FieldDef = FieldDef::uint("ip.opt.qs_reserved", "Reserved", 32)
    .hex()
    .mask(0x0000_0003)
    .about("Zero when sent, ignored when received. RFC 4782, 3.1.");
static LEVEL: FieldDef = FieldDef::uint("ip.opt.sec_cl", "Classification Level", 8)
    .hex()
    .values(&[
        (0x01, "Reserved 4"),
        (0x3d, "Top secret"),
        (0x5a, "Secret"),
        (0x66, "Reserved 3"),
        (0x96, "Confidential"),
        (0xab, "Unclassified"),
        (0xcc, "Reserved 2"),
        (0xf1, "Reserved 1"),
    ])
    .about("How secret the datagram is. RFC 1108, 2.3.");
static AUTHORITY: FieldDef = FieldDef::uint("ip.opt.sec_prot_auth_flags", "Protection Authority Flags", 8)
    .hex()
    .about("Whose rules of protection apply. RFC 1108, 2.4.");
static OLD_SECURITY: FieldDef = FieldDef::uint("ip.opt.sec_rfc791_sec", "Security", 16)
    .hex()
    .about("How secret the datagram is, in the form of 1981. RFC 791, 3.1.");
static COMPARTMENTS: FieldDef = FieldDef::uint("ip.opt.sec_rfc791_comp", "Compartments", 16)
    .about("Which compartment the datagram belongs to; 0 for none. RFC 791, 3.1.");
static HANDLING: FieldDef = FieldDef::text("ip.opt.sec_rfc791_hr", "Handling Restrictions")
    .about("Control and release markings, as two letters. RFC 791, 3.1.");
static CONTROL_CODE: FieldDef = FieldDef::text("ip.opt.sec_rfc791_tcc", "Transmission Control Code")
    .about("Which community of users the traffic belongs to, as three letters. RFC 791, 3.1.");
static FORMAT: FieldDef =
    FieldDef::uint("ip.opt.ext_sec_add_sec_info_format_code", "Additional Security Info Format Code", 8)
        .hex()
        .about("How the additional security information is written. RFC 1108, 3.3.");
static ADDITIONAL: FieldDef = FieldDef::bytes("ip.opt.ext_sec_add_sec_info", "Additional Security Info")
    .about("Security information beyond the classification. RFC 1108, 3.4.");
static DOI: FieldDef = FieldDef::uint("ip.cipso.doi", "DOI", 32)
    .about("Domain of interpretation: who says what the labels mean. CIPSO 2.2, 3.2.");
static TAG_TYPE: FieldDef = FieldDef::uint("ip.cipso.tag_type", "Tag Type", 8)
    .values(&[
        (0, "Padding"),
        (1, "Restrictive Category Bitmap"),
        (2, "Enumerated Categories"),
        (5, "Ranged Categories"),
        (6, "Permissive Categories"),
        (7, "Free Form"),
    ])
    .about("How the tag writes its categories. CIPSO 2.2, 3.4.");
static SENSITIVITY: FieldDef = FieldDef::uint("ip.cipso.sensitivity_level", "Sensitivity Level", 8)
    .about("How sensitive the datagram is; higher is more. CIPSO 2.2, 3.4.");
static TAG_DATA: FieldDef = FieldDef::bytes("ip.cipso.tag_data", "Tag data")
    .about("The tag's categories, in the form of its type. CIPSO 2.2, 3.4.");
static PADDING: FieldDef = FieldDef::bytes("ip.opt.padding", "Padding")
    .about("What follows the end of the options, up to a multiple of 4 bytes. RFC 791, 3.1.");
static DATA: FieldDef = FieldDef::bytes("wirepeel.ip.option.data", "Data")
    .about("Data of an option that wirepeel does not take apart. RFC 791, 3.1.");

/// Every field that is told here.
pub(super) const FIELDS: &[&FieldDef] = &[
    &OPTION,
    &TYPE,
    &COPY,
    &CLASS,
    &NUMBER,
    &LENGTH,
    &POINTER,
    &RECORDED,
    &TO_VISIT,
    &EMPTY,
    &OVERFLOW,
    &STAMP_FLAG,
    &STAMP,
    &STAMP_ADDRESS,
    &ROUTER_ALERT,
    &STREAM,
    &MTU,
    &TRACE_ID,
    &TRACE_OUT,
    &TRACE_BACK,
    &TRACE_FROM,
    &BROADCAST,
    &QS_FUNCTION,
    &QS_RATE,
    &QS_TTL,
    &QS_NONCE,
    &QS_RESERVED,
    &LEVEL,
    &AUTHORITY,
    &OLD_SECURITY,
    &COMPARTMENTS,
    &HANDLING,
    &CONTROL_CODE,
    &FORMAT,
    &ADDITIONAL,
    &DOI,
    &TAG_TYPE,
    &SENSITIVITY,
    &TAG_DATA,
    &PADDING,
    &DATA,
];

/// Bytes of the header before its options.
const FIXED: usize = 20;

/// Tells the options of a header, and gives the last stop of a source route
/// that has not ended yet.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>, options: &[u8]) -> Option<[u8; 4]> {
    let (mut at, mut end_of_route) = (0, None);
    while let Some(&kind) = options.get(at) {
        let len = match kind {
            0 | 1 => 1,
            _ => options.get(at + 1).map_or(0, |len| usize::from(*len)),
        };
        let data = options.get(at + 2..at + len);
        if kind > 1 && data.is_none() {
            let left = options.len() - at;
            packet.problem(Problem::Malformed, FIXED + at, left, |text| {
                let _ = write!(
                    text,
                    "IPv4 option {kind} claims {len}, {left} are left in the header",
                    len = Bytes(len)
                );
            });
            packet.slice(&DATA, FIXED + at, left);
            break;
        }
        packet.group(&OPTION, FIXED + at, len);
        packet.label(|text| text.push_str(value_name(&NUMBER, u64::from(kind & 0x1f)).unwrap_or("unknown")));
        packet.uint_group(&TYPE, FIXED + at, 1);
        for part in [&COPY, &CLASS, &NUMBER] {
            packet.uint(part, FIXED + at, 1);
        }
        packet.end_group();
        if let Some(data) = data.filter(|_| kind > 1) {
            packet.uint(&LENGTH, FIXED + at + 1, 1);
            if !value(packet, kind, FIXED + at + 2, data) {
                packet.problem(Problem::Malformed, FIXED + at, len, |text| {
                    let _ = write!(
                        text,
                        "IPv4 option {kind} has a length of {len} that its type does not allow",
                        len = Bytes(len)
                    );
                });
                packet.slice(&DATA, FIXED + at + 2, data.len());
            }
            end_of_route = end_of_route.or(last_stop(kind, data));
        }
        packet.end_group();
        at += len;
        if kind == 0 && at < options.len() {
            packet.slice(&PADDING, FIXED + at, options.len() - at);
            break;
        }
    }
    end_of_route
}

/// The last address of a loose or strict source route with stops left.
fn last_stop(kind: u8, data: &[u8]) -> Option<[u8; 4]> {
    let (pointer, route) = data.split_first()?;
    let left = matches!(kind, 131 | 137) && usize::from(*pointer) <= data.len() + 2;
    route.as_chunks::<4>().0.last().copied().filter(|_| left)
}

/// Tells the data of an option; `false` when their length is not one of its type.
fn value<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, data: &[u8]) -> bool {
    match (kind, data.len()) {
        (7 | 131 | 137, 1..) => return route(packet, kind, at, data),
        (68, 2..) => return time_stamps(packet, at, data),
        (148, 2) => packet.uint(&ROUTER_ALERT, at, 2),
        (136, 2) => packet.uint(&STREAM, at, 2),
        (11 | 12, 2) => packet.uint(&MTU, at, 2),
        (82, 10) => {
            for (field, place) in [(&TRACE_ID, 0), (&TRACE_OUT, 2), (&TRACE_BACK, 4)] {
                packet.uint(field, at + place, 2);
            }
            packet.slice(&TRACE_FROM, at + 6, 4);
        }
        (149, len) if len % 4 == 0 => {
            for place in (0..len).step_by(4) {
                packet.slice(&BROADCAST, at + place, 4);
            }
        }
        (25, 6) => {
            packet.uint(&QS_FUNCTION, at, 1);
            packet.uint(&QS_RATE, at, 1);
            packet.uint(&QS_TTL, at + 1, 1);
            packet.uint(&QS_NONCE, at + 2, 4);
            packet.uint(&QS_RESERVED, at + 2, 4);
        }
        (130, 9) => {
            packet.uint(&OLD_SECURITY, at, 2);
            packet.uint(&COMPARTMENTS, at + 2, 2);
            packet.slice(&HANDLING, at + 4, 2);
            packet.slice(&CONTROL_CODE, at + 6, 3);
        }
        (130, len @ 1..) => {
            packet.uint(&LEVEL, at, 1);
            for place in 1..len {
                packet.uint(&AUTHORITY, at + place, 1);
            }
        }
        (133, len @ 1..) => {
            packet.uint(&FORMAT, at, 1);
            if len > 1 {
                packet.slice(&ADDITIONAL, at + 1, len - 1);
            }
        }
        (134, 4..) => return labels(packet, at, data),
        (7 | 11 | 12 | 25 | 68 | 82 | 130 | 131 | 133 | 134 | 136 | 137 | 148 | 149, _) => return false,
        (_, 0) => {}
        (_, len) => packet.slice(&DATA, at, len),
    }
    true
}

/// Record route and the source routes: what lies before the pointer is done.
fn route<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, data: &[u8]) -> bool {
    let Some((pointer, addresses)) = data.split_first() else { return false };
    packet.uint(&POINTER, at, 1);
    let ahead = if kind == 7 { &EMPTY } else { &TO_VISIT };
    for place in 0..addresses.len() / 4 {
        let done = place * 4 + 4 < usize::from(*pointer);
        packet.slice(if done { &RECORDED } else { ahead }, at + 1 + place * 4, 4);
    }
    if *pointer < 4 || pointer % 4 != 0 {
        packet.problem(Problem::Malformed, at, 1, |text| {
            let _ = write!(text, "IPv4 route pointer {pointer} points at no address");
        });
    }
    addresses.len().is_multiple_of(4)
}

fn time_stamps<S: Sink>(packet: &mut Packet<'_, S>, at: usize, data: &[u8]) -> bool {
    let (pointer, flag) = match data {
        [pointer, flag, ..] => (*pointer, flag & 0x0f),
        _ => return false,
    };
    packet.uint(&POINTER, at, 1);
    packet.uint(&OVERFLOW, at + 1, 1);
    packet.uint(&STAMP_FLAG, at + 1, 1);
    if pointer < 5 {
        packet.problem(Problem::Malformed, at, 1, |text| {
            let _ = write!(text, "IPv4 time stamp pointer {pointer} points at no time stamp");
        });
    }
    let entry = if matches!(flag, 1 | 3) { 8 } else { 4 };
    let room = data.len() - 2;
    for place in 0..room / entry {
        let mut here = at + 2 + place * entry;
        if entry == 8 {
            packet.slice(&STAMP_ADDRESS, here, 4);
            here += 4;
        }
        packet.uint(&STAMP, here, 4);
        let value = packet.read(here, 4).unwrap_or(0) as u32;
        packet.label(|text| super::super::icmp::names::time_of_day(text, value));
    }
    room.is_multiple_of(entry)
}

/// CIPSO: tags of type, length and data.
fn labels<S: Sink>(packet: &mut Packet<'_, S>, at: usize, data: &[u8]) -> bool {
    packet.uint(&DOI, at, 4);
    let mut place = 4;
    while let Some(&kind) = data.get(place) {
        packet.uint(&TAG_TYPE, at + place, 1);
        if kind == 0 {
            break;
        }
        let len = data.get(place + 1).map_or(0, |len| usize::from(*len));
        if len < 4 || place + len > data.len() {
            return false;
        }
        if kind != 7 {
            packet.uint(&SENSITIVITY, at + place + 3, 1);
        }
        let from = if kind == 7 { 2 } else { 4 };
        if len > from {
            packet.field(
                &TAG_DATA,
                at + place + from,
                len - from,
                Value::Bytes(data.get(place + from..place + len).unwrap_or_default()),
            );
        }
        place += len;
    }
    true
}
