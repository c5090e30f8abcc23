//! Cisco's HDLC: what routers speak on a serial line unless told otherwise.

use super::be16;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value, value_name,
};
use std::fmt::Write as _;

static DIRECTION: FieldDef = FieldDef::uint("chdlc.direction", "Direction", 8)
    .values(&[(0, "Received"), (1, "Sent")])
    .about("Whether the capturing machine received or sent the frame. tcpdump.org LINKTYPE_C_HDLC_WITH_DIR.");
static ADDRESS: FieldDef = FieldDef::uint("chdlc.address", "Address", 8)
    .hex()
    .values(&[(UNICAST as u64, "Unicast"), (MULTICAST as u64, "Multicast")])
    .about("Whether the packet is for one station or for all; the line has but one. RFC 1547, 4.3.1.");
static CONTROL: FieldDef =
    FieldDef::uint("chdlc.control", "Control", 8).hex().about("Always 0. RFC 1547, 4.3.1.");
/// Also used by Frame Relay.
pub(super) static PROTOCOL_NAMES: &[(u64, &str)] = &[
    (0x0200, "Frame Relay ARP"),
    (0x0800, "IPv4"),
    (0x0806, "ARP"),
    (0x2000, "CDP"),
    (0x4242, "BPDU"),
    (0x6558, "Transparent Ethernet bridging"),
    (0x8035, "SLARP"),
    (0x809b, "AppleTalk (EtherTalk)"),
    (0x8137, "IPX"),
    (0x86dd, "IPv6"),
    (0x8847, "MPLS"),
    (0x8848, "MPLS with upstream label"),
    (0xfefe, "OSI"),
];
static PROTOCOL: FieldDef = FieldDef::uint("chdlc.protocol", "Protocol", 16)
    .hex()
    .values(PROTOCOL_NAMES)
    .about("Which protocol the payload belongs to: mostly its EtherType. RFC 1547, 4.3.1.");
/// Also used by Frame Relay, which Cisco writes the same way.
pub(super) static OSI_PADDING: FieldDef = FieldDef::uint("chdlc.clns_padding", "CLNS Padding", 8)
    .hex()
    .about("A byte that Cisco puts before OSI packets, so that they lie even. RFC 1547, 4.3.1.");

pub(super) const UNICAST: u8 = 0x0f;
pub(super) const MULTICAST: u8 = 0x8f;
/// LINKTYPE_C_HDLC_WITH_DIR.
const WITH_DIRECTION: u16 = 205;

/// Dissector of Cisco's HDLC frames.
pub struct CiscoHdlc;

impl Dissector for CiscoHdlc {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "chdlc",
        label: "CHDLC",
        title: "Cisco HDLC",
        layer: Layer::Link,
        spec: "RFC 1547, 4.3.1",
        about: "Carries packets over a serial line between two routers, each with its EtherType.",
        fields: &[&DIRECTION, &ADDRESS, &CONTROL, &PROTOCOL, &OSI_PADDING],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(104), Binding::Link(WITH_DIRECTION)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        if packet.is_outermost() && packet.medium.link.0 == WITH_DIRECTION {
            let [direction] = *packet.take::<1>("direction")?;
            packet.field(&DIRECTION, 0, 1, Value::Uint(u64::from(direction != 0)));
        }
        let at = packet.at();
        let [_, _, p0, p1] = *packet.take::<4>("header")?;
        packet.uint(&ADDRESS, at, 1);
        packet.uint(&CONTROL, at + 1, 1);
        packet.uint(&PROTOCOL, at + 2, 2);
        let kind = be16(p0, p1);
        packet.info(|text| match value_name(&PROTOCOL, kind.into()) {
            Some(name) => text.push_str(name),
            None => {
                let _ = write!(text, "Protocol 0x{kind:04x}");
            }
        });
        let claim = claim(packet, kind);
        packet.next_rest(claim);
        Ok(())
    }
}

/// What a protocol number of Cisco's stands for; for OSI a byte of filling is
/// taken. Frame Relay as Cisco writes it has the same numbers.
pub(super) fn claim<S: Sink>(packet: &mut Packet<'_, S>, kind: u16) -> Claim {
    match kind {
        // Cisco had it before RARP did.
        0x8035 => Claim::Protocol(super::slarp::Slarp::PROTOCOL),
        0x4242 => Claim::Llc(0x42),
        0xfefe => {
            let at = packet.at();
            if packet.take::<1>("padding").is_ok() {
                packet.uint(&OSI_PADDING, at, 1);
            }
            Claim::Llc(0xfe)
        }
        // A line between two routers has no virtual LANs.
        0x8100 | 0x88a8 => Claim::Data,
        _ if kind <= super::ethernet::MAX_LENGTH => Claim::Data,
        _ => Claim::EtherType(kind),
    }
}
