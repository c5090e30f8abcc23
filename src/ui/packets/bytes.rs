//! The bytes of the selected packet: offsets, hexadecimal, characters.
//!
//! Owns the byte cursor and where it is scrolled to. Which bytes are lit
//! follows from the selected node.

use super::tree::header;
use crate::decode::Span;
use crate::decode::sinks::{NodeKind, Tree};
use crate::ui::action::Action;
use crate::ui::model::{Capture, Model};
use crate::ui::text::{paint, put};
use crate::ui::theme::Role;
use crate::ui::visible::Peeled;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The bytes pane's own state.
#[derive(Default)]
pub struct BytesView {
    cursor: u32,
    source: u8,
    top: u32,
    page: u32,
    row: u32,
    width: u16,
    seen: Option<(u64, Option<u32>)>,
}

/// The bytes that a node lights: its own, and its layer's.
pub fn lit(tree: &Tree, node: Option<u32>) -> (Span, Span) {
    let Some(node) = node.and_then(|at| tree.node(at)) else { return Default::default() };
    if let NodeKind::Layer(at) = node.kind {
        return (header(tree, at.into()), node.span);
    }
    let mut up = node.parent;
    let mut layer = Span::default();
    while let Some(parent) = up.and_then(|at| tree.node(at)) {
        if let NodeKind::Layer(at) = parent.kind {
            layer = header(tree, at.into());
        }
        up = parent.parent;
    }
    (node.span, layer)
}

/// Cells before the first byte: ` 0000 `, and one more where there is room.
const OFFSET: u16 = 6;

/// Bytes up to which a field is lit brightly.
const GLARE: u32 = 160;

/// Where byte `at` of a row begins, counted from the first byte's cell.
fn column(at: u32) -> u16 {
    (at * 3 + at / 8) as u16
}

/// Bytes of a row that fit, with their characters.
fn per_row(width: u16) -> u32 {
    let fits = |bytes: u32| OFFSET + column(bytes) + bytes as u16 <= width;
    // Wider rows only where a whole screen is theirs.
    [32, 16, 8, 4].into_iter().find(|bytes| fits(*bytes)).unwrap_or(4)
}

/// Where the first byte and the first character of a row lie.
fn starts(width: u16, row: u32) -> (u16, u16) {
    let first = if OFFSET + 1 + column(row) + row as u16 <= width { OFFSET + 1 } else { OFFSET };
    (first, first + column(row))
}

impl BytesView {
    /// Scrolls to what is lit when the selection has changed.
    pub fn prepare(&mut self, area: Rect, capture: &Capture) {
        self.row = per_row(area.width);
        self.width = area.width;
        self.page = area.height.into();
        let Some(peeled) = &capture.peeled else { return };
        let seen = Some((peeled.id, capture.node));
        if self.seen != seen {
            self.seen = seen;
            let (span, _) = lit(&peeled.tree, capture.node);
            if usize::from(span.source) < peeled.sources.len() {
                self.source = span.source;
                if !span.contains(self.cursor) {
                    self.cursor = span.start;
                }
                self.show_all(span);
            }
        }
        let len = self.len(peeled);
        self.cursor = self.cursor.min(len.saturating_sub(1));
        self.top = self.top.min(len.div_ceil(self.row).saturating_sub(self.page));
    }

    fn show(&mut self, byte: u32) {
        let line = byte / self.row.max(1);
        self.top = self.top.min(line).max((line + 1).saturating_sub(self.page));
    }

    /// As much of a span as there is room for, its beginning in any case.
    fn show_all(&mut self, span: Span) {
        let row = self.row.max(1);
        let (first, last) = (span.start / row, span.end().saturating_sub(1) / row);
        self.top = self.top.max((last + 1).saturating_sub(self.page)).min(first);
    }

    fn len(&self, peeled: &Peeled) -> u32 {
        peeled.sources.get(usize::from(self.source)).map_or(0, |bytes| bytes.len() as u32)
    }

    /// Scrolls without moving the cursor.
    pub fn scroll(&mut self, lines: i32) {
        self.top = self.top.saturating_add_signed(lines);
    }

