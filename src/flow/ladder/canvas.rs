//! One line of cells that spans of text are written into.

use crate::base::safe;
use unicode_width::UnicodeWidthChar as _;

/// What a span of text means; the face gives it a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing, or ordinary text.
    #[default]
    Text,
    /// What matters less: times, numbers, what was drawn before.
    Dim,
    /// A host's line and a pause.
    Line,
    /// A host's name.
    Host,
    /// A TCP segment.
    Segment,
    /// A datagram.
    Datagram,
    /// A call that the packets show.
    Call,
    /// A call that is inferred.
    Inferred,
    /// Lost, reset, refused.
    Bad,
    /// Repeated, late, out of room.
    Odd,
}

/// Text of one tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The text, harmless for a terminal.
    pub text: String,
    /// What it means.
    pub tone: Tone,
}

/// A line of cells. A wide character takes its own cell and leaves the next
/// one empty.
pub(super) struct Canvas(Vec<(Option<char>, Tone)>);

impl Canvas {
    pub fn new(width: usize) -> Canvas {
        Canvas(vec![(Some(' '), Tone::Text); width])
    }

    pub fn cell(&mut self, x: usize, c: char, tone: Tone) {
        let Some(cell) = self.0.get_mut(x) else { return };
        let was_tail = cell.0.is_none();
        *cell = (Some(c), tone);
        // Half of a wide character is no character.
        if was_tail && let Some(before) = x.checked_sub(1).and_then(|x| self.0.get_mut(x)) {
            before.0 = Some(' ');
        }
        if let Some(after) = self.0.get_mut(x + 1).filter(|after| after.0.is_none()) {
            after.0 = Some(' ');
        }
    }

    /// Whether nothing stands in a cell.
    pub fn is_blank(&self, x: usize) -> bool {
        self.0.get(x).is_some_and(|(c, _)| *c == Some(' '))
    }

    /// The same character from a cell to before another.
    pub fn fill(&mut self, from: usize, to: usize, c: char, tone: Tone) {
        (from..to.min(self.0.len())).for_each(|x| self.cell(x, c, tone));
    }

    /// Writes text into at most `cells` cells, cut with `…`; gives the cells used.
    pub fn put(&mut self, x: usize, cells: usize, text: &str, tone: Tone) -> usize {
        let text = safe(text);
        let cells = cells.min(self.0.len().saturating_sub(x));
        let whole = cells_of(&text);
        let room = if whole > cells { cells.saturating_sub(1) } else { cells };
        let mut at = 0;
        for c in text.chars() {
            let width = c.width().unwrap_or(0);
            if at + width > room {
                break;
            }
            self.cell(x + at, c, tone);
            if width == 2
                && let Some(tail) = self.0.get_mut(x + at + 1)
            {
                *tail = (None, tone);
            }
            at += width;
        }
        if whole > cells && cells > 0 {
            self.cell(x + at, '…', tone);
            at += 1;
        }
        at
    }

    /// Writes text that ends at the end of `cells`.
    pub fn put_right(&mut self, x: usize, cells: usize, text: &str, tone: Tone) {
        let used = cells_of(&safe(text)).min(cells);
        self.put(x + cells - used, used, text, tone);
    }

    /// The spans; what is empty at the end is left out.
    pub fn spans(mut self) -> Vec<Span> {
        let end = self.0.iter().rposition(|(c, _)| *c != Some(' ')).map_or(0, |last| last + 1);
        self.0.truncate(end);
        let mut spans: Vec<Span> = Vec::new();
        for (c, tone) in self.0 {
            let Some(c) = c else { continue };
            match spans.last_mut() {
                Some(span) if span.tone == tone || c == ' ' => span.text.push(c),
                _ => spans.push(Span { text: c.to_string(), tone }),
            }
        }
        spans
    }
}

/// Cells that `text` takes.
pub(super) fn cells_of(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}
