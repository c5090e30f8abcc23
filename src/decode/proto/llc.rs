//! Logical Link Control and SNAP (IEEE 802.2).

use super::be16;
use super::ethernet::ETHERTYPE_NAMES;
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Protocol, Sink, Value, value_name,
};
use std::fmt::Write as _;

static SAP_NAMES: &[(u64, &str)] = &[
    (0x00, "NULL LSAP"),
    (0x02, "LLC Sub-Layer Management"),
    (0x04, "SNA Path Control"),
    (0x06, "TCP/IP"),
    (0x08, "SNA"),
    (0x0e, "PROWAY (IEC 955) Network Management"),
    (0x42, "Spanning Tree BPDU"),
    (0x4e, "EIA RS-511 Manufacturing Message Service"),
    (0x7e, "ISO 8208 (X.25 over 802.2)"),
    (0x80, "XNS"),
    (0x82, "BACnet"),
    (0x86, "Nestar"),
    (0x8e, "PROWAY (IEC 955) Active Station List Maintenance"),
    (0x98, "ARP"),
    (0xaa, "SNAP"),
    (0xbc, "Banyan Vines"),
    (0xe0, "NetWare"),
    (0xf0, "NetBIOS"),
    (0xf4, "IBM Net Management"),
    (0xf8, "Remote Program Load"),
    (0xfa, "Ungermann-Bass"),
    (0xfe, "ISO Network Layer"),
    (0xff, "Global"),
];
static DSAP: FieldDef = FieldDef::uint("llc.dsap", "DSAP", 8)
    .hex()
    .values(SAP_NAMES)
    .about("Destination service access point: which protocol the payload is for. IEEE 802.2, 3.3.1.1.");
static DSAP_SAP: FieldDef = FieldDef::uint("llc.dsap.sap", "SAP", 8)
    .mask(0xfe)
    .about("The destination's service access point without its group bit. IEEE 802.2, 3.3.1.1.");
static DSAP_IG: FieldDef = FieldDef::flag("llc.dsap.ig", "IG Bit", 8, 0x01)
    .values(&[(0, "Individual"), (1, "Group")])
    .about("Whether one access point is meant or a group of them. IEEE 802.2, 3.3.1.1.");
static SSAP: FieldDef = FieldDef::uint("llc.ssap", "SSAP", 8)
    .hex()
    .values(SAP_NAMES)
    .about("Source service access point: which protocol sent the payload. IEEE 802.2, 3.3.1.1.");
static SSAP_SAP: FieldDef = FieldDef::uint("llc.ssap.sap", "SAP", 8)
    .mask(0xfe)
    .about("The source's service access point without its command bit. IEEE 802.2, 3.3.1.1.");
static SSAP_CR: FieldDef = FieldDef::flag("llc.ssap.cr", "CR Bit", 8, 0x01)
    .values(&[(0, "Command"), (1, "Response")])
    .about("Whether this is a command or the response to one. IEEE 802.2, 3.3.1.1.");
static CONTROL: FieldDef = FieldDef::uint("llc.control", "Control field", 16)
    .hex()
    .about("What kind of LLC frame it is, with sequence numbers in connections. IEEE 802.2, 5.2.");
static CONTROL_U: FieldDef = FieldDef::uint("llc.control", "Control field", 16).hex().about(CONTROL.about);
static N_R: FieldDef = FieldDef::uint("llc.control.n_r", "N(R)", 16)
    .mask(0xfe00)
    .about("Number of the information frame that the sender expects next. IEEE 802.2, 5.3.3.");
static N_S: FieldDef = FieldDef::uint("llc.control.n_s", "N(S)", 16)
    .mask(0x00fe)
    .about("Number of this information frame in the connection. IEEE 802.2, 5.3.3.");
static P_U: FieldDef = FieldDef::flag("llc.control.p", "Poll", 8, 0x10)
    .about("The sender of a command wants an answer at once. IEEE 802.2, 5.3.2.");
static F_U: FieldDef = FieldDef::flag("llc.control.f", "Final", 8, 0x10)
    .about("This response answers a command with the poll bit. IEEE 802.2, 5.3.2.");
static P_IS: FieldDef = FieldDef::flag("llc.control.p", "Poll", 16, 0x0100)
    .about("The sender of a command wants an answer at once. IEEE 802.2, 5.3.2.");
