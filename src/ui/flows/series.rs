//! Traffic of every port over time, for the little graph beside it.
//!
//! Owns bytes by port and slice of time, counted once a packet. The slices
//! grow with the capture, so that it always fits. Knows nothing of the screen.

use super::collect::Port;
use crate::base::PacketId;
use crate::session::{GoOn, Handle};
use crate::store::PacketRow;
use std::collections::HashMap;

/// Slices of time that are kept; of a longer capture at least half are in use.
const SLICES: usize = 32;
/// The shortest slice, in nanoseconds.
const LEAST: i64 = 1000;
/// Packets that are counted while the analysis waits.
const AT_ONCE: u64 = 8192;
/// Packets of one look: what is more waits for the next one.
pub const MOST: u64 = 1 << 20;
/// Columns of the graph.
pub const COLUMNS: usize = 8;

/// Bytes by port and time.
#[derive(Default)]
pub struct Series {
    ports: HashMap<Port, [u64; SLICES]>,
    start: Option<i64>,
    width: i64,
    used: usize,
    next: PacketId,
}

impl Series {
    /// Counts packets that were analysed since, of these flows alone where some are given;
    /// whether all of them are counted.
    pub fn follow(&mut self, session: &Handle, within: Option<&[bool]>, go_on: GoOn<'_>) -> bool {
        let is_in = |flow: u32| within.is_none_or(|flows| flows.get(flow as usize).copied().unwrap_or(false));
        let analysed = session.progress().analysed;
        let until = analysed.min(self.next.saturating_add(MOST));
        while self.next < until && go_on() {
            let analysis = session.analysis();
            let end = until.min(self.next + AT_ONCE);
            for id in self.next..end {
                let Some((row, record)) = session.row(id).zip(session.record(id)) else { continue };
                // The slices are those of the whole capture, whatever is counted in them.
                let has_time = !record.time.is_none() && row.flow != PacketRow::NO_FLOW;
                if has_time {
                    self.reach(record.time.0);
                }
                if let Some(flow) = analysis.flows.get(row.flow).filter(|_| has_time && is_in(row.flow)) {
                    self.add((flow.key.protocol, flow.service_port()), record.time.0, record.wire);
                }
            }
            self.next = end;
        }
        self.next == analysed
    }

    /// Makes the slices long enough for a time; gives its slice.
    fn reach(&mut self, time: i64) -> usize {
        let start = *self.start.get_or_insert(time);
        // A clock that went back counts as the start.
        let since = time.saturating_sub(start).max(0);
        self.width = self.width.max(LEAST);
        while since / self.width >= SLICES as i64 {
            self.width = self.width.saturating_mul(2);
            for slices in self.ports.values_mut() {
                *slices = halved(slices);
            }
            self.used = self.used.div_ceil(2);
        }
        let slice = (since / self.width) as usize;
        self.used = self.used.max(slice + 1);
        slice
    }

    fn add(&mut self, port: Port, time: i64, wire: u32) {
        let slice = self.reach(time);
        if let Some(bytes) = self.ports.entry(port).or_insert([0; SLICES]).get_mut(slice) {
            *bytes = bytes.saturating_add(wire.into());
        }
    }

    /// A port's traffic in columns of the same length, each in eighths of the highest.
    pub fn columns(&self, port: Port) -> [u8; COLUMNS] {
        let mut columns = [0u8; COLUMNS];
        let Some(slices) = self.ports.get(&port) else { return columns };
        let used = self.used.max(1);
        let mut sums = [0u64; COLUMNS];
        for (slice, bytes) in slices.iter().take(used).enumerate() {
            if let Some(sum) = sums.get_mut(slice * COLUMNS / used) {
                *sum = sum.saturating_add(*bytes);
            }
        }
        let highest = sums.iter().copied().max().unwrap_or(0).max(1);
        for (column, sum) in columns.iter_mut().zip(sums) {
            *column = (u128::from(sum) * 8).div_ceil(highest.into()) as u8;
        }
        columns
    }
}

/// Two slices become one.
fn halved(slices: &[u64; SLICES]) -> [u64; SLICES] {
    let mut half = [0; SLICES];
    for (to, pair) in half.iter_mut().zip(slices.chunks(2)) {
        *to = pair.iter().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing may be lost or moved when slices are joined.
    #[test]
    fn slices_grow_with_the_capture_and_lose_nothing() {
        let (mut series, port) = (Series::default(), (17, 53));
        for second in 0..1000i64 {
            series.add(port, second * 1_000_000_000, if second < 500 { 100 } else { 300 });
        }
        assert_eq!(series.ports[&port].iter().sum::<u64>(), 500 * 400);
        let columns = series.columns(port);
        assert!(columns[..3].iter().all(|column| (2..=4).contains(column)), "{columns:?}");
        assert!(columns[5..7].iter().all(|column| *column >= 7), "{columns:?}");
        assert_eq!(series.columns((6, 80)), [0; COLUMNS]);
        series.add(port, -5, 1);
        assert_eq!(series.ports[&port].iter().sum::<u64>(), 500 * 400 + 1);
    }
}
