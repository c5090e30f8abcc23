//! Packets of a flow that are not counted in it, as the transport header is cut
//! short or broken: ports may be told, but not where the header ends.
//!
//! Owns their counts, beside the flow table since few flows have any. Bounded.

use std::collections::HashMap;

/// Flows whose counts are kept; of others is known that they have such packets.
const MAX_FLOWS: usize = 1 << 16;

/// How many packets of which flow.
#[derive(Default)]
pub(super) struct Uncounted {
    flows: HashMap<u32, u32, foldhash::fast::RandomState>,
}

impl Uncounted {
    /// One more of the flow at `place`.
    pub fn add(&mut self, place: u32) {
        if let Some(count) = self.flows.get_mut(&place) {
            *count = count.saturating_add(1);
        } else if self.flows.len() < MAX_FLOWS {
            self.flows.insert(place, 1);
        }
    }

    /// Those of the flow at `place`, if that is kept.
    pub fn get(&self, place: u32) -> Option<u32> {
        self.flows.get(&place).copied()
    }

    /// Bytes that the counts take.
    pub fn size(&self) -> usize {
        self.flows.capacity() * (size_of::<(u32, u32)>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a capture of broken headers alone that takes memory without end.
    #[test]
    fn counts_are_kept_of_so_many_flows() {
        let mut uncounted = Uncounted::default();
        for place in (0..MAX_FLOWS as u32 + 10).chain([3, 3]) {
            uncounted.add(place);
        }
        assert_eq!(
            (uncounted.get(3), uncounted.get(4), uncounted.get(MAX_FLOWS as u32)),
            (Some(3), Some(1), None)
        );
        assert!(uncounted.size() < MAX_FLOWS * 20);
    }
}
