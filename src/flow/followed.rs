//! TCP connections that are followed from packet to packet, for what they carry.
//!
//! Owns which connections are open, puts the segments of each in order by [`Reassembly`],
//! and keeps what is found out of their packets; what the bytes are is the affair of
//! whoever says what a side of a connection makes of them ([`Half`]). Of more connections
//! at once than that is meant for the oldest are no longer followed.

use super::stream::{Kind, Reassembly, Run};
use super::{Segment, Side, flags};
use crate::base::PacketId;
use std::collections::{HashMap, VecDeque};

/// Early segments that wait in one connection.
pub(super) const WAITING: usize = 64;
/// Stretches of each side that are known yet, to compare with them what comes again.
const KEPT: usize = 64;
/// The most bits that a window is shifted by (RFC 7323, 2.3): where nobody knows, nothing
/// is said to lie outside that may lie within.
pub const MOST_SHIFT: u8 = 14;

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

    /// Bytes follow that nobody has.
    fn miss(&mut self, stretch: &Stretch, log: &mut Self::Log);

    /// The other side has bytes of this one that did not come yet; `whose`: the flow's place,
    /// and the side.
    fn lacks(&mut self, _whose: (u32, Side), _log: &mut Self::Log) {}

    /// Other bytes have the place of what this packet of the side brought too early.
    fn overruled(&mut self, _packet: PacketId, _log: &mut Self::Log) {}

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
    /// It has bytes that came before, and not the same: the first are kept.
    pub conflicts: bool,
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
    /// Nothing: its place is not in the window, so that the other side drops it (RFC 9293,
    /// 3.10.7.4).
    Outside,
}

/// What is kept of the packets of all connections.
pub trait Log: Default {
    /// What is kept of one.
    type Row: Row;
    /// What earlier packets left for one.
    type Left;

    /// In the order of the capture.
    fn rows(&self) -> &[Self::Row];
    /// See [`Followed::find`].
    fn find(&self, id: PacketId) -> Option<u32> {
        u32::try_from(self.rows().binary_search_by_key(&id, Row::packet).ok()?).ok()
    }
    /// See [`Followed::left`].
    fn left(&self, number: u32) -> Option<Self::Left>;
    /// See [`Followed::size`].
    fn size(&self) -> usize;
}

/// What is kept of one packet.
pub trait Row {
    /// Which.
    fn packet(&self) -> PacketId;
}

/// Lists of extents, one behind the other.
#[derive(Default)]
pub(super) struct Extents(Vec<Extent>);

/// Where a list begins among all, and how many extents it has.
pub(super) type List = (u32, u16);

impl Extents {
    /// Extents of all lists.
    const MOST: usize = 1 << 20;

    /// Keeps a list; nothing where there is no room.
    pub fn put(&mut self, list: impl Iterator<Item = Extent>) -> Option<List> {
        let begin = self.0.len();
        if begin < Self::MOST {
            self.0.extend(list);
        }
        Some((begin as u32, u16::try_from(self.0.len() - begin).ok()?))
    }

    pub fn list(&self, (from, count): List) -> &[Extent] {
        self.0.get(from as usize..).and_then(|rest| rest.get(..count.into())).unwrap_or_default()
    }

    pub fn size(&self) -> usize {
        self.0.capacity() * size_of::<Extent>()
    }
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
    /// The flow's place, and their side.
    pub whose: (u32, Side),
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
    /// Position behind the last byte that the other side takes, once it has said so.
    edge: Option<u64>,
    /// The newest bytes that had their turn.
    kept: VecDeque<Run>,
    half: H,
}

impl<H> Connection<H> {
    fn direction(&mut self, side: Side) -> &mut Direction<H> {
        if side == Side::A { &mut self.a } else { &mut self.b }
    }
}

impl<H: Half> Connection<H> {
    /// How far the side that did not send a segment may send after it.
    fn offers(&mut self, segment: &Segment, shift: u8) {
        let other = segment.side().other();
        let shift = if segment.has(flags::SYN) { 0 } else { shift.min(MOST_SHIFT) };
        if segment.has(flags::ACK)
            && !segment.has(flags::RST)
            && let Some(acked) = self.reassembly.pos(other, segment.ack)
        {
            let edge = acked.saturating_add(u64::from(segment.window) << shift);
            let direction = self.direction(other);
            // What was offered once is not taken back (RFC 9293, 3.8.6).
            direction.edge = direction.edge.max(Some(edge));
        }
    }

