//! The selected transaction in lines.

use super::super::text::{span, width, wrap};
use super::super::theme::Role;
use super::wish::{Caches, Told};
use super::{Dns, Lower, sums};
use crate::base::safe;
use crate::decode::DnsKind;
use crate::decode::proto::dns::denial::Lack;
use crate::decode::proto::dns::view::{
    Section, class_name, code_name, error_name, lifetime, opcode_name, type_name,
};
use crate::flow::dns::Outcome;
use crate::session::{DnsRecord, DnsSide, Kept};
use std::borrow::Cow;

/// Lines that one may take, and cells that those behind the first stand further in.
const MAX_FOLDS: usize = 6;
const FURTHER: usize = 2;

/// A line of the lower part.
pub(super) type Line = (String, Role);

impl Dns {
    /// What the lower part says, for so many cells: columns of the same width.
    pub(super) fn lower_columns(&self, cells: usize) -> Vec<Vec<Line>> {
        let columns = match self.lower {
            // It has lines of its own.
            Lower::Walk => Vec::new(),
            Lower::Details => self.chosen().map(|told| vec![details(told)]).unwrap_or_default(),
            Lower::Cache => self.cache.as_ref().map(|all| vec![self.caches(all)]).unwrap_or_default(),
            Lower::Sums => {
                self.sums.as_ref().map(|all| sums::columns(all, &self.uses, cells)).unwrap_or_default()
            }
        };
        let cells = column(cells, columns.len());
        let folds = |lines: Vec<Line>| lines.into_iter().flat_map(|line| folded(line, cells)).collect();
        columns.into_iter().map(folds).collect()
    }
}

/// Cells between two columns.
pub(super) const GAP: usize = 3;

/// The width of each of so many columns.
pub(super) fn column(cells: usize, count: usize) -> usize {
    ((cells + GAP) / count.max(1)).saturating_sub(GAP)
}

/// A line in so many of `cells` as it takes, those behind the first a little further in.
fn folded((text, role): Line, cells: usize) -> Vec<Line> {
    if width(&text) <= cells {
        return vec![(text, role)];
    }
    let indent = (text.len() - text.trim_start().len()).min(cells / 2);
    let further = (indent + FURTHER).min(cells / 2);
    let parts = wrap(&text, cells.saturating_sub(further), MAX_FOLDS);
    let line = |(at, part): (usize, String)| {
        let before = if at == 0 { indent } else { further };
        (format!("{}{part}", " ".repeat(before)), role)
    };
    parts.into_iter().enumerate().map(line).collect()
}

impl Dns {
    /// What caches may hold: who, which record, how long yet, why.
    fn caches(&self, caches: &Caches) -> Vec<Line> {
        let Caches { moment, sets: all, left_out, names } = caches;
        let start = self.start.map_or(0, |start| start.0);
        let time = moment.saturating_sub(start) as f64 / 1e9;
        let count = match left_out {
            0 if all.len() == 1 => "1 set of records".to_owned(),
            0 => format!("{} sets of records", all.len()),
            _ => format!("the newest {} sets of records; up to {left_out} older ones left out", all.len()),
        };
        let mut lines =
            vec![(format!("at {time:.6} s, as far as this capture shows: {count}"), Role::Heading)];
        let mut holder = None;
        for entry in all.iter() {
            if holder != Some(entry.holder) {
                holder = Some(entry.holder);
                let name = names.get(&entry.holder).filter(|_| self.names);
                let name = name.map_or(String::new(), |name| format!(" ({name})"));
                let all = if entry.holder.is_multicast() { "all who hear " } else { "" };
                lines.push((format!("{all}{}{name} may hold", entry.holder), Role::Heading));
            }
            let left = entry.left as f64 / 1e9;
            let (kind, values) = match entry.kept {
                Kept::Records => (type_name(entry.kind), safe(&entry.values.join(", ")).into_owned()),
                Kept::NoName => ("any".into(), "no such name".to_owned()),
                Kept::NoData => (type_name(entry.kind), "nothing of this type".to_owned()),
            };
            let name = safe(&entry.name);
            let again = match entry.again {
                0 => String::new(),
                1 => "; asked for again once before it ran out".to_owned(),
                times => format!("; asked for again {times} times before it ran out"),
            };
            let largest = if entry.largest > entry.ttl {
                format!(", largest {}", entry.largest)
            } else {
                String::new()
            };
            lines.push((format!("  {left:>9.1} s  {name}  {kind}  {values}"), Role::Text));
            let words = format!(
                "               of {} s{largest}; packet {}; {}: {}{again}",
                entry.ttl,
                entry.packet + 1,
                entry.freshness.name(),
                entry.reason
            );
            lines.push((words, Role::Dim));
        }
        lines
    }
}

