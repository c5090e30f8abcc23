//! Checksums in dissectors: verify one, tell its verdict and its arithmetic. The
//! rule is written here once for every protocol that has one.

use super::check::{Check, STATUS_NAMES, Sum, Verdict};
use super::field::{FieldDef, Value};
use super::packet::Packet;
use super::sink::Sink;
use std::fmt::Write as _;

/// The sum's parts in words, so that a person can add them up.
pub static ARITHMETIC: FieldDef = FieldDef::text("wirepeel.checksum.arithmetic", "Arithmetic").about(
    "How the checksum comes about: 16-bit words added with end-around carry, then complemented. RFC 1071, 1.",
);

/// Which checksum is bad and which only left to the card: Wireshark's status is the same for both.
pub static VERDICT: FieldDef = FieldDef::text("wirepeel.checksum.verdict", "Verdict").about(
    "What the check comes to, told where it is bad, or partial (the pseudo-header's sum alone, which the sender's \
     network card was to complete), or not to be made, in a header that no other packet quotes. RFC 1071.",
);

/// The definition of a `*.checksum.status` field.
pub const fn status_field(name: &'static str) -> FieldDef {
    FieldDef::uint(name, "Checksum Status", 8)
        .values(STATUS_NAMES)
        .about("Outcome of the check: computed again from the captured bytes and compared. RFC 1071.")
}

/// The definition of a `*.checksum_calculated` field.
pub const fn calculated_field(name: &'static str) -> FieldDef {
    FieldDef::uint(name, "Calculated Checksum", 16)
        .hex()
        .about("What the checksum should be, computed from the captured bytes. RFC 1071.")
}

/// Verifies the CRC-32 of IEEE 802 over the first `end` bytes of the layer,
/// which the four behind them hold with the lowest byte first (IEEE 802.3,
/// 3.2.9; 802.11, 9.2.4.8). Tells it and its status; gives whether it is good.
/// `as_sent` shows its bytes in the order of sending, as Wireshark does with
/// Ethernet's, not as the number that they are, as it does with 802.11's.
pub fn frame_check_sequence<S: Sink>(
    packet: &mut Packet<'_, S>,
    fields: [&'static FieldDef; 2],
    end: usize,
    as_sent: bool,
) -> bool {
    let (Some(covered), Some(found)) = (packet.bytes().get(..end), packet.read_le(end, 4)) else {
        packet.verdict(Check::Fcs, Verdict::Unverifiable);
        return false;
    };
    let mut crc = flate2::Crc::new();
    crc.update(covered);
    let verdict = if u64::from(crc.sum()) == found { Verdict::Good } else { Verdict::Bad };
    let [field, status] = fields;
    let found = if as_sent { (found as u32).swap_bytes().into() } else { found };
    packet.field(field, end, 4, Value::Uint(found));
    packet.label(|text| {
        let _ = write!(text, "0x{found:08x} {} {}", verdict.sign(), verdict.name());
    });
    packet.open();
    packet.generated(status, Value::Uint(verdict.status()));
    packet.end_group();
    packet.verdict(Check::Fcs, verdict);
    verdict == Verdict::Good
}

/// One Internet checksum of a layer.
pub struct Checksum<'a> {
    /// What is checked.
    pub check: Check,
    /// The checksum field, its status and its computed value.
    pub fields: [&'static FieldDef; 3],
    /// Where the checksum lies in the layer.
    pub at: usize,
    /// Sum of the pseudo-header, for transports that have one.
    pub pseudo_header: Option<Sum>,
    /// All bytes that the sum covers, checksum included; `None` when the
    /// capture lacks some of them.
    pub covered: Option<&'a [u8]>,
    /// What the protocol's own rules say before any sum.
    pub ruled: Option<Ruling>,
    /// The sender's network card may still have had to write it when the packet was captured.
    pub unsent: bool,
}

/// A verdict without any arithmetic.
#[derive(Clone, Copy, Debug)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// Wireshark's status number for it.
    pub status: u64,
    /// Why, where that is not plain.
    pub why: &'static str,
}

/// Verifies a checksum, tells its fields and its verdict.
pub fn tell<S: Sink>(packet: &mut Packet<'_, S>, checksum: &Checksum<'_>) {
    let Some(found) = packet.read(checksum.at, 2).map(|word| word as u16) else { return };
    let pseudo = checksum.pseudo_header.unwrap_or_default();
    let total = checksum.covered.map(|bytes| pseudo.add(bytes));
    let verdict = match (checksum.ruled, total) {
        (Some(ruling), _) => ruling.verdict,
        (None, None) => Verdict::Unverifiable,
        (None, Some(total)) if total.folded() == 0xffff => Verdict::Good,
        (None, Some(_)) if checksum.pseudo_header.is_some_and(|sum| sum.folded() == found) => {
            Verdict::Partial
        }
        // Stacks leave it to the card so. Of transports 0 has a meaning of its own.
        (None, Some(_)) if checksum.unsent && found == 0 => Verdict::Partial,
        (None, Some(_)) => Verdict::Bad,
    };
    packet.verdict(checksum.check, verdict);
    if !S::DETAIL {
        return;
    }
    let [field, status, calculated] = checksum.fields;
    packet.uint(field, checksum.at, 2);
    packet.label(|text| {
        let _ = write!(text, "0x{found:04x} {} {}", verdict.sign(), verdict.name());
        if let Some(ruling) = checksum.ruled.filter(|ruling| !ruling.why.is_empty()) {
            let _ = write!(text, ": {}", ruling.why);
        }
    });
    packet.open();
    let number = checksum.ruled.map_or(verdict.status(), |ruling| ruling.status);
    packet.generated(status, Value::Uint(number));
    let told = match verdict {
        Verdict::Bad | Verdict::Partial => true,
        Verdict::Unverifiable => !packet.is_quoted(),
        _ => false,
    };
    if told {
        let words = format!("{} {}", verdict.name(), checksum.check.name());
        packet.generated(&VERDICT, Value::Bytes(words.as_bytes()));
    }
    if let Some(total) = total {
        // Taking the found checksum out of the sum leaves what it was made from.
        let parts = total.add_u16(!found);
        let expected = match (checksum.check, parts.checksum()) {
            (Check::Udp, 0) => 0xffff,
            (_, sum) => sum,
        };
        packet.generated(calculated, Value::Uint(expected.into()));
        let mut words = String::new();
        if checksum.pseudo_header.is_some() {
            let data = Sum::default().add(checksum.covered.unwrap_or_default()).add_u16(!found);
            let _ = write!(
                words,
                "pseudo-header 0x{:04x} + header and data 0x{:04x} = 0x{:04x}; complement 0x{expected:04x}",
                pseudo.folded(),
                data.folded(),
                parts.folded()
            );
        } else {
            let _ = write!(words, "sum of the words 0x{:04x}; complement 0x{expected:04x}", parts.folded());
        }
        let _ = match verdict {
            Verdict::Good => write!(words, " = found"),
            Verdict::Partial if checksum.pseudo_header.is_none() => {
                write!(words, ", but found is 0: left to the network card")
            }
            Verdict::Partial => {
                write!(words, ", but found is the pseudo-header's sum: left to the network card")
            }
            _ => write!(words, ", found 0x{found:04x}"),
        };
        packet.generated(&ARITHMETIC, Value::Bytes(words.as_bytes()));
    }
    packet.end_group();
}
