//! A line of text that is being typed: pasted into, and drawn with its cursor.

use super::text::{paint, put};
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthChar as _;

/// Letters that are taken of what is pasted at once.
const PASTED: usize = 4096;

/// Takes what was pasted, in one line.
pub fn paste(input: &mut Input, text: &str) {
    for c in text.chars().filter(|c| !c.is_control()).take(PASTED) {
        let _ = input.handle(InputRequest::InsertChar(c));
    }
}

/// Draws what was typed into `area`, a line, scrolled so that its cursor is seen; gives the
/// byte that it begins with.
pub fn draw(input: &Input, area: Rect, buffer: &mut Buffer, theme: Theme) -> usize {
    let scroll = input.visual_scroll(usize::from(area.width.saturating_sub(1)));
    let (mut cells, mut start) = (0, input.value().len());
    for (at, c) in input.value().char_indices() {
        if cells >= scroll {
            start = at;
            break;
        }
        cells += c.width().unwrap_or(0);
    }
    let seen = input.value().get(start..).unwrap_or_default();
    put(buffer, area, area.x, area.y, area.width, seen, theme.style(Role::Text));
    let cursor = area.x + (input.visual_cursor().saturating_sub(cells)) as u16;
    paint(buffer, Rect { x: cursor, width: 1, ..area }.intersection(area), theme.style(Role::Found));
    start
}
