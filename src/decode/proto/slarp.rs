//! Cisco's Serial Line Address Resolution Protocol: addresses for the ends of a
//! serial line, and keepalives.

use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value, export,
};
use std::fmt::Write as _;

static TYPE: FieldDef = FieldDef::uint("slarp.ptype", "Packet type", 32)
    .values(&[(0, "Request"), (1, "Reply"), (2, "Line keepalive")])
    .about("Whether an address is asked for or told, or the line is kept alive. RFC 1547, 4.3.1.");
static ADDRESS: FieldDef = FieldDef::ipv4("slarp.address", "Address")
    .about("Address of the sender's end of the line; 0.0.0.0 when it asks. RFC 1547, 4.3.1.");
static NETMASK: FieldDef =
    FieldDef::ipv4("slarp.netmask", "Netmask").about("Subnet mask of that address. RFC 1547, 4.3.1.");
static MINE: FieldDef = FieldDef::uint("slarp.mysequence", "Outgoing sequence number", 32)
    .about("Number of this keepalive. RFC 1547, 4.3.1.");
static YOURS: FieldDef = FieldDef::uint("slarp.yoursequence", "Returned sequence number", 32)
    .about("Number of the last keepalive that came from the other end. RFC 1547, 4.3.1.");
static RELIABILITY: FieldDef =
    FieldDef::uint("slarp.reliability", "Reliability", 16).hex().about("Always 0xffff. RFC 1547, 4.3.1.");

/// Dissector of SLARP packets.
pub struct Slarp;

impl Dissector for Slarp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "slarp",
        label: "SLARP",
        title: "Cisco SLARP",
        layer: Layer::Link,
        spec: "RFC 1547, 4.3.1",
        about: "Tells the two ends of a serial line their addresses, and that the line still works.",
        fields: &[&TYPE, &ADDRESS, &NETMASK, &MINE, &YOURS, &RELIABILITY],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let kind = u32::from_be_bytes(*packet.take::<4>("packet type")?);
        packet.uint(&TYPE, 0, 4);
        match kind {
            0 | 1 => {
                let body = packet.take::<8>("address")?;
                packet.slice(&ADDRESS, 4, 4);
                packet.slice(&NETMASK, 8, 4);
                let [a, b, c, d, mask @ ..] = *body;
                packet.info(|text| {
                    text.push_str(if kind == 0 { "Request, from " } else { "Reply, from " });
                    export(text, &ADDRESS, Value::Bytes(&[a, b, c, d]));
                    text.push_str(", mask ");
                    export(text, &NETMASK, Value::Bytes(&mask));
                });
            }
            2 => {
                let [a, b, c, d, e, f, g, h] = *packet.take::<8>("pair of sequence numbers")?;
                packet.uint(&MINE, 4, 4);
                packet.uint(&YOURS, 8, 4);
                let (mine, yours) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
                packet.info(|text| {
                    let _ =
                        write!(text, "Line keepalive, outgoing sequence {mine}, returned sequence {yours}");
                });
            }
            _ => {
                packet.info(|text| {
                    let _ = write!(text, "Unknown packet type 0x{kind:08X}");
                });
                packet.next_rest(Claim::Data);
                return Ok(());
            }
        }
        let at = packet.at();
        let reliability = u16::from_be_bytes(*packet.take::<2>("reliability")?);
        packet.uint(&RELIABILITY, at, 2);
        if reliability != 0xffff {
            packet.problem(Problem::Unusual, at, 2, |text| {
                let _ = write!(text, "SLARP: the reliability is 0x{reliability:04x}, not 0xffff");
            });
        }
        // Some systems add the time since they started; all fill the frame up.
        packet.limit(packet.at());
        Ok(())
    }
}
