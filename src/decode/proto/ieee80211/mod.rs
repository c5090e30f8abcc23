//! IEEE 802.11 frames: management and control of a wireless network, and data.

pub mod amsdu;
mod control;
mod fields;
mod management;

use crate::decode::{
    Binding, Claim, Dissector, Endpoint, Extent, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink,
    Stop, Value, checks, value_name,
};
use fields::*;
use std::fmt::Write as _;

const MANAGEMENT: u8 = 0;
const CONTROL: u8 = 1;
const DATA: u8 = 2;

/// Type and subtype of the beacon below 1 GHz, whose flags are its own.
const SHORT_BEACON: u64 = 0x31;

const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED_FRAME: u8 = 0x40;
const ORDERED: u8 = 0x80;

/// Dissector of 802.11 frames.
pub struct Ieee80211;

impl Dissector for Ieee80211 {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "wlan",
        label: "802.11",
        title: "IEEE 802.11 wireless LAN",
        layer: Layer::Link,
        spec: "IEEE 802.11",
        about: "Carries packets through the air between stations and access points, and runs the wireless network.",
        fields: FIELDS,
        trailer: None,
        stack: None,
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(105)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [control, flags] = *packet.take::<2>("frame control")?;
        frame(packet, (control, 0), (flags, 1))
    }
}

/// Dissector of frames whose frame control and sequence control have their bytes
/// the other way around, as many access points send them to their controller.
pub struct Swapped;

impl Dissector for Swapped {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "wlan_bsfc",
        title: "IEEE 802.11 wireless LAN, frame control swapped",
        stack: Some("wlan"),
        ..*Ieee80211::PROTOCOL
    };
    const BINDINGS: &'static [Binding] = &[];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [flags, control] = *packet.take::<2>("frame control")?;
        frame(packet, (control, 1), (flags, 0))
    }
}

/// A frame, behind its two bytes of frame control: each with its place.
fn frame<S: Sink>(packet: &mut Packet<'_, S>, (control, at): (u8, usize), flags: (u8, usize)) -> Outcome {
    let (flags, flags_at) = flags;
    let mut head = Head {
        kind: control >> 2 & 3,
        subtype: control >> 4,
        flags,
        sequence: None,
        swapped: at != 0,
        checked: None,
        end: packet.claimed(),
    };
    let version = control & 3;
    if version == 0 {
        packet.label(|text| text.push_str(head.name()));
        packet.field(&TYPE_SUBTYPE, at, 1, Value::Uint(head.number()));
        packet.uint_group(&FC, 0, 2);
        for part in [&VERSION, &TYPE, &SUBTYPE] {
            packet.uint(part, at, 1);
        }
        if head.number() != SHORT_BEACON {
            packet.uint_group(&FLAGS, flags_at, 1);
            packet.uint(&DS, flags_at, 1);
            for part in FLAG_BITS {
                packet.uint(part, flags_at, 1);
            }
            packet.end_group();
        }
        packet.end_group();
    } else {
        // The other bits mean something else then.
        packet.uint_group(&FC, 0, 2);
        packet.uint(&VERSION, at, 1);
        packet.end_group();
    }
    if let Some(length @ 1..) = packet.medium.fcs_length.filter(|_| packet.is_outermost()) {
        head.end = head.end.saturating_sub(length.into()).max(2);
        if length == 4 && head.end + 4 == packet.claimed() {
            head.checked = Some(checks::frame_check_sequence(packet, [&FCS, &FCS_STATUS], head.end, false));
        }
    }
    if version != 0 {
        packet.info(|text| {
            let _ = write!(text, "802.11 frame of version {version}");
        });
        packet.problem(Problem::Unusual, at, 1, |text| {
            let _ = write!(text, "802.11: version {version}, which is not peeled");
        });
        head.rest(packet, Claim::Data);
        return Ok(());
    }
    packet.info(|text| head.write(text));
    match head.kind {
        MANAGEMENT => management::frame(packet, &mut head),
        CONTROL => control::frame(packet, &head),
        DATA => data(packet, &mut head),
        _ => extension(packet, &head),
    }
}

/// What the first bytes say of a frame.
struct Head {
    kind: u8,
    subtype: u8,
    flags: u8,
    sequence: Option<u16>,
    /// Frame control and sequence control have their bytes the other way around.
    swapped: bool,
    /// Whether the check sequence is right, where it is there.
    checked: Option<bool>,
    /// Where the body ends: before the check sequence.
    end: usize,
}

impl Head {
    fn number(&self) -> u64 {
        u64::from(self.kind << 4 | self.subtype)
    }

