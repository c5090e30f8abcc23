//! Draws the boxes of a [`Plan`] into an area.
//!
//! Pure: a tree, a selection and an area give cells. Knows nothing of keys.

use super::super::layers::{layer_of, role, value_text};
use super::super::text::{fit, put, width};
use super::super::theme::{Role, Theme};
use super::plan::{Block, Content, Plan, Row, abreast, inner_width, sizes};
use crate::decode::sinks::{LayerNode, NodeKind, Tree};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Lines of a box: corners clockwise from the upper left, then across, then down.
const LIGHT: [&str; 6] = ["┌", "┐", "┘", "└", "─", "│"];
const HEAVY: [&str; 6] = ["┏", "┓", "┛", "┗", "━", "┃"];
const DASHED: [&str; 6] = ["┌", "┐", "┘", "└", "┄", "┆"];

/// What drawing needs everywhere.
pub struct Pen<'a> {
    /// The packet.
    pub tree: &'a Tree,
    /// The selected node.
    pub selected: Option<u32>,
    /// Colours.
    pub theme: Theme,
    /// What is drawn.
    pub plan: &'a Plan,
    /// Where; nothing is drawn outside.
    pub area: Rect,
}

impl Pen<'_> {
    fn selected_layer(&self) -> Option<u8> {
        self.selected.and_then(|node| layer_of(self.tree, node))
    }

    fn put(&self, buffer: &mut Buffer, x: u16, y: u16, cells: u16, text: &str, style: Style) -> u16 {
        put(buffer, self.area, x, y, cells, text, style)
    }

    /// Boxes in an area: side by side where they fit so, else below each other.
    pub fn blocks(&self, blocks: &[Block], area: Rect, buffer: &mut Buffer) {
        if area.is_empty() || blocks.is_empty() {
            return;
        }
        if let Some(widths) = abreast(self.tree, blocks, area.width) {
            let mut x = area.x;
            for (block, cells) in blocks.iter().zip(widths) {
                let height = self.plan.height(self.tree, block, cells).min(area.height);
                self.block(block, Rect { x, width: cells, height, ..area }, buffer);
                x += cells;
            }
            return;
        }
        let heights: Vec<u16> = blocks.iter().map(|b| self.plan.height(self.tree, b, area.width)).collect();
        let kept = blocks.iter().position(|b| self.selected_layer().is_some_and(|layer| b.holds(layer)));
        let (first, heights) = allot(&heights, area.height, kept.unwrap_or(0));
        let (mut y, shown) = (area.y, heights.len());
        for (block, height) in blocks.iter().skip(first).zip(heights) {
            self.block(block, Rect { y, height, ..area }, buffer);
            y += height;
        }
        let left = blocks.len() - shown;
        if left > 0 && y < area.bottom() {
            let before = if first > 0 { format!(", {first} of them before these") } else { String::new() };
            let text = format!("… {left} more{before}");
            self.put(buffer, area.x, y, area.width, &text, self.theme.style(Role::Dim));
        }
    }

    fn block(&self, block: &Block, area: Rect, buffer: &mut Buffer) {
        match &block.content {
            Content::Layer(at) => self.layer(*at, block, area, buffer),
            Content::Trailer(node) => self.trailer(*node, area, buffer),
            Content::Hidden(all) => {
                let names: Vec<&str> = all
                    .iter()
                    .filter_map(|at| self.tree.layers.get(usize::from(*at)))
                    .map(|layer| layer.protocol.label)
                    .collect();
                let word = if names.len() == 1 { "layer" } else { "layers" };
                let text = format!("┆ … {} {word}: {}", names.len(), runs(&names).join(" › "));
                self.put(buffer, area.x, area.y, area.width, &text, self.theme.style(Role::Dim));
                let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
                self.blocks(&block.inside, rest, buffer);
            }
        }
    }

    fn layer(&self, at: u8, block: &Block, area: Rect, buffer: &mut Buffer) {
        let Some(layer) = self.tree.layers.get(usize::from(at)) else { return };
        let is_selected = self.selected_layer() == Some(at);
        let color = self.theme.style(role(layer));
        let style = if is_selected { self.theme.style(Role::Active) } else { color };
        let title = self.title(at, layer, is_selected);
        if area.height < 2 || area.width < 4 {
            let mut x = area.x;
            let sign = if is_selected { "▶ " } else { "▪ " };
            x += self.put(buffer, x, area.y, area.width, sign, style);
            self.title_at(buffer, &title, x, area.y, area.right().saturating_sub(x));
            return;
        }
        border(self, area, if is_selected { HEAVY } else { LIGHT }, style, buffer);
        self.title_at(buffer, &title, area.x + 1, area.y, area.width - 2);
        let inner = inner_width(area.width);
        let x = area.x + (area.width - inner) / 2;
        let (mut y, bottom) = (area.y + 1, area.bottom() - 1);
        for row in &self.plan.rows(at, inner) {
            if y >= bottom {
                break;
            }
            match row {
                Row::Strip => self.strip(at, color, x, y, inner, buffer),
                Row::Wrong(text) => {
                    let sign = format!("✗ {text}");
                    self.put(buffer, x, y, inner, &sign, self.theme.style(Role::Bad));
                }
                Row::Fields(all) => {
                    let mut to = x;
                    for (number, words) in all.iter().enumerate() {
                        if number > 0 {
                            to += self.put(buffer, to, y, x + inner - to, " · ", self.theme.style(Role::Dim));
                        }
                        let style = match words.node {
                            Some(node) if self.is_lit(node) => self.theme.style(Role::Lit),
                            _ => self.theme.style(Role::Text),
                        };
                        to += self.put(buffer, to, y, x + inner - to, &words.text, style);
                    }
                }
            }
            y += 1;
        }
        self.blocks(&block.inside, Rect { x, y, width: inner, height: bottom.saturating_sub(y) }, buffer);
    }

    /// The node is selected, or holds the selected one.
    fn is_lit(&self, node: u32) -> bool {
        let mut at = self.selected;
        while let Some(here) = at {
            if here == node {
                return true;
            }
            at = self.tree.node(here).and_then(|node| node.parent);
        }
        false
    }

    /// Header and payload in proportion.
    fn strip(&self, at: u8, color: Style, x: u16, y: u16, cells: u16, buffer: &mut Buffer) {
        let (header, payload) = sizes(self.tree, at);
        let total = u64::from(header) + u64::from(payload);
        if total == 0 || cells < 3 {
            return;
        }
        let own = (u64::from(cells - 1) * u64::from(header) / total).max(1) as u16;
        let own = own.min(cells - 2);
        let dim = self.theme.style(Role::Dim);
        let words = [format!(" header {header} B "), format!(" {header} B "), header.to_string()];
        self.put(buffer, x, y, own, &filled("▓", own, &words), color);
        self.put(buffer, x + own, y, 1, "▏", self.theme.style(Role::Line));
        let rest = cells - own - 1;
        let words = [format!(" payload {payload} B "), format!(" {payload} B "), payload.to_string()];
        self.put(buffer, x + own + 1, y, rest, &filled("░", rest, &words), dim);
    }

    fn trailer(&self, node: u32, area: Rect, buffer: &mut Buffer) {
        let Some(part) = self.tree.node(node) else { return };
        let NodeKind::Field(def) = part.kind else { return };
        let is_selected = self.selected == Some(node);
        let style = self.theme.style(if is_selected { Role::Lit } else { Role::Dim });
        let title = format!(" {} {} B ", def.label.to_lowercase(), part.span.len);
        if area.height >= 2 && area.width >= 4 {
            border(self, area, DASHED, style, buffer);
            self.put(buffer, area.x + 1, area.y, area.width - 2, &title, style);
            if area.height > 2 {
                let value = value_text(self.tree, part, def);
                self.put(buffer, area.x + 1, area.y + 1, area.width - 2, &value, style);
            }
        } else {
            self.put(buffer, area.x, area.y, area.width, &format!("┄{title}"), style);
        }
    }

    /// The words of a title, the most important first.
    fn title(&self, at: u8, layer: &LayerNode, is_selected: bool) -> Vec<(String, Style)> {
        let color = self.theme.style(if is_selected { Role::Active } else { role(layer) });
        let (header, payload) = sizes(self.tree, at);
        let quoted = if layer.quoted { "quoted " } else { "" };
        let mut title = vec![(format!("{quoted}{} {header} B", layer.protocol.label), color)];
        if let Some((_, verdict)) = layer.verdict {
            use crate::decode::Verdict;
            let role = match verdict {
                Verdict::Good => Role::Good,
                Verdict::Bad => Role::Bad,
                Verdict::Partial => Role::Odd,
                Verdict::Absent | Verdict::Unverifiable => Role::Dim,
            };
            title.push((format!("{} sum {}", verdict.sign(), verdict.name()), self.theme.style(role)));
        }
        let model = layer.protocol.layer;
        if layer.id == 0 {
            title.push(("no protocol known here".to_owned(), self.theme.style(Role::Dim)));
        } else if model != crate::decode::Layer::Frame {
            title.push((format!("{}, OSI {}", model.name(), model.osi()), self.theme.style(Role::Dim)));
        }
        if payload > 0 {
            title.push((format!("carries {payload} B"), self.theme.style(Role::Dim)));
        }
        title
    }

    fn title_at(&self, buffer: &mut Buffer, title: &[(String, Style)], x: u16, y: u16, cells: u16) {
        let (mut at, end) = (x, x + cells);
        for (number, (text, style)) in title.iter().enumerate() {
            let wide = width(text) as u16 + 2;
            if number > 0 && at + wide > end {
                return;
            }
            let text = format!(" {} ", fit(text, usize::from(cells.saturating_sub(2))));
            at += self.put(buffer, at, y, end - at, &text, *style) + 1;
        }
    }
}

