//! The frame itself: what the capture records besides the bytes.

use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Trailer, Value,
};
use std::fmt::Write as _;

static NUMBER: FieldDef = FieldDef::uint("frame.number", "Frame number", 32)
    .about("Place of the packet in the capture; the first is 1. Given by the capture, not by the network.");
static TIME: FieldDef = FieldDef::time("frame.time", "Arrival time")
    .about("When the capturing machine saw the packet, by its own clock, in UTC.");
static TIME_EPOCH: FieldDef = FieldDef::duration("frame.time_epoch", "Epoch time")
    .about("The arrival time as seconds since 1970-01-01 00:00:00 UTC.");
static TIME_DELTA: FieldDef = FieldDef::duration("frame.time_delta", "Time since the previous frame")
    .about("How long after the packet before it in the capture this one arrived.");
static TIME_RELATIVE: FieldDef = FieldDef::duration("frame.time_relative", "Time since the first frame")
    .about("How long after the capture's first packet this one arrived.");
static LEN: FieldDef = FieldDef::uint("frame.len", "Length on the wire", 32)
    .about("Bytes that the packet had on the network, as the capturing machine saw it.");
static CAP_LEN: FieldDef = FieldDef::uint("frame.cap_len", "Captured length", 32)
    .about("Bytes that the capture holds; fewer than on the wire when a snap length cut it short.");
static INTERFACE_ID: FieldDef = FieldDef::uint("frame.interface_id", "Interface", 32)
    .about("Place of the capturing interface in the capture's own list.");
static INTERFACE_NAME: FieldDef = FieldDef::text("frame.interface_name", "Interface name")
    .about("Name of the interface that the packet was captured on.");
static LINK: FieldDef = FieldDef::uint("frame.link_type", "Link type", 16)
    .about("LINKTYPE number: which kind of header the bytes begin with.");
static COMMENT: FieldDef = FieldDef::text("frame.comment", "Comment")
    .about("What somebody wrote beside this packet in the capture file.");
static FLAGS: FieldDef = FieldDef::uint("frame.packet_flags", "Packet flags", 32)
    .hex()
    .about("What the capturing machine noted of the packet: direction, reception, link-layer errors.");
static DIRECTION: FieldDef = FieldDef::uint("frame.packet_flags_direction", "Direction", 32)
    .mask(0x3)
    .values(&[(0, "Unknown"), (1, "Inbound"), (2, "Outbound")])
    .about("Whether the packet came in to the capturing machine or left it.");
static RECEPTION: FieldDef = FieldDef::uint("frame.packet_flags_reception_type", "Reception type", 32)
    .mask(0x1c)
    .values(&[(0, "Not specified"), (1, "Unicast"), (2, "Multicast"), (3, "Broadcast"), (4, "Promiscuous")])
    .about("Whom the frame was addressed to, as the capturing machine saw it.");
/// Told by the sinks themselves, which see every layer.
pub(in crate::decode) static PROTOCOLS: FieldDef = FieldDef::text("frame.protocols", "Protocols in frame")
    .about("The names of all layers, from the link outwards in.");
static PADDING: FieldDef =
    FieldDef::bytes("frame.padding", "Padding").about("Zero bytes behind the packet that no layer claims.");
static TRAILER: FieldDef =
    FieldDef::bytes("frame.trailer", "Trailer").about("Bytes behind the packet that no layer claims.");

/// For bytes behind a packet whose link layer cannot have a trailer.
pub(in crate::decode) const TRAILERS: Trailer = Trailer { padding: &PADDING, trailer: &TRAILER };

/// Dissector of the frame record.
pub struct Frame;

impl Dissector for Frame {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "frame",
        label: "Frame",
        title: "Frame",
        layer: Layer::Frame,
        spec: "pcapng",
        about: "What the capture records of a packet besides its bytes: number, time, lengths, interface.",
        fields: &[
            &NUMBER,
            &TIME,
            &TIME_EPOCH,
            &TIME_DELTA,
            &TIME_RELATIVE,
            &LEN,
            &CAP_LEN,
            &INTERFACE_ID,
            &INTERFACE_NAME,
            &LINK,
            &COMMENT,
            &FLAGS,
            &DIRECTION,
            &RECEPTION,
            &PROTOCOLS,
            &PADDING,
            &TRAILER,
        ],
        trailer: Some(TRAILERS),
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let frame = packet.frame();
        let captured = frame.bytes.len();
        if S::DETAIL {
            packet.label(|text| {
                let _ = write!(text, "{}: {} bytes on wire, {captured} captured", frame.number, frame.wire);
            });
            packet.generated(&NUMBER, Value::Uint(frame.number));
            if !frame.time.is_none() {
                packet.generated(&TIME, Value::Int(frame.time.0));
                packet.generated(&TIME_EPOCH, Value::Int(frame.time.0));
            }
            for (field, earlier) in [(&TIME_DELTA, frame.previous), (&TIME_RELATIVE, frame.first)] {
                if let Some(nanos) = frame.time.checked_since(earlier) {
                    packet.generated(field, Value::Int(nanos));
                }
            }
            packet.generated(&LEN, Value::Uint(frame.wire.into()));
            packet.generated(&CAP_LEN, Value::Uint(captured as u64));
            if let Some(interface) = frame.interface {
                packet.generated(&INTERFACE_ID, Value::Uint(interface.into()));
            }
            if let Some(name) = frame.interface_name {
                packet.generated(&INTERFACE_NAME, Value::Bytes(name.as_bytes()));
            }
            packet.generated(&LINK, Value::Uint(frame.link.0.into()));
            packet.label(|text| {
                let words = frame.link.description().unwrap_or("unknown");
                let _ = write!(text, "{words} ({})", frame.link);
            });
            for comment in frame.comments {
                packet.generated(&COMMENT, Value::Bytes(comment.as_bytes()));
            }
            if let Some(flags) = frame.flags {
                packet.generated(&FLAGS, Value::Uint(flags.into()));
                packet.open();
                for part in [&DIRECTION, &RECEPTION] {
                    packet.generated(part, Value::Uint(part.extract(flags.into())));
                }
                packet.end_group();
            }
        }
        let claimed = packet.claimed();
        if packet.is_cut() {
            packet.problem(Problem::Truncated, 0, captured, |text| {
                let _ = write!(text, "the capture kept {captured} of {claimed} bytes");
            });
        }
        packet.next(Claim::Link(frame.link.0), 0, claimed);
        Ok(())
    }
}
