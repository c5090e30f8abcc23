//! Runs in the order in which they are shown: both directions as they became
//! known, each direction's placed runs by position.
//!
//! A list of short lists, so that a late arrival is put between others at the
//! cost of a short list, and nothing doubles when it grows.

use super::run::Run;
use crate::flow::Side;

/// Runs of one part when it is divided.
const PART: usize = 1024;

#[derive(Clone, Debug, Default)]
struct Part {
    runs: Vec<Run>,
    /// Runs before this part.
    before: usize,
    /// End of the placed runs of each side up to this part's end.
    ends: [u64; 2],
}

/// Runs by number.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    parts: Vec<Part>,
}

impl Runs {
    /// Number of runs.
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |part| part.before + part.runs.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The run at `place`.
    pub fn get(&self, place: usize) -> Option<&Run> {
        let part = self.parts.get(self.part_of(place)?)?;
        part.runs.get(place - part.before)
    }

    /// The runs from `place` on.
    pub fn from(&self, place: usize) -> impl Iterator<Item = &Run> {
        let at = self.part_of(place).unwrap_or(self.parts.len());
        let skip = self.parts.get(at).map_or(0, |part| place - part.before);
        self.parts.iter().skip(at).flat_map(|part| &part.runs).skip(skip)
    }

    /// The runs before `place`, the nearest first.
    pub fn before(&self, place: usize) -> impl Iterator<Item = &Run> {
        let place = place.min(self.len());
        let at = self.parts.partition_point(|part| part.before < place);
        let skip = self.parts.get(at.wrapping_sub(1)).map_or(0, |part| part.before + part.runs.len() - place);
        self.parts.iter().take(at).rev().flat_map(|part| part.runs.iter().rev()).skip(skip)
    }

    fn part_of(&self, place: usize) -> Option<usize> {
        self.parts.partition_point(|part| part.before <= place).checked_sub(1)
    }

    /// Appends a run.
    pub(super) fn push(&mut self, run: Run) {
        match self.parts.last_mut() {
            Some(part) if part.runs.len() < PART => note(part, run),
            last => {
                let (before, ends) = last.map_or((0, [0; 2]), |p| (p.before + p.runs.len(), p.ends));
                // Most flows are short: only long ones take whole parts at once.
                let room = if before == 0 { 4 } else { PART };
                let mut part = Part { runs: Vec::with_capacity(room), before, ends };
                note(&mut part, run);
                self.parts.push(part);
            }
        }
    }

    /// The first placed run of `side` that ends behind `pos`.
    pub(super) fn find(&self, side: Side, pos: u64) -> Option<usize> {
        let at = self.parts.partition_point(|part| end_of(part, side) <= pos);
        let part = self.parts.get(at)?;
        let is_it = |run: &Run| run.side() == side && run.kind().is_placed() && run.end() > pos;
        part.runs.iter().position(is_it).map(|within| part.before + within)
    }

    /// Puts `runs` in the place of the one at `place`. Together they end where
    /// it ended.
    pub(super) fn replace(&mut self, place: usize, runs: &[Run]) {
        let Some(at) = self.part_of(place) else { return };
        let before = at.checked_sub(1).and_then(|at| self.parts.get(at)).map_or([0; 2], |part| part.ends);
        let Some(part) = self.parts.get_mut(at) else { return };
        let within = place - part.before;
        if within >= part.runs.len() {
            return;
        }
        part.runs.splice(within..=within, runs.iter().copied());
        if part.runs.len() >= PART * 2 {
            let rest = part.runs.split_off(PART);
            let ends = std::mem::replace(&mut part.ends, before);
            for run in part.runs.iter().filter(|run| run.kind().is_placed()) {
                set_end(&mut part.ends, run);
            }
            self.parts.insert(at + 1, Part { runs: rest, before: 0, ends });
        }
        let mut before = place - within;
        for part in self.parts.iter_mut().skip(at) {
            part.before = before;
            before += part.runs.len();
        }
    }
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
        assert_eq!(runs.find(Side::B, 10 + 30 * 10 + 5), Some(60));
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
                let found = runs.find(run.side(), run.pos).and_then(|at| runs.get(at)).unwrap();
                assert!(found.pos <= run.pos && found.end() > run.pos, "{run:?} {found:?}");
            }
        }
        let mut back: Vec<Run> = runs.before(runs.len()).copied().collect();
        back.reverse();
        assert_eq!(back, all);
        assert_eq!(runs.from(4321).count(), runs.len() - 4321);
        assert_eq!(runs.before(4321).count(), 4321);
        assert_eq!(runs.find(Side::A, 1 << 40), None);
    }
}
