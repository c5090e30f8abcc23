//! What caches may hold at a moment of the capture.

use super::super::failure::{Outcome, say};
use super::super::input::Opened;
use super::super::numbers::nanos;
use super::super::output::{Cell, Format, Output, Rows};
use super::super::table::Table;
use crate::base::{Timestamp, safe};
use crate::decode::proto::dns::view::type_name;
use crate::session::{CacheEntry, DnsCache, Kept};
use std::borrow::Cow;
use std::io::Write as _;

/// Seconds since the capture's first packet, or since 1970 behind an `@`, in
/// nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Relative(i64),
    Absolute(i64),
}

/// Reads a moment.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let read = match text.strip_prefix('@') {
        Some(epoch) => nanos(epoch).map(Moment::Absolute),
        None => nanos(text).map(Moment::Relative),
    };
    read.ok_or_else(|| {
        "write seconds since the first packet, such as 12.5, or since 1970, such as @1700000000".to_owned()
    })
}

/// What is kept, in words.
fn values(entry: &CacheEntry) -> String {
    match entry.kept {
        Kept::Records => safe(&entry.values.join(", ")).into_owned(),
        Kept::NoName => "no such name".to_owned(),
        Kept::NoData => "nothing of this type".to_owned(),
    }
}

fn kind(entry: &CacheEntry) -> Cow<'static, str> {
    if entry.kept == Kept::NoName { Cow::Borrowed("any") } else { type_name(entry.kind) }
}

pub(super) fn print(opened: &Opened, moment: Moment, format: Format, output: &mut Output) -> Outcome<()> {
    let start = opened.session.record(0).map_or(0, |record| record.time.0);
    let at = match moment {
        Moment::Relative(nanos) => start.saturating_add(nanos),
        Moment::Absolute(nanos) => nanos,
    };
    if let Some(text) = beyond(opened, at) {
        say(&text);
    }
    let mut cache = DnsCache::default();
    while cache.read(&opened.session, at, u32::MAX) {}
    let entries = cache.at(at);
    let left_out = cache.left_out(at);
    if left_out > 0 {
        say(&format!(
            "of these caches the newest {} sets are told; up to {left_out} older ones are left out",
            entries.len()
        ));
    }
    if format != Format::Text {
        return machine(&entries, at, format, output);
    }
    let seen = opened.session.last_by(Timestamp(at));
    let mut table = Table::new(&[
        ("HOLDER", false),
        ("NAME", false),
        ("TYPE", false),
        ("LEFT S", true),
        ("TTL", true),
        ("LARGEST", true),
        ("PACKET", true),
        ("CAME", false),
        ("HOLDS", false),
        ("WHY", false),
    ]);
    for entry in &entries {
        let mut why = entry.reason.clone();
        if entry.again > 0 {
            let times = if entry.again == 1 { "once".to_owned() } else { format!("{} times", entry.again) };
            why.push_str(&format!("; asked for again {times} before it ran out"));
        }
        table.row(vec![
            opened.name_at(entry.holder, seen),
            entry.name.clone(),
            kind(entry).into_owned(),
            format!("{:.1}", entry.left as f64 / 1e9),
            entry.ttl.to_string(),
            entry.largest.to_string(),
            (entry.packet + 1).to_string(),
            entry.freshness.name().to_owned(),
            values(entry),
            why,
        ]);
    }
    writeln!(output, "{:.6} s after the first packet", at.saturating_sub(start) as f64 / 1e9)?;
    table.print(output)?;
    if left_out > 0 {
        writeln!(output, "only the newest: up to {left_out} older sets are left out")?;
    }
    Ok(())
}

/// What to say of a moment that the capture does not reach.
fn beyond(opened: &Opened, at: i64) -> Option<String> {
    let last = opened.session.progress().indexed.checked_sub(1)?;
    let [start, end] = [0, last].map(|id| opened.session.record(id).map(|record| record.time));
    let before = start?.checked_since(Timestamp(at))?;
    let after = Timestamp(at).checked_since(end?)?;
    let seconds = |nanos: i64| format!("{:.6} s", nanos as f64 / 1e9);
    if before > 0 {
        let before = seconds(before);
        return Some(format!("this moment is {before} before the first packet: no answer is seen by then"));
    }
    (after > 0).then(|| {
        let after = seconds(after);
        format!("this moment is {after} after the last packet: what came since then is not in the capture")
    })
}

const NAMES: &[&str] = &[
    "time",
    "holder",
    "name",
    "type",
    "kept",
    "left",
    "ttl",
    "largest_ttl",
    "packet",
    "server",
    "authoritative",
    "section",
    "values",
    "freshness",
    "reason",
    "asked_again",
    "network",
];

fn machine(entries: &[CacheEntry], at: i64, format: Format, output: &mut Output) -> Outcome<()> {
    let mut rows = Rows::fixed(format, "cache", NAMES);
    rows.begin(output)?;
    for entry in entries {
        let section = match entry.section {
            crate::decode::proto::dns::view::Section::Answer => "answer",
            crate::decode::proto::dns::view::Section::Authority => "authority",
            crate::decode::proto::dns::view::Section::Additional => "additional",
        };
        rows.row(
            output,
            &[
                Cell::text(Timestamp(at).to_string()),
                Cell::text(entry.holder.to_string()),
                Cell::text(safe(&entry.name)),
                Cell::text(kind(entry)),
                Cell::text(entry.kept.name()),
                Cell::text(Timestamp(entry.left).to_string()),
                Cell::Number(entry.ttl.into()),
                Cell::Number(entry.largest.into()),
                Cell::Number(entry.packet + 1),
                Cell::text(entry.server.to_string()),
                Cell::Flag(entry.authoritative),
                Cell::text(section),
                Cell::List(entry.values.iter().map(|value| safe(value)).collect()),
                Cell::text(entry.freshness.name()),
                Cell::text(safe(&entry.reason)),
                Cell::Number(entry.again.into()),
                entry.network.map_or(Cell::Absent, |network| Cell::text(network.to_string())),
            ],
        )?;
    }
    rows.end(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_relative_or_behind_an_at() {
        assert_eq!(moment("1.5"), Ok(Moment::Relative(1_500_000_000)));
        assert_eq!(moment("@2"), Ok(Moment::Absolute(2_000_000_000)));
        assert!(moment("soon").is_err() && moment("inf").is_err() && moment("@").is_err());
        assert!(moment("nan").is_err() && moment("1e300").is_err() && moment("@-1e300").is_err());
        assert_eq!(moment("-0.5"), Ok(Moment::Relative(-500_000_000)));
    }
}
