//! Ethernet II frames and 802.3 frames with LLC (IEEE 802.3).

use super::be16;
use crate::decode::{
    Binding, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Trailer,
};
use std::fmt::Write as _;

static ADDR: FieldDef = FieldDef::mac("eth.addr", "Source or Destination Address")
    .about("Either hardware address of the frame. IEEE 802.3, 3.2.3.");
static DST: FieldDef = FieldDef::mac("eth.dst", "Destination").also(&[&ADDR]).about(
    "Hardware address of the card that the frame is meant for; all ones for everybody. IEEE 802.3, 3.2.4.",
);
static SRC: FieldDef = FieldDef::mac("eth.src", "Source")
    .also(&[&ADDR])
    .about("Hardware address of the card that sent the frame on this link. IEEE 802.3, 3.2.5.");
/// Also used by the other link layers that carry EtherTypes.
pub(super) static ETHERTYPE_NAMES: &[(u64, &str)] = &[
    (0x0800, "IPv4"),
    (0x0806, "ARP"),
    (0x8100, "802.1Q VLAN"),
    (0x86dd, "IPv6"),
    (0x8847, "MPLS"),
    (0x8863, "PPPoE Discovery"),
    (0x8864, "PPPoE Session"),
    (0x888e, "802.1X Authentication"),
    (0x88a8, "802.1ad Provider Bridge"),
    (0x88cc, "LLDP"),
];
static TYPE: FieldDef = FieldDef::uint("eth.type", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol the payload belongs to (0x0600 and above). IEEE 802.3, 3.2.6; RFC 9542.");
static LEN: FieldDef = FieldDef::uint("eth.len", "Length", 16)
    .about("Bytes of payload, in frames that carry 802.2 LLC (up to 1500). IEEE 802.3, 3.2.6.");
static PADDING: FieldDef = FieldDef::bytes("eth.padding", "Padding")
    .about("Zeros that fill the frame up to the least length of 60 bytes. IEEE 802.3, 3.2.8.");
static TRAILER: FieldDef = FieldDef::bytes("eth.trailer", "Trailer")
    .about("Bytes behind the payload that no inner layer claims: padding with old memory, a check sequence, or a switch's tag.");

/// Dissector of Ethernet frames.
pub struct Ethernet;

impl Dissector for Ethernet {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "eth",
        label: "Ethernet",
        title: "Ethernet II",
        layer: Layer::Link,
        spec: "IEEE 802.3",
        about: "Carries packets between two cards on one link, addressed by hardware addresses.",
        fields: &[&ADDR, &DST, &SRC, &TYPE, &LEN, &PADDING, &TRAILER],
        trailer: Some(Trailer { padding: &PADDING, trailer: &TRAILER }),
        stack: Some("eth:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(1), Binding::EtherType(0x6558)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<14>("header")?;
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *header;
        let (src, dst) = ([s0, s1, s2, s3, s4, s5], [d0, d1, d2, d3, d4, d5]);
        packet.endpoints(Endpoint::Mac(src), Endpoint::Mac(dst));
        packet.slice(&DST, 0, 6);
        packet.slice(&SRC, 6, 6);
        let kind = be16(t0, t1);
        if kind >= 0x0600 {
            packet.uint(&TYPE, 12, 2);
            packet.info(|text| {
                let _ = write!(text, "EtherType 0x{kind:04x}");
            });
            packet.next_rest(Claim::EtherType(kind));
        } else {
            packet.uint(&LEN, 12, 2);
            packet.limit(14 + usize::from(kind));
            packet.next_rest(Claim::Data);
        }
        Ok(())
    }
}
