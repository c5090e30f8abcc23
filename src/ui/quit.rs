//! The question before packets are lost for good.

use super::action::Action;
use super::keys::Context;
use super::model::Model;
use super::screen::{Command, Reply, Screen};
use super::text::{clear, grouped, put};
use super::theme::Role;
use super::window;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Asks whether to quit although nothing was saved.
pub struct AskQuit;

impl Screen for AskQuit {
    fn context(&self) -> Context {
        Context::Dialog
    }

    fn area(&self, full: Rect) -> Rect {
        window::centred(full, 58, 6)
    }

    fn key(&mut self, key: KeyEvent, _model: &mut Model) -> Reply {
        match key.code {
            KeyCode::Char('y' | 'Y' | 'q') => Reply::Do(Command::Quit),
            KeyCode::Char('n' | 'N') => Reply::Do(Command::Pop),
            _ => Reply::Ignored,
        }
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        match action {
            // A second Ctrl-C means it.
            Action::Quit => Reply::Do(Command::Quit),
            Action::Back => Reply::Do(Command::Pop),
            _ => Reply::Done,
        }
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        clear(buffer, area);
        let theme = model.theme;
        let inner = window::frame(area, buffer, theme, " Quit? ", " y quits · n goes back ");
        let packets = model.capture.as_ref().map_or(0, |capture| capture.progress().indexed);
        let lines = [
            format!("{} captured packets are in no file.", grouped(packets)),
            "They are gone when wirepeel ends.".to_owned(),
            "Next time, -w FILE keeps them.".to_owned(),
        ];
        for (y, line) in (inner.top()..inner.bottom()).zip(&lines) {
            put(buffer, inner, inner.x + 1, y, inner.width, line, theme.style(Role::Text));
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("y", "quit"), ("n", "go back")]
    }
}
