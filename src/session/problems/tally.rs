//! How many packets of each kind there are among some packets, and the first of each.
//!
//! Owns the counts where the whole capture's are not what is wanted. Rows that are alike
//! are looked at once.

use super::{Kind, TABLE};
use crate::base::PacketId;
use crate::session::shared::Shared;
use std::collections::HashMap;

/// Kinds of rows that are remembered: flags and notes have few combinations in one capture.
const MOST: usize = 1 << 16;

/// The counts, by place in the table.
#[derive(Default)]
pub struct Tally {
    found: HashMap<usize, (u64, PacketId)>,
    alike: HashMap<(u32, u32), Vec<usize>>,
}

impl Tally {
    /// Counts an analysed packet; they come in order.
    pub fn add(&mut self, session: &Shared, id: PacketId) {
        let Some(row) = session.row(id) else { return };
        if self.alike.len() >= MOST {
            self.alike.clear();
        }
        let (flags, notes) = (row.flags, session.notes(id));
        let fitting = |fits: &dyn Fn(Kind) -> bool| {
            let all = TABLE.iter().enumerate().filter(|(_, about)| fits(about.kind));
            all.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let of_row =
            self.alike.entry((flags.0, notes.0)).or_insert_with(|| fitting(&|kind| kind.fits(flags, notes)));
        of_row.iter().for_each(|at| self.found.entry(*at).or_insert((0, id)).0 += 1);
        let (troubles, silence) = (session.dns_troubles(id), session.silence(id));
        if silence.is_some() || troubles.0 != 0 {
            let of_flow = fitting(&|kind| match kind {
                Kind::Dns(trouble) => troubles.has(trouble),
                Kind::Silent(one) => silence == Some(one),
                _ => false,
            });
            of_flow.iter().for_each(|at| self.found.entry(*at).or_insert((0, id)).0 += 1);
        }
    }

    /// Every kind that there is: how many, and the first.
    pub fn all(&self) -> impl Iterator<Item = (Kind, (u64, PacketId))> {
        self.found.iter().filter_map(|(at, found)| Some((TABLE.get(*at)?.kind, *found)))
    }

    /// How many there are of a kind, and the first.
    pub fn of(&self, kind: Kind) -> (u64, Option<PacketId>) {
        let at = TABLE.iter().position(|about| about.kind == kind);
        let found = at.and_then(|at| self.found.get(&at));
        found.map_or((0, None), |(count, first)| (*count, Some(*first)))
    }
}
