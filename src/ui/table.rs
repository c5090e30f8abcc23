//! A list in columns: which of them fit, their headings, their cells.
//!
//! Owns the widths. Knows nothing of what a cell says and of what is selected.

use super::text::{fit, fit_middle, put, put_right, width};
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::borrow::Cow;

/// Cells of [`Align::Rest`] beyond which only text makes it wider.
const REST: u16 = 60;

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// At the left, in all the cells that others leave; cut in its middle.
    Rest,
    /// The same for a host: its address, or its name and its address.
    Host,
}

impl Align {
    /// What others leave is its own.
    fn takes_rest(self) -> bool {
        matches!(self, Align::Rest | Align::Host)
    }
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

/// The width of the widest text of each column in these rows.
pub fn widest<O>(columns: &[Column<O>], rows: &[Vec<(String, Role)>]) -> Vec<u16> {
    let cells = |at: usize| rows.iter().filter_map(move |row| row.get(at)).map(|(text, _)| width(text));
    (0..columns.len()).map(|at| cells(at).max().unwrap_or(0).min(u16::MAX.into()) as u16).collect()
}

/// The columns that fit, from left to right, where their texts are so wide at the most.
/// Hosts are wanted more than what has a rank: they take what they need, and all of
/// them most of the area. Numbers are shown whole: what stands at the right is as wide
/// as it must be.
pub fn places<O>(columns: &[Column<O>], widest: &[u16], area: Rect) -> Vec<Place> {
    let mut room = area.width.saturating_sub(1);
    let count = columns.iter().filter(|column| column.align == Align::Host).count() as u16;
    let is_host = |(column, _): &(&Column<O>, &u16)| column.align == Align::Host;
    let hosts = columns.iter().zip(widest).filter(is_host).map(|(_, widest)| *widest).max().unwrap_or(0);
    let hosts = hosts.min(area.width.saturating_mul(3) / 5 / count.max(1));
    let cells = |at: usize, column: &Column<O>| match column.align {
        Align::Host => column.cells.max(hosts),
        Align::Right => column.cells.max(widest.get(at).copied().unwrap_or(0)),
        _ => column.cells,
    };
    let mut wanted: Vec<usize> = (0..columns.len()).collect();
    wanted.sort_by_key(|at| columns.get(*at).map(|column| column.rank));
    let mut shown: Vec<(usize, &Column<O>)> = Vec::new();
    for (at, column) in wanted.into_iter().filter_map(|at| Some((at, columns.get(at)?))) {
        if cells(at, column) < room || column.rank == 0 {
            room = room.saturating_sub(cells(at, column) + 1);
            shown.push((at, column));
        }
    }
    shown.sort_by_key(|(at, _)| *at);
    let mut rests = shown.iter().filter(|(_, column)| column.align.takes_rest()).count() as u16;
    let mut x = area.x + 1;
    let mut places = Vec::new();
    for (at, column) in shown {
        let mut cells = cells(at, column);
        if column.align.takes_rest() {
            let more = room / rests.max(1);
            // Numbers stand near what they are about, however wide the screen is.
            let most = widest.get(at).copied().unwrap_or(0).max(REST).max(cells);
            (cells, room, rests) = ((cells + more).min(most), room - more, rests - 1);
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
        Align::Host => {
            put(buffer, area, x, y, cells, &fit_host(text, cells.into()), style);
        }
    }
}

/// A name and an address behind it: hosts of one name are told apart by the latter.
fn fit_host(text: &str, cells: usize) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((name, address)) if width(text) > cells => {
            let whole = width(address);
            let address = fit_middle(address, if whole + 5 <= cells { whole } else { cells / 2 });
            let name = fit(name, cells.saturating_sub(width(&address) + 1));
            Cow::Owned(format!("{name} {address}"))
        }
        Some(_) => Cow::Borrowed(text),
        None => fit_middle(text, cells),
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
            let places = places(&columns, &[], Rect::new(0, 0, width, 1));
            let end = places.last().map_or(0, |place| place.x + place.cells);
            assert!(end <= width.max(23), "{end} of {width}");
            places.into_iter().map(|place| (place.at, place.cells)).collect::<Vec<_>>()
        };
        assert_eq!(at(80), [(0, 30), (1, 8), (2, 6), (3, 31)]);
        assert_eq!(at(32), [(0, 11), (2, 6), (3, 11)]);
        assert_eq!(at(20), [(0, 10), (3, 10)]);
    }

    #[test]
    fn hosts_come_before_what_is_wanted_less() {
        let columns = [
            column(10, Align::Host, 0),
            column(10, Align::Host, 0),
            column(8, Align::Right, 1),
            column(12, Align::Right, 2),
        ];
        let cells = |hosts| {
            let places = places(&columns, &[hosts, hosts, 8], Rect::new(0, 0, 60, 1));
            places.into_iter().map(|place| (place.at, place.cells)).collect::<Vec<_>>()
        };
        assert_eq!(cells(0), [(0, 17), (1, 18), (2, 8), (3, 12)]);
        assert_eq!(cells(40), [(0, 24), (1, 24), (2, 8)], "three fifths of the area at most");
    }

    /// Catches counts of a large capture that are cut.
    #[test]
    fn numbers_are_as_wide_as_they_must_be() {
        let columns = [column(10, Align::Rest, 0), column(7, Align::Right, 0), column(7, Align::Right, 1)];
        let rows = [["a", "1,766,022", "5"], ["b", "7", "12"]];
        let rows = rows.map(|row| row.map(|text| (text.to_owned(), Role::Text)).to_vec());
        let places = places(&columns, &widest(&columns, &rows), Rect::new(0, 0, 40, 1));
        assert_eq!(places.iter().map(|place| place.cells).collect::<Vec<_>>(), [20, 9, 7]);
    }

    #[test]
    fn two_addresses_of_one_name_differ_however_narrow() {
        let fit = |text: &str, cells| {
            let fit = fit_host(text, cells).into_owned();
            assert!(width(&fit) <= cells, "{fit}");
            fit
        };
        assert_eq!(fit("www.shop.example 192.0.2.80", 30), "www.shop.example 192.0.2.80");
        assert_eq!(fit("www.shop.example 192.0.2.80", 24), "www.shop.exa… 192.0.2.80");
        assert_eq!(fit("www.shop.example 192.0.2.80", 15), "www… 192.0.2.80");
        assert_eq!(fit("a.example 2001:db8::1234:80", 20), "a.example 2001:…4:80");
        assert_eq!(fit("2001:db8::1234:80", 9), "2001…4:80");
    }

    #[test]
    fn bars_and_shares() {
        assert_eq!((bar(1, 2, 4), bar(0, 5, 4), bar(1, 1000, 4)), ("██".into(), String::new(), "▏".into()));
        assert_eq!(bar(u64::MAX, u64::MAX, 3), "███");
        assert_eq!((share(1, 3), share(0, 0)), ("33.3 %".into(), String::new()));
    }
}
