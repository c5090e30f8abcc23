//! MPLS label stacks (RFC 3032) and what is guessed to be behind them: a stack
//! does not say what it carries.

use super::{be16, ethernet::Ethernet, ipv4::Ipv4, ipv6::Ipv6};
use crate::decode::{
    Binding, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, value_name,
};
use std::fmt::Write as _;

static LABEL: FieldDef = FieldDef::uint("mpls.label", "MPLS Label", 32)
    .mask(0xffff_f000)
    .values(&[
        (0, "IPv4 Explicit-Null"),
        (1, "Router Alert"),
        (2, "IPv6 Explicit-Null"),
        (3, "Implicit-Null"),
        (7, "Entropy Label Indicator (ELI)"),
        (ASSOCIATED_CHANNEL as u64, "Generic Associated Channel Label (GAL)"),
        (14, "OAM Alert"),
    ])
    .about("Says to the next router where the packet goes: it looks at no address. RFC 3032, 2.1.");
static EXP: FieldDef = FieldDef::uint("mpls.exp", "MPLS Experimental Bits", 32)
    .mask(0x0e00)
    .about("Traffic class: service class and congestion marks. RFC 5462.");
static BOTTOM: FieldDef = FieldDef::uint("mpls.bottom", "MPLS Bottom Of Label Stack", 32)
    .mask(0x0100)
    .about("Set in the last label: the payload follows. RFC 3032, 2.1.");
static TTL: FieldDef = FieldDef::uint("mpls.ttl", "MPLS TTL", 32)
    .mask(0x00ff)
    .about("Routers that the packet may still pass. RFC 3032, 2.4.");

/// Label of a channel between the ends of a path.
const ASSOCIATED_CHANNEL: u32 = 13;

/// Dissector of a whole label stack.
pub struct Mpls;

impl Dissector for Mpls {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "mpls",
        label: "MPLS",
        title: "MultiProtocol Label Switching Header",
        layer: Layer::Link,
        spec: "RFC 3032",
        about: "A stack of labels in front of a packet, by which routers pass it on without looking inside.",
        fields: &[&LABEL, &EXP, &BOTTOM, &TTL],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[
        Binding::EtherType(0x8847),
        Binding::EtherType(0x8848),
        Binding::Ppp(0x0281),
        Binding::Ppp(0x0283),
        Binding::IpProto(137),
        Binding::Udp(6635),
    ];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.info(|text| text.push_str("MPLS Label Switched Packet"));
        let label = loop {
            let at = packet.at();
            let entry = u32::from_be_bytes(*packet.take::<4>("label")?);
            let label = entry >> 12;
            if at == 0 {
                packet.label(|text| {
                    let _ = write!(text, "Label: {label}, TTL: {}", entry & 0xff);
                });
            }
            packet.uint_group(&LABEL, at, 4);
            for part in [&EXP, &BOTTOM, &TTL] {
                packet.uint(part, at, 4);
            }
            packet.end_group();
            if entry & 0x0100 != 0 {
                break label;
            }
        };
        if packet.claimed() > packet.at() {
            let claim = payload(packet, label);
            packet.next_rest(claim);
        }
        Ok(())
    }
}

/// What the payload looks like (RFC 4928, RFC 4385): its first four bits tell IP
/// from a channel's header and from the control word of a pseudowire.
fn payload<S: Sink>(packet: &Packet<'_, S>, label: u32) -> Claim {
    let (rest, length) = (packet.rest(), packet.claimed().saturating_sub(packet.at()));
    // Up to four bytes of check sequence may be behind the packet.
    let fits = |claimed: usize| claimed <= length && claimed + 4 >= length;
    let word = |at: usize| rest.get(at..).and_then(|rest| rest.first_chunk::<2>());
    let claims = |at: usize, header: usize| {
        word(at).is_none_or(|[high, low]| fits(usize::from(be16(*high, *low)) + header))
    };
    let Some(first) = rest.first() else { return Claim::Data };
    match first >> 4 {
        _ if label == ASSOCIATED_CHANNEL => Claim::Protocol(Channel::PROTOCOL),
        4 if claims(2, 0) || !is_frame(rest) => Claim::Protocol(Ipv4::PROTOCOL),
        6 if claims(4, 40) || !is_frame(rest) => Claim::Protocol(Ipv6::PROTOCOL),
        1 => Claim::Protocol(Channel::PROTOCOL),
        0 if !is_frame(rest) => Claim::Protocol(Pseudowire::PROTOCOL),
        0 | 4 | 6 => Claim::Protocol(Ethernet::PROTOCOL),
        _ => Claim::Data,
    }
}

