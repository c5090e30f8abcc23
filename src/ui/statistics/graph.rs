//! Traffic over time as dots of braille: columns for all packets, and in front
//! of them those that something lets through.
//!
//! Owns how counts become dots. Knows nothing of jobs and keys.

use crate::session::{Count, Series};
use crate::ui::text::{bytes, grouped, put, put_right};
use crate::ui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells of the scale at the left.
pub const SCALE: u16 = 10;
/// A cell whose dots are all there, and one with every other.
pub const FULL: char = '⣿';
/// See [`FULL`].
pub const SPARSE: char = '⡪';

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of whole frames.
    #[default]
    Bytes,
    /// Packets.
    Packets,
}

impl Unit {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Bytes => "bytes",
            Unit::Packets => "packets",
        }
    }

    fn of(self, count: &Count) -> u64 {
        match self {
            Unit::Bytes => count.bytes,
            Unit::Packets => count.packets,
        }
    }

    fn text(self, number: u64) -> String {
        match self {
            Unit::Bytes => bytes(number),
            Unit::Packets => grouped(number),
        }
    }
}

/// Counts by columns of dots, two a cell.
#[derive(Clone, Debug, Default)]
pub struct Plot {
    /// When the first column begins, and nanoseconds of each.
    pub start: i64,
    /// See `start`.
    pub step: i64,
    /// All packets.
    pub all: Vec<Count>,
    /// Those let through, where something is laid over.
    pub over: Option<Vec<Count>>,
}

impl Plot {
    /// The part of a series that is seen in so many columns: all of it, or at
    /// the `zoom`th step half as much as at the one before, around a time.
    pub fn of(series: &Series, columns: usize, zoom: u32, around: i64) -> Plot {
        let bins = series.bins().len();
        let columns = columns.max(1);
        let seen = bins.checked_shr(zoom).unwrap_or(0).max(columns.min(bins));
        let (width, start) = (series.width().max(1), series.start().0);
        let at = usize::try_from(around.saturating_sub(start) / width).unwrap_or(0);
        let from = at.saturating_sub(seen / 2).min(bins - seen);
        let step = seen.div_ceil(columns).max(1);
        let count = seen.div_ceil(step);
        let mut plot = Plot {
            start: start.saturating_add(width.saturating_mul(from as i64)),
            step: width.saturating_mul(step as i64),
            ..Plot::default()
        };
        plot.all = plot.columns(series, count);
        plot
    }

    /// Lays another series over it.
    pub fn lay(&mut self, series: &Series) {
        self.over = Some(self.columns(series, self.all.len()));
    }

    fn columns(&self, series: &Series, count: usize) -> Vec<Count> {
        let mut columns = vec![Count::default(); count];
        let mut time = series.start().0;
        for bin in series.bins() {
            let at = time.saturating_sub(self.start).div_euclid(self.step.max(1));
            if let Some(column) = usize::try_from(at).ok().and_then(|at| columns.get_mut(at)) {
                column.packets += bin.packets;
                column.bytes += bin.bytes;
            }
            time = time.saturating_add(series.width());
        }
        columns
    }

    /// Cells that it takes.
    pub fn cells(&self) -> usize {
        self.all.len().div_ceil(2)
    }

    /// When a cell begins, and when it ends.
    pub fn times(&self, cell: usize) -> (i64, i64) {
        let edge = |cell: usize| self.start.saturating_add(self.step.saturating_mul(2 * cell as i64));
        (edge(cell), edge(cell + 1))
    }

    /// The cell of a time, or the nearest one.
    pub fn cell(&self, time: i64) -> usize {
        let at = time.saturating_sub(self.start) / self.step.max(1).saturating_mul(2);
        usize::try_from(at).unwrap_or(0).min(self.cells().saturating_sub(1))
    }

    /// What a cell counts: all, and what is let through.
    pub fn at(&self, cell: usize) -> (Count, Option<Count>) {
        let sum = |columns: &[Count]| {
            columns.iter().skip(2 * cell).take(2).fold(Count::default(), |sum, one| Count {
                packets: sum.packets + one.packets,
                bytes: sum.bytes + one.bytes,
            })
        };
        (sum(&self.all), self.over.as_deref().map(sum))
    }

    /// The end of the scale; half of it is a whole number too.
    fn most(&self, unit: Unit) -> u64 {
        let most = self.all.iter().map(|count| unit.of(count)).max().unwrap_or(0);
        most.max(2).checked_next_multiple_of(2).unwrap_or(most)
    }
}

