//! Draws the problems screen.

use super::super::model::Capture;
use super::super::text::{grouped, paint, put, put_right, width, wrap};
use super::super::theme::{Role, Theme};
use super::kinds::Severity;
use super::{Line, Open, Problems};
use crate::base::PacketId;
use crate::capture::Record;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::net::SocketAddr;

/// Lines of the words on the selected kind.
const ABOUT: u16 = 4;

/// The part of the screen that the list takes.
pub fn list_area(area: Rect) -> Rect {
    let about = if area.height >= 10 { ABOUT + 1 } else { 0 };
    let above = u16::from(area.height > 2);
    Rect { y: area.y + above, height: area.height.saturating_sub(about + above), ..area }
}

fn role(severity: Severity) -> Role {
    match severity {
        Severity::Wrong => Role::Bad,
        Severity::Odd => Role::Odd,
        Severity::Note => Role::Dim,
    }
}

/// Draws everything.
pub fn draw(screen: &Problems, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    let list = list_area(area);
    if list.y > area.y {
        summary(screen, Rect { height: 1, ..area }, buffer, capture, theme);
    }
    // Addresses stand beside the words where there is room for both.
    let seen = screen.seen.iter().filter_map(|line| match line {
        Line::Packet(kind, id, _) => screen.known.get(&(*kind, *id)).and_then(ends),
        _ => None,
    });
    let cells =
        if area.width >= 100 { seen.map(|ends| width(&ends)).max().unwrap_or(0).min(46) as u16 } else { 0 };
    for (y, (number, line)) in (list.top()..list.bottom()).zip((screen.top..).zip(&screen.seen)) {
        match line {
            Line::Group(at) => group(screen, *at, Rect { y, height: 1, ..list }, buffer, theme),
            Line::Notice(text) => {
                put(buffer, list, list.x + 5, y, list.width.saturating_sub(5), text, theme.style(Role::Text));
            }
            Line::Packet(kind, id, record) => {
                let text = screen.known.get(&(*kind, *id));
                packet(capture, cells, (*id, record), text, Rect { y, height: 1, ..list }, buffer, theme);
            }
        }
        if number == screen.selected {
            paint(buffer, Rect { y, height: 1, ..list }, theme.style(Role::Selected));
        }
    }
    let below = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..area };
    let Some(here) = screen.groups.get(screen.here).filter(|_| below.height > 0) else { return };
    let rule = "─".repeat(below.width.into());
    put(buffer, below, below.x, below.y, below.width, &rule, theme.style(Role::Line));
    let head = format!(" {} ", here.kind.name());
    put(
        buffer,
        below,
        below.x + 1,
        below.y,
        below.width.saturating_sub(2),
        &head,
        theme.style(Role::Heading),
    );
    let lines = wrap(here.kind.about(), usize::from(below.width).saturating_sub(2), ABOUT.into());
    for (y, line) in (below.top() + 1..below.bottom()).zip(lines) {
        put(buffer, below, below.x + 1, y, below.width.saturating_sub(1), &line, theme.style(Role::Text));
    }
}

/// One line over all: how much is wrong, and how much of the capture was looked at.
fn summary(screen: &Problems, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    let progress = capture.progress();
    let done = progress.analysed == progress.indexed && !progress.reading;
    let wrong = screen.groups.iter().filter(|group| group.kind.severity() == Severity::Wrong);
    let wrong: u64 = wrong.map(|group| group.count).sum();
    let looked = format!("{} packets looked at", grouped(progress.analysed));
    let (text, role) = match (screen.groups.is_empty(), wrong) {
        (true, _) if done => (
            format!("✓ Nothing wrong and nothing odd: {looked}, every sum that could be checked is good."),
            Role::Good,
        ),
        (true, _) => (format!("… nothing found yet: {looked}"), Role::Dim),
        (false, 0) => (format!("✓ Nothing wrong, but something to know: {looked}"), Role::Good),
        (false, 1) => (format!("✗ One thing is wrong: {looked}"), Role::Bad),
        (false, wrong) => (format!("✗ {} things are wrong: {looked}", grouped(wrong)), Role::Bad),
    };
    let more = if done { "" } else { " so far" };
    put(
        buffer,
        area,
        area.x + 1,
        area.y,
        area.width.saturating_sub(1),
        &format!("{text}{more}"),
        theme.style(role),
    );
}

fn group(screen: &Problems, at: usize, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(group) = screen.groups.get(at) else { return };
    let severity = group.kind.severity();
    let sign = if group.open.is_some() { "▾" } else { "▸" };
    put(buffer, area, area.x + 1, area.y, 1, sign, theme.style(Role::Dim));
    put(buffer, area, area.x + 3, area.y, 1, severity.sign(), theme.style(role(severity)));
    put_right(buffer, area, area.x + 5, area.y, 11, &grouped(group.count), theme.style(Role::Heading));
    let name = group.kind.name();
    let used = put(
        buffer,
        area,
        area.x + 18,
        area.y,
        area.width.saturating_sub(18),
        &name,
        theme.style(role(severity)),
    );
    // The first words of what it means, as far as there is room.
    let x = area.x + 18 + used + 2;
    let about = group.kind.about().split(['.', ':']).next().unwrap_or_default();
    let room = area.right().saturating_sub(x);
    if usize::from(room) > width(about) || room > 40 {
        put(buffer, area, x, area.y, room, about, theme.style(Role::Dim));
    }
    if let Some(Open::Packets(job)) = &group.open
        && job.matches().len() < group.count
    {
        let text = format!(" {} found … ", grouped(job.matches().len()));
        put_right(buffer, area, area.x, area.y, area.width, &text, theme.style(Role::Dim));
    }
}

/// Who sent a packet to whom.
fn ends(text: &super::texts::Text) -> Option<String> {
    let key = text.flow?;
    let end = |address, port| match key.protocol {
        1 | 58 => format!("{address}"),
        _ => SocketAddr::new(address, port).to_string(),
    };
    Some(format!("{} → {}", end(key.source(), key.src_port), end(key.destination(), key.dst_port)))
}

fn packet(
    capture: &Capture,
    cells: u16,
    (id, record): (PacketId, &Record),
    text: Option<&super::texts::Text>,
    area: Rect,
    buffer: &mut Buffer,
    theme: Theme,
) {
    let start = capture.session.record(0).map_or(record.time, |first| first.time);
    let seconds = record.time.since(start) as f64 / 1e9;
    put_right(buffer, area, area.x + 5, area.y, 11, &grouped(id + 1), theme.style(Role::Text));
    put_right(buffer, area, area.x + 17, area.y, 12, &format!("{seconds:.6}"), theme.style(Role::Dim));
    let mut x = area.x + 31;
    let Some(text) = text else {
        put(buffer, area, x, area.y, 1, "…", theme.style(Role::Dim));
        return;
    };
    if let Some(ends) = ends(text).filter(|_| cells > 0) {
        put(buffer, area, x, area.y, cells, &ends, theme.style(Role::Text));
    }
    x += if cells > 0 { cells + 2 } else { 0 };
    put(buffer, area, x, area.y, area.right().saturating_sub(x), &text.what, theme.style(Role::Text));
}
