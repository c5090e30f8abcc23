//! Draws the DNS screen.

use super::super::model::Capture;
use super::super::text::{fit, fit_middle, grouped, paint, put, put_right, span, width};
use super::super::theme::{Role, Theme};
use super::super::window::heading;
use super::wish::{Order, Told};
use super::{Dns, HEAD, Lower, details, walk};
use crate::base::PacketId;
use crate::decode::DnsKind;
use crate::decode::proto::dns::view::code_name;
use crate::flow::dns::Outcome;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::net::IpAddr;

/// Draws both parts.
pub fn draw(screen: &Dns, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    list(screen, screen.list_area, buffer, capture, theme);
    lower(screen, screen.lower_area, buffer, capture, theme);
}

/// One column: heading, cells, order that it belongs to, at the right.
struct Column {
    head: &'static str,
    cells: u16,
    order: Option<Order>,
    right: bool,
}

const PACKET: Column = Column { head: "packet", cells: 8, order: None, right: true };
const TIME: Column = Column { head: "time", cells: 11, order: Some(Order::Start), right: true };
const CLIENT: Column = Column { head: "client", cells: 15, order: None, right: false };
const SERVER: Column = Column { head: "server", cells: 15, order: Some(Order::Server), right: false };
const TOOK: Column = Column { head: "took", cells: 9, order: Some(Order::Slowest), right: true };
const CODE: Column = Column { head: "code", cells: 11, order: Some(Order::Outcome), right: false };
const TYPE: Column = Column { head: "type", cells: 6, order: Some(Order::Type), right: false };
const NAME: Column = Column { head: "name", cells: 0, order: Some(Order::Name), right: false };
const ANSWER: Column = Column { head: "answer", cells: 0, order: None, right: false };

/// The columns for so many cells; two of them take what the others leave. No
/// number of a packet is longer than that of the `last`.
fn columns(cells: u16, last: PacketId) -> Vec<(Column, u16)> {
    let fixed: Vec<Column> = match cells {
        ..100 => vec![PACKET, TOOK, CODE, TYPE],
        100..130 => vec![PACKET, TIME, TOOK, CODE, TYPE],
        130..160 => vec![PACKET, TIME, SERVER, TOOK, CODE, TYPE],
        _ => vec![PACKET, TIME, CLIENT, SERVER, TOOK, CODE, TYPE],
    };
    let packet = PACKET.cells.max(grouped(last).len() as u16);
    let taken: u16 = fixed.iter().map(|column| column.cells + 1).sum::<u16>() + packet - PACKET.cells;
    let left = cells.saturating_sub(taken + 2);
    // Longer names are cut: what they were answered needs more room.
    let name = (left / 2).min(44);
    let mut columns: Vec<(Column, u16)> = fixed
        .into_iter()
        .map(|column| {
            let is_packet = column.head == PACKET.head;
            let cells = if is_packet { packet } else { column.cells };
            (column, cells)
        })
        .collect();
    columns.push((NAME, name));
    columns.push((ANSWER, left - name));
    columns
}

fn list(screen: &Dns, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let shown = if capture.filter.is_some() { ", of the filtered packets" } else { "" };
    let title = format!("Transactions: {}, by {}{shown}", grouped(screen.count()), screen.order.name());
    heading(area, buffer, theme, &title, !screen.scrolls);
    if screen.places().is_empty() {
        let progress = capture.progress();
        let text = if progress.reading || progress.analysed < progress.indexed {
            "no DNS yet"
        } else if capture.filter.is_some() {
            "no DNS among the filtered packets; Esc shows all"
        } else {
            "no packet of this capture carries DNS"
        };
        put(buffer, area, area.x + 2, area.y + 1, area.width, text, theme.style(Role::Dim));
        return;
    }
    let columns = columns(area.width, capture.progress().indexed);
    for (y, place) in (area.y + HEAD..area.bottom()).zip(screen.seen()) {
        let mut x = area.x + 1;
        let told = screen.told.get(&place);
        for (column, cells) in &columns {
            let (text, role) = match told {
                Some(told) => cell(screen, capture, column, told),
                None => ("…".to_owned(), Role::Dim),
            };
            // The end of a name tells most, but where addresses are looked up.
            let ends = matches!(column.head, "client" | "server" | "name") && !text.ends_with(".arpa");
            let text =
                if ends { fit_middle(&text, usize::from(*cells)) } else { fit(&text, usize::from(*cells)) };
            if column.right {
                put_right(buffer, area, x, y, *cells, &text, theme.style(role));
            } else {
                put(buffer, area, x, y, *cells, &text, theme.style(role));
            }
            x += cells + 1;
        }
        if screen.selected == Some(place) {
            let role = if screen.scrolls { Role::SelectedElsewhere } else { Role::Selected };
            paint(buffer, Rect { y, height: 1, ..area }, theme.style(role));
        }
    }
    let mut x = area.x + 1;
    for (column, cells) in &columns {
        let is_order = column.order == Some(screen.order);
        let text = if is_order { format!("{}▾", column.head) } else { column.head.to_owned() };
        let at = if column.right { x + cells.saturating_sub(text.chars().count() as u16) } else { x };
        let style = theme.style(if is_order { Role::Heading } else { Role::Dim });
        put(buffer, area, at, area.y + 1, *cells, &text, style);
        x += cells + 1;
    }
}

/// The name of a host as it was known at a packet, else its address.
fn host(capture: &Capture, address: IpAddr, at: PacketId, names: bool) -> String {
    let name = || {
        let file = capture.session.meta().names.get(&address).cloned();
        capture.session.try_names()?.name(address, None, at, file.as_deref())
    };
    let name = names.then(name).flatten();
    name.map_or_else(|| address.to_string(), |name| name.text().into_owned())
}

