//! What a connection came to: round-trip times, repeats, closed windows.
//!
//! Owns the sums over the remarks on its segments. Made when somebody asks,
//! from the remarks of every packet; nothing of it is kept by the flow table.

use crate::decode::{Ecn, Note, Remarks};

/// Sums over the segments of one connection.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    /// Round-trip times: from data to the ACK for it.
    pub rtt: Times,
    /// Packets that repeat what was sent before, by A and by B.
    pub repeated: [u64; 2],
    /// Bytes of those packets, whole frames.
    pub repeated_bytes: [u64; 2],
    /// Segments that came out of order, by A and by B.
    pub reordered: [u64; 2],
    /// Duplicate ACKs, by A and by B.
    pub duplicate_acks: [u64; 2],
    /// Packets of A and of B that came through a congested router (CE).
    pub congested: [u64; 2],
    /// Packets in which A and B say that such packets came (ECE).
    pub echoed: [u64; 2],
    /// Packets in which A and B say that they slow down for it (CWR).
    pub reduced: [u64; 2],
    /// What came of data with the SYN, if there was any.
    pub fast_open: Option<Note>,
    closed_window: [u64; 2],
    /// When a window closed that has not opened since.
    closed: [Option<i64>; 2],
}

impl Measure {
    /// Packets that either side sent again.
    pub fn sent_again(&self) -> u64 {
        self.repeated.iter().sum()
    }

    /// Adds a segment: its time in nanoseconds, the time of the data that it
    /// acknowledges, its bytes on the wire.
    pub fn add(&mut self, remarks: &Remarks, time: i64, acked: Option<i64>, wire: u32) {
        let Remarks { notes, from_b, ecn, .. } = *remarks;
        let at = usize::from(from_b);
        if let Some(rtt) = acked.and_then(|acked| u64::try_from(time.saturating_sub(acked)).ok()) {
            self.rtt.add(rtt);
        }
        let add = |sums: &mut [u64; 2], value: u64| {
            if let Some(sum) = sums.get_mut(at) {
                *sum = sum.saturating_add(value);
            }
        };
        let again = [Note::Retransmission, Note::FastRetransmission, Note::SpuriousRetransmission];
        if again.iter().any(|note| notes.has(*note)) {
            add(&mut self.repeated, 1);
            add(&mut self.repeated_bytes, wire.into());
        }
        add(&mut self.reordered, notes.has(Note::OutOfOrder).into());
        add(&mut self.duplicate_acks, notes.has(Note::DuplicateAck).into());
        add(&mut self.congested, ecn.has(Ecn::CE).into());
        add(&mut self.echoed, ecn.has(Ecn::ECE).into());
        add(&mut self.reduced, ecn.has(Ecn::CWR).into());
        let opens = [Note::FastOpenTaken, Note::FastOpenIgnored, Note::FastOpen];
        // The first answer counts; before it the SYN.
        if self.fast_open.is_none_or(|known| known == Note::FastOpen) {
            self.fast_open = opens.into_iter().find(|note| notes.has(*note)).or(self.fast_open);
        }
        // A probe and its like say nothing of the window: the next segment of this side does.
        let (Some(closed), Some(sum)) = (self.closed.get_mut(at), self.closed_window.get_mut(at)) else {
            return;
        };
        match (*closed, notes.has(Note::ZeroWindow) || notes.has(Note::ZeroWindowProbeAck)) {
            (None, true) => *closed = Some(time),
            (Some(since), false) => {
                *closed = None;
                *sum = sum.saturating_add(u64::try_from(time.saturating_sub(since)).unwrap_or(0));
            }
            _ => {}
        }
    }
}

impl Measure {
    /// Nanoseconds up to `end` during which A's and B's window was closed.
    pub fn closed_window(&self, end: i64) -> [u64; 2] {
        let [a, b] = self.closed.map(|since| since.map_or(0, |since| end.saturating_sub(since).max(0)));
        let [known_a, known_b] = self.closed_window;
        [known_a.saturating_add(a.cast_unsigned()), known_b.saturating_add(b.cast_unsigned())]
    }
}

