//! Append-only columns in segments that never move.
//!
//! Cells are atomics written before the length is published, so that readers
//! on other threads need no lock and no `unsafe`: a row below the published
//! length is complete and, but for the analysis of a later pass, final.

use super::row::{PacketRow, RowFlags};
use crate::base::{PacketId, Timestamp};
use crate::capture::Record;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicI64, AtomicU16, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Rows of one segment.
const SEGMENT: usize = 1 << 14;
/// Segments of one shelf, and shelves in all: room for 17 thousand million rows.
const SHELF: usize = 1 << 10;

/// Segments by number, made when first written.
struct Segments<T>(Box<[OnceLock<Shelf<T>>]>);

type Shelf<T> = Box<[OnceLock<T>]>;

fn empty<T>(len: usize) -> Box<[OnceLock<T>]> {
    (0..len).map(|_| OnceLock::new()).collect()
}

impl<T> Segments<T> {
    fn new() -> Self {
        Segments(empty(SHELF))
    }

    fn get(&self, id: PacketId) -> Option<(&T, usize)> {
        let at = usize::try_from(id).ok()?;
        let segment = at / SEGMENT;
        let shelf = self.0.get(segment / SHELF)?.get()?;
        Some((shelf.get(segment % SHELF)?.get()?, at % SEGMENT))
    }

    fn get_or_make(&self, id: PacketId, make: fn() -> T) -> Option<(&T, usize)> {
        let at = usize::try_from(id).ok()?;
        let segment = at / SEGMENT;
        let shelf = self.0.get(segment / SHELF)?.get_or_init(|| empty(SHELF));
        Some((shelf.get(segment % SHELF)?.get_or_init(make), at % SEGMENT))
    }
}

fn cells<T: Default>() -> Box<[T]> {
    (0..SEGMENT).map(|_| T::default()).collect()
}

struct IndexSegment {
    offset: Box<[AtomicU64]>,
    time: Box<[AtomicI64]>,
    captured: Box<[AtomicU32]>,
    wire: Box<[AtomicU32]>,
    /// Interface in the low 31 bits, "has options" in the highest.
    interface: Box<[AtomicU32]>,
}

const HAS_OPTIONS: u32 = 1 << 31;

fn index_segment() -> IndexSegment {
    IndexSegment { offset: cells(), time: cells(), captured: cells(), wire: cells(), interface: cells() }
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
        let mut kept = 0;
        for (id, record) in (start..).zip(records) {
            let Some((segment, at)) = self.segments.get_or_make(id, index_segment) else { break };
            let options = if record.has_options { HAS_OPTIONS } else { 0 };
            set(&segment.offset, at, |cell| cell.store(record.offset, Relaxed));
            set(&segment.time, at, |cell| cell.store(record.time.0, Relaxed));
            set(&segment.captured, at, |cell| cell.store(record.captured, Relaxed));
            set(&segment.wire, at, |cell| cell.store(record.wire, Relaxed));
            let interface = record.interface & !HAS_OPTIONS | options;
            set(&segment.interface, at, |cell| cell.store(interface, Relaxed));
            kept += 1;
        }
        self.len.store(start + kept as u64, Release);
        kept
    }

    /// The record of a published packet.
    pub fn get(&self, id: PacketId) -> Option<Record> {
        if id >= self.len() {
            return None;
        }
        let (segment, at) = self.segments.get(id)?;
        let interface = segment.interface.get(at)?.load(Relaxed);
        Some(Record {
            offset: segment.offset.get(at)?.load(Relaxed),
            time: Timestamp(segment.time.get(at)?.load(Relaxed)),
            captured: segment.captured.get(at)?.load(Relaxed),
            wire: segment.wire.get(at)?.load(Relaxed),
            interface: interface & !HAS_OPTIONS,
            has_options: interface & HAS_OPTIONS != 0,
        })
    }
}

struct RowSegment {
    flow: Box<[AtomicU32]>,
    flags: Box<[AtomicU32]>,
    protocol: Box<[AtomicU16]>,
}

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
        let mut kept = 0;
        for (id, row) in (start..).zip(rows) {
            let Some((segment, at)) = self.segments.get_or_make(id, row_segment) else { break };
            set(&segment.flow, at, |cell| cell.store(row.flow, Relaxed));
            set(&segment.flags, at, |cell| cell.store(row.flags.0, Relaxed));
            set(&segment.protocol, at, |cell| cell.store(row.protocol, Relaxed));
            kept += 1;
        }
        self.len.store(start + kept, Release);
    }

    /// The row of an analysed packet.
    pub fn get(&self, id: PacketId) -> Option<PacketRow> {
        if id >= self.len() {
            return None;
        }
        let (segment, at) = self.segments.get(id)?;
        Some(PacketRow {
            flow: segment.flow.get(at)?.load(Relaxed),
            flags: RowFlags(segment.flags.get(at)?.load(Relaxed)),
            protocol: segment.protocol.get(at)?.load(Relaxed),
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
        let index = Index::default();
        let record = |at: u64| Record {
            offset: at << 33,
            time: Timestamp(-(at as i64)),
            captured: at as u32,
            wire: at as u32 + 1,
            interface: at as u32 % 70_000,
            has_options: at.is_multiple_of(3),
        };
        let records: Vec<_> = (0..40_000).map(record).collect();
        for part in records.chunks(777) {
            assert_eq!(index.append(part), part.len());
        }
        assert_eq!(index.len(), 40_000);
        for (at, record) in records.iter().enumerate() {
            assert_eq!(index.get(at as u64), Some(*record));
        }
        assert_eq!(index.get(40_000), None);
    }
}
