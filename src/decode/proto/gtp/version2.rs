//! GTP version 2, control plane (3GPP TS 29.274): header and information elements.

use super::names;
use crate::decode::proto::be16;
use crate::decode::{
    Binding, Bytes, Dissector, FieldDef, Layer, Outcome, Packet, Ports, Problem, Protocol, Sink, Stop,
    value_name,
};
use std::fmt::Write as _;

static FLAGS: FieldDef = FieldDef::uint("gtpv2.flags", "Flags", 8)
    .hex()
    .about("Version, and which optional fields are there. 3GPP TS 29.274, 5.1.");
static VERSION: FieldDef =
    FieldDef::uint("gtpv2.version", "Version", 8).mask(0xe0).about("Version: 2. 3GPP TS 29.274, 5.1.");
static PIGGYBACK: FieldDef = FieldDef::uint("gtpv2.p", "Piggybacking flag (P)", 8)
    .mask(0x10)
    .about("Another message follows this one. 3GPP TS 29.274, 5.5.1.");
static HAS_TEID: FieldDef = FieldDef::uint("gtpv2.t", "TEID flag (T)", 8)
    .mask(0x08)
    .about("The header has a tunnel endpoint identifier. 3GPP TS 29.274, 5.5.1.");
static HAS_PRIORITY: FieldDef = FieldDef::uint("gtpv2.mp", "Message Priority(MP)", 8)
    .mask(0x04)
    .about("The header has a priority. 3GPP TS 29.274, 5.4.");
static MESSAGE: FieldDef = FieldDef::uint("gtpv2.message_type", "Message Type", 8)
    .values(names::VERSION_2)
    .about("What the message asks for or says. 3GPP TS 29.274, 6.1.");
static LENGTH: FieldDef = FieldDef::uint("gtpv2.msg_length", "Message Length", 16)
    .about("Bytes behind the first four. 3GPP TS 29.274, 5.5.1.");
static TEID: FieldDef = FieldDef::uint("gtpv2.teid", "Tunnel Endpoint Identifier", 32)
    .hex()
    .about("Which tunnel of the receiver it is for. 3GPP TS 29.274, 5.5.1.");
static SEQUENCE: FieldDef = FieldDef::uint("gtpv2.seq", "Sequence Number", 24)
    .hex()
    .about("Ties a response to its request. 3GPP TS 29.274, 5.5.1.");
static SPARE: FieldDef = FieldDef::uint("gtpv2.spare", "Spare", 8)
    .about("Zero, or the message's priority in the upper half. 3GPP TS 29.274, 5.4.");
static ELEMENT: FieldDef = FieldDef::uint("gtpv2.ie_type", "IE Type", 8)
    .values(names::ELEMENTS)
    .about("Which information element it is. 3GPP TS 29.274, 8.1.");
static ELEMENT_LENGTH: FieldDef = FieldDef::uint("gtpv2.ie_len", "IE Length", 16)
    .about("Bytes of the element's value. 3GPP TS 29.274, 8.2.1.");
static INSTANCE: FieldDef = FieldDef::uint("gtpv2.instance", "Instance", 8)
    .mask(0x0f)
    .about("Which of several elements of this type it is. 3GPP TS 29.274, 6.1.3.");
static VALUE: FieldDef = FieldDef::bytes("wirepeel.gtpv2.ie_value", "Value")
    .about("The element's value, not taken apart. 3GPP TS 29.274, 8.");

/// Dissector of version 2 messages.
pub struct Version2;

