//! The statistics for programs: see `docs/OUTPUT.md`.

use super::super::connections;
use super::super::failure::Outcome;
use super::super::flows::protocol;
use super::super::names::cells_of;
use super::super::output::{Cell, Format, Output, Rows};
use super::{Section, Stats};
use crate::base::Timestamp;
use crate::decode::{Check, Verdict};
use crate::flow::service;
use crate::session::Count;
use std::net::IpAddr;

pub(super) fn print(stats: &Stats, format: Format, output: &mut Output) -> Outcome<()> {
    let mut rows = Rows::lists(format);
    for section in &stats.sections {
        let write = match section {
            Section::Capture => capture,
            Section::Hierarchy => hierarchy,
            Section::Checks => checks,
            Section::Problems => problems,
            Section::Transports => transports,
            Section::Ports => ports,
            Section::Lengths => lengths,
            Section::Endpoints => hosts,
            Section::Conversations => conversations,
            Section::Time => time,
            Section::All => continue,
        };
        rows.list(output, section.name(), columns(*section))?;
        write(stats, &mut rows, output)?;
    }
    rows.end(output)
}

fn columns(section: Section) -> &'static [&'static str] {
    match section {
        Section::Capture => &[
            "packets",
            "bytes",
            "start",
            "end",
            "duration",
            "packets_per_second",
            "bits_per_second",
            "link_types",
            "flows",
            "troubled",
            "undecoded",
            "unread",
            "dropped",
        ],
        Section::Hierarchy => &["depth", "path", "protocol", "packets", "bytes", "end_packets", "end_bytes"],
        Section::Checks => &["name", "outcome", "packets"],
        Section::Problems => &["severity", "kind", "count", "first", "title", "filter"],
        Section::Transports => &["protocol", "protocol_number", "flows", "packets", "bytes"],
        Section::Ports => &["protocol", "protocol_number", "port", "service", "flows", "packets", "bytes"],
        Section::Lengths => &["from", "to", "packets", "bytes", "average", "shortest", "longest"],
        Section::Endpoints => &[
            "address",
            "name",
            "packets",
            "bytes",
            "packets_sent",
            "bytes_sent",
            "packets_received",
            "bytes_received",
            "peers",
            "name_source",
        ],
        Section::Conversations => &[
            "a",
            "a_name",
            "b",
            "b_name",
            "packets",
            "bytes",
            "packets_ab",
            "bytes_ab",
            "packets_ba",
            "bytes_ba",
            "start",
            "end",
            "duration",
            "flows",
            "rtt_samples",
            "rtt_min",
            "rtt_median",
            "rtt_p95",
            "retransmitted_ab",
            "retransmitted_ba",
            "a_name_source",
            "b_name_source",
        ],
        Section::Time => &["start", "relative", "width", "packets", "bytes"],
        Section::All => &[],
    }
}

fn length_of_time(nanos: i64) -> Cell<'static> {
    Cell::text(Timestamp(nanos).to_string())
}

fn both(count: Count) -> [Cell<'static>; 2] {
    [Cell::Number(count.packets), Cell::Number(count.bytes)]
}

fn capture(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let packets = stats.counted().packets();
    let links = stats.links().into_iter().map(|(link, count)| format!("{link}: {count}").into());
    let links = Cell::List(links.collect());
    let dropped = stats.opened.session.meta().dropped();
    let analysis = stats.counted().analysis();
    let (totals, span) = (analysis.totals, analysis.statistics.span);
    let nanos = span.map(|span| span.last.since(span.first));
    let time = |time: Option<Timestamp>| time.map_or(Cell::Absent, |time| Cell::text(time.to_string()));
    let rate = |count: u64| match nanos {
        Some(nanos) if nanos > 0 => Cell::Real(count as f64 * 1e9 / nanos as f64),
        _ => Cell::Absent,
    };
    rows.row(
        output,
        &[
            Cell::Number(packets),
            Cell::Number(totals.bytes),
            time(span.map(|span| span.first)),
            time(span.map(|span| span.last)),
            nanos.map_or(Cell::Absent, length_of_time),
            rate(packets),
            rate(totals.bytes.saturating_mul(8)),
            links,
            Cell::Number(analysis.flows.counted().count() as u64),
            Cell::Number(totals.troubled),
            Cell::Number(totals.undecoded),
            Cell::Number(totals.unread),
            Cell::Number(dropped),
        ],
    )
}

fn hierarchy(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let registry = stats.opened.session.registry();
    let lines = stats.counted().analysis().statistics.hierarchy.rows();
    let mut path: Vec<&str> = Vec::new();
    for line in lines {
        let name = registry.row(line.protocol).protocol.name;
        path.truncate(line.depth);
        path.push(name);
        let mut cells = vec![Cell::Number(line.depth as u64), Cell::text(path.join(":")), Cell::text(name)];
        cells.extend(both(line.all));
        cells.extend(both(line.end));
        rows.row(output, &cells)?;
    }
    Ok(())
}

