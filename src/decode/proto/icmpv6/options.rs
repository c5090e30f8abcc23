//! Options of neighbour discovery messages (RFC 4861, 4.6, and later RFCs).

use crate::decode::{Bytes, Claim, FieldDef, Outcome, Packet, Problem, Sink, Value};
use std::fmt::Write as _;

pub(super) static PREFERENCES: &[(u64, &str)] = &[(0, "Medium"), (1, "High"), (2, "Reserved"), (3, "Low")];
static OPTION: FieldDef =
    FieldDef::group("icmpv6.opt", "ICMPv6 Option").about("One option: type, length and data. RFC 4861, 4.6.");
static TYPE_NAMES: &[(u64, &str)] = &[
    (1, "Source link-layer address"),
    (2, "Target link-layer address"),
    (3, "Prefix information"),
    (4, "Redirected header"),
    (5, "MTU"),
    (6, "NBMA Shortcut Limit Option"),
    (7, "Advertisement Interval"),
    (8, "Home Agent Information"),
    (9, "Source Address List"),
    (10, "Target Address List"),
    (11, "CGA"),
    (12, "RSA Signature"),
    (13, "Timestamp"),
    (14, "Nonce"),
    (15, "Trust Anchor"),
    (16, "Certificate"),
    (17, "IP Address/Prefix Option"),
    (18, "New Router Prefix Information"),
    (19, "Link-layer Address"),
    (20, "Neighbor Advertisement Acknowledgment"),
    (23, "MAP"),
    (24, "Route Information"),
    (25, "Recursive DNS Server"),
    (26, "RA Flags Extension"),
    (27, "Handover Key Request"),
    (28, "Handover Key Reply"),
    (29, "Handover Assist Information"),
    (30, "Mobile Node Identifier Option"),
    (31, "DNS Search List Option"),
    (32, "Proxy Signature (PS)"),
    (33, "Address Registration Option"),
    (34, "6LoWPAN Context Option"),
    (35, "Authoritative Border Router"),
    (36, "6LoWPAN Capability Indication Option"),
    (37, "DHCP Captive-Portal"),
    (38, "PREF64 Option"),
    (138, "CARD Request"),
    (139, "CARD Reply"),
    (253, "RFC3692-style Experiment 1"),
    (254, "RFC3692-style Experiment 2"),
];
static TYPE: FieldDef = FieldDef::uint("icmpv6.opt.type", "Type", 8)
    .values(TYPE_NAMES)
    .about("Which option this is. RFC 4861, 4.6.");
static LENGTH: FieldDef = FieldDef::uint("icmpv6.opt.length", "Length", 8)
    .about("Length of the whole option in units of 8 bytes; never 0. RFC 4861, 4.6.");
static RESERVED: FieldDef = FieldDef::group("icmpv6.opt.reserved", "Reserved")
    .about("Zero when sent, ignored when received. RFC 4861, 4.6.");
static PADDING: FieldDef = FieldDef::group("icmpv6.opt.padding", "Padding")
    .about("Zeros that fill the option up to a multiple of 8 bytes. RFC 4861, 4.6.");
static LINKADDR: FieldDef = FieldDef::mac("icmpv6.opt.linkaddr", "Link-layer address")
    .about("A hardware address of the link. RFC 4861, 4.6.1.");
static SRC_LINKADDR: FieldDef = FieldDef::mac("icmpv6.opt.src_linkaddr", "Source Link-layer address")
    .also(&[&LINKADDR])
    .about("The sender's own hardware address, so that it can be answered at once. RFC 4861, 4.6.1.");
static TARGET_LINKADDR: FieldDef = FieldDef::mac("icmpv6.opt.target_linkaddr", "Target Link-layer address")
    .also(&[&LINKADDR])
    .about("Hardware address of the target: the answer to a solicitation. RFC 4861, 4.6.1.");
static PREFIX_LENGTH: FieldDef = FieldDef::uint("icmpv6.opt.prefix.length", "Prefix Length", 8)
    .about("How many bits of the prefix count. RFC 4861, 4.6.2.");
static PREFIX_FLAGS: FieldDef = FieldDef::uint("icmpv6.opt.prefix.flag", "Flag", 8)
    .hex()
    .about("What hosts may use the prefix for. RFC 4861, 4.6.2.");
