//! Draws the problems screen.

use super::super::model::{Capture, TimeStyle};
use super::super::text::{grouped, packets, paint, put, put_right, width, wrap};
use super::super::theme::{Role, Theme};
use super::{Line, Open, Problems};
use crate::base::PacketId;
use crate::capture::Record;
use crate::session::problems::{Kind, Severity};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::net::SocketAddr;

/// Lines of the words on the selected kind, where there is room for all of them.
const ABOUT: u16 = 8;
/// Screens at least so wide show the ends of every packet.
const WIDE: u16 = 100;
/// Cells of the names before them.
const NAMES: u16 = 10;

/// The part of the screen that the list takes.
pub fn list_area(area: Rect) -> Rect {
    let about = match area.height {
        20.. => ABOUT + 1,
        10.. => area.height - 8,
        _ => 0,
    };
    let above = if area.height > 6 { 2 } else { u16::from(area.height > 2) };
    Rect { y: area.y + above, height: area.height.saturating_sub(about + above), ..area }
}

/// Draws everything.
pub fn draw(screen: &Problems, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    let list = list_area(area);
    if list.y > area.y {
        summary(screen, Rect { height: 1, ..area }, buffer, capture, theme);
    }
    if list.y > area.y + 1 && !screen.groups.is_empty() {
        let head = Rect { y: area.y + 1, height: 1, ..area };
        let style = theme.style(Role::Heading);
        put(buffer, head, head.x + 3, head.y, 10, "Severity", style);
        put_right(buffer, head, head.x + 13, head.y, 11, "Packets", style);
        put_right(buffer, head, head.x + 25, head.y, 11, "First", style);
        put(buffer, head, head.x + 38, head.y, head.width.saturating_sub(38), "What", style);
    }
    // Addresses stand beside the words where there is room for both; of a segment
    // they say more than the words.
    let is_wide = area.width >= WIDE;
    let seen = screen.seen.iter().filter_map(|line| match line {
        Line::Packet(kind, id, _) if is_wide || has_ends(*kind) => {
            screen.known.get(&(*kind, *id)).and_then(ends)
        }
        _ => None,
    });
    let widest = seen.map(|ends| width(&ends)).max().unwrap_or(0) as u16;
    let cells = widest.min(if is_wide { 46 } else { 36 });
    for (y, (number, line)) in (list.top()..list.bottom()).zip((screen.top..).zip(&screen.seen)) {
        match line {
            Line::Group(at) => group(screen, *at, Rect { y, height: 1, ..list }, buffer, theme),
            Line::Notice(text) => {
                put(buffer, list, list.x + 5, y, list.width.saturating_sub(5), text, theme.style(Role::Text));
            }
            Line::Packet(kind, id, record) => {
                let text = screen.known.get(&(*kind, *id));
                let cells = if is_wide || has_ends(*kind) { cells } else { 0 };
                packet(capture, cells, (*id, record), text, Rect { y, height: 1, ..list }, buffer, theme);
            }
        }
        if number == screen.selected {
            paint(buffer, Rect { y, height: 1, ..list }, theme.style(Role::Selected));
        }
    }
    let below = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..area };
    about(screen, below, buffer, theme);
}

/// What the selected kind means.
fn about(screen: &Problems, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(here) = screen.groups.get(screen.here).filter(|_| area.height > 0) else { return };
    let about = here.about;
    let rule = "─".repeat(area.width.into());
    put(buffer, area, area.x, area.y, area.width, &rule, theme.style(Role::Line));
    let head = format!(" {} {}: {} ", about.severity.sign(), about.severity.name(), about.title);
    let room = area.width.saturating_sub(2);
    put(buffer, area, area.x + 1, area.y, room, &head, theme.style(Role::Heading));
    let room = area.width.saturating_sub(NAMES + 2);
    let mut y = area.y + 1;
    let parts =
        [("Meaning", about.meaning), ("Cause", about.cause), ("Next", about.next), ("Filter", about.filter)];
    for (name, text) in parts.into_iter().filter(|(_, text)| !text.is_empty()) {
        let left = usize::from(area.bottom().saturating_sub(y));
        put(buffer, area, area.x + 1, y, NAMES, name, theme.style(Role::Dim));
        for line in wrap(text, room.into(), left) {
            put(buffer, area, area.x + 1 + NAMES, y, room, &line, theme.style(Role::Text));
            y += 1;
        }
        if y >= area.bottom() {
            break;
        }
    }
}

