//! Radiotap: what a wireless card's driver says of a frame besides its bytes
//! (radiotap.org).

mod fields;

use crate::base::LinkType;
use crate::decode::{Binding, Dissector, FieldDef, Layer, Outcome, Packet, Problem, Protocol, Sink, Value};
use fields::*;
use std::fmt::Write as _;

/// Words of present flags that are read: more are nobody's.
const MAX_WORDS: usize = 32;
const EXTENDED: u64 = 1 << 31;
const VENDOR: u64 = 1 << 30;
const RADIOTAP: u64 = 1 << 29;
/// TLVs stand in place of fields from here on.
const TLV: u64 = 1 << 28;

/// LINKTYPE_IEEE802_11.
const IEEE802_11: LinkType = LinkType(105);

/// Dissector of radiotap headers.
pub struct Radiotap;

impl Dissector for Radiotap {
    const PROTOCOL: &'static Protocol = &Protocol {
        name: "radiotap",
        label: "Radiotap",
        title: "Radiotap Header",
        layer: Layer::Link,
        spec: "radiotap.org",
        about: "What a wireless card tells of a frame that it heard: channel, strength, rate; it was never sent.",
        fields: FIELDS,
        trailer: None,
        stack: Some("radiotap:wlan_radio"),
    };
    const BINDINGS: &'static [Binding] = &[Binding::Link(127)];

    fn dissect<S: Sink>(packet: &mut Packet<'_, S>) -> Outcome {
        let [version, _, l0, l1, ..] = *packet.take::<8>("header")?;
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        packet.uint(&VERSION, 0, 1);
        packet.uint(&PAD, 1, 1);
        packet.uint_le(&LENGTH, 2, 2);
        packet.info(|text| {
            let _ = write!(text, "Radiotap header of {length} bytes");
        });
        if version != 0 || length < 8 {
            packet.problem(Problem::Malformed, 0, 4, |text| {
                let _ = write!(text, "Radiotap: version {version} with a header of {length} bytes");
            });
            packet.next_rest(crate::decode::Claim::Data);
            return Ok(());
        }
        packet.skip(length - 8, "header")?;
        let flags = walk(packet, length);
        packet.medium.fcs_length = Some(if flags & 0x10 != 0 { 4 } else { 0 });
        packet.medium.padded = flags & 0x20 != 0;
        if length < packet.claimed() {
            packet.next_link(IEEE802_11, length, packet.claimed() - length);
        }
        Ok(())
    }
}

/// Tells the fields that the present flags name; gives those of the frame.
fn walk<S: Sink>(packet: &mut Packet<'_, S>, length: usize) -> u64 {
    let mut words = 1;
    while words < MAX_WORDS
        && 4 + 4 * words < length
        && packet.read_le(4 * words, 4).is_some_and(|word| word & EXTENDED != 0)
    {
        words += 1;
    }
    if S::DETAIL {
        packet.group(&PRESENT, 4, words * 4);
        for word in 0..words {
            packet.parts_le(&PRESENT_WORD, PRESENT_BITS.iter().copied(), 4 + 4 * word, 4);
        }
        packet.end_group();
    }
    let (mut at, mut flags, mut skipped) = (4 + 4 * words, None, None);
    for word in (0..words).map(|word| 4 + 4 * word) {
        let present = packet.read_le(word, 4).unwrap_or(0);
        // Behind a vendor's name stand that vendor's fields, all in one.
        if let Some(len) = skipped.take() {
            packet.slice(&VENDOR_DATA, at, len);
            at += len;
        } else {
            for (bit, (align, size, tell)) in (0u32..).zip(KNOWN) {
                if present & 1 << bit == 0 {
                    continue;
                }
                at = at.next_multiple_of(*align);
                if at + size > length {
                    packet.problem(Problem::Malformed, word, 4, |text| {
                        let _ =
                            write!(text, "Radiotap: field {bit} ends behind the header of {length} bytes");
                    });
                    return flags.unwrap_or(0);
                }
                if bit == 1 && flags.is_none() {
                    flags = packet.read_le(at, 1);
                }
                if S::DETAIL {
                    field(packet, tell, at);
                }
                at += size;
            }
        }
        if present & TLV != 0 && present & VENDOR == 0 {
            packet.slice(&TLVS, at, length.saturating_sub(at));
            return flags.unwrap_or(0);
        }
        if present & VENDOR != 0 {
            at = at.next_multiple_of(2);
            let Some(len) = packet.read_le(at + 4, 2).filter(|len| at + 6 + *len as usize <= length) else {
                packet.problem(Problem::Malformed, word, 4, |text| {
                    text.push_str("Radiotap: a vendor's fields end behind the header");
                });
                break;
            };
            packet.slice(&VENDOR_NAMESPACE, at, 6);
            packet.open();
            packet.uint(&VENDOR_OUI, at, 3);
            packet.uint(&VENDOR_SUBNS, at + 3, 1);
            packet.uint_le(&VENDOR_LEN, at + 4, 2);
            packet.end_group();
            at += 6;
            skipped = Some(len as usize);
        } else if present & RADIOTAP == 0 && present & EXTENDED != 0 {
            // The next word counts on from bit 32: nothing is defined there.
            skipped = Some(0);
        }
    }
    if let Some(len) = skipped.filter(|len| *len > 0) {
        packet.slice(&VENDOR_DATA, at, len);
    }
    flags.unwrap_or(0)
}

