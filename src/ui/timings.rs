//! How quickly the screen answers: what `--timings` prints when it has ended.
//!
//! Owns histograms of a fixed size and a few moments. Knows nothing of what is
//! drawn.

use crate::base::PacketId;
use std::fmt;
use std::time::{Duration, Instant};

/// Buckets of one doubling.
const PARTS: u32 = 4;
/// Up to about an hour, counted in microseconds.
const BUCKETS: usize = 32 * PARTS as usize;
/// Keys that may wait to be drawn; more are not measured.
const WAITING: usize = 256;
/// Cells of the longest bar.
const BAR: u64 = 40;

/// Durations, counted by their size: every doubling has four buckets.
struct Histogram {
    buckets: [u32; BUCKETS],
    count: u64,
    most: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { buckets: [0; BUCKETS], count: 0, most: Duration::ZERO }
    }
}

impl Histogram {
    fn add(&mut self, time: Duration) {
        if let Some(bucket) = self.buckets.get_mut(bucket(time)) {
            *bucket = bucket.saturating_add(1);
        }
        self.count += 1;
        self.most = self.most.max(time);
    }

    /// So many hundredths of all took no longer than this.
    fn quantile(&self, hundredths: u64) -> Duration {
        let wanted = (self.count * hundredths).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return end(bucket).min(self.most);
            }
        }
        self.most
    }

    /// How many took up to 2^`power` microseconds, and more than half of that.
    fn doubling(&self, power: u32) -> u64 {
        let to = bucket(Duration::from_micros(1 << power));
        let from = if power == 0 { 0 } else { bucket(Duration::from_micros(1 << (power - 1))) };
        self.buckets.get(from..to).unwrap_or_default().iter().map(|count| u64::from(*count)).sum()
    }
}

/// The bucket of a duration.
fn bucket(time: Duration) -> usize {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if micros < PARTS.into() {
        return micros as usize;
    }
    let power = micros.ilog2();
    let part = (micros >> (power - 2)) as u32 % PARTS;
    (((power - 1) * PARTS + part) as usize).min(BUCKETS - 1)
}

/// Where a bucket ends.
fn end(bucket: usize) -> Duration {
    let (row, part) = (bucket as u64 / u64::from(PARTS), bucket as u64 % u64::from(PARTS));
    Duration::from_micros(match row.checked_sub(1) {
        None => part + 1,
        Some(shift) => (u64::from(PARTS) + part + 1) << shift.min(40),
    })
}

