//! Neighbour discovery (RFC 4861): ICMPv6 types 133 to 137.

use super::RESERVED;
use super::options;
use crate::decode::{FieldDef, Outcome, Packet, Problem, Sink, write_hex};
use std::fmt::Write as _;
use std::net::Ipv6Addr;

static HOP_LIMIT: FieldDef = FieldDef::uint("icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", 8)
    .about("Hop limit that hosts on the link should send with; 0 for no opinion. RFC 4861, 4.2.");
static FLAGS: FieldDef = FieldDef::uint("icmpv6.nd.ra.flag", "Flags", 8)
    .hex()
    .about("How hosts get their addresses, and what kind of router this is. RFC 4861, 4.2; RFC 5175.");
static MANAGED: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.m", "Managed address configuration", 8, 0x80)
    .about("Addresses are to be had from DHCPv6. RFC 4861, 4.2.");
static OTHER: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.o", "Other configuration", 8, 0x40)
    .about("Other settings, such as resolvers, are to be had from DHCPv6. RFC 4861, 4.2.");
static HOME_AGENT: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.h", "Home Agent", 8, 0x20)
    .about("The router also serves mobile nodes as home agent. RFC 6275, 7.1.");
static PREFERENCE: FieldDef = FieldDef::uint("icmpv6.nd.ra.flag.prf", "Prf (Default Router Preference)", 8)
    .mask(0x18)
    .values(options::PREFERENCES)
    .about("Whether to prefer this default router over others. RFC 4191, 2.2.");
static PROXY: FieldDef = FieldDef::flag("icmpv6.nd.ra.flag.p", "Proxy", 8, 0x04)
    .about("The advertisement was passed on by a neighbour discovery proxy. RFC 4389, 4.1.3.3.");
static FLAGS_RESERVED: FieldDef = FieldDef::uint("icmpv6.nd.ra.flag.rsv", "Reserved", 8)
    .mask(0x03)
    .about("Zero when sent, ignored when received. RFC 4861, 4.2.");
static LIFETIME: FieldDef = FieldDef::uint("icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", 16)
    .about("Seconds for which this may be the default router; 0 for not at all. RFC 4861, 4.2.");
static REACHABLE: FieldDef = FieldDef::uint("icmpv6.nd.ra.reachable_time", "Reachable time (ms)", 32)
    .about("Milliseconds for which a neighbour counts as reachable after it answered. RFC 4861, 4.2.");
static RETRANS: FieldDef = FieldDef::uint("icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", 32)
    .about("Milliseconds between repeated neighbour solicitations. RFC 4861, 4.2.");
static NS_TARGET: FieldDef = FieldDef::ipv6("icmpv6.nd.ns.target_address", "Target Address")
    .about("The address whose owner is looked for. RFC 4861, 4.3.");
static NA_FLAGS: FieldDef = FieldDef::uint("icmpv6.nd.na.flag", "Flags", 32)
    .hex()
    .about("Who answers, and how much the answer counts. RFC 4861, 4.4.");
static NA_ROUTER: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.r", "Router", 32, 0x8000_0000)
    .about("The sender is a router. RFC 4861, 4.4.");
static NA_SOLICITED: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.s", "Solicited", 32, 0x4000_0000)
    .about("This answers a solicitation. RFC 4861, 4.4.");
static NA_OVERRIDE: FieldDef = FieldDef::flag("icmpv6.nd.na.flag.o", "Override", 32, 0x2000_0000)
    .about("The hardware address replaces one that is already known. RFC 4861, 4.4.");
static NA_RESERVED: FieldDef = FieldDef::uint("icmpv6.nd.na.flag.rsv", "Reserved", 32)
    .mask(0x1fff_ffff)
    .about("Zero when sent, ignored when received. RFC 4861, 4.4.");
static NA_TARGET: FieldDef = FieldDef::ipv6("icmpv6.nd.na.target_address", "Target Address")
    .about("The address that the sender owns. RFC 4861, 4.4.");
static RD_TARGET: FieldDef = FieldDef::ipv6("icmpv6.nd.rd.target_address", "Target Address").about(
    "The better first hop: a router, or the destination itself when it is on the link. RFC 4861, 4.5.",
);

