//! The tree of the selected packet: layers, fields, what is open.
//!
//! Owns what is open (by protocol and field, so that it stays so from packet to
//! packet) and where it is scrolled to. The selected node lies in the model.

use super::list::{empty, protocol_role};
use crate::decode::sinks::{Node, NodeKind, Tree};
use crate::decode::{Span, Verdict};
use crate::ui::action::Action;
use crate::ui::layers::trouble_node;
use crate::ui::model::{Capture, Model};
use crate::ui::text::{fit, paint, put, put_right, width, wrap};
use crate::ui::theme::{Role, Theme};
use crate::ui::visible::Peeled;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::HashMap;
use std::sync::Arc;

/// What stands for a node in every packet that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Layer(&'static str),
    Field(&'static str, &'static str),
    Other,
}

fn key(tree: &Tree, node: &Node) -> Key {
    match node.kind {
        NodeKind::Layer(at) => {
            Key::Layer(tree.layers.get(usize::from(at)).map_or("", |layer| layer.protocol.name))
        }
        NodeKind::Field(def) => Key::Field(def.name, def.label),
        NodeKind::Problem(_) => Key::Other,
    }
}

/// One line.
#[derive(Clone, Copy, Debug)]
struct Row {
    node: u32,
    depth: u8,
    parts: bool,
    open: bool,
    /// Something wrong in it or below.
    trouble: bool,
}

/// The tree pane's own state.
#[derive(Default)]
pub struct TreeView {
    open: HashMap<Key, bool>,
    rows: Vec<Row>,
    top: usize,
    page: usize,
    /// The packet that `rows` show.
    shown: Option<Arc<Peeled>>,
    /// The selected node's way from its layer down, for the next packet.
    way: Vec<(Key, usize)>,
    seen: Option<u32>,
}

