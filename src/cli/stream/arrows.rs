//! The ladder as rows for scripts: a packet each.

use super::ladder::said;
use crate::base::{Timestamp, safe};
use crate::cli::failure::Outcome;
use crate::cli::input::Opened;
use crate::cli::output::{Cell, Format, Output, Rows};
use crate::decode::sinks::Line;
use crate::decode::{Scale, TCP};
use crate::flow::Side;
use crate::flow::ladder::{Arrow, Ladder, call_text};
use crate::session::Peeler;

static NAMES: &[&str] = &[
    "packet",
    "time",
    "relative",
    "flow",
    "side",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "length",
    "seq",
    "ack",
    "flags",
    "window",
    "window_scale",
    "info",
    "remarks",
    "repeats_packet",
    "repeated_in_packet",
    "repeated_from",
    "repeated_bytes",
    "lost",
    "calls",
];

pub(super) fn print(opened: &Opened, ladder: &Ladder, format: Format, output: &mut Output) -> Outcome<()> {
    let start = opened.session.record(0).map(|record| record.time).unwrap_or_default();
    let mut buffers = (Peeler::default(), Line::default());
    let mut rows = Rows::fixed(format, "arrows", NAMES);
    rows.begin(output)?;
    for (at, arrow) in (0u32..).zip(ladder.arrows()) {
        let Arrow { segment, .. } = arrow;
        let Some(flow) = ladder.flows().get(arrow.flow as usize) else { continue };
        let side = segment.side();
        let other = if side == Side::A { Side::B } else { Side::A };
        let is_tcp = flow.key.protocol == TCP;
        let tcp = |number: u64| Cell::maybe(is_tcp.then_some(number));
        let [own, others] = flow.bases(side);
        let mark = ladder.mark(at).unwrap_or_default();
        let scale = match arrow.scale {
            Scale::Unknown => None,
            Scale::Unused => Some(1),
            Scale::Shift(_) => u64::try_from(arrow.scale.factor()).ok(),
        };
        let number = |arrow: Option<u32>| Cell::maybe(arrow.map(|arrow| ladder.number(arrow)));
        let info = said(opened, segment.packet, &mut buffers);
        let calls = ladder.calls(at).map(|call| call_text(call, at, flow.port(call.side)).into());
        rows.row(
            output,
            &[
                Cell::Number(segment.packet + 1),
                Cell::some(&arrow.time.to_string()),
                Cell::some(&arrow.time.checked_since(start).map_or(Timestamp::NONE, Timestamp).to_string()),
                Cell::Number(flow.flow.into()),
                Cell::text(if side == Side::A { "a" } else { "b" }),
                Cell::text(flow.address(side).to_string()),
                Cell::Number(flow.port(side).into()),
                Cell::text(flow.address(other).to_string()),
                Cell::Number(flow.port(other).into()),
                Cell::Number(segment.len.into()),
                tcp(segment.seq.wrapping_sub(own).into()),
                tcp(segment.ack.wrapping_sub(others).into()),
                tcp(segment.flags.into()),
                tcp(arrow.window.into()),
                Cell::maybe(scale.filter(|_| is_tcp)),
                Cell::some(&safe(&info.unwrap_or_default())),
                Cell::List(mark.notes.iter().map(|note| note.name().into()).collect()),
                number(mark.of),
                number(mark.again.map(|again| again.arrows.0)),
                Cell::maybe(mark.again.filter(|_| is_tcp).map(|again| again.seq.into())),
                Cell::maybe(mark.again.map(|again| again.len.into())),
                Cell::Flag(mark.is_lost()),
                Cell::List(calls.collect()),
            ],
        )?;
    }
    rows.end(output)
}