/// Whether an Ethernet frame begins here rather than a control word: its type
/// is known, and that of a frame four bytes on is not.
fn is_frame(bytes: &[u8]) -> bool {
    let known = |at: usize| {
        let kind =
            bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).map(|[high, low]| be16(*high, *low));
        kind.is_some_and(|kind| super::ethernet::ETHERTYPE_NAMES.iter().any(|row| row.0 == u64::from(kind)))
    };
    known(12) && !known(16)
}

static SEQUENCE: FieldDef = FieldDef::uint("pweth.cw.sequence_number", "PW sequence number (ethernet)", 16)
    .about("Counts the frames of the pseudowire; 0 where they are not counted. RFC 4448, 4.6.");

/// Dissector of the control word in front of an Ethernet frame.
pub struct Pseudowire;

impl Dissector for Pseudowire {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "pwethcw",
        label: "Pseudowire",
        title: "PW Ethernet Control Word",
        layer: Layer::Link,
        spec: "RFC 4448",
        about: "In front of an Ethernet frame in a label switched path: keeps the frames in order.",
        fields: &[&SEQUENCE],
        trailer: None,
        stack: Some("pwethheuristic:pwethcw"),
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [first, _, s0, s1] = *packet.take::<4>("control word")?;
        packet.label(|text| {
            let _ = write!(text, "Sequence: {}", be16(s0, s1));
        });
        packet.uint(&SEQUENCE, 2, 2);
        packet.info(|text| text.push_str("Ethernet pseudowire"));
        if first >> 4 != 0 {
            packet.problem(Problem::Unusual, 0, 1, |text| {
                text.push_str("the first four bits of a control word must be zero (RFC 4385, 3)");
            });
        }
        if packet.claimed() > packet.at() {
            packet.next_rest(Claim::Protocol(Ethernet::PROTOCOL));
        }
        Ok(())
    }
}

static CHANNEL_VERSION: FieldDef = FieldDef::uint("pwach.ver", "Channel Version", 8)
    .mask(0x0f)
    .about("Version of this header: 0. RFC 4385, 5; RFC 5586, 2.");
static CHANNEL_RESERVED: FieldDef =
    FieldDef::uint("pwach.res", "Reserved", 8).hex().about("Zero. RFC 4385, 5; RFC 5586, 2.");
static CHANNEL_TYPE: FieldDef = FieldDef::uint("pwach.channel_type", "Channel Type", 16)
    .hex()
    .values(&[
        (0x0001, "Management Communication Channel (MCC)"),
        (0x0002, "Signaling Communication Channel (SCC)"),
        (0x0007, "BFD Control, PW-ACH-encapsulated (BFD Without IP/UDP Headers)"),
        (0x000a, "MPLS Direct Loss Measurement (DLM)"),
        (0x000b, "MPLS Inferred Loss Measurement (ILM)"),
        (0x000c, "MPLS Delay Measurement (DM)"),
        (0x000d, "MPLS Direct Loss and Delay Measurement (DLM+DM)"),
        (0x000e, "MPLS Inferred Loss and Delay Measurement (ILM+DM)"),
        (0x0021, "IPv4 packet"),
        (0x0022, "MPLS-TP CC message"),
        (0x0023, "MPLS-TP CV message"),
        (0x0024, "Protection State Coordination Protocol (PSC)"),
        (0x0025, "On-Demand CV"),
        (0x0026, "LI"),
        (0x0027, "Pseudo-Wire OAM"),
        (0x0028, "MAC Withdraw OAM Msg"),
        (0x0057, "IPv6 packet"),
        (0x0058, "Fault OAM"),
        (0x8902, "MPLS-TP OAM"),
    ])
    .about("What the message is about. RFC 4385, 5; IANA MPLS associated channel types.");

