//! Segments, in the order of the capture, become runs in the order of the
//! stream.
//!
//! Owns what is expected next of each side and what came too early. A segment
//! that is in order takes its place at once; what came early waits until what
//! is missing comes, until the other side acknowledges it (then it was lost to
//! the capture alone: a gap), or until the end. Bytes that were there first
//! are kept. Memory is bounded by [`LIMIT`]; what is beyond it is counted.

use super::run::{Kind, Run};
use super::runs::Runs;
use super::segment::Segment;
use crate::base::PacketId;
use crate::flow::{Side, flags};
use std::collections::BTreeMap;

/// Runs of one flow that are kept, waiting ones included: 192 MiB.
const LIMIT: usize = 1 << 23;
/// Earlier runs that one segment is compared with.
const COMPARED: usize = 256;
/// Early segments of one side that wait; with more of them, what is missing is
/// a gap until it comes.
const EARLY: usize = 1024;
/// Farther from the next byte than any window reaches (RFC 7323, 2.3).
const FAR: u32 = 1 << 30;
/// Position of the first byte of a side; what turns up from before it has room below.
const BASE: u64 = 1 << 32;

/// The same stretch of a stream in two packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Packet and place of the bytes that are kept.
    pub kept: (PacketId, u32),
    /// Packet and place of the later ones.
    pub later: (PacketId, u32),
    /// Bytes.
    pub len: u32,
}

/// What was found of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Segments or datagrams that carried bytes.
    pub segments: u64,
    /// Bytes of the stream that the capture holds.
    pub bytes: u64,
    /// Bytes that no packet holds.
    pub missing: u64,
    /// Bytes that the capture cut off.
    pub cut: u64,
    /// Bytes that came again, the same.
    pub repeated: u64,
    /// Segments with bytes that were there before and are not the same.
    pub conflicts: u64,
    /// Segments with bytes that were there before and could not be compared.
    pub unchecked: u64,
    /// Segments farther away than any window reaches; they are left out.
    pub stray: u64,
    /// Segments beyond the limit of memory; they are left out.
    pub not_kept: u64,
}

/// A segment's payload at its position.
#[derive(Clone, Copy, Debug)]
struct Piece {
    pos: u64,
    packet: PacketId,
    at: u32,
    held: u32,
    len: u32,
    fin: bool,
}

#[derive(Clone, Debug, Default)]
struct Direction {
    /// Sequence number of position [`BASE`], once a segment came.
    first: Option<u32>,
    /// A SYN said so: nothing lies before it.
    certain: bool,
    /// Position of the next byte in order.
    next: u64,
    /// Position of the first byte kept.
    origin: u64,
    /// Highest position that the other side acknowledged, and where.
    acked: (u64, PacketId),
    /// The side has sent its FIN, and it took its place.
    finished: bool,
    /// What came too early, by position and packet.
    early: BTreeMap<(u64, PacketId), Piece>,
    counts: Counts,
}

impl Direction {
    /// The position of a sequence number near what is expected next; `None`
    /// for one that is farther away than any window reaches.
    fn pos(&self, seq: u32) -> Option<u64> {
        let first = self.first?;
        let expected = first.wrapping_add(self.next.wrapping_sub(BASE) as u32);
        let distance = seq.wrapping_sub(expected).cast_signed();
        (distance.unsigned_abs() <= FAR).then(|| self.next.saturating_add_signed(distance.into()))
    }
}

/// The content of one flow.
#[derive(Clone, Debug, Default)]
pub struct Reassembly {
    runs: Runs,
    sides: [Direction; 2],
    waiting: usize,
}

impl Reassembly {
    /// What is known, in the order to be shown.
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// What became known since the last time, which is forgotten here: what comes again
    /// can be compared with nothing.
    pub fn take(&mut self) -> Vec<Run> {
        let runs = std::mem::take(&mut self.runs);
        runs.from(0).copied().collect()
    }

    /// What was found of a side.
    pub fn counts(&self, side: Side) -> Counts {
        self.side(side).counts
    }

    /// Segments that wait for what is missing before them.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The position of a side's first byte, where a SYN tells it.
    pub fn begin(&self, side: Side) -> Option<u64> {
        let direction = self.side(side);
        direction.certain.then_some(direction.origin)
    }

