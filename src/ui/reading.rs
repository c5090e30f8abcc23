//! Where a window of text is scrolled to, and which keys scroll and close it.
//!
//! Knows nothing of the text but how many lines it has.

use super::action::Action;
use super::screen::{Command, Reply};
use crossterm::event::{MouseEvent, MouseEventKind};

/// Lines that one turn of the wheel scrolls.
const WHEEL: usize = 3;

/// A place in a text.
#[derive(Default)]
pub struct Scroll {
    /// The uppermost line shown.
    pub top: usize,
    page: usize,
    lines: usize,
}

impl Scroll {
    /// The text has so many lines, of which so many fit.
    pub fn fit(&mut self, lines: usize, page: usize) {
        (self.lines, self.page) = (lines, page);
        self.top = self.top.min(self.last());
    }

    fn last(&self) -> usize {
        self.lines.saturating_sub(self.page)
    }

    /// What a key does.
    pub fn act(&mut self, action: Action) -> Reply {
        let to = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(self.page),
            Action::PageDown => self.top + self.page,
            Action::First => 0,
            Action::Last => self.last(),
            Action::Quit | Action::Back | Action::Enter => return Reply::Do(Command::Pop),
            Action::Suspend | Action::Redraw | Action::Theme => return Reply::Ignored,
            _ => self.top,
        };
        self.top = to.min(self.last());
        Reply::Done
    }

    /// What the mouse does: the wheel scrolls, a click closes.
    pub fn mouse(&mut self, mouse: MouseEvent) -> Reply {
        let to = match mouse.kind {
            MouseEventKind::ScrollUp => self.top.saturating_sub(WHEEL),
            MouseEventKind::ScrollDown => self.top + WHEEL,
            MouseEventKind::Down(_) => return Reply::Do(Command::Pop),
            _ => return Reply::Ignored,
        };
        self.top = to.min(self.last());
        Reply::Done
    }

    /// Said below the text: whether there is more, and how to close it.
    pub fn below(&self) -> &'static str {
        if self.top < self.last() { " ↓ more · Esc closes " } else { " Esc closes " }
    }
}
