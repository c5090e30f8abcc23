//! A table for people: columns as wide as their widest cell.

use super::failure::Outcome;
use super::output::Output;
use crate::base::safe;
use std::io::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// Rows that are printed together.
pub(super) struct Table {
    /// Head and whether the cells stand at the right.
    columns: Vec<(String, bool)>,
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns: head, and whether the cells stand at the right.
    pub fn new(columns: &[(&str, bool)]) -> Table {
        Table {
            columns: columns.iter().map(|(head, right)| ((*head).to_owned(), *right)).collect(),
            widths: columns.iter().map(|(head, _)| head.width()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; made harmless for a terminal here.
    pub fn row(&mut self, cells: Vec<String>) {
        let cells: Vec<String> = cells.iter().map(|cell| safe(cell).into_owned()).collect();
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.width().max(*width);
        }
        self.rows.push(cells);
    }

    /// Prints the heads and every row.
    pub fn print(&self, output: &mut Output) -> Outcome<()> {
        let heads: Vec<String> = self.columns.iter().map(|(head, _)| head.clone()).collect();
        let mut line = String::new();
        for cells in std::iter::once(&heads).chain(&self.rows) {
            line.clear();
            for ((cell, width), (_, right)) in cells.iter().zip(&self.widths).zip(&self.columns) {
                let gap = width.saturating_sub(cell.width());
                let (before, after) = if *right { (gap, 0) } else { (0, gap) };
                line.extend(std::iter::repeat_n(' ', before));
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', after + 2));
            }
            writeln!(output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
