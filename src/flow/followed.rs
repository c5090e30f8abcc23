//! TCP connections that are followed from packet to packet, for what they carry.
//!
//! Owns which connections are open, puts the segments of each in order by [`Reassembly`],
//! and keeps what is found out of their packets; what the bytes are is the affair of
//! whoever says what a side of a connection makes of them ([`Half`]). Of more connections
//! at once than that is meant for the oldest are no longer followed.

use super::stream::{Kind, Reassembly, Run};
use super::{Segment, Side};
use crate::base::PacketId;
use std::collections::{HashMap, VecDeque};

/// Early segments that wait in one connection.
pub(super) const WAITING: usize = 64;

/// A stretch of a packet's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The packet.
    pub packet: PacketId,
    /// Place of the first byte in the packet.
    pub at: u32,
    /// Bytes.
    pub len: u32,
}

impl Extent {
    /// The part of some stretches, taken as one, from one place to before another.
    pub(super) fn part(all: &[Extent], from: usize, to: usize) -> impl Iterator<Item = Extent> {
        let mut before = 0_usize;
        all.iter().filter_map(move |extent| {
            let begin = before;
            before += extent.len as usize;
            let (from, to) = (from.max(begin), to.min(before));
            (from < to).then(|| Extent {
                packet: extent.packet,
                at: extent.at + (from - begin) as u32,
                len: (to - from) as u32,
            })
        })
    }
}

/// What one direction of a connection makes of its bytes.
pub trait Half: Default {
    /// Connections that are followed at once.
    const MOST: usize;
    /// What is kept of their packets.
    type Log: Log;

    /// The turn of a packet that this side sent, with a payload; no `packet`: it has none,
    /// or was peeled before anything was followed. So many bytes of it came before; no
    /// `known`: nothing of it, or not one stretch of it, is next.
    fn turn(&mut self, packet: Option<PacketId>, known: Option<u32>, log: &mut Self::Log);

    /// The bytes that follow those before; `read` appends what an extent holds.
    fn bytes(
        &mut self,
        bytes: &[u8],
        stretch: &Stretch,
        log: &mut Self::Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    );

    /// So many bytes follow that nobody has.
    fn miss(&mut self, len: u32);
}

/// What is kept of the packets of all connections.
pub trait Log: Default {
    /// What earlier packets left for one.
    type Left;

    /// See [`Followed::find`].
    fn find(&self, id: PacketId) -> Option<u32>;
    /// See [`Followed::left`].
    fn left(&self, number: u32) -> Option<Self::Left>;
    /// See [`Followed::size`].
    fn size(&self) -> usize;
}

/// Bytes of one side that have their turn.
pub struct Stretch {
    /// Where they lie.
    pub extent: Extent,
    /// The packet that gives them their turn.
    pub packet: PacketId,
    /// Their side sent that.
    pub by_sender: bool,
    /// They are the first that the side sent at all.
    pub first: bool,
}

impl Stretch {
    /// They are of the packet that has its turn.
    pub fn is_own(&self) -> bool {
        self.by_sender && self.extent.packet == self.packet
    }
}

/// All connections, by the places of their flows.
pub struct Followed<H: Half> {
    open: HashMap<u32, Box<Connection<H>>>,
    /// In the order in which they began.
    order: VecDeque<u32>,
    log: H::Log,
    /// The bytes that are looked at.
    bytes: Vec<u8>,
}

impl<H: Half> Default for Followed<H> {
    fn default() -> Self {
        Followed { open: HashMap::new(), order: VecDeque::new(), log: H::Log::default(), bytes: Vec::new() }
    }
}

/// One connection.
#[derive(Default)]
struct Connection<H> {
    reassembly: Reassembly,
    a: Direction<H>,
    b: Direction<H>,
    /// Sides that send no more.
    ended: u8,
}

/// One side of it.
#[derive(Default)]
struct Direction<H> {
    /// Position behind the bytes so far.
    next: Option<u64>,
    half: H,
}

impl<H> Connection<H> {
    fn direction(&mut self, side: Side) -> &mut Direction<H> {
        if side == Side::A { &mut self.a } else { &mut self.b }
    }
}

#[cfg(test)]
impl<H: Half> Followed<H> {
    /// Whether a connection is open.
    pub fn has(&self, place: u32) -> bool {
        self.open.contains_key(&place)
    }

