//! Draws the chooser.

use super::super::text::{bytes, clear, fit_middle, grouped, paint, put, put_right, width};
use super::super::theme::{Role, Theme};
use super::gather::FileInfo;
use super::{Chooser, Entry, Typing};
use crate::base::safe;
use crate::capture::{InterfaceInfo, Rate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines above the list, and below it.
const ABOVE: u16 = 4;
const BELOW: u16 = 2;

/// A part of the list with a heading of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Interfaces.
    Interfaces,
    /// Files opened before.
    Recent,
    /// Files nearby.
    Near,
}

/// Where an entry belongs.
pub fn section(entry: &Entry) -> Section {
    match entry {
        Entry::Interface(_) => Section::Interfaces,
        Entry::File(file) if file.recent => Section::Recent,
        Entry::File(_) => Section::Near,
    }
}

/// The part of the screen that the list takes.
pub fn list_area(area: Rect) -> Rect {
    let (above, below) = if area.height >= 10 { (ABOVE, BELOW) } else { (0, 0) };
    Rect { y: area.y + above, height: area.height.saturating_sub(above + below), ..area }
}

/// Draws everything.
pub fn draw(chooser: &Chooser, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let area = area.intersection(buffer.area);
    clear(buffer, area);
    let list = list_area(area);
    if list.y > area.y {
        let text = "Open a capture file, or capture from an interface.";
        put(buffer, area, area.x + 1, area.y, area.width.saturating_sub(1), text, theme.style(Role::Heading));
        let lines = [
            ("narrow", Typing::Narrow, &chooser.narrow, "type a part of a name, or a file's whole path"),
            (
                "capture filter",
                Typing::CaptureFilter,
                &chooser.capture_filter,
                "BPF, such as port 53; Tab to type one",
            ),
        ];
        for (y, (label, typing, text, empty)) in (area.y + 1..).zip(lines) {
            let has_keys = chooser.typing == typing;
            let role = if has_keys { Role::Active } else { Role::Dim };
            let label = format!("{label:>14} ▏");
            let used = put(buffer, area, area.x + 1, y, area.width, &label, theme.style(role));
            let x = area.x + 1 + used;
            let room = area.right().saturating_sub(x);
            if text.is_empty() && !has_keys {
                put(buffer, area, x, y, room, empty, theme.style(Role::Dim));
            } else {
                let shown = format!("{text}{}", if has_keys { "█" } else { "" });
                let used = put(buffer, area, x, y, room, &shown, theme.style(Role::Text));
                if text.is_empty() {
                    put(
                        buffer,
                        area,
                        x + used + 1,
                        y,
                        room.saturating_sub(used + 1),
                        empty,
                        theme.style(Role::Dim),
                    );
                }
            }
        }
    }
    let rows = chooser.rows();
    if rows.is_empty() {
        put(
            buffer,
            list,
            list.x + 1,
            list.y,
            list.width,
            "nothing here has such a name",
            theme.style(Role::Dim),
        );
    }
    for (y, at) in (list.top()..list.bottom()).zip(chooser.top..rows.len()) {
        let line = Rect { y, height: 1, ..list };
        match rows.get(at).copied().flatten() {
            Some(place) => {
                match chooser.entries.get(place) {
                    Some(Entry::Interface(info)) => interface(chooser, info, line, buffer, theme),
                    Some(Entry::File(info)) => file(info, line, buffer, theme),
                    None => {}
                }
                if place == chooser.selected {
                    paint(buffer, line, theme.style(Role::Selected));
                }
            }
            None => {
                let next = rows.get(at + 1).copied().flatten().and_then(|place| chooser.entries.get(place));
                if let Some(entry) = next {
                    heading(section(entry), line, buffer, theme);
                }
            }
        }
    }
    if list.bottom() < area.bottom() {
        let y = list.bottom();
        let rule = "─".repeat(area.width.into());
        put(buffer, area, area.x, y, area.width, &rule, theme.style(Role::Line));
        let (text, role) = if chooser.found.may_capture {
            ("✓ This process may capture. Files need no privilege.", Role::Dim)
        } else {
            (
                "◐ Capturing needs privilege: sudo, or once: sudo setcap cap_net_raw,cap_net_admin=eip \
                 $(command -v wirepeel). Files need none.",
                Role::Odd,
            )
        };
        put(buffer, area, area.x + 1, y + 1, area.width.saturating_sub(1), text, theme.style(role));
    }
}

