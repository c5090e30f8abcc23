//! Aggregated MSDUs: several packets in one 802.11 frame (IEEE 802.11, 9.3.2.2.2).

use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink};
use std::fmt::Write as _;

static SUBFRAME: FieldDef = FieldDef::group("wlan_aggregate.a_mdsu.subframe", "A-MSDU Subframe")
    .about("One of the packets, with a header of its own. IEEE 802.11, 9.3.2.2.2.");
static DA: FieldDef =
    FieldDef::mac("wlan.da", "Destination address").about("Whom the packet is for. IEEE 802.11, 9.3.2.2.2.");
static SA: FieldDef =
    FieldDef::mac("wlan.sa", "Source address").about("Whom the packet comes from. IEEE 802.11, 9.3.2.2.2.");
static LENGTH: FieldDef = FieldDef::uint("wlan_aggregate.a_mdsu.length", "A-MSDU Length", 16)
    .about("Bytes of the packet; filled up to a multiple of four before the next. IEEE 802.11, 9.3.2.2.2.");
static PADDING: FieldDef = FieldDef::bytes("wlan_aggregate.a_mdsu.padding", "Padding")
    .about("Filling up to a multiple of four. IEEE 802.11, 9.3.2.2.2.");

/// Packets that are taken out of one frame; the standard's longest holds fewer
/// of any use.
const MAX_SUBFRAMES: usize = 64;

/// Dissector of aggregated MSDUs.
pub struct Amsdu;

impl Dissector for Amsdu {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "wlan_aggregate",
        label: "A-MSDU",
        title: "IEEE 802.11 wireless LAN aggregate frame",
        layer: Layer::Link,
        spec: "IEEE 802.11, 9.3.2.2.2",
        about: "Several packets between the same stations, sent through the air as one frame.",
        fields: &[&SUBFRAME, &DA, &SA, &LENGTH, &PADDING],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        for _ in 0..MAX_SUBFRAMES {
            let at = packet.at();
            let header = *packet.take::<14>("subframe header")?;
            let [.., high, low] = header;
            let length = usize::from(super::super::be16(high, low));
            packet.group(&SUBFRAME, at, 14 + length);
            packet.slice(&DA, at, 6);
            packet.slice(&SA, at + 6, 6);
            packet.uint(&LENGTH, at + 12, 2);
            packet.end_group();
            let left = packet.claimed() - packet.at();
            if length > left {
                packet.problem(Problem::Length, at + 12, 2, |text| {
                    let _ = write!(text, "A-MSDU: a packet of {length} bytes where {left} are left");
                });
            }
            let from = packet.at();
            packet.next(Claim::Protocol(super::super::llc::Llc::PROTOCOL), from, length.min(left));
            let behind = from + length;
            let next = at + (14 + length).next_multiple_of(4);
            // The last one is not filled up.
            if next >= packet.claimed() {
                return Ok(());
            }
            packet.skip(next - from, "subframe")?;
            if next > behind {
                packet.slice(&PADDING, behind, next - behind);
            }
        }
        packet.next_rest(Claim::Data);
        Ok(())
    }
}
