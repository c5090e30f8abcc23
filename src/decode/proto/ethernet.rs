//! Ethernet II frames and 802.3 frames with LLC (IEEE 802.3).

use super::fabric_path;
use crate::decode::{
    Binding, Bytes, Claim, Dissector, Endpoint, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink,
    Trailer, checks,
};
use etherparse::Ethernet2HeaderSlice;
use std::fmt::Write as _;

static LG_NAMES: &[(u64, &str)] = &[(0, "Globally unique address"), (1, "Locally administered address")];
static IG_NAMES: &[(u64, &str)] =
    &[(0, "Individual address (unicast)"), (1, "Group address (multicast or broadcast)")];
static LG: FieldDef = FieldDef::flag("eth.lg", "LG bit", 24, 0x02_0000)
    .values(LG_NAMES)
    .about("Whether the address was chosen locally or comes from the card's maker. IEEE 802, 8.2.2.");
static IG: FieldDef = FieldDef::flag("eth.ig", "IG bit", 24, 0x01_0000)
    .values(IG_NAMES)
    .about("Whether the address means one card or a group of them. IEEE 802, 8.2.2.");
static DST_LG: FieldDef = FieldDef::flag("eth.dst.lg", "LG bit", 24, 0x02_0000)
    .values(LG_NAMES)
    .also(&[&LG])
    .about("Whether the destination was chosen locally or comes from the card's maker. IEEE 802, 8.2.2.");
static DST_IG: FieldDef = FieldDef::flag("eth.dst.ig", "IG bit", 24, 0x01_0000)
    .values(IG_NAMES)
    .also(&[&IG])
    .about("Whether the frame is for one card or for a group of them. IEEE 802, 8.2.2.");
static SRC_LG: FieldDef =
    FieldDef::flag("eth.src.lg", "LG bit", 24, 0x02_0000).values(LG_NAMES).also(&[&LG]).about(
        "Whether the sender's address was chosen locally or comes from the card's maker. IEEE 802, 8.2.2.",
    );
static SRC_IG: FieldDef = FieldDef::flag("eth.src.ig", "IG bit", 24, 0x01_0000)
    .values(IG_NAMES)
    .also(&[&IG])
    .about("Must be 0: only a single card sends a frame. IEEE 802.3, 3.2.3.");
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
    (0x0842, "Wake on LAN"),
    (0x2000, "CDP"),
    (0x6002, "DEC DNA Remote Console"),
    (0x6558, "Transparent Ethernet bridging"),
    (0x8035, "RARP"),
    (0x809b, "AppleTalk (EtherTalk)"),
    (0x80f3, "AARP"),
    (0x8100, "802.1Q VLAN"),
    (0x8137, "IPX"),
    (0x86dd, "IPv6"),
    (0x8808, "MAC Control"),
    (0x8809, "Slow Protocols"),
    (0x8847, "MPLS"),
    (0x8848, "MPLS with upstream label"),
    (0x8863, "PPPoE Discovery"),
    (0x8864, "PPPoE Session"),
    (0x888e, "802.1X Authentication"),
    (0x8892, "PROFINET"),
    (0x88a2, "ATA over Ethernet"),
    (0x88a4, "EtherCAT"),
    (0x88a8, "802.1ad Provider Bridge"),
    (0x88b5, "Local experimental 1"),
    (0x88b6, "Local experimental 2"),
    (0x88b8, "GOOSE"),
    (0x88ba, "Sampled Values"),
    (0x88be, "ERSPAN"),
    (0x88cc, "LLDP"),
    (0x88e5, "MACsec"),
    (0x88e7, "802.1ah Provider Backbone Bridge"),
    (0x88f7, "PTP"),
    (0x8902, "CFM"),
    (0x8906, "FCoE"),
    (0x8914, "FIP"),
    (0x894f, "NSH"),
    (0x9000, "Loopback"),
    (0x9100, "802.1QinQ"),
    (0x9200, "802.1QinQ"),
];
static TYPE: FieldDef = FieldDef::uint("eth.type", "Type", 16)
    .hex()
    .values(ETHERTYPE_NAMES)
    .about("Which protocol the payload belongs to (0x0600 and above). IEEE 802.3, 3.2.6; RFC 9542.");
static LEN: FieldDef = FieldDef::uint("eth.len", "Length", 16)
    .about("Bytes of payload, in frames that carry 802.2 LLC (up to 1500). IEEE 802.3, 3.2.6.");