static ON_LINK: FieldDef = FieldDef::flag("icmpv6.opt.prefix.flag.l", "On-link flag(L)", 8, 0x80)
    .about("Addresses of the prefix are reached directly on this link. RFC 4861, 4.6.2.");
static AUTONOMOUS: FieldDef =
    FieldDef::flag("icmpv6.opt.prefix.flag.a", "Autonomous address-configuration flag(A)", 8, 0x40)
        .about("Hosts may make themselves addresses from the prefix. RFC 4862, 5.5.3.");
static ROUTER_ADDRESS: FieldDef =
    FieldDef::flag("icmpv6.opt.prefix.flag.r", "Router address flag(R)", 8, 0x20)
        .about("The prefix holds a whole address of the router. RFC 6275, 7.2.");
static PREFIX_RESERVED: FieldDef = FieldDef::uint("icmpv6.opt.prefix.flag.reserved", "Reserved", 8)
    .mask(0x1f)
    .about("Zero when sent, ignored when received. RFC 4861, 4.6.2.");
static FOREVER: &[(u64, &str)] = &[(0xffff_ffff, "Infinity")];
static VALID: FieldDef = FieldDef::uint("icmpv6.opt.prefix.valid_lifetime", "Valid Lifetime", 32)
    .values(FOREVER)
    .about("Seconds for which the prefix may be used at all. RFC 4861, 4.6.2.");
static PREFERRED: FieldDef = FieldDef::uint("icmpv6.opt.prefix.preferred_lifetime", "Preferred Lifetime", 32)
    .values(FOREVER)
    .about("Seconds for which addresses made from the prefix may begin new connections. RFC 4861, 4.6.2.");
static PREFIX: FieldDef = FieldDef::ipv6("icmpv6.opt.prefix", "Prefix")
    .about("The network part of the addresses on this link. RFC 4861, 4.6.2.");
static REDIRECTED: FieldDef = FieldDef::group("icmpv6.opt.redirected_packet", "Redirected Packet")
    .about("The start of the packet that made the router send this. RFC 4861, 4.6.3.");
static MTU: FieldDef = FieldDef::uint("icmpv6.opt.mtu", "MTU", 32)
    .about("Largest packet that hosts should send on this link. RFC 4861, 4.6.4.");
static SHORTCUT: FieldDef = FieldDef::uint("icmpv6.opt.nbma.shortcut_limit", "Shortcut Limit", 8)
    .about("Hop limit for a shortcut over a network without broadcast. RFC 2491, 6.");
static INTERVAL: FieldDef = FieldDef::uint("icmpv6.opt.advertisement_interval", "Advertisement Interval", 32)
    .about("Milliseconds that pass at most between this router's advertisements. RFC 6275, 7.3.");
static AGENT_PREFERENCE: FieldDef =
    FieldDef::uint("icmpv6.opt.home_agent_preference", "Home Agent Preference", 16)
        .about("How much this home agent is preferred; higher is more. RFC 6275, 7.4.");
static AGENT_LIFETIME: FieldDef = FieldDef::uint("icmpv6.opt.home_agent_lifetime", "Home Agent Lifetime", 16)
    .about("Seconds for which the router serves as home agent. RFC 6275, 7.4.");
static TIMESTAMP: FieldDef = FieldDef::time("icmpv6.opt.timestamp", "Timestamp")
    .about("When the message was sent, so that it cannot be replayed later. RFC 3971, 5.3.1.");
static NONCE: FieldDef = FieldDef::bytes("icmpv6.opt.nonce", "Nonce")
    .about("A random number that the answer repeats, or that shows a looped solicitation. RFC 3971, 5.3.2; RFC 7527, 4.1.");
static ROUTE_FLAGS: FieldDef = FieldDef::uint("icmpv6.opt.route_info.flag", "Flag", 8)
    .hex()
    .about("How much the route is preferred. RFC 4191, 2.3.");
static ROUTE_PREFERENCE: FieldDef =
    FieldDef::uint("icmpv6.opt.route_info.flag.route_preference", "Route Preference", 8)
        .mask(0x18)
        .values(PREFERENCES)
        .about("Whether to prefer this router for the prefix. RFC 4191, 2.3.");
