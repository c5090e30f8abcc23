//! What the TCP analysis found, packet by packet: a log of entries as short as
//! what they say.
//!
//! Owns the coding. A packet without a TCP header costs a bit, the first of a
//! connection a byte, most others four to eight. Rows come in groups with the
//! place of their first entry, so that reading one decodes few others.

use super::columns::{SEGMENT, Segments};
use crate::base::PacketId;
use crate::decode::{Ecn, Note, Notes, Remarks};
use std::sync::{PoisonError, RwLock};

/// Rows of one group: a bit each says whether the row has an entry.
const GROUP: usize = 64;

/// What an entry has, a bit each, in its first byte.
mod has {
    /// The side that sent it, and the segment before.
    pub const SENDER: u8 = 0x01;
    pub const NOTES: u8 = 0x02;
    pub const ACKS: u8 = 0x04;
    pub const REPEATS: u8 = 0x08;
    pub const RTO: u8 = 0x10;
    pub const IN_FLIGHT: u8 = 0x20;
    pub const PUSHED: u8 = 0x40;
    /// As many bytes pushed as in flight: one number for both.
    pub const SAME: u8 = 0x80;
}

/// Remarks of a block of rows, ready for [`RemarksLog::append`].
#[derive(Debug, Default)]
pub struct Encoded {
    bytes: Vec<u8>,
    /// Length of each row's entry; 0 for none. The longest has 44 bytes.
    lens: Vec<u8>,
}

impl Encoded {
    /// Ready for the next block.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.lens.clear();
    }

    /// Adds the next row.
    pub fn push(&mut self, remarks: Option<&Remarks>) {
        let before = self.bytes.len();
        if let Some(remarks) = remarks {
            encode(&mut self.bytes, remarks);
        }
        self.lens.push((self.bytes.len() - before) as u8);
    }
}

/// Marks of congestion stand above the notes, in one number.
const ECN: usize = Note::ALL.len();

fn encode(bytes: &mut Vec<u8>, remarks: &Remarks) {
    let Remarks { from_b, notes, previous, acks, rto, repeats, in_flight, pushed, ecn } = *remarks;
    let start = bytes.len();
    let mut kinds = 0;
    bytes.push(0);
    // No packet is its own predecessor: 0 stands for none.
    let sender = u64::from(previous.unwrap_or(0)) << 1 | u64::from(from_b);
    if sender != 0 {
        kinds |= has::SENDER;
        varint(bytes, sender);
    }
    let mut put = |kind: u8, value: Option<u32>| {
        if let Some(value) = value {
            kinds |= kind;
            varint(bytes, value.into());
        }
    };
    put(has::NOTES, Some(notes.0 | u32::from(ecn.0) << ECN).filter(|marks| *marks != 0));
    put(has::ACKS, acks);
    put(has::REPEATS, repeats.map(|repeats| repeats.0.into()));
    put(has::REPEATS, repeats.map(|repeats| repeats.1));
    put(has::RTO, rto);
    put(has::IN_FLIGHT, in_flight);
    if pushed.is_some() && pushed == in_flight {
        kinds |= has::SAME;
    } else {
        put(has::PUSHED, pushed);
    }
    if let Some(first) = bytes.get_mut(start) {
        *first = kinds;
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Entries one after the other.
struct Entries<'a>(&'a [u8]);

impl Entries<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(value)
    }

    fn next(&mut self) -> Option<Remarks> {
        let kinds = self.byte()?;
        let sender = if kinds & has::SENDER != 0 { self.varint()? } else { 0 };
        let (from_b, previous) = (sender & 1 != 0, Some((sender >> 1) as u32).filter(|back| *back != 0));
        let mut take =
            |kind: u8| if kinds & kind != 0 { self.varint().map(|value| value as u32) } else { None };
        let marks = take(has::NOTES).unwrap_or(0);
        let (notes, ecn) = (Notes(marks & ((1 << ECN) - 1)), Ecn((marks >> ECN) as u8));
        let acks = take(has::ACKS);
        let repeats = take(has::REPEATS).map(|count| count as u16).zip(take(has::REPEATS));
        let rto = take(has::RTO);
        let in_flight = take(has::IN_FLIGHT);
        let pushed = if kinds & has::SAME != 0 { in_flight } else { take(has::PUSHED) };
        Some(Remarks { from_b, notes, previous, acks, rto, repeats, in_flight, pushed, ecn })
    }
}

/// The entries of one segment of rows.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    /// For each group where its entries begin and which rows have one.
    groups: Vec<(u32, u64)>,
}

