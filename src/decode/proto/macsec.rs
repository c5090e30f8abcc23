//! MACsec: security tags of frames on one link (IEEE 802.1AE).

use super::be16;
use super::ethernet::ETHERTYPE_NAMES;
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink,
};
use std::fmt::Write as _;

static TCI: FieldDef = FieldDef::uint("macsec.TCI", "TAG Control Information", 8)
    .hex()
    .mask(0xfc)
    .about("What the tag has and how the payload is protected. IEEE 802.1AE, 9.5.");
static VERSION: FieldDef = FieldDef::uint("macsec.TCI.V", "Version", 8)
    .hex()
    .mask(0x80)
    .about("Version of the tag: 0. IEEE 802.1AE, 9.5.");
static ES: FieldDef = FieldDef::flag("macsec.TCI.ES", "End Station", 8, 0x40)
    .about("The frame's sender is the end of the secure channel too. IEEE 802.1AE, 9.5.");
static SC: FieldDef = FieldDef::flag("macsec.TCI.SC", "Secure Channel", 8, 0x20)
    .about("The tag names the secure channel. IEEE 802.1AE, 9.5.");
static SCB: FieldDef = FieldDef::flag("macsec.TCI.SCB", "Single Copy Broadcast", 8, 0x10)
    .about("One copy for all stations of a passive optical network. IEEE 802.1AE, 9.5.");
static E: FieldDef = FieldDef::flag("macsec.TCI.E", "Encryption", 8, 0x08)
    .about("The payload is encrypted. IEEE 802.1AE, 9.5.");
static C: FieldDef = FieldDef::flag("macsec.TCI.C", "Changed Text", 8, 0x04)
    .about("The payload differs from what was to be protected. IEEE 802.1AE, 9.5.");
static AN: FieldDef = FieldDef::uint("macsec.AN", "Association Number", 8)
    .hex()
    .mask(0x03)
    .about("Which of the channel's keys protects the frame. IEEE 802.1AE, 9.6.");
static SL: FieldDef = FieldDef::uint("macsec.SL", "Short length", 8)
    .about("Bytes of the protected payload where they are fewer than 48, else 0. IEEE 802.1AE, 9.7.");
static PN: FieldDef = FieldDef::uint("macsec.PN", "Packet number", 32)
    .about("Counts the frames of one key, so that old ones cannot be sent again. IEEE 802.1AE, 9.8.");
static SYSTEM: FieldDef = FieldDef::mac("macsec.SCI.system_identifier", "System Identifier")
    .about("The station that owns the secure channel. IEEE 802.1AE, 9.9.");
static PORT: FieldDef = FieldDef::uint("macsec.SCI.port_identifier", "Port Identifier", 16)
    .about("Which of its ports the channel begins at. IEEE 802.1AE, 9.9.");
static ETYPE: FieldDef = FieldDef::uint("macsec.etype", "Ethertype", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol the payload belongs to, where it is not encrypted. IEEE 802.1AE, 9.2.");
static ICV: FieldDef = FieldDef::bytes("macsec.ICV", "ICV").about(
    "Integrity check value: proves who sent the frame and that nobody changed it. IEEE 802.1AE, 9.11.",
);

/// Bytes of the integrity check value of every cipher suite in the standard.
const CHECK: usize = 16;

/// Dissector of MACsec tags.
pub struct Macsec;

impl Dissector for Macsec {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "macsec",
        label: "MACsec",
        title: "802.1AE Security tag",
        layer: Layer::Link,
        spec: "IEEE 802.1AE",
        about: "Protects frames between neighbours on a link: against change always, against reading mostly.",
        fields: &[&TCI, &VERSION, &ES, &SC, &SCB, &E, &C, &AN, &SL, &PN, &SYSTEM, &PORT, &ETYPE, &ICV],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::EtherType(0x88e5)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [control, short, n0, n1, n2, n3] = *packet.take::<6>("tag")?;
        let encrypted = control & 0x08 != 0;
        packet.label(|text| text.push_str(if encrypted { "encrypted" } else { "integrity only" }));
        packet.uint_group(&TCI, 0, 1);
        for part in [&VERSION, &ES, &SC, &SCB, &E, &C] {
            packet.uint(part, 0, 1);
        }
        packet.end_group();
        packet.uint(&AN, 0, 1);
        packet.uint(&SL, 1, 1);
        packet.uint(&PN, 2, 4);
        packet.info(|text| {
            let number = u32::from_be_bytes([n0, n1, n2, n3]);
            let _ = write!(text, "MACsec frame, association {}, number {number}", control & 3);
        });
        if control & 0x20 != 0 {
            packet.take::<8>("secure channel identifier")?;
            packet.slice(&SYSTEM, 6, 6);
            packet.uint(&PORT, 12, 2);
        }
        let (at, short) = (packet.at(), usize::from(short & 0x3f));
        if short > 0 {
            limit(packet, at + short + CHECK);
        }
        let plain = control & 0x0c == 0;
        let least = if plain { at + 2 } else { at };
        let Some(end) = packet.claimed().checked_sub(CHECK).filter(|end| *end >= least) else {
            return Err(packet.malformed("no room for payload and integrity check value"));
        };
        if packet.bytes().len() >= end + CHECK {
            packet.slice(&ICV, end, CHECK);
        }
        if plain {
            let [high, low] = *packet.take::<2>("Ethertype")?;
            packet.uint(&ETYPE, at, 2);
            packet.next(Claim::EtherType(be16(high, low)), at + 2, end - at - 2);
        } else if end > at {
            packet.next(Claim::Data, at, end - at);
        }
        Ok(())
    }
}

/// Applies the short length: behind it the frame is filled up.
fn limit<S: Sink>(packet: &mut Packet<'_, S>, total: usize) {
    let claimed = packet.claimed();
    if total > claimed {
        packet.problem(Problem::Length, 1, 1, |text| {
            let _ =
                write!(text, "MACsec needs {total} bytes with its short length, here are {}", Bytes(claimed));
        });
    }
    packet.limit(total);
}
