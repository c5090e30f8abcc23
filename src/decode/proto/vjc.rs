//! Van Jacobson's compression of TCP/IP headers on slow links (RFC 1144).
//!
//! A header sent whole tells its connection's number in place of the IP protocol:
//! that is put right, and the packet is peeled. A compressed one says only what
//! changed since the last of its connection. Packets are peeled in any order and
//! each by itself, so its changes are shown and its TCP header is not made.

use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Stop, Value,
};
use std::fmt::Write as _;

static COMPRESSED: FieldDef = FieldDef::flag("vjc.compressed", "Is compressed", 8, 0)
    .about("Whether only the changes of the header were sent. RFC 1144, 3.2.");
static CONNECTION: FieldDef = FieldDef::uint("vjc.connection_number", "Connection number", 8)
    .about("Which of the connections on this link it belongs to. RFC 1144, 3.2.2.");
static MASK: FieldDef = FieldDef::uint("vjc.change_mask", "Change mask", 8)
    .hex()
    .about("Which fields changed since the connection's last packet. RFC 1144, 3.2.2.");
static MASK_RESERVED: FieldDef =
    FieldDef::flag("vjc.change_mask.reserved", "Reserved", 8, 0x80).about("Undefined. RFC 1144, 3.2.2.");
static MASK_CONNECTION: FieldDef =
    FieldDef::flag("vjc.change_mask.connection_number", "Connection number flag", 8, 0x40)
        .about("The connection's number is sent; else it is the last one. RFC 1144, 3.2.2.");
static MASK_ID: FieldDef = FieldDef::flag("vjc.change_mask.ip_id", "IP ID flag", 8, 0x20)
    .about("The IP identification grew by another number than 1. RFC 1144, 3.2.2.");
static MASK_PUSH: FieldDef =
    FieldDef::flag("vjc.change_mask.psh", "TCP PSH flag", 8, 0x10).about("TCP's push flag. RFC 1144, 3.2.2.");
static MASK_SEQ: FieldDef = FieldDef::flag("vjc.change_mask.seq", "TCP Sequence flag", 8, 0x08)
    .about("The sequence number grew. RFC 1144, 3.2.2.");
static MASK_ACK: FieldDef = FieldDef::flag("vjc.change_mask.ack", "TCP Acknowledgement flag", 8, 0x04)
    .about("The acknowledgment number grew. RFC 1144, 3.2.2.");
static MASK_WINDOW: FieldDef = FieldDef::flag("vjc.change_mask.win", "TCP Window flag", 8, 0x02)
    .about("The window changed. RFC 1144, 3.2.2.");
static MASK_URGENT: FieldDef = FieldDef::flag("vjc.change_mask.urg", "TCP Urgent flag", 8, 0x01)
    .about("The urgent pointer means something. RFC 1144, 3.2.2.");
static CHECKSUM: FieldDef = FieldDef::uint("vjc.checksum", "TCP Checksum", 16)
    .hex()
    .about("TCP checksum of the packet before it was compressed. RFC 1144, 3.2.2.");
static URGENT: FieldDef =
    FieldDef::uint("vjc.urgent_pointer", "Urgent pointer", 16).about("TCP urgent pointer. RFC 1144, 3.2.3.");
static WINDOW: FieldDef =
    FieldDef::int("vjc.delta_window", "Delta window", 16).about("Change of the window. RFC 1144, 3.2.3.");
static ACK: FieldDef = FieldDef::uint("vjc.delta_ack", "Delta ack", 16)
    .about("By how much the acknowledgment number grew. RFC 1144, 3.2.3.");
static SEQ: FieldDef = FieldDef::uint("vjc.delta_seq", "Delta seq", 16)
    .about("By how much the sequence number grew. RFC 1144, 3.2.3.");
static ID: FieldDef = FieldDef::uint("vjc.delta_ipid", "Delta IP ID", 16)
    .about("By how much the IP identification grew. RFC 1144, 3.2.3.");
static DATA: FieldDef =
    FieldDef::bytes("vjc.tcp_data", "TCP data").about("The segment's data. RFC 1144, 3.2.2.");

const FIELDS: &[&FieldDef] = &[
    &COMPRESSED,
    &CONNECTION,
    &MASK,
    &MASK_RESERVED,
    &MASK_CONNECTION,
    &MASK_ID,
    &MASK_PUSH,
    &MASK_SEQ,
    &MASK_ACK,
    &MASK_WINDOW,
    &MASK_URGENT,
    &CHECKSUM,
    &URGENT,
    &WINDOW,
    &ACK,
    &SEQ,
    &ID,
    &DATA,
];
const ABOUT: &str = "Sends of a TCP/IP header only what changed, for slow serial lines.";