static F_IS: FieldDef = FieldDef::flag("llc.control.f", "Final", 16, 0x0100)
    .about("This response answers a command with the poll bit. IEEE 802.2, 5.3.2.");
static SUPERVISORY: FieldDef = FieldDef::uint("llc.control.s_ftype", "Supervisory frame type", 16)
    .mask(0x000c)
    .hex()
    .values(&[(0, "Receiver ready"), (1, "Receiver not ready"), (2, "Reject"), (3, "Selective reject")])
    .about("What the receiver of a connection's frames reports. IEEE 802.2, 5.4.2.2.");
static MODIFIER_NAMES: &[(u64, &str)] = &[
    (0x00, "Unnumbered Information"),
    (0x03, "Disconnected Mode"),
    (0x10, "Disconnect"),
    (0x18, "Unnumbered Acknowledge"),
    (0x1b, "Set Asynchronous Balanced Mode Extended"),
    (0x21, "Frame Reject"),
    (0x2b, "Exchange Identification"),
    (0x38, "Test"),
];
static COMMAND: FieldDef = FieldDef::uint("llc.control.u_modifier_cmd", "Command", 8)
    .mask(0xec)
    .hex()
    .values(MODIFIER_NAMES)
    .about("What an unnumbered frame asks for. IEEE 802.2, 5.4.1 and 5.4.2.3.");
static RESPONSE: FieldDef = FieldDef::uint("llc.control.u_modifier_resp", "Response", 8)
    .mask(0xec)
    .hex()
    .values(MODIFIER_NAMES)
    .about("What an unnumbered frame answers. IEEE 802.2, 5.4.1 and 5.4.2.3.");
static TYPE_NAMES: &[(u64, &str)] =
    &[(0, "Information frame"), (1, "Supervisory frame"), (3, "Unnumbered frame")];
static TYPE_I: FieldDef = FieldDef::uint("llc.control.ftype", "Frame type", 16)
    .mask(0x0001)
    .hex()
    .values(TYPE_NAMES)
    .about("Numbered information, supervision of it, or a frame without number. IEEE 802.2, 5.2.");
static TYPE_S: FieldDef = FieldDef::uint("llc.control.ftype", "Frame type", 16)
    .mask(0x0003)
    .hex()
    .values(TYPE_NAMES)
    .about("Numbered information, supervision of it, or a frame without number. IEEE 802.2, 5.2.");
static TYPE_U: FieldDef = FieldDef::uint("llc.control.ftype", "Frame type", 8)
    .mask(0x03)
    .hex()
    .values(TYPE_NAMES)
    .about("Numbered information, supervision of it, or a frame without number. IEEE 802.2, 5.2.");
static OUI: FieldDef = FieldDef::uint("llc.oui", "Organization Code", 24)
    .hex()
    .values(&[
        (0x00_0000, "EtherType follows"),
        (0x00_000c, "Cisco"),
        (0x00_00f8, "Cisco 90-compatible"),
        (0x00_80c2, "IEEE 802.1"),
        (0x08_0007, "Apple"),
    ])
    .about("Who defined the protocol number that follows; 0 for EtherTypes. IEEE 802, 10.3; RFC 1042.");
