//! Tags of bridge port extension (IEEE 802.1BR): which port of a fabric.

use super::be16;
use super::ethernet::{self, ETHERTYPE_NAMES};
use crate::decode::{Binding, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer};
use std::fmt::Write as _;

static PCP: FieldDef = FieldDef::uint("etag.pcp", "E-PCP", 16)
    .mask(0xe000)
    .about("Priority: which queue the frame waits in. IEEE 802.1BR, 11.4.");
static DEI: FieldDef = FieldDef::flag("etag.dei", "E-DEI", 16, 0x1000)
    .about("Drop eligible indicator: such frames go first when a queue is full. IEEE 802.1BR, 11.4.");
static INGRESS: FieldDef = FieldDef::uint("etag.iecid_base", "Ingress_E-CID_base", 16)
    .hex()
    .mask(0x0fff)
    .about("Port that a frame for several ports came in by. IEEE 802.1BR, 11.4.");
static RESERVED: FieldDef =
    FieldDef::uint("etag.resv", "Reserved", 16).mask(0xc000).about("Must be 0. IEEE 802.1BR, 11.4.");
static GROUP: FieldDef = FieldDef::uint("etag.group", "GRP", 16)
    .mask(0x3000)
    .about("0 for one port, else the frame is for several. IEEE 802.1BR, 11.4.");
static ECID: FieldDef = FieldDef::uint("etag.ecid_base", "E-CID_base", 16)
    .hex()
    .mask(0x0fff)
    .about("Port that the frame is for or comes from. IEEE 802.1BR, 11.4.");
static INGRESS_EXT: FieldDef = FieldDef::uint("etag.iecid_ext", "Ingress_E-CID_ext", 8)
    .hex()
    .about("Upper bits of the port that the frame came in by. IEEE 802.1BR, 11.4.");
static ECID_EXT: FieldDef = FieldDef::uint("etag.ecid_ext", "E-CID_ext", 8)
    .hex()
    .about("Upper bits of the port that the frame is for. IEEE 802.1BR, 11.4.");
static ETYPE: FieldDef = FieldDef::uint("etag.etype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol is behind the tag. IEEE 802.1BR, 11.4.");
static TRAILER: FieldDef = FieldDef::bytes("etag.trailer", "Trailer")
    .about("Bytes behind the tagged payload that no inner layer claims. IEEE 802.3, 3.2.8.");

/// Dissector of 802.1BR tags.
pub struct Etag;

impl Dissector for Etag {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "etag",
        label: "E-TAG",
        title: "802.1BR E-Tag",
        layer: Layer::Link,
        spec: "IEEE 802.1BR",
        about: "A tag that says which port of a switch built of several boxes a frame belongs to.",
        fields: &[
            &PCP,
            &DEI,
            &INGRESS,
            &RESERVED,
            &GROUP,
            &ECID,
            &INGRESS_EXT,
            &ECID_EXT,
            &ETYPE,
            &ethernet::PADDING,
            &TRAILER,
        ],
        trailer: Some(Trailer { padding: &ethernet::PADDING, trailer: &TRAILER }),
        stack: Some("etag:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x893f)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [_, _, e0, e1, _, _, t0, t1] = *packet.take::<8>("tag")?;
        let (port, kind) = (be16(e0, e1) & 0x0fff, be16(t0, t1));
        packet.label(|text| {
            let _ = write!(text, "E-CID: {port}");
        });
        for part in [&PCP, &DEI, &INGRESS] {
            packet.uint(part, 0, 2);
        }
        for part in [&RESERVED, &GROUP, &ECID] {
            packet.uint(part, 2, 2);
        }
        packet.uint(&INGRESS_EXT, 4, 1);
        packet.uint(&ECID_EXT, 5, 1);
        packet.uint(&ETYPE, 6, 2);
        packet.info(|text| {
            let _ = write!(text, "E-CID {port}, EtherType 0x{kind:04x}");
        });
        ethernet::type_or_length(packet, kind, &TRAILER);
        Ok(())
    }
}