    fn name(&self) -> &'static str {
        value_name(&TYPE_SUBTYPE, self.number()).unwrap_or("Unrecognized (Reserved frame)")
    }

    /// Info as tshark writes it.
    fn write(&self, text: &mut String) {
        text.push_str(self.name());
        if let Some(sequence) = self.sequence {
            let _ = write!(text, ", SN={}, FN={}", sequence >> 4, sequence & 15);
        }
        text.push_str(", Flags=");
        for (bit, letter) in "opmPRMFT".chars().enumerate() {
            text.push(if self.flags & 0x80 >> bit != 0 { letter } else { '.' });
        }
        if let Some(good) = self.checked {
            text.push(if good { 'C' } else { '.' });
        }
    }

    /// What is left before the check sequence follows.
    fn rest<S: Sink>(&self, packet: &mut Packet<'_, S>, claim: Claim) {
        let at = packet.at();
        if at < self.end {
            packet.next(claim, at, self.end - at);
        }
    }

    /// Takes `len` bytes that lie before the check sequence; gives where they begin.
    fn take<S: Sink>(
        &self,
        packet: &mut Packet<'_, S>,
        len: usize,
        what: &'static str,
    ) -> Result<usize, Stop> {
        let at = packet.at();
        if at + len > self.end {
            // What lies behind belongs to the check sequence or to nobody.
            return Err(match packet.malformed(what) {
                Stop::Malformed(extent) => Stop::Malformed(Extent {
                    needed: len as u32,
                    available: self.end.saturating_sub(at) as u32,
                    ..extent
                }),
                stop => stop,
            });
        }
        packet.skip(len, what)?;
        Ok(at)
    }

    /// Takes an address, which goes by several names.
    fn address<S: Sink>(
        &self,
        packet: &mut Packet<'_, S>,
        defs: &[&'static FieldDef],
    ) -> Result<[u8; 6], Stop> {
        let (at, rest) = (packet.at(), packet.rest());
        self.take(packet, 6, "address")?;
        for def in defs {
            packet.slice(def, at, 6);
        }
        Ok(rest.first_chunk().copied().unwrap_or_default())
    }

    /// Takes fragment and sequence number.
    fn sequence<S: Sink>(&mut self, packet: &mut Packet<'_, S>) -> Outcome {
        let at = self.take(packet, 2, "sequence control")?;
        let sequence = if self.swapped { packet.read(at, 2) } else { packet.read_le(at, 2) };
        let sequence = sequence.unwrap_or_default() as u16;
        for part in [&FRAG, &SEQ] {
            packet.field(part, at, 2, Value::Uint(part.extract(sequence.into())));
        }
        self.sequence = Some(sequence);
        packet.info(|text| self.write(text));
        Ok(())
    }

    /// Takes the field of 802.11n control, where a flag says that it is there.
    fn ht_control<S: Sink>(&self, packet: &mut Packet<'_, S>) -> Outcome {
        if self.flags & ORDERED != 0 {
            let at = self.take(packet, 4, "HT control")?;
            packet.uint_le(&HTC, at, 4);
        }
        Ok(())
    }
}

fn duration<S: Sink>(packet: &mut Packet<'_, S>, head: &Head, def: &'static FieldDef) -> Outcome {
    head.take(packet, 2, "duration")?;
    packet.uint_le(def, 2, 2);
    Ok(())
}

/// Frames of other radios: of those in the 60 GHz band the beacon, of those below
/// 1 GHz the short one.
fn extension<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    let def = match head.subtype {
        0 => Some(&BSSID),
        1 => Some(&SA),
        _ => None,
    };
    if let Some(def) = def {
        duration(packet, head, &DURATION)?;
        let sender = head.address(packet, &[def])?;
        packet.endpoints(Endpoint::Mac(sender), Endpoint::None);
    }
    head.rest(packet, Claim::Data);
    Ok(())
}