fn heading(section: Section, line: Rect, buffer: &mut Buffer, theme: Theme) {
    let rule = "─".repeat(line.width.into());
    put(buffer, line, line.x, line.y, line.width, &rule, theme.style(Role::Line));
    let text = match section {
        Section::Interfaces => " Interfaces ",
        Section::Recent => " Files opened before ",
        Section::Near => " Files here and in samples ",
    };
    put(buffer, line, line.x + 1, line.y, line.width.saturating_sub(2), text, theme.style(Role::Heading));
}

fn interface(chooser: &Chooser, info: &InterfaceInfo, line: Rect, buffer: &mut Buffer, theme: Theme) {
    let is_marked = chooser.marked.contains(&info.name);
    let mut at = line.x + 1;
    let mut cell = |cells: u16, text: &str, role: Role, buffer: &mut Buffer| {
        let room = line.right().saturating_sub(at).min(cells);
        put(buffer, line, at, line.y, room, text, theme.style(role));
        at = at.saturating_add(cells + 1);
    };
    cell(1, if is_marked { "●" } else { " " }, Role::Key, buffer);
    cell(12, &safe(&info.name), Role::Heading, buffer);
    let flags = info.flags;
    let (text, role) = match (info.pseudo, flags.up, flags.running) {
        (true, ..) => ("", Role::Dim),
        (_, true, true) => ("✓ up", Role::Good),
        (_, true, false) => ("◐ no link", Role::Odd),
        (_, false, _) => ("✗ down", Role::Dim),
    };
    cell(9, text, role, buffer);
    let rate = chooser.rates.get(&info.name).copied();
    let text = match rate {
        Some(Rate { packets, bytes: sent }) if packets >= 0.5 => {
            format!("{}/s {}/s", grouped(packets.round() as u64), bytes(sent.round() as u64))
        }
        Some(_) => "quiet".to_owned(),
        None => String::new(),
    };
    cell(18, &format!("{text:>18}"), Role::Text, buffer);
    let mut words: Vec<String> =
        info.addresses.iter().map(|a| format!("{}/{}", a.address, a.prefix)).collect();
    if let Some([a, b, c, d, e, f]) = info.mac {
        words.insert(words.len().min(1), format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
    }
    let known = [
        (flags.loopback, "loopback"),
        (flags.point_to_point, "point to point"),
        (info.pseudo, "not a network card"),
    ];
    words.extend(known.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()));
    words.extend(info.description.iter().map(|text| safe(text).into_owned()));
    cell(u16::MAX - 1, &words.join("  "), Role::Dim, buffer);
}

fn file(info: &FileInfo, line: Rect, buffer: &mut Buffer, theme: Theme) {
    let name = info.path.to_string_lossy();
    let name = safe(&name);
    let changed = info.changed.and_then(|time| jiff::Timestamp::try_from(time).ok());
    let changed = changed.map(|time| {
        let zone = jiff::tz::TimeZone::system();
        time.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
    });
    let room = line.width.saturating_sub(3 + 10 + 18);
    let shown =
        if width(&name) == name.chars().count() { fit_middle(&name, room.into()) } else { name.clone() };
    put(buffer, line, line.x + 3, line.y, room, &shown, theme.style(Role::Text));
    let x = line.right().saturating_sub(28);
    put_right(buffer, line, x, line.y, 9, &bytes(info.size), theme.style(Role::Text));
    put_right(buffer, line, x + 10, line.y, 17, &changed.unwrap_or_default(), theme.style(Role::Dim));
}
