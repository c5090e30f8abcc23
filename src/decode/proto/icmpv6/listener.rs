//! Multicast listener discovery (RFC 2710, RFC 3810): ICMPv6 types 130 to 132 and 143.

use super::RESERVED;
use crate::decode::proto::be16;
use crate::decode::{Claim, FieldDef, Outcome, Packet, Sink};
use std::fmt::Write as _;
use std::net::Ipv6Addr;

static DELAY: FieldDef =
    FieldDef::uint("icmpv6.mld.maximum_response_delay", "Maximum Response Delay [ms]", 16)
        .about("Milliseconds within which listeners must answer a query. RFC 2710, 3.4.");
static RESPONSE_CODE: FieldDef =
    FieldDef::uint("icmpv6.mld.maximum_response_code", "Maximum Response Code", 16)
        .about("Milliseconds within which listeners must answer; from 32768 on a floating-point number. RFC 3810, 5.1.3.");
static ADDRESS: FieldDef = FieldDef::ipv6("icmpv6.mld.multicast_address", "Multicast Address")
    .about("The group that is asked about, joined or left; zero asks about all groups. RFC 2710, 3.6.");
static FLAGS: FieldDef =
    FieldDef::uint("icmpv6.mld.flag", "Flags", 8).hex().about("How the querier works. RFC 3810, 5.1.");
static SUPPRESS: FieldDef = FieldDef::flag("icmpv6.mld.flag.s", "Suppress Router-Side Processing", 8, 0x08)
    .about("Other routers should not restart their timers on this query. RFC 3810, 5.1.7.");
static QRV: FieldDef = FieldDef::uint("icmpv6.mld.flag.qrv", "QRV (Querier's Robustness Variable)", 8)
    .mask(0x07)
    .about("How many losses in a row the protocol should survive, plus one. RFC 3810, 5.1.8.");
static FLAGS_RESERVED: FieldDef = FieldDef::uint("icmpv6.mld.flag.reserved", "Reserved", 8)
    .mask(0xf0)
    .about("Zero when sent, ignored when received. RFC 3810, 5.1.6.");
static QQI: FieldDef = FieldDef::uint("icmpv6.mld.qqi", "QQIC (Querier's Query Interval Code)", 8).about(
    "Seconds between the querier's general queries; from 128 on a floating-point number. RFC 3810, 5.1.9.",
);
static SOURCES: FieldDef = FieldDef::uint("icmpv6.mld.nb_sources", "Number of Sources", 16)
    .about("How many source addresses follow. RFC 3810, 5.1.10.");
static SOURCE: FieldDef = FieldDef::ipv6("icmpv6.mld.source_address", "Source Address")
    .about("A sender whose packets to the group are asked about. RFC 3810, 5.1.11.");
static RECORDS: FieldDef =
    FieldDef::uint("icmpv6.mldr.nb_mcast_records", "Number of Multicast Address Records", 16)
        .about("How many records follow. RFC 3810, 5.2.3.");
static RECORD: FieldDef = FieldDef::group("icmpv6.mldr.mar", "Multicast Address Record")
    .about("What the sender wants to hear of one group. RFC 3810, 5.2.4.");
static RECORD_NAMES: &[(u64, &str)] = &[
    (1, "Include"),
    (2, "Exclude"),
    (3, "Changed to include"),
    (4, "Changed to exclude"),
    (5, "Allow new sources"),
    (6, "Block old sources"),
];
static RECORD_TYPE: FieldDef = FieldDef::uint("icmpv6.mldr.mar.record_type", "Record Type", 8)
    .values(RECORD_NAMES)
    .about("Whether the listed sources are wanted or unwanted, and what has changed. RFC 3810, 5.2.12.");
static AUX_LENGTH: FieldDef = FieldDef::uint("icmpv6.mldr.mar.aux_data_len", "Aux Data Len", 8)
    .about("Length of the auxiliary data in units of 4 bytes. RFC 3810, 5.2.6.");
static RECORD_SOURCES: FieldDef = FieldDef::uint("icmpv6.mldr.mar.nb_sources", "Number of Sources", 16)
    .about("How many source addresses the record lists. RFC 3810, 5.2.7.");
