//! The prompt in the last line: a packet number or a command after `:`, text
//! to find, or whatever a screen asks for.

use super::action::Action;
use super::keys::{self, Context, KEYMAP};
use super::model::Model;
use super::screen::{Command, Reply, Screen};
use super::text::{clear, paint, put, width};
use super::theme::Role;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

/// What becomes of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Command,
    Find,
    /// The screen that asked gets it; it says what is expected.
    Screen(&'static str),
}

/// A prompt.
pub struct Prompt {
    label: &'static str,
    purpose: Purpose,
    input: Input,
}

impl Prompt {
    /// Asks for a packet number or a command.
    pub fn command() -> Prompt {
        Prompt { label: ":", purpose: Purpose::Command, input: Input::default() }
    }

    /// Asks for text to find.
    pub fn find() -> Prompt {
        Prompt { label: "find: ", purpose: Purpose::Find, input: Input::default() }
    }

    /// Asks for a screen: see [`Screen::typed`].
    pub fn ask(label: &'static str, expected: &'static str) -> Prompt {
        Prompt { label, purpose: Purpose::Screen(expected), input: Input::default() }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let typed = self.input.value().trim().to_owned();
        KEYMAP.iter().map(|row| row.name).filter(move |name| !name.is_empty() && name.starts_with(&typed))
    }

    fn enter(&self) -> Reply {
        let text = self.input.value().trim();
        if text.is_empty() {
            return Reply::Do(Command::Pop);
        }
        match self.purpose {
            Purpose::Find => return Reply::Do(Command::Find(text.to_owned())),
            Purpose::Screen(_) => return Reply::Do(Command::Typed(text.to_owned())),
            Purpose::Command => {}
        }
        if let Ok(number) = text.replace(',', "").parse::<u64>() {
            return Reply::Do(Command::GoTo(number.saturating_sub(1)));
        }
        let mut names = self.names();
        let action = keys::by_name(text).or_else(|| match (names.next(), names.next()) {
            (Some(only), None) => keys::by_name(only),
            _ => None,
        });
        match (action, text) {
            (_, "q" | "q!" | "wq" | "x") => Reply::Do(Command::Act(Action::Quit)),
            (Some(action), _) => Reply::Do(Command::Act(action)),
            _ => Reply::Ignored,
        }
    }
}

impl Screen for Prompt {
    fn context(&self) -> Context {
        Context::Dialog
    }

    fn area(&self, full: Rect) -> Rect {
        Rect { y: full.bottom().saturating_sub(1), height: full.height.min(1), ..full }
    }

    fn key(&mut self, key: KeyEvent, _model: &mut Model) -> Reply {
        match key.code {
            KeyCode::Esc => return Reply::Do(Command::Pop),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Reply::Do(Command::Pop);
            }
            KeyCode::Backspace if self.input.value().is_empty() => return Reply::Do(Command::Pop),
            KeyCode::Enter => match self.enter() {
                Reply::Ignored => {
                    let text = format!("no command “{}”: Tab shows them", self.input.value());
                    return Reply::Do(Command::Say(text));
                }
                reply => return reply,
            },
            KeyCode::Tab if self.purpose == Purpose::Command => {
                let name = self.names().next();
                if let Some(name) = name {
                    self.input = Input::new(name.to_owned());
                }
            }
            _ => {
                let _ = self.input.handle_event(&Event::Key(key));
            }
        }
        Reply::Done
    }

    fn paste(&mut self, text: &str, _model: &mut Model) -> Reply {
        for c in text.chars().filter(|c| !c.is_control()).take(4096) {
            let _ = self.input.handle(tui_input::InputRequest::InsertChar(c));
        }
        Reply::Done
    }

    fn act(&mut self, _action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        Reply::Done
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        clear(buffer, area);
        let mut x =
            area.x + put(buffer, area, area.x, area.y, area.width, self.label, theme.style(Role::Active));
        let text = self.input.value();
        let cursor = x + self.input.visual_cursor() as u16;
        x += put(buffer, area, x, area.y, area.right().saturating_sub(x), text, theme.style(Role::Text));
        paint(buffer, Rect { x: cursor, width: 1, ..area }.intersection(area), theme.style(Role::Found));
        let help = match (self.purpose, text.is_empty()) {
            (Purpose::Screen(expected), true) => expected.to_owned(),
            (Purpose::Find, true) => {
                "text in the Info column or a protocol; n and N go on from there".to_owned()
            }
            (Purpose::Find | Purpose::Screen(_), false) => String::new(),
            (Purpose::Command, true) => {
                "packet number, or: help, filter, columns, follow, expand, quit …".to_owned()
            }
            (Purpose::Command, false) => self.names().collect::<Vec<_>>().join(" "),
        };
        let x = x + 3;
        let room = area.right().saturating_sub(x);
        if usize::from(room) >= width(&help).min(12) {
            put(buffer, area, x, area.y, room, &help, theme.style(Role::Dim));
        }
    }
}
