//! IPv6 hop-by-hop and destination options headers (RFC 8200, 4.3 and 4.6).

use super::claim;
use crate::decode::proto::ipv4::PROTOCOL_NAMES;
use crate::decode::{
    Binding, Bytes, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop, Value,
};
use etherparse::Ipv6RawExtHeaderSlice;
use std::fmt::Write as _;

/// The fields that both headers begin with.
struct Head {
    next: FieldDef,
    len: FieldDef,
    len_oct: FieldDef,
}

const fn head(next: &'static str, len: &'static str, len_oct: &'static str) -> Head {
    Head {
        next: FieldDef::uint(next, "Next Header", 8)
            .values(PROTOCOL_NAMES)
            .about("What follows this header. RFC 8200, 4.3."),
        len: FieldDef::uint(len, "Length", 8)
            .about("Length of this header in units of 8 bytes, not counting the first 8. RFC 8200, 4.3."),
        len_oct: FieldDef::uint(len_oct, "Length in bytes", 16)
            .about("Length of this header in bytes. RFC 8200, 4.3."),
    }
}

static HOP: Head = head("ipv6.hopopts.nxt", "ipv6.hopopts.len", "ipv6.hopopts.len_oct");
static DESTINATION: Head = head("ipv6.dstopts.nxt", "ipv6.dstopts.len", "ipv6.dstopts.len_oct");

static OPTION: FieldDef =
    FieldDef::group("ipv6.opt", "IPv6 Option").about("One option: type, length and data. RFC 8200, 4.2.");
static TYPE_NAMES: &[(u64, &str)] = &[
    (0x00, "Pad1"),
    (0x01, "PadN"),
    (0x04, "Tunnel Encapsulation Limit"),
    (0x05, "Router Alert"),
    (0x07, "CALIPSO"),
    (0x08, "SMF_DPD"),
    (0x0f, "Performance and Diagnostic Metrics"),
    (0x1e, "Experimental (0x1E)"),
    (0x26, "Quick-Start"),
    (0x30, "Path MTU Option"),
    (0x31, "IOAM Option"),
    (0x3e, "Experimental (0x3E)"),
    (0x41, "Tunnel Payload Forwarding (TPF) Information"),
    (0x5e, "Experimental (0x5E)"),
    (0x63, "RPL Option"),
    (0x6d, "MPL Option"),
    (0x7e, "Experimental (0x7E)"),
    (0x8a, "Endpoint Identification"),
    (0x8b, "ILNP Nonce"),
    (0x8c, "Line-Identification Option"),
    (0x9e, "Experimental (0x9E)"),
    (0xbe, "Experimental (0xBE)"),
    (JUMBO as u64, "Jumbo Payload"),
    (HOME_ADDRESS as u64, "Home Address"),
    (0xde, "Experimental (0xDE)"),
    (0xee, "IP_DFF"),
    (0xfe, "Experimental (0xFE)"),
];
static TYPE: FieldDef = FieldDef::uint("ipv6.opt.type", "Type", 8)
    .hex()
    .values(TYPE_NAMES)
    .about("Which option this is; its first three bits say how to treat it. RFC 8200, 4.2.");
static ACTION: FieldDef = FieldDef::uint("ipv6.opt.type.action", "Action", 8)
    .mask(0xc0)
    .values(&[
        (0, "Skip and continue"),
        (1, "Discard"),
        (2, "Discard and send ICMP Parameter Problem"),
        (3, "Discard and send ICMP if not multicast"),
    ])
    .about("What a node must do that does not know the option. RFC 8200, 4.2.");
static CHANGE: FieldDef = FieldDef::flag("ipv6.opt.type.change", "May Change", 8, 0x20)
    .about("Whether routers may change the option's data on the way. RFC 8200, 4.2.");
static REST: FieldDef = FieldDef::uint("ipv6.opt.type.rest", "Low-Order Bits", 8)
    .hex()
    .mask(0x1f)
    .about("The rest of the type; all eight bits together name the option. RFC 8200, 4.2.");