static TYPE: FieldDef = FieldDef::uint("llc.type", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("EtherType of the payload. RFC 1042; IEEE 802, 10.5.");
static PID: FieldDef = FieldDef::uint("llc.pid", "Protocol ID", 16)
    .hex()
    .about("Protocol of the payload, numbered by the organisation. IEEE 802, 10.3.");
static CISCO_PID: FieldDef = FieldDef::uint("llc.cisco_pid", "PID", 16)
    .hex()
    .values(&[
        (0x0102, "DRiP"),
        (0x0104, "PAgP"),
        (0x0105, "MLS Hello"),
        (0x010b, "PVSTP+"),
        (0x010c, "VLAN Bridge"),
        (0x0111, "UDLD"),
        (0x2000, "CDP"),
        (0x2003, "VTP"),
        (0x2004, "DTP"),
    ])
    .about("Protocol of the payload, as Cisco numbers them. IEEE 802, 10.3.");

const SNAP: u8 = 0xaa;

/// Dissector of LLC and SNAP headers.
pub struct Llc;

impl Dissector for Llc {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "llc",
        label: "LLC",
        title: "Logical-Link Control",
        layer: Layer::Link,
        spec: "IEEE 802.2",
        about: "Says which protocol an 802 frame carries, and can keep connections on a link.",
        fields: &[
            &DSAP,
            &DSAP_SAP,
            &DSAP_IG,
            &SSAP,
            &SSAP_SAP,
            &SSAP_CR,
            &CONTROL,
            &CONTROL_U,
            &N_R,
            &N_S,
            &P_U,
            &F_U,
            &P_IS,
            &F_IS,
            &SUPERVISORY,
            &COMMAND,
            &RESPONSE,
            &TYPE_I,
            &TYPE_S,
            &TYPE_U,
            &OUI,
            &TYPE,
            &PID,
            &CISCO_PID,
        ],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [dsap, ssap, control] = *packet.take::<3>("header")?;
        let response = ssap & 1 != 0;
        packet.uint_group(&DSAP, 0, 1);
        packet.uint(&DSAP_SAP, 0, 1);
        packet.uint(&DSAP_IG, 0, 1);
        packet.end_group();
        packet.uint(&SSAP, 1, 1);
        packet.label(|text| {
            let name = value_name(&SSAP, u64::from(ssap & 0xfe)).unwrap_or("unknown");
            let _ = write!(text, "{name} (0x{ssap:02x})");
        });
        packet.open();
        packet.uint(&SSAP_SAP, 1, 1);
        packet.uint(&SSAP_CR, 1, 1);
        packet.end_group();
        let unnumbered = control & 3 == 3;
        if !unnumbered {
            packet.take::<1>("control field")?;
        }
        tell_control(packet, control, response);
        let name = |sap: u8| value_name(&DSAP, sap.into()).unwrap_or("unknown");
        packet.info(|text| {
            let kind = match control & 3 {
                3 => value_name(&COMMAND, COMMAND.extract(control.into())).unwrap_or("Unnumbered"),
                1 => "Supervisory",
                _ => "Information",
            };
            let (dst, src) = (name(dsap), name(ssap & 0xfe));
            let side = if response { "Response" } else { "Command" };
            let _ = write!(text, "{kind}; DSAP {dst}, SSAP {src} {side}");
        });
        if dsap == SNAP && ssap & 0xfe == SNAP {
            return snap(packet);
        }
        // Only information frames, numbered or not, carry a packet.
        let carries = control & 1 == 0 || control & 0xef == 0x03;
        packet.next_rest(if carries { Claim::Llc(dsap) } else { Claim::Data });
        Ok(())
    }
}

fn tell_control<S: Sink>(packet: &mut Packet<'_, S>, control: u8, response: bool) {
    if !S::DETAIL {
        return;
    }
    if control & 3 == 3 {
        packet.uint_group(&CONTROL_U, 2, 1);
        packet.uint(if response { &F_U } else { &P_U }, 2, 1);
        packet.uint(if response { &RESPONSE } else { &COMMAND }, 2, 1);
        packet.uint(&TYPE_U, 2, 1);
    } else {
        // The first byte is the low one (802.2 numbers bits in order of sending).
        let word = packet.read(2, 2).map_or(0, |word| u64::from((word as u16).swap_bytes()));
        packet.field(&CONTROL, 2, 2, Value::Uint(word));
        packet.open();
        let last: &'static FieldDef = if response { &F_IS } else { &P_IS };
        let parts: [&'static FieldDef; 4] =
            if control & 1 == 0 { [&N_R, last, &N_S, &TYPE_I] } else { [&N_R, last, &SUPERVISORY, &TYPE_S] };
        for part in parts {
            packet.field(part, 2, 2, Value::Uint(part.extract(word)));
        }
    }
    packet.end_group();
}

fn snap<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
    let at = packet.at();
    let [a, b, c, p0, p1] = *packet.take::<5>("SNAP header")?;
    let (oui, pid) = (u32::from_be_bytes([0, a, b, c]), be16(p0, p1));
    packet.uint(&OUI, at, 3);
    let (def, claim): (&'static FieldDef, Claim) = match oui {
        0x00_0000 | 0x00_00f8 | 0x08_0007 => (&TYPE, Claim::EtherType(pid)),
        0x00_000c => (&CISCO_PID, Claim::Snap(oui, pid)),
        _ => (&PID, Claim::Snap(oui, pid)),
    };
    packet.uint(def, at + 3, 2);
    packet.info(|text| {
        let _ = write!(text, "SNAP, OUI 0x{oui:06x}, PID 0x{pid:04x}");
    });
    packet.next_rest(claim);
    Ok(())
}
