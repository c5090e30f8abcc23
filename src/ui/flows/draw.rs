//! Draws the flows screen.

use super::super::model::Capture;
use super::super::text::{self, bytes, fit, fit_middle, grouped, paint, put, put_right, width, wrap};
use super::super::theme::{Role, Theme};
use super::super::window::heading;
use super::collect::Order;
use super::measured::Brief;
use super::rule::{self, named_ends, oriented};
use super::series::COLUMNS;
use super::whose;
use super::{Flows, Focus};
use crate::flow::{Flow, PortGroup, State};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::borrow::Cow;

/// Cells of a port's columns.
const GRAPH: u16 = COLUMNS as u16;
const REFUSED: u16 = 7;
const BYTES: u16 = 8;
const PACKETS: u16 = 9;
const FLOWS: u16 = 6;

/// Draws all parts.
pub fn draw(screen: &Flows, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    let areas = screen.areas;
    ports(screen, areas.ports, buffer, capture, theme);
    if areas.flows.x > areas.ports.right() {
        for y in areas.ports.top()..areas.ports.bottom() {
            put(
                buffer,
                areas.ports.union(areas.flows),
                areas.ports.right(),
                y,
                1,
                "│",
                theme.style(Role::Line),
            );
        }
    }
    flows(screen, areas.flows, buffer, theme);
    rules(screen, areas.rule, buffer, theme);
}

fn selected(area: Rect, y: u16, has_keys: bool, buffer: &mut Buffer, theme: Theme) {
    let role = if has_keys { Role::Selected } else { Role::SelectedElsewhere };
    paint(buffer, Rect { y, height: 1, ..area }, theme.style(role));
}

fn ports(screen: &Flows, area: Rect, buffer: &mut Buffer, capture: &Capture, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let has_keys = screen.focus == Focus::Ports;
    let groups = &screen.found.groups;
    let wide = area.width >= 70;
    let has_unclaimed = groups.iter().any(|group| group.unclaimed > 0);
    // A number that is cut is none: columns are as wide as their longest.
    let longest = |count: fn(&PortGroup) -> u64, least: u16| {
        groups.iter().map(|group| grouped(count(group)).len() as u16).fold(least, u16::max)
    };
    let (flows, packets) = (longest(|group| group.flows, FLOWS), longest(|group| group.packets, PACKETS));
    let (refused, counted) =
        (if has_unclaimed { REFUSED + 1 } else { 0 }, if wide { packets + 1 } else { 0 });
    // What stands at the right has the same line.
    let heads = usize::from(GRAPH + 1 + refused + BYTES + 1 + counted + flows + 1);
    let filters = match (&capture.filter, screen.is_limited) {
        (None, _) => [""; 3],
        (Some(_), true) => {
            [", only of flows that the filter lets through (w)", ", filtered (w)", ", filtered"]
        }
        (Some(_), false) => {
            [" of all packets, the filter is not applied (w)", ", not filtered (w)", " of all"]
        }
    };
    let count = grouped(groups.len() as u64);
    let words = if wide { ["Ports listened on", "Ports"] } else { ["Ports"; 2] };
    let titles = filters.into_iter().flat_map(|filter| words.map(|word| format!("{word}: {count}{filter}")));
    let titles: Vec<String> = titles.collect();
    let room = usize::from(area.width).saturating_sub(heads + if has_keys { 5 } else { 3 });
    let title = titles.iter().find(|title| width(title) <= room).or(titles.last());
    let title = title.map_or(Cow::default(), |title| fit(title, room));
    let list = heading(area, buffer, theme, &title, has_keys);
    let registry = capture.session.registry();
    if groups.is_empty() {
        let progress = capture.progress();
        let text = match (progress.reading || progress.analysed < progress.indexed, progress.analysed) {
            (true, 0) => "no packet is analysed yet".to_owned(),
            (true, analysed) => format!(
                "flows come with the analysis: {} of {} packets so far",
                grouped(analysed),
                grouped(progress.indexed)
            ),
            (false, _) if !screen.is_answered => "…".to_owned(),
            (false, _) if screen.is_limited && capture.filter.is_some() => {
                "no flow has a packet that the filter lets through".to_owned()
            }
            (false, _) => "no packet has a transport header".to_owned(),
        };
        put(buffer, list, list.x + 1, list.y, list.width, &text, theme.style(Role::Dim));
    }
    let here = screen.places[0];
    // Counts at the right, the name takes what is left.
    for (number, group) in groups.iter().enumerate().skip(screen.tops[0]).take(list.height.into()) {
        let y = list.y + (number - screen.tops[0]) as u16;
        let mut right = list.right();
        let mut cell = |cells: u16, text: &str, role: Role, buffer: &mut Buffer| {
            right = right.saturating_sub(cells + 1).max(list.x);
            put_right(buffer, list, right, y, cells, text, theme.style(role));
        };
        let traffic = screen.found.traffic.get(number).copied().unwrap_or_default();
        cell(GRAPH, &graph(traffic), role_of(group.protocol), buffer);
        if has_unclaimed {
            let refused =
                if group.unclaimed > 0 { format!("✗{}", grouped(group.unclaimed)) } else { String::new() };
            cell(REFUSED, &refused, Role::Bad, buffer);
        }
        cell(BYTES, &bytes(group.bytes), Role::Text, buffer);
        if wide {
            cell(packets, &grouped(group.packets), Role::Text, buffer);
        }
        cell(flows, &grouped(group.flows), Role::Text, buffer);
        let protocol = rule::protocol_name(registry, group.protocol);
        let used = put(buffer, list, list.x + 1, y, 7, &protocol, theme.style(role_of(group.protocol)));
        let x = list.x + 1 + used.max(5) + 1;
        put_right(buffer, list, x, y, 5, &group.port.to_string(), theme.style(Role::Text));
        let service = rule::service_name(registry, group.protocol, group.port);
        let room = right.saturating_sub(x + 7);
        put(buffer, list, x + 6, y, room, service, theme.style(Role::Dim));
        if number == here {
            selected(list, y, has_keys, buffer, theme);
        }
    }
    let mut right = area.right();
    let mut head = |cells: u16, text: &str| {
        right = right.saturating_sub(cells + 1).max(area.x);
        put_right(buffer, area, right, area.y, cells, text, theme.style(Role::Dim));
    };
    head(GRAPH, "in time");
    if has_unclaimed {
        head(REFUSED, "refused");
    }
    head(BYTES, "bytes");
    if wide {
        head(packets, "packets");
    }
    head(flows, "flows");
}

