//! How many cells of a terminal text takes, and how it is cut to fit.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Cells that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// As much of `text` as fits into `cells`, with `…` where it was cut.
pub fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    // Nothing is wider than its bytes: most lines need no counting.
    if text.len() <= cells || (text.len() < cells * 4 + 4 && width(text) <= cells) {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let w = c.width().unwrap_or(0);
        if used + w > room {
            end = at;
            break;
        }
        used += w;
    }
    if end == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// `text` cut in its middle, so that both ends stay: for addresses and names
/// of files. All of it one cell a character.
pub fn fit_middle(text: &str, cells: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= cells {
        return Cow::Borrowed(text);
    }
    if cells < 3 {
        return fit(text, cells);
    }
    let tail = (cells - 1) / 2;
    let head = cells - 1 - tail;
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(count - tail).collect();
    Cow::Owned(format!("{head}…{tail}"))
}