/// Draws the scale and the dots; `cursor` is the cell that is lit.
pub fn draw(plot: &Plot, unit: Unit, cursor: usize, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let most = plot.most(unit);
    let scale = |y: u16, number: u64, buffer: &mut Buffer| {
        let text = unit.text(number);
        put_right(buffer, area, area.x, y, SCALE - 1, &text, theme.style(Role::Dim));
    };
    if area.height == 0 {
        return;
    }
    for y in area.top()..area.bottom() {
        put(buffer, area, area.x + SCALE - 1, y, 1, "│", theme.style(Role::Line));
    }
    scale(area.y, most, buffer);
    if area.height >= 8 {
        scale(area.y + area.height / 2, most / 2, buffer);
    }
    scale(area.bottom() - 1, 0, buffer);
    let rows = usize::from(area.height) * 4;
    let height = |count: Option<&Count>| {
        let number = count.map_or(0, |count| unit.of(count));
        (u128::from(number) * rows as u128).div_ceil(most.into()) as usize
    };
    for (x, cell) in (area.x + SCALE..area.right()).zip(0..plot.cells()) {
        let heights = [0, 1].map(|side| {
            let at = 2 * cell + side;
            let over = plot.over.as_ref().map(|over| height(over.get(at)));
            (height(plot.all.get(at)), over)
        });
        for (line, y) in (area.top()..area.bottom()).rev().enumerate() {
            let (mut dots, mut is_over) = (0u32, false);
            for (side, (all, over)) in heights.into_iter().enumerate() {
                for dot in 0..4 {
                    let row = 4 * line + dot;
                    let solid = row < over.unwrap_or(all);
                    // Sparse where there is more than what is let through.
                    let sparse = row < all && ((row + side) % 2 == 0 || row + 1 == all);
                    is_over |= over.is_some() && solid;
                    dots |= u32::from(solid || sparse) << bit(side, dot);
                }
            }
            let role = match (plot.over.is_some(), is_over) {
                (false, _) => Role::Datagram,
                (true, true) => Role::Odd,
                (true, false) => Role::Dim,
            };
            let here = cell == cursor;
            let text = char::from_u32(0x2800 + dots).filter(|_| dots > 0).unwrap_or(' ').to_string();
            let style = theme.style(role);
            let style = if here { style.patch(theme.style(Role::SelectedElsewhere)) } else { style };
            if dots > 0 || here {
                put(buffer, area, x, y, 1, &text, style);
            }
        }
    }
}

/// The bit of a dot in a braille cell; `dot` counts from below.
fn bit(side: usize, dot: usize) -> u32 {
    const BITS: [[u32; 4]; 2] = [[6, 2, 1, 0], [7, 5, 4, 3]];
    BITS.get(side).and_then(|bits| bits.get(dot)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::ui::theme::Depth;

    fn series(times: impl Iterator<Item = i64>) -> Series {
        let mut series = Series::new(Timestamp(0), 1, 8192);
        times.for_each(|time| series.add(Timestamp(time), 100));
        series
    }

    fn packets(columns: &[Count]) -> u64 {
        columns.iter().map(|count| count.packets).sum()
    }

    #[test]
    fn every_packet_is_in_one_column_and_zooming_keeps_the_cursor_in_sight() {
        let all = series((0..100_000).map(|at| at * 1_000_000));
        let mut part = Series::new(Timestamp(0), 1, 8192);
        (0..100_000i64).for_each(|at| match at % 10 {
            0 => part.add(Timestamp(at * 1_000_000), 100),
            _ => drop(part.reach(Timestamp(at * 1_000_000))),
        });
        for columns in [1, 7, 140, 400] {
            let mut plot = Plot::of(&all, columns, 0, 0);
            plot.lay(&part);
            assert_eq!(packets(&plot.all), 100_000);
            assert_eq!(packets(plot.over.as_deref().unwrap()), 10_000);
            assert!(plot.all.len() <= columns && plot.all.len() * 10 >= columns * 9, "{}", plot.all.len());
        }
        let time = 63_210_000_000;
        for zoom in 0..40 {
            let plot = Plot::of(&all, 140, zoom, time);
            let (from, to) = plot.times(plot.cell(time));
            assert!((from..to).contains(&time), "zoom {zoom}: {from} to {to}");
        }
        assert_eq!(Plot::of(&series(std::iter::empty()), 140, 3, 5).cells(), 0);
    }

    #[test]
    fn what_is_let_through_stands_full_before_sparse_dots() {
        let count = |packets| Count { packets, bytes: 0 };
        let plot = Plot {
            start: 0,
            step: 1,
            all: vec![count(8), count(8), count(4), count(0)],
            over: Some(vec![count(4), count(0), count(0), count(0)]),
        };
        let area = Rect::new(0, 0, SCALE + 2, 2);
        let mut buffer = Buffer::empty(area);
        let theme = Theme { depth: Depth::Mono, ..Theme::default() };
        draw(&plot, Unit::Packets, 9, area, &mut buffer, theme);
        let line = |y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        assert_eq!([line(0), line(1)], ["        8│⡫ ".to_owned(), "        0│⡯⡃".to_owned()]);
    }
}
