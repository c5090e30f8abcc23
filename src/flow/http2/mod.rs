//! Connections of HTTP/2, followed from packet to packet: where frames begin, what is in
//! the tables of header fields, and where the bodies of streams lie.
//!
//! Owns what a packet's peeling is told of the packets before it ([`Left`]). Holds no byte
//! of any body, only where it lies. What it takes is bounded: beyond [`MOST`] connections,
//! and beyond what the log holds, packets are peeled by themselves.

mod log;
mod side;

pub use log::Left;

use super::Segment;
use super::followed::{Extent, Followed, Step};
use crate::base::PacketId;
use log::Log;
use side::Half;

/// Connections that are followed at once.
const MOST: usize = 256;

/// All connections, by the places of their flows.
pub struct Connections {
    open: Followed<Half>,
    log: Log,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { open: Followed::new(MOST), log: Log::default() }
    }
}

impl Connections {
    /// Follows a segment of the flow at `place`; `read` appends what an extent holds. `first`:
    /// it showed what the flow carries, and was peeled before anything was followed.
    pub fn segment(
        &mut self,
        place: u32,
        segment: &Segment,
        first: bool,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) {
        let packet = segment.packet;
        let Connections { open, log } = self;
        open.segment(place, segment, |half, step| match step {
            Step::Turn(known) => {
                log.begin((segment.len > 0 && !first).then_some(packet), known, half.head());
            }
            Step::Bytes { extent, by_sender, .. } => half.bytes(packet, by_sender, extent, log, read),
            Step::Missing(_) => half.lose(),
        });
    }

    /// Number of what is known of packet `id`.
    pub fn find(&self, id: PacketId) -> Option<u32> {
        self.log.find(id)
    }

    /// What earlier packets left for the one that [`Connections::find`] gave this number of.
    pub fn left(&self, number: u32) -> Option<Left> {
        self.log.left(number)
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.log.size()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test fails by panicking
mod tests;
