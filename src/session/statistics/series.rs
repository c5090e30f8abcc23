//! Traffic over time: packets and bytes by intervals of equal width.

use super::hierarchy::Count;
use crate::base::Timestamp;

/// Earliest and latest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Earliest.
    pub first: Timestamp,
    /// Latest.
    pub last: Timestamp,
}

impl Span {
    /// Makes room for `time`.
    #[inline]
    pub(super) fn widen(span: &mut Option<Span>, time: Timestamp) {
        match span {
            _ if time.is_none() => {}
            Some(span) => (span.first, span.last) = (span.first.min(time), span.last.max(time)),
            None => *span = Some(Span { first: time, last: time }),
        }
    }
}

/// Counts by interval. Bounded: when there are too many intervals, two become one.
#[derive(Clone, Debug)]
pub struct Series {
    /// When the first interval begins.
    start: Timestamp,
    /// Nanoseconds of one interval.
    width: i64,
    bins: Vec<Count>,
    max: usize,
}

impl Series {
    /// No intervals yet: the first begins at `start`; at least `width`
    /// nanoseconds each, at most `max` of them.
    pub fn new(start: Timestamp, width: i64, max: usize) -> Series {
        Series { start, width: width.max(1), bins: Vec::new(), max: max.max(2) }
    }

    /// When the first interval begins.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Nanoseconds of one interval.
    pub fn width(&self) -> i64 {
        self.width
    }

    /// Counts by interval, up to the last one with a packet.
    pub fn bins(&self) -> &[Count] {
        &self.bins
    }

    /// Counts a packet, at any time; one without a time has no interval.
    pub fn add(&mut self, time: Timestamp, wire: u32) {
        if let Some(bin) = self.reach(time) {
            bin.add(wire);
        }
    }

    /// Makes room for a time and counts nothing; gives its interval.
    pub fn reach(&mut self, time: Timestamp) -> Option<&mut Count> {
        if time.is_none() {
            return None;
        }
        loop {
            let at = i128::from(time.0) - i128::from(self.start.0);
            let at = at.div_euclid(self.width.into());
            let len = self.bins.len();
            if let Some(before) = usize::try_from(-at).ok().filter(|before| *before > 0) {
                let whole = (before as i128) * i128::from(self.width);
                let start = i64::try_from(i128::from(self.start.0) - whole);
                if let Ok(start) = start
                    && before.saturating_add(len) <= self.max
                {
                    self.bins.splice(0..0, std::iter::repeat_n(Count::default(), before));
                    self.start = Timestamp(start);
                    continue;
                }
            } else if let Some(at) = usize::try_from(at).ok().filter(|at| *at < self.max) {
                if at >= len {
                    self.bins.resize(at + 1, Count::default());
                }
                return self.bins.get_mut(at);
            }
            if !self.fold() {
                return None;
            }
        }
    }

    /// Two intervals become one; `false` when they cannot get wider.
    fn fold(&mut self) -> bool {
        let Some(width) = self.width.checked_mul(2) else { return false };
        self.width = width;
        let both = |pair: &[Count]| {
            let mut sum = Count::default();
            pair.iter().for_each(|count| sum.merge(*count));
            sum
        };
        self.bins = self.bins.chunks(2).map(both).collect();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_however_times_jump() {
        let mut series = Series::new(Timestamp(1000), 10, 8);
        let times = [1000, 1009, 1010, 1079, 2000, 500, 999, -7_000, 1000];
        for (count, time) in (1..).zip(times) {
            series.add(Timestamp(time), 100);
            let all: u64 = series.bins().iter().map(|bin| bin.packets).sum();
            assert_eq!(all, count, "after {time}");
            assert!(series.bins().len() <= 8);
        }
        let end = series.start().0 + series.width() * series.bins().len() as i64;
        assert!(series.start().0 <= -7_000 && end > 2000);
    }

    #[test]
    fn an_interval_holds_its_beginning_and_not_its_end() {
        let mut series = Series::new(Timestamp(0), 10, 100);
        [0, 9, 10, 25].iter().for_each(|time| series.add(Timestamp(*time), 60));
        let packets: Vec<_> = series.bins().iter().map(|bin| bin.packets).collect();
        assert_eq!((packets, series.width()), (vec![2, 1, 1], 10));
    }

    #[test]
    fn the_ends_of_time_fit() {
        let mut series = Series::new(Timestamp(0), 1, 64);
        for time in [-i64::MAX, i64::MAX, 0, -1] {
            series.add(Timestamp(time), 1);
        }
        assert!(series.bins().iter().map(|bin| bin.packets).sum::<u64>() == 4);
    }
}
