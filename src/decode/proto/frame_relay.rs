//! Frame Relay: virtual circuits over a provider's switches (ITU-T Q.922), with
//! packets as RFC 2427 or as Cisco writes them.

use super::be16;
use super::chdlc;
use super::ethernet::ETHERTYPE_NAMES;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop, Value,
    value_name,
};
use std::fmt::Write as _;

static DIRECTION: FieldDef = FieldDef::uint("fr.direction", "Direction", 8)
    .values(&[(0, "Received"), (1, "Sent")])
    .about("Whether the capturing machine received or sent the frame. tcpdump.org LINKTYPE_FRELAY_WITH_DIR.");
static FIRST: FieldDef = FieldDef::uint("fr.first_addr_octet", "First address octet", 8)
    .hex()
    .about("The upper part of the circuit's number. ITU-T Q.922, 3.3.");
static SECOND: FieldDef = FieldDef::uint("fr.second_addr_octet", "Second address octet", 8)
    .hex()
    .about("More of the circuit's number, and what switches say of congestion. ITU-T Q.922, 3.3.");
static THIRD: FieldDef = FieldDef::uint("fr.third_addr_octet", "Third address octet", 8)
    .hex()
    .about("More of the circuit's number, where it is longer than ten bits. ITU-T Q.922, 3.3.");
static UPPER: FieldDef = FieldDef::uint("fr.upper_dlci", "Upper DLCI", 8)
    .hex()
    .mask(0xfc)
    .about("The upper six bits of the circuit's number. ITU-T Q.922, 3.3.6.");
static CR: FieldDef = FieldDef::flag("fr.cr", "CR", 8, 0x02)
    .values(&[(0, "Command"), (1, "Response")])
    .about("Whether the frame is a command or a response; the network carries it only. ITU-T Q.922, 3.3.3.");
static SECOND_DLCI: FieldDef = FieldDef::uint("fr.second_dlci", "Second DLCI", 8)
    .hex()
    .mask(0xf0)
    .about("Four more bits of the circuit's number. ITU-T Q.922, 3.3.6.");
static FECN: FieldDef = FieldDef::flag("fr.fecn", "FECN", 8, 0x08).about(
    "The frame met congestion on its way: its receiver should slow the sender down. ITU-T Q.922, A.6.2.1.",
);
static BECN: FieldDef = FieldDef::flag("fr.becn", "BECN", 8, 0x04)
    .about("Frames in the other direction meet congestion: whoever gets this should slow down. ITU-T Q.922, A.6.2.2.");
static DE: FieldDef = FieldDef::flag("fr.de", "DE", 8, 0x02)
    .about("Discard eligible: such frames go first when a switch has no room. ITU-T Q.922, 3.3.4.");
static THIRD_DLCI: FieldDef = FieldDef::uint("fr.third_dlci", "Third DLCI", 8)
    .hex()
    .mask(0xfe)
    .about("Seven more bits of the circuit's number. ITU-T Q.922, 3.3.6.");
static LOWER: FieldDef = FieldDef::uint("fr.lower_dlci", "Lower DLCI", 8)
    .hex()
    .mask(0xfc)
    .about("The last six bits of the circuit's number. ITU-T Q.922, 3.3.6.");
static CORE: FieldDef = FieldDef::uint("fr.dlcore_control", "DL-CORE Control", 8)
    .hex()
    .mask(0xfc)
    .about("Control of the core functions, in place of the number's last bits. ITU-T Q.922, 3.3.7.");
static DC: FieldDef = FieldDef::flag("fr.dc", "DC", 8, 0x02)
    .values(&[(0, "DLCI Address"), (1, "DL-CORE Control")])
    .about("Whether the last bits belong to the number or are control. ITU-T Q.922, 3.3.7.");
static EA: FieldDef = FieldDef::flag("fr.ea", "EA", 8, 0x01)
    .values(&[(0, "More Follows"), (1, "Last Octet")])
    .about("Whether this is the address's last byte. ITU-T Q.922, 3.3.2.");
static DLCI: FieldDef = FieldDef::uint("fr.dlci", "DLCI", 32).about(
    "Number of the virtual circuit on this line; the other end's line has another. ITU-T Q.922, 3.3.6.",
);
static BOGUS: FieldDef = FieldDef::bytes("fr.bogus_address", "Bogus address")
    .about("Bytes of the address beyond those that there can be. ITU-T Q.922, 3.3.1.");
static CONTROL: FieldDef = FieldDef::uint("fr.control", "Control Field", 8)
    .hex()
    .values(&[(0x03, "Unnumbered information"), (0xaf, "Exchange identification")])
    .about("What kind of frame it is: packets travel in unnumbered information. RFC 2427, 4.");
