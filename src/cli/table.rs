//! A table for people: columns as wide as their widest cell.

use super::failure::Outcome;
use crate::base::safe;
use std::io::Write;
use unicode_width::UnicodeWidthStr as _;

/// Stands behind every cell. A flood has millions of rows: they are kept as one
/// text. No cell holds it, since `safe` writes control characters out.
const END: char = '\x1f';

/// Rows that are printed together.
pub(super) struct Table {
    /// Whether the cells stand at the right.
    right: Vec<bool>,
    widths: Vec<usize>,
    /// Every cell of every row, the heads first.
    cells: String,
}

impl Table {
    /// Columns: head, and whether the cells stand at the right.
    pub fn new(columns: &[(&str, bool)]) -> Table {
        let mut table = Table {
            right: columns.iter().map(|(_, right)| *right).collect(),
            widths: vec![0; columns.len()],
            cells: String::new(),
        };
        table.row(columns.iter().map(|(head, _)| (*head).to_owned()).collect());
        table
    }

    /// Adds a row; made harmless for a terminal here.
    pub fn row(&mut self, cells: Vec<String>) {
        let mut given = cells.iter();
        for width in &mut self.widths {
            let cell = given.next().map(|cell| safe(cell)).unwrap_or_default();
            *width = cell.width().max(*width);
            self.cells.push_str(&cell);
            self.cells.push(END);
        }
    }

    /// Prints the heads and every row.
    pub fn print(&self, output: &mut impl Write) -> Outcome<()> {
        let mut cells = self.cells.split_terminator(END);
        let mut line = String::new();
        loop {
            line.clear();
            for ((width, right), cell) in self.widths.iter().zip(&self.right).zip(cells.by_ref()) {
                let gap = width.saturating_sub(cell.width());
                let (before, after) = if *right { (gap, 0) } else { (0, gap) };
                line.extend(std::iter::repeat_n(' ', before));
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', after + 2));
            }
            if line.is_empty() {
                return Ok(());
            }
            writeln!(output, "{}", line.trim_end())?;
        }
    }
}

/// A part of a whole, as a percentage.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(table: &Table) -> String {
        let mut bytes = Vec::new();
        assert!(table.print(&mut bytes).is_ok());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn cells_stand_in_their_columns_whatever_they_hold() {
        let mut table = Table::new(&[("NAME", false), ("COUNT", true), ("END", false)]);
        table.row(["日本", "7", ""].map(str::to_owned).to_vec());
        table.row(["a\x1fb\nc", "12345678", "x"].map(str::to_owned).to_vec());
        table.row(vec![String::new()]);
        table.row(["d", "1", "y"].map(str::to_owned).to_vec());
        let text = printed(&table);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert_eq!(lines[0], "NAME          COUNT  END");
        assert_eq!(lines[1], "日本              7");
        assert!(lines[2].ends_with("12345678  x") && !text.contains('\x1f'), "{text}");
        assert_eq!((lines[3], lines[4]), ("", "d                 1  y"));
    }
}