/// Dissector of headers sent whole.
pub struct Uncompressed;

impl Dissector for Uncompressed {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "vjc.uncompressed",
        label: "VJ",
        title: "Van Jacobson PPP compression, header sent whole",
        layer: Layer::Link,
        spec: "RFC 1144",
        about: ABOUT,
        fields: FIELDS,
        trailer: None,
        stack: Some("vjc"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Ppp(0x002f)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        // The length and where the protocol of an IPv4 header stands.
        let [_, _, l0, l1, _, _, _, _, _, connection] = *packet.take::<10>("IP header")?;
        packet.generated(&COMPRESSED, Value::Uint(0));
        packet.uint(&CONNECTION, 9, 1);
        packet.label(|text| {
            let _ = write!(text, "{connection}, in place of the IP protocol");
        });
        packet.info(|text| {
            let _ = write!(text, "VJ uncompressed TCP, connection {connection}");
        });
        let length = super::be16(l0, l1).into();
        packet.limit(length);
        if packet.is_cut() {
            packet.skip(packet.claimed() - 10, "IP packet")?;
        }
        let mut whole: Box<[u8]> = packet.bytes().into();
        if let Some(protocol) = whole.get_mut(9) {
            *protocol = crate::decode::TCP;
        }
        packet.next_made(Claim::Protocol(super::ipv4::Ipv4::PROTOCOL), whole);
        Ok(())
    }
}

/// Dissector of compressed headers.
pub struct Compressed;

impl Dissector for Compressed {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "vjc",
        label: "VJ",
        title: "Van Jacobson PPP compression",
        layer: Layer::Link,
        spec: "RFC 1144",
        about: ABOUT,
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Ppp(0x002d)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [mask] = *packet.take::<1>("change mask")?;
        packet.generated(&COMPRESSED, Value::Uint(1));
        packet.uint_group(&MASK, 0, 1);
        for flag in [
            &MASK_RESERVED,
            &MASK_CONNECTION,
            &MASK_ID,
            &MASK_PUSH,
            &MASK_SEQ,
            &MASK_ACK,
            &MASK_WINDOW,
            &MASK_URGENT,
        ] {
            packet.uint(flag, 0, 1);
        }
        packet.end_group();
        if mask & 0x40 != 0 {
            packet.take::<1>("connection number")?;
            packet.uint(&CONNECTION, 1, 1);
        }
        let at = packet.at();
        packet.take::<2>("TCP checksum")?;
        packet.uint(&CHECKSUM, at, 2);
        changes(packet, mask)?;
        let data = packet.claimed().saturating_sub(packet.at());
        packet.info(|text| {
            let _ = write!(text, "VJ compressed TCP, {data} bytes of data");
        });
        if !packet.rest().is_empty() {
            packet.slice(&DATA, packet.at(), data);
        }
        Ok(())
    }
}

/// Tells the changes that the mask announces.
fn changes<S: Sink>(packet: &mut Packet<'_, S>, mask: u8) -> Result<(), Stop> {
    match mask & 0x0f {
        0x0f => packet.label(|text| text.push_str("sequence number grows by the last packet's data")),
        0x0b => {
            packet.label(|text| text.push_str("both numbers grow by the last packet's data: echoed typing"))
        }
        changed => {
            if changed & 0x01 != 0 {
                let at = packet.at();
                packet.take::<2>("urgent pointer")?;
                packet.uint(&URGENT, at, 2);
            }
            for (bit, field) in [(0x02, &WINDOW), (0x04, &ACK), (0x08, &SEQ)] {
                if changed & bit != 0 {
                    delta(packet, field)?;
                }
            }
        }
    }
    if mask & 0x20 != 0 { delta(packet, &ID) } else { Ok(()) }
}

/// A change: one byte, or zero and two bytes.
fn delta<S: Sink>(packet: &mut Packet<'_, S>, field: &'static FieldDef) -> Result<(), Stop> {
    let at = packet.at();
    let [short] = *packet.take::<1>(field.label)?;
    let value = if short == 0 {
        let [high, low] = *packet.take::<2>(field.label)?;
        super::be16(high, low)
    } else {
        short.into()
    };
    let told = match field.kind {
        crate::decode::Kind::Int(_) => Value::Int((value as i16).into()),
        _ => Value::Uint(value.into()),
    };
    packet.field(field, at, packet.at() - at, told);
    Ok(())
}