impl TreeView {
    /// Takes a new packet, keeps the selection where the new one has it too.
    pub fn prepare(&mut self, area: Rect, capture: &mut Capture) {
        self.page = area.height.into();
        if capture.selected.is_none() {
            self.shown = None;
            self.rows.clear();
        }
        let Some(peeled) = capture.peeled.clone() else { return };
        let is_new = self.shown.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, &peeled));
        if is_new {
            // The same packet, peeled again: a key may have selected something since the last frame.
            if let Some(shown) = self.shown.as_ref().filter(|shown| shown.id == peeled.id)
                && let Some(node) = capture.node.filter(|_| self.seen != capture.node)
            {
                self.way = way(&shown.tree, node);
            }
            self.shown = Some(Arc::clone(&peeled));
            capture.node = Some(self.find_way(&peeled.tree));
            self.seen = None;
        }
        if capture.selected == Some(peeled.id)
            && let Some(kind) = capture.trouble.take()
            && let Some(node) = trouble_node(&peeled.tree, kind)
        {
            capture.node = Some(node);
        }
        if is_new || self.seen != capture.node {
            if let Some(node) = capture.node {
                self.reveal(&peeled.tree, node);
                self.way = way(&peeled.tree, node);
            }
            self.build(&peeled.tree);
            self.seen = capture.node;
            if let Some(at) = self.row_of(capture.node) {
                self.top = self.top.min(at).max((at + 1).saturating_sub(self.page));
            }
        }
        self.top = self.top.min(self.rows.len().saturating_sub(self.page));
    }

    fn is_open(&self, tree: &Tree, node: &Node) -> bool {
        let innermost = tree.layers.iter().rposition(|layer| layer.id > 0 && !layer.quoted);
        let by_itself = matches!(node.kind, NodeKind::Layer(at) if Some(usize::from(at)) == innermost);
        self.open.get(&key(tree, node)).copied().unwrap_or(by_itself)
    }

    fn build(&mut self, tree: &Tree) {
        let mut rows = Vec::new();
        let troubled = troubled(tree);
        for place in tree.walk(|_, node| self.is_open(tree, node)) {
            let Some(node) = tree.node(place) else { continue };
            rows.push(Row {
                node: place,
                depth: node.depth,
                parts: tree.first_child(place).is_some(),
                open: self.is_open(tree, node),
                trouble: troubled.get(place as usize).copied().unwrap_or(false),
            });
        }
        self.rows = rows;
    }

    /// Opens what is around a node.
    fn reveal(&mut self, tree: &Tree, node: u32) {
        let mut up = tree.node(node).and_then(|node| node.parent);
        while let Some(at) = up {
            let Some(node) = tree.node(at) else { break };
            if !self.is_open(tree, node) {
                self.open.insert(key(tree, node), true);
            }
            up = node.parent;
        }
    }

    /// The node that the remembered way leads to: as far as it goes, or the
    /// innermost layer.
    fn find_way(&self, tree: &Tree) -> u32 {
        let innermost = tree.layers.iter().rev().find(|layer| layer.id > 0 && !layer.quoted);
        let mut found = None;
        let mut next = if tree.is_empty() { None } else { Some(0) };
        for (wanted, nth) in &self.way {
            let mut left = *nth;
            let mut here = None;
            while let Some(at) = next {
                if tree.node(at).is_some_and(|node| key(tree, node) == *wanted) {
                    here = Some(at);
                    if left == 0 {
                        break;
                    }
                    left -= 1;
                }
                next = tree.next_sibling(at);
            }
            let Some(at) = here else { break };
            // A closed heading hides what is below: stay on the heading.
            found = Some(at);
            if tree.node(at).is_none_or(|node| !self.is_open(tree, node)) {
                break;
            }
            next = tree.first_child(at);
        }
        found.or(innermost.map(|layer| layer.node)).unwrap_or(0)
    }

    fn row_of(&self, node: Option<u32>) -> Option<usize> {
        let node = node?;
        self.rows.iter().position(|row| row.node == node)
    }

    /// Scrolls without moving the selection.
    pub fn scroll(&mut self, lines: isize) {
        let last = self.rows.len().saturating_sub(self.page);
        self.top = self.top.saturating_add_signed(lines).min(last);
    }

    /// The node at a line of the pane, and whether its marker is at `x`.
    pub fn at(&self, y: u16, x: u16) -> Option<(u32, bool)> {
        let row = self.rows.get(self.top + usize::from(y))?;
        let marker = 1 + u16::from(row.depth) * 2;
        Some((row.node, row.parts && (marker.saturating_sub(1)..=marker).contains(&x)))
    }

    /// Opens or closes a node.
    pub fn toggle(&mut self, node: u32) {
        let Some(peeled) = self.shown.clone() else { return };
        if let Some(node) = peeled.tree.node(node) {
            let open = self.is_open(&peeled.tree, node);
            self.open.insert(key(&peeled.tree, node), !open);
        }
        self.build(&peeled.tree);
    }

    /// Moves, opens and closes. `false` when the action is not for the tree.
    pub fn act(&mut self, action: Action, capture: &mut Capture) -> bool {
        let Some(peeled) = self.shown.clone() else { return false };
        let tree = &peeled.tree;
        let here = self.row_of(capture.node).unwrap_or(0);
        let Some(row) = self.rows.get(here).copied() else { return false };
        let last = self.rows.len().saturating_sub(1);
        let target = match action {
            Action::Up => here.saturating_sub(1),
            Action::Down => (here + 1).min(last),
            Action::PageUp => here.saturating_sub(self.page.max(1)),
            Action::PageDown => (here + self.page.max(1)).min(last),
            Action::First => 0,
            Action::Last => last,
            Action::Right if row.parts && !row.open => {
                self.toggle(row.node);
                here
            }
            Action::Right if row.parts => (here + 1).min(last),
            Action::Enter if row.parts => {
                self.toggle(row.node);
                here
            }
            Action::Left if row.parts && row.open => {
                self.toggle(row.node);
                here
            }
            Action::Left => {
                let parent = tree.node(row.node).and_then(|node| node.parent);
                self.row_of(parent).unwrap_or(here)
            }
            Action::ExpandAll | Action::CollapseAll => {
                for node in (0..tree.len() as u32).filter_map(|place| tree.node(place)) {
                    self.open.insert(key(tree, node), action == Action::ExpandAll);
                }
                if action == Action::CollapseAll {
                    let mut up = Some(row.node);
                    while let Some(parent) = up.and_then(|at| tree.node(at)).and_then(|node| node.parent) {
                        up = Some(parent);
                    }
                    capture.node = up;
                }
                self.build(tree);
                self.seen = None;
                return true;
            }
            _ => return false,
        };
        if let Some(row) = self.rows.get(target) {
            capture.node = Some(row.node);
        }
        true
    }

    /// Draws the lines.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model, active: bool) {
        let Some(capture) = &model.capture else { return };
        let theme = model.theme;
        let Some(peeled) = &self.shown else {
            let words = if capture.selected.is_some() { "…" } else { empty(capture, model) };
            let lines = wrap(words, usize::from(area.width).saturating_sub(2), 4);
            for (y, line) in (area.top()..area.bottom()).zip(lines) {
                put(buffer, area, area.x + 1, y, area.width, &line, theme.style(Role::Dim));
            }
            return;
        };
        if let Some(gone) = &peeled.gone {
            let lines = wrap(gone, usize::from(area.width).saturating_sub(2), 4);
            for (y, line) in (area.top()..area.bottom()).zip(lines) {
                put(buffer, area, area.x + 1, y, area.width, &line, theme.style(Role::Bad));
            }
            return;
        }
        for (y, row) in (area.top()..area.bottom()).zip(self.rows.iter().skip(self.top)) {
            let line = Rect { y, height: 1, ..area };
            draw_row(&peeled.tree, row, line, buffer, theme);
            if capture.node == Some(row.node) {
                let role = if active { Role::Selected } else { Role::SelectedElsewhere };
                paint(buffer, line, theme.style(role));
            }
        }
    }
}

