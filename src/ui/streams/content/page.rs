//! Runs become lines: as text, in hexadecimal, or both.
//!
//! Owns where lines break and which byte stands in which cell. A block is what
//! must be laid out together: of text the runs of one side that follow each
//! other, cut at every 16 KiB of the stream; else a single run. So any place of
//! a long stream is laid out without what is before it.

use super::Style;
use crate::base::safe;
use crate::flow::Side;
use crate::flow::stream::{Kind, Run};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// A byte: the run's number, and its place in the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the run.
    pub run: usize,
    /// Place in the run.
    pub off: u32,
}

/// Where a byte stands in its line.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The byte, or the first of a character.
    pub place: Place,
    /// Its cell, counted from the line's text.
    pub x: u16,
    /// Cells that it takes.
    pub width: u16,
    /// Its character beside the hexadecimal.
    pub beside: Option<u16>,
}

/// A line of the content.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its first byte.
    pub first: Place,
    /// Who sent it.
    pub side: Side,
    /// What it is: data, or a note about something else.
    pub kind: Kind,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// What is shown, harmless for a terminal.
    pub text: String,
    /// Which byte stands where, in order.
    pub cells: Vec<Cell>,
}

/// A run with its number, its offset in the stream and its bytes.
pub struct Held {
    /// Its number.
    pub place: usize,
    /// The run.
    pub run: Run,
    /// Its offset in the stream.
    pub offset: u64,
    /// Its bytes, as far as they can be read.
    pub bytes: Vec<u8>,
}

/// Whether a run has bytes to show.
pub fn has_bytes(run: &Run) -> bool {
    run.kind() == Kind::Data && run.len > 0
}

/// Whether a run is laid out together with the one before it.
pub fn joins(style: Style, before: &Run, run: &Run) -> bool {
    style == Style::Text
        && has_bytes(before)
        && has_bytes(run)
        && before.side() == run.side()
        && before.pos >> 14 == run.pos >> 14
}

/// The lines of a block in so many cells.
pub fn lines(block: &[Held], style: Style, width: u16) -> Vec<Line> {
    let Some(first) = block.first() else { return Vec::new() };
    if !has_bytes(&first.run) {
        let text = first.run.words(first.offset);
        let text = format!("[{text}; packet {}]", first.run.packet + 1);
        return vec![line(first, 0, text)];
    }
    match style {
        Style::Text => text(block, width.max(8)),
        Style::Hex | Style::Both => block.iter().flat_map(|held| dump(held, style, width)).collect(),
    }
}

fn line(held: &Held, off: u32, text: String) -> Line {
    Line {
        first: Place { run: held.place, off },
        side: held.run.side(),
        kind: held.run.kind(),
        offset: held.offset + u64::from(off),
        text,
        cells: Vec::new(),
    }
}

/// Lines end where the sender ended them, or where the screen does.
fn text(block: &[Held], width: u16) -> Vec<Line> {
    let bytes: Vec<u8> = block.iter().flat_map(|held| held.bytes.iter().copied()).collect();
    // Where in the block a byte's run is; asked for in order.
    let mut at = 0;
    let mut before = 0;
    let mut held_of = |byte: usize| {
        while let Some(held) = block.get(at)
            && byte >= before + held.bytes.len()
            && at + 1 < block.len()
        {
            before += held.bytes.len();
            at += 1;
        }
        block.get(at).map(|held| (held, byte.saturating_sub(before) as u32))
    };
    let mut out: Vec<Line> = Vec::new();
    let mut open = false;
    let mut x = 0u16;
    let mut byte = 0;
    let mut character = |len: usize, shown: &str, ends: bool, byte: usize| {
        let Some((held, off)) = held_of(byte) else { return };
        let cells = shown.width() as u16;
        if !open || x + cells > width {
            out.push(line(held, off, String::new()));
            (open, x) = (true, 0);
        }
        if let Some(line) = out.last_mut() {
            line.text.push_str(shown);
            if len > 0 && cells > 0 {
                line.cells.push(Cell {
                    place: Place { run: held.place, off },
                    x,
                    width: cells,
                    beside: None,
                });
            }
        }
        x += cells;
        open &= !ends;
    };
    for part in bytes.utf8_chunks() {
        let valid = part.valid();
        for (within, c) in valid.char_indices() {
            let here = byte + within;
            let is_end = |at: usize| bytes.get(at) == Some(&b'\n');
            match c {
                '\n' => character(1, "", true, here),
                '\r' if is_end(here + 1) => character(1, "", false, here),
                c => character(c.len_utf8(), &safe(c.encode_utf8(&mut [0; 4])), false, here),
            }
        }
        byte += valid.len();
        for (within, invalid) in part.invalid().iter().enumerate() {
            character(1, &format!("\\x{invalid:02x}"), false, byte + within);
        }
        byte += part.invalid().len();
    }
    out
}

