//! The nest: the selected packet as boxes inside boxes, as its headers wrap
//! each other, with the frame to scale below.
//!
//! Owns which keys move between boxes. What is selected lies in the model, so
//! that the tree and the bytes follow.

mod draw;
mod plan;
mod wire;

use super::action::Action;
use super::keys::Context;
use super::layers::{children, layer_of, value_text};
use super::model::Model;
use super::screen::{Command, Reply, Screen};
use super::single::{self, below_bars, step};
use super::text::{put, width, wrap};
use super::theme::{Role, Theme};
use crate::base::safe;
use crate::decode::audit::{Agreement, audit};
use crate::decode::sinks::{NodeKind, Tree};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The window.
#[derive(Default)]
pub struct Nest;

impl Nest {
    /// Opened over a packet.
    pub fn open(_model: &Model) -> Box<dyn Screen> {
        Box::new(Nest)
    }
}

impl Screen for Nest {
    fn context(&self) -> Context {
        Context::Nest
    }

    fn area(&self, full: Rect) -> Rect {
        below_bars(full)
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        let Some(peeled) = capture.packet().cloned() else { return step(action, model) };
        let tree = &peeled.tree;
        let layer = capture.node.and_then(|node| layer_of(tree, node));
        match action {
            Action::Enter => Reply::Do(Command::Pop),
            Action::Header => Reply::Do(Command::Act(action)),
            Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::First
            | Action::Last
            | Action::NextPane
            | Action::PreviousPane => {
                let to = go(tree, layer, action);
                capture.node = tree.layers.get(usize::from(to)).map(|layer| layer.node);
                Reply::Done
            }
            _ => step(action, model),
        }
    }

    fn prepare(&mut self, _area: Rect, model: &mut Model) -> bool {
        let Some(capture) = &mut model.capture else { return true };
        capture.want(std::iter::empty())
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        single::draw(area, buffer, model, |peeled, node, title, buffer| {
            draw(&peeled.tree, node, title, area, buffer, model.theme);
        });
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("↑↓", "layer"), ("e", "back"), (".,", "packet"), ("r", "header"), ("Enter", "to the tree")]
    }
}

/// The layer that an arrow key leads to.
fn go(tree: &Tree, from: Option<u8>, action: Action) -> u8 {
    let last = (tree.layers.len().max(1) - 1) as u8;
    let first = last.min(1);
    let Some(from) = from else { return if action == Action::Last { last } else { first } };
    let parent = tree.layers.get(usize::from(from)).map_or(0, |layer| layer.parent);
    let siblings: Vec<u8> = if from == 0 { Vec::new() } else { children(tree, parent).collect() };
    let place = siblings.iter().position(|at| *at == from).unwrap_or(0);
    let to = match action {
        Action::First => first,
        Action::Last => last,
        Action::Up | Action::PreviousPane => from.saturating_sub(1),
        Action::Down | Action::NextPane => from.saturating_add(1),
        Action::Left => place.checked_sub(1).and_then(|at| siblings.get(at)).copied().unwrap_or(parent),
        _ => siblings.get(place + 1).copied().unwrap_or(from.saturating_add(1)),
    };
    to.clamp(first, last)
}

/// Draws the nest of a tree.
pub fn draw(tree: &Tree, selected: Option<u32>, title: &str, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let used = put(buffer, area, area.x, area.y, area.width, title, theme.style(Role::Heading));
    let words = "Nest: every header wraps the next";
    let free = area.width.saturating_sub(used + 2);
    if usize::from(free) >= width(words) {
        super::text::put_right(
            buffer,
            area,
            area.right() - free,
            area.y,
            free,
            words,
            theme.style(Role::Dim),
        );
    }
    let mut said = foot(tree, selected, area.width, if area.height >= 30 { 3 } else { 2 });
    if let Some(audit) = audit(tree) {
        let role = match audit.agreement {
            Agreement::Agree => Role::Good,
            Agreement::Cut => Role::Odd,
            Agreement::Disagree => Role::Bad,
        };
        said.insert(0, (safe(&audit.line()).into_owned(), role));
    }
    let rows = area.height.saturating_sub(1);
    // The strip takes two rows, the words below it some more, the boxes the rest.
    let strip = if rows >= 10 { 2 } else { 0 };
    let words = if rows >= 14 { said.len() as u16 + 1 } else { 0 };
    let room = rows - strip - words;
    let layer = selected.and_then(|node| layer_of(tree, node)).unwrap_or(0);
    let plan = plan::Plan::new(tree, layer, area.width, room);
    let boxes = Rect { y: area.y + 1, height: room, ..area };
    let pen = draw::Pen { tree, selected, theme, plan: &plan, area: boxes };
    pen.blocks(&plan.blocks, boxes, buffer);
    if strip > 0 {
        // Right below the boxes, with a line between where there is room.
        let used = plan.height_of(tree, &plan.blocks, area.width).min(room);
        let y = boxes.y + (used + 1).min(room);
        wire::draw(tree, selected, Rect { y, height: strip, ..area }, buffer, theme);
    }
    let y = area.bottom() - strip - words;
    if words > 0 {
        let rule = "─".repeat(area.width.into());
        put(buffer, area, area.x, y + strip, area.width, &rule, theme.style(Role::Line));
        for (y, (text, role)) in (y + strip + 1..area.bottom()).zip(said) {
            put(buffer, area, area.x, y, area.width, &text, theme.style(role));
        }
    }
}

/// What the selected layer or field is, in words.
fn foot(tree: &Tree, selected: Option<u32>, cells: u16, lines: usize) -> Vec<(String, Role)> {
    let mut said = Vec::new();
    let Some(node) = selected.and_then(|at| tree.node(at)) else {
        return vec![("↑ and ↓ choose a layer; Enter shows it in the tree.".to_owned(), Role::Dim)];
    };
    let (head, about) = match node.kind {
        NodeKind::Layer(at) => match tree.layers.get(usize::from(at)) {
            Some(layer) => {
                let protocol = layer.protocol;
                let spec = if protocol.spec.is_empty() { "" } else { " · " };
                (format!("{}{spec}{}", protocol.title, protocol.spec), protocol.about)
            }
            None => return said,
        },
        NodeKind::Field(def) => {
            (format!("{}: {} · {}", def.label, value_text(tree, node, def), def.name), def.about)
        }
        NodeKind::Problem(problem) => (format!("✗ {}: {}", problem.name(), safe(tree.text(node))), ""),
    };
    said.push((head, Role::Text));
    let about = wrap(about, cells.into(), lines.saturating_sub(1));
    said.extend(about.into_iter().map(|line| (line, Role::Dim)));
    said
}
