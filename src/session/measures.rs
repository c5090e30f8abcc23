//! Sums over the remarks on the segments of every TCP flow, made when asked for.

use super::shared::Shared;
use super::statistics::GoOn;
use crate::base::PacketId;
use crate::flow::tcp::Measure;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{MutexGuard, PoisonError, TryLockError};

/// Packets that are measured before others may look at the measures.
const STEP: u64 = 1 << 14;

/// The measures of flows over the packets read so far; reads on where it stopped.
#[derive(Default)]
pub struct Measures {
    flows: HashMap<u32, Measure>,
    next: PacketId,
}

impl Measures {
    /// Goes on through at most `most` analysed packets. `false` when there are
    /// no further ones.
    fn read(&mut self, shared: &Shared, most: u64) -> bool {
        let end = shared.rows.len().min(self.next.saturating_add(most));
        for id in self.next..end {
            if let Some(row) = shared.rows.get(id) {
                self.add(shared, id, row.flow);
            }
        }
        self.next = end;
        end < shared.rows.len()
    }

    /// Adds a packet to the flow at `place`.
    pub(super) fn add(&mut self, shared: &Shared, id: PacketId, place: u32) {
        let Some((remarks, record)) = shared.remarks.get(id).zip(shared.index.get(id)) else { return };
        let time = |back: u32| shared.index.get(id.saturating_sub(back.into())).map(|record| record.time.0);
        let acked = remarks.acks.and_then(time);
        let measure = match self.flows.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            // Of most flows of a flood there is nothing to say.
            Entry::Vacant(_) if acked.is_none() && !remarks.is_remarkable() => return,
            Entry::Vacant(new) => new.insert(Measure::default()),
        };
        measure.add(&remarks, record.time.0, acked, record.wire);
    }

    /// Packets measured so far.
    pub fn passed(&self) -> u64 {
        self.next
    }

    /// The measures of the flow at `place`; none for other than TCP, and where
    /// nothing was acknowledged and nothing is remarkable.
    pub fn get(&self, place: u32) -> Option<&Measure> {
        self.flows.get(&place)
    }
}

impl Shared {
    /// Measures packets that were analysed since somebody asked last, no more
    /// than `most`; gives whether all are measured.
    pub fn measure(&self, most: u64, go_on: GoOn<'_>) -> bool {
        let mut left = most;
        while left > 0 && go_on() {
            if !self.measures().read(self, left.min(STEP)) {
                return true;
            }
            left = left.saturating_sub(STEP);
        }
        false
    }

    /// The measures made so far, see [`Shared::measure`]. Hold them shortly,
    /// and take them after the analysis, never before it.
    pub fn measures(&self) -> MutexGuard<'_, Measures> {
        self.measures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Shared::measures`] for those who must not wait.
    pub fn try_measures(&self) -> Option<MutexGuard<'_, Measures>> {
        match self.measures.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