/// Lengths of time in steps of about three percent.
#[derive(Clone, Debug, Default)]
pub struct Times {
    count: u64,
    least: Option<u64>,
    /// How many there are of a step (exponent and the five bits behind the
    /// highest one), by step: few bytes where there are few.
    steps: Vec<(u16, u64)>,
}

/// Bits behind the highest that a step keeps.
const FINE: u32 = 5;

impl Times {
    /// Adds one, in nanoseconds.
    pub fn add(&mut self, nanos: u64) {
        self.count += 1;
        self.least = Some(self.least.map_or(nanos, |least| least.min(nanos)));
        self.count_step(step(nanos), 1);
    }

    fn count_step(&mut self, step: u16, count: u64) {
        match self.steps.binary_search_by_key(&step, |known| known.0) {
            Ok(at) => self.steps.get_mut(at).into_iter().for_each(|known| known.1 += count),
            Err(at) => self.steps.insert(at, (step, count)),
        }
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Times) {
        self.count += other.count;
        self.least = [self.least, other.least].into_iter().flatten().min();
        other.steps.iter().for_each(|(step, count)| self.count_step(*step, *count));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest, exact.
    pub fn least(&self) -> Option<u64> {
        self.least
    }

    /// What `percent` of them do not exceed, to about three percent.
    pub fn quantile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut sum = 0;
        let found = self.steps.iter().find(|(_, count)| {
            sum += *count;
            sum >= rank
        });
        found.map(|(step, _)| middle(*step).max(self.least.unwrap_or(0)))
    }
}

fn step(nanos: u64) -> u16 {
    let exponent = nanos.checked_ilog2().unwrap_or(0);
    let shift = exponent.saturating_sub(FINE);
    ((exponent << FINE) as u64 + (nanos >> shift & ((1 << FINE) - 1))) as u16
}

fn middle(step: u16) -> u64 {
    let (exponent, fine) = (u32::from(step) >> FINE, u64::from(step) & ((1 << FINE) - 1));
    if exponent < FINE {
        return 1 << exponent | fine & ((1 << exponent) - 1);
    }
    let shift = exponent - FINE;
    (1 << FINE | fine) << shift | (1 << shift) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Notes;

    #[test]
    fn quantiles_are_near_the_truth() {
        let mut times = Times::default();
        assert_eq!((times.least(), times.quantile(50)), (None, None));
        for at in 1..=1000_u64 {
            times.add(at * 1_000_003);
        }
        for (percent, truth) in [(50, 500), (95, 950), (100, 1000)] {
            let (found, truth) = (times.quantile(percent).unwrap(), truth * 1_000_003);
            assert!(found.abs_diff(truth) <= truth / 25, "{percent} %: {found}, not {truth}");
        }
        assert_eq!((times.count(), times.least()), (1000, Some(1_000_003)));
        let mut parts = [Times::default(), Times::default()];
        (1..=1000_u64).for_each(|at| parts[usize::from(at % 3 == 0)].add(at * 1_000_003));
        let [mut whole, part] = parts;
        whole.merge(&part);
        assert_eq!((&whole.steps, whole.count(), whole.least()), (&times.steps, 1000, times.least()));
        for nanos in (0..200).chain([u64::MAX, 1 << 40]) {
            assert!(middle(step(nanos)).abs_diff(nanos.max(1)) <= nanos / 32, "{nanos}");
        }
    }

    #[test]
    fn a_closed_window_counts_until_it_opens() {
        let mut measure = Measure::default();
        let mut add = |notes: &[Note], from_b: bool, time: i64| {
            let mut remarks = Remarks { from_b, ..Remarks::default() };
            remarks.notes = Notes::default();
            notes.iter().for_each(|note| remarks.notes.add(*note));
            measure.add(&remarks, time, None, 100);
        };
        add(&[Note::ZeroWindow], true, 10);
        add(&[Note::Retransmission], false, 15);
        add(&[Note::ZeroWindow, Note::ZeroWindowProbeAck], true, 20);
        add(&[Note::WindowUpdate], true, 50);
        add(&[], true, 90);
        add(&[Note::ZeroWindow], false, 95);
        // One that has not opened is closed to the end.
        assert_eq!((measure.closed_window(95), measure.closed_window(100)), ([0, 40], [5, 40]));
        assert_eq!((measure.repeated, measure.repeated_bytes), ([1, 0], [100, 0]));
    }
}
