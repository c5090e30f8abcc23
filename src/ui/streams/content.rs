//! The content: what both sides sent, in order, as text, hexadecimal or both.

use crate::ui::action::Action;
use crate::ui::keys::Context;
use crate::ui::model::Model;
use crate::ui::screen::{Reply, Screen};
use crate::ui::text::put;
use crate::ui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// As text, with what is no text escaped.
    #[default]
    Text,
    /// In hexadecimal.
    Hex,
    /// Hexadecimal with characters beside it.
    Both,
}

/// The content of the model's stream.
#[derive(Default)]
pub struct Content {
    style: Style,
}

impl Content {
    /// Chooses how bytes are written.
    pub fn show_as(&mut self, style: Style) {
        self.style = style;
    }
}

impl Screen for Content {
    fn context(&self) -> Context {
        Context::Content
    }

    fn act(&mut self, _action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        Reply::Ignored
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let text = format!("Content: {:?}", self.style);
        put(buffer, area, area.x + 1, area.y, area.width, &text, model.theme.style(Role::Dim));
    }
}