fn checks(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let totals = stats.counted().analysis().totals;
    let verdicts = [Verdict::Good, Verdict::Bad, Verdict::Partial, Verdict::Absent, Verdict::Unverifiable];
    for (check, verdict) in Check::ALL.iter().flat_map(|check| verdicts.map(|verdict| (check, verdict))) {
        let packets = totals.count(*check, verdict);
        if packets > 0 {
            let [name, outcome] = [check.name(), verdict.name()].map(Cell::text);
            rows.row(output, &[name, outcome, Cell::Number(packets)])?;
        }
    }
    Ok(())
}

fn problems(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    for (about, count, first) in stats.problems() {
        rows.row(
            output,
            &[
                Cell::text(about.severity.name()),
                Cell::text(about.kind.name()),
                Cell::Number(count),
                Cell::maybe(first.map(|id| id + 1)),
                Cell::text(about.title),
                Cell::some(about.filter),
            ],
        )?;
    }
    Ok(())
}

fn transports(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    for (number, flows, packets, bytes) in stats.transports() {
        let name = Cell::text(protocol(stats.opened.session.registry(), number));
        let counts = [number.into(), flows, packets, bytes].map(Cell::Number);
        let [number, flows, packets, bytes] = counts;
        rows.row(output, &[name, number, flows, packets, bytes])?;
    }
    Ok(())
}

fn ports(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let groups = stats.ports();
    for group in groups.iter().take(stats.top) {
        rows.row(
            output,
            &[
                Cell::text(protocol(stats.opened.session.registry(), group.protocol)),
                Cell::Number(group.protocol.into()),
                Cell::Number(group.port.into()),
                Cell::some(service(group.port).unwrap_or_default()),
                Cell::Number(group.flows),
                Cell::Number(group.packets),
                Cell::Number(group.bytes),
            ],
        )?;
    }
    Ok(())
}

fn lengths(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let lengths = stats.counted().analysis().statistics.lengths;
    for (from, to, bin) in lengths.steps() {
        let some = |cell: Cell<'static>| if bin.packets == 0 { Cell::Absent } else { cell };
        rows.row(
            output,
            &[
                Cell::Number(from.into()),
                Cell::maybe(to.map(u64::from)),
                Cell::Number(bin.packets),
                Cell::Number(bin.bytes),
                some(Cell::Real(bin.average())),
                some(Cell::Number(bin.shortest.into())),
                some(Cell::Number(bin.longest.into())),
            ],
        )?;
    }
    Ok(())
}

/// An address, its name, and what told that.
fn address(stats: &Stats, address: IpAddr) -> [Cell<'static>; 3] {
    let [name, told] = cells_of(stats.opened.known_name(address).as_ref());
    [Cell::text(address.to_string()), name, told]
}

fn hosts(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    stats.endpoints(|host| {
        let [address, name, told] = address(stats, host.address);
        let mut cells = vec![address, name];
        for count in [host.all(), host.sent, host.received] {
            cells.extend(both(count));
        }
        cells.extend([Cell::Number(host.peers.into()), told]);
        rows.row(output, &cells)
    })?;
    Ok(())
}

fn conversations(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    stats.conversations(|one| {
        let [a, a_name, a_told] = address(stats, one.key.source());
        let [b, b_name, b_told] = address(stats, one.key.destination());
        let mut cells = vec![a, a_name, b, b_name];
        let [ab, ba] = one.counts;
        for count in [one.all(), ab, ba] {
            cells.extend(both(count));
        }
        cells.extend([one.first, one.last].map(|time| Cell::text(time.to_string())));
        cells.extend([length_of_time(one.duration()), Cell::Number(one.flows.into())]);
        let time = |nanos: Option<u64>| nanos.map_or(Cell::Absent, connections::seconds);
        cells.push(Cell::Number(one.rtt.samples));
        cells.extend([one.rtt.least, one.rtt.median, one.rtt.high].map(time));
        cells.extend(one.repeated.map(Cell::Number));
        cells.extend([a_told, b_told]);
        rows.row(output, &cells)
    })?;
    Ok(())
}

fn time(stats: &Stats, rows: &mut Rows<'_>, output: &mut Output) -> Outcome<()> {
    let series = stats.series()?;
    for (at, bin) in (0i64..).zip(series.bins()) {
        let relative = at.saturating_mul(series.width());
        let start = Timestamp(series.start().0.saturating_add(relative));
        let mut cells = vec![Cell::text(start.to_string())];
        cells.extend([length_of_time(relative), length_of_time(series.width())]);
        cells.extend(both(*bin));
        rows.row(output, &cells)?;
    }
    Ok(())
}