static PADDING: FieldDef = FieldDef::uint("fr.padding", "Padding", 8)
    .hex()
    .about("A zero that lets what follows lie even. RFC 2427, 3.");
static NLPID: FieldDef = FieldDef::uint("fr.nlpid", "NLPID", 8)
    .hex()
    .values(&[
        (0x00, "NULL"),
        (0x08, "Q.933"),
        (0x09, "LMI"),
        (0x80, "SNAP"),
        (0x81, "CLNP"),
        (0x82, "ESIS"),
        (0x83, "ISIS"),
        (0x8e, "IPv6"),
        (0xb0, "Data compression protocol (FRF.9)"),
        (0xb1, "Fragmentation (FRF.12)"),
        (0xcc, "IP"),
        (0xcf, "PPP"),
    ])
    .about(
        "Which protocol the payload belongs to, as ISO and ITU-T number them. RFC 2427, 3; ISO/IEC TR 9577.",
    );
static OUI: FieldDef = FieldDef::uint("fr.snap.oui", "Organization Code", 24)
    .hex()
    .values(&[(0x00_0000, "EtherType follows"), (0x00_80c2, "IEEE 802.1")])
    .about("Who defined the protocol number that follows; 0 for EtherTypes. RFC 2427, 3.");
static SNAP_PID: FieldDef = FieldDef::uint("fr.snap.pid", "Protocol ID", 16)
    .hex()
    .values(&[
        (0x01, "802.3 with FCS"),
        (0x02, "802.4 with FCS"),
        (0x03, "802.5 with FCS"),
        (0x04, "FDDI with FCS"),
        (0x07, "802.3"),
        (0x08, "802.4"),
        (0x09, "802.5"),
        (0x0a, "FDDI"),
        (0x0b, "802.6"),
        (0x0d, "Fragments"),
        (0x0e, "Spanning Tree BPDU"),
    ])
    .about("Protocol of the payload, numbered by the organisation. RFC 2427, 4.2.");