/// Cells of the offset before a row of hexadecimal.
const OFFSET: u16 = 9;

/// Where byte `at` of a row begins.
fn column(at: u16) -> u16 {
    OFFSET + at * 3 + at / 8
}

/// Bytes of a row that fit.
fn per_row(style: Style, width: u16) -> u16 {
    let fits = |count: &u16| {
        let characters = if style == Style::Both { count + 1 } else { 0 };
        column(*count) + characters <= width
    };
    [64, 32, 16, 8, 4].into_iter().find(fits).unwrap_or(4)
}

fn dump(held: &Held, style: Style, width: u16) -> Vec<Line> {
    let row = per_row(style, width);
    let mut out = Vec::with_capacity(held.bytes.len() / usize::from(row) + 1);
    for (number, bytes) in (0u32..).zip(held.bytes.chunks(row.into())) {
        let from = number * u32::from(row);
        let mut line = line(held, from, String::new());
        let _ = write!(line.text, "{:08x} ", line.offset);
        let characters = column(row) + 1;
        for (at, byte) in (0u16..).zip(bytes) {
            let x = column(at);
            let gap = usize::from(x).saturating_sub(line.text.len());
            let _ = write!(line.text, "{:gap$}{byte:02x}", "");
            let place = Place { run: held.place, off: from + u32::from(at) };
            let beside = (style == Style::Both).then_some(characters + at);
            line.cells.push(Cell { place, x, width: 2, beside });
        }
        if style == Style::Both {
            let gap = usize::from(characters).saturating_sub(line.text.len());
            let shown =
                bytes.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' });
            let _ = write!(line.text, "{:gap$}{}", "", shown.collect::<String>());
        }
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(place: usize, bytes: &[u8]) -> Held {
        let run = Run::new(Kind::Data, Side::A, 1 << 32, bytes.len() as u32, 0, 0);
        Held { place, run, offset: 0, bytes: bytes.to_vec() }
    }

    #[test]
    fn text_goes_on_over_packets_and_every_character_knows_its_byte() {
        let block = [held(3, b"ab\r\n\xec\x95"), held(4, b"\x88cdefghij\x1b\xff\n\nz")];
        let lines = lines(&block, Style::Text, 10);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["ab", "안cdefghij", "\\x1b\\xff", "", "z"]);
        let cell = lines[1].cells[1];
        assert_eq!((cell.place, cell.x), (Place { run: 4, off: 1 }, 2));
        assert_eq!(lines[1].first, Place { run: 3, off: 4 });
        assert_eq!(lines[4].cells[0].place, Place { run: 4, off: 13 });
    }

    #[test]
    fn hexadecimal_has_its_characters_beside_it() {
        let lines = lines(&[held(0, b"0123456789abcdefg")], Style::Both, 80);
        assert_eq!(
            lines[0].text,
            "00000000 30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66   0123456789abcdef"
        );
        assert_eq!(lines[1].text, "00000010 67                                                 g");
        let cell = lines[0].cells[9];
        assert_eq!(&lines[0].text[usize::from(cell.x)..][..2], "39");
        assert_eq!(&lines[0].text[usize::from(cell.beside.unwrap())..][..1], "9");
    }
}