/// The way from a node's layer down to it: keys, and which of the same key.
fn way(tree: &Tree, node: u32) -> Vec<(Key, usize)> {
    let mut way = Vec::new();
    let mut at = Some(node);
    while let Some((place, node)) = at.and_then(|place| Some((place, tree.node(place)?))) {
        let wanted = key(tree, node);
        let mut sibling = match node.parent {
            Some(parent) => tree.first_child(parent),
            None => Some(0),
        };
        let mut nth = 0;
        while let Some(here) = sibling.filter(|here| *here != place) {
            nth += usize::from(tree.node(here).is_some_and(|node| key(tree, node) == wanted));
            sibling = tree.next_sibling(here);
        }
        way.push((wanted, nth));
        at = node.parent;
    }
    way.reverse();
    way
}

/// For every node whether something is wrong in it or below.
fn troubled(tree: &Tree) -> Vec<bool> {
    let mut troubled = vec![false; tree.len()];
    for place in 0..tree.len() as u32 {
        let mut up = match tree.node(place) {
            Some(Node { kind: NodeKind::Problem(_), .. }) => Some(place),
            _ => None,
        };
        while let Some(at) = up {
            if let Some(cell) = troubled.get_mut(at as usize) {
                *cell = true;
            }
            up = tree.node(at).and_then(|node| node.parent);
        }
    }
    troubled
}

/// The bytes of a layer's own header: what no layer inside it takes.
pub fn header(tree: &Tree, layer: usize) -> Span {
    let Some(own) = tree.layers.get(layer) else { return Span::default() };
    let inside = tree.layers.iter().enumerate().skip(layer + 1);
    let first = inside
        .filter(|(_, inner)| usize::from(inner.parent) == layer && inner.span.source == own.span.source)
        .map(|(_, inner)| inner.span.start)
        .min();
    match first {
        Some(start) if layer > 0 => Span { len: start.saturating_sub(own.span.start), ..own.span },
        _ => own.span,
    }
}

