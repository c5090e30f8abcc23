//! Sums over the remarks on the segments of every TCP flow, made when asked for.

use super::shared::Shared;
use crate::base::PacketId;
use crate::flow::tcp::Measure;
use std::collections::HashMap;

/// The measures of flows over the packets read so far; reads on where it stopped.
#[derive(Default)]
pub struct Measures {
    flows: HashMap<u32, Measure>,
    next: PacketId,
}

impl Measures {
    /// Goes on through at most `most` analysed packets. `false` when there are
    /// no further ones.
    pub fn read(&mut self, shared: &Shared, most: u64) -> bool {
        let end = shared.rows.len().min(self.next.saturating_add(most));
        for id in self.next..end {
            let Some(remarks) = shared.remarks.get(id) else { continue };
            let (Some(row), Some(record)) = (shared.rows.get(id), shared.index.get(id)) else { continue };
            let time =
                |back: u32| shared.index.get(id.saturating_sub(back.into())).map(|record| record.time.0);
            let acked = remarks.acks.and_then(time);
            self.flows.entry(row.flow).or_default().add(&remarks, record.time.0, acked, record.wire);
        }
        self.next = end;
        end < shared.rows.len()
    }

    /// The measures of the flow at `place`; none for other than TCP.
    pub fn get(&self, place: u32) -> Option<&Measure> {
        self.flows.get(&place)
    }
}
