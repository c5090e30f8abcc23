//! What the analysis keeps of every packet: the top protocol and the events.

use crate::decode::event::Event;
use crate::decode::registry::ProtocolId;
use crate::decode::sink::{LayerStart, Mark, Sink};

/// Appends the events of packet after packet to one buffer, so that peeling
/// a block of packets allocates nothing once the buffer has grown.
#[derive(Debug, Default)]
pub struct Summary {
    /// Innermost protocol that is not plain data.
    pub protocol: ProtocolId,
    /// Events of all packets since the buffer was last cleared.
    pub events: Vec<Event>,
}

impl Summary {
    /// Begins the next packet; events before it stay.
    pub fn begin(&mut self) {
        self.protocol = 0;
    }
}

impl Sink for Summary {
    const DETAIL: bool = false;
    const TEXT: bool = false;

    #[inline]
    fn layer(&mut self, start: LayerStart) {
        if start.id > 1 && !start.quoted {
            self.protocol = start.id;
        }
    }

    #[inline]
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    #[inline]
    fn mark(&self) -> Mark {
        Mark(self.events.len() as u32, self.protocol.into(), 0)
    }

    #[inline]
    fn rewind(&mut self, mark: Mark) {
        self.events.truncate(mark.0 as usize);
        self.protocol = mark.1 as ProtocolId;
    }
}
