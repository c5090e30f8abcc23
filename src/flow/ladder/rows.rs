//! Which row of a ladder shows what: arrows, and between them pauses and the
//! calls that came before.
//!
//! Owns the arithmetic of rows, by the few arrows that have rows above them.

/// From this pause on, a pause is drawn.
const PAUSE: i64 = 30_000_000;
/// Rows of the longest pause where pauses are to scale.
const LONGEST: i64 = 10;

/// How pauses are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pauses {
    /// A row each.
    #[default]
    Short,
    /// To scale: ten rows for the longest.
    Scaled,
    /// Not at all.
    Hidden,
}

impl Pauses {
    /// The next way.
    pub const fn next(self) -> Pauses {
        match self {
            Pauses::Short => Pauses::Scaled,
            Pauses::Scaled => Pauses::Hidden,
            Pauses::Hidden => Pauses::Short,
        }
    }
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A pause before this arrow: which of its rows, of how many.
    Pause {
        /// The arrow behind it.
        arrow: u32,
        /// Which of its rows, from 0.
        line: u8,
        /// How many it has.
        of: u8,
    },
    /// Calls before this arrow: which of their rows, counted back from it.
    Before {
        /// The arrow behind them.
        arrow: u32,
        /// Rows from here to the arrow.
        left: u8,
    },
    /// The arrow.
    Arrow(u32),
}

/// Rows above an arrow.
#[derive(Clone, Copy, Debug)]
struct Above {
    arrow: u32,
    pause: u8,
    before: u8,
    /// Rows above all arrows up to this one, without its own.
    sum: u64,
}

/// The rows above arrows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Pauses long enough to be drawn.
    long: Vec<(u32, i64)>,
    /// That of which the scale is made.
    longest: i64,
    preludes: Vec<(u32, u8)>,
    pauses: Pauses,
    calls: bool,
    above: Vec<Above>,
}

impl Rows {
    /// An arrow comes, so many nanoseconds after the one before.
    pub fn arrow(&mut self, at: u32, pause: i64) {
        if pause < PAUSE {
            return;
        }
        self.long.push((at, pause));
        // The scale follows in steps of a tenth, so that pauses that grow and
        // grow change it a few hundred times and no more.
        if pause > self.longest.saturating_add(self.longest / 10) {
            self.longest = pause;
            if self.pauses == Pauses::Scaled {
                self.rebuild();
                return;
            }
        }
        let rows = self.pause_rows(pause);
        if rows > 0 {
            let sum = self.extra();
            self.above.push(Above { arrow: at, pause: rows, before: 0, sum });
        }
    }

    /// No rows, with the same choice of what takes some.
    pub fn restarted(&self) -> Rows {
        Rows { pauses: self.pauses, calls: self.calls, ..Rows::default() }
    }

    /// The calls before an arrow take so many rows.
    pub fn prelude(&mut self, arrow: u32, lines: u8) {
        let at = self.preludes.partition_point(|(at, _)| *at < arrow);
        match self.preludes.get_mut(at).filter(|old| old.0 == arrow) {
            Some(old) if old.1 == lines => return,
            Some(old) => old.1 = lines,
            None => self.preludes.insert(at, (arrow, lines)),
        }
        self.rebuild();
    }

    /// What takes rows.
    pub fn show(&mut self, pauses: Pauses, calls: bool) {
        if (self.pauses, self.calls) != (pauses, calls) {
            (self.pauses, self.calls) = (pauses, calls);
            self.rebuild();
        }
    }

    fn pause_rows(&self, pause: i64) -> u8 {
        match self.pauses {
            Pauses::Hidden => 0,
            Pauses::Short => 1,
            Pauses::Scaled => {
                // 128 bits: the longest pause may be centuries.
                let share = i128::from(pause) * i128::from(LONGEST) / i128::from(self.longest.max(1));
                u8::try_from(share).unwrap_or(u8::MAX).clamp(1, LONGEST as u8)
            }
        }
    }

    /// All rows besides arrows.
    fn extra(&self) -> u64 {
        self.above.last().map_or(0, |last| last.sum + u64::from(last.pause) + u64::from(last.before))
    }

    fn rebuild(&mut self) {
        self.above.clear();
        let mut preludes = self.preludes.clone().into_iter().filter(|_| self.calls).peekable();
        let long = std::mem::take(&mut self.long);
        for (arrow, pause) in &long {
            while let Some((at, before)) = preludes.next_if(|(at, _)| at < arrow) {
                let sum = self.extra();
                self.above.push(Above { arrow: at, pause: 0, before, sum });
            }
            let before = preludes.next_if(|(at, _)| at == arrow).map_or(0, |(_, lines)| lines);
            let (pause, sum) = (self.pause_rows(*pause), self.extra());
            if pause > 0 || before > 0 {
                self.above.push(Above { arrow: *arrow, pause, before, sum });
            }
        }
        self.long = long;
        for (arrow, before) in preludes {
            let sum = self.extra();
            self.above.push(Above { arrow, pause: 0, before, sum });
        }
    }

    pub fn len(&self, arrows: usize) -> u64 {
        arrows as u64 + self.extra()
    }

    pub fn row(&self, row: u64, arrows: usize) -> Option<Row> {
        if row >= self.len(arrows) {
            return None;
        }
        let behind = self.above.partition_point(|above| u64::from(above.arrow) + above.sum <= row);
        let Some(above) = behind.checked_sub(1).and_then(|at| self.above.get(at)) else {
            return Some(Row::Arrow(row as u32));
        };
        let line = row - u64::from(above.arrow) - above.sum;
        let (pause, before) = (u64::from(above.pause), u64::from(above.before));
        Some(if line < pause {
            Row::Pause { arrow: above.arrow, line: line as u8, of: above.pause }
        } else if line < pause + before {
            Row::Before { arrow: above.arrow, left: (pause + before - line) as u8 }
        } else {
            Row::Arrow((u64::from(above.arrow) + line - pause - before) as u32)
        })
    }

    pub fn row_of(&self, arrow: u32) -> u64 {
        let at = self.above.partition_point(|above| above.arrow <= arrow);
        let above = at.checked_sub(1).and_then(|at| self.above.get(at));
        u64::from(arrow) + above.map_or(0, |a| a.sum + u64::from(a.pause) + u64::from(a.before))
    }
}
