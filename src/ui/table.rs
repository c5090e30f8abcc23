//! A list in columns: which of them fit, their headings, their cells.
//!
//! Owns the widths. Knows nothing of what a cell says and of what is selected.

use super::text::{fit_middle, put, put_right, width};
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// At the left, in all the cells that others leave; cut in its middle.
    Rest,
}

/// A column. Those of the lowest rank are always there, others while there is room.
#[derive(Clone, Copy, Debug)]
pub struct Column<O> {
    /// Its heading.
    pub head: &'static str,
    /// Its width; the least one of [`Align::Rest`].
    pub cells: u16,
    /// Where text stands.
    pub align: Align,
    /// How little it is wanted.
    pub rank: u8,
    /// The order that it belongs to.
    pub order: Option<O>,
}

/// A column that is shown: its place among all, where it begins, its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    at: usize,
    x: u16,
    cells: u16,
}

/// The columns that fit, from left to right.
pub fn places<O>(columns: &[Column<O>], area: Rect) -> Vec<Place> {
    let mut room = area.width.saturating_sub(1);
    let mut wanted: Vec<usize> = (0..columns.len()).collect();
    wanted.sort_by_key(|at| columns.get(*at).map(|column| column.rank));
    let mut shown: Vec<(usize, &Column<O>)> = Vec::new();
    for (at, column) in wanted.into_iter().filter_map(|at| Some((at, columns.get(at)?))) {
        if column.cells < room || column.rank == 0 {
            room = room.saturating_sub(column.cells + 1);
            shown.push((at, column));
        }
    }
    shown.sort_by_key(|(at, _)| *at);
    let mut rests = shown.iter().filter(|(_, column)| column.align == Align::Rest).count() as u16;
    let mut x = area.x + 1;
    let mut places = Vec::new();
    for (at, column) in shown {
        let mut cells = column.cells;
        if column.align == Align::Rest {
            let more = room / rests.max(1);
            (cells, room, rests) = (cells + more, room - more, rests - 1);
        }
        places.push(Place { at, x, cells });
        x += cells + 1;
    }
    places
}

/// Draws the headings; the one of the order in force has a sign.
pub fn heads<O: PartialEq>(
    columns: &[Column<O>],
    places: &[Place],
    order: Option<O>,
    area: Rect,
    buffer: &mut Buffer,
    theme: Theme,
) {
    for (place, column) in shown(columns, places) {
        let is_order = order.is_some() && column.order == order;
        let text = if is_order { format!("{}▾", column.head) } else { column.head.to_owned() };
        let style = theme.style(if is_order { Role::Active } else { Role::Heading });
        cell(column.align, place, area, area.y, buffer, &text, style);
    }
}

/// Draws a row.
pub fn row<O>(
    columns: &[Column<O>],
    places: &[Place],
    cells: &[(String, Role)],
    area: Rect,
    buffer: &mut Buffer,
    theme: Theme,
) {
    for (place, column) in shown(columns, places) {
        if let Some((text, role)) = cells.get(place.at) {
            cell(column.align, place, area, area.y, buffer, text, theme.style(*role));
        }
    }
}

/// The order of the column under a place of the heading.
pub fn order_at<O: Copy>(columns: &[Column<O>], places: &[Place], x: u16) -> Option<O> {
    let hit = shown(columns, places).find(|(place, _)| (place.x..=place.x + place.cells).contains(&x));
    hit?.1.order
}

fn shown<'a, O>(
    columns: &'a [Column<O>],
    places: &'a [Place],
) -> impl Iterator<Item = (&'a Place, &'a Column<O>)> {
    places.iter().filter_map(|place| Some((place, columns.get(place.at)?)))
}

fn cell(
    align: Align,
    place: &Place,
    area: Rect,
    y: u16,
    buffer: &mut Buffer,
    text: &str,
    style: ratatui::style::Style,
) {
    let Place { x, cells, .. } = *place;
    match align {
        Align::Left => {
            put(buffer, area, x, y, cells, text, style);
        }
        // What is wider than its column says so: a number cut short is another one.
        Align::Right if width(text) > usize::from(cells) => {
            put(buffer, area, x, y, cells, text, style);
        }
        Align::Right => put_right(buffer, area, x, y, cells, text, style),
        Align::Rest => {
            put(buffer, area, x, y, cells, &fit_middle(text, cells.into()), style);
        }
    }
}

/// A part of a whole as a bar, in eighths of a cell.
pub fn bar(part: u64, whole: u64, cells: u16) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(part.min(whole)) * u128::from(cells) * 8;
    let eighths = eighths.div_ceil(u128::from(whole.max(1))) as usize;
    let last = PARTS.get(eighths % 8).copied().unwrap_or("");
    format!("{}{last}", "█".repeat(eighths / 8))
}

/// A part of a whole as a percentage.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(cells: u16, align: Align, rank: u8) -> Column<()> {
        Column { head: "", cells, align, rank, order: None }
    }

    #[test]
    fn what_is_wanted_least_goes_first() {
        let columns = [
            column(10, Align::Rest, 0),
            column(8, Align::Right, 2),
            column(6, Align::Right, 1),
            column(10, Align::Rest, 0),
        ];
        let at = |width| {
            let places = places(&columns, Rect::new(0, 0, width, 1));
            let end = places.last().map_or(0, |place| place.x + place.cells);
            assert!(end <= width.max(23), "{end} of {width}");
            places.into_iter().map(|place| (place.at, place.cells)).collect::<Vec<_>>()
        };
        assert_eq!(at(80), [(0, 30), (1, 8), (2, 6), (3, 31)]);
        assert_eq!(at(32), [(0, 11), (2, 6), (3, 11)]);
        assert_eq!(at(20), [(0, 10), (3, 10)]);
    }

    #[test]
    fn bars_and_shares() {
        assert_eq!((bar(1, 2, 4), bar(0, 5, 4), bar(1, 1000, 4)), ("██".into(), String::new(), "▏".into()));
        assert_eq!(bar(u64::MAX, u64::MAX, 3), "███");
        assert_eq!((share(1, 3), share(0, 0)), ("33.3 %".into(), String::new()));
    }
}
