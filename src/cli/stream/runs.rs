//! Every run as a row, for scripts.

use super::Content;
use crate::base::Timestamp;
use crate::cli::failure::Outcome;
use crate::cli::output::{Cell, Format, Output, Rows};
use crate::decode::write_hex;
use crate::flow::Side;
use crate::flow::stream::Kind;

static NAMES: &[&str] = &["flow", "side", "kind", "offset", "length", "packet", "time", "relative", "bytes"];

pub(super) fn print(content: &Content<'_>, format: Format, output: &mut Output) -> Outcome<()> {
    let session = &content.opened.session;
    let start = session.record(0).map(|record| record.time).unwrap_or_default();
    let mut rows = Rows::fixed(format, "runs", NAMES);
    rows.begin(output)?;
    let mut bytes = Vec::new();
    for run in content.runs() {
        let time = session.record(run.packet).map(|record| record.time).unwrap_or_default();
        let mut hex = String::new();
        let has_bytes = !matches!(run.kind(), Kind::Gap | Kind::Cut | Kind::Fin | Kind::Reset);
        if has_bytes {
            content.bytes(run, &mut bytes);
            write_hex(&mut hex, &bytes);
        }
        rows.row(
            output,
            &[
                Cell::Number(content.place.into()),
                Cell::text(if run.side() == Side::A { "a" } else { "b" }),
                Cell::text(run.kind().name()),
                Cell::Number(content.content.offset(run.side(), run.pos)),
                Cell::Number(run.len.into()),
                Cell::Number(run.packet + 1),
                Cell::text(time.to_string()),
                Cell::text(Timestamp(time.since(start)).to_string()),
                if has_bytes { Cell::text(hex) } else { Cell::Absent },
            ],
        )?;
    }
    rows.end(output)
}