/// What is measured of one run.
pub struct Timings {
    started: Instant,
    /// When keys came that no frame shows yet, or only in part.
    unseen: Vec<Instant>,
    partly: Vec<Instant>,
    answered: Histogram,
    complete: Histogram,
    /// The packet that a key has selected and whose tree no frame shows yet.
    chosen: Option<(PacketId, Instant)>,
    tree: Histogram,
    drawing: Histogram,
    turn: Histogram,
    work: Histogram,
    /// The event loop's processor time when its turn began.
    worked: Duration,
    moments: [(&'static str, Option<Duration>); 4],
}

/// Moments of a run that are told.
#[derive(Clone, Copy)]
pub enum Moment {
    /// Something was drawn.
    FirstScreen,
    /// Packets were drawn, with the selected one's tree.
    FirstPackets,
    /// The whole input is in the index.
    Indexed,
    /// Every packet is analysed.
    Analysed,
}

impl Timings {
    /// Nothing measured yet; moments count from `started`.
    pub fn new(started: Instant) -> Timings {
        let moments = ["first screen", "first packets", "index", "analysis"].map(|name| (name, None));
        Timings {
            started,
            unseen: Vec::new(),
            partly: Vec::new(),
            answered: Histogram::default(),
            complete: Histogram::default(),
            chosen: None,
            tree: Histogram::default(),
            drawing: Histogram::default(),
            turn: Histogram::default(),
            work: Histogram::default(),
            worked: worked(),
            moments,
        }
    }

    /// A key came.
    pub fn key(&mut self, at: Instant) {
        if self.unseen.len() + self.partly.len() < WAITING {
            self.unseen.push(at);
        }
    }

    /// What is selected after a key that came at `at` is this packet, whose tree is
    /// on the screen or not yet; `None` where no tree is shown.
    pub fn selected(&mut self, at: Instant, selection: Option<(PacketId, bool)>) {
        self.chosen = match (selection, self.chosen) {
            (Some((id, false)), Some((known, since))) if id == known => Some((id, since)),
            (Some((id, false)), _) => Some((id, at)),
            _ => None,
        };
    }

    /// A frame shows the tree of this packet.
    pub fn tree(&mut self, shown: PacketId) {
        if let Some((_, at)) = self.chosen.take_if(|(id, _)| *id == shown) {
            self.tree.add(at.elapsed());
        }
    }

    /// A frame was drawn from `since` on; `complete`: nothing in it is missing.
    pub fn drawn(&mut self, since: Instant, complete: bool) {
        let now = Instant::now();
        self.drawing.add(now - since);
        for key in self.unseen.drain(..) {
            self.answered.add(now.saturating_duration_since(key));
            self.partly.push(key);
        }
        if complete {
            for key in self.partly.drain(..) {
                self.complete.add(now.saturating_duration_since(key));
            }
        }
        self.moment(Moment::FirstScreen);
    }

    /// The event loop has done what there was to do since `since`, and waits.
    pub fn turn(&mut self, since: Instant) {
        self.turn.add(since.elapsed());
        let before = std::mem::replace(&mut self.worked, worked());
        self.work.add(self.worked.saturating_sub(before));
    }

    /// It is so far; only the first time counts.
    pub fn moment(&mut self, moment: Moment) {
        if let Some((_, at)) = self.moments.get_mut(moment as usize) {
            at.get_or_insert_with(|| self.started.elapsed());
        }
    }
}

/// Processor time of this thread.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "since the start of the program, ms")?;
        for (name, at) in &self.moments {
            match at {
                Some(at) => writeln!(f, "  {name:<24}{:>9.1}", millis(*at))?,
                None => writeln!(f, "  {name:<24}{:>9}", "-")?,
            }
        }
        let rows = [
            ("key to drawn", &self.answered),
            ("key to the packet's tree", &self.tree),
            ("key to all of it drawn", &self.complete),
            ("drawing a frame", &self.drawing),
            ("a turn of the event loop", &self.turn),
            ("  its processor time", &self.work),
        ];
        writeln!(f, "{:<26}{:>9}{:>9}{:>9}{:>9}{:>9}", "ms", "count", "50 %", "95 %", "99 %", "most")?;
        for (name, times) in rows {
            write!(f, "  {name:<24}{:>9}", times.count)?;
            for time in [times.quantile(50), times.quantile(95), times.quantile(99), times.most] {
                write!(f, "{:>9.2}", millis(time))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "key to drawn, by time")?;
        let counts: Vec<u64> = (0..32).map(|power| self.answered.doubling(power)).collect();
        let largest = counts.iter().copied().max().unwrap_or(0).max(1);
        let shown = |at: &usize| counts.get(*at).is_some_and(|count| *count > 0);
        let (first, last) = ((0..32).find(shown), (0..32).rev().find(shown));
        for (power, count) in counts.iter().enumerate() {
            if first.is_some_and(|first| power >= first) && last.is_some_and(|last| power <= last) {
                let bar = "▇".repeat((count * BAR).div_ceil(largest) as usize);
                writeln!(f, "  up to {:>9.3} ms{count:>8} {bar}", millis(Duration::from_micros(1 << power)))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket() {
        let mut before = 0;
        for micros in (0..5000u64).chain((13..40).map(|power| 1 << power)) {
            let at = bucket(Duration::from_micros(micros));
            assert!(at >= before, "{micros}");
            before = at;
            if at + 1 < BUCKETS {
                let (from, to) = (at.checked_sub(1).map_or(Duration::ZERO, end), end(at));
                assert!((from..to).contains(&Duration::from_micros(micros)), "{micros}: {from:?} to {to:?}");
            }
        }
        assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_no_lower_than_what_was_measured() {
        let mut times = Histogram::default();
        (1..=1000).for_each(|micros| times.add(Duration::from_micros(micros)));
        for (hundredths, exact) in [(50, 500), (95, 950), (99, 990), (100, 1000)] {
            let told = times.quantile(hundredths).as_micros() as u64;
            assert!((exact..=exact * 5 / 4 + 1).contains(&told), "{hundredths} %: {told}");
        }
        assert_eq!((0..32).map(|power| times.doubling(power)).sum::<u64>(), 1000);
        assert_eq!(times.doubling(4), 8, "from 8 to 15");
    }

    #[test]
    fn a_tree_is_waited_for_from_the_key_that_selected_its_packet() {
        let (mut timings, start) = (Timings::new(Instant::now()), Instant::now());
        timings.selected(start, Some((7, false)));
        timings.selected(start + Duration::from_millis(5), Some((7, false)));
        assert_eq!(timings.chosen, Some((7, start)), "another key that leaves the packet selected");
        timings.tree(3);
        assert_eq!(timings.tree.count, 0, "the tree of another packet");
        timings.tree(7);
        timings.tree(7);
        assert_eq!(timings.tree.count, 1);
        timings.selected(start, Some((8, false)));
        timings.selected(start, None);
        timings.tree(8);
        assert_eq!(timings.tree.count, 1, "a screen without trees");
    }

    #[test]
    fn a_key_is_answered_once_and_completed_once() {
        let mut timings = Timings::new(Instant::now());
        timings.key(Instant::now());
        timings.key(Instant::now());
        timings.drawn(Instant::now(), false);
        assert_eq!((timings.answered.count, timings.complete.count), (2, 0));
        timings.drawn(Instant::now(), true);
        timings.drawn(Instant::now(), true);
        assert_eq!((timings.answered.count, timings.complete.count, timings.drawing.count), (2, 2, 3));
        let text = timings.to_string();
        assert!(
            text.contains("key to drawn") && text.lines().all(|line| line.chars().count() < 100),
            "{text}"
        );
    }
}
