//! The streams screen: one flow, as a ladder of its segments or as the bytes
//! that it carried.
//!
//! Owns which of the two is shown and the heading. What each of them shows is
//! a [`Screen`] of its own below it: [`Ladder`] and [`Content`]. Which flow it
//! is lies in the model: [`Capture::stream`](super::model::Capture::stream).

mod content;
mod ladder;

use super::action::Action;
use super::flows::rule;
use super::keys::Context;
use super::model::{Capture, Model, Shown};
use super::screen::{Reply, Screen};
use super::text::{put, width};
use super::theme::{Role, Theme};
use crate::flow::Flow;
use crate::store::PacketRow;
use content::Content;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ladder::Ladder;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How the flow is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Ladder,
    Content(content::Style),
}

/// Every mode, in the order of the heading.
const MODES: [(Mode, &str); 4] = [
    (Mode::Ladder, "Ladder"),
    (Mode::Content(content::Style::Text), "Text"),
    (Mode::Content(content::Style::Hex), "Hex"),
    (Mode::Content(content::Style::Both), "Both"),
];

/// The screen.
#[derive(Default)]
pub struct Streams {
    mode: Mode,
    ladder: Ladder,
    content: Content,
    /// The flow shown, as last read.
    flow: Option<(u32, Flow)>,
    area: Rect,
}

impl Streams {
    fn view(&self) -> &dyn Screen {
        match self.mode {
            Mode::Ladder => &self.ladder,
            Mode::Content(_) => &self.content,
        }
    }

    fn view_mut(&mut self) -> &mut dyn Screen {
        match self.mode {
            Mode::Ladder => &mut self.ladder,
            Mode::Content(_) => &mut self.content,
        }
    }

    fn step(&mut self, forward: bool) {
        let at = MODES.iter().position(|(mode, _)| *mode == self.mode).unwrap_or(0);
        let next = if forward { at + 1 } else { at + MODES.len() - 1 } % MODES.len();
        if let Some((mode, _)) = MODES.get(next) {
            self.mode = *mode;
        }
    }

    /// Where each mode's name stands in the heading.
    fn tabs(&self) -> impl Iterator<Item = (Mode, u16, &'static str)> {
        let mut x = self.area.x + 1;
        MODES.iter().map(move |(mode, name)| {
            let at = x;
            x += width(name) as u16 + 2;
            (*mode, at, *name)
        })
    }

    fn body(area: Rect) -> Rect {
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }

    fn heading(&self, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
        let area = self.area;
        let line = "─".repeat(area.width.into());
        put(buffer, area, area.x, area.y, area.width, &line, theme.style(Role::Line));
        let mut end = area.x;
        for (mode, at, name) in self.tabs() {
            let role = if mode == self.mode { Role::Selected } else { Role::Heading };
            end = at + put(buffer, area, at, area.y, area.width, &format!(" {name} "), theme.style(role));
        }
        let Some((place, flow)) = &self.flow else { return };
        let (client, server) = rule::ends(flow);
        let registry = capture.session.registry();
        let protocol = rule::protocol_name(registry, flow.key.protocol);
        let service = rule::service_name(registry, flow.key.protocol, flow.service_port());
        let mut text = format!(" Flow {place} · {protocol} {client} → {server}");
        for word in [service, flow.state().name()].into_iter().filter(|word| !word.is_empty()) {
            text.push_str(" · ");
            text.push_str(word);
        }
        text.push(' ');
        let x = end + 1;
        put(buffer, area, x, area.y, area.right().saturating_sub(x), &text, theme.style(Role::Active));
    }
}

/// Packets from the selected one on among which a flow is looked for: captures
/// often begin with ARP.
const AHEAD: u64 = 256;

/// The flow that is to be shown: that of the selected packet or of the next that
/// has one, where nothing else has chosen one.
fn choose(capture: &mut Capture) {
    if let (None, Some(from)) = (capture.stream, capture.selected) {
        capture.stream = (from..from.saturating_add(AHEAD)).find_map(|packet| {
            let row = capture.session.row(packet).filter(|row| row.flow != PacketRow::NO_FLOW)?;
            Some(Shown { flow: row.flow, packet: Some(packet) })
        });
    }
}

impl Screen for Streams {
    fn context(&self) -> Context {
        self.view().context()
    }

    fn act(&mut self, action: Action, count: Option<u64>, model: &mut Model) -> Reply {
        match action {
            Action::NextPane => self.step(true),
            Action::PreviousPane => self.step(false),
            _ => return self.view_mut().act(action, count, model),
        }
        Reply::Done
    }

    fn typed(&mut self, text: &str, model: &mut Model) -> Reply {
        self.view_mut().typed(text, model)
    }

    fn mouse(&mut self, mouse: MouseEvent, model: &mut Model) -> Reply {
        if mouse.row == self.area.y && mouse.kind == MouseEventKind::Down(MouseButton::Left) {
            let hit = self.tabs().filter(|(_, at, _)| *at <= mouse.column).last();
            if let Some((mode, at, name)) = hit
                && usize::from(mouse.column - at) < width(name) + 2
            {
                self.mode = mode;
            }
            return Reply::Done;
        }
        self.view_mut().mouse(mouse, model)
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.area = area;
        if let Some(capture) = &mut model.capture {
            choose(capture);
            let place = capture.stream.map(|shown| shown.flow);
            if self.flow.as_ref().map(|(at, _)| *at) != place {
                self.flow = None;
            }
            if let (Some(place), Some(analysis)) = (place, capture.session.try_analysis()) {
                self.flow = analysis.flows.get(place).map(|flow| (place, flow.clone()));
            }
        }
        if let Mode::Content(style) = self.mode {
            self.content.show_as(style, self.flow.as_ref().map(|(_, flow)| flow));
        }
        self.view_mut().prepare(Streams::body(area), model)
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let Some(capture) = &model.capture else { return };
        self.heading(buffer, capture, model.theme);
        let body = Streams::body(area);
        if capture.stream.is_some() {
            self.view().draw(body, buffer, model);
        } else {
            let text = "no flow is chosen: press s on a packet (1) or on a flow (2)";
            put(buffer, body, body.x + 1, body.y, body.width, text, model.theme.style(Role::Dim));
        }
    }

    fn hints(&self, model: &Model) -> Vec<(&'static str, &'static str)> {
        if model.capture.as_ref().is_none_or(|capture| capture.stream.is_none()) {
            return vec![("1", "packets"), ("2", "flows")];
        }
        let mut hints = vec![("Tab", "ladder, text, hex")];
        hints.extend(self.view().hints(model));
        hints
    }
}
