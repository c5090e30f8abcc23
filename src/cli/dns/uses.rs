//! Who used what was looked up, and what was used without a lookup.

use super::super::failure::Outcome;
use super::super::flows::{has_ports, protocol};
use super::super::input::Opened;
use super::super::names;
use super::super::output::{Cell, Format, Output, Rows};
use super::super::table::Table;
use crate::base::safe;
use crate::flow::Flow;
use crate::session::{NameSource, Unlooked, Used};
use std::io::Write as _;
use std::net::SocketAddr;

/// `--used` and, `unlooked`, `--unlooked`.
pub(super) fn print(opened: &Opened, unlooked: bool, format: Format, output: &mut Output) -> Outcome<()> {
    match (unlooked, format) {
        (true, Format::Text) => without_text(opened, output),
        (true, _) => without_machine(opened, format, output),
        (false, Format::Text) => text(opened, output),
        (false, _) => machine(opened, format, output),
    }
}

/// Every flow that followed a lookup, by the lookup's transaction.
fn all(opened: &Opened) -> Vec<(u32, Flow, Used)> {
    let session = &opened.session;
    let uses = session.name_uses(&|| true).unwrap_or_default();
    let analysis = session.analysis();
    let book = session.names();
    let transactions = 0..analysis.dns.len();
    let flows = transactions.flat_map(|transaction| uses.of(transaction).iter().copied());
    let used = |place: u32| {
        let flow = analysis.flows.get(place)?.clone();
        let used = session.used(&analysis, &book, place, &flow)?;
        Some((place, flow, used))
    };
    flows.filter_map(used).collect()
}

fn text(opened: &Opened, output: &mut Output) -> Outcome<()> {
    let all = all(opened);
    if all.is_empty() {
        writeln!(output, "no flow of this capture followed a lookup")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("QUERY", true),
        ("ANSWER", true),
        ("NAME", false),
        ("ADDRESS", false),
        ("FLOW", true),
        ("PACKET", true),
        ("AFTER", true),
        ("TTL", true),
        ("NOTES", false),
    ]);
    for (place, flow, used) in all {
        let lookup = &used.lookup;
        let mut notes = Vec::new();
        if used.expired {
            notes.push("the TTL was over".to_owned());
        }
        if used.is_for_once() {
            notes.push("TTL 0: for this use only".to_owned());
        }
        notes.extend(used.doubt().map(str::to_owned));
        if let Some(client) = lookup.client.filter(|_| used.by_other) {
            notes.push(format!("looked up by {client}"));
        }
        if lookup.source != NameSource::Dns {
            notes.push(lookup.source.words().to_owned());
        }
        table.row(vec![
            used.query.map_or("-".to_owned(), |id| (id + 1).to_string()),
            (lookup.answer + 1).to_string(),
            safe(&lookup.name).into_owned(),
            server(opened, &flow),
            place.to_string(),
            (flow.first() + 1).to_string(),
            format!("{:.6}", used.age as f64 / 1e9),
            lookup.ttl.to_string(),
            notes.join(", "),
        ]);
    }
    table.print(output)
}

/// Where the flow goes: protocol, address, port.
fn server(opened: &Opened, flow: &Flow) -> String {
    let (_, address) = flow.ends();
    let protocol = protocol(opened.session.registry(), flow.key.protocol);
    if has_ports(flow.key.protocol) {
        format!("{protocol} {}", SocketAddr::new(address, flow.service_port()))
    } else {
        format!("{protocol} {address}")
    }
}

fn machine(opened: &Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let mut columns = vec!["flow", "first_packet", "client", "server", "server_port", "protocol"];
    columns.extend(names::OF_USE);
    let mut rows = Rows::fixed(format, "uses", &columns);
    rows.begin(output)?;
    for (place, flow, used) in all(opened) {
        let (client, server) = flow.ends();
        let ports = has_ports(flow.key.protocol);
        let mut cells = vec![
            Cell::Number(place.into()),
            Cell::Number(flow.first() + 1),
            Cell::text(client.to_string()),
            Cell::text(server.to_string()),
            Cell::maybe(ports.then(|| flow.service_port().into())),
            Cell::text(protocol(opened.session.registry(), flow.key.protocol)),
        ];
        cells.extend(names::use_cells(&used));
        rows.row(output, &cells)?;
    }
    rows.end(output)
}

/// Addresses without a lookup, and how many flows are not listed.
fn without(opened: &Opened) -> (Vec<Unlooked>, u64) {
    let uses = opened.session.name_uses(&|| true).unwrap_or_default();
    (uses.unlooked(), uses.not_listed)
}

fn without_text(opened: &Opened, output: &mut Output) -> Outcome<()> {
    let (all, not_listed) = without(opened);
    if all.is_empty() {
        writeln!(output, "every address that was used had been looked up")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("ADDRESS", false),
        ("FLOWS", true),
        ("FIRST FLOW", true),
        ("PACKETS", true),
        ("BYTES", true),
        ("NAME ALL THE SAME", false),
    ]);
    for one in all {
        let name = opened.session.name_of(one.address).filter(|_| opened.named);
        let name =
            name.map_or(String::new(), |name| format!("{} (from {})", name.text(), name.source.words()));
        table.row(vec![
            one.address.to_string(),
            one.flows.to_string(),
            one.first_flow.to_string(),
            one.packets.to_string(),
            one.bytes.to_string(),
            name,
        ]);
    }
    table.print(output)?;
    if not_listed > 0 {
        writeln!(output, "{not_listed} flows more are not listed: too many addresses")?;
    }
    Ok(())
}

fn without_machine(opened: &Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let columns = &["address", "name", "name_source", "flows", "first_flow", "packets", "bytes"];
    let mut rows = Rows::fixed(format, "unlooked", columns);
    rows.begin(output)?;
    for one in without(opened).0 {
        let name = opened.session.name_of(one.address).filter(|_| opened.named);
        rows.row(
            output,
            &[
                Cell::text(one.address.to_string()),
                name.as_ref().map_or(Cell::Absent, |name| Cell::text(safe(&name.name).into_owned())),
                name.as_ref().map_or(Cell::Absent, |name| Cell::text(name.source.name())),
                Cell::Number(one.flows),
                Cell::Number(one.first_flow.into()),
                Cell::Number(one.packets),
                Cell::Number(one.bytes),
            ],
        )?;
    }
    rows.end(output)
}
