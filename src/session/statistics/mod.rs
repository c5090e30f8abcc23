//! Counts over a whole capture: which protocols lay in which, how long packets
//! were, who talked to whom, how much at what time.
//!
//! Owns what workers count block by block ([`Tally`]) and what becomes of it
//! ([`Statistics`]), both bounded; conversations ([`Pairs`]), hosts ([`Hosts`])
//! and traffic over time ([`Series`]) are made when somebody asks. Knows nothing of how any of
//! it is shown.

mod hierarchy;
mod hosts;
mod lengths;
mod order;
mod pairs;
mod series;

pub use hierarchy::{Count, Hierarchy, HierarchyRow};
pub use hosts::{Conversation, Endpoint, Loose, RoundTrips};
pub use lengths::{LengthBin, Lengths};
pub use order::{Firsts, Order, Rank};
pub use pairs::{GoOn, Hosts, Pairs};
pub use series::{Series, Span};

use crate::base::Timestamp;
use crate::capture::Record;
use crate::decode::{PathId, Paths};

/// Counts over all packets analysed so far.
#[derive(Debug, Default)]
pub struct Statistics {
    /// Packets by the protocols in them.
    pub hierarchy: Hierarchy,
    /// Packets by length.
    pub lengths: Lengths,
    /// Earliest and latest time of a packet.
    pub span: Option<Span>,
    /// Internet headers without a flow.
    pub loose: Loose,
}

/// The counts of one block, made by the worker that peels it. The numbers of
/// its paths are those of the worker's [`Paths`].
#[derive(Debug, Default)]
pub(in crate::session) struct Tally {
    paths: Vec<Count>,
    lengths: Lengths,
    span: Option<Span>,
}

impl Tally {
    /// Counts a packet.
    #[inline]
    pub fn add(&mut self, record: &Record, path: PathId) {
        self.lengths.add(record.wire);
        Span::widen(&mut self.span, record.time);
        let at = usize::from(path);
        if at >= self.paths.len() {
            self.paths.resize(at + 1, Count::default());
        }
        if let Some(count) = self.paths.get_mut(at) {
            count.add(record.wire);
        }
    }

    /// Nothing counted.
    pub fn clear(&mut self) {
        self.paths.clear();
        (self.lengths, self.span) = (Lengths::default(), None);
    }
}

impl Statistics {
    /// Adds a block's counts, whose paths are numbered by `paths`.
    pub(in crate::session) fn merge(&mut self, tally: &Tally, paths: &Paths) {
        self.hierarchy.merge(paths, &tally.paths);
        self.lengths.merge(&tally.lengths);
        for time in tally.span.iter().flat_map(|span| [span.first, span.last]) {
            Span::widen(&mut self.span, time);
        }
    }

    /// Nanoseconds from the earliest to the latest packet.
    pub fn duration(&self) -> i64 {
        self.span.map_or(0, |span| span.last.since(span.first))
    }

    /// Earliest time of a packet.
    pub fn start(&self) -> Timestamp {
        self.span.map(|span| span.first).unwrap_or_default()
    }
}
