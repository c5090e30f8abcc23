//! The lists: their columns, what stands in them, and which packets a row is
//! made of.
//!
//! Owns headings and display filters. Knows nothing of where rows are drawn.

use super::collect::{Found, Rows, Section};
use crate::base::Timestamp;
use crate::decode::{FlowKey, PathId, Registry};
use crate::session::{HierarchyRow, Name, Order};
use crate::ui::flows::rule;
use crate::ui::layers::protocol_role;
use crate::ui::table::Align::{Host, Left, Rest, Right};
use crate::ui::table::{Align, Column, bar, share};
use crate::ui::text::{bytes, duration, grouped, span};
use crate::ui::theme::Role;
use std::net::IpAddr;

/// Cells of a bar.
const BAR: u16 = 12;

/// What a row is about: it is found again by that when rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A path of protocols.
    Path(PathId),
    /// A host.
    Host(IpAddr),
    /// Two hosts.
    Pair(IpAddr, IpAddr),
    /// A protocol and a port.
    Port(u8, u16),
    /// The least length of a step.
    Length(u32),
}

/// What rows are put into words with.
pub struct Words<'a> {
    /// Protocols.
    pub registry: &'a Registry,
    /// The name of an address; none when addresses are wanted.
    pub name: &'a dyn Fn(IpAddr) -> Option<Name>,
    /// Earliest time of a packet.
    pub start: Timestamp,
}

const fn column(
    head: &'static str,
    cells: u16,
    align: Align,
    rank: u8,
    order: Option<Order>,
) -> Column<Order> {
    Column { head, cells, align, rank, order }
}

static PROTOCOLS: [Column<Order>; 7] = [
    column("Protocol", 24, Rest, 0, None),
    column("packets", 11, Right, 0, None),
    column("share", 7, Right, 1, None),
    column("", BAR, Left, 3, None),
    column("bytes", 9, Right, 0, None),
    column("share", 7, Right, 4, None),
    column("end here", 11, Right, 2, None),
];

static ENDPOINTS: [Column<Order>; 9] = [
    column("Address", 20, Host, 0, Some(Order::Start)),
    column("packets", 10, Right, 0, Some(Order::Packets)),
    column("bytes", 9, Right, 0, Some(Order::Bytes)),
    column("", BAR, Left, 4, None),
    column("pkts sent", 10, Right, 3, None),
    column("received", 10, Right, 3, None),
    column("bytes sent", 10, Right, 1, None),
    column("received", 9, Right, 1, None),
    column("peers", 7, Right, 2, Some(Order::Number)),
];

static CONVERSATIONS: [Column<Order>; 12] = [
    column("A", 15, Host, 0, None),
    column("B", 15, Host, 0, None),
    column("packets", 9, Right, 0, Some(Order::Packets)),
    column("bytes", 9, Right, 0, Some(Order::Bytes)),
    column("A → B", 9, Right, 5, None),
    column("B → A", 9, Right, 5, None),
    column("start", 12, Right, 6, Some(Order::Start)),
    column("lasted", 9, Right, 2, Some(Order::Duration)),
    column("RTT", 8, Right, 1, Some(Order::Rtt)),
    column("RTT 95 %", 9, Right, 7, None),
    column("again", 7, Right, 1, Some(Order::Retransmissions)),
    column("flows", 7, Right, 3, Some(Order::Number)),
];

static PORTS: [Column<Order>; 8] = [
    column("Proto", 5, Left, 0, None),
    column("port", 6, Right, 0, Some(Order::Start)),
    column("service", 10, Rest, 0, None),
    column("flows", 10, Right, 0, Some(Order::Number)),
    column("packets", 11, Right, 0, Some(Order::Packets)),
    column("bytes", 9, Right, 0, Some(Order::Bytes)),
    column("share", 7, Right, 0, None),
    column("", BAR, Left, 1, None),
];