impl Part {
    fn push(&mut self, at: usize, entry: &[u8]) {
        let group = at / GROUP;
        if self.groups.len() <= group {
            self.groups.resize(group + 1, (self.bytes.len() as u32, 0));
        }
        if let Some((_, rows)) = self.groups.get_mut(group).filter(|_| !entry.is_empty()) {
            *rows |= 1 << (at % GROUP);
            self.bytes.extend_from_slice(entry);
        }
        if at == SEGMENT - 1 {
            self.bytes.shrink_to_fit();
        }
    }

    fn get(&self, at: usize) -> Option<Remarks> {
        let (start, rows) = *self.groups.get(at / GROUP)?;
        let row = at % GROUP;
        if rows >> row & 1 == 0 {
            return None;
        }
        let mut entries = Entries(self.bytes.get(start as usize..)?);
        for _ in 0..(rows & !(u64::MAX << row)).count_ones() {
            entries.next()?;
        }
        entries.next()
    }
}

/// The remarks on every packet. One writer; readers see what was appended.
pub struct RemarksLog(Segments<RwLock<Part>>);

impl Default for RemarksLog {
    fn default() -> Self {
        RemarksLog(Segments::new())
    }
}

impl RemarksLog {
    /// Appends the rows from `first` on, those that were appended before it.
    pub fn append(&self, first: PacketId, encoded: &Encoded) {
        let mut rest = encoded.bytes.as_slice();
        let mut id = first;
        let mut lens = encoded.lens.as_slice();
        while !lens.is_empty() {
            let Some((part, at)) = self.0.get_or_make(id, RwLock::default) else { return };
            let (here, behind) = lens.split_at(lens.len().min(SEGMENT - at));
            let mut part = part.write().unwrap_or_else(PoisonError::into_inner);
            for (at, len) in (at..).zip(here) {
                let (entry, more) = rest.split_at_checked(usize::from(*len)).unwrap_or_default();
                part.push(at, entry);
                rest = more;
            }
            id += here.len() as u64;
            lens = behind;
        }
    }

    /// The remarks on one packet, when it has a TCP header that was analysed.
    pub fn get(&self, id: PacketId) -> Option<Remarks> {
        let (part, at) = self.0.get(id)?;
        part.read().unwrap_or_else(PoisonError::into_inner).get(at)
    }

    /// Bytes that the log takes.
    pub fn size(&self, packets: u64) -> u64 {
        let parts = (0..packets).step_by(SEGMENT).filter_map(|id| self.0.get(id));
        let size = |part: &Part| part.bytes.capacity() + part.groups.capacity() * size_of::<(u32, u64)>();
        parts.map(|(part, _)| size(&part.read().unwrap_or_else(PoisonError::into_inner)) as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks(at: u32) -> Option<Remarks> {
        let some = |every: u32, value: u32| at.is_multiple_of(every).then_some(value);
        (!at.is_multiple_of(3)).then(|| Remarks {
            from_b: at.is_multiple_of(17),
            notes: Notes(if at.is_multiple_of(5) { at } else { 0 }),
            ecn: Ecn(some(9, at % 8).unwrap_or(0) as u8),
            previous: some(2, at).filter(|back| *back != 0),
            acks: some(7, u32::MAX),
            rto: some(11, at),
            repeats: some(13, at).map(|back| (at as u16, back)),
            in_flight: some(4, at.wrapping_mul(977)),
            pushed: some(4, at.wrapping_mul(if at.is_multiple_of(8) { 977 } else { 3 })),
        })
    }

    #[test]
    fn what_was_appended_comes_back_over_all_borders() {
        let log = RemarksLog::default();
        let mut encoded = Encoded::default();
        let mut first = 0;
        // Blocks that meet neither groups nor segments.
        while first < 40_000_u32 {
            encoded.clear();
            let end = first + 1_777;
            (first..end).for_each(|at| encoded.push(remarks(at).as_ref()));
            log.append(first.into(), &encoded);
            first = end;
        }
        for at in 0..40_000 {
            assert_eq!(log.get(at.into()), remarks(at), "row {at}");
        }
        assert_eq!(log.get(1 << 20), None);
    }

    #[test]
    fn an_entry_costs_what_it_says() {
        let size = |remarks: Remarks| {
            let mut bytes = Vec::new();
            encode(&mut bytes, &remarks);
            bytes.len()
        };
        assert_eq!(size(Remarks::default()), 1);
        let data =
            Remarks { previous: Some(3), in_flight: Some(1460), pushed: Some(1460), ..Remarks::default() };
        assert_eq!(size(data), 4);
        let full = Remarks {
            from_b: true,
            notes: Notes((1 << ECN) - 1),
            ecn: Ecn(7),
            previous: Some(u32::MAX),
            acks: Some(u32::MAX),
            rto: Some(u32::MAX),
            repeats: Some((u16::MAX, u32::MAX)),
            in_flight: Some(u32::MAX),
            pushed: Some(0),
        };
        assert!(size(full) <= 44, "{}", size(full));
    }
}
