//! Per-packet information: what a capturing program puts before a frame, with
//! the frame's own link type (CACE Technologies, PPI 1.0.7).

use crate::base::LinkType;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value, value_name,
};
use std::fmt::Write as _;

static VERSION: FieldDef = FieldDef::uint("ppi.version", "Version", 8).about("Always 0. PPI 1.0.7, 3.1.");
static FLAGS: FieldDef =
    FieldDef::uint("ppi.flags", "Flags", 8).hex().about("How the fields lie. PPI 1.0.7, 3.1.1.");
static ALIGNMENT: FieldDef = FieldDef::flag("ppi.flags.alignment", "Alignment", 8, 0x01)
    .values(&[(0, "Not aligned"), (1, "32-bit aligned")])
    .about("Whether fields begin at multiples of four. PPI 1.0.7, 3.1.1.");
static RESERVED: FieldDef = FieldDef::uint("ppi.flags.reserved", "Reserved", 8)
    .hex()
    .mask(0xfe)
    .about("Must be 0. PPI 1.0.7, 3.1.1.");
static LENGTH: FieldDef = FieldDef::uint("ppi.length", "Header length", 16)
    .about("Bytes of this header, fields included: the frame is behind it. PPI 1.0.7, 3.1.2.");
static DLT: FieldDef =
    FieldDef::uint("ppi.dlt", "DLT", 32).about("Link type of the frame. PPI 1.0.7, 3.1.3.");
static FIELD: FieldDef = FieldDef::bytes("ppi.field", "Field").about("One field. PPI 1.0.7, 3.2.");
static TYPE: FieldDef = FieldDef::uint("ppi.field_type", "Field type", 16)
    .values(&[
        (2, "802.11-Common"),
        (3, "802.11n MAC Extensions"),
        (4, "802.11n MAC+PHY Extensions"),
        (5, "Spectrum-Map"),
        (6, "Process-Info"),
        (7, "Capture-Info"),
        (8, "Aggregation Extension"),
        (9, "802.3 Extension"),
        (30002, "GPS Tagging"),
        (30003, "VECTOR Tagging"),
        (30004, "SENSOR tagging"),
        (30005, "ANTENNA Tagging"),
    ])
    .about("What the field tells. PPI 1.0.7, 3.2.");
static FIELD_LENGTH: FieldDef =
    FieldDef::uint("ppi.field_len", "Field length", 16).about("Bytes of its value. PPI 1.0.7, 3.2.");
static TSFT: FieldDef = FieldDef::uint("ppi.80211-common.tsft", "TSFT", 64)
    .about("The card's clock when the frame arrived. PPI 1.0.7, 4.1.2.");
static COMMON_FLAGS: FieldDef = FieldDef::uint("ppi.80211-common.flags", "Flags", 16)
    .hex()
    .about("How the frame's bytes are kept. PPI 1.0.7, 4.1.2.");
static COMMON_FCS: FieldDef = FieldDef::flag("ppi.80211-common.flags.fcs", "FCS present flag", 16, 0x0001)
    .about("The frame's check sequence was kept: its last four bytes. PPI 1.0.7, 4.1.2.");
static RATE: FieldDef = FieldDef::uint("ppi.80211-common.rate", "Data rate", 16)
    .about("Rate that the frame was sent with, in half megabits a second. PPI 1.0.7, 4.1.2.");
static FREQUENCY: FieldDef = FieldDef::uint("ppi.80211-common.chan.freq", "Channel frequency", 16)
    .about("Frequency in MHz. PPI 1.0.7, 4.1.2.");
static CHANNEL: FieldDef = FieldDef::uint("ppi.80211-common.chan.flags", "Channel flags", 16)
    .hex()
    .about("What kind of channel it is. PPI 1.0.7, 4.1.2.");
static HOPSET: FieldDef = FieldDef::uint("ppi.80211-common.fhss.hopset", "FHSS hopset", 8)
    .hex()
    .about("Set of frequencies that a hopping radio used. PPI 1.0.7, 4.1.2.");
static PATTERN: FieldDef = FieldDef::uint("ppi.80211-common.fhss.pattern", "FHSS pattern", 8)
    .hex()
    .about("Order of the frequencies that a hopping radio used. PPI 1.0.7, 4.1.2.");
static SIGNAL: FieldDef = FieldDef::int("ppi.80211-common.dbm.antsignal", "dBm antenna signal", 8)
    .about("Strength of the signal, in decibels from a milliwatt. PPI 1.0.7, 4.1.2.");
static NOISE: FieldDef = FieldDef::int("ppi.80211-common.dbm.antnoise", "dBm antenna noise", 8)
    .about("Strength of the noise, in decibels from a milliwatt. PPI 1.0.7, 4.1.2.");
static INTERFACE: FieldDef = FieldDef::uint("ppi.aggregation_extension.interface_id", "Interface ID", 32)
    .about("Which of several interfaces the frame came from. PPI 1.0.7, 4.1.8.");
static EXTENSION: FieldDef = FieldDef::uint("ppi.8023_extension.flags", "Flags", 32)
    .hex()
    .about("Whether the frame's check sequence was kept. PPI 1.0.7, 4.1.9.");
