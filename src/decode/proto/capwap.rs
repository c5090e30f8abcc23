//! CAPWAP (RFC 5415): control and data between access points and their controller.

use super::be16;
use super::ethernet::Ethernet;
use super::ieee80211::{Ieee80211, Swapped};
use crate::decode::{
    Binding, Bytes, Claim, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Stop,
    value_name,
};
use std::fmt::Write as _;

static PREAMBLE: FieldDef =
    FieldDef::group("capwap.preamble", "Preamble").about("Version, and whether DTLS follows. RFC 5415, 4.1.");
static VERSION: FieldDef =
    FieldDef::uint("capwap.preamble.version", "Version", 8).mask(0xf0).about("Version: 0. RFC 5415, 4.1.");
static TYPE: FieldDef = FieldDef::uint("capwap.preamble.type", "Type", 8)
    .mask(0x0f)
    .values(&[(0, "CAPWAP Header"), (1, "CAPWAP DTLS Header")])
    .about("Whether the rest is encrypted. RFC 5415, 4.1.");
static PREAMBLE_RESERVED: FieldDef = FieldDef::uint("capwap.preamble.reserved", "Reserved", 24)
    .about("Zero, in front of DTLS. RFC 5415, 4.2.");
static HEADER: FieldDef =
    FieldDef::group("capwap.header", "Header").about("The transport header. RFC 5415, 4.3.");
static LENGTH: FieldDef = FieldDef::uint("capwap.header.length", "Header Length", 24)
    .mask(0xf8_0000)
    .about("Length of the header with its preamble in units of 4 bytes. RFC 5415, 4.3.");
static RADIO: FieldDef = FieldDef::uint("capwap.header.rid", "Radio ID", 24)
    .mask(0x07_c000)
    .about("Which of the access point's radios it is about. RFC 5415, 4.3.");
static BINDING: FieldDef = FieldDef::uint("capwap.header.wbid", "Wireless Binding ID", 24)
    .mask(0x00_3e00)
    .values(&[(0, "Reserved"), (1, "IEEE 802.11"), (2, "IEEE 802.16"), (3, "EPCGlobal")])
    .about("Which kind of radio it is about. RFC 5415, 4.3.");
static FLAGS: FieldDef = FieldDef::uint("capwap.header.flags", "Header Flags", 24)
    .hex()
    .mask(0x00_01ff)
    .about("What the payload is, and which optional fields are there. RFC 5415, 4.3.");
static FLAG_T: FieldDef = FieldDef::flag("capwap.header.flags.t", "Payload Type", 24, 0x100)
    .values(&[(0, "IEEE 802.3 frame"), (1, "Native frame format (see Wireless Binding ID field)")])
    .about("Whether the payload is a frame as the radio sent it. RFC 5415, 4.3.");
static FLAG_F: FieldDef = FieldDef::flag("capwap.header.flags.f", "Fragment", 24, 0x080)
    .about("This is a fragment of a packet. RFC 5415, 4.3 and 3.4.");
static FLAG_L: FieldDef = FieldDef::flag("capwap.header.flags.l", "Last Fragment", 24, 0x040)
    .about("No more fragments follow. RFC 5415, 4.3.");
static FLAG_W: FieldDef = FieldDef::flag("capwap.header.flags.w", "Wireless header", 24, 0x020)
    .about("Information about the radio follows. RFC 5415, 4.3.");
static FLAG_M: FieldDef = FieldDef::flag("capwap.header.flags.m", "Radio MAC header", 24, 0x010)
    .about("The radio's hardware address follows. RFC 5415, 4.3.");
static FLAG_K: FieldDef = FieldDef::flag("capwap.header.flags.k", "Keep-Alive", 24, 0x008)
    .about("Shows that the data channel lives; no user's packet. RFC 5415, 4.3 and 4.4.1.");
static FLAG_R: FieldDef =
    FieldDef::uint("capwap.header.flags.r", "Reserved", 24).hex().mask(0x007).about("Zero. RFC 5415, 4.3.");
static FRAGMENT_ID: FieldDef = FieldDef::uint("capwap.header.fragment.id", "Fragment ID", 16)
    .about("Equal in all fragments of one packet. RFC 5415, 4.3.");
static FRAGMENT_OFFSET: FieldDef = FieldDef::uint("capwap.header.fragment.offset", "Fragment Offset", 16)
    .mask(0xfff8)
    .about("Where this fragment belongs in the packet, in units of 8 bytes. RFC 5415, 4.3.");
