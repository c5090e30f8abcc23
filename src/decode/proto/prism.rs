//! The header that drivers of Prism cards put before an 802.11 frame.

use super::avs;
use crate::base::LinkType;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value,
};
use std::fmt::Write as _;

static MSGCODE: FieldDef = FieldDef::uint("prism.msgcode", "Message Code", 32)
    .hex()
    .about("What kind of message it is: 0x44 or 0x41 for a frame. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static MSGLEN: FieldDef = FieldDef::uint("prism.msglen", "Message Length", 32)
    .about("Bytes of this header: the frame is behind it. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static DEVNAME: FieldDef = FieldDef::text("prism.devname", "Device Name")
    .about("Interface that heard the frame. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static DID: FieldDef = FieldDef::group("prism.did", "DID")
    .about("One thing that the card tells. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static DID_TYPE: FieldDef = FieldDef::uint("prism.did.type", "DID", 32)
    .hex()
    .about("What the card tells. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static DID_STATUS: FieldDef = FieldDef::uint("prism.did.status", "Status", 16)
    .values(&[(0, "Supplied"), (1, "Not Supplied")])
    .about("Whether the card tells it. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static DID_LENGTH: FieldDef = FieldDef::uint("prism.did.length", "Length", 16)
    .about("Bytes of the value. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");
static NUMBERS: &[(u64, &str)] = &[
    (1, "Host Time"),
    (2, "MAC timestamp (lower 32 bits)"),
    (3, "Channel"),
    (4, "RSSI"),
    (5, "Signal Quality"),
    (6, "Signal"),
    (7, "Noise"),
    (8, "Data rate (in 500 kb/s)"),
    (9, "IsTX"),
    (10, "Frame Length"),
];
static DID_VALUE: FieldDef = FieldDef::uint("prism.did.unknown", "Value", 32)
    .about("The value. tcpdump.org LINKTYPE_IEEE802_11_PRISM.");

/// Code, length and name; the values behind them take twelve bytes each.
const FIXED: usize = 24;
const VALUE: usize = 12;
/// LINKTYPE_IEEE802_11.
const IEEE802_11: LinkType = LinkType(105);

/// Dissector of Prism headers.
pub struct Prism;

impl Dissector for Prism {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "prism",
        label: "Prism",
        title: "Prism capture header",
        layer: Layer::Link,
        spec: "LINKTYPE_IEEE802_11_PRISM",
        about: "What an older wireless card tells of a frame that it heard; it was never sent.",
        fields: &[&MSGCODE, &MSGLEN, &DEVNAME, &DID, &DID_TYPE, &DID_STATUS, &DID_LENGTH, &DID_VALUE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(119)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        // Captures of this type may hold AVS headers in place of Prism's.
        if packet.read(0, 4).is_some_and(|word| word & avs::MASK == avs::MAGIC) {
            packet.label(|text| text.push_str("AVS header in its place"));
            packet.next_rest(Claim::Protocol(avs::Avs::PROTOCOL));
            return Ok(());
        }
        packet.take::<FIXED>("header")?;
        let length = packet.read_le(4, 4).unwrap_or(0) as usize;
        packet.uint_le(&MSGCODE, 0, 4);
        packet.uint_le(&MSGLEN, 4, 4);
        if S::DETAIL {
            let name = packet.bytes().get(8..FIXED).unwrap_or_default();
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            packet.field(&DEVNAME, 8, 16, Value::Bytes(name.get(..end).unwrap_or_default()));
        }
        packet.info(|text| {
            let _ = write!(text, "Prism header of {length} bytes");
        });
        if length < FIXED {
            packet.problem(Problem::Malformed, 4, 4, |text| {
                let _ = write!(text, "Prism: a header of {length} bytes, where {FIXED} are the least");
            });
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        packet.skip(length - FIXED, "list of values")?;
        if S::DETAIL {
            for at in (FIXED..length).step_by(VALUE).take_while(|at| at + VALUE <= length) {
                value(packet, at);
            }
        }
        if length < packet.claimed() {
            packet.next_link(IEEE802_11, length, packet.claimed() - length);
        }
        Ok(())
    }
}

fn value<S: Sink>(packet: &mut Packet<'_, S>, at: usize) {
    // Linux counts the values in the upper half of the number, BSD in the fourth digit.
    let number = packet.read_le(at, 4).unwrap_or(0);
    let kind = if number >> 16 != 0 { number >> 16 } else { number >> 12 };
    packet.group(&DID, at, VALUE);
    packet.label(|text| {
        let name = NUMBERS.iter().find(|row| row.0 == kind).map_or("unknown", |row| row.1);
        text.push_str(name);
    });
    packet.uint_le(&DID_TYPE, at, 4);
    packet.uint_le(&DID_STATUS, at + 4, 2);
    packet.uint_le(&DID_LENGTH, at + 6, 2);
    packet.uint_le(&DID_VALUE, at + 8, 4);
    packet.end_group();
}
