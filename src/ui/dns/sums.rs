//! All transactions together, in lines.

use super::super::table;
use super::super::text::{bytes, fit, grouped, span, width};
use super::super::theme::Role;
use super::details::Line;
use crate::base::safe;
use crate::decode::proto::dns::view::{code_name, type_name};
use crate::session::{DNS_BARS, DnsStatistics, NameUses};

/// Rows of each list.
const ROWS: usize = 8;

fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "0 %".to_owned() } else { table::share(part, whole) }
}

/// A cell of a table: its text, cells, and whether it stands at the right.
fn cell(text: &str, cells: usize, right: bool) -> String {
    let text = fit(text, cells);
    let gap = " ".repeat(cells.saturating_sub(width(&text)));
    if right { format!("{gap}{text}") } else { format!("{text}{gap}") }
}

/// Cells from which on the lists stand beside the sums.
const WIDE: usize = 150;

/// The lines for so many cells, in columns of the same width.
pub(super) fn columns(all: &DnsStatistics, uses: &NameUses, cells: usize) -> Vec<Vec<Line>> {
    if cells >= WIDE {
        let cells = super::details::column(cells, 2);
        return vec![overview(all, cells), lists(all, uses, cells)];
    }
    vec![[overview(all, cells), lists(all, uses, cells)].concat()]
}

/// A row of a list: what it is about, and numbers.
fn row(words: [&str; 6], cells: usize) -> String {
    let [first, rest @ ..] = words;
    let rest: String = rest.iter().map(|word| cell(word, 10, true)).collect();
    let name = cells.saturating_sub(54).clamp(15, 44);
    format!("{}{rest}", cell(first, name, false)).trim_end().to_owned()
}

/// How many, with which outcome, how fast, and whom they were sent to.
fn overview(all: &DnsStatistics, cells: usize) -> Vec<Line> {
    let counts = &all.counts;
    let mut lines: Vec<Line> = Vec::new();
    let answers: u64 = counts.codes.iter().sum();
    let missing = counts.codes[3];
    let mut parts = vec![
        format!("{} queries", grouped(counts.queries)),
        format!("answered {} ({})", grouped(counts.answered), share(counts.answered, counts.queries)),
        format!("no answer {}", grouped(counts.unanswered)),
    ];
    let others = [
        ("late", counts.late),
        ("silence over multicast", counts.silent),
        ("refused by ICMP", counts.refused),
        ("waiting", counts.waiting()),
        ("sent again", counts.repeats),
        ("nobody asked", counts.unasked),
        ("repeat another question", counts.mismatched),
    ];
    let others = others.into_iter().filter(|(_, count)| *count > 0);
    parts.extend(others.map(|(words, count)| format!("{words} {}", grouped(count))));
    lines.push((parts.join(" · "), Role::Text));
    let codes: Vec<String> = all
        .by_code()
        .into_iter()
        .map(|(code, count)| format!("{} {}", code_name(code), grouped(count)))
        .collect();
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
        let words = DNS_BARS
            .get(at)
            .map_or("longer".to_owned(), |end| format!("< {}", span(end.cast_signed() * 1000)));
        let bar = "█".repeat((count * room).div_ceil(most) as usize);
        lines.push((
            format!("{} {} {bar}", cell(&words, 12, true), cell(&grouped(*count), 11, true)),
            Role::Text,
        ));
    }
    let head = |words: [&str; 6]| row(words, cells);
    lines.push((head(["servers", "queries", "answered", "no answer", "median", "95 %"]), Role::Heading));
    let micros = |value: Option<u32>| value.map_or("-".to_owned(), |micros| span(i64::from(micros) * 1000));
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
    lines
}

/// The names most asked for, those that took longest, and who used the answers.
fn lists(all: &DnsStatistics, uses: &NameUses, cells: usize) -> Vec<Line> {
    let head = |words: [&str; 6]| row(words, cells);
    let mut lines: Vec<Line> = Vec::new();
    lines.push((head(["most asked", "queries", "NXDOMAIN", "NODATA", "", ""]), Role::Heading));
    for (asked, counts) in all.most_asked().into_iter().take(ROWS) {
        let [queries, missing, empty] = [counts.queries, counts.no_such_name, counts.no_data].map(grouped);
        let asked = safe(asked);
        let words = [&*asked, &queries, &missing, &empty, "", ""];
        lines.push((head(words), Role::Text));
    }
    if !all.slow.is_empty() {
        let words = head(["slowest", "took", "type", "packet", "", ""]);
        lines.push((words, Role::Heading));
    }
    for slow in &all.slow {
        let one = &slow.exchange.one;
        let words = [
            safe(&slow.name).into_owned(),
            span(slow.time),
            type_name(one.qtype).into_owned(),
            grouped(one.first + 1),
        ];
        let [asked, took, kind, packet] = &words;
        lines.push((head([asked, took, kind, packet, "", ""]), Role::Text));
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
        lines.push((head(words), Role::Heading));
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
        lines.push((head(words.each_ref().map(String::as_str)), Role::Text));
    }
    lines
}
