//! Flows grouped: by the port that is listened on, by host.

use super::super::failure::Outcome;
use super::super::input::Opened;
use super::super::names::cells_of;
use super::super::output::{Cell, Format, Output, Rows};
use super::super::table::Table;
use super::{has_ports, protocol};
use crate::flow::{Flow, group_by_port, service};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// `--by port`: demultiplexing at a glance.
pub(super) fn ports(opened: &Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let groups = {
        let analysis = opened.session.analysis();
        group_by_port(&analysis.flows, &analysis.unclaimed, &analysis.undelivered)
    };
    let registry = opened.session.registry();
    let known = |number, port| service(port).filter(|_| has_ports(number));
    if format == Format::Text {
        let columns = [
            ("PROTO", false),
            ("PORT", true),
            ("SERVICE", false),
            ("FLOWS", true),
            ("PACKETS", true),
            ("BYTES", true),
            ("UNCLAIMED", true),
            ("UNDELIVERED", true),
        ];
        let mut table = Table::new(&columns);
        let unless_none = |count: u64| if count == 0 { String::new() } else { count.to_string() };
        for group in groups {
            table.row(vec![
                protocol(registry, group.protocol),
                if has_ports(group.protocol) { group.port.to_string() } else { String::new() },
                known(group.protocol, group.port).unwrap_or_default().to_owned(),
                group.flows.to_string(),
                group.packets.to_string(),
                group.bytes.to_string(),
                unless_none(group.unclaimed),
                unless_none(group.undelivered),
            ]);
        }
        return table.print(output);
    }
    let columns = &[
        "protocol",
        "protocol_number",
        "port",
        "service",
        "flows",
        "packets",
        "bytes",
        "unclaimed",
        "undelivered",
    ];
    let mut rows = Rows::fixed(format, "ports", columns);
    rows.begin(output)?;
    for group in groups {
        rows.row(
            output,
            &[
                Cell::text(protocol(registry, group.protocol)),
                Cell::Number(group.protocol.into()),
                Cell::maybe(has_ports(group.protocol).then_some(group.port.into())),
                Cell::some(known(group.protocol, group.port).unwrap_or_default()),
                Cell::Number(group.flows),
                Cell::Number(group.packets),
                Cell::Number(group.bytes),
                Cell::Number(group.unclaimed),
                Cell::Number(group.undelivered),
            ],
        )?;
    }
    rows.end(output)
}

/// Counts of a host, seen from it.
#[derive(Clone, Copy, Default)]
struct Counts {
    flows: u64,
    packets: [u64; 2],
    bytes: [u64; 2],
}

impl Counts {
    /// Adds a flow of which the end is A, or else B.
    fn add(&mut self, flow: &Flow, is_a: bool) {
        let (out, back) = if is_a { (0, 1) } else { (1, 0) };
        self.flows += 1;
        for (to, from) in [(0, out), (1, back)] {
            if let (Some(packets), Some(bytes), Some(more), Some(many)) = (
                self.packets.get_mut(to),
                self.bytes.get_mut(to),
                flow.packets.get(from),
                flow.bytes().get(from),
            ) {
                *packets += u64::from(*more);
                *bytes = bytes.saturating_add(*many);
            }
        }
    }

    fn total(&self) -> u64 {
        self.bytes.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    fn numbers(&self) -> [u64; 5] {
        let ([sent, received], [bytes_sent, bytes_received]) = (self.packets, self.bytes);
        [self.flows, sent, received, bytes_sent, bytes_received]
    }
}

const COUNT_HEADS: [(&str, bool); 5] =
    [("FLOWS", true), ("PACKETS SENT", true), ("RECEIVED", true), ("BYTES SENT", true), ("RECEIVED", true)];
const COUNT_NAMES: [&str; 5] = ["flows", "packets_sent", "packets_received", "bytes_sent", "bytes_received"];

/// `--by host`: what every address sent and received.
pub(super) fn hosts(opened: &Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let mut hosts: BTreeMap<IpAddr, Counts> = BTreeMap::new();
    for (_, flow) in opened.session.analysis().flows.iter() {
        let (a, b) = (flow.key.source(), flow.key.destination());
        hosts.entry(a).or_default().add(flow, true);
        if a != b {
            hosts.entry(b).or_default().add(flow, false);
        }
    }
    let mut hosts: Vec<_> = hosts.into_iter().collect();
    hosts.sort_by_key(|(_, counts)| Reverse(counts.total()));
    opened.ask(hosts.iter().map(|(host, _)| *host));
    let name = |host: &IpAddr| opened.known_name(*host);
    if format == Format::Text {
        let mut heads = vec![("HOST", false), ("NAME", false)];
        heads.extend(COUNT_HEADS);
        let mut table = Table::new(&heads);
        for (host, counts) in hosts {
            let mut row =
                vec![host.to_string(), name(&host).map_or(String::new(), |name| name.text().into_owned())];
            row.extend(counts.numbers().map(|number| number.to_string()));
            table.row(row);
        }
        return table.print(output);
    }
    let mut names = vec!["host", "name"];
    names.extend(COUNT_NAMES);
    names.push("name_source");
    let mut rows = Rows::fixed(format, "hosts", &names);
    rows.begin(output)?;
    for (host, counts) in hosts {
        let [name, told] = cells_of(name(&host).as_ref());
        let mut row = vec![Cell::text(host.to_string()), name];
        row.extend(counts.numbers().map(Cell::Number));
        row.push(told);
        rows.row(output, &row)?;
    }
    rows.end(output)
}