static LENGTHS: [Column<Order>; 8] = [
    column("Length", 13, Right, 0, None),
    column("packets", 11, Right, 0, None),
    column("share", 7, Right, 0, None),
    column("", 20, Rest, 2, None),
    column("bytes", 9, Right, 1, None),
    column("average", 9, Right, 3, None),
    column("shortest", 8, Right, 3, None),
    column("longest", 8, Right, 3, None),
];

/// The columns of a list.
pub fn columns(section: Section) -> &'static [Column<Order>] {
    match section {
        Section::Protocols => &PROTOCOLS,
        Section::Endpoints => &ENDPOINTS,
        Section::Conversations => &CONVERSATIONS,
        Section::Ports => &PORTS,
        Section::Lengths => &LENGTHS,
        Section::Time => &[],
    }
}

/// What the row at `at` is about.
pub fn key(rows: &Rows, at: usize) -> Option<Key> {
    Some(match rows {
        Rows::Protocols(rows) => Key::Path(rows.get(at)?.path),
        Rows::Endpoints(rows) => Key::Host(rows.get(at)?.address),
        Rows::Conversations(rows) => pair(&rows.get(at)?.key),
        Rows::Ports(rows) => rows.get(at).map(|group| Key::Port(group.protocol, group.port))?,
        Rows::Lengths(rows) => Key::Length(rows.get(at)?.0),
    })
}

fn pair(key: &FlowKey) -> Key {
    Key::Pair(key.source(), key.destination())
}

/// A display filter for the packets of a host.
pub fn host(address: IpAddr) -> String {
    format!("{}.addr == {address}", if address.is_ipv6() { "ipv6" } else { "ip" })
}

/// A display filter that lets the packets of a row through.
pub fn filter(rows: &Rows, at: usize, registry: &Registry) -> Option<String> {
    Some(match rows {
        Rows::Protocols(all) => path_filter(all, at, registry)?,
        Rows::Endpoints(rows) => host(rows.get(at)?.address),
        Rows::Conversations(rows) => {
            let key = rows.get(at)?.key;
            format!("{} && {}", host(key.source()), host(key.destination()))
        }
        Rows::Ports(rows) => {
            let group = rows.get(at)?;
            let field = format!("{}.port", rule::protocol_name(registry, group.protocol).to_lowercase());
            if registry.fields_by_name(&field).is_empty() {
                return None;
            }
            format!("{field} == {}", group.port)
        }
        Rows::Lengths(rows) => {
            let (from, to, _) = rows.get(at)?;
            match to {
                Some(to) if *from == 0 => format!("frame.len <= {to}"),
                Some(to) => format!("frame.len >= {from} && frame.len <= {to}"),
                None => format!("frame.len >= {from}"),
            }
        }
    })
}

/// The names of the protocols of a path, the innermost first.
fn names(all: &[HierarchyRow], at: usize, registry: &Registry) -> Vec<&'static str> {
    let mut depth = usize::MAX;
    let mut names = Vec::new();
    for row in all.get(..=at).unwrap_or_default().iter().rev() {
        if row.depth < depth {
            depth = row.depth;
            names.push(registry.row(row.protocol).protocol.name);
        }
    }
    names
}

/// A protocol's name, and of the others around it as many as tell this path
/// from those that lead to the same protocol elsewhere.
fn path_filter(all: &[HierarchyRow], at: usize, registry: &Registry) -> Option<String> {
    let protocol = all.get(at)?.protocol;
    let own = names(all, at, registry);
    let alike = all.iter().enumerate().filter(|(other, row)| row.protocol == protocol && *other != at);
    let others: Vec<Vec<&str>> = alike.map(|(other, _)| names(all, other, registry)).collect();
    let mut terms: Vec<String> = own.first().map(|name| (*name).to_owned()).into_iter().collect();
    for name in own.iter().skip(1).filter(|name| others.iter().any(|other| !other.contains(name))) {
        terms.push((*name).to_owned());
    }
    for other in &others {
        // The other path has all of this one's protocols, and more.
        if own.iter().all(|name| other.contains(name))
            && let Some(more) = other.iter().find(|name| !own.contains(name))
        {
            terms.push(format!("!{more}"));
        }
    }
    terms.dedup();
    Some(terms.join(" && "))
}