/// The sign and colour of a verdict.
pub fn verdict_sign(verdict: Verdict) -> (char, Role) {
    let role = match verdict {
        Verdict::Good => Role::Good,
        Verdict::Bad => Role::Bad,
        Verdict::Partial => Role::Odd,
        Verdict::Absent | Verdict::Unverifiable => Role::Dim,
    };
    (verdict.sign(), role)
}

/// Layers say all within so many cells, however wide the pane is.
const WORDS: u16 = 92;

fn draw_row(tree: &Tree, row: &Row, line: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(node) = tree.node(row.node) else { return };
    let indent = (u16::from(row.depth) * 2 + 1).min(line.width / 3);
    let marker = match (row.parts, row.open) {
        (true, true) => "▾",
        (true, false) => "▸",
        (false, _) => " ",
    };
    let mut x = line.x + indent;
    put(buffer, line, x, line.y, 1, marker, theme.style(Role::Dim));
    x += 2;
    let NodeKind::Layer(at) = node.kind else {
        let role = match node.kind {
            NodeKind::Problem(_) => Role::Bad,
            _ if node.generated => Role::Dim,
            _ => Role::Text,
        };
        let mut text = tree.line(node);
        if matches!(node.kind, NodeKind::Problem(_)) {
            text.insert_str(0, "! ");
        } else if row.trouble && !row.open {
            text.push_str("  !");
        }
        put(buffer, line, x, line.y, line.right().saturating_sub(x), &text, theme.style(role));
        return;
    };
    let Some(layer) = tree.layers.get(usize::from(at)) else { return };
    // From the right: the check, the size, the layer's word.
    let mut right = line.right().min(line.x.saturating_add(WORDS));
    let mut take = |cells: u16| {
        right = right.saturating_sub(cells);
        right
    };
    let verdict = layer.verdict.map(|(_, verdict)| verdict_sign(verdict));
    let wide = line.width >= 52;
    let check_at = take(if wide { 7 } else { 2 });
    if row.trouble {
        put(buffer, line, check_at, line.y, 7, if wide { "! wrong" } else { "!" }, theme.style(Role::Bad));
    } else if let Some((sign, role)) = verdict {
        let text = if wide { format!("{sign} sum") } else { sign.to_string() };
        put(buffer, line, check_at, line.y, 7, &text, theme.style(role));
    }
    let size_at = take(8);
    let size = format!("{} B", header(tree, at.into()).len);
    put_right(buffer, line, size_at, line.y, 7, &size, theme.style(Role::Dim));
    // The layer's word says more than a text that is cut short.
    if line.width >= 36 {
        let word_at = take(13);
        let word = if layer.protocol.layer == crate::decode::Layer::Frame {
            ""
        } else {
            layer.protocol.layer.name()
        };
        put(buffer, line, word_at, line.y, 12, word, theme.style(Role::Dim));
    }
    let room = right.saturating_sub(x + 1);
    let label = if layer.quoted {
        format!("“{}”", layer.protocol.label)
    } else {
        layer.protocol.label.to_owned()
    };
    let role = protocol_role(layer.protocol.layer, (layer.protocol.name == "udp").then_some(17));
    let style = theme.style(role).add_modifier(ratatui::style::Modifier::BOLD);
    let used = put(buffer, line, x, line.y, room, &label, style);
    let text = tree.text(node);
    let rest = room.saturating_sub(used + 1);
    if !text.is_empty() {
        let text = crate::base::safe(text);
        if width(&text) <= usize::from(rest) || rest > 18 {
            put(buffer, line, x + used + 1, line.y, rest, &fit(&text, rest.into()), theme.style(Role::Dim));
        }
    }
}
