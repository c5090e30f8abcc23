//! The statistics for people.

use super::super::connections;
use super::super::failure::Outcome;
use super::super::flows::protocol;
use super::super::output::Output;
use super::super::table::{Table, share};
use super::{Section, Stats};
use crate::base::Timestamp;
use crate::decode::{Check, Verdict};
use crate::flow::service;
use std::io::Write as _;
use std::net::IpAddr;

pub(super) fn print(stats: &Stats, output: &mut Output) -> Outcome<()> {
    for (at, section) in stats.sections.iter().enumerate() {
        if at > 0 {
            writeln!(output)?;
        }
        match section {
            Section::Capture => capture(stats, output)?,
            Section::Hierarchy => hierarchy(stats, output)?,
            Section::Checks => checks(stats, output)?,
            Section::Problems => problems(stats, output)?,
            Section::Transports => transports(stats, output)?,
            Section::Ports => ports(stats, output)?,
            Section::Lengths => lengths(stats, output)?,
            Section::Endpoints => hosts(stats, output)?,
            Section::Conversations => conversations(stats, output)?,
            Section::Time => time(stats, output)?,
            Section::All => {}
        }
    }
    Ok(())
}

fn seconds(nanos: i64) -> String {
    format!("{:.6}", nanos as f64 / 1e9)
}

fn utc(time: Timestamp) -> String {
    match jiff::Timestamp::from_nanosecond(time.0.into()) {
        Ok(time) => time.strftime("%F %T%.6f UTC").to_string(),
        Err(_) => time.to_string(),
    }
}