/// One line over all: how much is wrong, and how much of the capture was looked at.
fn summary(screen: &Problems, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    let progress = capture.progress();
    let done = progress.analysed == progress.indexed && !progress.reading;
    let part = screen.part.as_ref().and(capture.matches()).map(|matches| matches.len());
    let looked = format!(": {} looked at", packets(part.unwrap_or(progress.analysed)));
    let count = |severity: Severity| {
        let groups = screen.groups.iter().filter(|group| group.about.severity == severity);
        groups.map(|group| group.count).sum::<u64>()
    };
    let counts =
        Severity::ALL.map(|severity| (severity, count(severity))).into_iter().filter(|(_, n)| *n > 0);
    let words: Vec<_> = counts
        .clone()
        .map(|(severity, n)| {
            let plural = if n == 1 || severity == Severity::Chat { "" } else { "s" };
            format!("{} {}{plural}", grouped(n), severity.name())
        })
        .collect();
    let (text, role) = match counts.clone().next() {
        None if done => (format!("✓ Nothing wrong or odd{looked}, every checkable sum is good."), Role::Good),
        None => (format!("… nothing found yet{looked}"), Role::Dim),
        Some((worst @ (Severity::Error | Severity::Warning), _)) => {
            (format!("{} {}{looked}", worst.sign(), words.join(", ")), worst.into())
        }
        Some(_) => {
            (format!("✓ Nothing wrong, but something to know: {}{looked}", words.join(", ")), Role::Good)
        }
    };
    let so_far = if done { "" } else { " so far" };
    let [long, short] = match (&capture.filter, screen.is_limited) {
        (None, _) => [""; 2],
        (Some(_), true) => [" (of those that the filter lets through, w: all)", " (filtered, w: all)"],
        (Some(_), false) => [" (of all packets, the filter is not applied: w)", " (not filtered: w)"],
    };
    // What a filter has to do with it is read in any case.
    let brief = text.replace(&looked, "");
    let said = [
        format!("{text}{so_far}{long}"),
        format!("{text}{so_far}{short}"),
        format!("{brief}{so_far}{short}"),
    ];
    let said = said.iter().find(|said| width(said) < area.width.into()).unwrap_or(&said[2]);
    put(buffer, area, area.x + 1, area.y, area.width.saturating_sub(1), said, theme.style(role));
}

fn group(screen: &Problems, at: usize, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(group) = screen.groups.get(at) else { return };
    let severity = group.about.severity;
    let style = theme.style(severity.into());
    let sign = if group.open.is_some() { "▾" } else { "▸" };
    put(buffer, area, area.x + 1, area.y, 1, sign, theme.style(Role::Dim));
    put(buffer, area, area.x + 3, area.y, 10, &format!("{} {}", severity.sign(), severity.name()), style);
    put_right(buffer, area, area.x + 13, area.y, 11, &grouped(group.count), theme.style(Role::Heading));
    let first = match group.first {
        Some(first) => grouped(first + 1),
        None if group.about.kind.has_packets() => "…".to_owned(),
        None => "-".to_owned(),
    };
    put_right(buffer, area, area.x + 25, area.y, 11, &first, theme.style(Role::Dim));
    put(buffer, area, area.x + 38, area.y, area.width.saturating_sub(38), group.about.title, style);
    if let Some(Open::Packets(job)) = &group.open
        && job.matches().len() < group.count
    {
        let text = format!(" {} found … ", grouped(job.matches().len()));
        put_right(buffer, area, area.x, area.y, area.width, &text, theme.style(Role::Dim));
    }
}

/// Kinds whose packets are told apart by who sent them, more than by the words.
fn has_ends(kind: Kind) -> bool {
    matches!(kind, Kind::Tcp(_))
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
    let first = capture.session.record(0);
    let time = super::super::packets::time(TimeStyle::Start, record, first.as_ref());
    put_right(buffer, area, area.x + 5, area.y, 11, &grouped(id + 1), theme.style(Role::Text));
    put_right(buffer, area, area.x + 17, area.y, 12, &time, theme.style(Role::Dim));
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