static FRAGMENT_RESERVED: FieldDef = FieldDef::uint("capwap.header.fragment.reserved", "Reserved", 16)
    .mask(0x0007)
    .about("Zero. RFC 5415, 4.3.");
static MAC_LENGTH: FieldDef = FieldDef::uint("capwap.header.mac.length", "MAC length", 8)
    .about("Bytes of the radio's address: 6 or 8. RFC 5415, 4.3.");
static MAC: FieldDef = FieldDef::mac("capwap.header.mac.eui48", "MAC address")
    .about("Hardware address of the radio that received the packet. RFC 5415, 4.3.");
static MAC_DATA: FieldDef = FieldDef::bytes("capwap.header.mac.data", "MAC address").about(MAC.about);
static WIRELESS_LENGTH: FieldDef = FieldDef::uint("capwap.header.wireless.length", "Wireless length", 8)
    .about("Bytes of information about the radio. RFC 5415, 4.3.");
static WIRELESS: FieldDef = FieldDef::bytes("capwap.header.wireless.data", "Wireless data")
    .about("How the radio received the packet, or which networks it shall be sent in. RFC 5416, 4.");
static PADDING: FieldDef = FieldDef::bytes("capwap.header.padding", "Padding for 4 Byte Alignment")
    .about("Zeros up to a multiple of 4. RFC 5415, 4.3.");
static CONTROL: FieldDef = FieldDef::group("capwap.control.header", "Control Header")
    .about("Which control message it is. RFC 5415, 4.5.1.");
static MESSAGE: FieldDef = FieldDef::uint("capwap.control.header.message_type", "Message Type", 32)
    .values(&[
        (1, "Discovery Request"),
        (2, "Discovery Response"),
        (3, "Join Request"),
        (4, "Join Response"),
        (5, "Configuration Status Request"),
        (6, "Configuration Status Response"),
        (7, "Configuration Update Request"),
        (8, "Configuration Update Response"),
        (9, "WTP Event Request"),
        (10, "WTP Event Response"),
        (11, "Change State Event Request"),
        (12, "Change State Event Response"),
        (13, "Echo Request"),
        (14, "Echo Response"),
        (15, "Image Data Request"),
        (16, "Image Data Response"),
        (17, "Reset Request"),
        (18, "Reset Response"),
        (19, "Primary Discovery Request"),
        (20, "Primary Discovery Response"),
        (21, "Data Transfer Request"),
        (22, "Data Transfer Response"),
        (23, "Clear Configuration Request"),
        (24, "Clear Configuration Response"),
        (25, "Station Configuration Request"),
        (26, "Station Configuration Response"),
        (0x34_7301, "IEEE 802.11 WLAN Configuration Request"),
        (0x34_7302, "IEEE 802.11 WLAN Configuration Response"),
    ])
    .about("What the message asks for or answers; requests are odd. RFC 5415, 4.5.1.1; RFC 5416, 3.");
static SEQUENCE: FieldDef = FieldDef::uint("capwap.control.header.sequence_number", "Sequence Number", 8)
    .about("Ties a response to its request. RFC 5415, 4.5.1.2.");
static ELEMENTS_LENGTH: FieldDef =
    FieldDef::uint("capwap.control.header.message_element_length", "Message Element Length", 16)
        .about("Bytes from behind the sequence number to the message's end. RFC 5415, 4.5.1.3.");
static CONTROL_FLAGS: FieldDef =
    FieldDef::uint("capwap.control.header.flags", "Flags", 8).about("Zero. RFC 5415, 4.5.1.4.");
static ELEMENT: FieldDef = FieldDef::group("capwap.message_element", "Message Element")
    .about("One element: type, length and value. RFC 5415, 4.6.");
