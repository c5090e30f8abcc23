//! The header view: the selected layer as its specification draws it, 32 bits
//! a row, each value in its cell.
//!
//! Owns which keys move between cells and layers. What is selected lies in the
//! model, so that the tree and the bytes follow.

mod draw;
mod grid;
mod words;

use super::action::Action;
use super::keys::Context;
use super::layers::{layer_of, value_text};
use super::model::Model;
use super::screen::{Command, Reply, Screen};
use super::single::{self, below_bars, step};
use super::text::{put, wrap};
use super::theme::{Role, Theme};
use crate::decode::sinks::{NodeKind, Tree};
use grid::{Grid, Towards};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The window.
#[derive(Default)]
pub struct Header {
    /// The bit of a row that up and down keep to.
    column: Option<u32>,
    /// Bits of a row, as last drawn.
    per_row: u32,
}

impl Header {
    /// Opened over a packet.
    pub fn open(_model: &Model) -> Box<dyn Screen> {
        Box::new(Header { column: None, per_row: 32 })
    }
}

/// The layer to draw: the selected one, else the innermost that is no plain data.
fn layer(tree: &Tree, node: Option<u32>) -> u8 {
    let selected = node.and_then(|node| layer_of(tree, node)).filter(|layer| *layer > 0);
    let known = || tree.layers.iter().rposition(|layer| layer.id != 0).map(|at| at as u8);
    selected.or_else(known).unwrap_or(0)
}

impl Screen for Header {
    fn context(&self) -> Context {
        Context::Header
    }

    fn area(&self, full: Rect) -> Rect {
        below_bars(full)
    }

    fn act(&mut self, action: Action, _count: Option<u64>, model: &mut Model) -> Reply {
        let Some(capture) = &mut model.capture else { return Reply::Ignored };
        let Some(peeled) = capture.packet().cloned() else { return step(action, model) };
        let tree = &peeled.tree;
        let at = layer(tree, capture.node);
        let last = tree.layers.len().saturating_sub(1) as u8;
        let towards = match action {
            Action::Enter => return Reply::Do(Command::Pop),
            Action::Nest => return Reply::Do(Command::Act(action)),
            Action::NextPane | Action::PreviousPane => {
                let to = if action == Action::NextPane { at + 1 } else { at.saturating_sub(1) };
                let to = usize::from(to.clamp(last.min(1), last));
                capture.node = tree.layers.get(to).map(|layer| layer.node);
                self.column = None;
                return Reply::Done;
            }
            Action::Left => Towards::Before,
            Action::Right => Towards::After,
            Action::Up => Towards::Above,
            Action::Down => Towards::Below,
            Action::First | Action::Last => Towards::After,
            _ => return step(action, model),
        };
        let grid = Grid::new(tree, at);
        let is_layer = capture.node.is_none_or(|node| tree.layers.iter().any(|layer| layer.node == node));
        let from = capture.node.filter(|_| !is_layer).and_then(|node| grid.cell_of(tree, node));
        let to = match (action, from) {
            (Action::First, _) | (_, None) => 0,
            (Action::Last, _) => grid.cells.len().saturating_sub(1),
            (_, Some(from)) => {
                let middle = grid.cells.get(from).map_or(0, |cell| {
                    let end = cell.end.min((cell.start / self.per_row + 1) * self.per_row);
                    (cell.start + (end - cell.start) / 2) % self.per_row
                });
                let column = self.column.unwrap_or(middle);
                let is_vertical = matches!(towards, Towards::Above | Towards::Below);
                self.column = is_vertical.then_some(column);
                named(&grid, grid.neighbour(from, towards, column, self.per_row), towards)
            }
        };
        if let Some(node) = grid.cells.get(to).and_then(|cell| cell.node) {
            capture.node = Some(node);
        }
        Reply::Done
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        let Some(capture) = &mut model.capture else { return true };
        if let Some(peeled) = capture.packet() {
            let grid = Grid::new(&peeled.tree, layer(&peeled.tree, capture.node));
            self.per_row = draw::Layout::new(&grid, area.width, area.height).per_row;
        }
        capture.want(std::iter::empty())
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        single::draw(area, buffer, model, |peeled, node, title, buffer| {
            draw(&peeled.tree, &peeled.sources, node, title, area, buffer, model.theme);
        });
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("←↑↓→", "field"), ("Tab", "layer"), ("r", "back"), (".,", "packet"), ("e", "nest")]
    }
}

/// Gaps have no name to select: the cell behind them in the same direction.
fn named(grid: &Grid, mut at: usize, towards: Towards) -> usize {
    let back = matches!(towards, Towards::Before | Towards::Above);
    while grid.cells.get(at).is_some_and(|cell| cell.node.is_none()) {
        match if back { at.checked_sub(1) } else { Some(at + 1) } {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// Draws the header of the selected node's layer. `sources` are the bytes that
/// spans lie in.
pub fn draw(
    tree: &Tree,
    sources: &[Vec<u8>],
    selected: Option<u32>,
    title: &str,
    area: Rect,
    buffer: &mut Buffer,
    theme: Theme,
) {
    let area = area.intersection(buffer.area);
    let at = layer(tree, selected);
    let Some(layer) = tree.layers.get(usize::from(at)).filter(|_| !area.is_empty()) else { return };
    let protocol = layer.protocol;
    let spec = if protocol.spec.is_empty() { "" } else { " · " };
    let head = format!("{}{spec}{} · {title}", protocol.title, protocol.spec);
    put(buffer, area, area.x, area.y, area.width, &head, theme.style(Role::Heading));
    let grid = Grid::new(tree, at);
    let bytes = sources.get(usize::from(grid.span.source)).map(Vec::as_slice).unwrap_or_default();
    let foot = foot(tree, &grid, selected, area.width, if area.height >= 30 { 4 } else { 2 });
    let words = if area.height >= 12 { foot.len() as u16 } else { 0 };
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(words + 1), ..area };
    draw::draw(tree, bytes, at, selected, body, buffer, theme);
    for (y, (text, role)) in (area.bottom() - words..area.bottom()).zip(foot) {
        put(buffer, area, area.x, y, area.width, &text, theme.style(role));
    }
}

/// What the selected field is, and where.
fn foot(tree: &Tree, grid: &Grid, selected: Option<u32>, cells: u16, lines: usize) -> Vec<(String, Role)> {
    let node = selected.and_then(|at| tree.node(at).map(|node| (at, node)));
    let Some((place, node)) = node.filter(|(_, node)| matches!(node.kind, NodeKind::Field(_))) else {
        let more =
            if grid.left > 0 { format!(" {} more bytes are not drawn.", grid.left) } else { String::new() };
        let text = format!("The arrows choose a field, Tab the next layer.{more}");
        return vec![(text, Role::Dim)];
    };
    let NodeKind::Field(def) = node.kind else { return Vec::new() };
    let mut head = format!("{}: {} · {}", def.label, value_text(tree, node, def), def.name);
    if let Some(cell) = grid.cell_of(tree, place).and_then(|at| grid.cells.get(at)) {
        let word = if cell.bits() == 1 { "bit" } else { "bits" };
        head.push_str(&format!(" · {} {word} from byte {}", cell.bits(), cell.start / 8));
        if cell.start % 8 > 0 {
            head.push_str(&format!(", bit {}", cell.start % 8));
        }
    }
    let mut said = vec![(head, Role::Text)];
    let about = wrap(def.about, cells.into(), lines.saturating_sub(1));
    said.extend(about.into_iter().map(|line| (line, Role::Dim)));
    said
}
