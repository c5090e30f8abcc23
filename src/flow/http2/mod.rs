//! Connections of HTTP/2, followed from packet to packet: where frames begin, what is in
//! the tables of header fields, and where the bodies of streams lie.
//!
//! Owns what a packet's peeling is told of the packets before it ([`Left`]). Puts segments
//! in order by [`Reassembly`]; holds no byte of any body, only where it lies. What it takes
//! is bounded: of more connections at once than [`MOST`] the oldest are no longer followed,
//! and packets beyond what the log holds are peeled by themselves.

mod log;
mod side;

pub use log::{Extent, Left};

use super::stream::{Kind, Reassembly, Run};
use super::{Segment, Side};
use crate::base::PacketId;
use log::Log;
use side::Half;
use std::collections::{HashMap, VecDeque};

/// Connections that are followed at once.
const MOST: usize = 256;
/// Early segments that wait in one connection.
const WAITING: usize = 64;

/// All connections, by the places of their flows.
#[derive(Default)]
pub struct Connections {
    open: HashMap<u32, Box<Connection>>,
    /// In the order in which they began.
    order: VecDeque<u32>,
    log: Log,
}

/// One connection.
#[derive(Default)]
struct Connection {
    reassembly: Reassembly,
    a: Half,
    b: Half,
    /// Sides that send no more.
    ended: u8,
}

impl Connection {
    fn half(&mut self, side: Side) -> &mut Half {
        if side == Side::A { &mut self.a } else { &mut self.b }
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
        if !self.open.contains_key(&place) {
            if self.open.len() >= MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.open.remove(&oldest);
            }
            self.order.push_back(place);
        }
        let Connections { open, log, .. } = self;
        let connection = open.entry(place).or_default();
        connection.reassembly.segment(segment, &mut |_| None);
        if connection.reassembly.waiting() > WAITING {
            connection.reassembly.finish(&mut |_| None);
        }
        let runs = connection.reassembly.take();
        let (packet, side) = (segment.packet, segment.side());
        let half = connection.half(side);
        // What fills several holes at once, or lies before all, has no begin in order.
        let is_own = |run: &&Run| run.kind() == Kind::Data && run.packet == packet && run.side() == side;
        let mut own = runs.iter().filter(is_own);
        let known = match (own.next(), own.next()) {
            (Some(run), None) if half.next.is_none_or(|next| next == run.pos) => {
                Some(run.at().saturating_sub(segment.at))
            }
            _ => None,
        };
        let head = half.head();
        log.begin((segment.len > 0 && !first).then_some(packet), known, head);
        let mut fins = 0_u8;
        for run in &runs {
            let half = connection.half(run.side());
            if !matches!(run.kind(), Kind::Data | Kind::Gap | Kind::Cut) {
                fins = fins.saturating_add(match run.kind() {
                    Kind::Fin => 1,
                    Kind::Reset => 2,
                    _ => 0,
                });
                continue;
            }
            // A late arrival from before all that was known changes nothing any more.
            if half.next.is_some_and(|next| next != run.pos) {
                continue;
            }
            half.next = Some(run.end());
            if run.kind() == Kind::Data {
                let extent = Extent { packet: run.packet, at: run.at(), len: run.len };
                half.bytes(packet, run.side() == side, extent, log, read);
            } else {
                half.lose();
            }
        }
        connection.ended = connection.ended.saturating_add(fins);
        if connection.ended >= 2 {
            open.remove(&place);
            self.order.retain(|other| *other != place);
        }
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