    /// Whether the place of a segment is one whose bytes the other side drops.
    fn is_outside(&mut self, segment: &Segment) -> bool {
        let side = segment.side();
        let Some(pos) = self.reassembly.pos(side, segment.first_byte()) else { return true };
        let begin = self.reassembly.begin(side);
        let is_before = begin.is_some_and(|begin| pos.saturating_add(segment.len.into()) <= begin);
        is_before || self.direction(side).edge.is_some_and(|edge| pos >= edge)
    }

    /// Compares what comes again in these runs with what has its place already. Gives
    /// whether `packet` itself brings other bytes.
    fn compare(
        &mut self,
        runs: &[Run],
        packet: PacketId,
        log: &mut H::Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) -> bool {
        let mut conflicts = false;
        for run in runs {
            let direction = self.direction(run.side());
            match run.kind() {
                Kind::Data => direction.keep(*run),
                Kind::Unchecked if !direction.differs(run, read) => {}
                Kind::Unchecked if run.packet == packet => conflicts = true,
                Kind::Unchecked => direction.half.overruled(run.packet, log),
                _ => {}
            }
        }
        conflicts
    }
}

impl<H> Direction<H> {
    fn keep(&mut self, run: Run) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(run);
    }

    /// Whether bytes that came again are others than those before, as far as both are there.
    fn differs(&self, again: &Run, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> bool {
        let (mut first, mut later) = (Vec::new(), Vec::new());
        self.kept.iter().any(|kept| {
            let (from, to) = (kept.pos.max(again.pos), kept.end().min(again.end()));
            if from >= to {
                return false;
            }
            for (run, bytes) in [(kept, &mut first), (again, &mut later)] {
                let run = run.part(from, to);
                bytes.clear();
                read(Extent { packet: run.packet, at: run.at(), len: run.len }, bytes);
            }
            first.iter().zip(&later).any(|(first, later)| first != later)
        })
    }

    /// What a segment brings, of which these runs came. `conflicts`: bytes that are not those
    /// of before.
    fn turn(&self, segment: &Segment, runs: &[Run], conflicts: bool) -> Turn {
        let is_own = |run: &&Run| {
            run.kind() == Kind::Data && run.packet == segment.packet && run.side() == segment.side()
        };
        let mut own = runs.iter().filter(is_own);
        let is_next = |run: &Run| self.next.is_none_or(|next| next == run.pos);
        match (own.next(), own.next()) {
            (Some(run), None) if is_next(run) => Turn::Next(run.at().saturating_sub(segment.at)),
            (None, _) if conflicts || runs.iter().any(|run| self.is_known(segment, run)) => Turn::Again,
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

    /// Follows a segment of the flow at `place`, whose sender shifts its windows by `shift`
    /// bits; `read` appends what an extent holds. `first`: it showed what the flow carries, and
    /// was peeled before anything was followed.
    pub fn segment(
        &mut self,
        place: u32,
        (segment, shift): (&Segment, u8),
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
        connection.offers(segment, shift);
        let conflicts = connection.compare(&runs, packet, log, read);
        let is_outside = connection.is_outside(segment);
        let pos = connection.reassembly.pos(side, segment.first_byte()).unwrap_or(0);
        let direction = connection.direction(side);
        let turn = match direction.turn(segment, &runs, conflicts) {
            Turn::Apart if is_outside => Turn::Outside,
            turn => turn,
        };
        let arrival = Arrival { segment, pos, turn, conflicts, is_peeled: first || segment.len == 0 };
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
            let certain = connection.reassembly.begin(run.side()).is_some();
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
            let stretch = Stretch {
                extent: Extent { packet: run.packet, at: run.at(), len: run.len },
                pos: run.pos,
                packet,
                by_sender: run.side() == side,
                whose: (place, run.side()),
                first,
            };
            if run.kind() == Kind::Data {
                bytes.clear();
                read(stretch.extent, bytes);
                direction.half.bytes(bytes, &stretch, log, read);
            } else {
                direction.half.miss(&stretch, log);
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
            let (shift, read) = (0, &mut Self::reader(&self.packets));
            self.followed.segment(flow, (&segment, shift), false, read);
            self.followed.left(self.followed.find(packet)?)
        }
    }
}