/// Names with how often each comes in a row.
fn runs(names: &[&str]) -> Vec<String> {
    let each = |run: &[&str]| match run {
        [one] => (*one).to_owned(),
        many => format!("{} ×{}", many.first().unwrap_or(&""), many.len()),
    };
    names.chunk_by(|a, b| a == b).map(each).collect()
}

/// `fill` repeated over `cells`, with the first of the words that fits in the
/// middle.
fn filled(fill: &str, cells: u16, words: &[String]) -> String {
    let cells = usize::from(cells);
    let word = words.iter().map(String::as_str).find(|word| width(word) <= cells).unwrap_or("");
    let left = (cells - width(word)) / 2;
    format!("{}{word}{}", fill.repeat(left), fill.repeat(cells - width(word) - left))
}

fn border(pen: &Pen<'_>, area: Rect, lines: [&str; 6], style: Style, buffer: &mut Buffer) {
    let [upper_left, upper_right, lower_right, lower_left, across, down] = lines;
    let across = across.repeat(usize::from(area.width - 2));
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    pen.put(buffer, area.x, area.y, area.width, &format!("{upper_left}{across}{upper_right}"), style);
    for y in area.y + 1..bottom {
        pen.put(buffer, area.x, y, 1, down, style);
        pen.put(buffer, right, y, 1, down, style);
    }
    pen.put(buffer, area.x, bottom, area.width, &format!("{lower_left}{across}{lower_right}"), style);
}

/// Heights of boxes below each other when not all of them fit: the first one
/// that is shown, and a height for each from there.
fn allot(wanted: &[u16], room: u16, kept: usize) -> (usize, Vec<u16>) {
    let sum = wanted.iter().fold(0u16, |sum, height| sum.saturating_add(*height));
    if sum <= room {
        return (0, wanted.to_vec());
    }
    let count = wanted.len();
    if usize::from(room) < count {
        // One line each, around the one that is kept, and one for "more".
        let shown = usize::from(room).saturating_sub(1).max(1);
        let first = kept.saturating_sub(shown / 2).min(count.saturating_sub(shown));
        return (first, vec![1; shown.min(usize::from(room))]);
    }
    let mut heights: Vec<u16> = vec![1; count];
    let mut left = room - count as u16;
    let order = std::iter::once(kept).chain((0..count).filter(|at| *at != kept));
    for at in order {
        let Some((height, wanted)) = heights.get_mut(at).zip(wanted.get(at)) else { continue };
        let more = wanted.saturating_sub(*height).min(left);
        *height += more;
        left -= more;
    }
    (0, heights)
}