/// Traffic over time: a column in eighths for each part of the capture.
fn graph(columns: [u8; COLUMNS]) -> String {
    const PARTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    columns.iter().map(|eighths| PARTS.get(usize::from(*eighths)).copied().unwrap_or('█')).collect()
}

fn role_of(protocol: u8) -> Role {
    match protocol {
        rule::UDP => Role::Datagram,
        rule::ICMP | rule::ICMPV6 => Role::Internet,
        _ => Role::Transport,
    }
}

/// One column of the flows: heading, cells, order that it belongs to.
struct Column {
    head: &'static str,
    cells: u16,
    order: Option<Order>,
    text: fn(&Row) -> String,
}

/// What is shown of one flow.
struct Row<'a> {
    flow: &'a Flow,
    /// When the capture began.
    first: i64,
    brief: Brief,
    /// Whose it is, harmless for a terminal.
    process: &'a str,
}

const FLOW_COLUMNS: [Column; 9] = [
    Column { head: "pkts →     ←", cells: 13, order: Some(Order::Packets), text: packets },
    Column { head: "bytes →        ←", cells: 17, order: Some(Order::Bytes), text: both_bytes },
    Column { head: "start", cells: 12, order: Some(Order::Start), text: start },
    Column { head: "lasted", cells: 10, order: Some(Order::Duration), text: duration },
    Column { head: "state", cells: 14, order: Some(Order::State), text: state },
    Column { head: "VLAN", cells: 4, order: None, text: vlan },
    Column { head: "RTT", cells: 8, order: Some(Order::Rtt), text: rtt },
    Column { head: "again", cells: 7, order: Some(Order::Retransmissions), text: again },
    Column { head: "process", cells: 22, order: None, text: process },
];
/// Places of those that are shown only where there is something to show.
const STATE: usize = 4;
const VLAN: usize = 5;
const RTT: usize = 6;
const AGAIN: usize = 7;
const PROCESS: usize = 8;

fn packets(Row { flow, .. }: &Row) -> String {
    let [there, back] = oriented(flow, flow.packets);
    format!("{} {:>5}", grouped(there.into()), grouped(back.into()))
}

fn both_bytes(Row { flow, .. }: &Row) -> String {
    let [there, back] = oriented(flow, flow.bytes());
    format!("{} {:>8}", bytes(there), bytes(back))
}

fn start(Row { flow, first, .. }: &Row) -> String {
    let nanos = flow.first_time.0.saturating_sub(*first);
    format!("{:.6}", nanos as f64 / 1e9)
}

fn duration(Row { flow, .. }: &Row) -> String {
    text::duration(flow.last_time.since(flow.first_time))
}

fn rtt(Row { brief, .. }: &Row) -> String {
    brief.rtt.map(|nanos| text::span(nanos.cast_signed())).unwrap_or_default()
}

fn again(Row { brief, .. }: &Row) -> String {
    if brief.again > 0 { grouped(brief.again) } else { String::new() }
}