static ROUTE_RESERVED: FieldDef = FieldDef::uint("icmpv6.opt.route_info.flag.reserved", "Reserved", 8)
    .mask(0xe7)
    .about("Zero when sent, ignored when received. RFC 4191, 2.3.");
static ROUTE_LIFETIME: FieldDef = FieldDef::uint("icmpv6.opt.route_lifetime", "Route Lifetime", 32)
    .values(FOREVER)
    .about("Seconds for which the route may be used. RFC 4191, 2.3.");
static RDNSS_LIFETIME: FieldDef = FieldDef::uint("icmpv6.opt.rdnss.lifetime", "Lifetime", 32)
    .values(FOREVER)
    .about("Seconds for which the resolvers may be asked; 0 for no longer. RFC 8106, 5.1.");
static RDNSS: FieldDef = FieldDef::ipv6("icmpv6.opt.rdnss", "Recursive DNS Servers")
    .about("Address of a resolver that hosts may ask. RFC 8106, 5.1.");
static DNSSL_LIFETIME: FieldDef = FieldDef::uint("icmpv6.opt.dnssl.lifetime", "Lifetime", 32)
    .values(FOREVER)
    .about("Seconds for which the names may be used; 0 for no longer. RFC 8106, 5.2.");
static DNSSL: FieldDef = FieldDef::text("icmpv6.opt.dnssl", "Domain Names")
    .about("A domain that is tried behind short names. RFC 8106, 5.2.");
static FLAGS_EXPANSION: FieldDef = FieldDef::uint("icmpv6.opt.efo", "Flags Expansion Option", 16)
    .hex()
    .about("Room for more router advertisement flags; none is defined. RFC 5175, 4.");
static CAPTIVE: FieldDef = FieldDef::text("icmpv6.opt.captive_portal", "Captive Portal")
    .about("Where to ask whether a login page stands before the network. RFC 8910, 2.3.");
static PREF64_LIFETIME: FieldDef = FieldDef::uint("icmpv6.opt.pref64.scaled_lifetime", "Scaled Lifetime", 16)
    .mask(0xfff8)
    .about("For how long the prefix may be used, in units of 8 seconds. RFC 8781, 4.");
static PREF64_CODE: FieldDef = FieldDef::uint("icmpv6.opt.pref64.plc", "PLC (Prefix Length Code)", 16)
    .mask(0x0007)
    .values(&[
        (0, "96 bits prefix length"),
        (1, "64 bits prefix length"),
        (2, "56 bits prefix length"),
        (3, "48 bits prefix length"),
        (4, "40 bits prefix length"),
        (5, "32 bits prefix length"),
    ])
    .about("How long the prefix is. RFC 8781, 4.");
static PREF64: FieldDef = FieldDef::ipv6("icmpv6.opt.pref64.prefix", "Prefix")
    .about("Prefix under which IPv4 addresses are reached through a translator. RFC 8781, 4.");
static DATA: FieldDef = FieldDef::bytes("icmpv6.unknown_data", "Unknown Data")
    .about("Data of an option that wirepeel does not take apart. RFC 4861, 4.6.");

/// Every field that is told here.
pub(super) const FIELDS: &[&FieldDef] = &[
    &OPTION,
    &TYPE,
    &LENGTH,
    &RESERVED,
    &PADDING,
    &LINKADDR,
    &SRC_LINKADDR,
    &TARGET_LINKADDR,
    &PREFIX_LENGTH,
    &PREFIX_FLAGS,
    &ON_LINK,
    &AUTONOMOUS,
    &ROUTER_ADDRESS,
    &PREFIX_RESERVED,
    &VALID,
    &PREFERRED,
    &PREFIX,
    &REDIRECTED,
    &MTU,
    &SHORTCUT,
    &INTERVAL,
    &AGENT_PREFERENCE,
    &AGENT_LIFETIME,
    &TIMESTAMP,
    &NONCE,
    &ROUTE_FLAGS,
    &ROUTE_PREFERENCE,
    &ROUTE_RESERVED,
    &ROUTE_LIFETIME,
    &RDNSS_LIFETIME,
    &RDNSS,
    &DNSSL_LIFETIME,
    &DNSSL,
    &FLAGS_EXPANSION,
    &CAPTIVE,
    &PREF64_LIFETIME,
    &PREF64_CODE,
    &PREF64,
    &DATA,
];

