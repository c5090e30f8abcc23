//! Variants of pcap: what the magic says, and what only the records tell.
//!
//! Owns the layout of record headers. Old variants carry another's magic with
//! longer record headers; they are told apart as Wireshark does, by which layout
//! makes the first records plausible.

use super::order::Order;
use super::pcap::FILE_HEADER;

/// How the records of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Byte order of every integer.
    pub order: Order,
    /// Fractions of a second are nanoseconds.
    pub nano: bool,
    /// Size of a record header.
    pub record_header: usize,
    lengths: Lengths,
}

/// Order of captured and original length; old versions wrote them swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    Plain,
    Swapped,
    /// Version 2.3 was written both ways.
    Perhaps,
}

/// The layout found, and what a person should know of it.
pub(super) struct Guess {
    pub layout: Layout,
    pub remark: Option<String>,
}

impl Layout {
    /// What the magic alone says.
    pub fn of_magic(head: &[u8]) -> Option<Layout> {
        let little = Order { big: false };
        let (nano, record_header, big) = match little.u32(head, 0) {
            0xa1b2_c3d4 => (false, 16, false),
            0xd4c3_b2a1 => (false, 16, true),
            0xa1b2_3c4d => (true, 16, false),
            0x4d3c_b2a1 => (true, 16, true),
            0xa1b2_cd34 => (false, 24, false),
            0x34cd_b2a1 => (false, 24, true),
            _ => return None,
        };
        Some(Layout { order: Order { big }, nano, record_header, lengths: Lengths::Plain })
    }

    /// Captured and original length from the two fields of a record header.
    #[inline]
    pub fn lengths(&self, first: u32, second: u32) -> (u32, u32) {
        match self.lengths {
            Lengths::Plain => (first, second),
            Lengths::Swapped => (second, first),
            Lengths::Perhaps => (first.min(second), first.max(second)),
        }
    }

    /// How the first records look in this layout.
    fn look(&self, window: &[u8]) -> Look {
        let snap_length = self.order.u32(window, 16);
        let (mut look, mut at) = (Look::default(), FILE_HEADER);
        for _ in 0..LOOKED_AT {
            let Some(bytes) = window.get(at..).filter(|rest| rest.len() >= self.record_header) else { break };
            let (captured, wire) = self.lengths(self.order.u32(bytes, 8), self.order.u32(bytes, 12));
            look.odd += u32::from(self.order.u32(bytes, 4) >= 1_000_000);
            if captured > 262_144 {
                look.odd += 1;
                look.absurd = true;
                break;
            }
            look.odd += u32::from(wire == 0 || wire > 128 << 20);
            look.odd += u32::from(captured > snap_length && snap_length != 0);
            look.odd += u32::from(captured > wire);
            at += self.record_header + captured as usize;
            look.records += u32::from(at <= window.len());
        }
        look
    }
}

/// Records that are looked at.
const LOOKED_AT: u32 = 3;

/// What the first records look like.
#[derive(Default)]
struct Look {
    records: u32,
    odd: u32,
    absurd: bool,
}

impl Look {
    /// Whether this layout is to be preferred to the plain one.
    fn beats(&self, plain: &Look) -> bool {
        plain.absurd && !self.absurd && self.odd <= plain.odd
            || plain.odd > 0 && self.odd == 0 && self.records == LOOKED_AT
    }
}

/// The layout of the file whose first bytes these are.
pub(super) fn guess(window: &[u8]) -> Guess {
    let Some(mut plain) = Layout::of_magic(window) else {
        let layout =
            Layout { order: Order { big: false }, nano: false, record_header: 16, lengths: Lengths::Plain };
        return Guess { layout, remark: None };
    };
    let (major, minor) = (plain.order.u16(window, 4), plain.order.u16(window, 6));
    plain.lengths = match (major, minor) {
        (2, 3) => Lengths::Perhaps,
        (0..=1, _) | (2, 0..=2) | (543, _) => Lengths::Swapped,
        _ => Lengths::Plain,
    };
    let mut remark = (!matches!(major, 2 | 543))
        .then(|| format!("version {major}.{minor} of the pcap format is unknown; read as version 2.4"));
    let mut best = (plain.look(window), plain);
    let others: &[(usize, &str)] = match (plain.nano, plain.record_header) {
        (true, _) => &[],
        (false, 24) => &[(28, "SuSE 6.3")],
        (false, _) => &[(24, "Red Hat 6.1"), (20, "Nokia")],
    };
    for &(record_header, name) in others {
        let layout = Layout { record_header, ..plain };
        let look = layout.look(window);
        if look.beats(&best.0) {
            best = (look, layout);
            remark =
                Some(format!("read as the {name} variant of pcap ({record_header}-byte record headers)"));
        }
    }
    Guess { layout: best.1, remark }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic() {
        for (magic, big, nano, size) in [
            ([0xd4, 0xc3, 0xb2, 0xa1], false, false, 16),
            ([0xa1, 0xb2, 0xc3, 0xd4], true, false, 16),
            ([0x4d, 0x3c, 0xb2, 0xa1], false, true, 16),
            ([0xa1, 0xb2, 0x3c, 0x4d], true, true, 16),
            ([0x34, 0xcd, 0xb2, 0xa1], false, false, 24),
            ([0xa1, 0xb2, 0xcd, 0x34], true, false, 24),
        ] {
            let layout = Layout::of_magic(&magic).unwrap();
            assert_eq!((layout.order.big, layout.nano, layout.record_header), (big, nano, size));
        }
        assert_eq!(Layout::of_magic(b"snoo"), None);
    }

    #[test]
    fn longer_record_headers_are_found_out() {
        use crate::capture::testing::{pcap_header, pcap_record};
        for (magic, size) in
            [(0xa1b2_c3d4, 16), (0xa1b2_c3d4, 20), (0xa1b2_c3d4, 24), (0xa1b2_cd34, 24), (0xa1b2_cd34, 28)]
        {
            let mut file = pcap_header(magic, 4, false);
            for number in 0..4 {
                let extra = vec![0; size - 16];
                let packet = [&extra[..], &[0x5a; 60]].concat();
                file.extend(pcap_record(1_000_000_000 + number, [60, 60], &packet, false));
            }
            assert_eq!(guess(&file).layout.record_header, size);
        }
    }

    #[test]
    fn old_versions_swap_lengths() {
        let head = |minor| [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, minor, 0];
        assert_eq!(guess(&head(2)).layout.lengths(90, 60), (60, 90));
        assert_eq!(guess(&head(3)).layout.lengths(60, 90), (60, 90));
        assert_eq!(guess(&head(3)).layout.lengths(90, 60), (60, 90));
        assert_eq!(guess(&head(4)).layout.lengths(60, 90), (60, 90));
    }
}
