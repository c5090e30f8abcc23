//! The socket calls, as a table or as rows for scripts.

use crate::base::{Timestamp, safe};
use crate::cli::failure::Outcome;
use crate::cli::input::Opened;
use crate::cli::output::{Cell, Format, Output, Rows};
use crate::cli::table::Table;
use crate::decode::TCP;
use crate::flow::Side;
use crate::flow::calls::{Call, Kind};
use crate::flow::ladder::{Arrow, Ladder, Traced, call_text};
use std::io::Write as _;
use std::net::SocketAddr;

static NAMES: &[&str] = &[
    "flow",
    "side",
    "address",
    "port",
    "call",
    "bytes",
    "packet",
    "first_packet",
    "last_packet",
    "time",
    "relative",
    "result",
    "returned_packet",
    "inferred",
    "reason",
];

/// Every call of every flow, in the order of time.
fn all(ladder: &Ladder) -> Vec<(&Traced, &Call)> {
    let calls = ladder.flows().iter().flat_map(|flow| flow.calls.iter().map(move |call| (flow, call)));
    let mut calls: Vec<(&Traced, &Call)> = calls.collect();
    calls.sort_by_key(|(_, call)| call.at);
    calls
}

fn arrow(ladder: &Ladder, at: u32) -> Option<&Arrow> {
    ladder.arrows().get(at as usize)
}

pub(super) fn print(opened: &Opened, ladder: &Ladder, format: Format, output: &mut Output) -> Outcome<()> {
    if format == Format::Text { text(opened, ladder, output) } else { rows(opened, ladder, format, output) }
}

fn seconds(nanos: i64) -> String {
    format!("{:.6}", nanos as f64 / 1e9)
}

fn text(opened: &Opened, ladder: &Ladder, output: &mut Output) -> Outcome<()> {
    for flow in ladder.flows().iter().filter(|flow| flow.key.protocol == TCP && flow.calls.is_midstream()) {
        writeln!(
            output,
            "Flow {} was under way before the capture: no connect or accept is seen.",
            flow.flow
        )?;
    }
    let start = ladder.arrows().first().map(|arrow| arrow.time).unwrap_or_default();
    let heads = [
        ("TIME", true),
        ("PACKETS", false),
        ("FLOW", true),
        ("HOST", false),
        ("CALL", false),
        ("WHY", false),
    ];
    let mut table = Table::new(&heads);
    // A call that returns later has a row for that too, in its own time.
    let mut rows: Vec<(u32, bool, &Traced, &Call)> =
        all(ladder).into_iter().map(|(flow, call)| (call.at, false, flow, call)).collect();
    let returned: Vec<_> =
        rows.iter().filter_map(|(.., flow, call)| Some((call.returned?.0, true, *flow, *call))).collect();
    rows.extend(returned);
    rows.sort_by_key(|(at, ..)| *at);
    for (at, returns, flow, call) in rows {
        let (first, last) = if returns { (at, at) } else { (call.first, call.last) };
        let (first, last) = (ladder.number(first), ladder.number(last));
        let sign = if call.why.is_inferred() { "○" } else { "●" };
        table.row(vec![
            seconds(arrow(ladder, at).map_or(0, |arrow| arrow.time.since(start))),
            if first == last { first.to_string() } else { format!("{first}-{last}") },
            flow.flow.to_string(),
            host(opened, flow, call.side),
            format!("{sign} {}", call_text(call, if returns { at } else { u32::MAX }, flow.port(call.side))),
            call.why.text().to_owned(),
        ]);
    }
    table.print(output)
}

fn host(opened: &Opened, flow: &Traced, side: Side) -> String {
    let address = flow.caller(side);
    opened.name_of(address).unwrap_or_else(|| SocketAddr::new(address, flow.port(side)).to_string())
}

fn rows(opened: &Opened, ladder: &Ladder, format: Format, output: &mut Output) -> Outcome<()> {
    let start = opened.session.record(0).map(|record| record.time).unwrap_or_default();
    let mut rows = Rows::fixed(format, "calls", NAMES);
    rows.begin(output)?;
    for (flow, call) in all(ladder) {
        let time = arrow(ladder, call.at).map(|arrow| arrow.time).unwrap_or_default();
        let counts = matches!(call.kind, Kind::Send | Kind::Recv | Kind::SendTo | Kind::RecvFrom);
        let result = call.returned.map(|(_, outcome)| outcome.name());
        rows.row(
            output,
            &[
                Cell::Number(flow.flow.into()),
                Cell::text(if call.side == Side::A { "a" } else { "b" }),
                Cell::text(safe(&flow.caller(call.side).to_string()).into_owned()),
                Cell::Number(flow.port(call.side).into()),
                Cell::text(call.kind.word()),
                Cell::maybe(counts.then_some(call.bytes)),
                Cell::Number(ladder.number(call.at)),
                Cell::Number(ladder.number(call.first)),
                Cell::Number(ladder.number(call.last)),
                Cell::some(&time.to_string()),
                Cell::some(&time.checked_since(start).map_or(Timestamp::NONE, Timestamp).to_string()),
                Cell::some(result.unwrap_or_default()),
                Cell::maybe(call.returned.map(|(at, _)| ladder.number(at))),
                Cell::Flag(call.why.is_inferred()),
                Cell::text(call.why.text()),
            ],
        )?;
    }
    rows.end(output)
}
