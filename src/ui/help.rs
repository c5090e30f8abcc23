//! Help: made from the keymap itself, so that it is never wrong.

use super::action::Action;
use super::keys::{Binding, Context, KEYMAP};
use super::model::Model;
use super::reading::Scroll;
use super::screen::{Reply, Screen};
use super::text::{clear, put, width, wrap};
use super::theme::Role;
use super::window;
use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What the signs mean.
const SIGNS: &[(&str, &str)] = &[
    ("✓", "a checksum that is right"),
    ("✗", "a checksum that is wrong"),
    ("◐", "partial: left to the sender's network card"),
    ("○", "absent: the sender computed none"),
    ("?", "cannot be checked, bytes are missing"),
    ("!", "malformed, or lengths disagree"),
    ("~", "cut by the capture: bytes are missing"),
    ("[ ]", "concluded by wirepeel, not in the bytes"),
    ("name*", "the resolver's name for an address, asked now (--resolve)"),
];

/// Said above all where it is so.
const RESOLVES: &str = "--resolve: names are asked of this machine's resolver; A: no more";

/// Cells of the window, and where there are more.
const NARROW: u16 = 76;
const WIDE: u16 = 110;
/// Lines that one key may take.
const MAX_FOLDS: usize = 4;

/// The help window.
#[derive(Default)]
pub struct Help {
    /// Where it was asked for: what holds there comes first.
    asked_in: Option<Context>,
    scroll: Scroll,
    /// Cells inside the frame.
    cells: usize,
}

enum Line {
    Heading(&'static str),
    /// Keys, and what they do; without keys where that goes on.
    Key(String, String),
    Empty,
}

fn lines(asked_in: Option<Context>, model: &Model, cells: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let chain = asked_in.map_or(&[][..], Context::chain);
    if model.settings.resolve.is_some() {
        lines.push(Line::Heading(RESOLVES));
        lines.push(Line::Empty);
    }
    let mut context: Option<Context> = None;
    let mut is_first = true;
    let is_there = |row: &&Binding| match row.action {
        Action::Screen(number) => super::SCREENS.iter().any(|screen| screen.0 == number),
        Action::Nest | Action::Header => super::OVERLAYS.iter().any(|overlay| overlay.0 == row.action),
        _ => true,
    };
    let rest = |row: &&Binding| !chain.contains(&row.context);
    let first = chain.iter().flat_map(|near| KEYMAP.iter().filter(|row| row.context == *near));
    for row in first.chain(KEYMAP.iter().filter(rest)).filter(is_there) {
        if context.replace(row.context) != Some(row.context) {
            if !std::mem::take(&mut is_first) {
                lines.push(Line::Empty);
            }
            lines.push(Line::Heading(row.context.title()));
        }
        lines.push(Line::Key(row.keys.join(" "), row.help.to_owned()));
    }
    lines.push(Line::Empty);
    lines.push(Line::Heading("Signs"));
    lines.extend(SIGNS.iter().map(|(sign, words)| Line::Key((*sign).to_owned(), (*words).to_owned())));
    let room = cells.saturating_sub(before(&lines));
    lines.into_iter().flat_map(|line| folded(line, room)).collect()
}

/// Cells before the words: the keys, and what is around them.
fn before(lines: &[Line]) -> usize {
    let keys = lines.iter().map(|line| if let Line::Key(keys, _) = line { width(keys) } else { 0 });
    keys.max().unwrap_or(0) + 5
}

/// What a key does in as many lines as it takes.
fn folded(line: Line, room: usize) -> Vec<Line> {
    match line {
        Line::Key(mut keys, words) if width(&words) > room && room > 0 => {
            let parts = wrap(&words, room, MAX_FOLDS).into_iter();
            parts.map(|part| Line::Key(std::mem::take(&mut keys), part)).collect()
        }
        line => vec![line],
    }
}

impl Help {
    /// Asked for in a context.
    pub fn of(context: Context) -> Help {
        Help { asked_in: Some(context), ..Help::default() }
    }
}

impl Screen for Help {
    fn context(&self) -> Context {
        Context::Reading
    }

    fn area(&self, full: Rect) -> Rect {
        window::centred(
            full,
            if full.width < WIDE + 4 { NARROW } else { WIDE },
            full.height.saturating_sub(2),
        )
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        self.scroll.act(action)
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        self.scroll.mouse(mouse)
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.cells = usize::from(area.width.saturating_sub(2));
        let lines = lines(self.asked_in, model, self.cells).len();
        self.scroll.fit(lines, area.height.saturating_sub(2).into());
        true
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        clear(buffer, area);
        let lines = lines(self.asked_in, model, self.cells);
        let inner = window::frame(area, buffer, theme, " Help ", self.scroll.below());
        let before = before(&lines) as u16;
        for (y, line) in (inner.top()..inner.bottom()).zip(lines.iter().skip(self.scroll.top)) {
            match line {
                Line::Heading(text) => {
                    put(buffer, inner, inner.x + 1, y, inner.width, text, theme.style(Role::Active));
                }
                Line::Key(keys, words) => {
                    put(buffer, inner, inner.x + 3, y, before, keys, theme.style(Role::Key));
                    put(buffer, inner, inner.x + before, y, inner.width, words, theme.style(Role::Text));
                }
                Line::Empty => {}
            }
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("Esc", "back"), ("↑↓", "scroll")]
    }
}
