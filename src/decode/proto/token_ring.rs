//! Token Ring frames (IEEE 802.5), with source routing.

use crate::decode::{
    Binding, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value,
};
use std::fmt::Write as _;

static AC: FieldDef = FieldDef::uint("tr.ac", "Access Control", 8)
    .hex()
    .about("Who may send next: the token's priority, and who asks for it. IEEE 802.5, 3.2.2.");
static PRIORITY: FieldDef = FieldDef::uint("tr.priority", "Priority", 8)
    .mask(0xe0)
    .about("Priority of the token that the frame was made from. IEEE 802.5, 3.2.2.1.");
static FRAME: FieldDef = FieldDef::flag("tr.frame", "Frame", 8, 0x10)
    .values(&[(0, "Token"), (1, "Frame")])
    .about("Whether this is a frame or the free token. IEEE 802.5, 3.2.2.2.");
static MONITOR: FieldDef = FieldDef::uint("tr.monitor_cnt", "Monitor Count", 8)
    .mask(0x08)
    .about("The ring's monitor has seen the frame once: a second time it takes it out. IEEE 802.5, 3.2.2.3.");
static RESERVATION: FieldDef = FieldDef::uint("tr.priority_reservation", "Priority Reservation", 8)
    .mask(0x07)
    .about("Priority that a station on the way asks for. IEEE 802.5, 3.2.2.4.");
static FC: FieldDef = FieldDef::uint("tr.fc", "Frame Control", 8)
    .hex()
    .about("Whether the frame is for the ring itself or carries a packet. IEEE 802.5, 3.2.3.");
static TYPE: FieldDef = FieldDef::uint("tr.frame_type", "Frame Type", 8)
    .mask(0xc0)
    .values(&[(0, "MAC"), (1, "LLC"), (2, "Reserved"), (3, "Unknown")])
    .about("Whether the frame is for the ring itself or carries a packet. IEEE 802.5, 3.2.3.1.");
static PCF: FieldDef = FieldDef::uint("tr.frame_pcf", "Frame PCF", 8)
    .mask(0x0f)
    .values(&[
        (0, "Normal buffer"),
        (1, "Express buffer"),
        (2, "Purge"),
        (3, "Claim Token"),
        (4, "Beacon"),
        (5, "Active Monitor Present"),
        (6, "Standby Monitor Present"),
    ])
    .about("How urgent a frame for the ring itself is. IEEE 802.5, 3.2.3.2.");
static ADDR: FieldDef = FieldDef::mac("tr.addr", "Source or Destination Address")
    .about("Either hardware address of the frame. IEEE 802.5, 3.2.4.");
static DST: FieldDef = FieldDef::mac("tr.dst", "Destination")
    .also(&[&ADDR])
    .about("Hardware address of the station that the frame is meant for. IEEE 802.5, 3.2.4.1.");
static SRC: FieldDef = FieldDef::mac("tr.src", "Source")
    .also(&[&ADDR])
    .about("Hardware address of the station that sent the frame. IEEE 802.5, 3.2.4.2.");
static SR: FieldDef = FieldDef::flag("tr.sr", "Source Routed", 8, 0x80)
    .about("The way over bridges to other rings follows. IEEE 802.5, 3.2.4.2.");
static RIF_BYTES: FieldDef = FieldDef::uint("tr.rif_bytes", "RIF Bytes", 8)
    .mask(0x1f)
    .about("Bytes of routing information, these two included. IEEE 802.1D, C.3.3.2.");
static BROADCAST: FieldDef = FieldDef::uint("tr.broadcast", "Broadcast Type", 8)
    .mask(0xe0)
    .values(&[
        (0, "Non-broadcast"),
        (4, "All-routes broadcast"),
        (5, "All-routes broadcast"),
        (6, "Single-route broadcast"),
        (7, "Single-route broadcast"),
    ])
    .about("Whether the way is given or every one shall be tried. IEEE 802.1D, C.3.3.2.");
static DIRECTION: FieldDef = FieldDef::uint("tr.direction", "Direction", 8)
    .mask(0x80)
    .values(&[(0, "From originating station (-->)"), (1, "To originating station (<--)")])
    .about("Which way the list of rings is to be read. IEEE 802.1D, C.3.3.2.");