impl Dissector for Version2 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "gtpv2",
        label: "GTPv2",
        title: "GPRS Tunneling Protocol V2",
        layer: Layer::Application,
        spec: "3GPP TS 29.274",
        about: "Makes, changes and ends the tunnels of mobile stations.",
        fields: &[
            &FLAGS,
            &VERSION,
            &PIGGYBACK,
            &HAS_TEID,
            &HAS_PRIORITY,
            &MESSAGE,
            &LENGTH,
            &TEID,
            &SEQUENCE,
            &SPARE,
            &ELEMENT,
            &ELEMENT_LENGTH,
            &INSTANCE,
            &VALUE,
        ],
        trailer: None,
        stack: Some("gtp:gtpv2"),
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        // Behind another message over TCP: what is no version 2 is none of it.
        if packet.bytes().first().is_some_and(|flags| flags >> 5 != 2) {
            return Err(Stop::Declined);
        }
        let [flags, kind, l0, l1] = *packet.take::<4>("header")?;
        let (total, claimed) = (4 + usize::from(be16(l0, l1)), packet.claimed());
        let name = value_name(&MESSAGE, kind.into());
        let stream = packet.carrier() == Some(Ports::Tcp);
        packet.label(|text| {
            text.push_str(name.unwrap_or("unknown message"));
            if stream && total > claimed {
                let _ =
                    write!(text, " (continues in the next segment; here are {claimed} of {})", Bytes(total));
            }
        });
        packet.uint_group(&FLAGS, 0, 1);
        for part in [&VERSION, &PIGGYBACK, &HAS_TEID, &HAS_PRIORITY] {
            packet.uint(part, 0, 1);
        }
        packet.end_group();
        packet.uint(&MESSAGE, 1, 1);
        packet.uint(&LENGTH, 2, 2);
        packet.info(|text| match name {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "Unknown message {kind}");
            }
        });
        if total > claimed && !packet.net.fragment && !stream {
            packet.problem(Problem::Length, 2, 2, |text| {
                let _ =
                    write!(text, "GTPv2 needs {total} bytes with its length, here are {}", Bytes(claimed));
            });
        }
        if stream {
            // What does not fit is in the next segment.
            packet.next_message(total);
            packet.goes_on(total);
        } else if flags & 0x10 != 0 {
            packet.next_message(total);
        } else {
            packet.limit(total);
        }
        if flags & 0x08 != 0 {
            packet.take::<4>("tunnel endpoint identifier")?;
            packet.uint(&TEID, 4, 4);
        }
        let at = packet.at();
        packet.take::<4>("sequence number")?;
        packet.uint(&SEQUENCE, at, 3);
        packet.uint(&SPARE, at + 3, 1);
        elements(packet, usize::MAX, 0)
    }
}

/// Elements that are made of others: bearer context, PDN connection, overload and
/// load control, remote UE context, SCEF PDN connection (3GPP TS 29.274, 8.1).
const GROUPED: [u8; 6] = [93, 109, 180, 181, 191, 195];
/// How deep elements lie in one another; the protocol has two levels.
const DEPTH: u8 = 4;

/// Elements up to `end`, or as many as there are.
fn elements<S: Sink>(packet: &mut Packet<'_, S>, end: usize, depth: u8) -> Outcome {
    while packet.at() < end && !packet.rest().is_empty() {
        element(packet, end, depth)?;
    }
    Ok(())
}

fn element<S: Sink>(packet: &mut Packet<'_, S>, end: usize, depth: u8) -> Outcome {
    let at = packet.at();
    let [kind, l0, l1, _] = *packet.take::<4>("information element")?;
    let length = usize::from(be16(l0, l1));
    packet.uint_group(&ELEMENT, at, 1);
    packet.uint(&ELEMENT_LENGTH, at + 1, 2);
    packet.uint(&INSTANCE, at + 3, 1);
    if at + 4 + length > end {
        return Err(packet.malformed("an element reaches beyond the one around it"));
    }
    if GROUPED.contains(&kind) && depth < DEPTH {
        elements(packet, at + 4 + length, depth + 1)?;
        packet.end_group();
        return Ok(());
    }
    packet.skip(length, "information element")?;
    if length > 0 {
        packet.slice(&VALUE, at + 4, length);
    }
    packet.end_group();
    Ok(())
}
