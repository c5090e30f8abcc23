//! All transactions together, in lines.

use super::super::table;
use super::super::text::{bytes, fit, grouped, width};
use super::super::theme::Role;
use super::details::Line;
use crate::base::safe;
use crate::decode::proto::dns::view::{code_name, type_name};
use crate::session::{DNS_BARS, DnsStatistics, NameUses};

/// Rows of each list.
const ROWS: usize = 8;

/// A length of time in the unit that suits it.
pub(super) fn time(nanos: i64) -> String {
    match nanos {
        ..1_000_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        _ => format!("{:.2} s", nanos as f64 / 1e9),
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "0 %".to_owned() } else { table::share(part, whole) }
}

/// A cell of a table: its text, cells, and whether it stands at the right.
fn cell(text: &str, cells: usize, right: bool) -> String {
    let text = fit(text, cells);
    let gap = " ".repeat(cells.saturating_sub(width(&text)));
    if right { format!("{gap}{text}") } else { format!("{text}{gap}") }
}

/// The lines, for so many cells.
pub(super) fn lines(all: &DnsStatistics, uses: &NameUses, cells: usize) -> Vec<Line> {
    let counts = &all.counts;
    let mut lines: Vec<Line> = Vec::new();
    let answers: u64 = counts.codes.iter().sum();
    let missing = counts.codes[3];
    let silent = match counts.silent {
        0 => String::new(),
        silent => format!(" · silence over multicast {}", grouped(silent)),
    };
    lines.push((
        format!(
            "{} queries · answered {} ({}) · late {} · no answer {}{silent} · refused by ICMP {} · waiting {} · sent again {} · nobody asked {} · repeat another question {}",
            grouped(counts.queries),
            grouped(counts.answered),
            share(counts.answered, counts.queries),
            grouped(counts.late),
            grouped(counts.unanswered),
            grouped(counts.refused),
            grouped(counts.waiting()),
            grouped(counts.repeats),
            grouped(counts.unasked),
            grouped(counts.mismatched),
        ),
        Role::Text,
    ));
    let codes = (0..).zip(counts.codes).filter(|(_, count)| *count > 0);
    let codes: Vec<String> =
        codes.map(|(code, count)| format!("{} {}", code_name(code), grouped(count))).collect();
    lines.push((
        format!(
            "codes: {} · no such name: {} · no data: {}",
            codes.join(", "),
            share(missing, answers),
            share(all.no_data, answers)
        ),
        Role::Text,
    ));
    let types: Vec<String> = all
        .by_type()
        .into_iter()
        .take(ROWS)
        .map(|(kind, count)| format!("{} {}", type_name(kind), grouped(count)))
        .collect();
    lines.push((format!("types: {}", types.join(", ")), Role::Text));
    lines.push(("how long answers took".to_owned(), Role::Heading));
    let most = all.histogram.iter().copied().max().unwrap_or(0).max(1);
    let room = cells.saturating_sub(30).min(60) as u64;
    for (at, count) in all.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
        let words =
            DNS_BARS.get(at).map_or("longer".to_owned(), |end| format!("< {}", time(*end as i64 * 1000)));
        let bar = "█".repeat((count * room).div_ceil(most) as usize);
        lines.push((
            format!("{} {} {bar}", cell(&words, 12, true), cell(&grouped(*count), 11, true)),
            Role::Text,
        ));
    }
    let name = cells.saturating_sub(54).clamp(15, 44);
    let head = |words: [&str; 6]| {
        let [first, rest @ ..] = words;
        let rest: String = rest.iter().map(|word| cell(word, 10, true)).collect();
        format!("{}{rest}", cell(first, name, false))
    };
    lines.push((head(["servers", "queries", "answered", "no answer", "median", "95 %"]), Role::Heading));
    let micros = |value: Option<u32>| value.map_or("-".to_owned(), |micros| time(i64::from(micros) * 1000));
    for (address, server) in all.by_queries().into_iter().take(ROWS) {
        let words = [
            address.to_string(),
            grouped(server.queries),
            grouped(server.answered),
            grouped(server.unanswered),
            micros(server.percentile(50)),
            micros(server.percentile(95)),
        ];
        lines.push((head(words.each_ref().map(String::as_str)), Role::Text));
    }
    lines.push((
        head(["most asked", "queries", "NXDOMAIN", "NODATA", "", ""]).trim_end().to_owned(),
        Role::Heading,
    ));
    for (asked, counts) in all.most_asked().into_iter().take(ROWS) {
        let [queries, missing, empty] = [counts.queries, counts.no_such_name, counts.no_data].map(grouped);
        let asked = safe(asked);
        let words = [&*asked, &queries, &missing, &empty, "", ""];
        lines.push((head(words).trim_end().to_owned(), Role::Text));
    }
    if !all.slow.is_empty() {
        let words = head(["slowest", "took", "type", "packet", "", ""]);
        lines.push((words.trim_end().to_owned(), Role::Heading));
    }
    for slow in &all.slow {
        let one = &slow.exchange.one;
        let words = [
            safe(&slow.name).into_owned(),
            time(slow.time),
            type_name(one.qtype).into_owned(),
            grouped(one.first + 1),
        ];
        let [asked, took, kind, packet] = &words;
        lines.push((head([asked, took, kind, packet, "", ""]).trim_end().to_owned(), Role::Text));
    }
    lines.push((
        format!(
            "flows: {} after a lookup · {} when its TTL was over · {} to addresses nobody looked up",
            grouped(uses.looked_up),
            grouped(uses.expired),
            grouped(uses.not_looked_up),
        ),
        Role::Text,
    ));
    let unlooked = uses.unlooked();
    if !unlooked.is_empty() {
        let words = ["used without a lookup", "flows", "first", "packets", "bytes", ""];
        lines.push((head(words).trim_end().to_owned(), Role::Heading));
    }
    for one in unlooked.into_iter().take(ROWS) {
        let words = [
            one.address.to_string(),
            grouped(one.flows),
            one.first_flow.to_string(),
            grouped(one.packets),
            bytes(one.bytes),
            String::new(),
        ];
        lines.push((head(words.each_ref().map(String::as_str)).trim_end().to_owned(), Role::Text));
    }
    lines
}
