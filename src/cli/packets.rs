//! `packets`: a line for every packet.

use super::InputArgs;
use super::failure::Outcome;
use super::input::Opened;
use super::names;
use super::output::{Cell, Format, Output, Rows};
use crate::base::{PacketId, Timestamp, safe};
use crate::capture::Record;
use crate::decode::sinks::Line;
use crate::decode::{Check, Problem};
use crate::session::{Name, Session};
use crate::store::PacketRow;
use clap::Args;
use std::fmt::Write as _;
use std::io::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// Arguments of `packets`.
#[derive(Debug, Args)]
pub(super) struct PacketsArgs {
    #[command(flatten)]
    input: InputArgs,
    /// How the packets are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: PacketsArgs, output: &mut Output) -> Outcome {
    let mut opened = Opened::open(args.input.file.as_deref(), &args.input.options)?;
    print(&mut opened, args.format, output)?;
    opened.finish(output)
}

/// Prints every wanted packet of an opened capture.
pub(super) fn print(opened: &mut Opened, format: Format, output: &mut Output) -> Outcome<()> {
    let (named, learnt) = (opened.named, opened.learnt);
    let mut line = Line::default();
    opened.asks_about(|session, id, peeler| {
        let mut line = Line::default();
        // What cannot be read is told when its line is printed.
        if session.peel(id, peeler, &mut line).is_ok() {
            names::of_packet(session, id, &line);
        }
    });
    if format == Format::Text {
        let mut columns = Columns::default();
        return opened.each(output, |session, id, peeler, output| {
            line.clear();
            let outcome = session.peel(id, peeler, &mut line);
            let names = if learnt { names::of_packet(session, id, &line) } else { Default::default() };
            columns.write(session, id, &line, named, &names)?;
            output.write_all(columns.text.as_bytes())?;
            Ok(outcome)
        });
    }
    let mut rows = Rows::fixed(format, "packets", NAMES);
    rows.begin(output)?;
    opened.each(output, |session, id, peeler, output| {
        line.clear();
        let outcome = session.peel(id, peeler, &mut line);
        let names = if learnt { names::of_packet(session, id, &line) } else { Default::default() };
        machine(&mut rows, output, session, id, &line, named, names)?;
        Ok(outcome)
    })?;
    rows.end(output)
}

/// The line for people. Columns of addresses and protocol grow with what they
/// have shown, so that lines need not wait for those that follow.
#[derive(Default)]
struct Columns {
    text: String,
    src: String,
    dst: String,
    widths: [usize; 3],
}

impl Columns {
    fn write(
        &mut self,
        session: &Session,
        id: PacketId,
        line: &Line,
        named: bool,
        names: &[Option<Name>; 2],
    ) -> Outcome<()> {
        let record = session.record(id).unwrap_or_default();
        let Columns { text, src, dst, widths } = self;
        for ((out, end), name) in [(&mut *src, line.src), (&mut *dst, line.dst)].into_iter().zip(names) {
            out.clear();
            match name {
                Some(name) => out.push_str(&name.text()),
                None => names::endpoint(out, session, end, named),
            }
        }
        let protocol = protocol(session, &record, line);
        let cells = [src.as_str(), dst.as_str(), protocol.as_str()];
        let least = [15, 15, 5];
        for ((width, cell), least) in widths.iter_mut().zip(cells).zip(least) {
            *width = cell.width().clamp(least, 39).max(*width);
        }
        let [src_width, dst_width, protocol_width] = *widths;
        text.clear();
        let _ = write!(text, "{:>5} {} ", id + 1, relative(session, &record));
        pad(text, src, src_width);
        text.push_str(" → ");
        pad(text, dst, dst_width);
        text.push(' ');
        pad(text, &protocol, protocol_width);
        let _ = write!(text, " {:>5} ", record.wire);
        text.push_str(&safe(&line.info));
        text.truncate(text.trim_end().len());
        text.push('\n');
        Ok(())
    }
}

fn pad(text: &mut String, cell: &str, width: usize) {
    text.push_str(cell);
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width())));
}

/// Label of the innermost protocol; the link type where nothing was peeled.
fn protocol(session: &Session, record: &Record, line: &Line) -> String {
    match line.protocol.filter(|protocol| protocol.name != "frame") {
        Some(protocol) => protocol.label.to_owned(),
        None => {
            let meta = session.meta();
            meta.interfaces.get(record.interface as usize).map_or_else(String::new, |i| i.link.to_string())
        }
    }
}

/// Seconds since the first packet, with six decimals as tshark has them; a dash
/// where the capture has no times.
fn relative(session: &Session, record: &Record) -> String {
    let first = session.record(0).map_or(record.time, |first| first.time);
    let Some(nanos) = record.time.checked_since(first) else { return format!("{:>11}", "-") };
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let text = format!("{sign}{}.{:06}", nanos / 1_000_000_000, nanos % 1_000_000_000 / 1000);
    format!("{text:>11}")
}

/// The columns of the machine formats; see `docs/OUTPUT.md`.
static NAMES: &[&str] = &[
    "number",
    "time",
    "relative",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "protocol",
    "length",
    "captured",
    "interface",
    "flow",
    "checks",
    "problems",
    "info",
    "source_name",
    "destination_name",
    "source_name_source",
    "destination_name_source",
];

fn machine(
    rows: &mut Rows<'_>,
    output: &mut Output,
    session: &Session,
    id: PacketId,
    line: &Line,
    named: bool,
    ends: [Option<Name>; 2],
) -> Outcome<()> {
    let record = session.record(id).unwrap_or_default();
    let row = session.row(id);
    let first = session.record(0).map_or(record.time, |first| first.time);
    let relative = record.time.checked_since(first).map_or(Timestamp::NONE, Timestamp).to_string();
    let (mut src, mut dst) = (String::new(), String::new());
    names::endpoint(&mut src, session, line.src, named);
    names::endpoint(&mut dst, session, line.dst, named);
    let ports = line.flow.filter(|flow| matches!(flow.protocol, 6 | 17));
    let flags = row.map(|row| row.flags).unwrap_or_default();
    let checks = Check::ALL
        .iter()
        .filter_map(|check| flags.verdict(*check).map(|v| format!("{}: {}", check.name(), v.name()).into()));
    let problems = Problem::ALL.iter().filter(|p| flags.has(**p)).map(|problem| problem.name().into());
    let protocol = protocol(session, &record, line);
    let [[src_name, src_told], [dst_name, dst_told]] =
        ends.each_ref().map(|name| names::cells_of(name.as_ref()));
    rows.row(
        output,
        &[
            Cell::Number(id + 1),
            Cell::some(&record.time.to_string()),
            Cell::some(&relative),
            Cell::some(&src),
            Cell::maybe(ports.map(|flow| flow.src_port.into())),
            Cell::some(&dst),
            Cell::maybe(ports.map(|flow| flow.dst_port.into())),
            Cell::some(&protocol),
            Cell::Number(record.wire.into()),
            Cell::Number(record.captured.into()),
            Cell::Number(record.interface.into()),
            Cell::maybe(row.map(|row| row.flow).filter(|flow| *flow != PacketRow::NO_FLOW).map(u64::from)),
            Cell::List(checks.collect()),
            Cell::List(problems.collect()),
            Cell::text(safe(&line.info)),
            src_name,
            dst_name,
            src_told,
            dst_told,
        ],
    )
}
