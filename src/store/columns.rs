//! Append-only columns in segments that never move.
//!
//! Cells are atomics written before the length is published, so that readers
//! on other threads need no lock and no `unsafe`: a row below the published
//! length is complete and, but for the analysis of a later pass, final.

use super::row::{PacketRow, RowFlags};
use crate::base::{PacketId, Timestamp};
use crate::capture::Record;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicI64, AtomicU16, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Rows of one segment.
pub(super) const SEGMENT: usize = 1 << 14;
/// Segments of one shelf, and shelves in all: room for 17 thousand million rows.
const SHELF: usize = 1 << 10;

/// Segments by number, made when first written.
pub(super) struct Segments<T>(Box<[OnceLock<Shelf<T>>]>);

type Shelf<T> = Box<[OnceLock<T>]>;

fn empty<T>(len: usize) -> Box<[OnceLock<T>]> {
    (0..len).map(|_| OnceLock::new()).collect()
}

impl<T> Segments<T> {
    pub(super) fn new() -> Self {
        Segments(empty(SHELF))
    }

    pub(super) fn get(&self, id: PacketId) -> Option<(&T, usize)> {
        let at = usize::try_from(id).ok()?;
        let segment = at / SEGMENT;
        let shelf = self.0.get(segment / SHELF)?.get()?;
        Some((shelf.get(segment % SHELF)?.get()?, at % SEGMENT))
    }

    pub(super) fn get_or_make(&self, id: PacketId, make: fn() -> T) -> Option<(&T, usize)> {
        let at = usize::try_from(id).ok()?;
        let segment = at / SEGMENT;
        let shelf = self.0.get(segment / SHELF)?.get_or_init(|| empty(SHELF));
        Some((shelf.get(segment % SHELF)?.get_or_init(make), at % SEGMENT))
    }

    /// Writes rows from `start` on; gives how many found room.
    fn write<R>(&self, start: PacketId, rows: &[R], make: fn() -> T, write: impl Fn(&T, usize, &R)) -> usize {
        let mut kept = 0;
        while kept < rows.len() {
            let Some((segment, at)) = self.get_or_make(start + kept as u64, make) else { break };
            let part = rows.get(kept..).unwrap_or_default().iter().take(SEGMENT - at);
            kept += part.len();
            (at..).zip(part).for_each(|(at, row)| write(segment, at, row));
        }
        kept
    }
}

fn cells<T: Default>() -> Box<[T]> {
    (0..SEGMENT).map(|_| T::default()).collect()
}

/// A column that is zero in nearly every row: a segment makes it when its first
/// other value comes. Made before the row is published, so that who sees the
/// row sees it.
#[derive(Default)]
struct Rare(OnceLock<Box<[AtomicU32]>>);

impl Rare {
    fn set(&self, at: usize, value: u32) {
        if value != 0 {
            set(self.0.get_or_init(cells), at, |cell| cell.store(value, Relaxed));
        }
    }

    fn get(&self, at: usize) -> u32 {
        self.0.get().and_then(|cells| cells.get(at)).map_or(0, |cell| cell.load(Relaxed))
    }
}

/// 16 bytes a row, and 4 for each rare column that the segment has.
struct IndexSegment {
    /// Offset of the segment's first packet.
    base: OnceLock<u64>,
    /// Low half of the distance from `base`.
    offset: Box<[AtomicU32]>,
    time: Box<[AtomicI64]>,
    captured: Box<[AtomicU32]>,
    /// High half of the distance from `base`.
    far: Rare,
    /// Bytes on the wire less those captured, wrapping.
    missing: Rare,
    /// Interface in the low 31 bits, "has options" in the highest.
    interface: Rare,
}

const HAS_OPTIONS: u32 = 1 << 31;

impl IndexSegment {
    fn new() -> Self {
        IndexSegment {
            base: OnceLock::new(),
            offset: cells(),
            time: cells(),
            captured: cells(),
            far: Rare::default(),
            missing: Rare::default(),
            interface: Rare::default(),
        }
    }

    fn set(&self, at: usize, record: &Record) {
        let distance = record.offset.wrapping_sub(*self.base.get_or_init(|| record.offset));
        set(&self.offset, at, |cell| cell.store(distance as u32, Relaxed));
        set(&self.time, at, |cell| cell.store(record.time.0, Relaxed));
        set(&self.captured, at, |cell| cell.store(record.captured, Relaxed));
        self.far.set(at, (distance >> 32) as u32);
        self.missing.set(at, record.wire.wrapping_sub(record.captured));
        let options = if record.has_options { HAS_OPTIONS } else { 0 };
        self.interface.set(at, record.interface & !HAS_OPTIONS | options);
    }

    #[inline]
    fn get(&self, at: usize) -> Option<Record> {
        let low = self.offset.get(at)?.load(Relaxed);
        let distance = u64::from(self.far.get(at)) << 32 | u64::from(low);
        let captured = self.captured.get(at)?.load(Relaxed);
        let interface = self.interface.get(at);
        Some(Record {
            offset: self.base.get()?.wrapping_add(distance),
            time: Timestamp(self.time.get(at)?.load(Relaxed)),
            captured,
            wire: captured.wrapping_add(self.missing.get(at)),
            interface: interface & !HAS_OPTIONS,
            has_options: interface & HAS_OPTIONS != 0,
        })
    }
}

/// Where every packet lies: the reader's columns.
pub struct Index {
    segments: Segments<IndexSegment>,
    len: AtomicU64,
}

impl Default for Index {
    fn default() -> Self {
        Index { segments: Segments::new(), len: AtomicU64::new(0) }
    }
}

