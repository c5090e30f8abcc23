//! VLAN tags (IEEE 802.1Q).

use super::ethernet::{self, ETHERTYPE_NAMES, MAX_LENGTH};
use crate::decode::{Binding, Dissector, Event, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer};
use etherparse::SingleVlanHeaderSlice;
use std::fmt::Write as _;

static PRIORITY: FieldDef = FieldDef::uint("vlan.priority", "Priority", 16)
    .mask(0xe000)
    .values(&[
        (0, "Best Effort (default)"),
        (1, "Background"),
        (2, "Excellent Effort"),
        (3, "Critical Applications"),
        (4, "Video, < 100ms latency and jitter"),
        (5, "Voice, < 10ms latency and jitter"),
        (6, "Internetwork Control"),
        (7, "Network Control"),
    ])
    .about("Priority code point: which queue the frame waits in. IEEE 802.1Q, 9.6 and annex I.");
static DEI: FieldDef = FieldDef::flag("vlan.dei", "DEI", 16, 0x1000)
    .values(&[(0, "Ineligible"), (1, "Eligible")])
    .about("Drop eligible indicator: such frames go first when a queue is full. IEEE 802.1Q, 9.6.");
static ID: FieldDef = FieldDef::uint("vlan.id", "ID", 16)
    .mask(0x0fff)
    .about("Which virtual LAN the frame belongs to; 0 for priority alone. IEEE 802.1Q, 9.6.");
static ETYPE: FieldDef = FieldDef::uint("vlan.etype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol is behind the tag (0x0600 and above). IEEE 802.1Q, 9.4; RFC 9542.");
static LEN: FieldDef = FieldDef::uint("vlan.len", "Length", 16)
    .about("Bytes of payload behind the tag, in frames that carry 802.2 LLC. IEEE 802.3, 3.2.6.");
static TRAILER: FieldDef = FieldDef::bytes("vlan.trailer", "Trailer")
    .about("Bytes behind the tagged payload that no inner layer claims. IEEE 802.3, 3.2.8.");

/// Dissector of customer VLAN tags, and of the older stacked ones.
pub struct Vlan;

impl Dissector for Vlan {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "vlan",
        label: "VLAN",
        title: "802.1Q Virtual LAN",
        layer: Layer::Link,
        spec: "IEEE 802.1Q",
        about: "A tag that says which of several virtual networks on one wire a frame belongs to.",
        fields: &[&PRIORITY, &DEI, &ID, &ETYPE, &LEN, &ethernet::PADDING, &TRAILER],
        trailer: Some(Trailer { padding: &ethernet::PADDING, trailer: &TRAILER }),
        stack: Some("vlan:ethertype"),
    };
    const BINDINGS: &'static [Binding] =
        &[Binding::EtherType(0x8100), Binding::EtherType(0x9100), Binding::EtherType(0x9200)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<4>("tag")?;
        let Ok(tag) = SingleVlanHeaderSlice::from_slice(header) else { return Ok(()) };
        let (id, kind) = (tag.vlan_identifier().value(), tag.ether_type().0);
        packet.label(|text| {
            let (priority, dei) = (tag.priority_code_point().value(), tag.drop_eligible_indicator());
            let _ = write!(text, "PRI: {priority}, DEI: {}, ID: {id}", u8::from(dei));
        });
        for part in [&PRIORITY, &DEI, &ID] {
            packet.uint(part, 0, 2);
        }
        packet.event(Event::Vlan(id));
        packet.info(|text| {
            let _ = write!(text, "VLAN {id}, EtherType 0x{kind:04x}");
        });
        packet.uint(if kind <= MAX_LENGTH && kind != 0 { &LEN } else { &ETYPE }, 2, 2);
        ethernet::type_or_length(packet, kind, &TRAILER);
        Ok(())
    }
}