/// One field, whose bytes are there.
fn field<S: Sink>(packet: &mut Packet<'_, S>, tell: &Tell, at: usize) {
    let le = |at: usize, len: usize| packet.read_le(at, len).unwrap_or(0);
    match *tell {
        Tell::Uint(def, len) => packet.uint_le(def, at, len),
        Tell::Decibel(def) => {
            let value = i64::from(le(at, 1) as u8 as i8);
            packet.field(def, at, 1, Value::Int(value));
            packet.label(|text| {
                let _ = write!(text, "{value} dBm");
            });
        }
        Tell::Rate => {
            let rate = le(at, 1) as f64 / 2.0;
            packet.field(&RATE, at, 1, Value::Float(rate));
            packet.label(|text| {
                let _ = write!(text, "{rate} Mb/s");
            });
        }
        Tell::Flags(def, parts, len) => packet.parts_le(def, parts.iter().copied(), at, len),
        Tell::Parts(parts) => {
            for (def, from, len) in parts {
                packet.uint_le(def, at + from, *len);
            }
        }
        Tell::Channel => {
            let frequency = le(at, 2);
            packet.uint_le(&CHANNEL_FREQ, at, 2);
            packet.label(|text| match channel(frequency) {
                Some((band, number)) => {
                    let _ = write!(text, "{frequency} MHz [{band} {number}]");
                }
                None => {
                    let _ = write!(text, "{frequency} MHz");
                }
            });
            packet.parts_le(&CHANNEL_FLAGS, CHANNEL_BITS.iter().copied(), at + 2, 2);
        }
        Tell::Group(def, len, parts) => {
            packet.group(def, at, len);
            for (def, from, len) in parts {
                packet.uint_le(def, at + from, *len);
            }
            packet.end_group();
        }
        Tell::Bytes(def, len) => packet.slice(def, at, len),
    }
}

/// Band and number of a channel (IEEE 802.11, annex E).
fn channel(frequency: u64) -> Option<(&'static str, u64)> {
    match frequency {
        2484 => Some(("BG", 14)),
        2412..=2472 if (frequency - 2407).is_multiple_of(5) => Some(("BG", (frequency - 2407) / 5)),
        5160..=5885 if frequency.is_multiple_of(5) => Some(("A", (frequency - 5000) / 5)),
        5955..=7115 if frequency.is_multiple_of(5) => Some(("6 GHz", (frequency - 5950) / 5)),
        _ => None,
    }
}