/// Every field that is told here.
pub(super) const FIELDS: &[&FieldDef] = &[
    &HOP_LIMIT,
    &FLAGS,
    &MANAGED,
    &OTHER,
    &HOME_AGENT,
    &PREFERENCE,
    &PROXY,
    &FLAGS_RESERVED,
    &LIFETIME,
    &REACHABLE,
    &RETRANS,
    &NS_TARGET,
    &NA_FLAGS,
    &NA_ROUTER,
    &NA_SOLICITED,
    &NA_OVERRIDE,
    &NA_RESERVED,
    &NA_TARGET,
    &RD_TARGET,
    &RD_DESTINATION,
];
static RD_DESTINATION: FieldDef = FieldDef::ipv6("icmpv6.rd.na.destination_address", "Destination Address")
    .about("The destination whose packets should go that way. RFC 4861, 4.5.");

/// Peels a message whose first 4 bytes are taken.
pub(super) fn message<S: Sink>(packet: &mut Packet<'_, S>, message: u8) -> Outcome {
    let hops = packet.net.hops;
    if packet.net.v6 && hops != 255 {
        // 255 shows that no router passed it on (RFC 4861, 3.1).
        packet.problem(Problem::Unusual, 0, 1, |text| {
            let _ = write!(text, "ICMPv6 neighbour discovery came with hop limit {hops}; it must be 255");
        });
    }
    match message {
        133 => {
            packet.skip(4, "router solicitation")?;
            packet.slice(&RESERVED, 4, 4);
            told_by(packet, "Router Solicitation from ");
        }
        134 => {
            packet.skip(12, "router advertisement")?;
            packet.uint(&HOP_LIMIT, 4, 1);
            packet.uint_group(&FLAGS, 5, 1);
            for part in [&MANAGED, &OTHER, &HOME_AGENT, &PREFERENCE, &PROXY, &FLAGS_RESERVED] {
                packet.uint(part, 5, 1);
            }
            packet.end_group();
            packet.uint(&LIFETIME, 6, 2);
            packet.uint(&REACHABLE, 8, 4);
            packet.uint(&RETRANS, 12, 4);
            told_by(packet, "Router Advertisement from ");
        }
        135 => {
            let [_, _, _, _, target @ ..] = *packet.take::<20>("neighbor solicitation")?;
            packet.slice(&RESERVED, 4, 4);
            packet.slice(&NS_TARGET, 8, 16);
            let hardware = options::hardware_address(packet.rest(), 1);
            packet.info(|text| {
                let _ = write!(text, "Neighbor Solicitation for {}", Ipv6Addr::from(target));
                if let Some(address) = hardware {
                    text.push_str(" from ");
                    mac(text, address);
                }
            });
        }
        136 => neighbour(packet)?,
        _ => {
            packet.skip(36, "redirect")?;
            packet.slice(&RESERVED, 4, 4);
            packet.slice(&RD_TARGET, 8, 16);
            packet.slice(&RD_DESTINATION, 24, 16);
        }
    }
    options::tell(packet)
}

fn neighbour<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let [flags, _, _, _, target @ ..] = *packet.take::<20>("neighbor advertisement")?;
    packet.uint_group(&NA_FLAGS, 4, 4);
    for part in [&NA_ROUTER, &NA_SOLICITED, &NA_OVERRIDE, &NA_RESERVED] {
        packet.uint(part, 4, 4);
    }
    packet.end_group();
    packet.slice(&NA_TARGET, 8, 16);
    let hardware = options::hardware_address(packet.rest(), 2);
    packet.info(|text| {
        let _ = write!(text, "Neighbor Advertisement {}", Ipv6Addr::from(target));
        let mut before = " (";
        for (bit, word) in [(0x80, "rtr"), (0x40, "sol"), (0x20, "ovr")] {
            if flags & bit != 0 {
                let _ = write!(text, "{before}{word}");
                before = ", ";
            }
        }
        if flags & 0xe0 != 0 {
            text.push(')');
        }
        if let Some(address) = hardware {
            text.push_str(" is at ");
            mac(text, address);
        }
    });
    Ok(())
}

fn told_by<S: Sink>(packet: &mut Packet<'_, S>, words: &str) {
    if let Some(address) = options::hardware_address(packet.rest(), 1) {
        packet.info(|text| {
            text.push_str(words);
            mac(text, address);
        });
    }
}

fn mac(text: &mut String, address: &[u8]) {
    for (at, byte) in address.iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        write_hex(text, &[*byte]);
    }
}
