//! Text in cells: how wide it is, how it is cut, how it is put on the screen.
//!
//! Knows nothing of what the text says. What came from a packet must have gone
//! through [`crate::base::safe`] before it comes here; [`put`] does it once more
//! for whatever forgot, since nothing of a packet may reach a terminal raw.

use crate::base::safe;
pub use crate::base::{fit, fit_middle, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar;

/// `text` in lines of at most `cells`, broken at spaces, and within words that are wider;
/// at most `lines` of them, the last one cut.
pub fn wrap(text: &str, cells: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    if cells == 0 || lines == 0 {
        return out;
    }
    let mut line = String::new();
    let words = text.split(' ').filter(|word| !word.is_empty());
    for word in words.flat_map(|word| pieces(word, cells)) {
        let gap = usize::from(!line.is_empty());
        if width(&line) + gap + width(word) > cells && !line.is_empty() {
            if out.len() + 1 == lines {
                line.push(' ');
                line.push_str(word);
                out.push(fit(&line, cells).into_owned());
                return out;
            }
            out.push(fit(&std::mem::take(&mut line), cells).into_owned());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push(fit(&line, cells).into_owned());
    }
    out
}

/// A word in pieces of at most `cells`, where it is wider.
fn pieces(mut word: &str, cells: usize) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut used = 0;
        let fits = |(_, c): &(usize, char)| {
            used += UnicodeWidthChar::width(*c).unwrap_or(0);
            used <= cells
        };
        // One letter at the least: what is wider than all there is must end too.
        let (end, _) =
            word.char_indices().skip_while(fits).find(|(at, _)| *at > 0).unwrap_or((word.len(), ' '));
        let (piece, rest) = word.split_at_checked(end)?;
        word = rest;
        Some(piece).filter(|piece| !piece.is_empty())
    })
}

/// Writes `text` at a place, at most `cells` wide, cut with `…`; gives the
/// cells used. Never writes outside `area`.
pub fn put(buffer: &mut Buffer, area: Rect, x: u16, y: u16, cells: u16, text: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return 0;
    }
    let cells = cells.min(area.right() - x);
    let text = safe(text);
    let text = fit(&text, cells.into());
    let (end, _) = buffer.set_stringn(x, y, text.as_ref(), cells.into(), style);
    end.saturating_sub(x)
}

/// Writes `text` so that it ends at the right end of `cells`.
pub fn put_right(buffer: &mut Buffer, area: Rect, x: u16, y: u16, cells: u16, text: &str, style: Style) {
    let used = (width(text).min(cells.into())) as u16;
    put(buffer, area, x + (cells - used), y, used, text, style);
}

/// Paints a part of a line without changing its text.
pub fn paint(buffer: &mut Buffer, area: Rect, style: Style) {
    buffer.set_style(area.intersection(buffer.area), style);
}

/// Empties an area.
pub fn clear(buffer: &mut Buffer, area: Rect) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}

/// `1 packet`, `12,481 packets`.
pub fn packets(count: u64) -> String {
    if count == 1 { "1 packet".to_owned() } else { format!("{} packets", grouped(count)) }
}

/// A number with commas: `12,481`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in a short form: `97 B`, `1.4 kB`, `3.2 GB`.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = "kB";
    for name in UNITS {
        unit = name;
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
    }
    format!("{value:.1} {unit}")
}

/// A length of time in a short form, from nanoseconds: `12 µs`, `1.4 ms`, `3.25 s`.
pub fn span(nanos: i64) -> String {
    match nanos {
        // Where a clock was set back.
        ..0 => format!("-{}", span(nanos.saturating_neg())),
        0..1_000_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        1_000_000_000..60_000_000_000 => format!("{:.2} s", nanos as f64 / 1e9),
        60_000_000_000..3_600_000_000_000 => format!("{:.1} min", nanos as f64 / 60e9),
        _ => format!("{:.1} h", nanos as f64 / 3600e9),
    }
}

/// The same, where nothing has no length: a flow of one packet.
pub fn duration(nanos: i64) -> String {
    if nanos <= 0 { "-".to_owned() } else { span(nanos) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_cells_not_by_letters() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("안녕하세요", 6), "안녕…");
        assert_eq!(fit("안녕하세요", 5), "안녕…");
        assert_eq!(fit("안", 1), "…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit_middle("2001:db8::1234", 9), "2001…1234");
    }

    #[test]
    fn wraps_and_counts() {
        assert_eq!(wrap("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 7, 2), ["one two", "three …"]);
        assert!(wrap("x", 0, 3).is_empty());
        assert_eq!(wrap("a longestword", 5, 5), ["a", "longe", "stwor", "d"]);
        assert_eq!(wrap("안녕하", 5, 5), ["안녕", "하"]);
        assert_eq!(wrap("안녕", 1, 5), ["…", "…"]);
        assert_eq!(grouped(12_481), "12,481");
        assert_eq!(grouped(999), "999");
        assert_eq!((bytes(97), bytes(1_400)), ("97 B".to_owned(), "1.4 kB".to_owned()));
    }

    #[test]
    fn lengths_of_time_have_the_unit_that_suits_them() {
        let words = [0, 12_000, -1_400_000, 3_250_000_000, 90_000_000_000, i64::MIN].map(span);
        assert_eq!(words, ["0 µs", "12 µs", "-1.4 ms", "3.25 s", "1.5 min", "-2562047.8 h"]);
        assert_eq!((duration(0), duration(12_000)), ("-".to_owned(), "12 µs".to_owned()));
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let area = Rect::new(0, 0, 4, 1);
        let mut buffer = Buffer::empty(area);
        assert_eq!(put(&mut buffer, area, 2, 0, 9, "abcdef", Style::new()), 2);
        assert_eq!(put(&mut buffer, area, 9, 9, 9, "abcdef", Style::new()), 0);
        assert_eq!(put(&mut buffer, Rect::new(0, 0, 90, 90), 0, 3, 9, "abcdef", Style::new()), 0);
        put(&mut buffer, area, 0, 0, 4, "\u{1b}", Style::new());
        let row: String = (0..4).filter_map(|x| buffer.cell((x, 0))).map(|cell| cell.symbol()).collect();
        assert_eq!(row, "\\x1b");
    }
}
