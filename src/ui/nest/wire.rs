//! The frame as it went over the wire: one strip to scale, each byte under the
//! innermost layer that it belongs to.
//!
//! Knows nothing of boxes.

use super::super::layers::{header_span, layer_of, role};
use super::super::text::{put, width};
use super::super::theme::{Role, Theme};
use crate::decode::sinks::{NodeKind, Tree};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A run of bytes of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The innermost layer; `None` for bytes that the capture does not hold.
    pub layer: Option<u8>,
    /// Behind the layer's payload: padding or a trailer.
    pub behind: bool,
}

/// The frame's bytes, owner by owner.
pub fn runs(tree: &Tree) -> Vec<Run> {
    let Some(frame) = tree.layers.first() else { return Vec::new() };
    let len = frame.span.len;
    let own = || (0u8..).zip(&tree.layers).filter(|(_, layer)| layer.span.source == 0 && layer.span.len > 0);
    let mut cuts: Vec<u32> = own().flat_map(|(_, layer)| [layer.span.start, layer.span.end()]).collect();
    cuts.extend([0, len]);
    cuts.retain(|at| *at <= len);
    cuts.sort_unstable();
    cuts.dedup();
    let mut runs: Vec<Run> = Vec::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let owner = own().filter(|(_, layer)| layer.span.contains(*start)).map(|(at, _)| at).last();
        let behind = owner.is_some_and(|owner| runs.iter().any(|run| run.layer == Some(owner)));
        match runs.last_mut() {
            Some(last) if last.layer == owner => last.end = *end,
            _ => runs.push(Run { start: *start, end: *end, layer: owner, behind }),
        }
    }
    if frame.claimed > len {
        runs.push(Run { start: len, end: frame.claimed, layer: None, behind: false });
    }
    runs
}

/// Draws the strip in two rows (the second with offsets), `selected` lit.
pub fn draw(tree: &Tree, selected: Option<u32>, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let runs = runs(tree);
    let Some(total) = runs.last().map(|run| u64::from(run.end)).filter(|total| *total > 0) else { return };
    if area.width == 0 || area.height == 0 {
        return;
    }
    let lit = selected.and_then(|node| layer_of(tree, node));
    let column = |byte: u32| (u64::from(area.width) * u64::from(byte) / total) as u16;
    let mut free = area.x;
    for run in &runs {
        let from = (area.x + column(run.start)).max(area.x);
        let cells = (area.x + column(run.end)).saturating_sub(from);
        let layer = run.layer.and_then(|at| tree.layers.get(usize::from(at)));
        let (name, base) = match layer {
            Some(layer) if run.behind => (format!("{} trailer", layer.protocol.label), Role::Dim),
            Some(layer) => (layer.protocol.label.to_owned(), role(layer)),
            None => ("not captured".to_owned(), Role::Odd),
        };
        let is_lit = lit.is_some() && run.layer == lit;
        let style = theme.style(if is_lit { Role::Lit } else { base });
        let bytes = run.end - run.start;
        let named = [format!("{name} {bytes}"), name.clone(), bytes.to_string()];
        let label =
            named.iter().find(|text| width(text) < usize::from(cells)).map_or("", |text| text.as_str());
        if cells > 0 {
            put(buffer, area, from, area.y, 1, "▏", theme.style(Role::Line));
            let fill = match (run.layer, run.behind, is_lit) {
                (None, ..) => "╳",
                (_, true, _) => "·",
                (.., true) => " ",
                _ => "▔",
            };
            put(buffer, area, from + 1, area.y, cells - 1, &fill.repeat((cells - 1).into()), style);
            put(buffer, area, from + 1, area.y, cells - 1, label, style);
        }
        let offset = run.start.to_string();
        if area.height > 1 && from >= free && from + offset.len() as u16 <= area.right() {
            let used =
                put(buffer, area, from, area.y + 1, area.right() - from, &offset, theme.style(Role::Dim));
            free = from + used + 1;
        }
    }
    let end = total.to_string();
    let at = area.right().saturating_sub(end.len() as u16);
    if area.height > 1 && at >= free {
        put(buffer, area, at, area.y + 1, end.len() as u16, &end, theme.style(Role::Dim));
    }
    // The selected bytes, pointed at from below.
    let span = selected.and_then(|node| tree.node(node)).map(|node| match node.kind {
        NodeKind::Layer(at) => header_span(tree, at),
        _ => node.span,
    });
    if let Some(span) = span.filter(|span| span.source == 0 && span.len > 0 && area.height > 1) {
        let from = column(span.start).min(area.width - 1);
        let cells = column(span.end()).saturating_sub(from).max(1).min(area.width - from);
        let marks = match cells {
            1 => "▲".to_owned(),
            _ => format!("╰{}╯", "─".repeat(usize::from(cells) - 2)),
        };
        put(buffer, area, area.x + from, area.y + 1, cells, &marks, theme.style(Role::Key));
    }
}
