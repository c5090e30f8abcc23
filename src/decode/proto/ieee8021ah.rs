//! Provider backbone bridges: the I-TAG (IEEE 802.1ah, now part of 802.1Q).

use super::ethernet::{self, ETHERTYPE_NAMES};
use crate::decode::{
    Binding, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer,
};
use std::fmt::Write as _;

static PRIORITY: FieldDef = FieldDef::uint("ieee8021ah.priority", "Priority", 32)
    .mask(0xe000_0000)
    .about("Priority code point: which queue the frame waits in. IEEE 802.1Q, 9.7.");
static DROP: FieldDef = FieldDef::uint("ieee8021ah.drop", "DROP", 32)
    .mask(0x1000_0000)
    .about("Drop eligible: such frames go first when a queue is full. IEEE 802.1Q, 9.7.");
static NCA: FieldDef = FieldDef::uint("ieee8021ah.nca", "NCA", 32)
    .mask(0x0800_0000)
    .about("No customer addresses, or their use: a message of the provider's own. IEEE 802.1Q, 9.7.");
static RES1: FieldDef = FieldDef::uint("ieee8021ah.res1", "RES1", 32)
    .mask(0x0400_0000)
    .about("Zero when sent, ignored when received. IEEE 802.1Q, 9.7.");
static RES2: FieldDef = FieldDef::uint("ieee8021ah.res2", "RES2", 32)
    .mask(0x0300_0000)
    .about("Zero: other values are discarded. IEEE 802.1Q, 9.7.");
static ISID: FieldDef = FieldDef::uint("ieee8021ah.isid", "I-SID", 32)
    .mask(0x00ff_ffff)
    .about("Backbone service instance: which customer's network the frame belongs to. IEEE 802.1Q, 9.7.");
static DESTINATION: FieldDef = FieldDef::mac("ieee8021ah.cdst", "C-Destination")
    .about("Destination of the customer's frame. IEEE 802.1Q, 9.7.");
static SOURCE: FieldDef =
    FieldDef::mac("ieee8021ah.csrc", "C-Source").about("Source of the customer's frame. IEEE 802.1Q, 9.7.");
static ETYPE: FieldDef = FieldDef::uint("ieee8021ah.etype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol the customer's frame carries. IEEE 802.1Q, 9.7; RFC 9542.");
static TRAILER: FieldDef = FieldDef::bytes("ieee8021ah.trailer", "Trailer")
    .about("Bytes behind the customer's payload that no inner layer claims. IEEE 802.3, 3.2.8.");

/// Dissector of I-TAGs.
pub struct BackboneTag;

impl Dissector for BackboneTag {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "ieee8021ah",
        label: "802.1ah",
        title: "IEEE 802.1ah",
        layer: Layer::Link,
        spec: "IEEE 802.1ah",
        about: "A customer's whole Ethernet frame inside that of a provider's backbone.",
        fields: &[
            &PRIORITY,
            &DROP,
            &NCA,
            &RES1,
            &RES2,
            &ISID,
            &DESTINATION,
            &SOURCE,
            &ETYPE,
            &ethernet::PADDING,
            &TRAILER,
        ],
        trailer: Some(Trailer { padding: &ethernet::PADDING, trailer: &TRAILER }),
        stack: Some("ieee8021ah:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x88e7)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [_, i0, i1, i2, d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, k0, k1] =
            *packet.take::<18>("I-TAG")?;
        let (service, kind) = (u32::from_be_bytes([0, i0, i1, i2]), super::be16(k0, k1));
        packet.label(|text| {
            let _ = write!(text, "I-SID: {service}");
        });
        packet.endpoints(Endpoint::Mac([s0, s1, s2, s3, s4, s5]), Endpoint::Mac([d0, d1, d2, d3, d4, d5]));
        for part in [&PRIORITY, &DROP, &NCA, &RES1, &RES2, &ISID] {
            packet.uint(part, 0, 4);
        }
        packet.slice(&DESTINATION, 4, 6);
        packet.slice(&SOURCE, 10, 6);
        packet.uint(&ETYPE, 16, 2);
        packet.info(|text| {
            let _ = write!(text, "Backbone service {service}, EtherType 0x{kind:04x}");
        });
        ethernet::type_or_length(packet, kind, &TRAILER);
        Ok(())
    }
}
