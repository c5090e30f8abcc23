//! The filter bar: shows the display filter in force and takes a new one.
//!
//! Owns the text being typed, its history, completion and the error beneath.
//! Knows nothing of how a filter is compiled or run.

use super::bars::gauge;
use super::model::Model;
use super::screen::{Command, Reply};
use super::text::{clear, grouped, paint, put, width, wrap};
use super::theme::Role;
use super::typed;
use crate::filter::{self, FilterError};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

const LABEL: &str = " filter ▏";
/// Filters that are remembered.
const HISTORY: usize = 100;
/// Completions shown beneath.
const SHOWN: usize = 6;

/// The filter bar.
#[derive(Default)]
pub struct FilterBar {
    input: Option<Input>,
    error: Option<(String, FilterError)>,
    history: Vec<String>,
    /// Place in the history that is shown, from the newest.
    back: Option<usize>,
    /// What was typed before looking into the history.
    draft: String,
    /// Which completion `Tab` takes next.
    turn: usize,
    /// The word that `Tab` completes, as it was typed.
    stem: Option<String>,
}

impl FilterBar {
    /// What its keys do.
    pub const HINTS: [(&'static str, &'static str); 4] =
        [("Enter", "apply"), ("Tab", "complete"), ("↑↓", "earlier ones"), ("Esc", "cancel")];

    /// Whether keys go here.
    pub fn is_open(&self) -> bool {
        self.input.is_some()
    }

    /// Begins to type, with this text.
    pub fn open(&mut self, text: String) {
        self.input = Some(Input::new(text));
        self.error = None;
        self.back = None;
        self.stem = None;
    }

    /// The filter is in force.
    pub fn accept(&mut self, text: &str) {
        self.input = None;
        self.error = None;
        let text = text.trim();
        if !text.is_empty() {
            self.history.retain(|old| old != text);
            self.history.push(text.to_owned());
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
        }
    }

    /// The filter was not understood.
    pub fn refuse(&mut self, text: &str, error: FilterError) {
        let mut input = Input::new(text.to_owned());
        let at = text.get(..error.position).map_or(text.chars().count(), |head| head.chars().count());
        input = input.with_cursor(at);
        self.input = Some(input);
        self.error = Some((text.to_owned(), error));
    }

    /// Text that was pasted.
    pub fn paste(&mut self, text: &str) {
        let Some(input) = &mut self.input else { return };
        typed::paste(input, text);
        self.changed();
    }

    fn changed(&mut self) {
        self.stem = None;
        self.turn = 0;
        self.error = None;
    }

    /// A key while the bar is open.
    pub fn key(&mut self, key: KeyEvent, model: &Model) -> Reply {
        let Some(input) = &mut self.input else { return Reply::Ignored };
        match key.code {
            KeyCode::Enter => return Reply::Do(Command::Accept(input.value().to_owned())),
            KeyCode::Esc => {
                self.input = None;
                self.error = None;
            }
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => self.input = None,
            KeyCode::Up => self.remember(1),
            KeyCode::Down => self.remember(-1),
            KeyCode::Tab => self.complete(model, 1),
            KeyCode::BackTab => self.complete(model, -1),
            _ => {
                if input.handle_event(&Event::Key(key)).is_some_and(|change| change.value) {
                    self.changed();
                }
            }
        }
        Reply::Done
    }

    fn remember(&mut self, step: isize) {
        let Some(input) = &mut self.input else { return };
        let back = self.back.map_or(-1, |back| back as isize) + step;
        let back = back.clamp(-1, self.history.len() as isize - 1);
        if self.back.is_none() {
            self.draft = input.value().to_owned();
        }
        self.back = usize::try_from(back).ok();
        let text = match self.back {
            Some(back) => self.history.iter().rev().nth(back).cloned().unwrap_or_default(),
            None => self.draft.clone(),
        };
        *input = Input::new(text);
        self.changed();
    }

    /// The word before the cursor: where it begins (in bytes), and itself.
    fn word(input: &Input) -> (usize, &str) {
        let text = input.value();
        let end = text.char_indices().nth(input.cursor()).map_or(text.len(), |(at, _)| at);
        let head = text.get(..end).unwrap_or_default();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let start = head.char_indices().rev().take_while(|(_, c)| part(*c)).last().map_or(end, |(at, _)| at);
        (start, head.get(start..).unwrap_or_default())
    }