static ELEMENT_TYPE: FieldDef = FieldDef::uint("capwap.message_element.type", "Type", 16)
    .values(&[
        (1, "AC Descriptor"),
        (2, "AC IPv4 List"),
        (3, "AC IPv6 List"),
        (4, "AC Name"),
        (5, "AC Name With Priority"),
        (6, "AC Timestamp"),
        (7, "Add MAC ACL Entry"),
        (8, "Add Station"),
        (10, "CAPWAP Control IPv4 Address"),
        (11, "CAPWAP Control IPv6 Address"),
        (12, "CAPWAP Timers"),
        (13, "Data Transfer Data"),
        (14, "Data Transfer Mode"),
        (15, "Decryption Error Report"),
        (16, "Decryption Error Report Period"),
        (17, "Delete MAC ACL Entry"),
        (18, "Delete Station"),
        (20, "Discovery Type"),
        (21, "Duplicate IPv4 Address"),
        (22, "Duplicate IPv6 Address"),
        (23, "Idle Timeout"),
        (24, "Image Data"),
        (25, "Image Identifier"),
        (26, "Image Information"),
        (27, "Initiate Download"),
        (28, "Location Data"),
        (29, "Maximum Message Length"),
        (30, "CAPWAP Local IPv4 Address"),
        (31, "Radio Administrative State"),
        (32, "Radio Operational State"),
        (33, "Result Code"),
        (34, "Returned Message Element"),
        (35, "Session ID"),
        (36, "Statistics Timer"),
        (37, "Vendor Specific Payload"),
        (38, "WTP Board Data"),
        (39, "WTP Descriptor"),
        (40, "WTP Fallback"),
        (41, "WTP Frame Tunnel Mode"),
        (44, "WTP MAC Type"),
        (45, "WTP Name"),
        (47, "WTP Radio Statistics"),
        (48, "WTP Reboot Statistics"),
        (49, "WTP Static IP Address Information"),
        (50, "CAPWAP Local IPv6 Address"),
        (51, "CAPWAP Transport Protocol"),
        (52, "MTU Discovery Padding"),
        (53, "ECN Support"),
        (1048, "IEEE 802.11 WTP Radio Information"),
    ])
    .about("What the element tells. RFC 5415, 4.6; RFC 5416, 6.");
static ELEMENT_LENGTH: FieldDef =
    FieldDef::uint("capwap.message_element.length", "Length", 16).about("Bytes of the value. RFC 5415, 4.6.");
static ELEMENT_VALUE: FieldDef = FieldDef::bytes("capwap.message_element.value", "Value")
    .about("The element's value, not taken apart. RFC 5415, 4.6.");

macro_rules! fields {
    ($($more:expr),*) => {
        &[
            &PREAMBLE,
            &VERSION,
            &TYPE,
            &PREAMBLE_RESERVED,
            &HEADER,
            &LENGTH,
            &RADIO,
            &BINDING,
            &FLAGS,
            &FLAG_T,
            &FLAG_F,
            &FLAG_L,
            &FLAG_W,
            &FLAG_M,
            &FLAG_K,
            &FLAG_R,
            &FRAGMENT_ID,
            &FRAGMENT_OFFSET,
            &FRAGMENT_RESERVED,
            &MAC_LENGTH,
            &MAC,
            &MAC_DATA,
            &WIRELESS_LENGTH,
            &WIRELESS,
            &PADDING,
            &ELEMENTS_LENGTH,
            &ELEMENT,
            &ELEMENT_TYPE,
            &ELEMENT_LENGTH,
            &ELEMENT_VALUE,
            $($more),*
        ]
    };
}

/// Dissector of the control channel.
pub struct Control;

impl Dissector for Control {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "capwap",
        label: "CAPWAP",
        title: "Control And Provisioning of Wireless Access Points - Control",
        layer: Layer::Application,
        spec: "RFC 5415",
        about: "Finds, sets up and watches the access points of a wireless network.",
        fields: fields![&CONTROL, &MESSAGE, &SEQUENCE, &CONTROL_FLAGS],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(5246)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let Some(header) = transport(packet)? else {
            packet.info(|text| text.push_str("CAPWAP-Control, encrypted"));
            packet.next_rest(Claim::Data);
            return Ok(());
        };
        if header.offset > 0 {
            packet.info(|text| text.push_str("CAPWAP-Control, fragment"));
            packet.next_rest(Claim::Data);
            return Ok(());
        }
        let at = packet.at();
        let [m0, m1, m2, m3, _, l0, l1, _] = *packet.take::<8>("control header")?;
        let kind = u32::from_be_bytes([m0, m1, m2, m3]);
        packet.group(&CONTROL, at, 8);
        packet.uint(&MESSAGE, at, 4);
        packet.uint(&SEQUENCE, at + 4, 1);
        packet.uint(&ELEMENTS_LENGTH, at + 5, 2);
        packet.uint(&CONTROL_FLAGS, at + 7, 1);
        packet.end_group();
        packet.info(|text| match value_name(&MESSAGE, kind.into()) {
            Some(name) => {
                let _ = write!(text, "CAPWAP-Control - {name}");
            }
            None => {
                let _ = write!(text, "CAPWAP-Control - message {kind}");
            }
        });
        // The length counts itself and the flags.
        elements(packet, usize::from(be16(l0, l1)).saturating_sub(3))
    }
}