static INVALID: FieldDef = FieldDef::uint("eth.invalid_lentype", "Invalid length/type", 16)
    .hex()
    .about("Neither a length (up to 1500) nor a type (0x0600 and above): undefined. IEEE 802.3, 3.2.6.");
/// Also used by the tags within an Ethernet frame.
pub(super) static PADDING: FieldDef = FieldDef::bytes("eth.padding", "Padding")
    .about("Zeros that fill the frame up to the least length of 60 bytes. IEEE 802.3, 3.2.8.");
static TRAILER: FieldDef = FieldDef::bytes("eth.trailer", "Trailer")
    .about("Bytes behind the payload that no inner layer claims: padding with old memory, a check sequence, or a switch's tag. IEEE 802.3, 3.2.8.");
static FCS: FieldDef = FieldDef::uint("eth.fcs", "Frame check sequence", 32).hex().about(
    "CRC-32 over the whole frame, which the receiving card checks and mostly takes off. IEEE 802.3, 3.2.9.",
);
static FCS_STATUS: FieldDef = crate::decode::checks::status_field("eth.fcs.status");

/// Largest value of the length/type field that is a length.
pub(super) const MAX_LENGTH: u16 = 1500;
/// Smallest value of the length/type field that is a type.
const MIN_TYPE: u16 = 0x0600;

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
        fields: &[
            &ADDR,
            &LG,
            &IG,
            &DST,
            &DST_LG,
            &DST_IG,
            &SRC,
            &SRC_LG,
            &SRC_IG,
            &TYPE,
            &LEN,
            &INVALID,
            &PADDING,
            &TRAILER,
            &FCS,
            &FCS_STATUS,
        ],
        trailer: Some(Trailer { padding: &PADDING, trailer: &TRAILER }),
        stack: Some("eth:ethertype"),
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::Link(1),
        Binding::EtherType(0x6558),
        // Bridged frames, with their check sequence and without (RFC 2427, 4.2).
        Binding::Snap(0x0080c2, 0x0001),
        Binding::Snap(0x0080c2, 0x0007),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let header = packet.take::<14>("header")?;
        let Ok(header) = Ethernet2HeaderSlice::from_slice(header) else { return Ok(()) };
        packet.endpoints(Endpoint::Mac(header.source()), Endpoint::Mac(header.destination()));
        let kind = header.ether_type().0;
        if kind == fabric_path::ETHERTYPE {
            // What looks like addresses are places in the fabric.
            packet.next(Claim::Protocol(fabric_path::FabricPath::PROTOCOL), 0, payload_end(packet));
            return Ok(());
        }
        if (1..=MAX_LENGTH).contains(&kind) {
            packet.label(|text| text.push_str("IEEE 802.3 with length"));
        }
        address(packet, 0, [&DST, &DST_LG, &DST_IG]);
        address(packet, 6, [&SRC, &SRC_LG, &SRC_IG]);
        let end = payload_end(packet);
        // 0 is no length: Wireshark, too, takes it for a type.
        if kind >= MIN_TYPE || kind == 0 {
            packet.uint(&TYPE, 12, 2);
            packet.info(|text| {
                let _ = write!(text, "EtherType 0x{kind:04x}");
            });
            check_sequence(packet, end);
            if packet.bytes().len() > 14 {
                packet.next(Claim::EtherType(kind), 14, end.saturating_sub(14));
            }
        } else if kind <= MAX_LENGTH {
            packet.uint(&LEN, 12, 2);
            packet.info(|text| text.push_str("IEEE 802.3"));
            length_frame(packet, usize::from(kind), end, [&PADDING, &TRAILER]);
            check_sequence(packet, end);
        } else {
            packet.uint(&INVALID, 12, 2);
            packet.problem(Problem::Malformed, 12, 2, |text| {
                let _ = write!(text, "Ethernet: 0x{kind:04x} is neither a length nor a type");
            });
            packet.info(|text| {
                let _ = write!(text, "Invalid length/type 0x{kind:04x}");
            });
            check_sequence(packet, end);
            packet.next(Claim::Data, 14, end.saturating_sub(14));
        }
        Ok(())
    }
}

fn address<S: Sink>(packet: &mut Packet<'_, S>, at: usize, fields: [&'static FieldDef; 3]) {
    let [address, local, group] = fields;
    packet.slice(address, at, 6);
    packet.open();
    packet.uint(local, at, 3);
    packet.uint(group, at, 3);
    packet.end_group();
}