    /// Moves the cursor; the field under it is selected. `false` when the
    /// action is not for the bytes.
    pub fn act(&mut self, action: Action, capture: &mut Capture) -> bool {
        let Some(peeled) = capture.peeled.clone() else { return false };
        let last = self.len(&peeled).saturating_sub(1);
        let row = self.row.max(1);
        let page = row * self.page.max(1);
        let to = match action {
            Action::Left => self.cursor.saturating_sub(1),
            Action::Right => self.cursor.saturating_add(1),
            Action::Up => self.cursor.checked_sub(row).unwrap_or(self.cursor),
            Action::Down => {
                if self.cursor + row <= last {
                    self.cursor + row
                } else {
                    self.cursor
                }
            }
            Action::PageUp => self.cursor.saturating_sub(page),
            Action::PageDown => self.cursor.saturating_add(page),
            Action::First => 0,
            Action::Last => last,
            Action::NextSource if peeled.sources.len() > 1 => {
                let sources = peeled.sources.len().clamp(1, 255) as u8;
                self.source = (self.source + 1) % sources;
                0
            }
            _ => return false,
        };
        self.move_to(to.min(last), &peeled, capture);
        true
    }

    fn move_to(&mut self, to: u32, peeled: &Peeled, capture: &mut Capture) {
        self.cursor = to;
        self.show(to);
        if let Some(node) = peeled.tree.field_at(self.source, to) {
            capture.node = Some(node);
            // The cursor moved, not the selection: nothing scrolls by itself.
            self.seen = Some((peeled.id, Some(node)));
        }
    }

    /// A click: the byte there, in hexadecimal or as a character.
    pub fn click(&mut self, x: u16, y: u16, capture: &mut Capture) {
        let Some(peeled) = capture.peeled.clone() else { return };
        let row = self.row.max(1);
        let (first, characters) = starts(self.width, row);
        let at = (0..row).find(|at| {
            let hex = first + column(*at);
            (hex..hex + 2).contains(&x) || x == characters + *at as u16
        });
        let Some(at) = at else { return };
        let byte = (self.top + u32::from(y)) * row + at;
        if byte < self.len(&peeled) {
            self.move_to(byte, &peeled, capture);
        }
    }

    /// Draws the dump.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model, active: bool) {
        let Some(capture) = &model.capture else { return };
        let Some(peeled) = &capture.peeled else { return };
        let theme = model.theme;
        let Some(bytes) = peeled.sources.get(usize::from(self.source)) else { return };
        let (own, mut layer) = lit(&peeled.tree, capture.node);
        if own.len > GLARE {
            layer = own;
        }
        // Much light blinds: what is long is lit softly.
        let own_role = if own.len <= GLARE { Role::Lit } else { Role::LitLayer };
        let far: Vec<Span> = capture.node.map_or_else(Vec::new, |node| peeled.tree.refers(node).collect());
        let light = |place: u32| {
            let inside = |span: &Span| span.source == self.source && span.contains(place);
            let roles = [(own, own_role)].into_iter().chain(far.iter().map(|span| (*span, Role::LitFar)));
            roles.chain([(layer, Role::LitLayer)]).find(|(span, _)| inside(span)).map(|(_, role)| role)
        };
        let row = self.row.max(1);
        for (y, line) in (area.top()..area.bottom()).zip(self.top..) {
            let start = line.saturating_mul(row);
            let Some(part) = bytes.get(start as usize..).filter(|part| !part.is_empty()) else { break };
            let offset = format!("{start:04x}");
            put(buffer, area, area.x + 1, y, 6, &offset, theme.style(Role::Dim));
            let (first, characters) = starts(area.width, row);
            let (first, characters) = (area.x + first, area.x + characters);
            for (at, byte) in (0..row).zip(part) {
                let place = start + at;
                let lit = light(place);
                let base = theme.style(lit.unwrap_or(if *byte == 0 { Role::Dim } else { Role::Text }));
                let x = first + column(at);
                put(buffer, area, x, y, 2, &format!("{byte:02x}"), base);
                let c = if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' };
                put(buffer, area, characters + at as u16, y, 1, c.encode_utf8(&mut [0; 4]), base);
                // The light does not stop between the bytes of one field.
                let joined = at + 1 < row && (at + 1) % 8 != 0;
                if let Some(role) = lit.filter(|_| joined && light(place + 1) == lit) {
                    paint(buffer, Rect::new(x + 2, y, 1, 1).intersection(area), theme.style(role));
                }
                if active && place == self.cursor {
                    paint(buffer, Rect::new(x, y, 2, 1).intersection(area), theme.style(Role::Found));
                    let cell = Rect::new(characters + at as u16, y, 1, 1);
                    paint(buffer, cell.intersection(area), theme.style(Role::Found));
                }
            }
        }
    }

    /// The heading: which source, of how many.
    pub fn heading(&self, capture: &Capture) -> String {
        let Some(peeled) = &capture.peeled else { return "Bytes".to_owned() };
        let len = self.len(peeled);
        match peeled.sources.len() {
            0 | 1 => format!("Bytes · {len}"),
            count => format!("Bytes · {len} · source {} of {count} · b next", self.source + 1),
        }
    }
}
