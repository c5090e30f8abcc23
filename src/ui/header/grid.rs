//! Which field owns which bit of a header: spans and masks become cells.
//!
//! Knows nothing of the screen. Fields that lie within others come first; what
//! they leave goes to those around them, and what nobody claims is a gap.

use super::super::layers::{header_span, parts};
use crate::decode::sinks::{Node, NodeKind, Tree};
use crate::decode::{FieldDef, Span};

/// Bytes of a header that are drawn; the rest is said in a line.
pub const MAX_BYTES: u32 = 2048;
/// Fields of a layer that are looked at.
const MAX_FIELDS: usize = 4096;

/// No field: a gap.
const GAP: u16 = u16::MAX;

/// A run of bits of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The field's node; `None` for a gap.
    pub node: Option<u32>,
    /// First bit, counted from the layer's first.
    pub start: u32,
    /// One past the last bit.
    pub end: u32,
}

impl Cell {
    /// Number of bits.
    pub fn bits(&self) -> u32 {
        self.end - self.start
    }
}

/// A header as cells, in the order of their bits.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The cells; together they cover every bit once.
    pub cells: Vec<Cell>,
    /// Where the header lies.
    pub span: Span,
    /// Bytes of the header that are not drawn.
    pub left: u32,
}

impl Grid {
    /// The cells of a layer's header.
    pub fn new(tree: &Tree, layer: u8) -> Grid {
        let all = header_span(tree, layer);
        let span = Span { len: all.len.min(MAX_BYTES), ..all };
        let mut grid = Grid { cells: Vec::new(), span, left: all.len - span.len };
        let Some(top) = tree.layers.get(usize::from(layer)) else { return grid };
        let mut fields: Vec<(u32, u32, u8, u32)> = Vec::new();
        let mut left = vec![top.node];
        while let Some(node) = left.pop() {
            for (place, part) in parts(tree, node) {
                if let NodeKind::Field(def) = part.kind
                    && !part.generated
                    && fields.len() < MAX_FIELDS
                    && let Some((start, end)) = bits(part, def, span)
                {
                    fields.push((start, end, part.depth, place));
                }
                if tree.first_child(place).is_some() {
                    left.push(place);
                }
            }
        }
        // The smallest first; of equal ones the innermost, then the first told.
        fields.sort_by_key(|(start, end, depth, place)| (end - start, u8::MAX - depth, *place));
        let mut owners = vec![GAP; span.len as usize * 8];
        for (number, (start, end, ..)) in fields.iter().enumerate() {
            let free = owners.get_mut(*start as usize..*end as usize).unwrap_or_default();
            free.iter_mut().filter(|owner| **owner == GAP).for_each(|owner| *owner = number as u16);
        }
        let mut last = None;
        for (bit, owner) in (0u32..).zip(&owners) {
            match grid.cells.last_mut() {
                Some(cell) if last == Some(*owner) => cell.end = bit + 1,
                _ => {
                    let node = fields.get(usize::from(*owner)).map(|field| field.3);
                    grid.cells.push(Cell { node, start: bit, end: bit + 1 });
                }
            }
            last = Some(*owner);
        }
        grid
    }

    /// The cell that holds a bit.
    pub fn at(&self, bit: u32) -> Option<usize> {
        self.cells.partition_point(|cell| cell.end <= bit).into_some_below(self.cells.len())
    }

    /// The first cell of a node, or of what lies within it.
    pub fn cell_of(&self, tree: &Tree, node: u32) -> Option<usize> {
        self.cells.iter().position(|cell| cell.node.is_some_and(|at| within(tree, at, node)))
    }

    /// The cell that an arrow leads to from another; `column` is the bit of the
    /// row that up and down keep to.
    pub fn neighbour(&self, from: usize, to: Towards, column: u32, row: u32) -> usize {
        let last = self.cells.len().saturating_sub(1);
        let Some(cell) = self.cells.get(from) else { return 0 };
        match to {
            Towards::Before => from.saturating_sub(1),
            Towards::After => (from + 1).min(last),
            Towards::Below => {
                let below = ((cell.end - 1) / row + 1) * row + column;
                self.at(below).unwrap_or(if below / row == self.bits().saturating_sub(1) / row {
                    last
                } else {
                    from
                })
            }
            Towards::Above => {
                let above = (cell.start / row).checked_sub(1).map(|up| up * row + column);
                above.and_then(|bit| self.at(bit)).unwrap_or(from)
            }
        }
    }

    /// Bits that are drawn.
    pub fn bits(&self) -> u32 {
        self.span.len * 8
    }
}

/// Where an arrow leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// The cell before.
    Before,
    /// The cell after.
    After,
    /// The row above.
    Above,
    /// The row below.
    Below,
}

trait IntoSomeBelow: Sized {
    fn into_some_below(self, end: Self) -> Option<Self>;
}

impl IntoSomeBelow for usize {
    fn into_some_below(self, end: usize) -> Option<usize> {
        (self < end).then_some(self)
    }
}

/// Whether `node` is `outer` or lies under it.
pub fn within(tree: &Tree, node: u32, outer: u32) -> bool {
    let mut at = Some(node);
    while let Some(here) = at {
        if here == outer {
            return true;
        }
        at = tree.node(here).and_then(|node| node.parent);
    }
    false
}

/// The bits that a field takes of a header.
fn bits(node: &Node, def: &FieldDef, header: Span) -> Option<(u32, u32)> {
    let span = node.span;
    if span.len == 0 || span.source != header.source || span.start < header.start {
        return None;
    }
    let first = (span.start - header.start).checked_mul(8)?;
    let last = (span.end() - header.start).checked_mul(8)?;
    let (start, end) = match def.bits() {
        // The word's lowest bit is the last bit of the last byte.
        Some(_) if def.mask != 0 => {
            let low = def.mask.trailing_zeros();
            let high = 64 - def.mask.leading_zeros();
            (last.checked_sub(high).unwrap_or(first).max(first), last.checked_sub(low)?)
        }
        _ => (first, last),
    };
    let end = end.min(header.len * 8);
    (start < end).then_some((start, end))
}
