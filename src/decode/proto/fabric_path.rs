//! Cisco FabricPath: an Ethernet frame on its way through a fabric of switches.

use crate::decode::{Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink};
use std::fmt::Write as _;

static DST: FieldDef = FieldDef::group("cfp.d_hmac", "Destination HMAC")
    .about("Where the frame leaves the fabric, as a place in it. Cisco FabricPath.");
static SRC: FieldDef = FieldDef::group("cfp.s_hmac", "Source HMAC")
    .about("Where the frame came into the fabric, as a place in it. Cisco FabricPath.");
static GROUP: FieldDef = FieldDef::mac("cfp.d_hmac_mc", "MC Destination")
    .about("A group that the frame is for. Cisco FabricPath.");
static EID: FieldDef = FieldDef::uint("cfp.eid", "End Node ID", 24)
    .mask(0xfc_c000)
    .about("An end station; not used yet. Cisco FabricPath.");
static UL: FieldDef = FieldDef::flag("cfp.ul", "U/L bit", 24, 0x02_0000)
    .about("Set: the address was chosen locally. Cisco FabricPath.");
static IG: FieldDef = FieldDef::flag("cfp.ig", "I/G bit", 24, 0x01_0000)
    .about("Whether one switch is meant or a group. Cisco FabricPath.");
static OOO: FieldDef = FieldDef::flag("cfp.ooodl", "OOO/DL Bit", 24, 0x00_1000)
    .about("Whether frames may overtake each other. Cisco FabricPath.");
static SWITCH: FieldDef = FieldDef::uint("cfp.swid", "switch-id", 24)
    .mask(0x00_0fff)
    .about("Number of the switch in the fabric. Cisco FabricPath.");
static SUB_SWITCH: FieldDef = FieldDef::uint("cfp.sswid", "sub-switch-id", 8)
    .about("Which of a pair of switches that act as one. Cisco FabricPath.");
static LOCAL: FieldDef =
    FieldDef::uint("cfp.lid", "Source LID", 16).about("Port of the switch. Cisco FabricPath.");
static ETYPE: FieldDef =
    FieldDef::uint("cfp.etype", "FP Ethertype", 16).hex().about("Always 0x8903. Cisco FabricPath.");
static FTAG: FieldDef = FieldDef::uint("cfp.ftag", "FTAG", 16)
    .mask(0xffc0)
    .about("Which of the fabric's trees the frame follows. Cisco FabricPath.");
static TTL: FieldDef = FieldDef::uint("cfp.ttl", "TTL", 16)
    .mask(0x003f)
    .about("Switches that the frame may still pass. Cisco FabricPath.");

/// The EtherType that stands behind the addresses of such a frame.
pub(super) const ETHERTYPE: u16 = 0x8903;

/// Dissector of FabricPath headers.
pub struct FabricPath;

impl Dissector for FabricPath {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "cfp",
        label: "FabricPath",
        title: "Cisco FabricPath",
        layer: Layer::Link,
        spec: "Cisco FabricPath",
        about: "Leads an Ethernet frame through a fabric of switches, by places in the fabric instead of addresses.",
        fields: &[
            &DST,
            &SRC,
            &GROUP,
            &EID,
            &UL,
            &IG,
            &OOO,
            &SWITCH,
            &SUB_SWITCH,
            &LOCAL,
            &ETYPE,
            &FTAG,
            &TTL,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [first, _, _, _, _, _, _, s1, s2, .., tag, low] = *packet.take::<16>("header")?;
        packet.group(&DST, 0, 6);
        if first & 1 != 0 {
            packet.slice(&GROUP, 0, 6);
        } else {
            place(packet, 0);
        }
        packet.end_group();
        packet.group(&SRC, 6, 6);
        place(packet, 6);
        packet.end_group();
        packet.uint(&ETYPE, 12, 2);
        packet.uint(&FTAG, 14, 2);
        packet.uint(&TTL, 14, 2);
        packet.info(|text| {
            let (switch, tag) = (super::be16(s1, s2) & 0x0fff, super::be16(tag, low));
            let _ = write!(text, "From switch {switch}, FTAG {}, TTL {}", tag >> 6, tag & 0x3f);
        });
        packet.next_rest(Claim::Protocol(super::ethernet::Ethernet::PROTOCOL));
        Ok(())
    }
}

/// A place in the fabric, in the six bytes of an address.
fn place<S: Sink>(packet: &mut Packet<'_, S>, at: usize) {
    for part in [&EID, &UL, &IG, &OOO, &SWITCH] {
        packet.uint(part, at, 3);
    }
    packet.uint(&SUB_SWITCH, at + 3, 1);
    packet.uint(&LOCAL, at + 4, 2);
}
