//! The bar above (screens) and the bar below (counts, what to press next).
//!
//! The bar below never stays silent about what was lost, damaged or hidden.

use super::SCREENS;
use super::action::Action;
use super::model::{Capture, Model};
use super::text::{bytes, clear, fit_middle, grouped, packets, paint, put, width, wrap};
use super::theme::Role;
use crate::base::safe;
use crate::decode::process::HEADING;
use crate::decode::sinks::{Node, NodeKind, Tree};
use crate::decode::{Check, Problem, Verdict};
use crate::session::problems::{Kind, kinds};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

const NAME: &str = " wirepeel ";
const HELP: &str = "? help ";
/// So many hints are more worth than counts of zero.
const HINTS: usize = 3;
/// Cells of the capture's name at the most.
const TITLE: usize = 28;
/// Cells for the processes of the selected packet.
const PROCESSES: usize = 40;

/// The upper bar: the program's name, where there is room for it, the capture's, as long
/// as there is room, and how the screens' names stand.
struct Head {
    before: &'static str,
    title: String,
    /// The names stand close together, for the sake of the capture's.
    close: bool,
}

fn head(model: &Model, bar: u16) -> Head {
    let title = model.capture.as_ref().map_or("", |capture| capture.title.as_str());
    let room = |close: bool| {
        let screens: usize = SCREENS.iter().map(|(_, name, _)| label(name, close).len() + gaps(close)).sum();
        // Behind the last one there is a space all the same.
        usize::from(bar).saturating_sub(screens + HELP.len() + 2 + usize::from(close))
    };
    let wide = room(false);
    let before = if wide >= 2 * NAME.len() { NAME } else { " " };
    let close = width(title).min(TITLE) + before.len() > wide;
    let title = fit_middle(title, room(close).saturating_sub(before.len()).min(TITLE)).into_owned();
    Head { before, title, close }
}

