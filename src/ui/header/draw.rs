//! Draws a header as RFCs do: rows of 32 bits, cells at their bits, values in
//! the cells.
//!
//! Pure: a tree, its bytes, a selection and an area give cells on the screen.

use super::super::layers::{role, short_value, value_text};
use super::super::text::{fit, paint, put, width};
use super::super::theme::{Role, Theme};
use super::grid::{Cell, Grid, within};
use super::words;
use crate::decode::Kind;
use crate::decode::sinks::{NodeKind, Tree};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows of one field that are drawn before the rest is left out.
const LONG: u32 = 6;
/// Columns of a bit at most, and of the byte numbers at the left.
const MAX_COLUMNS: u16 = 6;
const MARGIN: u16 = 5;

/// One row of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// Bits from this one on.
    Bits(u32),
    /// So many bytes of one field that are left out.
    Gap(u32),
}

/// How a header is drawn into an area.
pub struct Layout {
    /// Bits of a row: 32, fewer where the area is narrow.
    pub per_row: u32,
    columns: u16,
    lines: u16,
    margin: u16,
    rows: Vec<Row>,
}

impl Layout {
    /// Chooses columns and lines for an area (its rows for the grid alone).
    pub fn new(grid: &Grid, cells: u16, height: u16) -> Layout {
        let per_row: u32 = [32, 16].into_iter().find(|bits| *bits as u16 * 2 < cells).unwrap_or(8);
        let margin = if cells > per_row as u16 * 2 + MARGIN { MARGIN } else { 0 };
        let columns = ((cells - margin.min(cells)).saturating_sub(1) / per_row as u16).clamp(1, MAX_COLUMNS);
        let rows = rows(grid, per_row);
        let most = if columns >= 4 { 3 } else { 4 };
        let fits = |lines: &u16| height_of(&rows, *lines) <= height;
        // Single bits have no room for a name in one line: rather scroll.
        let narrow = grid.cells.iter().any(|cell| cell.bits() == 1 && cell.node.is_some());
        let least = if narrow && height >= 14 { 2 } else { 1 };
        let lines = (least..=most).rev().find(fits).unwrap_or(if height >= 14 { 2 } else { 1 });
        Layout { per_row, columns, lines, margin, rows }
    }

    fn height(&self) -> u16 {
        height_of(&self.rows, self.lines)
    }
}

fn height_of(rows: &[Row], lines: u16) -> u16 {
    let each = |row: &Row| if matches!(row, Row::Gap(_)) { 2 } else { lines + 1 };
    rows.iter().map(each).fold(1, u16::saturating_add)
}

/// Rows of bits, with the middle of long fields left out.
fn rows(grid: &Grid, per_row: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut bit = 0;
    while bit < grid.bits() {
        rows.push(Row::Bits(bit));
        bit += per_row;
        let Some(cell) = grid.at(bit - per_row).and_then(|at| grid.cells.get(at)) else { break };
        // Two rows of a long field, then a gap, then its last one.
        let (first, last) = (cell.start / per_row * per_row, (cell.end - 1) / per_row * per_row);
        if last >= first + per_row * (LONG - 1) && bit >= first + per_row * 2 && bit < last {
            rows.push(Row::Gap((last - bit) / 8));
            bit = last;
        }
    }
    rows
}

/// What drawing needs everywhere.
struct Pen<'a> {
    tree: &'a Tree,
    bytes: &'a [u8],
    grid: &'a Grid,
    layout: &'a Layout,
    selected: Option<u32>,
    theme: Theme,
    area: Rect,
    /// Row of the screen where the grid's first line would be.
    top: i32,
    color: Style,
}

/// Draws a layer's header.
pub fn draw(
    tree: &Tree,
    bytes: &[u8],
    layer: u8,
    selected: Option<u32>,
    area: Rect,
    buffer: &mut Buffer,
    theme: Theme,
) {
    let area = area.intersection(buffer.area);
    let grid = Grid::new(tree, layer);
    if area.height < 3 || area.width < 10 || grid.cells.is_empty() {
        return;
    }
    let body = Rect { y: area.y + 2, height: area.height - 2, ..area };
    let layout = Layout::new(&grid, area.width, body.height);
    let color = tree.layers.get(usize::from(layer)).map_or(Role::Plain, role);
    let mut pen = Pen {
        tree,
        bytes,
        grid: &grid,
        layout: &layout,
        selected,
        theme,
        area: body,
        top: i32::from(body.y),
        color: theme.style(color),
    };
    pen.top -= i32::from(pen.scroll());
    pen.numbers(area, buffer);
    pen.lines(buffer);
    for (at, cell) in grid.cells.iter().enumerate() {
        pen.cell(at, cell, buffer);
    }
    let below = i32::from(layout.height()) + pen.top - i32::from(body.bottom());
    if below > 0 {
        let text = " ↓ more below ";
        let x = area.right().saturating_sub(width(text) as u16);
        put(buffer, area, x, area.bottom() - 1, width(text) as u16, text, theme.style(Role::Key));
    }
}