fn cell(screen: &Dns, capture: &Capture, column: &Column, told: &Told) -> (String, Role) {
    let (one, story) = (&told.exchange.one, &told.story);
    let trouble = match (one.outcome(), story.code()) {
        (Outcome::Unanswered, _) if one.may_be_silent() => Role::Dim,
        (Outcome::Unanswered | Outcome::Refused, _) => Role::Bad,
        (_, Some(0)) if story.is_no_data() || story.malformed.is_some() => Role::Odd,
        (Outcome::Multicast | Outcome::Answered, Some(0) | None) => Role::Text,
        (_, Some(code)) if !matches!(code, 0 | 3) => Role::Bad,
        _ => Role::Odd,
    };
    match column.head {
        "packet" => (grouped(one.first + 1), Role::Dim),
        "time" => {
            let start = screen.start.unwrap_or_default();
            let time = capture.session.record(one.first).map_or(0, |record| record.time.since(start));
            (format!("{:.6}", time as f64 / 1e9), Role::Dim)
        }
        "client" => (host(capture, told.exchange.client().ip(), one.first, screen.names), Role::Text),
        "server" => (host(capture, told.exchange.server().ip(), one.first, screen.names), Role::Text),
        "took" => {
            let role = if one.outcome() == Outcome::Late { Role::Odd } else { Role::Text };
            (told.time.map_or("-".to_owned(), span), role)
        }
        "code" => {
            let word = match (one.outcome(), story.code()) {
                // Not the code REFUSED, which a server says.
                (Outcome::Refused, _) => "✗ ICMP".to_owned(),
                (Outcome::Mismatched, _) => "≠ mismatch".to_owned(),
                (Outcome::Unanswered | Outcome::Waiting, _) if one.mismatch().is_some() => {
                    "≠ mismatch".to_owned()
                }
                (Outcome::Unanswered, _) if one.may_be_silent() => "- silence".to_owned(),
                (Outcome::Unanswered, _) => "✗ silence".to_owned(),
                (Outcome::Waiting, _) => "… waiting".to_owned(),
                (Outcome::Uncaptured, _) => "? missing".to_owned(),
                (Outcome::Multicast, _) if story.malformed.is_none() => "mdns".to_owned(),
                (_, Some(code)) if story.malformed.is_some() => format!("! {}", code_name(code)),
                (_, Some(0)) if one.is_truncated() => "◐ NOERROR".to_owned(),
                (_, Some(0)) if story.is_no_data() => "✗ NODATA".to_owned(),
                (_, Some(0)) => "✓ NOERROR".to_owned(),
                (_, Some(code)) => format!("✗ {}", code_name(code)),
                (_, None) => "-".to_owned(),
            };
            (word, if trouble == Role::Text { Role::Good } else { trouble })
        }
        "type" => (told.kind(), Role::Text),
        "name" => {
            let kind = match one.kind() {
                DnsKind::Llmnr => "llmnr ",
                DnsKind::Mdns if one.is_answered() => "mdns ",
                _ if told.exchange.is_in_stream() => "doh ",
                _ if told.exchange.is_tcp() => "tcp ",
                _ => "",
            };
            (format!("{kind}{}", story.name), Role::Text)
        }
        _ => {
            let mut text = told.result.clone();
            if !told.notes.is_empty() {
                text.push_str(&format!("  ({})", told.notes.join(", ")));
            }
            (text, trouble)
        }
    }
}

fn lower(screen: &Dns, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let all = screen.lower == Lower::Sums && capture.filter.is_some();
    let title = if all { "All together, of the whole capture: not filtered" } else { screen.lower.name() };
    heading(area, buffer, theme, title, screen.scrolls);
    let room = usize::from(area.width).saturating_sub(2);
    let columns = screen.lower_columns(room);
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let shown = usize::from(screen.from) + usize::from(area.height) - 1;
    let more = match screen.lower {
        Lower::Walk => screen.walk.more(),
        _ => longest.saturating_sub(shown),
    };
    let other = screen.lower.step(1);
    let mut words = String::new();
    if more > 0 {
        words.push_str(&format!(
            " ↓ {} more{} ",
            grouped(more as u64),
            if screen.scrolls { "" } else { ", Tab" }
        ));
    }
    if other != screen.lower {
        words.push_str(&format!(" v: {} ", other.name().to_lowercase()));
    }
    let cells = width(&words) as u16;
    if area.width > cells + 30 {
        put(buffer, area, area.right() - cells - 1, area.y, cells, &words, theme.style(Role::Dim));
    }
    if screen.lower == Lower::Walk {
        let name_of = |address: IpAddr, at: PacketId| host(capture, address, at, screen.names);
        return walk::draw(&screen.walk, area, screen.scrolls, &name_of, buffer, theme);
    }
    if columns.iter().all(Vec::is_empty) {
        let text = if screen.lower == Lower::Details { "" } else { "adding up …" };
        put(buffer, area, area.x + 2, area.y + 1, area.width, text, theme.style(Role::Dim));
    }
    let cells = details::column(room, columns.len());
    for (at, lines) in columns.into_iter().enumerate() {
        let x = area.x + 1 + (at * (cells + details::GAP)) as u16;
        for (y, (text, role)) in (area.y + 1..area.bottom()).zip(lines.into_iter().skip(screen.from.into())) {
            put(buffer, area, x, y, cells as u16, &text, theme.style(role));
        }
    }
}
