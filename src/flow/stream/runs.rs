//! Runs in the order in which they are shown: both directions as they became
//! known, each direction's placed runs by position.
//!
//! A list of short lists, so that a late arrival is put between others at the
//! cost of a short list, and nothing doubles when it grows. What lies before
//! each list is counted in a tree: no arrival renumbers those behind it.

use super::run::Run;
use super::sums::Sums;
use crate::flow::Side;

/// Runs of one part; with twice as many it is divided. What a search looks at.
const PART: usize = 128;

#[derive(Clone, Debug, Default)]
struct Part {
    runs: Vec<Run>,
    /// End of the placed runs of each side up to this part's end.
    ends: [u64; 2],
}

/// Runs by number.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    parts: Vec<Part>,
    /// Runs of each part.
    counts: Sums,
}

impl Runs {
    /// Number of runs.
    pub fn len(&self) -> usize {
        self.counts.before(self.parts.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The run at `place`.
    pub fn get(&self, place: usize) -> Option<&Run> {
        let (at, within) = self.counts.find(place);
        self.parts.get(at)?.runs.get(within)
    }

    /// The runs from `place` on.
    pub fn from(&self, place: usize) -> impl Iterator<Item = &Run> {
        let (at, within) = self.counts.find(place);
        self.parts.iter().skip(at).flat_map(|part| &part.runs).skip(within)
    }

    /// The runs before `place`, the nearest first.
    pub fn before(&self, place: usize) -> impl Iterator<Item = &Run> {
        let (at, within) = self.counts.find(place);
        let here = self.parts.get(at).and_then(|part| part.runs.get(..within)).unwrap_or_default();
        let earlier = self.parts.iter().take(at).rev().flat_map(|part| part.runs.iter().rev());
        here.iter().rev().chain(earlier)
    }

    /// Appends a run.
    pub(super) fn push(&mut self, run: Run) {
        match self.parts.last_mut() {
            Some(part) if part.runs.len() < PART => {
                note(part, run);
                self.counts.add(self.parts.len() - 1, 1);
            }
            last => {
                let ends = last.map_or([0; 2], |part| part.ends);
                // Most flows are short: only long ones take whole parts at once.
                let room = if self.parts.is_empty() { 4 } else { PART };
                let mut part = Part { runs: Vec::with_capacity(room), ends };
                note(&mut part, run);
                self.parts.push(part);
                self.counts.push(1);
            }
        }
    }

    /// The first placed run of `side` that ends behind `pos`, which none before
    /// `place` does.
    pub(super) fn find(&self, side: Side, pos: u64, place: usize) -> Option<usize> {
        let is_it = |run: &Run| run.side() == side && run.kind().is_placed() && run.end() > pos;
        let search = |at: usize, from: usize| {
            let runs = self.parts.get(at)?.runs.get(from..)?;
            let found = runs.iter().inspect(|_| looked()).position(is_it)?;
            Some(self.counts.before(at) + from + found)
        };
        let (near, within) = self.counts.find(place);
        if self.parts.get(near).is_some_and(|part| end_of(part, side) > pos) {
            let found = search(near, within);
            if found.is_some() {
                return found;
            }
        }
        search(self.parts.partition_point(|part| end_of(part, side) <= pos), 0)
    }

    /// Puts `runs` in the place of the one at `place`. Together they end where
    /// it ended.
    pub(super) fn replace(&mut self, place: usize, runs: &[Run]) {
        let (at, within) = self.counts.find(place);
        let before = at.checked_sub(1).and_then(|at| self.parts.get(at)).map_or([0; 2], |part| part.ends);
        let Some(part) = self.parts.get_mut(at).filter(|part| within < part.runs.len()) else { return };
        part.runs.splice(within..=within, runs.iter().copied());
        if part.runs.len() < PART * 2 {
            self.counts.add(at, runs.len().wrapping_sub(1));
            return;
        }
        let rest = part.runs.split_off(PART);
        let ends = std::mem::replace(&mut part.ends, before);
        for run in part.runs.iter().filter(|run| run.kind().is_placed()) {
            set_end(&mut part.ends, run);
        }
        self.parts.insert(at + 1, Part { runs: rest, ends });
        self.counts = self.parts.iter().map(|part| part.runs.len()).collect();
    }
}

// Tests count what is looked at.
#[cfg(test)]
thread_local! {
    pub(super) static LOOKED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

fn looked() {
    #[cfg(test)]
    LOOKED.set(LOOKED.get() + 1);
}

fn end_of(part: &Part, side: Side) -> u64 {
    part.ends.get(side as usize).copied().unwrap_or(0)
}

fn note(part: &mut Part, run: Run) {
    if run.kind().is_placed() {
        set_end(&mut part.ends, &run);
    }
    part.runs.push(run);
}

fn set_end(ends: &mut [u64; 2], run: &Run) {
    if let Some(end) = ends.get_mut(run.side() as usize) {
        *end = run.end();
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::Kind;
    use super::*;

    fn run(side: Side, pos: u64, len: u32) -> Run {
        Run::new(Kind::Data, side, pos, len, pos, 7)
    }

    #[test]
    fn runs_are_found_by_place_and_by_position_also_after_late_arrivals() {
        let mut runs = Runs::default();
        for at in 0..5000u64 {
            runs.push(run(if at % 3 == 0 { Side::B } else { Side::A }, 10 + at * 10, 10));
            runs.push(Run::new(Kind::Retransmission, Side::A, 0, 5, at, 0));
        }
        assert_eq!(runs.find(Side::B, 10 + 30 * 10 + 5, 0), Some(60));
        // Each is divided in two, from the back, from the front, and one often.
        for place in (0..10_000).step_by(4).rev().chain([0, 3, 9]) {
            let old = *runs.get(place).unwrap();
            let (one, two) = (old.part(old.pos, old.pos + 3), old.part(old.pos + 3, old.end()));
            runs.replace(place, &[one, two]);
        }
        assert_eq!(runs.len(), 10_000 + 2503);
        let all: Vec<Run> = runs.from(0).copied().collect();
        assert_eq!(all.len(), runs.len());
        for (place, run) in all.iter().enumerate() {
            assert_eq!(runs.get(place), Some(run));
            if run.kind().is_placed() && run.len > 0 {
                let found = runs
                    .find(run.side(), run.pos, place.saturating_sub(7))
                    .and_then(|at| runs.get(at))
                    .unwrap();
                assert!(found.pos <= run.pos && found.end() > run.pos, "{run:?} {found:?}");
            }
        }
        let mut back: Vec<Run> = runs.before(runs.len()).copied().collect();
        back.reverse();
        assert_eq!(back, all);
        assert_eq!(runs.from(4321).count(), runs.len() - 4321);
        assert_eq!(runs.before(4321).count(), 4321);
        assert_eq!(runs.find(Side::A, 1 << 40, 0), None);
    }
}
