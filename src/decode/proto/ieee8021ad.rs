//! Provider VLAN tags (IEEE 802.1ad, now part of 802.1Q).

use super::ethernet::{self, ETHERTYPE_NAMES};
use crate::decode::{Binding, Dissector, Event, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer};
use etherparse::SingleVlanHeaderSlice;
use std::fmt::Write as _;

static PRIORITY: FieldDef = FieldDef::uint("ieee8021ad.priority", "Priority", 16)
    .mask(0xe000)
    .about("Priority code point: which queue the frame waits in. IEEE 802.1Q, 9.6.");
static DEI: FieldDef = FieldDef::uint("ieee8021ad.dei", "DEI", 16)
    .mask(0x1000)
    .about("Drop eligible indicator: such frames go first when a queue is full. IEEE 802.1Q, 9.6.");
static ID: FieldDef = FieldDef::uint("ieee8021ad.id", "ID", 16)
    .mask(0x0fff)
    .about("Service VLAN: which customer's traffic the provider carries here. IEEE 802.1Q, 9.6.");
static ETYPE: FieldDef = FieldDef::uint("ieee8021ad.etype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol is behind the tag, often a customer's tag. IEEE 802.1Q, 9.5; RFC 9542.");
static TRAILER: FieldDef = FieldDef::bytes("ieee8021ad.trailer", "Trailer")
    .about("Bytes behind the tagged payload that no inner layer claims. IEEE 802.3, 3.2.8.");

/// Dissector of provider VLAN tags.
pub struct ProviderVlan;

impl Dissector for ProviderVlan {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ieee8021ad",
        label: "802.1ad",
        title: "IEEE 802.1ad",
        layer: Layer::Link,
        spec: "IEEE 802.1ad",
        about: "A provider's tag around a customer's frame, so that customers' VLANs do not mix.",
        fields: &[&PRIORITY, &DEI, &ID, &ETYPE, &ethernet::PADDING, &TRAILER],
        trailer: Some(Trailer { padding: &ethernet::PADDING, trailer: &TRAILER }),
        stack: Some("ieee8021ad:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x88a8)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<4>("tag")?;
        let Ok(tag) = SingleVlanHeaderSlice::from_slice(header) else { return Ok(()) };
        let (id, kind) = (tag.vlan_identifier().value(), tag.ether_type().0);
        packet.label(|text| {
            let _ = write!(text, "ID: {id}");
        });
        for part in [&PRIORITY, &DEI, &ID] {
            packet.uint(part, 0, 2);
        }
        packet.uint(&ETYPE, 2, 2);
        packet.event(Event::Vlan(id));
        packet.info(|text| {
            let _ = write!(text, "Provider VLAN {id}, EtherType 0x{kind:04x}");
        });
        ethernet::type_or_length(packet, kind, &TRAILER);
        Ok(())
    }
}
