//! TCP connections that are followed from packet to packet, for what they carry.
//!
//! Owns which connections are open and puts the segments of each in order by
//! [`Reassembly`]; what the bytes are is the affair of whoever keeps a state `S` for each
//! of their sides. Of more connections at once than it was made for the oldest are no
//! longer followed.

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

/// What a segment comes to, step by step.
pub(super) enum Step {
    /// The turn of its side: so many bytes of its payload came before. `None`: nothing of
    /// it, or not one stretch of it, is next.
    Turn(Option<u32>),
    /// The bytes that follow those before. `by_sender`: its side sent them; `first`: they
    /// are the first that the side sent at all.
    Bytes { extent: Extent, by_sender: bool, first: bool },
    /// So many bytes that nobody has.
    Missing(u32),
}

/// All connections, by the places of their flows.
pub(super) struct Followed<S> {
    most: usize,
    open: HashMap<u32, Box<Connection<S>>>,
    /// In the order in which they began.
    order: VecDeque<u32>,
}

/// One connection.
#[derive(Default)]
struct Connection<S> {
    reassembly: Reassembly,
    a: Half<S>,
    b: Half<S>,
    /// Sides that send no more.
    ended: u8,
}

/// One side of it.
#[derive(Default)]
struct Half<S> {
    /// Position behind the bytes so far.
    next: Option<u64>,
    state: S,
}

impl<S> Connection<S> {
    fn half(&mut self, side: Side) -> &mut Half<S> {
        if side == Side::A { &mut self.a } else { &mut self.b }
    }
}

#[cfg(test)]
impl<S> Followed<S> {
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

impl<S: Default> Followed<S> {
    /// For so many connections at once.
    pub fn new(most: usize) -> Self {
        Followed { most, open: HashMap::new(), order: VecDeque::new() }
    }

    /// Follows a segment of the flow at `place`.
    pub fn segment(&mut self, place: u32, segment: &Segment, mut each: impl FnMut(&mut S, Step)) {
        if !self.open.contains_key(&place) {
            if self.open.len() >= self.most
                && let Some(oldest) = self.order.pop_front()
            {
                self.open.remove(&oldest);
            }
            self.order.push_back(place);
        }
        let connection = self.open.entry(place).or_default();
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
        each(&mut half.state, Step::Turn(known));
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
            let half = connection.half(run.side());
            // A late arrival from before all that was known changes nothing any more.
            if half.next.is_some_and(|next| next != run.pos) {
                continue;
            }
            let first = half.next.is_none() && certain;
            half.next = Some(run.end());
            let step = if run.kind() == Kind::Data {
                let extent = Extent { packet: run.packet, at: run.at(), len: run.len };
                Step::Bytes { extent, by_sender: run.side() == side, first }
            } else {
                Step::Missing(run.len)
            };
            each(&mut half.state, step);
        }
        connection.ended = connection.ended.saturating_add(fins);
        if connection.ended >= 2 {
            self.open.remove(&place);
            self.order.retain(|other| *other != place);
        }
    }
}
