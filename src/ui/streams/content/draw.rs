//! Draws the content of a stream: who the sides are, the lines, the byte under
//! the cursor.

use super::page::Line;
use super::{Content, inner};
use crate::flow::Side;
use crate::flow::stream::Kind;
use crate::ui::flows::rule;
use crate::ui::model::Model;
use crate::ui::text::{grouped, paint, put, put_right};
use crate::ui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells of the margin that says who sent a line.
const MARGIN: u16 = 3;

/// Where lines stand, their margin left out.
pub fn lines_area(area: Rect) -> Rect {
    let area = inner(area);
    Rect { x: area.x + MARGIN.min(area.width), width: area.width.saturating_sub(MARGIN + 1), ..area }
}

fn role_of(content: &Content, side: Side) -> Role {
    if is_server(content, side) { Role::Internet } else { Role::Datagram }
}

fn is_server(content: &Content, side: Side) -> bool {
    content.flow.as_ref().is_some_and(|flow| flow.server() == side)
}

/// Which way: from the client or from the server.
fn sign(content: &Content, side: Side) -> &'static str {
    if is_server(content, side) { "←" } else { "→" }
}

/// Draws all of it.
pub fn draw(content: &Content, area: Rect, buffer: &mut Buffer, model: &Model) {
    let theme = model.theme;
    sides(content, area, buffer, theme);
    let lines = lines_area(area);
    let here = content.line();
    let seen = content.window.lines.iter().enumerate().skip(content.top);
    for (y, (number, line)) in (lines.top()..lines.bottom()).zip(seen) {
        row(content, line, number == here, Rect { y, height: 1, ..lines }, buffer, theme);
    }
    if content.window.lines.is_empty() {
        let text = if content.is_done { "this flow carried no bytes" } else { "…" };
        put(buffer, lines, lines.x, lines.y, lines.width, text, theme.style(Role::Dim));
    }
    below(content, area, buffer, model);
}

/// Two lines: each side, and how much of it there is.
fn sides(content: &Content, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(flow) = &content.flow else { return };
    let key = &flow.key;
    let ends = [
        (Side::A, rule::end(key.source(), key.src_port, key.protocol)),
        (Side::B, rule::end(key.destination(), key.dst_port, key.protocol)),
    ];
    for (y, (side, end)) in (area.y..area.bottom()).zip(ends) {
        let letter = if side == Side::A { "A" } else { "B" };
        let role = Some(flow.role(side)).filter(|role| !role.is_empty());
        let role = role.map(|role| format!(", {role}")).unwrap_or_default();
        let [a, b] = &content.window.counts;
        let counts = if side == Side::A { a } else { b };
        let only = content.view.only.filter(|only| *only != side).map_or("", |_| " (not shown)");
        let text = format!("{} {letter} {end}{role}{only}", sign(content, side));
        let x = area.x + 1;
        let room = area.right().saturating_sub(x);
        let used = put(buffer, area, x, y, room, &text, theme.style(role_of(content, side)));
        let odd = counts.missing + counts.cut + counts.conflicts + counts.stray + counts.not_kept > 0;
        let style = theme.style(if odd { Role::Odd } else { Role::Dim });
        put(
            buffer,
            area,
            x + used + 2,
            y,
            room.saturating_sub(used + 2),
            &counts.words(key.protocol == rule::TCP),
            style,
        );
    }
}

fn row(content: &Content, line: &Line, here: bool, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let own = role_of(content, line.side);
    let role = match line.kind {
        Kind::Data if !line.cells.is_empty() => own,
        Kind::Gap | Kind::Conflict | Kind::Reset => Role::Bad,
        Kind::Data | Kind::Fin | Kind::KeepAlive => Role::Dim,
        Kind::Cut | Kind::Retransmission | Kind::Overlap | Kind::Unchecked => Role::Odd,
    };
    let margin = Rect { x: area.x.saturating_sub(MARGIN - 1), width: MARGIN - 1, ..area };
    put(buffer, margin, margin.x, margin.y, 1, sign(content, line.side), theme.style(own));
    put(buffer, area, area.x, area.y, area.width, &line.text, theme.style(role));
    if here && line.cells.is_empty() {
        let width = (line.text.chars().count() as u16).max(1);
        paint(buffer, Rect { width, ..area }.intersection(area), theme.style(Role::Selected));
    }
    let at = line.cells.partition_point(|cell| cell.place <= content.cursor).saturating_sub(1);
    for (number, cell) in line.cells.iter().enumerate() {
        let hit = content.window.hit.contains(&cell.place);
        let under = here && number == at;
        if hit || under {
            let style = theme.style(if under { Role::Found } else { Role::Lit });
            let x = area.x + cell.x;
            paint(buffer, Rect { x, width: cell.width, ..area }.intersection(area), style);
            if let Some(beside) = cell.beside {
                paint(buffer, Rect { x: area.x + beside, width: 1, ..area }.intersection(area), style);
            }
        }
    }
}

/// The byte under the cursor, and how far the stream is.
fn below(content: &Content, area: Rect, buffer: &mut Buffer, model: &Model) {
    let y = area.bottom().saturating_sub(1);
    if area.height < 4 {
        return;
    }
    let (theme, style) = (model.theme, model.theme.style(Role::Line));
    put(buffer, area, area.x, y, area.width, &"─".repeat(area.width.into()), style);
    let line = content.window.lines.get(content.line());
    let mut words = Vec::new();
    if let (Some(line), Some((packet, offset))) = (line, content.packet()) {
        let side = if line.side == Side::A { "A" } else { "B" };
        words.push(format!("packet {}", grouped(packet + 1)));
        if let Some(capture) = &model.capture
            && let (Some(record), Some(start)) = (capture.session.record(packet), capture.session.record(0))
        {
            words.push(format!("{:.6} s", record.time.since(start.time) as f64 / 1e9));
        }
        words.push(format!("byte {} of {side}", grouped(offset)));
    }
    if content.window.waiting > 0 {
        words.push(format!("{} early segments wait", content.window.waiting));
    }
    if !content.is_done {
        words.push(format!("read up to packet {}", grouped(content.scanned)));
    }
    let text = format!(" {} ", words.join(" · "));
    put(buffer, area, area.x + 1, y, area.width, &text, theme.style(Role::Heading));
    if let Some(message) = content.message() {
        let cells = (message.chars().count() as u16 + 2).min(area.width);
        let x = area.right().saturating_sub(cells);
        put_right(buffer, area, x, y, cells, &format!(" {message} "), theme.style(Role::Odd));
    }
}