/// A screen's name as it stands in the bar.
fn label(name: &'static str, close: bool) -> &'static str {
    match name {
        "Statistics" if close => "Stats",
        name => name,
    }
}

/// Cells around a screen's name: its number and what is before, between and behind.
const fn gaps(close: bool) -> usize {
    if close { 3 } else { 4 }
}

/// Where each screen's name begins, how wide it is, and the name.
fn tabs(head: &Head) -> impl Iterator<Item = (u8, u16, u16, &'static str)> {
    let mut x = (width(head.before) + width(&head.title) + 2) as u16;
    let close = head.close;
    SCREENS.iter().map(move |(number, name, _)| {
        let name = label(name, close);
        let cells = (name.len() + gaps(close)) as u16;
        let at = x;
        x += cells;
        (*number, at, cells, name)
    })
}

/// Where the word on the help stands, while there is room for it behind the screens.
fn help_at(head: &Head, bar: u16) -> Option<u16> {
    let end = tabs(head).last().map_or(0, |(_, at, cells, _)| at + cells);
    bar.checked_sub(HELP.len() as u16).filter(|x| *x >= end)
}

/// What a click into the upper bar, so many cells wide, asks for.
pub fn tab_at(model: &Model, bar: u16, column: u16) -> Option<Action> {
    let head = head(model, bar);
    if help_at(&head, bar).is_some_and(|x| column >= x) {
        return Some(Action::Help);
    }
    let hit = tabs(&head).find(|(_, at, cells, _)| (*at..at + cells).contains(&column));
    hit.map(|(number, ..)| Action::Screen(number))
}

/// The upper bar.
pub fn top(area: Rect, buffer: &mut Buffer, model: &Model, shown: u8) {
    let theme = model.theme;
    let (bar, strong) = (theme.style(Role::Bar), theme.style(Role::BarStrong));
    paint(buffer, area, bar);
    if model.capture.is_none() {
        // There is nothing that the screens could show yet.
        put(buffer, area, area.x, area.y, area.width, NAME, strong);
        return;
    }
    let head = head(model, area.width);
    put(buffer, area, area.x, area.y, area.width, head.before, strong);
    put(buffer, area, area.x + head.before.len() as u16, area.y, area.width, &head.title, bar);
    for (number, at, cells, name) in tabs(&head) {
        put(buffer, area, area.x + at, area.y, cells, &format!(" {number} {name}"), bar);
        if number == shown {
            // Names that stand close together share the space between them.
            let label = Rect { x: area.x + at, width: name.len() as u16 + 4, height: 1, ..area };
            paint(buffer, label.intersection(area), theme.style(Role::SelectedOnBar));
        }
    }
    if let Some(x) = help_at(&head, area.width) {
        put(buffer, area, area.x + x, area.y, HELP.len() as u16, HELP, bar);
    }
}

/// Lines that a message takes at the most.
const SAID: usize = 4;

/// The lower bar; a message that is longer takes lines above it.
pub fn status(
    area: Rect,
    buffer: &mut Buffer,
    model: &Model,
    message: Option<&str>,
    count: Option<u64>,
    hints: &[(&'static str, &'static str)],
) {
    let theme = model.theme;
    let bar = theme.style(Role::Bar);
    paint(buffer, area, bar);
    let said = message.map_or(Vec::new(), |text| wrap(text, usize::from(area.width).saturating_sub(2), SAID));
    for (above, text) in (0..).zip(said.iter().rev()) {
        let line = Rect { y: area.y.saturating_sub(above), ..area };
        clear(buffer, line);
        paint(buffer, line, bar);
        put(buffer, line, line.x + 1, line.y, line.width, text, theme.style(Role::BarStrong));
    }
    let mut x = area.x + said.last().map_or(0, |last| width(last) as u16 + 3);
    let mut say = |text: &str, style: Style| {
        x += put(buffer, area, x, area.y, area.right().saturating_sub(x), text, style);
    };
    if let Some(capture) = model.capture.as_ref().filter(|_| said.is_empty()) {
        let mut parts = parts(capture);
        if model.settings.resolve.is_some() {
            let word = if model.settings.names { "asks the resolver (*)" } else { "resolver held" };
            parts.insert(0, (word.to_owned(), Role::Odd));
        }
        // What is zero is left out when there is no room for it.
        let room = usize::from(area.width).saturating_sub(hints_width(hints, HINTS) + 1);
        let all: usize = parts.iter().map(|part| width(&part.0) + 3).sum();
        let sound = (SOUND.to_owned(), Role::Good);
        let is_sound = all > room && capture.session.is_finished() && is_sound(capture);
        let shown = parts.iter().filter(|part| part.1 != Role::Dim || all <= room);
        for (at, (text, role)) in shown.chain(is_sound.then_some(&sound)).enumerate() {
            say(if at == 0 { " " } else { " · " }, bar);
            say(text, bar.patch(on_bar(theme.style(*role))));
        }
    }
    if let Some(count) = count {
        say(&format!("  {count}"), theme.style(Role::BarStrong));
    }
    let end = x;
    let room = usize::from(area.right().saturating_sub(end)).saturating_sub(1);
    let shown = (0..=hints.len()).rev().find(|shown| hints_width(hints, *shown) <= room).unwrap_or(0);
    let mut x = area.right().saturating_sub(hints_width(hints, shown) as u16);
    for (key, word) in hints.iter().take(shown) {
        x += put(buffer, area, x, area.y, 20, key, bar.patch(on_bar(theme.style(Role::Key))));
        x += put(buffer, area, x, area.y, 40, &format!(" {word}  "), bar);
    }
}

/// Said where there is no room for zeros.
const SOUND: &str = "✓ no problems";

/// Whether every count of what is lost, cut or wrong is zero.
fn is_sound(capture: &Capture) -> bool {
    let meta = capture.session.meta();
    meta.notices.is_empty() && kinds(&capture.totals, &meta, capture.progress().evicted) == 0
}

/// The colour alone: the bar keeps its ground. Grey cannot be read on one of
/// the sixteen, nor red on blue, which gets a ground of its own.
fn on_bar(style: Style) -> Style {
    if style.fg == Some(Color::LightRed) {
        return style.fg(Color::White).bg(Color::Red);
    }
    let fg = style.fg.filter(|fg| *fg != Color::DarkGray);
    Style { fg, bg: None, ..style }
}

fn hints_width(hints: &[(&'static str, &'static str)], shown: usize) -> usize {
    hints.iter().take(shown).map(|(key, word)| width(key) + width(word) + 3).sum()
}

/// What the lower bar says of a capture; what is zero is dim.
fn parts(capture: &Capture) -> Vec<(String, Role)> {
    let progress = capture.progress();
    let mut parts = Vec::new();
    let live = capture.live.is_some();
    let state = match (capture.is_held(), live, progress.reading) {
        (true, ..) => ("HELD", Role::Odd),
        (_, true, true) => ("● LIVE", Role::Good),
        (_, true, false) => ("STOPPED", Role::Odd),
        (_, false, true) if progress.size.is_none() => ("● READING", Role::Good),
        _ => ("", Role::Text),
    };
    if !state.0.is_empty() {
        parts.push((state.0.to_owned(), state.1));
    }
    if capture.is_held() {
        parts.push((format!("{} new", grouped(capture.new_since_held())), Role::Odd));
    } else if capture.follow {
        parts.push(("following".to_owned(), Role::Good));
    }
    parts.push((packets(progress.indexed), Role::Text));
    let peeled = capture.packet().filter(|_| capture.session.owners().version() > 0);
    if let Some((peeled, who)) = peeled.and_then(|peeled| Some((peeled, processes(&peeled.tree)?))) {
        parts.push((format!("packet {}: {who}", peeled.id + 1), Role::Text));
    }
    let done = match (progress.reading, progress.size) {
        (true, Some(size)) if size > 0 && !live => Some(("reading", progress.read, size)),
        _ if !live && progress.analysed < progress.indexed => {
            Some(("analysing", progress.analysed, progress.indexed))
        }
        _ => None,
    };
    if let Some((word, done, all)) = done {
        parts.push((format!("{word} {}", gauge(done, all)), Role::Good));
    }
    if let Some(find) = &capture.find {
        let (seen, of) = find.progress();
        parts.push((format!("finding {}", gauge(seen, of)), Role::Good));
    }
    let meta = capture.session.meta();
    let (dropped, damaged) = (meta.dropped(), meta.is_damaged());
    let kinds = kinds(&capture.totals, &meta, progress.evicted);
    let notices = meta.notices.len() as u64;
    drop(meta);
    let totals = &capture.totals;
    let mut count = |word: &str, number: u64, role: Role| {
        parts.push((format!("{word} {}", grouped(number)), if number == 0 { Role::Dim } else { role }));
    };
    let role = |kind: Kind| Role::from(kind.severity());
    count("dropped", dropped, role(Kind::Dropped));
    count("truncated", totals.problem(Problem::Truncated), role(Kind::Packet(Problem::Truncated)));
    count("malformed", totals.problem(Problem::Malformed), role(Kind::Packet(Problem::Malformed)));
    count("bad sums", totals.bad_sums(), role(Kind::Sum(Check::Tcp, Verdict::Bad)));
    if totals.unread > 0 {
        count("unreadable", totals.unread, role(Kind::Unread));
    }
    if let Some(matches) = capture.matches() {
        count("hidden", matches.tested().saturating_sub(matches.len()), Role::Odd);
    }
    let (words, role) = match kinds {
        0 => ("no problems".to_owned(), Role::Dim),
        1 => ("problems (6): 1 kind".to_owned(), Role::Odd),
        _ => (format!("problems (6): {kinds} kinds"), Role::Odd),
    };
    parts.push((words, role));
    if progress.evicted > 0 {
        parts.push((format!("{} let go", bytes(progress.evicted)), Role::Odd));
    }
    if notices > 0 {
        let word = if damaged { "✗ damage (M):" } else { "messages (M):" };
        parts.push((format!("{word} {}", grouped(notices)), if damaged { Role::Bad } else { Role::Odd }));
    }
    parts
}

/// Whose the ends of the selected packet's flow are.
fn processes(tree: &Tree) -> Option<String> {
    let heading = |node: &Node| matches!(node.kind, NodeKind::Field(def) if std::ptr::eq(def, HEADING));
    let node = (0..tree.len() as u32).rev().filter_map(|at| tree.node(at)).find(|node| heading(node))?;
    Some(fit_middle(&safe(tree.text(node)), PROCESSES).into_owned())
}

/// A little bar and a percentage.
pub fn gauge(done: u64, all: u64) -> String {
    const CELLS: u64 = 8;
    let part = |of: u64| {
        if all == 0 { 0 } else { (u128::from(done.min(all)) * u128::from(of) / u128::from(all)) as u64 }
    };
    let full = part(CELLS);
    let bar: String = (0..CELLS).map(|at| if at < full { '█' } else { '░' }).collect();
    format!("{bar} {}%", part(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauges() {
        assert_eq!(gauge(1, 2), "████░░░░ 50%");
        assert_eq!(gauge(5, 0), "░░░░░░░░ 0%");
        assert_eq!(gauge(u64::MAX, u64::MAX), "████████ 100%");
    }
}
