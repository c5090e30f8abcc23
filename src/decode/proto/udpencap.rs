//! ESP and IKE in UDP, through address translators (RFC 3948).

use super::esp::Esp;
use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Stop};

static KEEPALIVE: FieldDef = FieldDef::uint("udpencap.nat_keepalive", "NAT-keepalive packet", 8)
    .hex()
    .about("A single byte that keeps the translator from forgetting the ports. RFC 3948, 2.3.");
static MARKER: FieldDef = FieldDef::uint("udpencap.non_esp_marker", "Non-ESP Marker", 32)
    .hex()
    .about("Zero where ESP has its index, which is never 0: key exchange follows. RFC 3948, 2.2.");

/// Dissector of ESP in UDP.
pub struct UdpEncap;

impl Dissector for UdpEncap {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "udpencap",
        label: "UDPENCAP",
        title: "UDP Encapsulation of IPsec Packets",
        layer: Layer::Internet,
        spec: "RFC 3948",
        about: "Brings encrypted packets and their key exchange through address translators.",
        fields: &[&KEEPALIVE, &MARKER],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(4500)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        match *packet.bytes() {
            [0xff] if packet.claimed() == 1 => {
                packet.uint(&KEEPALIVE, 0, 1);
                packet.info(|text| text.push_str("NAT-keepalive"));
            }
            [0, 0, 0, 0, ..] => {
                packet.take::<4>("marker")?;
                packet.uint(&MARKER, 0, 4);
                packet.info(|text| text.push_str("Key exchange (ISAKMP)"));
                packet.next_rest(Claim::Data);
            }
            _ if packet.claimed() < 8 => return Err(Stop::Declined),
            _ => packet.next_rest(Claim::Protocol(Esp::PROTOCOL)),
        }
        Ok(())
    }
}
