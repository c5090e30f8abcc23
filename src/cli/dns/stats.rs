//! What is said of all transactions together.

use super::super::failure::{Failure, Outcome};
use super::super::input::Opened;
use super::super::output::{Cell, Format, Output, Rows};
use super::super::table::{Table, share};
use crate::base::safe;
use crate::decode::proto::dns::view::{code_name, opcode_name, type_name};
use crate::session::{DNS_BARS, DnsReader, DnsStatistics, DnsStory, Exchange};
use std::io::Write as _;

/// Rows of a list in text, unless told otherwise.
const ROWS: usize = 10;
/// Cells of the longest bar.
const BAR: u64 = 40;

/// Milliseconds.
fn millis(micros: Option<u32>) -> String {
    micros.map_or(String::new(), |micros| format!("{:.3}", f64::from(micros) / 1e3))
}

/// A length of time in the unit that suits it.
fn time(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// The name asked for, harmless for a terminal.
fn name(opened: &Opened, reader: &mut DnsReader, place: u32) -> Option<(Exchange, DnsStory)> {
    let exchange = Exchange::get(&opened.session.analysis(), place)?;
    let mut story = DnsStory::read(reader, &opened.session, &exchange);
    story.name = safe(&story.name).into_owned();
    Some((exchange, story))
}

pub(super) fn print(opened: &Opened, top: Option<usize>, format: Format, output: &mut Output) -> Outcome<()> {
    let mut statistics = DnsStatistics::default();
    while statistics.read(&opened.session, u32::MAX) {}
    match format {
        Format::Text => text(opened, &statistics, top.unwrap_or(ROWS), output),
        Format::Csv | Format::Tsv => {
            Err(Failure::said("--stats has several lists: write --format json or jsonl"))
        }
        _ => machine(opened, &statistics, top.unwrap_or(usize::MAX), format, output),
    }
}

fn text(opened: &Opened, statistics: &DnsStatistics, top: usize, output: &mut Output) -> Outcome<()> {
    let counts = &statistics.counts;
    let mut table = Table::new(&[("DNS", false), ("", true), ("", true)]);
    let rows = [
        ("queries", counts.queries),
        ("answered", counts.answered),
        ("  later than 5 s", counts.late),
        ("not answered within 5 s", counts.unanswered),
        ("nobody answered over multicast", counts.silent),
        ("not captured, perhaps", counts.uncaptured),
        ("refused by ICMP", counts.refused),
        ("waiting when the capture ended", counts.waiting()),
        ("sent again", counts.repeats),
        ("further answers", counts.again),
        ("answers nobody asked for", counts.unasked),
        ("answers to another question", counts.mismatched),
    ];
    for (word, count) in rows {
        table.row(vec![word.to_owned(), count.to_string(), share(count, counts.queries)]);
        if word == "queries" {
            for (opcode, count) in statistics.opcodes.iter().filter(|(opcode, _)| **opcode != 0) {
                let word = format!("  of them {}", opcode_name(*opcode));
                table.row(vec![word, count.to_string(), share(*count, counts.queries)]);
            }
        }
    }
    // Its questions are none of the queries.
    table.row(vec!["multicast DNS".to_owned(), counts.multicast.to_string(), String::new()]);
    table.print(output)?;
    writeln!(output)?;
    let answers: u64 = counts.codes.iter().sum();
    let mut table = Table::new(&[("CODE", false), ("ANSWERS", true), ("", true)]);
    for (code, count) in statistics.by_code() {
        table.row(vec![code_name(code).into_owned(), count.to_string(), share(count, answers)]);
        if code == 0 && statistics.no_data > 0 {
            let (count, share) = (statistics.no_data, share(statistics.no_data, answers));
            table.row(vec!["  of them NODATA".to_owned(), count.to_string(), share]);
        }
    }
    table.print(output)?;
    writeln!(output)?;
    let mut table = Table::new(&[("TYPE", false), ("QUERIES", true), ("", true)]);
    for (kind, count) in statistics.by_type().into_iter().take(top) {
        table.row(vec![type_name(kind).into_owned(), count.to_string(), share(count, counts.queries)]);
    }
    table.print(output)?;
    writeln!(output)?;
    let mut table = Table::new(&[
        ("SERVER", false),
        ("QUERIES", true),
        ("ANSWERED", true),
        ("UNANSWERED", true),
        ("REFUSED", true),
        ("SENT AGAIN", true),
        ("NXDOMAIN", true),
        ("NODATA", true),
        ("ERRORS", true),
        ("MEDIAN MS", true),
        ("95 %", true),
        ("SLOWEST", true),
    ]);
    let servers = statistics.by_queries();
    for (address, server) in servers.iter().take(top) {
        table.row(vec![
            opened.name_of(*address).unwrap_or_else(|| address.to_string()),
            server.queries.to_string(),
            server.answered.to_string(),
            server.unanswered.to_string(),
            server.refused.to_string(),
            server.repeats.to_string(),
            share(server.no_such_name, server.answered),
            share(server.no_data, server.answered),
            server.errors.to_string(),
            millis(server.percentile(50)),
            millis(server.percentile(95)),
            millis(server.percentile(100)),
        ]);
    }
    table.print(output)?;
    writeln!(output)?;
    let mut table = Table::new(&[("TOOK", false), ("ANSWERS", true), ("", false)]);
    let most = statistics.histogram.iter().copied().max().unwrap_or(0).max(1);
    for (at, count) in statistics.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
        let words = match DNS_BARS.get(at) {
            Some(end) => format!("less than {}", time(*end)),
            None => "longer".to_owned(),
        };
        let bar = "█".repeat((count * BAR).div_ceil(most) as usize);
        table.row(vec![words, count.to_string(), bar]);
    }
    table.print(output)?;
    writeln!(output)?;
    let mut table =
        Table::new(&[("MOST ASKED", false), ("QUERIES", true), ("NXDOMAIN", true), ("NODATA", true)]);
    let names = statistics.most_asked();
    for (name, asked) in names.iter().take(top) {
        let counts = [asked.queries, asked.no_such_name, asked.no_data].map(|count| count.to_string());
        table.row([(*name).to_owned()].into_iter().chain(counts).collect());
    }
    table.print(output)?;
    writeln!(output)?;
    let mut table =
        Table::new(&[("SLOWEST", false), ("TYPE", false), ("MS", true), ("SERVER", false), ("PACKET", true)]);
    let mut reader = DnsReader::default();
    for (nanos, place) in statistics.slowest().into_iter().take(top) {
        let Some((exchange, story)) = name(opened, &mut reader, place) else { continue };
        table.row(vec![
            story.name,
            type_name(story.kind).into_owned(),
            format!("{:.3}", nanos as f64 / 1e6),
            exchange.server().ip().to_string(),
            (exchange.one.first + 1).to_string(),
        ]);
    }
    table.print(output)?;
    if names.len() > top || servers.len() > top {
        writeln!(output, "\n{} names, {} servers; --top N shows more", names.len(), servers.len())?;
    }
    if counts.not_kept + statistics.other_names + statistics.other_servers > 0 {
        let (kept, names) = (counts.not_kept, statistics.other_names);
        writeln!(output, "left out where a limit was reached: {kept} messages, names of {names} queries")?;
    }
    Ok(())
}

