//! What the views of one packet share, the nest and the header: where they lie, the
//! steps to other packets, and what stands there while there is no packet.

use super::action::Action;
use super::layers::packet_title;
use super::model::Model;
use super::screen::Reply;
use super::text::{clear, put};
use super::theme::Role;
use super::visible::Peeled;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What a view of one packet takes of the terminal: all but the bars.
pub fn below_bars(full: Rect) -> Rect {
    Rect { y: full.y + 2, height: full.height.saturating_sub(3), ..full }
}

/// The packet after or before, from within a view of one packet.
pub fn step(action: Action, model: &mut Model) -> Reply {
    let Some(capture) = &mut model.capture else { return Reply::Ignored };
    let place = capture.selected_place().unwrap_or(0);
    match action {
        Action::NextPacket | Action::PageDown => capture.select_place(place + 1),
        Action::PreviousPacket | Action::PageUp => capture.select_place(place.saturating_sub(1)),
        _ => return Reply::Ignored,
    }
    capture.follow = false;
    Reply::Done
}

/// Draws the selected packet by `view`, which is given the packet, its selected node and
/// the words on it for the heading.
pub fn draw(
    area: Rect,
    buffer: &mut Buffer,
    model: &Model,
    view: impl FnOnce(&Peeled, Option<u32>, &str, &mut Buffer),
) {
    clear(buffer, area);
    let Some(capture) = &model.capture else { return };
    match capture.packet() {
        Some(peeled) => view(peeled, capture.node, &packet_title(capture, peeled), buffer),
        None => {
            let text = if capture.selected.is_some() { "…" } else { "no packet is selected" };
            put(buffer, area, area.x, area.y, area.width, text, model.theme.style(Role::Dim));
        }
    }
}
