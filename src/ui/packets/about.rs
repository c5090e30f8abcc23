//! What the selected field is: its name for filters, its bytes and bits, what
//! it is for and where that is written.

use super::bytes::lit;
use crate::decode::sinks::{NodeKind, Tree};
use crate::decode::{Span, Value, bit_pattern, export};
use crate::ui::model::Model;
use crate::ui::text::{put, width, wrap};
use crate::ui::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// `bytes 38–39`, `byte 12`, nothing for what has none.
fn range(span: Span) -> String {
    match span.len {
        0 => String::new(),
        1 => format!("byte {}", span.start),
        len => format!("bytes {}–{}", span.start, span.start + len - 1),
    }
}

/// Draws the words on the selected node; its whole line too when that does not
/// fit into `tree_width` cells.
pub fn draw(area: Rect, buffer: &mut Buffer, model: &Model, tree_width: u16) {
    let Some(capture) = &model.capture else { return };
    let theme = model.theme;
    if area.height == 0 {
        return;
    }
    let line = "─".repeat(area.width.into());
    put(buffer, area, area.x, area.y, area.width, &line, theme.style(Role::Line));
    let Some(peeled) = &capture.peeled else { return };
    let tree = &peeled.tree;
    let Some(node) = capture.node.and_then(|at| tree.node(at)) else { return };
    let (own, _) = lit(tree, capture.node);
    let (name, about, spec) = match node.kind {
        NodeKind::Layer(at) => {
            let Some(layer) = tree.layers.get(usize::from(at)) else { return };
            let protocol = layer.protocol;
            (protocol.name, format!("{}: {}", protocol.title, protocol.about), protocol.spec)
        }
        NodeKind::Field(def) => {
            let spec = layer_spec(tree, capture.node);
            let named = def.about.contains("RFC") || def.about.contains("IEEE");
            (def.name, def.about.to_owned(), if named { "" } else { spec })
        }
        NodeKind::Problem(problem) => (problem.name(), tree.text(node).to_owned(), ""),
    };
    let bits = match (node.kind, tree.value(node)) {
        (NodeKind::Field(def), Value::Uint(value)) => bit_pattern(def, value),
        _ => None,
    };
    let mut place = range(own);
    for span in capture.node.into_iter().flat_map(|at| tree.refers(at)).take(4) {
        place = format!("{place} → {}", range(span));
    }
    if node.generated {
        place = "concluded, not in the bytes".to_owned();
    }
    let room = area.right().saturating_sub(area.x + 1);
    let mut x = area.x + 1;
    let y = area.y + 1;
    if y < area.bottom() {
        x += put(buffer, area, x, y, room, name, theme.style(Role::Active));
        for text in [place, bits.unwrap_or_default()] {
            if !text.is_empty() {
                let text = format!("  {text}");
                x += put(buffer, area, x, y, area.right().saturating_sub(x), &text, theme.style(Role::Dim));
            }
        }
    }
    let mut y = y + 1;
    let whole = tree.line(node);
    let whole = crate::base::safe(&whole);
    if matches!(node.kind, NodeKind::Field(_))
        && width(&whole) + usize::from(node.depth) * 2 + 3 > tree_width.into()
    {
        let lines = usize::from(area.height.saturating_sub(3)).clamp(1, 3);
        for line in wrap(&whole, room.into(), lines) {
            put(buffer, area, area.x + 1, y, room, &line, theme.style(Role::Heading));
            y += 1;
        }
    }
    let text = if spec.is_empty() { about } else { format!("{about} ({spec})") };
    let left = usize::from(area.bottom().saturating_sub(y));
    for (y, line) in (y..).zip(wrap(&text, room.into(), left)) {
        put(buffer, area, area.x + 1, y, room, &line, theme.style(Role::Text));
    }
}

fn layer_spec(tree: &Tree, node: Option<u32>) -> &'static str {
    let mut at = node.and_then(|at| tree.node(at));
    while let Some(node) = at {
        if let NodeKind::Layer(layer) = node.kind {
            return tree.layers.get(usize::from(layer)).map_or("", |layer| layer.protocol.spec);
        }
        at = node.parent.and_then(|up| tree.node(up));
    }
    ""
}

/// The selected node as a display filter.
pub fn as_filter(tree: &Tree, node: Option<u32>) -> Option<String> {
    let node = tree.node(node?)?;
    match node.kind {
        NodeKind::Layer(at) => tree.layers.get(usize::from(at)).map(|layer| layer.protocol.name.to_owned()),
        NodeKind::Problem(_) => None,
        NodeKind::Field(def) => {
            let value = tree.value(node);
            if value == Value::None {
                return Some(def.name.to_owned());
            }
            let mut text = String::new();
            export(&mut text, def, value);
            if def.kind == crate::decode::Kind::Text {
                text = format!("\"{}\"", text.replace('"', "\\\""));
            } else if def.kind == crate::decode::Kind::Bytes {
                let pairs: Vec<&str> =
                    text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
                text = pairs.join(":");
            }
            Some(format!("{} == {text}", def.name))
        }
    }
}
