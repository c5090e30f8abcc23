//! The transactions, a line each.

use super::super::failure::Outcome;
use super::super::input::Opened;
use super::super::output::{Cell, Format, Output, Rows};
use crate::base::{PacketId, Timestamp, fit_middle, safe, width};
use crate::decode::DnsKind;
use crate::decode::proto::dns::view::{Section, class_name, code_name, error_name, opcode_name, type_name};
use crate::flow::dns;
use crate::session::{DnsReader, DnsRecord, DnsSide, DnsStory, Exchange};
use std::borrow::Cow;
use std::io::Write;
use std::net::SocketAddr;

/// Heads of the table, their least widths, and whether the cells stand at the right.
const COLUMNS: [(&str, usize, bool); 9] = [
    ("PACKET", 6, true),
    ("TIME", 10, true),
    ("CLIENT", 15, false),
    ("SERVER", 15, false),
    ("MS", 9, true),
    ("CODE", 8, false),
    ("TYPE", 5, false),
    ("NAME", 24, false),
    ("ANSWER", 0, false),
];

/// Columns do not grow beyond this.
const WIDEST: usize = 60;

/// An end, or the name that it had when the transaction began.
fn end(opened: &Opened, end: SocketAddr, peer: SocketAddr, exchange: &Exchange) -> String {
    let name = opened.name_then(end.ip(), peer.ip(), exchange.one.first);
    name.unwrap_or_else(|| end.ip().to_string())
}

/// Lines that are made before the first is printed: the columns are as wide as they need.
const AHEAD: usize = 1000;

/// Lines whose columns grow with what they hold; what is wider than a column may be is cut
/// in its middle, but not in the last one.
struct Lines {
    widths: [usize; COLUMNS.len()],
    waiting: Vec<[String; COLUMNS.len()]>,
}

impl Lines {
    fn new() -> Lines {
        let heads = COLUMNS.map(|(head, ..)| head.to_owned());
        Lines { widths: COLUMNS.map(|(_, least, _)| least), waiting: vec![heads] }
    }

    fn add(&mut self, output: &mut impl Write, mut cells: [String; COLUMNS.len()]) -> Outcome<()> {
        let last = COLUMNS.len() - 1;
        for (cell, widest) in cells.iter_mut().zip(&mut self.widths).take(last) {
            if let Cow::Owned(cut) = fit_middle(cell, WIDEST) {
                *cell = cut;
            }
            *widest = width(cell).max(*widest);
        }
        self.waiting.push(cells);
        if self.waiting.len() > AHEAD { self.print(output) } else { Ok(()) }
    }