static RECORD_ADDRESS: FieldDef = FieldDef::ipv6("icmpv6.mldr.mar.multicast_address", "Multicast Address")
    .about("The group that the record is about. RFC 3810, 5.2.8.");
static RECORD_SOURCE: FieldDef = FieldDef::ipv6("icmpv6.mldr.mar.source_address", "Source Address")
    .about("A sender that the record is about. RFC 3810, 5.2.9.");

/// Every field that is told here.
pub(super) const FIELDS: &[&FieldDef] = &[
    &DELAY,
    &RESPONSE_CODE,
    &ADDRESS,
    &FLAGS,
    &SUPPRESS,
    &QRV,
    &FLAGS_RESERVED,
    &QQI,
    &SOURCES,
    &SOURCE,
    &RECORDS,
    &RECORD,
    &RECORD_TYPE,
    &AUX_LENGTH,
    &RECORD_SOURCES,
    &RECORD_ADDRESS,
    &RECORD_SOURCE,
    &AUX,
];
static AUX: FieldDef = FieldDef::bytes("icmpv6.mldr.mar.auxiliary_data", "Auxiliary Data")
    .about("Data for later versions; none are defined. RFC 3810, 5.2.10.");

/// A version 1 query, report or done is exactly this long behind the first 4 bytes.
const VERSION_1: usize = 20;

/// Peels a message whose first 4 bytes are taken.
pub(super) fn message<S: Sink>(packet: &mut Packet<'_, S>, message: u8) -> Outcome {
    match message {
        143 => report(packet),
        130 if packet.claimed() > 4 + VERSION_1 => query(packet),
        _ => {
            let at = packet.at();
            packet.skip(VERSION_1, "multicast listener message")?;
            packet.uint(&DELAY, at, 2);
            packet.slice(&RESERVED, at + 2, 2);
            packet.slice(&ADDRESS, at + 4, 16);
            packet.next_rest(Claim::Data);
            Ok(())
        }
    }
}

fn query<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let [.., n0, n1] = *packet.take::<24>("multicast listener query")?;
    packet.uint(&RESPONSE_CODE, 4, 2);
    packet.slice(&RESERVED, 6, 2);
    packet.slice(&ADDRESS, 8, 16);
    packet.uint_group(&FLAGS, 24, 1);
    for part in [&SUPPRESS, &QRV, &FLAGS_RESERVED] {
        packet.uint(part, 24, 1);
    }
    packet.end_group();
    packet.uint(&QQI, 25, 1);
    packet.uint(&SOURCES, 26, 2);
    for _ in 0..be16(n0, n1) {
        let at = packet.at();
        packet.skip(16, "source address")?;
        packet.slice(&SOURCE, at, 16);
    }
    packet.next_rest(Claim::Data);
    Ok(())
}

fn report<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let [_, _, n0, n1] = *packet.take::<4>("header")?;
    packet.slice(&RESERVED, 4, 2);
    packet.uint(&RECORDS, 6, 2);
    for _ in 0..be16(n0, n1) {
        let at = packet.at();
        let [kind, aux, s0, s1, address @ ..] = *packet.take::<20>("multicast address record")?;
        let (sources, aux) = (usize::from(be16(s0, s1)), usize::from(aux) * 4);
        packet.group(&RECORD, at, 20 + sources * 16 + aux);
        packet.label(|text| {
            let name =
                RECORD_NAMES.iter().find(|row| row.0 == u64::from(kind)).map_or("unknown", |row| row.1);
            let _ = write!(text, "{name}: {}", Ipv6Addr::from(address));
        });
        packet.uint(&RECORD_TYPE, at, 1);
        packet.uint(&AUX_LENGTH, at + 1, 1);
        packet.uint(&RECORD_SOURCES, at + 2, 2);
        packet.slice(&RECORD_ADDRESS, at + 4, 16);
        for _ in 0..sources {
            let at = packet.at();
            packet.skip(16, "source address")?;
            packet.slice(&RECORD_SOURCE, at, 16);
        }
        if aux > 0 {
            let at = packet.at();
            packet.skip(aux, "auxiliary data")?;
            packet.slice(&AUX, at, aux);
        }
        packet.end_group();
    }
    packet.next_rest(Claim::Data);
    Ok(())
}