/// How a field of the header is told.
enum Tell {
    /// A number of so many bytes.
    Uint(&'static FieldDef, usize),
    /// A signed byte.
    Decibel(&'static FieldDef),
    /// Half megabits a second.
    Rate,
    /// A word with named bits.
    Flags(&'static FieldDef, &'static [&'static FieldDef], usize),
    /// Several numbers: field, place, length.
    Parts(&'static [(&'static FieldDef, usize, usize)]),
    /// Frequency and what kind of channel.
    Channel,
    /// Several numbers below a heading of so many bytes.
    Group(&'static FieldDef, usize, &'static [(&'static FieldDef, usize, usize)]),
    /// Bytes that are not taken apart.
    Bytes(&'static FieldDef, usize),
}

/// The fields in the order of the present flags: alignment, size, how told.
static KNOWN: &[(usize, usize, Tell)] = &[
    (8, 8, Tell::Uint(&MACTIME, 8)),
    (1, 1, Tell::Flags(&FLAGS, FLAG_BITS, 1)),
    (1, 1, Tell::Rate),
    (2, 4, Tell::Channel),
    (1, 2, Tell::Parts(&[(&HOPSET, 0, 1), (&PATTERN, 1, 1)])),
    (1, 1, Tell::Decibel(&DBM_SIGNAL)),
    (1, 1, Tell::Decibel(&DBM_NOISE)),
    (2, 2, Tell::Uint(&QUALITY, 2)),
    (2, 2, Tell::Uint(&TX_ATTENUATION, 2)),
    (2, 2, Tell::Uint(&DB_TX_ATTENUATION, 2)),
    (1, 1, Tell::Decibel(&TX_POWER)),
    (1, 1, Tell::Uint(&ANTENNA, 1)),
    (1, 1, Tell::Uint(&DB_SIGNAL, 1)),
    (1, 1, Tell::Uint(&DB_NOISE, 1)),
    (2, 2, Tell::Flags(&RX_FLAGS, &[&RX_BADPLCP], 2)),
    (2, 2, Tell::Uint(&TX_FLAGS, 2)),
    (1, 1, Tell::Uint(&RTS_RETRIES, 1)),
    (1, 1, Tell::Uint(&DATA_RETRIES, 1)),
    (4, 8, Tell::Parts(&[(&X_FLAGS, 0, 4), (&X_FREQ, 4, 2), (&X_CHANNEL, 6, 1), (&X_POWER, 7, 1)])),
    (
        1,
        3,
        Tell::Group(
            &MCS,
            3,
            &[
                (&MCS_KNOWN, 0, 1),
                (&MCS_BW, 1, 1),
                (&MCS_GI, 1, 1),
                (&MCS_FORMAT, 1, 1),
                (&MCS_FEC, 1, 1),
                (&MCS_STBC, 1, 1),
                (&MCS_INDEX, 2, 1),
            ],
        ),
    ),
    (4, 8, Tell::Group(&AMPDU, 8, &[(&AMPDU_REFERENCE, 0, 4), (&AMPDU_FLAGS, 4, 2), (&AMPDU_CRC, 6, 1)])),
    (
        2,
        12,
        Tell::Group(
            &VHT,
            12,
            &[
                (&VHT_KNOWN, 0, 2),
                (&VHT_STBC, 2, 1),
                (&VHT_GI, 2, 1),
                (&VHT_BEAMFORMED, 2, 1),
                (&VHT_BW, 3, 1),
                (&VHT_MCS, 4, 1),
                (&VHT_NSS, 4, 1),
                (&VHT_CODING, 8, 1),
                (&VHT_GROUP, 9, 1),
                (&VHT_PARTIAL_AID, 10, 2),
            ],
        ),
    ),
    (
        8,
        12,
        Tell::Group(
            &TIMESTAMP,
            12,
            &[
                (&TIMESTAMP_TS, 0, 8),
                (&TIMESTAMP_ACCURACY, 8, 2),
                (&TIMESTAMP_UNIT, 10, 1),
                (&TIMESTAMP_POSITION, 10, 1),
                (&TIMESTAMP_32BIT, 11, 1),
                (&TIMESTAMP_HAS_ACCURACY, 11, 1),
            ],
        ),
    ),
    (2, 12, Tell::Bytes(&HE, 12)),
    (2, 12, Tell::Bytes(&HE_MU, 12)),
    (2, 6, Tell::Bytes(&HE_MU_USER, 6)),
    (1, 1, Tell::Uint(&ZERO_PSDU, 1)),
    (2, 4, Tell::Bytes(&L_SIG, 4)),
];
