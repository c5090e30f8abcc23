//! What the analysis keeps of every packet: the top protocol, the path of all
//! its protocols, and the events.

use crate::decode::claim::ProtocolId;
use crate::decode::event::Event;
use crate::decode::field::Layer;
use crate::decode::paths::{PathId, Paths};
use crate::decode::registry::FRAME;
use crate::decode::sink::{LayerStart, Mark, Sink};

/// Appends the events of packet after packet to one buffer, so that peeling
/// a block of packets allocates nothing once the buffer has grown.
#[derive(Debug, Default)]
pub struct Summary {
    /// Innermost protocol that is not plain data.
    pub protocol: ProtocolId,
    /// Events of all packets since the buffer was last cleared.
    pub events: Vec<Event>,
    /// The packet's nesting, among [`Summary::paths`].
    pub path: PathId,
    /// Nestings of all packets so far.
    pub paths: Paths,
    /// The layer that the path's innermost protocol lies in.
    parent: u8,
}

impl Summary {
    /// Begins the next packet; events before it stay.
    pub fn begin(&mut self) {
        self.protocol = 0;
        self.path = Paths::FRAME;
        self.parent = 0;
    }
}

impl Sink for Summary {
    const DETAIL: bool = false;
    const TEXT: bool = false;

    #[inline]
    fn layer(&mut self, start: LayerStart) {
        if start.id == FRAME {
            return;
        }
        if start.quoted {
            // As tshark: of a quoted packet the payload is counted, not its headers.
            if start.protocol.layer != Layer::Application {
                return;
            }
        } else if start.id != 0 {
            self.protocol = start.id;
        }
        // A second message lies beside the first, not in it.
        if self.parent != start.parent || self.paths.protocol(self.path) != start.id {
            self.path = self.paths.enter(self.path, start.id);
            self.parent = start.parent;
        }
    }

    #[inline]
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    #[inline]
    fn mark(&self) -> Mark {
        Mark(
            self.events.len() as u32,
            self.protocol.into(),
            u32::from(self.path) << 8 | u32::from(self.parent),
        )
    }

    #[inline]
    fn rewind(&mut self, mark: Mark) {
        self.events.truncate(mark.0 as usize);
        self.protocol = mark.1 as ProtocolId;
        self.path = (mark.2 >> 8) as PathId;
        self.parent = mark.2 as u8;
    }
}
