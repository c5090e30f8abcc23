//! The ladder: time downwards, hosts across, segments as arrows.

use crate::ui::action::Action;
use crate::ui::keys::Context;
use crate::ui::model::Model;
use crate::ui::screen::{Reply, Screen};
use crate::ui::text::put;
use crate::ui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The ladder of the model's stream.
#[derive(Default)]
pub struct Ladder {}

impl Screen for Ladder {
    fn context(&self) -> Context {
        Context::Ladder
    }

    fn act(&mut self, _action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        Reply::Ignored
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let style = model.theme.style(Role::Dim);
        put(buffer, area, area.x + 1, area.y, area.width, "Ladder", style);
    }
}
