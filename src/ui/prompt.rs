//! The prompt in the last line: a packet number or a command after `:`, text
//! to find, or whatever a screen asks for.

use super::action::Action;
use super::keys::{self, Context, KEYMAP};
use super::model::Model;
use super::screen::{Command, Reply, Screen};
use super::text::{clear, put, width};
use super::theme::Role;
use super::typed;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

/// Cells between what is typed and the words behind it.
const GAP: u16 = 3;

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
    /// What was typed is no command.
    wrong: bool,
}

impl Prompt {
    /// Asks for a packet number or a command.
    pub fn command() -> Prompt {
        Prompt::with(":", Purpose::Command)
    }

    /// Asks for text to find.
    pub fn find() -> Prompt {
        Prompt::with("find: ", Purpose::Find)
    }

    /// Asks for a screen: see [`Screen::typed`].
    pub fn ask(label: &'static str, expected: &'static str) -> Prompt {
        Prompt::with(label, Purpose::Screen(expected))
    }

    fn with(label: &'static str, purpose: Purpose) -> Prompt {
        Prompt { label, purpose, input: Input::default(), wrong: false }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let typed = self.input.value().trim().to_owned();
        KEYMAP.iter().map(|row| row.name).filter(move |name| !name.is_empty() && name.starts_with(&typed))
    }

    /// What stands behind the text.
    fn help(&self) -> (String, Role) {
        let words = match (self.purpose, self.input.value().is_empty()) {
            (Purpose::Screen(expected), true) => expected.to_owned(),
            (Purpose::Find, true) => {
                "text in the Info column or a protocol; n and N go on from there".to_owned()
            }
            (Purpose::Find | Purpose::Screen(_), false) => String::new(),
            (Purpose::Command, true) => {
                "packet number, or: help, filter, columns, follow, expand, quit …".to_owned()
            }
            (Purpose::Command, false) => {
                let names: Vec<_> = self.names().collect();
                match (names.len(), self.wrong) {
                    (0, true) => return ("no such command; help lists them".to_owned(), Role::Bad),
                    (_, true) => return (format!("which? {}", names.join(" ")), Role::Bad),
                    _ => names.join(" "),
                }
            }
        };
        (words, Role::Dim)
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
        self.wrong = false;
        match key.code {
            KeyCode::Esc => return Reply::Do(Command::Pop),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Reply::Do(Command::Pop);
            }
            KeyCode::Backspace if self.input.value().is_empty() => return Reply::Do(Command::Pop),
            KeyCode::Enter => match self.enter() {
                Reply::Ignored => self.wrong = true,
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
        typed::paste(&mut self.input, text);
        Reply::Done
    }

    fn act(&mut self, _action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        Reply::Done
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        clear(buffer, area);
        let label = put(buffer, area, area.x, area.y, area.width, self.label, theme.style(Role::Active));
        let (help, role) = self.help();
        let help_cells = if help.is_empty() { 0 } else { (width(&help) as u16 + GAP).min(area.width / 2) };
        let x = area.x + label;
        let typed = width(self.input.value()) as u16 + 1;
        let room = area.right().saturating_sub(x);
        // What is typed comes before what helps, but not before what is wrong with it.
        let room = if self.wrong { room.saturating_sub(help_cells) } else { room };
        typed::draw(&self.input, Rect { x, width: room, ..area }, buffer, theme);
        let x = x + typed.min(room) + GAP - 1;
        let room = area.right().saturating_sub(x);
        if usize::from(room) >= width(&help).min(12) {
            put(buffer, area, x, area.y, room, &help, theme.style(role));
        }
    }
}