/// The header's flags of a query: there AD says that who asks understands it in the
/// answer (RFC 6840, 5.7).
fn asked_flags(kind: DnsKind, flags: u16) -> String {
    let is_llmnr = kind == DnsKind::Llmnr;
    let mut words = self::flags(kind, flags & if is_llmnr { 0x0400 } else { 0x0110 });
    if flags & 0x0020 != 0 && !is_llmnr {
        words.push("understands AD");
    }
    words.join(", ")
}

/// The header's flags, in words; in LLMNR some bits say other things (RFC 4795, 2.1.1).
fn flags(kind: DnsKind, flags: u16) -> Vec<&'static str> {
    const NAMES: [(u16, &str); 7] = [
        (0x0400, "authoritative"),
        (0x0200, "truncated"),
        (0x0100, "recursion desired"),
        (0x0080, "recursion available"),
        (0x0020, "authenticated"),
        (0x0010, "checking disabled"),
        (0x0040, "reserved bit"),
    ];
    const OF_LLMNR: [(u16, &str); 3] =
        [(0x0400, "conflict: others have the name too"), (0x0200, "truncated"), (0x0100, "tentative")];
    let names: &[_] = if kind == DnsKind::Llmnr { &OF_LLMNR } else { &NAMES };
    names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect()
}

fn edns(side: &DnsSide) -> String {
    let Some(edns) = &side.edns else { return "no EDNS".to_owned() };
    let mut text = format!("EDNS: takes {} bytes over UDP", edns.size);
    if edns.dnssec_ok {
        text.push_str(", wants signatures (DO)");
    }
    if edns.cookie {
        text.push_str(", cookie");
    }
    if let Some((address, bits, scope)) = edns.subnet {
        text.push_str(&format!(", client subnet {address}/{bits}"));
        if side.flags & 0x8000 != 0 {
            text.push_str(&format!(", answer good for /{scope}"));
        }
    }
    text
}

fn record(record: &DnsRecord) -> Line {
    let DnsRecord { name, ttl, kind, value, section, flush } = record;
    let role = if *section == Section::Answer { Role::Text } else { Role::Dim };
    let zero = if *ttl == lifetime(*ttl) { "" } else { " (counts as 0: RFC 2181, 8)" };
    let flush = if *flush { "  cache flush" } else { "" };
    (format!("    {name}  {ttl} s{zero}{flush}  {}  {value}", type_name(*kind)), role)
}