/// Dissector of the data channel.
pub struct Data;

impl Dissector for Data {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "capwap.data",
        label: "CAPWAP",
        title: "Control And Provisioning of Wireless Access Points - Data",
        layer: Layer::Link,
        spec: "RFC 5415",
        about: "A tunnel: carries the frames of an access point's radios to the controller.",
        fields: fields![],
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Udp(5247)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        packet.info(|text| text.push_str("CAPWAP-Data"));
        let Some(header) = transport(packet)? else {
            packet.info(|text| text.push_str("CAPWAP-Data, encrypted"));
            packet.next_rest(Claim::Data);
            return Ok(());
        };
        if header.keep_alive {
            packet.info(|text| text.push_str("CAPWAP-Data Keep-Alive"));
            let at = packet.at();
            let [l0, l1] = *packet.take::<2>("message element length")?;
            packet.uint(&ELEMENTS_LENGTH, at, 2);
            return elements(packet, usize::from(be16(l0, l1)).saturating_sub(2));
        }
        if header.offset > 0 {
            packet.info(|text| text.push_str("CAPWAP-Data, fragment"));
        }
        if packet.claimed() > packet.at() {
            let claim = match (header.offset, header.native, header.binding) {
                (0, true, IEEE_80211) => wireless(packet.rest()),
                (0, false, _) => Claim::Protocol(Ethernet::PROTOCOL),
                _ => Claim::Data,
            };
            packet.next_rest(claim);
        }
        Ok(())
    }
}

/// The binding of such radios.
const IEEE_80211: u32 = 1;

/// An 802.11 frame. Many access points swap the bytes of its frame control, and
/// nothing says so: the byte with the version has two zero bits at its end, the
/// byte with the flags has them only in a frame that no distribution system sees.
fn wireless(frame: &[u8]) -> Claim {
    let as_sent = match *frame {
        [first, second, ..] if first & 3 == 0 && second & 3 == 0 => {
            let (this, other) = (likely(first, second), likely(second, first));
            this > other || (this == other && second == 0)
        }
        [first, ..] => first & 3 == 0,
        [] => true,
    };
    Claim::Protocol(if as_sent { Ieee80211::PROTOCOL } else { Swapped::PROTOCOL })
}

/// How likely a frame of no distribution system is that begins so: management and
/// control, mostly without flags; some are repeated or come from a station that sleeps.
fn likely(control: u8, flags: u8) -> u8 {
    let (kind, is_plain) = (control >> 2 & 3, flags & !0x18 == 0);
    u8::from(kind < 2) + u8::from(kind < 2 && is_plain)
}

/// What the transport header says of the payload.
struct Header {
    native: bool,
    binding: u32,
    keep_alive: bool,
    /// Place of this fragment in its packet.
    offset: u16,
}

/// Takes the transport header; `None` where DTLS follows instead.
fn transport<S: Sink>(packet: &mut Packet<'_, S>) -> Result<Option<Header>, Stop> {
    let [preamble, b0, b1, b2] = *packet.take::<4>("header")?;
    packet.group(&PREAMBLE, 0, 1);
    packet.uint(&VERSION, 0, 1);
    packet.uint(&TYPE, 0, 1);
    let encrypted = preamble & 0x0f == 1;
    if encrypted {
        packet.uint(&PREAMBLE_RESERVED, 1, 3);
    }
    packet.end_group();
    if encrypted {
        return Ok(None);
    }
    if preamble & 0x0f > 1 {
        return Err(packet.malformed("the type is neither header nor DTLS"));
    }
    let bits = u32::from_be_bytes([0, b0, b1, b2]);
    let length = ((bits >> 19) & 0x1f) as usize * 4;
    let [_, _, o0, o1] = *packet.take::<4>("header")?;
    packet.group(&HEADER, 1, length.max(8) - 1);
    for part in [&LENGTH, &RADIO, &BINDING] {
        packet.uint(part, 1, 3);
    }
    packet.uint_group(&FLAGS, 1, 3);
    for flag in [&FLAG_T, &FLAG_F, &FLAG_L, &FLAG_W, &FLAG_M, &FLAG_K, &FLAG_R] {
        packet.uint(flag, 1, 3);
    }
    packet.end_group();
    packet.uint(&FRAGMENT_ID, 4, 2);
    packet.uint(&FRAGMENT_OFFSET, 6, 2);
    packet.uint(&FRAGMENT_RESERVED, 6, 2);
    if bits & 0x010 != 0 {
        optional(packet, &MAC_LENGTH, &MAC_DATA)?;
    }
    if bits & 0x020 != 0 {
        optional(packet, &WIRELESS_LENGTH, &WIRELESS)?;
    }
    packet.end_group();
    let Some(rest) = length.checked_sub(packet.at()) else {
        return Err(packet.malformed("the header length leaves out fields that its flags announce"));
    };
    packet.skip(rest, "header")?;
    let offset = be16(o0, o1) >> 3;
    // What a fragment lacks the others hold.
    if bits & 0x080 != 0 {
        packet.net.fragment = true;
    }
    let header = Header {
        native: bits & 0x100 != 0,
        binding: (bits >> 9) & 0x1f,
        keep_alive: bits & 0x008 != 0,
        offset: if bits & 0x080 != 0 { offset } else { 0 },
    };
    Ok(Some(header))
}