    /// The position of a sequence number of a side.
    pub fn pos(&self, side: Side, seq: u32) -> Option<u64> {
        self.side(side).pos(seq)
    }

    /// The position up to which the other side has a side's bytes, where those did not all
    /// come; one may be a FIN.
    pub fn acked_beyond(&self, side: Side) -> Option<u64> {
        let direction = self.side(side);
        let (acked, _) = direction.acked;
        (!direction.finished && acked > direction.next + 1).then_some(acked)
    }

    /// Where a position lies in the stream of its side.
    pub fn offset(&self, side: Side, pos: u64) -> u64 {
        pos.saturating_sub(self.side(side).origin)
    }

    fn side(&self, side: Side) -> &Direction {
        let [a, b] = &self.sides;
        if side == Side::A { a } else { b }
    }

    fn side_mut(&mut self, side: Side) -> &mut Direction {
        let [a, b] = &mut self.sides;
        if side == Side::A { a } else { b }
    }

    /// Takes a datagram: a message behind those before it.
    pub fn datagram(&mut self, segment: &Segment) {
        let side = segment.side();
        let direction = self.side_mut(side);
        if direction.next == 0 {
            (direction.next, direction.origin) = (BASE, BASE);
        }
        let pos = direction.next;
        let Segment { packet, at, held, len, .. } = *segment;
        if self.has_room(side) {
            self.place(side, Piece { pos, packet, at, held, len, fin: false }, pos);
            self.side_mut(side).counts.segments += 1;
        }
    }

    /// Takes a TCP segment. `same` compares two stretches; `None` when it cannot.
    pub fn segment(&mut self, segment: &Segment, same: &mut impl FnMut(&Overlap) -> Option<bool>) {
        let side = segment.side();
        let reset = segment.has(flags::RST);
        if segment.has(flags::ACK) && !reset {
            self.acknowledged(side.other(), segment.ack, segment.packet, same);
        }
        let (seq, packet) = (segment.first_byte(), segment.packet);
        let direction = self.side_mut(side);
        let is_new = match direction.first {
            None => !(reset && segment.len == 0),
            // Another SYN before any byte: the side has begun anew.
            Some(first) => {
                segment.has(flags::SYN)
                    && first != seq
                    && direction.next == BASE
                    && direction.origin == BASE
                    && direction.early.is_empty()
            }
        };
        if is_new {
            direction.first = Some(seq);
            direction.acked = (0, packet);
            direction.certain = segment.has(flags::SYN);
            (direction.next, direction.origin) = (BASE, BASE);
        }
        if reset {
            // What a RST carries is no part of the stream (RFC 9293, 3.5.2).
            let next = direction.next;
            if self.has_room(side) {
                self.runs.push(Run::new(Kind::Reset, side, next, 0, packet, segment.at));
            }
            return;
        }
        let fin = segment.has(flags::FIN);
        if segment.len == 0 && !fin {
            return;
        }
        direction.counts.segments += u64::from(segment.len > 0);
        let Some(pos) = direction.pos(seq) else {
            direction.counts.stray += 1;
            return;
        };
        if segment.len == 1 && pos + 1 == direction.next && pos >= direction.origin && !fin {
            if self.has_room(side) {
                self.runs.push(Run::new(Kind::KeepAlive, side, pos, 1, packet, segment.at));
            }
            return;
        }
        if !self.has_room(side) {
            return;
        }
        let Segment { mut at, mut held, mut len, .. } = *segment;
        let direction = self.side(side);
        let mut pos = pos;
        if direction.certain && pos < direction.origin {
            // Nothing of the stream lies before its SYN.
            let before = (direction.origin - pos).min(len.into()) as u32;
            (pos, at, held, len) =
                (pos + u64::from(before), at + before, held.saturating_sub(before), len - before);
        }
        let piece = Piece { pos, packet, at, held, len, fin };
        if pos > self.side(side).next {
            self.waiting += usize::from(self.side_mut(side).early.insert((pos, packet), piece).is_none());
            if self.side(side).early.len() > EARLY {
                self.skip(side, same);
            }
        } else {
            self.in_order(side, piece, same);
            self.catch_up(side, same);
        }
    }