static LENGTH: FieldDef = FieldDef::uint("ipv6.opt.length", "Length", 8)
    .about("Bytes of the option's data, not counting type and length. RFC 8200, 4.2.");
static PAD1: FieldDef = FieldDef::group("ipv6.opt.pad1", "Pad1")
    .about("A single byte of padding, without length or data. RFC 8200, 4.2.");
static PADN: FieldDef =
    FieldDef::bytes("ipv6.opt.padn", "PadN").about("Zero bytes that align what follows. RFC 8200, 4.2.");
static TUNNEL_LIMIT: FieldDef = FieldDef::uint("ipv6.opt.tel", "Tunnel Encapsulation Limit", 8)
    .about("How many further tunnels the packet may be put into. RFC 2473, 4.1.1.");
static ROUTER_ALERT: FieldDef = FieldDef::uint("ipv6.opt.router_alert", "Router Alert", 16)
    .values(&[(0, "MLD"), (1, "RSVP"), (2, "Active Network")])
    .about("Asks every router on the path to look into the packet, and says why. RFC 2711, 2.1.");
static PMTU_MIN: FieldDef = FieldDef::uint("ipv6.opt.pmtu.min", "Minimum Reported PMTU", 16)
    .about("The least link MTU that the packet has met so far. RFC 9268, 5.");
static PMTU_RETURN: FieldDef = FieldDef::uint("ipv6.opt.pmtu.rtn", "Return Minimum PMTU", 16)
    .about("The least MTU of the other direction, sent back. RFC 9268, 5.");
static JUMBO_LENGTH: FieldDef = FieldDef::uint("ipv6.opt.jumbo", "Payload Length", 32)
    .about("Bytes behind the IPv6 header when they are more than 65535. RFC 2675, 2.");
static HOME: FieldDef = FieldDef::ipv6("ipv6.opt.mipv6.home_address", "MIPv6 Home Address").about(
    "The mobile sender's address at home, which the layers above see in place of the source address. RFC 6275, 6.3.",
);
static RPL_FLAGS: FieldDef = FieldDef::uint("ipv6.opt.rpl.flag", "Flag", 8)
    .hex()
    .about("What the packet met in the RPL network: direction and errors. RFC 6553, 3.");
static RPL_DOWN: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.o", "Down", 8, 0x80)
    .about("The packet should move away from the root. RFC 6550, 11.2.");
static RPL_RANK_ERROR: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.r", "Rank Error", 8, 0x40)
    .about("A router found the packet moving the wrong way. RFC 6550, 11.2.");
static RPL_FORWARD_ERROR: FieldDef = FieldDef::flag("ipv6.opt.rpl.flag.f", "Forwarding Error", 8, 0x20)
    .about("A router could not send the packet on downwards. RFC 6550, 11.2.");
static RPL_INSTANCE: FieldDef = FieldDef::uint("ipv6.opt.rpl.instance_id", "RPLInstanceID", 8)
    .hex()
    .about("The RPL instance that the packet travels in. RFC 6553, 3.");
static RPL_RANK: FieldDef = FieldDef::uint("ipv6.opt.rpl.sender_rank", "Sender Rank", 16)
    .hex()
    .about("How far from the root the last router stands. RFC 6553, 3.");
static EXPERIMENTAL: FieldDef = FieldDef::bytes("ipv6.opt.experimental", "Experimental Option")
    .about("Data of an option kept free for experiments. RFC 4727, 3.");
static UNKNOWN: FieldDef = FieldDef::bytes("ipv6.opt.unknown", "Unknown Option Payload")
    .about("Data of an option that wirepeel does not take apart. RFC 8200, 4.2.");

const JUMBO: u8 = 0xc2;
const HOME_ADDRESS: u8 = 0xc9;