/// Length, bytes, and zeros up to a multiple of 4.
fn optional<S: Sink>(
    packet: &mut Packet<'_, S>,
    length: &'static FieldDef,
    bytes: &'static FieldDef,
) -> Result<(), Stop> {
    let at = packet.at();
    let [count] = *packet.take::<1>(length.label)?;
    let count = usize::from(count);
    let padding = (count + 1).next_multiple_of(4) - count - 1;
    packet.skip(count + padding, bytes.label)?;
    packet.uint(length, at, 1);
    let bytes = if std::ptr::eq(bytes, &MAC_DATA) && count == 6 { &MAC } else { bytes };
    packet.slice(bytes, at + 1, count);
    if padding > 0 {
        packet.slice(&PADDING, at + 1 + count, padding);
    }
    Ok(())
}

/// Message elements in the next `length` bytes.
fn elements<S: Sink>(packet: &mut Packet<'_, S>, length: usize) -> Outcome {
    let (at, claimed) = (packet.at(), packet.claimed());
    if at + length > claimed && !packet.net.fragment {
        packet.problem(Problem::Length, at, 0, |text| {
            let here = Bytes(claimed.saturating_sub(at));
            let _ = write!(
                text,
                "CAPWAP's message elements need {length} bytes with their length, here are {here}"
            );
        });
    }
    packet.limit(at + length);
    while !packet.rest().is_empty() {
        let at = packet.at();
        let [k0, k1, l0, l1] = *packet.take::<4>("message element")?;
        let (kind, length) = (be16(k0, k1), usize::from(be16(l0, l1)));
        packet.group(&ELEMENT, at, 4 + length);
        packet.label(|text| {
            let _ = match value_name(&ELEMENT_TYPE, kind.into()) {
                Some(name) => write!(text, "{name}"),
                None => write!(text, "type {kind}"),
            };
        });
        packet.uint(&ELEMENT_TYPE, at, 2);
        packet.uint(&ELEMENT_LENGTH, at + 2, 2);
        packet.skip(length, "message element")?;
        if length > 0 {
            packet.slice(&ELEMENT_VALUE, at + 4, length);
        }
        packet.end_group();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::decode::sinks::Summary;
    use crate::decode::{Event, Facts, Frame, Registry, Scratch};

    /// A discovery request of one element; its length field counts `more` than there is.
    fn troubles(more: u8) -> usize {
        let mut capwap = vec![0, 0x10, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 8 + more, 0];
        capwap.extend([0, 20, 0, 1, 2]);
        let udp = 8 + capwap.len() as u8;
        let mut bytes = vec![0x45, 0, 0, 20 + udp, 0, 0, 0, 0, 64, 17, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        bytes.extend([0x30, 0, 0x14, 0x7e, 0, udp, 0, 0]);
        bytes.extend(capwap);
        let (registry, mut summary) = (Registry::default(), Summary::default());
        let wire = bytes.len() as u32;
        let frame = Frame { link: LinkType(228), bytes: &bytes, wire, ..Frame::default() };
        registry.peel(&frame, Facts::default(), &mut Scratch::default(), &mut summary);
        let told = |event: &&Event| matches!(event, Event::Problem { problem: Problem::Length, .. });
        summary.events.iter().filter(told).count()
    }

    #[test]
    fn elements_that_reach_beyond_the_datagram_are_a_wrong_length() {
        assert_eq!((troubles(0), troubles(40)), (0, 1));
    }
}