/// Options of one message; a sender has no use for more.
const MAX_OPTIONS: usize = 256;
/// Names of one search list.
const MAX_NAMES: usize = 64;

/// Peels the options that fill the rest of the message.
pub(super) fn tell<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    for _ in 0..MAX_OPTIONS {
        if packet.rest().is_empty() {
            break;
        }
        let at = packet.at();
        let [kind, units] = *packet.take::<2>("option header")?;
        let len = usize::from(units) * 8;
        packet.group(&OPTION, at, len.max(2));
        packet.label(|text| {
            let _ = match TYPE_NAMES.iter().find(|row| row.0 == u64::from(kind)) {
                Some((_, name)) => write!(text, "{name}"),
                None => write!(text, "type {kind}"),
            };
        });
        packet.uint(&TYPE, at, 1);
        packet.uint(&LENGTH, at + 1, 1);
        packet.label(|text| {
            let _ = write!(text, "{units} ({len} bytes)");
        });
        if len == 0 {
            // RFC 4861, 4.6: the whole message is to be dropped.
            return Err(packet.malformed("an option has length 0"));
        }
        packet.skip(len - 2, "option")?;
        if !value(packet, kind, at, len) {
            packet.problem(Problem::Malformed, at, len, |text| {
                let _ = write!(
                    text,
                    "ICMPv6 option {kind} has a length of {len} that its type does not allow",
                    len = Bytes(len)
                );
            });
            packet.slice(&DATA, at + 2, len - 2);
        }
        packet.end_group();
    }
    if !packet.rest().is_empty() {
        packet.next_rest(Claim::Data);
    }
    Ok(())
}

/// The address in a link-layer address option of this kind.
pub(super) fn hardware_address(mut options: &[u8], wanted: u8) -> Option<&[u8]> {
    for _ in 0..MAX_OPTIONS {
        let (kind, units) = match options {
            [kind, units, ..] if *units > 0 => (*kind, *units),
            _ => return None,
        };
        if kind == wanted {
            return options.get(2..8);
        }
        options = options.get(usize::from(units) * 8..)?;
    }
    None
}

/// Tells the option at `at`; `false` when its length is not one of its type.
fn value<S: Sink>(packet: &mut Packet<'_, S>, kind: u8, at: usize, len: usize) -> bool {
    match (kind, len) {
        (1 | 2, 8..) => {
            let field = if kind == 1 { &SRC_LINKADDR } else { &TARGET_LINKADDR };
            // IEEE 802.15.4 links have 8 bytes of address, the rest is padding.
            let held = if len == 8 { 6 } else { 8 };
            packet.slice(field, at + 2, held);
            if len > 2 + held {
                packet.field(&PADDING, at + 2 + held, len - 2 - held, Value::None);
            }
        }
        (3, 32) => prefix(packet, at),
        (4, 8..) => {
            packet.field(&RESERVED, at + 2, 6, Value::None);
            if len > 8 {
                packet.field(&REDIRECTED, at + 8, len - 8, Value::None);
                packet.next_quoted(Claim::EtherType(0x86dd), at + 8, len - 8);
            }
        }
        (5, 8) => {
            packet.field(&RESERVED, at + 2, 2, Value::None);
            packet.uint(&MTU, at + 4, 4);
        }
        (6, 8) => {
            packet.uint(&SHORTCUT, at + 2, 1);
            packet.field(&RESERVED, at + 3, 5, Value::None);
        }
        (7, 8) => {
            packet.field(&RESERVED, at + 2, 2, Value::None);
            packet.uint(&INTERVAL, at + 4, 4);
        }
        (8, 8) => {
            packet.field(&RESERVED, at + 2, 2, Value::None);
            packet.uint(&AGENT_PREFERENCE, at + 4, 2);
            packet.uint(&AGENT_LIFETIME, at + 6, 2);
        }
        (13, 16) => {
            packet.field(&RESERVED, at + 2, 6, Value::None);
            // Seconds since 1970 in 48 bits, then 1/65536ths.
            let stamp = packet.read(at + 8, 8).unwrap_or(0);
            let fraction = (stamp & 0xffff) * 1_000_000_000 / 65536;
            let nanos = (stamp >> 16).saturating_mul(1_000_000_000).saturating_add(fraction);
            packet.field(&TIMESTAMP, at + 8, 8, Value::Int(i64::try_from(nanos).unwrap_or(i64::MAX)));
        }
        (14, 8..) => packet.slice(&NONCE, at + 2, len - 2),
        (24, 8 | 16 | 24) => route(packet, at, len),
        (25, 24..) if len % 16 == 8 => {
            packet.field(&RESERVED, at + 2, 2, Value::None);
            packet.uint(&RDNSS_LIFETIME, at + 4, 4);
            if S::DETAIL {
                for place in (8..len).step_by(16) {
                    packet.slice(&RDNSS, at + place, 16);
                }
            }
        }
        (26, 8..) => packet.uint(&FLAGS_EXPANSION, at + 2, 2),
        (31, 16..) => {
            packet.field(&RESERVED, at + 2, 2, Value::None);
            packet.uint(&DNSSL_LIFETIME, at + 4, 4);
            if S::DETAIL {
                search_list(packet, at + 8, at + len);
            }
        }
        (37, 8..) => packet.slice(&CAPTIVE, at + 2, text_length(packet, at + 2, len - 2)),
        (38, 16) => pref64(packet, at),
        (3 | 5..=8 | 13 | 24 | 25 | 31 | 38, _) => return false,
        _ => packet.slice(&DATA, at + 2, len - 2),
    }
    true
}