/// The cells of the row at `at`, in the order of [`columns`].
pub fn cells(found: &Found, at: usize, words: &Words<'_>) -> Option<Vec<(String, Role)>> {
    let text = |text: String| (text, Role::Text);
    let dim = |text: String| (text, Role::Dim);
    let count = |number: u64| text(grouped(number));
    let total = found.total;
    // One name may have several addresses.
    let host = |address: IpAddr| match (words.name)(address) {
        Some(name) => text(format!("{} {address}", name.text())),
        None => text(address.to_string()),
    };
    Some(match &found.rows {
        Rows::Protocols(rows) => {
            let row = rows.get(at)?;
            let protocol = words.registry.row(row.protocol).protocol;
            let role = protocol_role(row.protocol, protocol);
            vec![
                (format!("{:1$}{2}", "", row.depth * 2, protocol.label), role),
                count(row.all.packets),
                text(share(row.all.packets, total.packets)),
                (bar(row.all.packets, total.packets, BAR), role),
                text(bytes(row.all.bytes)),
                text(share(row.all.bytes, total.bytes)),
                dim(grouped(row.end.packets)),
            ]
        }
        Rows::Endpoints(rows) => {
            let row = rows.get(at)?;
            vec![
                host(row.address),
                count(row.all().packets),
                text(bytes(row.all().bytes)),
                (bar(row.all().bytes, total.bytes, BAR), Role::Internet),
                count(row.sent.packets),
                count(row.received.packets),
                text(bytes(row.sent.bytes)),
                text(bytes(row.received.bytes)),
                count(row.peers.into()),
            ]
        }
        Rows::Conversations(rows) => {
            let row = rows.get(at)?;
            let [there, back] = row.counts;
            let again = row.sent_again();
            let time = |nanos: Option<u64>| nanos.map(|nanos| span(nanos.cast_signed())).unwrap_or_default();
            vec![
                host(row.key.source()),
                host(row.key.destination()),
                count(row.all().packets),
                text(bytes(row.all().bytes)),
                text(bytes(there.bytes)),
                text(bytes(back.bytes)),
                dim(format!("{:.6}", row.first.since(words.start) as f64 / 1e9)),
                text(duration(row.duration())),
                text(time(row.rtt.median)),
                text(time(row.rtt.high)),
                (if again > 0 { grouped(again) } else { String::new() }, Role::Odd),
                count(row.flows.into()),
            ]
        }
        Rows::Ports(rows) => {
            let row = rows.get(at)?;
            let role = if row.protocol == rule::UDP { Role::Datagram } else { Role::Transport };
            vec![
                (rule::protocol_name(words.registry, row.protocol), role),
                text(row.port.to_string()),
                dim(rule::service_name(words.registry, row.protocol, row.port).to_owned()),
                count(row.flows),
                count(row.packets),
                text(bytes(row.bytes)),
                text(share(row.bytes, total.bytes)),
                (bar(row.bytes, total.bytes, BAR), role),
            ]
        }
        Rows::Lengths(rows) => {
            let (from, to, step) = rows.get(at)?;
            let most = rows.iter().map(|(_, _, step)| step.packets).max().unwrap_or(0);
            let some = |text: String| dim(if step.packets == 0 { String::new() } else { text });
            vec![
                text(to.map_or_else(|| format!("{from} and more"), |to| format!("{from}-{to}"))),
                count(step.packets),
                text(share(step.packets, total.packets)),
                (bar(step.packets, most, 20), Role::Link),
                text(bytes(step.bytes)),
                some(format!("{:.1}", step.average())),
                some(grouped(step.shortest.into())),
                some(grouped(step.longest.into())),
            ]
        }
    })
}