    /// Everything has come: what is still missing is a gap.
    pub fn finish(&mut self, same: &mut impl FnMut(&Overlap) -> Option<bool>) {
        for side in [Side::A, Side::B] {
            while self.skip(side, same) {}
            let direction = self.side(side);
            let (acked, packet) = direction.acked;
            // One byte may be a FIN that the capture missed.
            if !direction.finished && acked > direction.next + 1 {
                self.gap(side, acked, packet);
            }
        }
    }

    /// Counts a segment that is not kept; `false` says that there is no room.
    fn has_room(&mut self, side: Side) -> bool {
        let room = self.runs.len() + self.waiting < LIMIT;
        self.side_mut(side).counts.not_kept += u64::from(!room);
        room
    }

    /// The other side has everything of `side` before `ack`.
    fn acknowledged(
        &mut self,
        side: Side,
        ack: u32,
        packet: PacketId,
        same: &mut impl FnMut(&Overlap) -> Option<bool>,
    ) {
        let direction = self.side_mut(side);
        let Some(acked) = direction.pos(ack) else { return };
        if acked > direction.acked.0 {
            direction.acked = (acked, packet);
        }
        // What came early and was acknowledged shows that what is before it arrived.
        while self.side(side).early.keys().next().is_some_and(|first| first.0 < acked) {
            self.skip(side, same);
        }
    }

    /// What is missing before the first early segment is a gap; `false` when
    /// there is none.
    fn skip(&mut self, side: Side, same: &mut impl FnMut(&Overlap) -> Option<bool>) -> bool {
        let Some((pos, packet)) = self.side(side).early.keys().next().copied() else { return false };
        self.gap(side, pos, packet);
        self.catch_up(side, same);
        true
    }

    /// Nothing of `side` up to `until` is in the capture.
    fn gap(&mut self, side: Side, until: u64, packet: PacketId) {
        let direction = self.side_mut(side);
        let from = direction.next;
        if until > from {
            direction.next = until;
            direction.counts.missing += until - from;
            self.runs.push(Run::new(Kind::Gap, side, from, (until - from) as u32, packet, 0));
        }
    }

    /// Takes what came early and has its turn now.
    fn catch_up(&mut self, side: Side, same: &mut impl FnMut(&Overlap) -> Option<bool>) {
        loop {
            let direction = self.side_mut(side);
            let next = direction.next;
            let Some(first) = direction.early.first_entry().filter(|first| first.key().0 <= next) else {
                return;
            };
            let piece = first.remove();
            self.waiting = self.waiting.saturating_sub(1);
            self.in_order(side, piece, same);
        }
    }

    /// A piece that begins at or before what is expected next.
    fn in_order(&mut self, side: Side, piece: Piece, same: &mut impl FnMut(&Overlap) -> Option<bool>) {
        let next = self.side(side).next;
        let end = piece.pos + u64::from(piece.len);
        if piece.pos < next && piece.len > 0 {
            self.again(side, &piece, next.min(end), same);
        }
        if end > next {
            self.place(side, piece, next);
        }
        let direction = self.side_mut(side);
        if piece.fin && !std::mem::replace(&mut direction.finished, true) {
            self.runs.push(Run::new(Kind::Fin, side, end, 0, piece.packet, piece.at));
        }
    }

    /// Puts the part of a piece from `from` on at the end of the stream.
    fn place(&mut self, side: Side, piece: Piece, from: u64) {
        let [data, cut] = parts(side, &piece, from, piece.pos + u64::from(piece.len));
        let direction = self.side_mut(side);
        direction.next = cut.end();
        direction.counts.bytes += u64::from(data.len);
        direction.counts.cut += u64::from(cut.len);
        // A datagram without bytes is a message too.
        if data.len > 0 || piece.len == 0 {
            self.runs.push(data);
        }
        if cut.len > 0 {
            self.runs.push(cut);
        }
    }