fn details(told: &Told) -> Vec<Line> {
    let (one, story) = (&told.exchange.one, &told.story);
    let (client, server) = (told.exchange.client(), told.exchange.server());
    let transport = match one.stream() {
        Some(stream) => format!("HTTP/2 (DoH), stream {stream}"),
        None => told.exchange.transport().to_uppercase(),
    };
    let over = format!("{} over {transport}", one.kind().name().to_uppercase());
    let mut lines: Vec<Line> = Vec::new();
    let kind = if story.kind == 0 { "?".into() } else { type_name(story.kind) };
    let heading = format!("{}  {kind}  {}  id 0x{:04x}", story.name, class_name(story.class), one.id);
    lines.push((heading, Role::Heading));
    match &story.query {
        Some(query) => {
            let does = match told.exchange.opcode() {
                0 => "asks".into(),
                4 => "notifies".into(),
                5 => "updates".into(),
                opcode => Cow::Owned(format!("sends {} to", opcode_name(opcode))),
            };
            let text = format!("? packet {}: {client} {does} {server}, {over}", one.first + 1);
            lines.push((text, Role::Text));
            let flags = asked_flags(one.kind(), query.flags);
            let flags = if flags.is_empty() { String::new() } else { format!("{flags}; ") };
            lines.push((format!("    {flags}{}", edns(query)), Role::Dim));
            if story.unicast {
                lines.push(("    would like the answer sent to it alone (QU)".to_owned(), Role::Text));
            }
            if one.outcome() == Outcome::Multicast {
                lines.push((format!("    {}", told.result), Role::Text));
            }
            if one.repeats > 0 {
                let times = u16::from(one.repeats);
                let word = if times == 1 { "once" } else { "times" };
                let count = if times == 1 { String::new() } else { format!("{times} ") };
                let until = if one.is_answered() { " before an answer came" } else { "" };
                lines.push((format!("    sent again {count}{word}{until}"), Role::Odd));
            }
        }
        None if one.is_multicast() => {
            lines.push((format!("! packet {}: {server} tells all, {over}", one.first + 1), Role::Text));
        }
        None if let Some(query) = told.exchange.mismatch => {
            lines.push((format!("? packet {}: another question under the same id", query + 1), Role::Odd));
            lines.push(("    who asked drops this answer (RFC 5452, 9.1)".to_owned(), Role::Dim));
        }
        None => lines.push(("? the capture has no query for this answer".to_owned(), Role::Odd)),
    }
    let said = |lines: &mut Vec<Line>, text: &str, role: Role| lines.push((format!("✗ {text}"), role));
    if let Some(id) = one.mismatch() {
        let text =
            format!("packet {}: an answer that repeats another question: dropped (RFC 5452, 9.1)", id + 1);
        said(&mut lines, &text, Role::Odd);
    }
    match one.outcome() {
        Outcome::Refused => said(&mut lines, &format!("no answer: {}", told.result), Role::Bad),
        Outcome::Unanswered if one.mismatch().is_some() => {
            said(&mut lines, "no fitting answer within 5 s, nor later", Role::Bad)
        }
        Outcome::Unanswered if one.may_be_silent() => {
            said(&mut lines, "no answer: over multicast it means that nobody here has the name", Role::Dim);
        }
        Outcome::Unanswered => said(&mut lines, "no answer within 5 s, nor later", Role::Bad),
        Outcome::Uncaptured => {
            said(&mut lines, "no answer captured: of the server's bytes some are missing", Role::Odd)
        }
        Outcome::Waiting if story.is_live => said(&mut lines, "no answer yet", Role::Odd),
        Outcome::Waiting => {
            said(&mut lines, "no answer before the capture ends, less than 5 s later", Role::Odd)
        }
        _ => {}
    }
    if let (Some(answer), Some(id)) = (&story.answer, one.answer()) {
        let code = story.code().unwrap_or(0);
        let took = told.time.map_or(String::new(), |nanos| format!(" after {}", span(nanos)));
        let sign = if code == 0 && !story.is_no_data() { "✓" } else { "✗" };
        let role = match (code, one.outcome()) {
            (0, Outcome::Late) | (3, _) => Role::Odd,
            (0, _) if story.is_no_data() => Role::Odd,
            (0, _) => Role::Good,
            _ => Role::Bad,
        };
        lines.push((format!("{sign} packet {}{took}: {}: {}", id + 1, code_name(code), told.result), role));
        if let Some(denial) = &story.denial {
            let kind = type_name(story.kind);
            let what = match denial.lack {
                Lack::NoName => "does not exist (NXDOMAIN)".to_owned(),
                Lack::NoData => format!("exists, but has no {kind} (NODATA)"),
            };
            let alias = if denial.is_aliased { ", the name behind the alias," } else { "" };
            let keep = match denial.ttl {
                Some(ttl) => format!("may be kept {ttl} s"),
                None => "may not be kept: no SOA beside it".to_owned(),
            };
            lines.push((format!("    {}{alias} {what}; {keep}", safe(&denial.name)), Role::Odd));
        }
        // What an answer of DNS repeats of its query is none of its own.
        let own = if one.kind() == DnsKind::Llmnr { 0x0700 } else { 0x06e0 };
        let mut words = flags(one.kind(), answer.flags & own).join(", ");
        if !words.is_empty() {
            words.push_str("; ");
        }
        lines.push((format!("    {words}{}", edns(answer)), Role::Dim));
        for (code, text) in answer.edns.iter().flat_map(|edns| &edns.errors) {
            lines.push((format!("    extended error: {} {text}", error_name(*code)), Role::Odd));
        }
        let counts = answer.counts;
        let sections = [
            (Section::Answer, "answer", counts[1]),
            (Section::Authority, "authority", counts[2]),
            (Section::Additional, "additional", counts[3]),
        ];
        for (section, name, count) in sections {
            let own: Vec<&DnsRecord> =
                story.records.iter().filter(|record| record.section == section).collect();
            if own.is_empty() {
                continue;
            }
            let missing = usize::from(count).saturating_sub(own.len());
            // The record of EDNS stands among the additional ones.
            let missing = if section == Section::Additional { missing.saturating_sub(1) } else { missing };
            let short = story.short.filter(|_| missing > 0);
            let cut = short.map_or(String::new(), |why| format!(" ({})", why.words(missing)));
            lines.push((format!("  {name}: {}{cut}", own.len()), Role::Dim));
            lines.extend(own.into_iter().map(record));
        }
    }
    if !told.notes.is_empty() {
        lines.push((format!("  notable: {}", told.notes.join(", ")), Role::Odd));
    }
    if !told.used.is_empty() {
        lines.push((format!("  used by: {}", told.used.len()), Role::Dim));
        let role = |odd: bool| if odd { Role::Odd } else { Role::Good };
        lines.extend(told.used.iter().map(|used| (format!("    {}", used.words), role(used.is_odd))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches bits of LLMNR that are told by the words of DNS.
    #[test]
    fn flags_have_the_words_of_their_protocol() {
        assert_eq!(flags(DnsKind::Llmnr, 0x8500), ["conflict: others have the name too", "tentative"]);
        assert_eq!(flags(DnsKind::Dns, 0x8500), ["authoritative", "recursion desired"]);
        assert_eq!(asked_flags(DnsKind::Llmnr, 0x0420), "conflict: others have the name too");
        assert_eq!(asked_flags(DnsKind::Dns, 0x0120), "recursion desired, understands AD");
    }
}