/// A number of something a second, with a unit's prefix.
fn rate(count: u64, nanos: i64, unit: &str) -> String {
    let rate = count as f64 * 1e9 / nanos as f64;
    let (scale, prefix) = match rate {
        rate if rate >= 1e9 => (1e9, "G"),
        rate if rate >= 1e6 => (1e6, "M"),
        rate if rate >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{:.1} {prefix}{unit}/s", rate / scale)
}

/// How many rows a list has beside those shown.
fn more(all: usize, stats: &Stats, output: &mut Output) -> Outcome<()> {
    if all > stats.top {
        writeln!(output, "{} of {all}; --top N shows more", stats.top)?;
    }
    Ok(())
}

fn capture(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let session = &stats.opened.session;
    let packets = stats.counted().packets();
    let (totals, span) = {
        let analysis = stats.counted().analysis();
        (analysis.totals, analysis.statistics.span)
    };
    let mut table = Table::new(&[("CAPTURE", false), ("", false)]);
    let mut row = |name: &str, value: String| table.row(vec![name.to_owned(), value]);
    row("packets", packets.to_string());
    row("bytes", totals.bytes.to_string());
    if let Some(span) = span {
        let nanos = span.last.since(span.first);
        row("first packet", utc(span.first));
        row("last packet", utc(span.last));
        row("duration", format!("{} s", seconds(nanos)));
        if nanos > 0 {
            row("packets a second", rate(packets, nanos, "packets"));
            row("bits a second", rate(totals.bytes.saturating_mul(8), nanos, "bit"));
        }
    }
    for (link, count) in stats.links() {
        row("link type", format!("{link}: {count}"));
    }
    let dropped = session.meta().dropped();
    for (name, count) in [("dropped", dropped), ("unread", totals.unread)] {
        if count > 0 {
            row(name, count.to_string());
        }
    }
    table.print(output)
}

fn hierarchy(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let analysis = stats.counted().analysis();
    let packets = stats.counted().packets();
    let registry = stats.opened.session.registry();
    let mut table = Table::new(&[
        ("PROTOCOL", false),
        ("PACKETS", true),
        ("", true),
        ("BYTES", true),
        ("", true),
        ("END HERE", true),
    ]);
    for row in analysis.statistics.hierarchy.rows() {
        let name = registry.row(row.protocol).protocol.label;
        table.row(vec![
            format!("{:1$}{name}", "", row.depth * 2),
            row.all.packets.to_string(),
            share(row.all.packets, packets),
            row.all.bytes.to_string(),
            share(row.all.bytes, analysis.totals.bytes),
            row.end.packets.to_string(),
        ]);
    }
    table.print(output)
}

fn checks(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let totals = stats.counted().analysis().totals;
    let verdicts = [Verdict::Good, Verdict::Bad, Verdict::Partial, Verdict::Absent, Verdict::Unverifiable];
    let mut columns = vec![("CHECK", false)];
    columns.extend(verdicts.map(|verdict| (verdict.name(), true)));
    let mut table = Table::new(&columns);
    for check in Check::ALL {
        let counts = verdicts.map(|verdict| totals.count(check, verdict));
        if counts.iter().any(|count| *count > 0) {
            let mut row = vec![check.name().to_owned()];
            row.extend(counts.map(|count| count.to_string()));
            table.row(row);
        }
    }
    table.print(output)
}

fn problems(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let mut table = Table::new(&[("SEVERITY", false), ("COUNT", true), ("FIRST", true), ("PROBLEM", false)]);
    for (about, count, first) in stats.problems() {
        let severity = format!("{} {}", about.severity.sign(), about.severity.name());
        let first = first.map_or(String::new(), |id| (id + 1).to_string());
        table.row(vec![severity, count.to_string(), first, about.title.to_owned()]);
    }
    table.print(output)
}

fn transports(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let mut table = Table::new(&[("FLOWS OF", false), ("FLOWS", true), ("PACKETS", true), ("BYTES", true)]);
    for (number, flows, packets, bytes) in stats.transports() {
        let name = protocol(stats.opened.session.registry(), number);
        table.row(vec![name, flows.to_string(), packets.to_string(), bytes.to_string()]);
    }
    table.print(output)
}

fn ports(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let groups = stats.ports();
    let bytes = stats.counted().analysis().totals.bytes;
    let mut table = Table::new(&[
        ("PORT", true),
        ("PROTO", false),
        ("SERVICE", false),
        ("FLOWS", true),
        ("PACKETS", true),
        ("BYTES", true),
        ("", true),
    ]);
    for group in groups.iter().take(stats.top) {
        table.row(vec![
            group.port.to_string(),
            protocol(stats.opened.session.registry(), group.protocol),
            service(group.port).unwrap_or_default().to_owned(),
            group.flows.to_string(),
            group.packets.to_string(),
            group.bytes.to_string(),
            share(group.bytes, bytes),
        ]);
    }
    table.print(output)?;
    more(groups.len(), stats, output)
}

fn lengths(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let lengths = stats.counted().analysis().statistics.lengths;
    let all = lengths.all();
    let mut table = Table::new(&[
        ("LENGTH", true),
        ("PACKETS", true),
        ("", true),
        ("AVERAGE", true),
        ("SHORTEST", true),
        ("LONGEST", true),
    ]);
    let steps = lengths.steps().map(|(from, to, bin)| {
        (to.map_or_else(|| format!("{from} and more"), |to| format!("{from}-{to}")), bin)
    });
    for (name, bin) in steps.chain([("all".to_owned(), all)]) {
        let some = |text: String| if bin.packets == 0 { String::new() } else { text };
        table.row(vec![
            name,
            bin.packets.to_string(),
            share(bin.packets, all.packets),
            some(format!("{:.2}", bin.average())),
            some(bin.shortest.to_string()),
            some(bin.longest.to_string()),
        ]);
    }
    table.print(output)
}

/// An address, or the name that the capture has for it.
fn named(stats: &Stats, address: IpAddr) -> String {
    stats.opened.name_of(address).unwrap_or_else(|| address.to_string())
}

fn hosts(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let mut table = Table::new(&[
        ("ENDPOINT", false),
        ("PACKETS", true),
        ("BYTES", true),
        ("SENT", true),
        ("BYTES SENT", true),
        ("RECEIVED", true),
        ("BYTES RECEIVED", true),
        ("PEERS", true),
    ]);
    let all = stats.endpoints(|host| {
        let mut row = vec![named(stats, host.address)];
        for count in [host.all(), host.sent, host.received] {
            row.extend([count.packets.to_string(), count.bytes.to_string()]);
        }
        row.push(host.peers.to_string());
        table.row(row);
        Ok(())
    })?;
    table.print(output)?;
    more(all, stats, output)
}

fn conversations(stats: &Stats, output: &mut Output) -> Outcome<()> {
    let start = stats.counted().analysis().statistics.start();
    let mut columns = vec![
        ("A", false),
        ("B", false),
        ("PACKETS", true),
        ("BYTES", true),
        ("A→B", true),
        ("B→A", true),
        ("BYTES A→B", true),
        ("BYTES B→A", true),
        ("START", true),
        ("DURATION", true),
        ("FLOWS", true),
    ];
    if stats.measured {
        columns.extend([("RTT", true), ("SENT AGAIN", true)]);
    }
    let mut table = Table::new(&columns);
    let all = stats.conversations(|one| {
        let [ab, ba] = one.counts;
        let counts = [one.all().packets, one.all().bytes, ab.packets, ba.packets, ab.bytes, ba.bytes];
        let mut row = vec![named(stats, one.key.source()), named(stats, one.key.destination())];
        row.extend(counts.map(|count| count.to_string()));
        row.extend([seconds(one.first.since(start)), seconds(one.duration()), one.flows.to_string()]);
        if stats.measured {
            row.push(one.rtt.median.map(connections::milliseconds).unwrap_or_default());
            row.push(connections::sent_again(one.sent_again(), one.all().packets));
        }
        table.row(row);
        Ok(())
    })?;
    table.print(output)?;
    more(all, stats, output)
}

fn time(stats: &Stats, output: &mut Output) -> Outcome<()> {
    const WIDTH: u64 = 30;
    let series = stats.series()?;
    let most = series.bins().iter().map(|bin| bin.bytes).max().unwrap_or(0).max(1);
    let mut table = Table::new(&[("FROM", true), ("PACKETS", true), ("BYTES", true), ("", false)]);
    for (at, bin) in (0i64..).zip(series.bins()) {
        let full = (u128::from(bin.bytes) * u128::from(WIDTH)).div_ceil(u128::from(most));
        table.row(vec![
            seconds(at.saturating_mul(series.width())),
            bin.packets.to_string(),
            bin.bytes.to_string(),
            "█".repeat(full as usize),
        ]);
    }
    table.print(output)
}