impl Index {
    /// Packets published so far.
    pub fn len(&self) -> u64 {
        self.len.load(Acquire)
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends records and publishes them together. One writer only. Returns
    /// how many found room.
    pub fn append(&self, records: &[Record]) -> usize {
        let start = self.len.load(Relaxed);
        let kept = self.segments.write(start, records, IndexSegment::new, IndexSegment::set);
        self.len.store(start + kept as u64, Release);
        kept
    }

    /// The record of a published packet.
    pub fn get(&self, id: PacketId) -> Option<Record> {
        if id >= self.len() {
            return None;
        }
        let (segment, at) = self.segments.get(id)?;
        segment.get(at)
    }

    /// The records of published packets from `range`, in place of what `records` held.
    pub fn read(&self, range: Range<PacketId>, records: &mut Vec<Record>) {
        records.clear();
        let end = range.end.min(self.len());
        let mut id = range.start;
        while id < end {
            let Some((segment, at)) = self.segments.get(id) else { return };
            let count = (SEGMENT - at).min((end - id) as usize);
            records.extend((at..at + count).map_while(|at| segment.get(at)));
            id += count as u64;
        }
    }
}

struct RowSegment {
    flow: Box<[AtomicU32]>,
    flags: Box<[AtomicU32]>,
    /// "Has more flows" in the highest bit.
    protocol: Box<[AtomicU16]>,
}

/// No registry has that many protocols.
const MORE_FLOWS: u16 = 1 << 15;

fn row_segment() -> RowSegment {
    RowSegment { flow: cells(), flags: cells(), protocol: cells() }
}

/// What the analysis found of every packet.
pub struct Rows {
    segments: Segments<RowSegment>,
    len: AtomicU64,
}

impl Default for Rows {
    fn default() -> Self {
        Rows { segments: Segments::new(), len: AtomicU64::new(0) }
    }
}

impl Rows {
    /// Packets analysed so far.
    pub fn len(&self) -> u64 {
        self.len.load(Acquire)
    }

    /// Whether none is analysed yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends rows and publishes them together. One writer only.
    pub fn append(&self, rows: &[PacketRow]) {
        let start = self.len.load(Relaxed);
        let kept = self.segments.write(start, rows, row_segment, |segment, at, row| {
            set(&segment.flow, at, |cell| cell.store(row.flow, Relaxed));
            set(&segment.flags, at, |cell| cell.store(row.flags.0, Relaxed));
            let more = if row.has_more_flows { MORE_FLOWS } else { 0 };
            set(&segment.protocol, at, |cell| cell.store(row.protocol & !MORE_FLOWS | more, Relaxed));
        });
        self.len.store(start + kept as u64, Release);
    }

    /// The row of an analysed packet.
    pub fn get(&self, id: PacketId) -> Option<PacketRow> {
        if id >= self.len() {
            return None;
        }
        let (segment, at) = self.segments.get(id)?;
        let protocol = segment.protocol.get(at)?.load(Relaxed);
        Some(PacketRow {
            flow: segment.flow.get(at)?.load(Relaxed),
            flags: RowFlags(segment.flags.get(at)?.load(Relaxed)),
            protocol: protocol & !MORE_FLOWS,
            has_more_flows: protocol & MORE_FLOWS != 0,
        })
    }
}

#[inline]
fn set<T>(cells: &[T], at: usize, store: impl FnOnce(&T)) {
    if let Some(cell) = cells.get(at) {
        store(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_written_over_segment_borders() {
        // The middle of the first segment has no rare value yet, its end has all.
        let rare = |at: u64| at > 10_000;
        let record = |at: u64| Record {
            offset: if rare(at) { at << 33 } else { at * 1000 },
            time: Timestamp(-(at as i64)),
            captured: at as u32,
            wire: if rare(at) { at as u32 / 2 } else { at as u32 },
            interface: if rare(at) { at as u32 % 70_000 } else { 0 },
            has_options: rare(at) && at.is_multiple_of(3),
        };
        let index = Index::default();
        let records: Vec<_> = (0..40_000).map(record).collect();
        let mut read = Vec::new();
        for part in records.chunks(777) {
            let from = index.len();
            assert_eq!(index.append(part), part.len());
            index.read(from..u64::MAX, &mut read);
            assert_eq!(read, part);
        }
        assert_eq!(index.len(), 40_000);
        for (at, record) in records.iter().enumerate() {
            assert_eq!(index.get(at as u64), Some(*record));
        }
        assert_eq!(index.get(40_000), None);
        index.read(16_000..33_000, &mut read);
        assert_eq!(read, &records[16_000..33_000]);
        index.read(40_000..50_000, &mut read);
        assert!(read.is_empty());
    }

    #[test]
    fn a_packet_without_rarities_takes_16_bytes_in_the_index() {
        let index = Index::default();
        index.append(&[Record { offset: 40, captured: 60, wire: 60, ..Record::default() }]);
        let (segment, _) = index.segments.get(0).unwrap();
        let made = |column: &Rare| column.0.get().is_some();
        assert!(!made(&segment.far) && !made(&segment.missing) && !made(&segment.interface));
        index.append(&[Record { offset: 116, captured: 60, wire: 1500, ..Record::default() }]);
        assert!(!made(&segment.far) && made(&segment.missing) && !made(&segment.interface));
        let cells =
            size_of_val(&*segment.offset) + size_of_val(&*segment.time) + size_of_val(&*segment.captured);
        assert_eq!(cells, 16 * SEGMENT);
    }
}