fn prefix<S: Sink>(packet: &mut Packet<'_, S>, at: usize) {
    packet.uint(&PREFIX_LENGTH, at + 2, 1);
    packet.uint_group(&PREFIX_FLAGS, at + 3, 1);
    for part in [&ON_LINK, &AUTONOMOUS, &ROUTER_ADDRESS, &PREFIX_RESERVED] {
        packet.uint(part, at + 3, 1);
    }
    packet.end_group();
    packet.uint(&VALID, at + 4, 4);
    packet.uint(&PREFERRED, at + 8, 4);
    packet.field(&RESERVED, at + 12, 4, Value::None);
    packet.slice(&PREFIX, at + 16, 16);
}

fn route<S: Sink>(packet: &mut Packet<'_, S>, at: usize, len: usize) {
    packet.uint(&PREFIX_LENGTH, at + 2, 1);
    packet.uint_group(&ROUTE_FLAGS, at + 3, 1);
    packet.uint(&ROUTE_PREFERENCE, at + 3, 1);
    packet.uint(&ROUTE_RESERVED, at + 3, 1);
    packet.end_group();
    packet.uint(&ROUTE_LIFETIME, at + 4, 4);
    address_start(packet, &PREFIX, at + 8, len - 8);
}

/// An address whose last bytes are left out because they are zero.
fn address_start<S: Sink>(packet: &mut Packet<'_, S>, field: &'static FieldDef, at: usize, len: usize) {
    let mut address = [0; 16];
    let held = packet.bytes().get(at..at + len.min(16)).unwrap_or_default();
    for (to, from) in address.iter_mut().zip(held) {
        *to = *from;
    }
    packet.field(field, at, len, Value::Bytes(&address));
}

fn pref64<S: Sink>(packet: &mut Packet<'_, S>, at: usize) {
    packet.uint(&PREF64_LIFETIME, at + 2, 2);
    packet.uint(&PREF64_CODE, at + 2, 2);
    address_start(packet, &PREF64, at + 4, 12);
}

fn text_length<S: Sink>(packet: &Packet<'_, S>, at: usize, len: usize) -> usize {
    let bytes = packet.bytes().get(at..at + len).unwrap_or_default();
    bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())
}

/// Domain names as DNS writes them, without compression, zeros at the end.
fn search_list<S: Sink>(packet: &mut Packet<'_, S>, mut at: usize, end: usize) {
    let mut name = String::new();
    for _ in 0..MAX_NAMES {
        let start = at;
        name.clear();
        while let Some(&len) = packet.bytes().get(at..end).and_then(<[u8]>::first) {
            at += 1;
            if len == 0 {
                break;
            }
            let to = (at + usize::from(len)).min(end);
            let label = packet.bytes().get(at..to).unwrap_or_default();
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&String::from_utf8_lossy(label));
            at = to;
        }
        if name.is_empty() {
            break;
        }
        packet.field(&DNSSL, start, at - start, Value::Bytes(name.as_bytes()));
    }
    if at < end {
        packet.field(&PADDING, at, end - at, Value::None);
    }
}
