//! The entries of the flow table, by place.
//!
//! Owns where they are kept: in parts of one size that never move, so that a
//! table of a million flows is never copied and takes what its entries take.
//! Knows nothing of keys.

use super::entry::Flow;

/// Flows of one part.
const PART: usize = 4096;
/// Flows that the first part has room for at first: most captures have few.
const FIRST: usize = 64;

/// Flows in the order in which they were put in.
#[derive(Default)]
pub(super) struct Entries {
    parts: Vec<Vec<Flow>>,
}

impl Entries {
    /// Number of flows.
    pub fn len(&self) -> usize {
        self.parts.last().map_or(0, |last| (self.parts.len() - 1) * PART + last.len())
    }

    /// Flows for which there is room.
    pub fn capacity(&self) -> usize {
        self.parts.iter().map(Vec::capacity).sum()
    }

    /// The flow at `place`.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&Flow> {
        self.parts.get(place as usize / PART)?.get(place as usize % PART)
    }

    /// The flow at `place`, to be changed.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Flow> {
        self.parts.get_mut(place as usize / PART)?.get_mut(place as usize % PART)
    }

    /// Every flow with its place, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Flow)> {
        (0..).zip(self.parts.iter().flatten())
    }

    /// The place that the next flow gets.
    pub fn next(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX - 1)
    }

    /// Puts a flow behind the others; gives its place.
    pub fn push(&mut self, flow: Flow) -> u32 {
        let place = self.next();
        match self.parts.last_mut() {
            Some(part) if part.len() < PART => part.push(flow),
            _ => {
                let mut part = Vec::with_capacity(if self.parts.is_empty() { FIRST } else { PART });
                part.push(flow);
                self.parts.push(part);
            }
        }
        place
    }
}
