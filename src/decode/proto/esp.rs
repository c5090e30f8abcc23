//! IP Encapsulating Security Payload (RFC 4303), over IPv4 and IPv6.

use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink};
use std::fmt::Write as _;

static SPI: FieldDef = FieldDef::uint("esp.spi", "ESP SPI", 32)
    .hex()
    .about("Tells the receiver which security association, and so which key, applies. RFC 4303, 2.1.");
static SEQUENCE: FieldDef = FieldDef::uint("esp.sequence", "ESP Sequence", 32)
    .about("Counts the packets of the association, so that replayed ones are noticed. RFC 4303, 2.2.");

/// Dissector of encapsulating security payloads.
pub struct Esp;

impl Dissector for Esp {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "esp",
        label: "ESP",
        title: "Encapsulating Security Payload",
        layer: Layer::Internet,
        spec: "RFC 4303",
        about: "Hides a payload from everybody without the key, and shows that nobody changed it.",
        fields: &[&SPI, &SEQUENCE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::IpProto(50)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.uint(&SPI, 0, 4);
        packet.uint(&SEQUENCE, 4, 4);
        let [s0, s1, s2, s3, ..] = *packet.take::<8>("header")?;
        packet.info(|text| {
            let _ = write!(text, "ESP (SPI=0x{:08x})", u32::from_be_bytes([s0, s1, s2, s3]));
        });
        packet.next_rest(Claim::Data);
        Ok(())
    }
}
