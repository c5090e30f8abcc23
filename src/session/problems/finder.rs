//! The first packet of each kind.
//!
//! Owns which kinds are still to be found. Rows that are alike are looked at once only.

use super::{Kind, TABLE};
use crate::base::PacketId;
use crate::session::shared::Shared;
use std::collections::HashSet;

/// What is left to be found of the kinds that rows tell.
pub struct Finder {
    left: Vec<Kind>,
    seen: HashSet<(u32, u32)>,
}

impl Finder {
    /// Looks for those of these kinds whose first packet is not counted along.
    pub fn new(wanted: impl Fn(Kind) -> bool) -> Finder {
        let kinds = TABLE.iter().map(|about| about.kind);
        let left = kinds.filter(|kind| kind.has_packets() && !kind.has_first() && wanted(*kind)).collect();
        Finder { left, seen: HashSet::new() }
    }

    /// Whether all are found.
    pub fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    /// Looks at the next packet; gives the kinds of which it is the first.
    pub fn look(&mut self, session: &Shared, id: PacketId) -> Vec<Kind> {
        let Some(row) = session.row(id) else { return Vec::new() };
        let notes = session.notes(id);
        if !self.seen.insert((row.flags.0, notes.0)) {
            return Vec::new();
        }
        self.left.extract_if(.., |kind| kind.fits(row.flags, notes)).collect()
    }
}