    fn print(&mut self, output: &mut impl Write) -> Outcome<()> {
        let mut line = String::new();
        for cells in self.waiting.drain(..) {
            line.clear();
            for ((cell, widest), (.., right)) in cells.iter().zip(self.widths).zip(COLUMNS) {
                let gap = widest.saturating_sub(width(cell));
                let (before, after) = if right { (gap, 0) } else { (0, gap) };
                line.extend(std::iter::repeat_n(' ', before));
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', after + 2));
            }
            writeln!(output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// For people.
pub(super) fn text(
    opened: &Opened,
    exchanges: impl Iterator<Item = Exchange>,
    output: &mut Output,
) -> Outcome<()> {
    let session = &opened.session;
    let mut lines = Lines::new();
    let start = session.record(0).map(|record| record.time).unwrap_or_default();
    let uses = session.name_uses(&|| true).unwrap_or_default();
    let mut reader = DnsReader::default();
    let mut count = 0_u64;
    for exchange in exchanges {
        count += 1;
        let one = &exchange.one;
        let story = DnsStory::read(&mut reader, session, &exchange);
        let (tcp, before) = {
            let analysis = session.analysis();
            (session.dns_over_tcp(&analysis, &exchange), session.dns_first_try(&analysis, exchange.place))
        };
        let time = session.record(one.first).map_or(0, |record| record.time.since(start));
        let mut answer = safe(&story.result(one)).into_owned();
        let mut notes = story.notes(&exchange, tcp.as_ref(), before.as_ref());
        notes.extend(uses.words(exchange.place));
        if !notes.is_empty() {
            answer.push_str(&format!("  ({})", safe(&notes.join(", "))));
        }
        let server = end(opened, exchange.server(), exchange.client(), &exchange);
        let over = match (one.kind(), exchange.transport()) {
            (DnsKind::Dns, "udp") => String::new(),
            (DnsKind::Dns, transport) => format!(" {transport}"),
            (kind, _) => format!(" {}", kind.name()),
        };
        lines.add(
            output,
            [
                (one.first + 1).to_string(),
                format!("{:.6}", time as f64 / 1e9),
                end(opened, exchange.client(), exchange.server(), &exchange),
                format!("{server}{over}"),
                session
                    .dns_time(&exchange)
                    .map_or(String::new(), |nanos| format!("{:.3}", nanos as f64 / 1e6)),
                story.code().map_or(Cow::Borrowed("-"), code_name).into_owned(),
                if story.kind == 0 { String::new() } else { type_name(story.kind).into_owned() },
                safe(&story.name).into_owned(),
                answer,
            ],
        )?;
    }
    lines.print(output)?;
    let counts = *session.analysis().dns.counts();
    if count == 0 && counts == dns::DnsCounts::default() {
        writeln!(output, "no DNS in this capture")?;
    }
    if counts.not_kept > 0 {
        writeln!(output, "{} messages more are not listed: too many transactions", counts.not_kept)?;
    }
    Ok(())
}

const NAMES: &[&str] = &[
    "transaction",
    "kind",
    "outcome",
    "query_packet",
    "answer_packet",
    "time",
    "took",
    "transport",
    "client",
    "client_port",
    "server",
    "server_port",
    "flow",
    "id",
    "name",
    "type",
    "class",
    "code",
    "answers",
    "authority",
    "additional",
    "repeats",
    "further_answers",
    "truncated",
    "tcp_packet",
    "recursion_desired",
    "recursion_available",
    "authoritative",
    "authenticated",
    "signed",
    "mixed_case",
    "case_kept",
    "query_edns_size",
    "answer_edns_size",
    "dnssec_ok",
    "client_subnet",
    "extended_errors",
    "tried_before_packet",
    "refused_packet",
    "denied",
    "denied_name",
    "denied_ttl",
    "used_by",
    "mismatch_packet",
    "opcode",
    "malformed_packet",
    "incomplete",
    "tcp_tried_packet",
    "tcp_tried",
    "reordered_packet",
    "questions",
    "multicast",
    "known_answers",
    "claims",
];

/// For scripts.
pub(super) fn machine(
    opened: &Opened,
    exchanges: impl Iterator<Item = Exchange>,
    format: Format,
    output: &mut Output,
) -> Outcome<()> {
    let mut rows = Rows::fixed(format, "dns", NAMES);
    rows.begin(output)?;
    let uses = opened.session.name_uses(&|| true).unwrap_or_default();
    let mut reader = DnsReader::default();
    for exchange in exchanges {
        let story = DnsStory::read(&mut reader, &opened.session, &exchange);
        let mut cells = cells(opened, &exchange, &story);
        let flows = uses.of(exchange.place).iter().map(|flow| Cow::Owned(flow.to_string()));
        cells.push(Cell::List(flows.collect()));
        cells.push(Cell::maybe(exchange.mismatch.map(|id| id + 1)));
        cells.extend(around(&exchange, &story));
        rows.row(output, &cells)?;
    }
    rows.end(output)
}

fn cells<'a>(opened: &Opened, exchange: &Exchange, story: &'a DnsStory) -> Vec<Cell<'a>> {
    let session = &opened.session;
    let one = &exchange.one;
    let (tcp, before) = {
        let analysis = session.analysis();
        (session.dns_over_tcp(&analysis, exchange), session.dns_first_try(&analysis, exchange.place))
    };
    let time = session.record(one.first).map(|record| record.time.to_string()).unwrap_or_default();
    let took = session.dns_time(exchange).map(|nanos| Timestamp(nanos).to_string());
    // The same bits say other things in LLMNR (RFC 4795, 2.1.1).
    let has_flags = one.kind() != DnsKind::Llmnr;
    let flag = |side: &Option<DnsSide>, bit: u16| {
        let side = side.as_ref().filter(|_| has_flags);
        side.map_or(Cell::Absent, |side| Cell::Flag(side.flags & bit != 0))
    };
    let size = |side: &Option<DnsSide>| {
        Cell::maybe(side.as_ref().and_then(|side| side.edns.as_ref()).map(|edns| edns.size.into()))
    };
    let records = |section: Section| {
        let all = story.records.iter().filter(|record| record.section == section);
        Cell::List(all.map(|record| Cow::Owned(record_text(record))).collect())
    };
    let errors = story.answer.iter().filter_map(|answer| answer.edns.as_ref()).flat_map(|edns| &edns.errors);
    let errors = errors.map(|(code, text)| match text.as_str() {
        "" => error_name(*code),
        text => Cow::Owned(format!("{}: {}", error_name(*code), safe(text))),
    });
    let subnet =
        story.edns(|edns| edns.subnet).map(|(address, bits, scope)| format!("{address}/{bits}/{scope}"));
    let text = |text: Option<String>| text.map_or(Cell::Absent, Cell::text);
    let denial = story.denial.as_ref();
    let known = story.kind != 0 || !story.name.is_empty();
    vec![
        Cell::Number(exchange.place.into()),
        Cell::text(one.kind().name()),
        Cell::text(one.outcome().name()),
        Cell::maybe(one.is_query().then_some(one.first + 1)),
        Cell::maybe(one.answer().map(|id| id + 1)),
        text(Some(time).filter(|time| !time.is_empty())),
        text(took),
        Cell::text(exchange.transport()),
        Cell::text(exchange.client().ip().to_string()),
        Cell::Number(exchange.client().port().into()),
        Cell::text(exchange.server().ip().to_string()),
        Cell::Number(exchange.server().port().into()),
        Cell::Number(one.flow.into()),
        Cell::Number(one.id.into()),
        if known { Cell::text(safe(&story.name)) } else { Cell::Absent },
        if known { Cell::text(type_name(story.kind)) } else { Cell::Absent },
        if known { Cell::text(class_name(story.class)) } else { Cell::Absent },
        story.code().map_or(Cell::Absent, |code| Cell::text(code_name(code))),
        records(Section::Answer),
        records(Section::Authority),
        records(Section::Additional),
        Cell::Number(one.repeats.into()),
        Cell::Number(one.again.into()),
        Cell::Flag(one.is_truncated()),
        Cell::maybe(tcp.map(|tcp| tcp.one.first + 1)),
        flag(&story.query, 0x0100),
        flag(&story.answer, 0x0080),
        flag(&story.answer, 0x0400),
        flag(&story.answer, 0x0020),
        Cell::Flag(story.is_signed()),
        Cell::Flag(story.case_kept.is_some()),
        story.case_kept.map_or(Cell::Absent, Cell::Flag),
        size(&story.query),
        size(&story.answer),
        story
            .query
            .as_ref()
            .and_then(|side| side.edns.as_ref())
            .map_or(Cell::Absent, |edns| Cell::Flag(edns.dnssec_ok)),
        text(subnet),
        Cell::List(errors.collect()),
        Cell::maybe(before.map(|before| before.first + 1)),
        Cell::maybe(story.refused.or(story.refused_before).map(|refused| refused.by + 1)),
        denial.map_or(Cell::Absent, |denial| Cell::text(denial.lack.name())),
        denial.map_or(Cell::Absent, |denial| Cell::text(safe(&denial.name))),
        Cell::maybe(denial.and_then(|denial| denial.ttl).map(u64::from)),
    ]
}

/// What its messages are for, what is wrong with them, and what else there is of it.
fn around<'a>(exchange: &Exchange, story: &'a DnsStory) -> Vec<Cell<'a>> {
    let packet = |id: Option<PacketId>| Cell::maybe(id.map(|id| id + 1));
    let brought = |section: Section| {
        let all = story.brought.iter().filter(|record| record.section == section);
        Cell::List(all.map(|record| Cow::Owned(record_text(record))).collect())
    };
    let first = Some((&story.name, story.kind)).filter(|_| story.kind != 0);
    let questions = first.into_iter().chain(story.others.iter().map(|(name, kind)| (name, *kind)));
    let question =
        |(name, kind): (&String, u16)| Cow::Owned(safe(&format!("{name} {}", type_name(kind))).into_owned());
    vec![
        Cell::text(opcode_name(exchange.opcode())),
        packet(story.malformed),
        story.short.map_or(Cell::Absent, |why| Cell::text(why.name())),
        packet(story.attempt.map(|attempt| attempt.packet)),
        story.attempt.map_or(Cell::Absent, |attempt| Cell::text(attempt.why)),
        packet(story.reordered),
        Cell::List(questions.map(question).collect()),
        story.multicast(&exchange.one).map_or(Cell::Absent, |part| Cell::text(part.name())),
        brought(Section::Answer),
        brought(Section::Authority),
    ]
}

/// A record in one line, as a zone file has it.
fn record_text(record: &DnsRecord) -> String {
    let DnsRecord { name, kind, ttl, value, .. } = record;
    safe(&format!("{name} {ttl} {} {value}", type_name(*kind))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stand_below_each_other_whatever_the_names() {
        let mut lines = Lines::new();
        let mut out = Vec::new();
        for name in ["a.kr".to_owned(), format!("{}.tunnel.kr", "x".repeat(200)), "b.kr".to_owned()] {
            let mut cells = COLUMNS.map(|_| String::new());
            (cells[7], cells[8]) = (name, format!("ANSWER{}", "-".repeat(99)));
            assert!(lines.add(&mut out, cells).is_ok());
        }
        assert!(lines.print(&mut out).is_ok());
        let text = String::from_utf8(out).unwrap();
        let column = |line: &str| line.find("ANSWER").map(|at| width(&line[..at]));
        let first = text.lines().next().and_then(column);
        assert!(text.lines().all(|line| first.is_some() && column(line) == first), "{text}");
        assert!(text.contains("…x") && text.contains("x.tunnel.kr "), "{text}");
        assert!(text.contains(&format!("ANSWER{}", "-".repeat(99))), "the last column is not cut");
    }
}