static ERRORS: FieldDef = FieldDef::uint("ppi.8023_extension.errors", "Errors", 32)
    .hex()
    .about("What the card found wrong with the frame. PPI 1.0.7, 4.1.9.");
static VALUE: FieldDef =
    FieldDef::bytes("ppi.field_value", "Value").about("A value that is not taken apart. PPI 1.0.7, 3.2.");

const COMMON_80211: u16 = 2;
const AGGREGATION: u16 = 8;
const EXTENSION_8023: u16 = 9;

/// Dissector of PPI headers.
pub struct Ppi;

impl Dissector for Ppi {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ppi",
        label: "PPI",
        title: "PPI Packet Header",
        layer: Layer::Link,
        spec: "CACE PPI 1.0.7",
        about: "What a capturing program tells of a frame and of how it was heard; it was never sent.",
        fields: &[
            &VERSION,
            &FLAGS,
            &ALIGNMENT,
            &RESERVED,
            &LENGTH,
            &DLT,
            &FIELD,
            &TYPE,
            &FIELD_LENGTH,
            &TSFT,
            &COMMON_FLAGS,
            &COMMON_FCS,
            &RATE,
            &FREQUENCY,
            &CHANNEL,
            &HOPSET,
            &PATTERN,
            &SIGNAL,
            &NOISE,
            &INTERFACE,
            &EXTENSION,
            &ERRORS,
            &VALUE,
        ],
        trailer: None,
        stack: Some("ppi:pcap_pktdata"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(192)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [version, flags, l0, l1, dlt @ ..] = *packet.take::<8>("header")?;
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        let dlt = u32::from_le_bytes(dlt);
        packet.uint(&VERSION, 0, 1);
        packet.uint_group(&FLAGS, 1, 1);
        packet.uint(&ALIGNMENT, 1, 1);
        packet.uint(&RESERVED, 1, 1);
        packet.end_group();
        packet.uint_le(&LENGTH, 2, 2);
        packet.uint_le(&DLT, 4, 4);
        packet.info(|text| {
            let _ = write!(text, "PPI version {version}, {length} bytes");
        });
        let Ok(link) = u16::try_from(dlt) else {
            packet.next_rest(Claim::Data);
            return Ok(());
        };
        packet.label(|text| {
            let _ = write!(text, "{} ({dlt})", LinkType(link));
        });
        if length < 8 {
            packet.problem(Problem::Malformed, 2, 2, |text| {
                let _ = write!(text, "PPI: a header of {length} bytes, where 8 are the least");
            });
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        while packet.at() + 4 <= length {
            let at = packet.at();
            let [t0, t1, n0, n1] = *packet.take::<4>("field header")?;
            let (kind, len) = (u16::from_le_bytes([t0, t1]), usize::from(u16::from_le_bytes([n0, n1])));
            if at + 4 + len > length {
                packet.problem(Problem::Length, at + 2, 2, |text| {
                    let _ = write!(text, "PPI: a field of {len} bytes ends behind the header of {length}");
                });
                break;
            }
            packet.skip(len, "field")?;
            field(packet, kind, at, len);
            if flags & 1 != 0 {
                packet.skip(
                    packet.at().next_multiple_of(4).min(length.max(packet.at())) - packet.at(),
                    "filling",
                )?;
            }
        }
        if length < packet.claimed() {
            packet.next_link(LinkType(link), length, packet.claimed() - length);
        }
        Ok(())
    }
}

/// A field whose header is at `at` and whose value of `len` bytes is there.
fn field<S: Sink>(packet: &mut Packet<'_, S>, kind: u16, at: usize, len: usize) {
    let value = at + 4;
    packet.group(&FIELD, at, 4 + len);
    packet.label(|text| text.push_str(value_name(&TYPE, kind.into()).unwrap_or("unknown")));
    packet.uint_le(&TYPE, at, 2);
    packet.uint_le(&FIELD_LENGTH, at + 2, 2);
    match kind {
        COMMON_80211 if len >= 20 => {
            let flags = packet.read_le(value + 8, 2).unwrap_or(0);
            packet.medium.fcs_length = Some(if flags & 1 != 0 { 4 } else { 0 });
            packet.uint_le(&TSFT, value, 8);
            packet.parts_le(&COMMON_FLAGS, [&COMMON_FCS], value + 8, 2);
            for (place, def) in [(10, &RATE), (12, &FREQUENCY), (14, &CHANNEL)] {
                packet.uint_le(def, value + place, 2);
            }
            packet.uint(&HOPSET, value + 16, 1);
            packet.uint(&PATTERN, value + 17, 1);
            for (place, def) in [(18, &SIGNAL), (19, &NOISE)] {
                let level = packet.read(value + place, 1).unwrap_or(0) as u8 as i8;
                packet.field(def, value + place, 1, Value::Int(level.into()));
            }
        }
        AGGREGATION if len >= 4 => packet.uint_le(&INTERFACE, value, 4),
        EXTENSION_8023 if len >= 8 => {
            let flags = packet.read_le(value, 4).unwrap_or(0);
            packet.medium.fcs_length = Some(if flags & 1 != 0 { 4 } else { 0 });
            packet.uint_le(&EXTENSION, value, 4);
            packet.uint_le(&ERRORS, value + 4, 4);
        }
        _ => packet.slice(&VALUE, value, len),
    }
    packet.end_group();
}