    /// The part of a piece up to `until` is known already: compares it, and
    /// fills what was missing.
    fn again(
        &mut self,
        side: Side,
        piece: &Piece,
        until: u64,
        same: &mut impl FnMut(&Overlap) -> Option<bool>,
    ) {
        let (mut repeated, mut differs, mut unchecked, mut filled) = (0u64, false, false, false);
        let held_end = piece.pos + u64::from(piece.held);
        let mut pos = piece.pos;
        if pos < self.side(side).origin {
            let origin = self.side(side).origin.min(until);
            self.before_all(side, piece, origin);
            filled = true;
            pos = origin;
        }
        // Each run is looked for from the one before on.
        let mut near = 0;
        for _ in 0..COMPARED {
            if pos >= until {
                break;
            }
            let Some(place) = self.runs.find(side, pos, near) else { break };
            let Some(run) = self.runs.get(place).copied() else { break };
            near = place;
            let (from, to) = (run.pos.max(pos), run.end().min(until));
            pos = to;
            if run.kind() == Kind::Data {
                let to = to.min(held_end);
                let overlap = Overlap {
                    kept: (run.packet, run.part(from, to).at()),
                    later: (piece.packet, piece.at + (from - piece.pos) as u32),
                    len: to.saturating_sub(from) as u32,
                };
                match if overlap.len == 0 { None } else { same(&overlap) } {
                    Some(true) => repeated += to - from,
                    Some(false) => differs = true,
                    None => unchecked = true,
                }
            } else if held_end > from {
                self.fill(side, place, &run, piece, from, to.min(held_end));
                filled = true;
            }
        }
        unchecked |= pos < until;
        let direction = self.side_mut(side);
        direction.counts.repeated += repeated;
        direction.counts.conflicts += u64::from(differs);
        direction.counts.unchecked += u64::from(unchecked && !differs);
        let kind = match (differs, unchecked, repeated) {
            (true, ..) => Kind::Conflict,
            (_, true, _) => Kind::Unchecked,
            (.., 0) => return,
            _ if filled || until < piece.pos + u64::from(piece.len) => Kind::Overlap,
            _ => Kind::Retransmission,
        };
        let len = (until - piece.pos) as u32;
        self.runs.push(Run::new(kind, side, piece.pos, len, piece.packet, piece.at));
    }

    /// Part of a gap or of what was cut is there after all.
    fn fill(&mut self, side: Side, place: usize, hole: &Run, piece: &Piece, from: u64, to: u64) {
        let [data, _] = parts(side, piece, from, to);
        let parts = [hole.part(hole.pos, from), data, hole.part(to, hole.end())];
        let mut kept = parts.to_vec();
        kept.retain(|run| run.len > 0);
        self.runs.replace(place, &kept);
        let counts = &mut self.side_mut(side).counts;
        let lost = if hole.kind() == Kind::Gap { &mut counts.missing } else { &mut counts.cut };
        *lost = lost.saturating_sub(data.len.into());
        counts.bytes += u64::from(data.len);
    }

    /// A piece that lies before all that is known of the side.
    fn before_all(&mut self, side: Side, piece: &Piece, until: u64) {
        let [data, cut] = parts(side, piece, piece.pos, until);
        let origin = self.side(side).origin;
        let gap = origin.saturating_sub(until.min(piece.pos + u64::from(piece.len)));
        let hole = Run::new(Kind::Gap, side, cut.end(), gap as u32, piece.packet, 0);
        let mut runs = [data, cut, hole].to_vec();
        runs.retain(|run| run.len > 0);
        let direction = self.side_mut(side);
        direction.origin = piece.pos;
        direction.counts.bytes += u64::from(data.len);
        direction.counts.cut += u64::from(cut.len);
        direction.counts.missing += gap;
        match self.runs.find(side, 0, 0) {
            Some(place) => {
                runs.extend(self.runs.get(place));
                self.runs.replace(place, &runs);
            }
            None => runs.iter().for_each(|run| self.runs.push(*run)),
        }
    }
}

/// What a packet holds of a stretch of its piece, and what was cut off.
fn parts(side: Side, piece: &Piece, from: u64, to: u64) -> [Run; 2] {
    let held_end = (piece.pos + u64::from(piece.held)).clamp(from, to.max(from));
    let at = |pos: u64| piece.at.saturating_add((pos - piece.pos) as u32);
    let run = |kind, from: u64, to: u64| {
        Run::new(kind, side, from, to.saturating_sub(from) as u32, piece.packet, at(from))
    };
    [run(Kind::Data, from, held_end), run(Kind::Cut, held_end, to)]
}
