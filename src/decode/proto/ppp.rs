//! The Point-to-Point Protocol's framing (RFC 1661, RFC 1662).

use super::chdlc;
use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value};
use std::fmt::Write as _;

static DIRECTION: FieldDef = FieldDef::uint("ppp.direction", "Direction", 8)
    .values(&[(0, "Received"), (1, "Sent")])
    .about("Whether the capturing machine received or sent the packet. tcpdump.org LINKTYPE_PPP_WITH_DIR.");
static ADDRESS: FieldDef = FieldDef::uint("ppp.address", "Address", 8)
    .hex()
    .about("Always 0xff, all stations: a link of two needs no addresses. RFC 1662, 3.1.");
static CONTROL: FieldDef = FieldDef::uint("ppp.control", "Control", 8)
    .hex()
    .about("Always 0x03: unnumbered information. RFC 1662, 3.1.");
static PROTOCOL: FieldDef = FieldDef::uint("ppp.protocol", "Protocol", 16)
    .hex()
    .values(&[
        (0x0001, "Padding Protocol"),
        (0x0021, "Internet Protocol version 4"),
        (0x0023, "OSI Network Layer"),
        (0x0029, "AppleTalk"),
        (0x002b, "Novell IPX"),
        (0x002d, "Van Jacobson Compressed TCP/IP"),
        (0x002f, "Van Jacobson Uncompressed TCP/IP"),
        (0x0031, "Bridging PDU"),
        (0x003d, "Multi-Link"),
        (0x0057, "Internet Protocol version 6"),
        (0x00fb, "Single link compression in multilink"),
        (0x00fd, "Compressed datagram"),
        (0x0207, "Cisco Discovery Protocol"),
        (0x0281, "MPLS Unicast"),
        (0x0283, "MPLS Multicast"),
        (0x8021, "Internet Protocol Control Protocol"),
        (0x8023, "OSI Network Layer Control Protocol"),
        (0x8029, "AppleTalk Control Protocol"),
        (0x802b, "Novell IPX Control Protocol"),
        (0x8031, "Bridging Control Protocol"),
        (0x8053, "Encryption Control Protocol"),
        (0x8057, "IPv6 Control Protocol"),
        (0x80fb, "Single link compression in multilink control"),
        (0x80fd, "Compression Control Protocol"),
        (0x8207, "Cisco Discovery Protocol Control Protocol"),
        (0x8281, "MPLS Control Protocol"),
        (0xc021, "Link Control Protocol"),
        (0xc023, "Password Authentication Protocol"),
        (0xc025, "Link Quality Report"),
        (0xc029, "Callback Control Protocol"),
        (0xc02b, "Bandwidth Allocation Protocol"),
        (0xc02d, "Bandwidth Allocation Control Protocol"),
        (0xc223, "Challenge Handshake Authentication Protocol"),
        (0xc227, "Extensible Authentication Protocol"),
    ])
    .about("Which protocol the payload belongs to; one byte when it was agreed to shorten it. RFC 1661, 2 and 6.5.");

/// Dissector of PPP frames, with or without address and control.
pub struct Ppp;

impl Dissector for Ppp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ppp",
        label: "PPP",
        title: "Point-to-Point Protocol",
        layer: Layer::Link,
        spec: "RFC 1661",
        about: "Carries packets of any protocol over a link between two ends, and sets that link up.",
        fields: &[&DIRECTION, &ADDRESS, &CONTROL, &PROTOCOL],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Link(9),
        Binding::Link(50),
        Binding::Link(166),
        Binding::Link(204),
        Binding::EtherType(0x880b),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        if packet.is_outermost() && matches!(packet.medium.link.0, 166 | 204) {
            let [direction] = *packet.take::<1>("direction")?;
            packet.field(&DIRECTION, 0, 1, Value::Uint(u64::from(direction != 0)));
        }
        let at = packet.at();
        // Captures of serial lines are called PPP whichever of the two is spoken.
        if packet.is_outermost()
            && let Some(&[chdlc::UNICAST | chdlc::MULTICAST, 0]) = packet.rest().first_chunk()
        {
            packet.label(|text| text.push_str("Cisco HDLC in its place"));
            packet.next_rest(Claim::Protocol(chdlc::CiscoHdlc::PROTOCOL));
            return Ok(());
        }
        if packet.read(at, 1) == Some(0xff) {
            packet.take::<2>("address and control")?;
            packet.uint(&ADDRESS, at, 1);
            packet.uint(&CONTROL, at + 1, 1);
        }
        let at = packet.at();
        let [first] = *packet.take::<1>("protocol")?;
        // The last byte of a number is odd, the first of two is even.
        let number = if first & 1 != 0 {
            first.into()
        } else {
            let [second] = *packet.take::<1>("protocol")?;
            super::be16(first, second)
        };
        packet.uint(&PROTOCOL, at, packet.at() - at);
        packet.info(|text| match crate::decode::value_name(&PROTOCOL, number.into()) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "PPP protocol 0x{number:04x}");
            }
        });
        packet.next_rest(Claim::Ppp(number));
        Ok(())
    }
}