/// Dissector of messages between the ends of a path or pseudowire.
pub struct Channel;

impl Dissector for Channel {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "pwach",
        label: "PW ACH",
        title: "PW Associated Channel Header",
        layer: Layer::Link,
        spec: "RFC 5586",
        about: "A message about a label switched path or a pseudowire, sent along it.",
        fields: &[&CHANNEL_VERSION, &CHANNEL_RESERVED, &CHANNEL_TYPE],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [_, _, k0, k1] = *packet.take::<4>("channel header")?;
        let kind = be16(k0, k1);
        let name = value_name(&CHANNEL_TYPE, kind.into()).unwrap_or("unknown channel");
        packet.label(|text| text.push_str(name));
        packet.uint(&CHANNEL_VERSION, 0, 1);
        packet.uint(&CHANNEL_RESERVED, 1, 1);
        packet.uint(&CHANNEL_TYPE, 2, 2);
        packet.info(|text| text.push_str(name));
        if packet.claimed() > packet.at() {
            packet.next_rest(match kind {
                0x0021 => Claim::Protocol(Ipv4::PROTOCOL),
                0x0057 => Claim::Protocol(Ipv6::PROTOCOL),
                _ => Claim::Data,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::base::LinkType;
    use crate::decode::sinks::Summary;
    use crate::decode::{Facts, Frame, Paths, Registry, Scratch};

    /// The protocol that a payload behind one label is taken for.
    fn behind(label: u32, payload: &[u8]) -> &'static str {
        let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x47];
        bytes.extend((label << 12 | 0x140).to_be_bytes());
        bytes.extend(payload);
        let (registry, mut summary) = (Registry::default(), Summary::default());
        let frame =
            Frame { link: LinkType::ETHERNET, bytes: &bytes, wire: bytes.len() as u32, ..Frame::default() };
        registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut summary);
        let mut path = summary.path;
        while summary.paths.parent(summary.paths.parent(summary.paths.parent(path))) != Paths::FRAME {
            path = summary.paths.parent(path);
        }
        registry.row(summary.paths.protocol(path)).protocol.name
    }

    fn ipv4(length: u8) -> Vec<u8> {
        vec![0x45, 0, 0, length, 0, 0, 0, 0, 64, 99, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    }

    #[test]
    fn the_payload_is_known_by_its_look() {
        assert_eq!(behind(16, &ipv4(20)), "ip");
        assert_eq!(behind(16, &[&ipv4(20)[..], &[0; 4]].concat()), "ip", "with a check sequence");
        assert_eq!(behind(16, &ipv4(200)), "ip", "a wrong length is still IP's");
        let frame = |first: u8, kind: [u8; 2], rest: &[u8]| {
            [&[first, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 7][..], &kind, rest].concat()
        };
        // A hardware address may begin with a 4 as well as with a 0.
        assert_eq!(behind(16, &frame(0x45, [8, 0], &ipv4(20))), "eth");
        assert_eq!(behind(16, &frame(0x00, [8, 0], &ipv4(20))), "eth");
        assert_eq!(behind(16, &[&[0; 4], &*frame(0x00, [8, 0], &ipv4(20))].concat()), "pwethcw");
        assert_eq!(behind(16, &[0x10, 0, 0, 7, 1, 2, 3]), "pwach");
        assert_eq!(behind(13, &[0x00, 0, 0, 7, 1, 2, 3]), "pwach");
        assert_eq!(behind(16, &[0xf0, 0, 0, 7, 1, 2, 3]), "data");
    }
}