fn data<S: Sink>(packet: &mut Packet<'_, S>, head: &mut Head) -> Outcome {
    duration(packet, head, &DURATION)?;
    let ds = head.flags & (TO_DS | FROM_DS);
    let [first, second, third]: [&[&'static FieldDef]; 3] = match ds {
        0 => [&[&RA, &DA], &[&TA, &SA], &[&BSSID]],
        TO_DS => [&[&RA, &BSSID], &[&TA, &SA], &[&DA]],
        FROM_DS => [&[&RA, &DA], &[&TA, &BSSID], &[&SA]],
        _ => [&[&RA], &[&TA], &[&DA]],
    };
    let first = head.address(packet, first)?;
    let second = head.address(packet, second)?;
    let third = head.address(packet, third)?;
    head.sequence(packet)?;
    let (src, dst) = match ds {
        0 => (second, first),
        TO_DS => (second, third),
        FROM_DS => (third, first),
        _ => (head.address(packet, &[&SA])?, third),
    };
    packet.endpoints(Endpoint::Mac(src), Endpoint::Mac(dst));
    let mut qos = 0;
    if head.subtype & 8 != 0 {
        qos = quality(packet, head)?;
        head.ht_control(packet)?;
    }
    if packet.medium.padded && packet.is_outermost() {
        let fill = packet.at().next_multiple_of(4) - packet.at();
        head.take(packet, fill, "padding of the header")?;
    }
    // Those with this bit carry nothing but their header.
    if head.subtype & 4 != 0 {
        head.rest(packet, Claim::Data);
        return Ok(());
    }
    if head.flags & PROTECTED_FRAME != 0 {
        return protected(packet, head);
    }
    if ds & FROM_DS != 0 && qos & 0x0100 != 0 {
        mesh(packet, head)?;
    }
    let fragment = head.flags & MORE_FRAGMENTS != 0 || head.sequence.is_some_and(|number| number & 15 != 0);
    let claim = match packet.read(packet.at(), 2) {
        _ if fragment => {
            packet.info(|text| text.push_str("Fragmented IEEE 802.11 frame"));
            Claim::Data
        }
        _ if qos & 0x0080 != 0 => Claim::Protocol(amsdu::Amsdu::PROTOCOL),
        // IPX in place of LLC, as some write it.
        Some(0xffff) => Claim::EtherType(0x8137),
        _ => Claim::Protocol(super::llc::Llc::PROTOCOL),
    };
    head.rest(packet, claim);
    Ok(())
}

/// Takes the QoS control field.
fn quality<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Result<u16, Stop> {
    let at = head.take(packet, 2, "QoS control")?;
    let word = packet.read_le(at, 2).unwrap_or(0) as u16;
    let [bit, upper] = if head.flags & FROM_DS != 0 {
        [&EOSP, if head.subtype & 2 != 0 { &TXOP_LIMIT } else { &PS_BUF_STATE }]
    } else {
        [&BIT4, if word & 0x10 != 0 { &QUEUE_SIZE } else { &TXOP_DUR }]
    };
    packet.parts_le(&QOS, [&TID, &PRIORITY, bit, &ACK, &AMSDU, upper], at, 2);
    Ok(word)
}

/// What is left of a frame with an encrypted body: what stands in the clear
/// before it (802.11, 12.3 and 12.5), then the body.
fn protected<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    let at = packet.at();
    let Some(&[a, b, c, key]) = packet.rest().first_chunk::<4>().filter(|_| at + 4 <= head.end) else {
        head.rest(packet, Claim::Data);
        return Ok(());
    };
    let mut end = head.end;
    if key & 0x20 == 0 {
        head.take(packet, 4, "initialization vector")?;
        packet.uint(&IV, at, 3);
        packet.uint(&KEY, at + 3, 1);
        if at + 8 <= end {
            end -= 4;
            packet.uint(&ICV, end, 4);
        }
    } else {
        head.take(packet, 8, "initialization vector")?;
        if S::DETAIL {
            let upper = packet.read_le(at + 4, 4).unwrap_or(0);
            // TKIP's second byte is made from the first, so that weak keys do not occur.
            let tkip = b == (a | 0x20) & 0x7f;
            let (def, [high, low]) = if tkip { (&TKIP, [a, c]) } else { (&CCMP, [b, a]) };
            let number = format!("0x{upper:08X}{high:02X}{low:02X}");
            packet.field(def, at, 8, Value::Bytes(number.as_bytes()));
        }
        packet.uint(&KEY, at + 3, 1);
    }
    if packet.at() < end {
        packet.next(Claim::Data, packet.at(), end - packet.at());
    }
    Ok(())
}

/// Takes what leads a frame through a mesh, where it is plain that it is there.
fn mesh<S: Sink>(packet: &mut Packet<'_, S>, head: &Head) -> Outcome {
    let addresses = match packet.rest().first() {
        Some(&flags @ 0..=2) => usize::from(flags),
        _ => return Ok(()),
    };
    let at = head.take(packet, 6 + 6 * addresses, "mesh control")?;
    packet.group(&MESH, at, 6 + 6 * addresses);
    packet.uint(&MESH_FLAGS, at, 1);
    packet.uint(&MESH_TTL, at + 1, 1);
    packet.uint_le(&MESH_SEQ, at + 2, 4);
    if addresses > 0 {
        packet.slice(&MESH_ADDR, at + 6, 6 * addresses);
    }
    packet.end_group();
    Ok(())
}
