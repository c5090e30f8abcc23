//! Interfaces that pcapng sections describe, and how their clocks tick.
//!
//! Owns the way from a section's interface number to the place in the list of
//! all interfaces. Bounded: past [`ANNOUNCED`] interfaces, further ones share
//! the place of an earlier one with the same link type.

use super::notices::{Kind, Notices};
use super::order::Order;
use super::packet_options::{Options, text};
use super::{Batch, Happening, Interface};
use crate::base::{LinkType, Timestamp};
use std::collections::HashMap;

/// Interfaces that get a place of their own in the list.
const ANNOUNCED: u32 = 65_536;
/// Interfaces of one section that packets can refer to.
const NUMBERED: usize = 1 << 20;
/// Bytes of names, descriptions and filters that are kept.
const TEXT: usize = 16 << 20;

/// What packets need to know of their interface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// Place in the list of all interfaces.
    pub place: u32,
    /// Longest packet, 0 for no limit.
    pub snap_length: u32,
    /// How its time stamps count.
    pub clock: Clock,
}

/// Ticks of an interface's time stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// As `if_tsresol`: a negative power of 10, or of 2 with the highest bit set.
    resolution: u8,
    /// Seconds to add.
    offset: i64,
}

impl Clock {
    /// The point in time of a number of ticks. Times before 1970 are not
    /// foreseen, but written as negative numbers by some: what would lie past
    /// 2262 is read as that.
    #[inline]
    pub fn time(self, ticks: u64) -> Timestamp {
        let nanos = self.nanos(ticks);
        let nanos = match i64::try_from(nanos) {
            Err(_) if ticks >> 63 == 1 => -i128::try_from(self.nanos(ticks.wrapping_neg())).unwrap_or(0),
            _ => i128::try_from(nanos).unwrap_or(i128::MAX),
        };
        let total = nanos.saturating_add(i128::from(self.offset) * 1_000_000_000);
        Timestamp(i64::try_from(total).unwrap_or(if total < 0 { -i64::MAX } else { i64::MAX }))
    }

    #[inline]
    fn nanos(self, ticks: u64) -> u128 {
        let power = u32::from(self.resolution & 0x7f);
        let scaled = u128::from(ticks) * 1_000_000_000;
        if self.resolution & 0x80 != 0 {
            scaled >> power
        } else if power <= 9 {
            u128::from(ticks) * 10u128.pow(9 - power)
        } else {
            10u128.checked_pow(power).map_or(0, |unit| scaled / unit)
        }
    }

    fn words(self) -> String {
        let base = if self.resolution & 0x80 != 0 { 2 } else { 10 };
        match self.resolution & 0x7f {
            0 => "1 s".to_owned(),
            power => format!("{base}^-{power} s"),
        }
    }
}

/// Interfaces of a file.
#[derive(Default)]
pub(super) struct Interfaces {
    section: u32,
    numbered: Vec<Known>,
    announced: u32,
    shared: HashMap<LinkType, u32>,
    text: usize,
    sharing: u64,
    unnumbered: u64,
    textless: u64,
}

impl Interfaces {
    /// The interface of this number in the section.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&Known> {
        self.numbered.get(number as usize)
    }

    /// Numbers begin again in a new section.
    pub fn new_section(&mut self, section: u32) {
        self.section = section;
        self.numbered.clear();
    }

    /// Reads an interface description: the body of its block.
    pub fn describe(
        &mut self,
        start: u64,
        order: Order,
        body: &[u8],
        batch: &mut Batch,
        notices: &mut Notices,
    ) {
        if body.len() < 8 {
            let told = format_args!("an interface description of {} bytes is too short", body.len() + 12);
            notices.tell(batch, Kind::Unreadable, Some(start), told);
            return;
        }
        if self.numbered.len() >= NUMBERED {
            self.unnumbered += 1;
            return;
        }
        let mut clock = Clock { resolution: 6, offset: 0 };
        let mut described = Interface {
            link: LinkType(order.u16(body, 0)),
            snap_length: order.u32(body, 4),
            section: self.section,
            numbered: true,
            big_endian: order.big,
            ..Interface::default()
        };
        let full = self.announced >= ANNOUNCED;
        for (code, value) in Options::new(&body[8..], order) {
            match (code, value.len()) {
                (9, 1) => clock.resolution = value[0],
                (14, 8) => clock.offset = order.u64(value, 0).cast_signed(),
                _ if full => {}
                (2, _) => described.name = self.keep(value),
                (3, _) => described.description = self.keep(value),
                // A leading 0 says that the filter is text, not BPF code.
                (11, _) => described.filter = value.strip_prefix(&[0]).and_then(|rest| self.keep(rest)),
                (12, _) => described.os = self.keep(value),
                (6, 6) => described.mac = value.first_chunk().copied(),
                (13, 1) => described.fcs_length = Some(value[0]),
                _ => {}
            }
        }
        described.resolution = clock.words();
        let (link, snap_length) = (described.link, described.snap_length);
        let earlier = if full { self.shared.get(&link).copied() } else { None };
        self.sharing += u64::from(earlier.is_some());
        let place = earlier.unwrap_or_else(|| {
            self.announced += 1;
            batch.happenings.push(Happening::Interface(described));
            self.announced - 1
        });
        self.shared.insert(link, place);
        self.numbered.push(Known { place, snap_length, clock });
    }

    fn keep(&mut self, value: &[u8]) -> Option<String> {
        if self.text + value.len() > TEXT {
            self.textless += 1;
            return None;
        }
        self.text += value.len();
        Some(text(value))
    }

    /// Tells at the end which limits were reached.
    pub fn finish(&mut self, batch: &mut Batch, notices: &mut Notices) {
        let reached = [
            (self.sharing, "interfaces share the description of an earlier one with their link type"),
            (self.unnumbered, "interfaces are more than a section can have here; their packets are left out"),
            (self.textless, "names and descriptions of interfaces are not kept"),
        ];
        for (count, words) in reached {
            if count > 0 {
                notices.tell(batch, Kind::Limit, None, format_args!("{count} {words}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_every_resolution() {
        let time = |resolution, offset, ticks| Clock { resolution, offset }.time(ticks).0;
        assert_eq!(time(6, 0, 1_700_000_000_123_456), 1_700_000_000_123_456_000);
        assert_eq!(time(9, 0, 7), 7);
        assert_eq!(time(0, 0, 3), 3_000_000_000);
        assert_eq!(time(12, 0, 1_999), 1);
        assert_eq!(time(127, 0, u64::MAX), 0);
        assert_eq!(time(0x80 | 20, 0, 3 << 19), 1_500_000_000);
        assert_eq!(time(0x80, 0, 2), 2_000_000_000);
        assert_eq!(time(0xff, 0, u64::MAX), 0);
        assert_eq!(time(6, -1, 1_500_000), 500_000_000);
        assert_eq!(time(0, 0, u64::MAX / 2), i64::MAX);
        assert_eq!(time(6, 0, u64::MAX), -1_000);
        assert_eq!(time(12, 0, u64::MAX), 18_446_744_073_709_551);
        assert_eq!(time(6, -i64::MAX, 0), -i64::MAX);
        assert_eq!(time(6, i64::MAX, 0), i64::MAX);
    }
}