impl Pen<'_> {
    /// Where the screen's row of a line of the grid is, if it is to be seen.
    fn screen(&self, line: u16) -> Option<u16> {
        let y = self.top + i32::from(line);
        (y >= i32::from(self.area.y) && y < i32::from(self.area.bottom())).then_some(y as u16)
    }

    /// Lines to leave out above, so that the selected cell is to be seen.
    fn scroll(&self) -> u16 {
        let over = self.layout.height().saturating_sub(self.area.height);
        let cell = self.selected.and_then(|node| self.grid.cell_of(self.tree, node));
        let Some(cell) = cell.and_then(|at| self.grid.cells.get(at)) else { return 0 };
        self.line_of(cell.start).saturating_sub(self.area.height / 3).min(over)
    }

    /// The border line above the row that holds a bit.
    fn line_of(&self, bit: u32) -> u16 {
        let mut line = 0u16;
        for (row, next) in self.layout.rows.iter().zip(self.layout.rows.iter().skip(1)) {
            if matches!(next, Row::Bits(first) if *first > bit) {
                return line;
            }
            line += if matches!(row, Row::Gap(_)) { 2 } else { self.layout.lines + 1 };
        }
        line
    }

    fn x(&self, bit: u32) -> u16 {
        self.area.x + self.layout.margin + (bit % self.layout.per_row) as u16 * self.layout.columns
    }

    /// The bits' numbers, in two rows as RFCs write them.
    fn numbers(&self, area: Rect, buffer: &mut Buffer) {
        let style = self.theme.style(Role::Dim);
        for bit in 0..self.layout.per_row {
            let x = self.x(bit) + self.layout.columns / 2;
            if bit % 10 == 0 {
                put(buffer, area, x, area.y, 1, &(bit / 10).to_string(), style);
            }
            put(buffer, area, x, area.y + 1, 1, &(bit % 10).to_string(), style);
        }
        if self.layout.margin > 0 {
            put(buffer, area, area.x, area.y + 1, self.layout.margin - 1, "byte", style);
        }
    }

    /// The cell at a bit of a row; `None` outside the header.
    fn owner(&self, row: Option<&Row>, bit: Option<u32>) -> Option<usize> {
        let bit = bit.filter(|bit| *bit < self.layout.per_row)?;
        match row? {
            Row::Bits(first) => self.grid.at(first + bit),
            Row::Gap(_) => Some(usize::MAX),
        }
    }

    fn lines(&self, buffer: &mut Buffer) {
        let style = self.theme.style(Role::Line);
        let rows = &self.layout.rows;
        let mut line = 0;
        for number in 0..=rows.len() {
            let (above, below) = (number.checked_sub(1).and_then(|at| rows.get(at)), rows.get(number));
            if let Some(y) = self.screen(line) {
                self.border(above, below, y, style, buffer);
            }
            let Some(row) = below else { break };
            let tall = if matches!(row, Row::Gap(_)) { 1 } else { self.layout.lines };
            for step in 1..=tall {
                let Some(y) = self.screen(line + step) else { continue };
                self.sides(row, step == 1, y, style, buffer);
            }
            line += tall + 1;
        }
    }

    /// The line between two rows: drawn where the cells above and below differ.
    fn border(&self, above: Option<&Row>, below: Option<&Row>, y: u16, style: Style, buffer: &mut Buffer) {
        let gap = matches!(above, Some(Row::Gap(_))) || matches!(below, Some(Row::Gap(_)));
        let across = |bit: Option<u32>| !gap && self.owner(above, bit) != self.owner(below, bit);
        let down = |row, bit: u32| self.owner(row, bit.checked_sub(1)) != self.owner(row, Some(bit));
        for bit in 0..=self.layout.per_row {
            let (left, right) = (across(bit.checked_sub(1)), across(Some(bit)));
            let (up, under) = (down(above, bit), down(below, bit));
            let sign = corner(up, under, left, right);
            let x =
                if bit == self.layout.per_row { self.x(bit - 1) + self.layout.columns } else { self.x(bit) };
            put(buffer, self.area, x, y, 1, sign, style);
            if right && self.layout.columns > 1 {
                let rule = "─".repeat(usize::from(self.layout.columns - 1));
                put(buffer, self.area, x + 1, y, self.layout.columns - 1, &rule, style);
            }
        }
    }

    fn sides(&self, row: &Row, first: bool, y: u16, style: Style, buffer: &mut Buffer) {
        let end = self.x(self.layout.per_row - 1) + self.layout.columns;
        match row {
            Row::Gap(bytes) => {
                put(buffer, self.area, self.x(0), y, 1, "┆", style);
                put(buffer, self.area, end, y, 1, "┆", style);
                let text = format!("… {bytes} more bytes of it …");
                put(
                    buffer,
                    self.area,
                    self.x(0) + 2,
                    y,
                    end.saturating_sub(self.x(0) + 2),
                    &text,
                    self.theme.style(Role::Dim),
                );
            }
            Row::Bits(start) => {
                if first && self.layout.margin > 0 {
                    let text = (start / 8).to_string();
                    super::super::text::put_right(
                        buffer,
                        self.area,
                        self.area.x,
                        y,
                        self.layout.margin - 1,
                        &text,
                        self.theme.style(Role::Dim),
                    );
                }
                for bit in 0..=self.layout.per_row {
                    if self.owner(Some(row), bit.checked_sub(1)) != self.owner(Some(row), Some(bit)) {
                        let x = if bit == self.layout.per_row { end } else { self.x(bit) };
                        put(buffer, self.area, x, y, 1, "│", style);
                    }
                }
            }
        }
    }

    /// The parts of a cell, row by row: first bit, bits.
    fn segments(&self, cell: &Cell) -> Vec<(u32, u32)> {
        let per_row = self.layout.per_row;
        let rows = self.layout.rows.iter().filter_map(|row| match row {
            Row::Bits(first) => Some(*first),
            Row::Gap(_) => None,
        });
        let parts = rows.map(|first| (cell.start.max(first), cell.end.min(first + per_row)));
        parts.filter(|(start, end)| start < end).map(|(start, end)| (start, end - start)).collect()
    }

    fn cell(&self, at: usize, cell: &Cell, buffer: &mut Buffer) {
        let segments = self.segments(cell);
        let lit = cell.node.zip(self.selected).is_some_and(|(node, outer)| within(self.tree, node, outer))
            && !matches!(
                self.selected.and_then(|at| self.tree.node(at)).map(|n| n.kind),
                Some(NodeKind::Layer(_))
            );
        let style = if lit { self.theme.style(Role::Lit) } else { self.color };
        let place = |bit: u32, bits: u32| {
            let cells = bits as u16 * self.layout.columns - 1;
            (self.x(bit) + 1, self.line_of(bit) + 1, cells)
        };
        if lit {
            for (bit, bits) in &segments {
                let (x, line, cells) = place(*bit, *bits);
                for y in (line..line + self.layout.lines).filter_map(|line| self.screen(line)) {
                    paint(buffer, Rect { x, y, width: cells, height: 1 }.intersection(self.area), style);
                }
            }
        }
        let Some(node) = cell.node.and_then(|at| self.tree.node(at)) else {
            if let Some((bit, bits)) = segments.first() {
                let (x, line, cells) = place(*bit, *bits);
                self.centred(buffer, x, line, cells, "?", self.theme.style(Role::Dim));
            }
            return;
        };
        let NodeKind::Field(def) = node.kind else { return };
        // What single bits cut into pieces is named in the largest of them.
        let pieces = self.grid.cells.iter().enumerate().filter(|(_, piece)| piece.node == cell.node);
        if pieces
            .max_by_key(|(at, piece)| (piece.bits(), usize::MAX - at))
            .is_some_and(|(most, _)| most != at)
        {
            return;
        }
        let widest = segments.iter().map(|(_, bits)| *bits).max().unwrap_or(0);
        let same: Vec<_> = segments.iter().filter(|(_, bits)| *bits == widest).collect();
        let raw = matches!(def.kind, Kind::Bytes | Kind::Text | Kind::Group) && segments.len() > 1;
        let chosen = if raw { same.first() } else { same.get((same.len().max(1) - 1) / 2) };
        let Some((bit, bits)) = chosen.copied().copied() else { return };
        let (x, line, cells) = place(bit, bits);
        let names = words::names(def.label, def.name, cells.into());
        let values = [value_text(self.tree, node, def), short_value(self.tree, node, def)];
        let lines = self.layout.lines;
        if raw {
            let len = cell.bits() / 8;
            let head = [format!("{} ({len} bytes)", def.label), format!("{len} bytes")];
            let head = words::fitting(&head, cells.into()).to_owned();
            self.centred(buffer, x, line, cells, &head, style);
            for (start, len) in &segments {
                if *start != bit || lines > 1 {
                    self.raw(*start, *len, lit, buffer);
                }
            }
        } else if cells < 2 && lines > 1 {
            let value = words::fitting(&values, cells.into()).to_owned();
            for (step, letter) in (0..).zip(words::upright(def.label, def.name, usize::from(lines) - 1)) {
                self.centred(buffer, x, line + step, cells, &letter, style);
            }
            self.centred(buffer, x, line + lines - 1, cells, &value, strong(style, &value));
        } else if lines > 1 {
            let name = words::fitting(&names, cells.into());
            let value = match words::fitting(&values, cells.into()) {
                "" => fit(&values[1], cells.into()).into_owned(),
                value => value.to_owned(),
            };
            let from = line + (lines - 2) / 2;
            self.centred(buffer, x, from, cells, name, style);
            self.centred(buffer, x, from + 1, cells, &value, strong(style, &value));
        } else if cells < 3 && bits == 1 {
            // A letter for a flag that is set; the others stay 0. Both, where there is room.
            let [_, value] = &values;
            let letter = words::upright(def.label, def.name, 1).concat();
            let text = match (cells, value.as_str()) {
                (1, "1") => letter,
                (1, _) => value.clone(),
                _ => format!("{letter}{value}"),
            };
            self.centred(buffer, x, line, cells, &text, strong(style, value));
        } else {
            let text = words::line(&names, &values, cells.into());
            self.centred(buffer, x, line, cells, &text, style);
        }
    }

    /// The bytes of a part of a cell, each where it lies.
    fn raw(&self, bit: u32, bits: u32, lit: bool, buffer: &mut Buffer) {
        let lines = self.layout.lines;
        let Some(y) = self.screen(self.line_of(bit) + lines) else { return };
        let style = self.theme.style(if lit { Role::Lit } else { Role::Dim });
        let (mut at, end) = (bit.next_multiple_of(8), bit + bits);
        while at + 8 <= end {
            let Some(byte) = self.bytes.get((self.grid.span.start + at / 8) as usize) else { return };
            let letter = if byte.is_ascii_graphic() { char::from(*byte) } else { '·' };
            let room = self.layout.columns * 8 - 1;
            put(
                buffer,
                self.area,
                self.x(at) + 1 + room.saturating_sub(4) / 2,
                y,
                room,
                &format!("{byte:02x} {letter}"),
                style,
            );
            at += 8;
        }
    }

    fn centred(&self, buffer: &mut Buffer, x: u16, line: u16, cells: u16, text: &str, style: Style) {
        let Some(y) = self.screen(line) else { return };
        let left = usize::from(cells).saturating_sub(width(text)) / 2;
        put(buffer, self.area, x + left as u16, y, cells - left as u16, text, style);
    }
}

/// Values stand out; a flag that is not set does not.
fn strong(style: Style, value: &str) -> Style {
    if value == "0" { style } else { style.add_modifier(ratatui::style::Modifier::BOLD) }
}

fn corner(up: bool, down: bool, left: bool, right: bool) -> &'static str {
    match (up, down, left, right) {
        (true, true, true, true) => "┼",
        (true, true, true, false) => "┤",
        (true, true, false, true) => "├",
        (true, true, false, false) => "│",
        (true, false, true, true) => "┴",
        (false, true, true, true) => "┬",
        (true, false, true, false) => "┘",
        (true, false, false, true) => "└",
        (false, true, true, false) => "┐",
        (false, true, false, true) => "┌",
        (false, false, true, true) => "─",
        (true, false, false, false) => "╵",
        (false, true, false, false) => "╷",
        (false, false, true, false) => "╴",
        (false, false, false, true) => "╶",
        (false, false, false, false) => " ",
    }
}