fn machine(
    opened: &Opened,
    statistics: &DnsStatistics,
    top: usize,
    format: Format,
    output: &mut Output,
) -> Outcome<()> {
    let mut rows = Rows::lists(format);
    let counts = &statistics.counts;
    let columns = [
        ("queries", counts.queries),
        ("answered", counts.answered),
        ("late", counts.late),
        ("unanswered", counts.unanswered),
        ("waiting", counts.waiting()),
        ("repeats", counts.repeats),
        ("further_answers", counts.again),
        ("unasked", counts.unasked),
        ("nodata", statistics.no_data),
        ("refused", counts.refused),
        ("multicast", counts.multicast),
        ("messages_not_kept", counts.not_kept),
        ("queries_of_other_names", statistics.other_names),
        ("queries_to_other_servers", statistics.other_servers),
        ("mismatched", counts.mismatched),
        ("silent", counts.silent),
        ("uncaptured", counts.uncaptured),
    ];
    rows.list(output, "summary", &columns.map(|(name, _)| name))?;
    rows.row(output, &columns.map(|(_, count)| Cell::Number(count)))?;
    rows.list(output, "opcodes", &["opcode", "number", "queries"])?;
    for (opcode, count) in &statistics.opcodes {
        let name = Cell::text(opcode_name(*opcode));
        rows.row(output, &[name, Cell::Number((*opcode).into()), Cell::Number(*count)])?;
    }
    rows.list(output, "codes", &["code", "number", "answers"])?;
    for (code, count) in statistics.by_code() {
        rows.row(output, &[Cell::text(code_name(code)), Cell::Number(code.into()), Cell::Number(count)])?;
    }
    rows.list(output, "types", &["type", "number", "queries"])?;
    for (kind, count) in statistics.by_type().into_iter().take(top) {
        rows.row(output, &[Cell::text(type_name(kind)), Cell::Number(kind.into()), Cell::Number(count)])?;
    }
    rows.list(
        output,
        "servers",
        &[
            "server",
            "queries",
            "answered",
            "unanswered",
            "repeats",
            "nxdomain",
            "nodata",
            "errors",
            "median_us",
            "p95_us",
            "slowest_us",
            "refused",
        ],
    )?;
    for (address, server) in statistics.by_queries().into_iter().take(top) {
        let percentile = |hundredths| Cell::maybe(server.percentile(hundredths).map(u64::from));
        rows.row(
            output,
            &[
                Cell::text(address.to_string()),
                Cell::Number(server.queries),
                Cell::Number(server.answered),
                Cell::Number(server.unanswered),
                Cell::Number(server.repeats),
                Cell::Number(server.no_such_name),
                Cell::Number(server.no_data),
                Cell::Number(server.errors),
                percentile(50),
                percentile(95),
                percentile(100),
                Cell::Number(server.refused),
            ],
        )?;
    }
    rows.list(output, "times", &["below_us", "answers"])?;
    for (at, count) in statistics.histogram.iter().enumerate() {
        rows.row(output, &[Cell::maybe(DNS_BARS.get(at).copied()), Cell::Number(*count)])?;
    }
    rows.list(output, "names", &["name", "queries", "nxdomain", "nodata"])?;
    for (name, asked) in statistics.most_asked().into_iter().take(top) {
        let [queries, missing, empty] = [asked.queries, asked.no_such_name, asked.no_data].map(Cell::Number);
        rows.row(output, &[Cell::text(safe(name)), queries, missing, empty])?;
    }
    rows.list(output, "slowest", &["transaction", "packet", "took_us", "name", "type", "server"])?;
    let mut reader = DnsReader::default();
    for (nanos, place) in statistics.slowest().into_iter().take(top) {
        let Some((exchange, story)) = name(opened, &mut reader, place) else { continue };
        rows.row(
            output,
            &[
                Cell::Number(place.into()),
                Cell::Number(exchange.one.first + 1),
                Cell::Number(u64::try_from(nanos / 1000).unwrap_or(0)),
                Cell::text(story.name),
                Cell::text(type_name(story.kind)),
                Cell::text(exchange.server().ip().to_string()),
            ],
        )?;
    }
    rows.end(output)
}