    /// Connections that are open, told twice, and segments that wait in all of them.
    pub fn counts(&self) -> [usize; 3] {
        let waiting = self.open.values().map(|one| one.reassembly.waiting()).sum();
        [self.open.len(), self.order.len(), waiting]
    }
}

impl<H: Half> Followed<H> {
    /// Number of what is known of packet `id`.
    pub fn find(&self, id: PacketId) -> Option<u32> {
        self.log.find(id)
    }

    /// What earlier packets left for the one that [`Followed::find`] gave this number of.
    pub fn left(&self, number: u32) -> Option<<H::Log as Log>::Left> {
        self.log.left(number)
    }

    /// Bytes that the log takes.
    pub fn size(&self) -> usize {
        self.log.size()
    }

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
            if self.open.len() >= H::MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.open.remove(&oldest);
            }
            self.order.push_back(place);
        }
        let Followed { open, order, log, bytes } = self;
        let connection = open.entry(place).or_default();
        connection.reassembly.segment(segment, &mut |_| None);
        if connection.reassembly.waiting() > WAITING {
            connection.reassembly.finish(&mut |_| None);
        }
        let runs = connection.reassembly.take();
        let (packet, side) = (segment.packet, segment.side());
        let direction = connection.direction(side);
        // What fills several holes at once, or lies before all, has no begin in order.
        let is_own = |run: &&Run| run.kind() == Kind::Data && run.packet == packet && run.side() == side;
        let mut own = runs.iter().filter(is_own);
        let known = match (own.next(), own.next()) {
            (Some(run), None) if direction.next.is_none_or(|next| next == run.pos) => {
                Some(run.at().saturating_sub(segment.at))
            }
            _ => None,
        };
        direction.half.turn((segment.len > 0 && !first).then_some(packet), known, log);
        let mut fins = 0_u8;
        for run in &runs {
            if !run.kind().is_placed() {
                fins = fins.saturating_add(match run.kind() {
                    Kind::Fin => 1,
                    Kind::Reset => 2,
                    _ => 0,
                });
                continue;
            }
            let certain = connection.reassembly.has_begin(run.side());
            let direction = connection.direction(run.side());
            // A late arrival from before all that was known changes nothing any more.
            if direction.next.is_some_and(|next| next != run.pos) {
                continue;
            }
            let first = direction.next.is_none() && certain;
            direction.next = Some(run.end());
            if run.kind() == Kind::Data {
                let extent = Extent { packet: run.packet, at: run.at(), len: run.len };
                bytes.clear();
                read(extent, bytes);
                let by_sender = run.side() == side;
                direction.half.bytes(bytes, &Stretch { extent, packet, by_sender, first }, log, read);
            } else {
                direction.half.miss(run.len);
            }
        }
        connection.ended = connection.ended.saturating_add(fins);
        if connection.ended >= 2 {
            open.remove(&place);
            order.retain(|other| *other != place);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test fails by panicking
pub(super) mod wire {
    //! Captures that tests of followed connections send packet by packet.

    use super::*;

    /// Bytes before the payload of every packet.
    pub const AT: u32 = 54;

    /// A capture whose packets are numbered as they come.
    #[derive(Default)]
    pub struct Wire<H: Half> {
        pub packets: Vec<Vec<u8>>,
        pub followed: Followed<H>,
    }

    impl<H: Half> Wire<H> {
        /// Appends what an extent holds.
        pub fn reader(packets: &[Vec<u8>]) -> impl FnMut(Extent, &mut Vec<u8>) {
            |extent, out| {
                let from = extent.at as usize;
                out.extend_from_slice(&packets[extent.packet as usize][from..from + extent.len as usize]);
            }
        }

        /// The next packet: the header as given, and its payload, of which the capture
        /// does not hold the last `cut` bytes. What was left for it.
        pub fn packet(
            &mut self,
            flow: u32,
            header: Segment,
            payload: &[u8],
            cut: usize,
        ) -> Option<<H::Log as Log>::Left> {
            self.packets.push([&[0; AT as usize], payload].concat());
            let (packet, len) = (self.packets.len() as PacketId - 1, payload.len() as u32);
            let segment = Segment { packet, at: AT, held: len - cut as u32, len, ..header };
            self.followed.segment(flow, &segment, false, &mut Self::reader(&self.packets));
            self.followed.left(self.followed.find(packet)?)
        }
    }
}