/// What follows a tag: by its type, or as the frame of a length.
pub(super) fn type_or_length<S: Sink>(packet: &mut Packet<'_, S>, kind: u16, trailer: &'static FieldDef) {
    if kind <= MAX_LENGTH && kind != 0 {
        let end = packet.claimed();
        length_frame(packet, usize::from(kind), end, [&PADDING, trailer]);
    } else {
        packet.next_rest(Claim::EtherType(kind));
    }
}

/// The payload of a frame, or of a tag within it, whose type field is a
/// length: LLC, or Novell's IPX without it. `end` is where its bytes end; what
/// is between the length and `end` is told as padding or trailer.
fn length_frame<S: Sink>(
    packet: &mut Packet<'_, S>,
    length: usize,
    end: usize,
    trailer: [&'static FieldDef; 2],
) {
    let from = packet.at();
    if from + length > end {
        let available = end.saturating_sub(from);
        packet.problem(Problem::Length, from - 2, 2, |text| {
            let _ = write!(
                text,
                "802.3 length {length} exceeds the {available} of payload",
                available = Bytes(available)
            );
        });
    }
    let bytes = packet.bytes();
    if let Some(behind) = bytes.get(from + length..end.min(bytes.len())).filter(|rest| !rest.is_empty()) {
        let [padding, other] = trailer;
        let def = if behind.iter().all(|byte| *byte == 0) { padding } else { other };
        packet.slice(def, from + length, behind.len());
    }
    let raw = packet.read(from, 2) == Some(0xffff);
    // IPX in "raw 802.3" has no LLC: its checksum of ffff stands where DSAP and SSAP would.
    let claim = if raw { Claim::EtherType(0x8137) } else { Claim::Protocol(super::llc::Llc::PROTOCOL) };
    if from < bytes.len() && length > 0 {
        packet.next(claim, from, length.min(end.saturating_sub(from)));
    }
}

/// Where the payload ends: before the check sequence, if the capture has one.
fn payload_end<S: Sink>(packet: &Packet<'_, S>) -> usize {
    match packet.medium.fcs_length {
        Some(length) if packet.is_outermost() => packet.claimed().saturating_sub(length.into()).max(14),
        _ => packet.claimed().max(14),
    }
}

fn check_sequence<S: Sink>(packet: &mut Packet<'_, S>, end: usize) {
    if end + 4 == packet.claimed() {
        checks::frame_check_sequence(packet, [&FCS, &FCS_STATUS], end, true);
    }
}

#[cfg(test)]
mod tests {
    use crate::base::LinkType;
    use crate::decode::sinks::{Probe, Summary, Wanted};
    use crate::decode::{Check, Event, Facts, Frame, Registry, Scratch, Value, Verdict};

    /// The check's verdict, and the bytes that are left as payload.
    fn peel(bytes: &[u8], wire: usize) -> (Verdict, u64) {
        let (registry, mut summary, mut wanted) =
            (Registry::default(), Summary::default(), Wanted::default());
        wanted.add(&registry, "data.len", 0);
        let mut probe = Probe::new(wanted);
        let frame = Frame {
            link: LinkType::ETHERNET,
            bytes,
            wire: wire as u32,
            fcs_length: Some(4),
            ..Frame::default()
        };
        registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut summary);
        registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut probe);
        let verdict = summary.events.iter().find_map(|event| match event {
            Event::Verdict { check: Check::Fcs, verdict } => Some(*verdict),
            _ => None,
        });
        let Value::Uint(len) = probe.value(&probe.found[0]) else { panic!("data.len is a number") };
        (verdict.expect("a verdict"), len)
    }

    #[test]
    fn check_sequences_are_checked() {
        let mut frame = vec![2; 12];
        frame.extend([0x88, 0xb5]);
        frame.extend([7; 46]);
        let mut crc = flate2::Crc::new();
        crc.update(&frame);
        frame.extend(crc.sum().to_le_bytes());
        assert_eq!(peel(&frame, 64), (Verdict::Good, 46));
        assert_eq!(peel(&frame[..62], 64), (Verdict::Unverifiable, 46));
        frame[20] ^= 1;
        assert_eq!(peel(&frame, 64), (Verdict::Bad, 46));
    }
}