static SNAP_TYPE: FieldDef = FieldDef::uint("fr.snaptype", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("EtherType of the payload. RFC 2427, 3.");
static CISCO: FieldDef = FieldDef::uint("fr.chdlctype", "Type", 16)
    .hex()
    .values(chdlc::PROTOCOL_NAMES)
    .about("Which protocol the payload belongs to, in Cisco's encapsulation: mostly its EtherType. FRF.3.2, annex A.");

/// Unnumbered information.
const UI: u8 = 0x03;
/// LINKTYPE_FRELAY_WITH_DIR.
const WITH_DIRECTION: u16 = 206;

/// Dissector of Frame Relay frames.
pub struct FrameRelay;

impl Dissector for FrameRelay {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "fr",
        label: "FR",
        title: "Frame Relay",
        layer: Layer::Link,
        spec: "ITU-T Q.922; RFC 2427",
        about: "Carries packets over virtual circuits through a provider's network, each circuit with a number.",
        fields: &[
            &DIRECTION,
            &FIRST,
            &SECOND,
            &THIRD,
            &UPPER,
            &CR,
            &SECOND_DLCI,
            &FECN,
            &BECN,
            &DE,
            &THIRD_DLCI,
            &LOWER,
            &CORE,
            &DC,
            &EA,
            &DLCI,
            &BOGUS,
            &CONTROL,
            &PADDING,
            &NLPID,
            &OUI,
            &SNAP_PID,
            &SNAP_TYPE,
            &CISCO,
            &chdlc::OSI_PADDING,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(107), Binding::Link(WITH_DIRECTION)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        if packet.is_outermost() && packet.medium.link.0 == WITH_DIRECTION {
            let [direction] = *packet.take::<1>("direction")?;
            packet.field(&DIRECTION, 0, 1, Value::Uint(u64::from(direction != 0)));
        }
        let start = packet.at();
        let dlci = address(packet)?;
        packet.field(&DLCI, start, packet.at() - start, Value::Uint(dlci.into()));
        packet.info(|text| {
            let _ = write!(text, "DLCI {dlci}");
        });
        let at = packet.at();
        let kind = packet.read(at, 2).unwrap_or(0);
        let cisco = value_name(&CISCO, kind).or_else(|| value_name(&SNAP_TYPE, kind));
        match (packet.rest().first(), cisco) {
            (Some(&UI), _) => {
                packet.take::<1>("control")?;
                packet.uint(&CONTROL, at, 1);
                nlpid(packet, dlci)
            }
            (_, Some(name)) if dlci != 0 => {
                packet.take::<2>("protocol")?;
                packet.uint(&CISCO, at, 2);
                packet.info(|text| {
                    let _ = write!(text, "DLCI {dlci}, {name}");
                });
                let claim = chdlc::claim(packet, kind as u16);
                packet.next_rest(claim);
                Ok(())
            }
            // Control of the circuits, or packets that are numbered: seldom seen.
            _ => {
                packet.take::<1>("control")?;
                packet.uint(&CONTROL, at, 1);
                packet.next_rest(Claim::Data);
                Ok(())
            }
        }
    }
}

/// Takes the address, two to four bytes; gives the number of the circuit.
fn address<S: Sink>(packet: &mut Packet<'_, S>) -> Result<u32, Stop> {
    let at = packet.at();
    let [first] = *packet.take::<1>("address")?;
    octet(packet, &FIRST, at, &[&UPPER, &CR, &EA]);
    let mut dlci = u32::from(first >> 2);
    if first & 1 != 0 {
        packet.problem(Problem::Malformed, at, 1, |text| {
            text.push_str("Frame Relay: an address of one byte, which is none");
        });
        return Ok(0);
    }
    let [second] = *packet.take::<1>("address")?;
    octet(packet, &SECOND, at + 1, &[&SECOND_DLCI, &FECN, &BECN, &DE, &EA]);
    dlci = dlci << 4 | u32::from(second >> 4);
    if second & 1 != 0 {
        return Ok(dlci);
    }
    let mut place = packet.at();
    let [mut last] = *packet.take::<1>("address")?;
    if last & 1 == 0 {
        octet(packet, &THIRD, place, &[&THIRD_DLCI, &EA]);
        dlci = dlci << 7 | u32::from(last >> 1);
        while last & 1 == 0 {
            place = packet.at();
            [last] = *packet.take::<1>("address")?;
        }
        if place > at + 3 {
            packet.slice(&BOGUS, at + 3, place - at - 3);
            packet.problem(Problem::Malformed, at, place - at + 1, |text| {
                text.push_str("Frame Relay: an address of more than four bytes");
            });
        }
    }
    let control = last & 2 != 0;
    packet.uint(if control { &CORE } else { &LOWER }, place, 1);
    packet.uint(&DC, place, 1);
    packet.uint(&EA, place, 1);
    Ok(if control { dlci } else { dlci << 6 | u32::from(last >> 2) })
}

fn octet<S: Sink>(
    packet: &mut Packet<'_, S>,
    def: &'static FieldDef,
    at: usize,
    parts: &[&'static FieldDef],
) {
    packet.uint_group(def, at, 1);
    for part in parts {
        packet.uint(part, at, 1);
    }
    packet.end_group();
}

/// A packet as RFC 2427 writes it: its protocol by ISO's number.
fn nlpid<S: Sink>(packet: &mut Packet<'_, S>, dlci: u32) -> Outcome {
    if packet.rest().first() == Some(&0) && packet.rest().len() > 1 {
        packet.uint(&PADDING, packet.at(), 1);
        packet.take::<1>("padding")?;
    }
    let at = packet.at();
    let [kind] = *packet.take::<1>("NLPID")?;
    packet.uint(&NLPID, at, 1);
    packet.info(|text| {
        let _ = match value_name(&NLPID, kind.into()) {
            Some(name) => write!(text, "DLCI {dlci}, {name}"),
            None => write!(text, "DLCI {dlci}, NLPID 0x{kind:02x}"),
        };
    });
    match kind {
        0xcc => packet.next_rest(Claim::EtherType(0x0800)),
        0x8e => packet.next_rest(Claim::EtherType(0x86dd)),
        // The number is PPP's own first byte there, too (RFC 1973).
        0xcf => packet.next_rest(Claim::Protocol(super::ppp::Ppp::PROTOCOL)),
        0x80 => {
            let at = packet.at();
            let [a, b, c, p0, p1] = *packet.take::<5>("SNAP header")?;
            let (oui, pid) = (u32::from_be_bytes([0, a, b, c]), be16(p0, p1));
            packet.uint(&OUI, at, 3);
            packet.uint(if oui == 0 { &SNAP_TYPE } else { &SNAP_PID }, at + 3, 2);
            packet.info(|text| {
                let _ = write!(text, "DLCI {dlci}, SNAP, OUI 0x{oui:06x}, PID 0x{pid:04x}");
            });
            packet.next_rest(if oui == 0 { Claim::EtherType(pid) } else { Claim::Snap(oui, pid) });
        }
        // To ISO's protocols the number belongs to their own header.
        0x81..=0x83 => packet.next(Claim::Data, at, packet.claimed() - at),
        _ => packet.next_rest(Claim::Data),
    }
    Ok(())
}