static MAX_SIZE: FieldDef = FieldDef::uint("tr.max_frame_size", "Maximum Frame Size", 8)
    .mask(0x70)
    .values(&[
        (0, "516"),
        (1, "1500"),
        (2, "2052"),
        (3, "4472"),
        (4, "8144"),
        (5, "11407"),
        (6, "17800"),
        (7, "65535"),
    ])
    .about("Longest packet that the way lets pass. IEEE 802.1D, C.3.3.2.");
static RING: FieldDef = FieldDef::uint("tr.rif.ring", "RIF Ring", 16)
    .hex()
    .mask(0xfff0)
    .about("A ring on the way. IEEE 802.1D, C.3.3.2.");
static BRIDGE: FieldDef = FieldDef::uint("tr.rif.bridge", "RIF Bridge", 16)
    .hex()
    .mask(0x000f)
    .about("The bridge that leads to the next ring. IEEE 802.1D, C.3.3.2.");

/// Dissector of Token Ring frames.
pub struct TokenRing;

impl Dissector for TokenRing {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "tr",
        label: "Token Ring",
        title: "Token-Ring",
        layer: Layer::Link,
        spec: "IEEE 802.5",
        about: "Carries packets around a ring of stations, where whoever holds the token may send.",
        fields: &[
            &AC,
            &PRIORITY,
            &FRAME,
            &MONITOR,
            &RESERVATION,
            &FC,
            &TYPE,
            &PCF,
            &ADDR,
            &DST,
            &SRC,
            &SR,
            &RIF_BYTES,
            &BROADCAST,
            &DIRECTION,
            &MAX_SIZE,
            &RING,
            &BRIDGE,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Link(6),
        // Bridged frames, with their check sequence and without (RFC 2427, 4.2).
        Binding::Snap(0x0080c2, 0x0003),
        Binding::Snap(0x0080c2, 0x0009),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [_, control, d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5] = *packet.take::<14>("header")?;
        packet.uint_group(&AC, 0, 1);
        for part in [&PRIORITY, &FRAME, &MONITOR, &RESERVATION] {
            packet.uint(part, 0, 1);
        }
        packet.end_group();
        packet.uint_group(&FC, 1, 1);
        packet.uint(&TYPE, 1, 1);
        packet.uint(&PCF, 1, 1);
        packet.end_group();
        packet.slice(&DST, 2, 6);
        // The upper bit of the source says that a route follows.
        let src = [s0 & 0x7f, s1, s2, s3, s4, s5];
        packet.field(&SRC, 8, 6, Value::Bytes(&src));
        packet.uint(&SR, 8, 1);
        packet.endpoints(Endpoint::Mac(src), Endpoint::Mac([d0, d1, d2, d3, d4, d5]));
        packet.info(|text| {
            let _ = write!(text, "Token-Ring {}", if control >> 6 == 0 { "MAC" } else { "LLC" });
        });
        if s0 & 0x80 != 0 {
            route(packet)?;
        }
        packet.next_rest(match control >> 6 {
            1 => Claim::Protocol(super::llc::Llc::PROTOCOL),
            _ => Claim::Data,
        });
        Ok(())
    }
}

/// Takes the routing information: rings and the bridges between them.
fn route<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let at = packet.at();
    let [first, _] = *packet.take::<2>("routing information")?;
    let len = usize::from(first & 0x1f);
    packet.uint(&BROADCAST, at, 1);
    packet.uint(&RIF_BYTES, at, 1);
    packet.uint(&DIRECTION, at + 1, 1);
    packet.uint(&MAX_SIZE, at + 1, 1);
    if len < 2 || len % 2 != 0 {
        packet.problem(Problem::Malformed, at, 1, |text| {
            let _ = write!(text, "Token Ring: routing information of {len} bytes");
        });
    }
    packet.skip(len.saturating_sub(2), "routing information")?;
    for place in (at + 2..(at + len).saturating_sub(1)).step_by(2) {
        packet.uint(&RING, place, 2);
        packet.uint(&BRIDGE, place, 2);
    }
    Ok(())
}