macro_rules! protocol {
    ($name:literal, $label:literal, $title:literal, $spec:literal, $about:literal, $head:ident) => {
        &Protocol {
            name: $name,
            label: $label,
            title: $title,
            layer: Layer::Internet,
            spec: $spec,
            about: $about,
            fields: &[
                &$head.next,
                &$head.len,
                &$head.len_oct,
                &OPTION,
                &TYPE,
                &ACTION,
                &CHANGE,
                &REST,
                &LENGTH,
                &PAD1,
                &PADN,
                &TUNNEL_LIMIT,
                &ROUTER_ALERT,
                &PMTU_MIN,
                &PMTU_RETURN,
                &JUMBO_LENGTH,
                &HOME,
                &RPL_FLAGS,
                &RPL_DOWN,
                &RPL_RANK_ERROR,
                &RPL_FORWARD_ERROR,
                &RPL_INSTANCE,
                &RPL_RANK,
                &EXPERIMENTAL,
                &UNKNOWN,
            ],
            trailer: None,
            stack: None,
        }
    };
}

/// Dissector of hop-by-hop options headers.
pub struct HopByHop;

impl Dissector for HopByHop {
    const PROTOCOL: &'static Protocol = protocol!(
        "ipv6.hopopts",
        "IPv6 Hop-by-Hop",
        "IPv6 Hop-by-Hop Option",
        "RFC 8200, 4.3",
        "Options that every router on the path may look at.",
        HOP
    );
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(0)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet, &HOP)
    }
}

/// Dissector of destination options headers.
pub struct DestinationOptions;

impl Dissector for DestinationOptions {
    const PROTOCOL: &'static Protocol = protocol!(
        "ipv6.dstopts",
        "IPv6 Destination",
        "Destination Options for IPv6",
        "RFC 8200, 4.6",
        "Options that only the packet's destination looks at.",
        DESTINATION
    );
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(60)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        dissect(packet, &DESTINATION)
    }
}

fn dissect<S: Sink>(packet: &mut Packet<'_, S>, head: &'static Head) -> Outcome {
    let (next, len) = extension_header(packet, [&head.next, &head.len, &head.len_oct])?;
    let held = packet.bytes().get(..len).unwrap_or(packet.bytes());
    let mut walk = Options { bytes: held, at: 2 };
    for option in walk.by_ref() {
        if let Err(missing) = tell(packet, &option) {
            packet.problem(Problem::Malformed, option.at, 2 + option.data.len(), |text| {
                let _ = write!(text, "IPv6 option 0x{:02x} {missing}", option.kind);
            });
        }
    }
    let (at, left) = (walk.at, held.len() - walk.at);
    packet.skip(len - 2, "rest of the header")?;
    if left > 0 {
        packet.problem(Problem::Malformed, at, left, |text| {
            let _ =
                write!(text, "IPv6 option does not fit in the {left} left of its header", left = Bytes(left));
        });
        packet.uint(&TYPE, at, 1);
        packet.uint(&LENGTH, at + 1, 1);
        packet.slice(&UNKNOWN, at + 2, left.saturating_sub(2));
    }
    packet.next_rest(claim(next));
    Ok(())
}

/// Takes the first two bytes of an extension header of the common form, and
/// gives its next header and its length (RFC 8200, 4).
pub(super) fn extension_header<S: Sink>(
    packet: &mut Packet<'_, S>,
    [next_field, len_field, bytes_field]: [&'static FieldDef; 3],
) -> Result<(u8, usize), Stop> {
    let [next, units] = *packet.take::<2>("header")?;
    let len = (usize::from(units) + 1) * 8;
    packet.uint(next_field, 0, 1);
    packet.uint(len_field, 1, 1);
    packet.generated(bytes_field, Value::Uint(len as u64));
    Ok((next, len))
}

/// The payload length of a jumbogram, from the hop-by-hop options header at
/// the start of `bytes` (RFC 2675, 2).
pub(super) fn jumbo_length(bytes: &[u8]) -> Option<u32> {
    let header = Ipv6RawExtHeaderSlice::from_slice(bytes).ok()?;
    let option = Options { bytes: header.slice(), at: 2 }.find(|option| option.kind == JUMBO)?;
    option.data.try_into().ok().map(u32::from_be_bytes)
}

struct Opt<'a> {
    at: usize,
    kind: u8,
    data: &'a [u8],
}

