//! The content for people: lines of text, or a dump in hexadecimal.

use super::Content;
use crate::base::Escaped;
use crate::cli::failure::Outcome;
use crate::cli::output::Output;
use crate::decode::Bytes;
use crate::flow::Side;
use crate::flow::stream::{Kind, Run};
use std::io::Write as _;
use std::net::SocketAddr;

/// A line without an end is broken after so many bytes.
const LINE: usize = 64 << 10;

fn heading(content: &Content<'_>, output: &mut Output) -> Outcome<()> {
    let key = &content.flow.key;
    let ends = [(Side::A, key.source(), key.src_port), (Side::B, key.destination(), key.dst_port)];
    writeln!(output, "Flow {}", content.place)?;
    for (side, address, port) in ends {
        let name = content.opened.name_of(address).map(|name| format!(" {name}")).unwrap_or_default();
        let letter = if side == Side::A { "A" } else { "B" };
        let role = Some(content.flow.role(side)).filter(|role| !role.is_empty());
        let role = role.map(|role| format!(", {role}")).unwrap_or_default();
        let counts = content.content.counts(side).words(key.protocol == 6);
        // Of ICMP these are types.
        let end = match key.protocol {
            1 | 58 => address.to_string(),
            _ => SocketAddr::new(address, port).to_string(),
        };
        writeln!(output, "{} {letter} {end}{name}{role}: {counts}", content.sign(side))?;
    }
    writeln!(output)?;
    Ok(())
}

/// A line about a run that is no plain data.
fn note(content: &Content<'_>, run: &Run, output: &mut Output) -> Outcome<()> {
    let words = run.words(content.content.offset(run.side(), run.pos));
    writeln!(output, "{} [{words}; packet {}]", content.sign(run.side()), run.packet + 1)?;
    Ok(())
}

fn has_bytes(run: &Run) -> bool {
    run.kind() == Kind::Data && run.len > 0
}

/// Text, a line a line; where the direction changes, a line ends.
pub(super) fn lines(content: &Content<'_>, output: &mut Output) -> Outcome<()> {
    heading(content, output)?;
    let mut bytes = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    let mut side = Side::A;
    for run in content.runs() {
        if !run.kind().is_placed() && !matches!(run.kind(), Kind::Fin | Kind::Reset) {
            // What came again interrupts no line: it stands before it.
            note(content, run, output)?;
            continue;
        }
        if !line.is_empty() && (side != run.side() || !has_bytes(run)) {
            end(content, side, &mut line, output)?;
        }
        side = run.side();
        if !has_bytes(run) {
            note(content, run, output)?;
            continue;
        }
        content.bytes(run, &mut bytes);
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend(part);
            if line.ends_with(b"\n") || line.len() >= LINE {
                end(content, side, &mut line, output)?;
            }
        }
    }
    if !line.is_empty() {
        end(content, side, &mut line, output)?;
    }
    Ok(())
}

fn end(content: &Content<'_>, side: Side, line: &mut Vec<u8>, output: &mut Output) -> Outcome<()> {
    let text =
        line.strip_suffix(b"\n").map_or(line.as_slice(), |line| line.strip_suffix(b"\r").unwrap_or(line));
    let gap = if text.is_empty() { "" } else { " " };
    writeln!(output, "{}{gap}{}", content.sign(side), Escaped(text))?;
    line.clear();
    Ok(())
}

/// Packet by packet: offset in the stream, sixteen bytes, and their characters.
pub(super) fn dump(content: &Content<'_>, output: &mut Output) -> Outcome<()> {
    heading(content, output)?;
    let session = &content.opened.session;
    let start = session.record(0).map(|record| record.time).unwrap_or_default();
    let mut bytes = Vec::new();
    for run in content.runs() {
        if !has_bytes(run) {
            note(content, run, output)?;
            continue;
        }
        content.bytes(run, &mut bytes);
        let sign = content.sign(run.side());
        let time = session.record(run.packet).map_or(0, |record| record.time.since(start));
        let seconds = time as f64 / 1e9;
        let len = Bytes(run.len as usize);
        writeln!(output, "{sign} packet {} at {seconds:.6}, {len}", run.packet + 1)?;
        let mut offset = content.content.offset(run.side(), run.pos);
        for row in bytes.chunks(16) {
            write!(output, "{sign} {offset:08x} ")?;
            for at in 0..16 {
                let gap = if at == 8 { "  " } else { " " };
                match row.get(at) {
                    Some(byte) => write!(output, "{gap}{byte:02x}")?,
                    None => write!(output, "{gap}  ")?,
                }
            }
            let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
            writeln!(output, "  {}", row.iter().map(shown).collect::<String>())?;
            offset += row.len() as u64;
        }
    }
    Ok(())
}
