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

    /// A segment of this side begins to have its turn; its bytes follow.
    fn turn(
        &mut self,
        arrival: &Arrival<'_>,
        log: &mut Self::Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    );

    /// The bytes that follow those before; `read` appends what an extent holds.
    fn bytes(
        &mut self,
        bytes: &[u8],
        stretch: &Stretch,
        log: &mut Self::Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    );

    /// So many bytes follow that nobody has; `whose`: the flow's place, and the side.
    fn miss(&mut self, len: u32, whose: (u32, Side), log: &mut Self::Log);

    /// The other side has bytes of this one that did not come yet.
    fn lacks(&mut self, _whose: (u32, Side), _log: &mut Self::Log) {}

    /// The turn of a packet that this side sent is over.
    fn over(&mut self, _packet: PacketId, _log: &mut Self::Log) {}
}

/// A segment that has its turn.
pub struct Arrival<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// Position of its first byte in the stream.
    pub pos: u64,
    /// What it brings.
    pub turn: Turn,
    /// It was peeled before anything was followed, or has no payload.
    pub is_peeled: bool,
}

/// What a segment brings at its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// What is next, behind so many bytes that came before.
    Next(u32),
    /// Only what came before.
    Again,
    /// Nothing that is next: it came too early, or from before all.
    Apart,
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
    /// Position of the first of them in the stream.
    pub pos: u64,
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
    /// Position since which nothing is missing before that.
    since: u64,
    /// What the other side has acknowledged beyond that.
    acked: u64,
    half: H,
}

impl<H> Connection<H> {
    fn direction(&mut self, side: Side) -> &mut Direction<H> {
        if side == Side::A { &mut self.a } else { &mut self.b }
    }
}

impl<H> Direction<H> {
    /// What a segment brings, of which these runs came.
    fn turn(&self, segment: &Segment, runs: &[Run]) -> Turn {
        let is_own = |run: &&Run| {
            run.kind() == Kind::Data && run.packet == segment.packet && run.side() == segment.side()
        };
        let mut own = runs.iter().filter(is_own);
        let is_next = |run: &Run| self.next.is_none_or(|next| next == run.pos);
        match (own.next(), own.next()) {
            (Some(run), None) if is_next(run) => Turn::Next(run.at().saturating_sub(segment.at)),
            (None, _) if runs.iter().any(|run| self.is_known(segment, run)) => Turn::Again,
            _ => Turn::Apart,
        }
    }

    /// Whether a run says that all of a segment came before.
    fn is_known(&self, segment: &Segment, run: &Run) -> bool {
        run.packet == segment.packet
            && run.side() == segment.side()
            && matches!(run.kind(), Kind::Unchecked | Kind::KeepAlive)
            && run.pos >= self.since
            && run.len >= segment.len
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

    /// What is kept of their packets.
    pub(super) fn log(&self) -> &H::Log {
        &self.log
    }

    pub(super) fn log_mut(&mut self) -> &mut H::Log {
        &mut self.log
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
        let pos = connection.reassembly.pos(side, segment.first_byte());
        let direction = connection.direction(side);
        let (turn, is_peeled) = (direction.turn(segment, &runs), first || segment.len == 0);
        let arrival = Arrival { segment, pos: pos.unwrap_or(0), turn, is_peeled };
        direction.half.turn(&arrival, log, read);
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
            if direction.next.is_none() {
                direction.since = run.pos;
            }
            direction.next = Some(run.end());
            if run.kind() == Kind::Data {
                let extent = Extent { packet: run.packet, at: run.at(), len: run.len };
                bytes.clear();
                read(extent, bytes);
                let by_sender = run.side() == side;
                let stretch = Stretch { extent, pos: run.pos, packet, by_sender, first };
                direction.half.bytes(bytes, &stretch, log, read);
            } else {
                direction.half.miss(run.len, (place, run.side()), log);
                direction.since = run.end();
            }
        }
        connection.direction(side).half.over(packet, log);
        let other = side.other();
        if let Some(until) = connection.reassembly.acked_beyond(other)
            && connection.direction(other).acked < until
        {
            connection.direction(other).acked = until;
            connection.direction(other).half.lacks((place, other), log);
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