fn state(Row { flow, .. }: &Row) -> String {
    let sign = match flow.state() {
        State::Refused | State::Unreachable | State::SynSent => "✗ ",
        State::Reset | State::SynReceived | State::Closing => "◐ ",
        State::Established | State::Closed => "✓ ",
        State::None => "",
    };
    format!("{sign}{}", flow.state().name())
}

fn vlan(Row { flow, .. }: &Row) -> String {
    if flow.vlan() > 0 { flow.vlan().to_string() } else { String::new() }
}

fn process(Row { process, .. }: &Row) -> String {
    fit_middle(process, 22).into_owned()
}

fn flows(screen: &Flows, area: Rect, buffer: &mut Buffer, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let has_keys = screen.focus == Focus::Flows;
    let count = screen.found.flows.len() as u64;
    let order = screen.found.wish.order.name();
    let list = heading(area, buffer, theme, &format!("Flows: {}, by {order}", grouped(count)), has_keys);
    let names = |place: &u32| screen.names.get(place).filter(|_| screen.named);
    let pairs: Vec<(String, String)> =
        screen.seen.iter().map(|(place, flow)| named_ends(flow, names(place))).collect();
    let widest = |side: fn(&(String, String)) -> &String| pairs.iter().map(|pair| width(side(pair))).max();
    let (client, server) = (widest(|pair| &pair.0).unwrap_or(6), widest(|pair| &pair.1).unwrap_or(6));
    // Columns from the most to the least wanted, as long as both ends fit.
    let has_vlan = screen.seen.iter().any(|(_, flow)| flow.vlan() > 0);
    let has_state = screen.seen.iter().any(|(_, flow)| flow.state() != State::None);
    let briefs = || screen.seen.iter().filter_map(|(place, _)| screen.measured.get(place));
    let has_rtt = briefs().any(|brief| brief.rtt.is_some());
    let has_again = briefs().any(|brief| brief.again > 0);
    let has_process = screen.seen.iter().any(|(place, _)| screen.processes.contains_key(place));
    // Packets of both directions are never cut.
    let both = |flow: &Flow| flow.packets.map(|count| grouped(count.into()).len());
    let most =
        screen.seen.iter().map(|(_, flow)| both(flow)).map(|[a, b]| a.max(b)).max().unwrap_or(0).max(5);
    let cells_of = |column: &Column| match column.order {
        Some(Order::Packets) => column.cells.max(2 * most as u16 + 1),
        _ => column.cells,
    };
    let needed = (client + server).min(44) + 5;
    let mut room = usize::from(list.width).saturating_sub(needed);
    let mut shown = [false; FLOW_COLUMNS.len()];
    // What they are in order by comes first, if that was chosen.
    let order = Some(screen.found.wish.order).filter(|order| *order != Order::default());
    let by = FLOW_COLUMNS.iter().position(|column| order.is_some() && column.order == order);
    for at in by.into_iter().chain([0, STATE, PROCESS, AGAIN, RTT, 1, 3, 2, VLAN]) {
        let (Some(column), Some(false)) = (FLOW_COLUMNS.get(at), shown.get(at)) else { continue };
        let wanted = match at {
            STATE => has_state,
            VLAN => has_vlan,
            RTT => has_rtt,
            AGAIN => has_again,
            PROCESS => has_process,
            _ => true,
        };
        if wanted && usize::from(cells_of(column)) < room {
            room -= usize::from(cells_of(column)) + 1;
            if let Some(shown) = shown.get_mut(at) {
                *shown = true;
            }
        }
    }
    let columns = || FLOW_COLUMNS.iter().zip(shown).filter(|(_, shown)| *shown).map(|(column, _)| column);
    let taken: u16 = columns().map(|column| cells_of(column) + 1).sum();
    let ends_room = usize::from(list.width.saturating_sub(taken)).saturating_sub(5);
    let server_cells = server.min(ends_room / 2).max(ends_room.saturating_sub(client).min(server));
    let client_cells = client.min(ends_room.saturating_sub(server_cells));
    let mut x = list.right().saturating_sub(taken);
    for column in columns() {
        let is_order = column.order == Some(screen.found.wish.order);
        // Headings end, or begin, where their cells do.
        let text = if is_order { format!("▾{}", column.head) } else { column.head.to_owned() };
        let style = theme.style(if is_order { Role::Heading } else { Role::Dim });
        if column.order == Some(Order::State) {
            put(buffer, area, x, area.y, cells_of(column), &text, style);
        } else {
            put_right(buffer, area, x, area.y, cells_of(column), &text, style);
        }
        x += cells_of(column) + 1;
    }
    let first = screen.start.map_or(0, |start| start.0);
    for ((y, (place, flow)), (client, server)) in (list.top()..list.bottom()).zip(&screen.seen).zip(&pairs) {
        let style = theme.style(Role::Text);
        let x = list.x + 1;
        put(buffer, list, x, y, client_cells as u16, &fit_middle(client, client_cells), style);
        put(buffer, list, x + client_cells as u16, y, 3, " → ", theme.style(Role::Dim));
        let x = x + client_cells as u16 + 3;
        put(buffer, list, x, y, server_cells as u16, &fit_middle(server, server_cells), style);
        let mut x = list.right().saturating_sub(taken);
        for column in columns() {
            let brief = screen.measured.get(place).copied().unwrap_or_default();
            let process = screen.processes.get(place).map_or("", String::as_str);
            let text = (column.text)(&Row { flow, first, brief, process });
            let role = match flow.state() {
                State::Refused | State::Unreachable | State::SynSent
                    if column.order == Some(Order::State) =>
                {
                    Role::Bad
                }
                State::Reset | State::SynReceived | State::Closing if column.order == Some(Order::State) => {
                    Role::Odd
                }
                _ if column.order == Some(Order::Retransmissions) => Role::Odd,
                _ => Role::Text,
            };
            if column.order == Some(Order::State) {
                put(buffer, list, x, y, cells_of(column), &text, theme.style(role));
            } else {
                put_right(buffer, list, x, y, cells_of(column), &text, theme.style(role));
            }
            x += cells_of(column) + 1;
        }
        if screen.flow == Some(*place) {
            selected(list, y, has_keys, buffer, theme);
        }
    }
}

