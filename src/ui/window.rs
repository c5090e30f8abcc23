//! Windows over a screen, their place and their frame; the headings of a screen's parts.

use super::text::{fit, put};
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A window of this size, or as much of it as there is room for, in the middle.
pub fn centred(full: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(full.width), height.min(full.height));
    Rect { x: full.x + (full.width - width) / 2, y: full.y + (full.height - height) / 2, width, height }
}

/// Draws a frame with a title above and a word below; gives what is inside.
pub fn frame(area: Rect, buffer: &mut Buffer, theme: Theme, title: &str, below: &str) -> Rect {
    if area.width < 2 || area.height < 2 {
        return Rect { width: 0, height: 0, ..area };
    }
    let line = theme.style(Role::Line);
    let inside = usize::from(area.width) - 2;
    let edge = |left: &str, right: &str| format!("{left}{}{right}", "─".repeat(inside));
    put(buffer, area, area.x, area.y, area.width, &edge("┌", "┐"), line);
    put(buffer, area, area.x, area.bottom() - 1, area.width, &edge("└", "┘"), line);
    for y in area.top() + 1..area.bottom() - 1 {
        put(buffer, area, area.x, y, 1, "│", line);
        put(buffer, area, area.right() - 1, y, 1, "│", line);
    }
    let room = area.width.saturating_sub(4);
    put(buffer, area, area.x + 2, area.y, room, title, theme.style(Role::Active));
    let below = fit(below, room.into());
    put(buffer, area, area.x + 2, area.bottom() - 1, room, &below, theme.style(Role::Dim));
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}

/// A heading over a list; gives the lines below.
pub fn heading(area: Rect, buffer: &mut Buffer, theme: Theme, text: &str, has_keys: bool) -> Rect {
    let rule = "─".repeat(area.width.into());
    put(buffer, area, area.x, area.y, area.width, &rule, theme.style(Role::Line));
    let role = if has_keys { Role::Active } else { Role::Heading };
    let sign = if has_keys { "▶ " } else { "" };
    let text = format!(" {sign}{text} ");
    put(buffer, area, area.x + 1, area.y, area.width.saturating_sub(2), &text, theme.style(role));
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}
