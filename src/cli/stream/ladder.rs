//! The ladder, row by row.

use crate::base::PacketId;
use crate::cli::failure::Outcome;
use crate::cli::input::Opened;
use crate::cli::output::Output;
use crate::decode::sinks::Line;
use crate::flow::ladder::{Pauses, Span, View};
use crate::session::{LadderJob, Peeler};
use std::cell::RefCell;
use std::io::Write as _;

/// Cells of a line where no terminal says how many there are.
const WIDTH: u16 = 120;
/// Below this nothing useful fits.
const LEAST: u16 = 60;

pub(super) fn print(
    opened: &Opened,
    job: &LadderJob,
    flow: u32,
    width: Option<u16>,
    output: &mut Output,
) -> Outcome<()> {
    job.show(Pauses::Short, true);
    let ladder = job.ladder();
    let terminal = || output.is_terminal().then(crossterm::terminal::size).and_then(Result::ok);
    let width = width.or_else(|| terminal().map(|(width, _)| width.max(LEAST))).unwrap_or(WIDTH);
    let buffers = RefCell::new((Peeler::default(), Line::default()));
    let info = |id| said(opened, id, &mut buffers.borrow_mut());
    let book = opened.session.names();
    let name = |address| match opened.learnt {
        true => {
            let name = opened.session.ladder_name(&book, &ladder, flow, address)?;
            Some(name.text().into_owned())
        }
        false => opened.name_of(address),
    };
    let start = ladder.arrows().first().map(|arrow| arrow.time).unwrap_or_default();
    let view = View { width: width.into(), calls: true, start, info: &info, name: &name };
    for line in ladder.heads(&view) {
        write(&line, output)?;
    }
    for row in (0..ladder.len()).map_while(|row| ladder.row(row)) {
        write(&ladder.draw(row, &view), output)?;
    }
    Ok(())
}

/// What a packet says beyond TCP.
pub(super) fn said(opened: &Opened, id: PacketId, (peeler, line): &mut (Peeler, Line)) -> Option<String> {
    line.clear();
    opened.session.peel(id, peeler, line).ok()?;
    let beyond = line.protocol.is_none_or(|protocol| protocol.name != "tcp");
    beyond.then(|| line.info.clone())
}

fn write(spans: &[Span], output: &mut Output) -> Outcome<()> {
    let line: String = spans.iter().map(|span| span.text.as_str()).collect();
    writeln!(output, "{}", line.trim_end())?;
    Ok(())
}