/// Walks the options of a header; ends at the first that does not fit.
struct Options<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;

    fn next(&mut self) -> Option<Opt<'a>> {
        let at = self.at;
        let kind = *self.bytes.get(at)?;
        let data = if kind == 0 {
            self.at += 1;
            &[]
        } else {
            let len = usize::from(*self.bytes.get(at + 1)?);
            let data = self.bytes.get(at + 2..at + 2 + len)?;
            self.at += 2 + len;
            data
        };
        Some(Opt { at, kind, data })
    }
}

/// Tells one option; `Err` says how its data do not follow its format.
fn tell<S: Sink>(packet: &mut Packet<'_, S>, option: &Opt<'_>) -> Result<(), &'static str> {
    let Opt { at, kind, data } = *option;
    let name = TYPE_NAMES.iter().find(|row| row.0 == u64::from(kind)).map_or("unknown", |row| row.1);
    packet.group(&OPTION, at, if kind == 0 { 1 } else { 2 + data.len() });
    packet.label(|text| text.push_str(name));
    packet.uint_group(&TYPE, at, 1);
    for part in [&ACTION, &CHANGE, &REST] {
        packet.uint(part, at, 1);
    }
    packet.end_group();
    if kind != 0 {
        packet.uint(&LENGTH, at + 1, 1);
    }
    let outcome = value(packet, kind, at + 2, data);
    packet.end_group();
    outcome
}

fn value<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, data: &[u8]) -> Result<(), &'static str> {
    let len = data.len();
    let fits = match kind {
        0x00 => {
            packet.field(&PAD1, at - 2, 1, Value::None);
            true
        }
        0x01 => {
            packet.slice(&PADN, at, len);
            if data.iter().any(|byte| *byte != 0) {
                packet.problem(Problem::Unusual, at, len, |text| {
                    text.push_str("IPv6 PadN option carries bytes other than zero");
                });
            }
            true
        }
        0x04 => uint(packet, &TUNNEL_LIMIT, at, (1, len)),
        0x05 => uint(packet, &ROUTER_ALERT, at, (2, len)),
        0x30 if len == 4 => {
            packet.uint(&PMTU_MIN, at, 2);
            packet.uint(&PMTU_RETURN, at + 2, 2);
            true
        }
        0x63 if len >= 4 => {
            packet.uint_group(&RPL_FLAGS, at, 1);
            for part in [&RPL_DOWN, &RPL_RANK_ERROR, &RPL_FORWARD_ERROR] {
                packet.uint(part, at, 1);
            }
            packet.end_group();
            packet.uint(&RPL_INSTANCE, at + 1, 1);
            packet.uint(&RPL_RANK, at + 2, 2);
            if len > 4 {
                packet.slice(&UNKNOWN, at + 4, len - 4);
            }
            true
        }
        0x30 | 0x63 => false,
        JUMBO => uint(packet, &JUMBO_LENGTH, at, (4, len)),
        HOME_ADDRESS => match data.try_into() {
            Ok(home) => {
                // RFC 6275, 9.3.1: the layers above see the home address.
                packet.net.src = home;
                packet.slice(&HOME, at, len);
                true
            }
            Err(_) => false,
        },
        kind if kind & 0x1f == 0x1e => {
            packet.slice(&EXPERIMENTAL, at, len);
            true
        }
        _ => {
            packet.slice(&UNKNOWN, at, len);
            true
        }
    };
    if fits { Ok(()) } else { Err("has a length that its type does not allow") }
}

fn uint<S: Sink>(
    packet: &mut Packet<'_, S>,
    field: &'static FieldDef,
    at: usize,
    (want, len): (usize, usize),
) -> bool {
    if want == len {
        packet.uint(field, at, len);
    }
    want == len
}