    /// Names of fields and protocols that begin with `stem`.
    fn completions(model: &Model, stem: &str) -> Vec<&'static str> {
        let Some(capture) = &model.capture else { return Vec::new() };
        if stem.is_empty() {
            return Vec::new();
        }
        let mut names = filter::complete(capture.session.registry(), stem);
        names.retain(|name| *name != stem);
        names
    }

    fn complete(&mut self, model: &Model, step: isize) {
        let Some(input) = &mut self.input else { return };
        let (start, word) = FilterBar::word(input);
        let stem = self.stem.clone().unwrap_or_else(|| word.to_owned());
        let names = FilterBar::completions(model, &stem);
        if names.is_empty() {
            return;
        }
        if self.stem.is_some() {
            self.turn = (self.turn as isize + step).rem_euclid(names.len() as isize) as usize;
        } else {
            self.turn = if step > 0 { 0 } else { names.len() - 1 };
        }
        let Some(name) = names.get(self.turn) else { return };
        let text = input.value();
        let head = text.get(..start).unwrap_or_default();
        let tail = text.get(start + word.len()..).unwrap_or_default();
        let cursor = head.chars().count() + name.len();
        *input = Input::new(format!("{head}{name}{tail}")).with_cursor(cursor);
        self.stem = Some(stem);
    }

    /// Draws the bar, and beneath it, over `body`, what helps while typing.
    pub fn draw(&self, area: Rect, body: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        let (dim, text) = (theme.style(Role::Dim), theme.style(Role::Text));
        let label = if self.is_open() { theme.style(Role::Active) } else { dim };
        let x = area.x + put(buffer, area, area.x, area.y, area.width, LABEL, label);
        let count = counts(model);
        let right = area.right().saturating_sub(width(&count) as u16 + 1);
        put(buffer, area, right, area.y, area.width, &count, theme.style(Role::Heading));
        let room = right.saturating_sub(x + 1);
        let Some(input) = &self.input else {
            match model.capture.as_ref().and_then(|capture| capture.filter.as_ref()) {
                Some(filter) => put(buffer, area, x, area.y, room, &filter.text, text),
                None => put(buffer, area, x, area.y, room, "/ to type one, such as udp.port == 53", dim),
            };
            return;
        };
        let start = typed::draw(input, Rect { x, width: room, ..area }, buffer, theme);
        self.beneath(x, start, body, buffer, model);
    }

    fn beneath(&self, x: u16, start: usize, body: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        if let Some((text, error)) = &self.error {
            // As much to the left and in as many lines as it takes to read it all.
            let whole = (body.right().saturating_sub(x + 1), x);
            let all = (body.width.saturating_sub(2), body.x + 1);
            let (room, left) = if width(&error.message) <= whole.0.into() { whole } else { all };
            let said = wrap(&error.message, room.into(), body.height.saturating_sub(1).into());
            let lines = Rect { height: (said.len() as u16 + 1).min(body.height), ..body };
            clear(buffer, lines);
            let at = |byte: usize| text.get(start.min(byte)..byte).map_or(0, width);
            let bad = theme.style(Role::Bad);
            put(buffer, lines, x + at(error.position) as u16, lines.y, 1, "^", bad);
            for (y, line) in (lines.y + 1..lines.bottom()).zip(said) {
                put(buffer, lines, left, y, room, &line, bad);
            }
            return;
        }
        let Some(input) = &self.input else { return };
        let stem = self.stem.clone().unwrap_or_else(|| FilterBar::word(input).1.to_owned());
        let names = FilterBar::completions(model, &stem);
        if names.is_empty() {
            return;
        }
        let first = if self.stem.is_some() { self.turn.saturating_sub(SHOWN - 1) } else { 0 };
        let more = names.len().saturating_sub(first + SHOWN);
        let height = names.len().min(SHOWN) as u16 + u16::from(more > 0);
        let wide = 64.min(body.right().saturating_sub(x));
        let list = Rect { x, width: wide, height: height.min(body.height), ..body };
        clear(buffer, list);
        paint(buffer, list, theme.style(Role::Bar));
        for (line, name) in names.iter().skip(first).take(SHOWN).enumerate() {
            let y = list.y + line as u16;
            let chosen = self.stem.is_some() && first + line == self.turn;
            let style = theme.style(if chosen { Role::SelectedOnBar } else { Role::Bar });
            paint(buffer, Rect { y, height: 1, ..list }.intersection(list), style);
            put(buffer, list, x + 1, y, 30, name, style);
            let label = label_of(model, name);
            put(buffer, list, x + 32, y, wide.saturating_sub(33), &label, style.add_modifier(Modifier::DIM));
        }
        if more > 0 {
            let y = list.y + SHOWN as u16;
            let words = format!("{more} more; Tab takes one");
            put(buffer, list, x + 1, y, wide, &words, theme.style(Role::Bar));
        }
    }
}

fn label_of(model: &Model, name: &str) -> String {
    let Some(capture) = &model.capture else { return String::new() };
    let rows = capture.session.registry().rows();
    if let Some(row) = rows.iter().find(|row| row.protocol.name == name) {
        return row.protocol.title.to_owned();
    }
    let mut fields = rows.iter().flat_map(|row| row.protocol.fields);
    fields.find(|field| field.name == name).map_or(String::new(), |field| field.label.to_owned())
}

/// `214 of 12,481 · 1.7%`.
fn counts(model: &Model) -> String {
    let Some(capture) = &model.capture else { return String::new() };
    let all = capture.progress().indexed;
    let Some(matches) = capture.matches() else { return String::new() };
    let (tested, found) = (matches.tested(), matches.len());
    let percent = if tested == 0 { 0.0 } else { found as f64 * 100.0 / tested as f64 };
    let counted = format!("{} of {} · {percent:.1}%", grouped(found), grouped(tested));
    if tested < all { format!("{} {counted}", gauge(tested, all)) } else { counted }
}