fn rules(screen: &Flows, area: Rect, buffer: &mut Buffer, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let reads = screen.reads();
    let inside = heading(area, buffer, theme, "How a segment finds its socket", reads);
    let mut fits = lines(&screen.said, area.width, inside.height);
    let all = lines(&screen.said, area.width, u16::MAX);
    let (count, is_cut) = (all.len(), fits.len() < all.len());
    if reads && is_cut {
        // Whoever reads sees whole sentences, as many lines as there are.
        fits = all.into_iter().skip(screen.read.1).take(inside.height.into()).collect();
    }
    let seen = screen.read.1 + fits.len();
    let word = match (screen.is_zoomed, reads) {
        (true, _) if seen < count => format!(" ↓ {} more, z: the flows ", count - seen),
        (true, _) => " z: the flows ".to_owned(),
        (_, true) if seen < count => format!(" ↓ {} more, z: all of it ", count - seen),
        (_, true) => " ↑, z: all of it ".to_owned(),
        _ => " Tab, z: all of it ".to_owned(),
    };
    if is_cut || screen.is_zoomed {
        let cells = width(&word) as u16;
        put(
            buffer,
            area,
            area.right().saturating_sub(cells + 1),
            area.y,
            cells,
            &word,
            theme.style(Role::Key),
        );
    }
    for (y, (text, role)) in (inside.top()..inside.bottom()).zip(fits) {
        put(buffer, inside, inside.x + 1, y, inside.width - 1, &text, theme.style(role));
    }
}

/// Sentences in lines of an area so wide: every sentence finds room, the last one too,
/// however few lines there are.
pub fn lines(said: &[(String, Role)], width: u16, height: u16) -> Vec<(String, Role)> {
    let mut lines = Vec::new();
    for (number, (text, role)) in said.iter().enumerate() {
        let left = usize::from(height).saturating_sub(lines.len() + said.len() - number - 1).max(1);
        let wrapped = wrap(text, usize::from(width).saturating_sub(2), left);
        lines.extend(wrapped.into_iter().map(|line| (line, *role)));
    }
    lines
}

/// What the lower part says of the selected flow.
pub fn said(screen: &Flows, capture: &Capture) -> Vec<(String, Role)> {
    let Some((flow, bound)) = &screen.selected else { return Vec::new() };
    let session = &capture.session;
    let owners = session.owner(flow);
    let known = session.known(flow, &owners);
    let whose = whose::lines(session.ends(flow), &owners, &session.owners().status());
    let names = screen.flow.and_then(|flow| screen.names.get(&flow));
    let mut said: Vec<_> = rule::uncounted(screen.uncounted).into_iter().collect();
    // Why nothing came of it is what a person looks for.
    if let Some(untaken) = screen.flow.and_then(|flow| screen.found.untaken.get(&flow)) {
        said.extend(untaken.iter().flatten().map(rule::untaken));
    }
    // Which address a segment goes to comes before who gets it there.
    said.extend(names.map_or_else(Vec::new, |names| rule::found(flow, names)));
    said.extend(rule::lines(flow, *bound, session.registry(), &known, whose));
    said.extend(screen.connection.as_ref().and_then(|connection| connection.line(flow)));
    said
}
