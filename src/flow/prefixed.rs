//! Streams of messages that begin with their length, followed from packet to packet: DNS
//! over TCP (RFC 1035, 4.2.2; RFC 7766, 8).
//!
//! Owns what a packet's peeling is told of the segments before it: which bytes at its begin
//! belong to a message of theirs, and which messages of segments that came too early have
//! their turn with it ([`Left`]); and with which packet a message that goes on is whole.
//! Holds no byte of any message but the first few of one that goes on, only where they lie.
//! What it takes is bounded: beyond [`MOST`] connections, and beyond what the log holds,
//! packets are peeled by themselves.
//!
//! Which bytes count is for [`Followed`] to say: those that had their turn first. A segment
//! that came too early tells what it looks like, until other bytes have its place: then it
//! has told nothing ([`Streams::take_overruled`]).

mod log;

pub use log::Left;

use super::followed::{self, Arrival, Extent, Followed, Stretch, Turn};
use super::{Segment, Side};
use crate::base::PacketId;
use crate::decode::proto::dns::prefixed::{HEAD, begin, begins, could_begin, length};
use log::{Late, Log, Row};
use std::collections::BTreeMap;

/// Connections that are followed at once.
const MOST: usize = 4096;
/// Packets that hold one message; of what more of them hold nothing is put together.
const PIECES: usize = 256;
/// Messages of one direction that are known to be told by segments that came too early.
const TOLD: usize = 4096;

/// All connections, by the places of their flows.
pub type Streams = Followed<Half>;

impl Streams {
    /// The flows of which begins of messages were found to be missing since the last time,
    /// and the side that sent them.
    pub fn take_missed(&mut self) -> Vec<(u32, Side)> {
        std::mem::take(&mut self.log_mut().missed)
    }

    /// Packets that told messages before their turn, and were found since the last time to
    /// have no place for them: other bytes stand there.
    pub fn take_overruled(&mut self) -> Vec<PacketId> {
        std::mem::take(&mut self.log_mut().overruled)
    }

    /// Of the message that has `place` others before it in packet `id`, and goes on behind
    /// it, the packet that it is whole with.
    pub fn whole_with(&self, id: PacketId, place: u8) -> Option<PacketId> {
        self.log().whole_with(id, place)
    }
}

/// One direction of a connection.
#[derive(Default)]
pub struct Half {
    /// Messages are known to begin where the last one ended; before, only the look of the
    /// bytes says so.
    in_step: bool,
    /// The message that goes on.
    message: Option<Message>,
    /// Positions of messages that segments which came too early have told by themselves.
    told: BTreeMap<u64, PacketId>,
    /// Messages of such segments that those have not told.
    late: Late,
    /// Position behind the bytes that had their turn.
    passed: u64,
}

struct Message {
    /// Its first bytes, until they are enough to know its length.
    head: Vec<u8>,
    /// Nothing but its length says so far that it is one.
    is_guess: bool,
    total: Option<usize>,
    have: usize,
    begun_by: PacketId,
    is_told: bool,
    /// The row of the packet that tells of it.
    row: Option<u32>,
    /// Where it lies, up to what the capture lacks or is in too many packets.
    pieces: Vec<Extent>,
    is_scattered: bool,
}

impl followed::Half for Half {
    const MOST: usize = MOST;
    type Log = Log;

    fn turn(&mut self, arrival: &Arrival<'_>, log: &mut Log, read: &mut impl FnMut(Extent, &mut Vec<u8>)) {
        let &Arrival { segment, pos, turn, conflicts, is_peeled } = arrival;
        let &Segment { packet, at, held, len, .. } = segment;
        if !log.begin(packet) || is_peeled {
            return;
        }
        if !self.told.is_empty() {
            self.told = self.told.split_off(&self.passed);
        }
        let end = pos.saturating_add(len.into());
        let is_told = |from: u64| self.told.range(from.min(end)..end).next().is_some();
        match turn {
            // What is told already is left out: the rest is told as if it had come too early.
            Turn::Next(known) if is_told(pos + u64::from(known)) => log.push(Row::all_told(packet)),
            Turn::Next(known) => log.expect(Row::next(packet, known, conflicts)),
            Turn::Again => log.push(Row::again(packet, conflicts)),
            Turn::Apart | Turn::Outside => {
                let mut bytes = Vec::new();
                read(Extent { packet, at, len: held }, &mut bytes);
                if turn == Turn::Outside {
                    if begin(&bytes).is_some() {
                        log.push(Row::outside(packet));
                    }
                    return;
                }
                let all = || begins(&bytes).map(|begin| pos + begin as u64);
                // From the last one on that is told already it tells what follows.
                let last = all().filter(|begin| self.told.contains_key(begin)).last();
                let begin = all().find(|begin| last.is_none_or(|last| *begin > last));
                let behind = || begin.map_or(u32::MAX, |begin| (begin - pos) as u32);
                log.push(Row::early(packet, last.map_or(0, |_| behind())));
                let own = all().filter(|other| begin.is_some_and(|begin| *other >= begin));
                let own = own.take(TOLD.saturating_sub(self.told.len()));
                self.told.extend(own.map(|begin| (begin, packet)));
            }
        }
    }

    fn lacks(&mut self, whose: (u32, Side), log: &mut Log) {
        log.missed.push(whose);
    }

    fn overruled(&mut self, packet: PacketId, log: &mut Log) {
        self.told.retain(|_, by| *by != packet);
        log.overrule(packet);
    }

    fn miss(&mut self, stretch: &Stretch, log: &mut Log) {
        let message = self.message.take().and_then(|mut message| {
            message.have += stretch.extent.len as usize;
            message.is_scattered = true;
            message.total.is_some_and(|total| message.have <= total).then_some(message)
        });
        // Only within a message nothing is lost of where the next one begins.
        self.in_step = message.is_some();
        if !self.in_step {
            log.missed.push(stretch.whose);
        }
        match message {
            Some(message) if message.total.is_some_and(|total| message.have < total) => {
                self.message = Some(message);
            }
            Some(message) if !message.is_told => {
                self.tells_later(&message.pieces, message.lacks(), stretch, log)
            }
            _ => {}
        }
    }

    fn bytes(
        &mut self,
        bytes: &[u8],
        stretch: &Stretch,
        log: &mut Log,
        _read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) {
        let (extent, packet) = (stretch.extent, stretch.packet);
        // Where the packet begins to tell messages, as far as only what stands before is known.
        let mut told = None;
        let end = stretch.pos.saturating_add(bytes.len() as u64);
        self.passed = end;
        let is_own = stretch.is_own() && !log.has(packet);
        let (mut at, mut is_guess) = (0, false);
        // Whoever peels the packet finds what begins in it when it begins with a message,
        // or is told where the first one begins.
        if let Some(mut message) = self.message.take() {
            let Some((taken, ends)) = message.go_on(bytes) else {
                self.in_step = false;
                return;
            };
            if is_own && log.goes_on(taken, &mut message, ends) {
                told = Some(taken);
            }
            message.add(Extent { len: taken as u32, ..extent });
            at = taken;
            if !ends {
                self.message = Some(message);
                return;
            }
            if message.is_told {
                log.ends(message.row, packet);
            } else {
                self.tells_later(&message.pieces, message.lacks(), stretch, log);
            }
        } else {
            if !self.in_step {
                let early = self.told.range(stretch.pos..end).next();
                let early = early.map(|(early, _)| (early - stretch.pos) as usize);
                let start = if stretch.is_own() { begin(bytes) } else { early };
                is_guess = start.is_none();
                if is_guess && !(stretch.first && bytes.len() < HEAD && could_begin(bytes)) {
                    return;
                }
                at = start.unwrap_or(0);
                self.in_step = true;
            }
            if is_own && log.in_step(at) {
                told = Some(at);
            } else if is_own {
                told = begin(bytes);
            }
        }
        let has_row = is_own && log.has(packet);
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let total = length(rest, false);
            if total.is_none() && (rest.len() >= HEAD || !could_begin(rest)) {
                self.in_step = false;
                return;
            }
            // By itself a packet tells only what looks like a message.
            let is_own_turn =
                told == Some(at) && total.is_some() && (has_row || length(rest, true).is_some());
            let is_told = is_own_turn || self.told.contains_key(&(stretch.pos + at as u64));
            let row = if is_own_turn && has_row { log.tells() } else { None };
            let piece =
                |len: usize| Extent { at: extent.at.saturating_add(at as u32), len: len as u32, ..extent };
            let Some(total) = total.filter(|total| *total <= rest.len()) else {
                let mut message = Message {
                    head: rest.get(..rest.len().min(HEAD)).unwrap_or_default().to_vec(),
                    is_guess,
                    total,
                    have: 0,
                    begun_by: extent.packet,
                    is_told,
                    row,
                    pieces: Vec::new(),
                    is_scattered: false,
                };
                message.add(piece(rest.len()));
                log.leaves_open(row);
                self.message = Some(message);
                return;
            };
            if !is_told && !is_own {
                self.tells_later(&[piece(total)], 0, stretch, log);
            }
            at += total;
            told = told.filter(|_| is_own_turn).map(|_| at);
        }
    }

    fn over(&mut self, packet: PacketId, log: &mut Log) {
        if !log.can_tell(packet) {
            return;
        }
        // What came too early may begin a message that goes on.
        let message = self.message.as_mut().filter(|message| !message.is_told && message.total.is_some());
        let open = message.filter(|message| self.late.put(&message.pieces, message.lacks()));
        let row = log.tells_late(&mut self.late);
        if let Some(message) = open.filter(|_| row.is_some()) {
            (message.is_told, message.row) = (true, row);
            log.leaves_open(row);
        }
    }
}

impl Half {
    /// A message that came too early, at `pieces`, waits for the next packet that can tell of
    /// it. That may never come where the other side's word alone shows that it arrived: for
    /// who waits for it, it is as if it was not captured.
    fn tells_later(&mut self, pieces: &[Extent], lacks: usize, stretch: &Stretch, log: &mut Log) {
        if !self.late.put(pieces, lacks) || !stretch.by_sender {
            log.missed.push(stretch.whose);
        }
    }
}

impl Message {
    /// How many of the bytes that follow are its own, and whether it ends with them. Nothing
    /// when it is no message after all.
    fn go_on(&mut self, bytes: &[u8]) -> Option<(usize, bool)> {
        if self.total.is_none() {
            self.head.extend_from_slice(bytes);
            self.total = length(&self.head, self.is_guess);
            if self.total.is_none() && (self.head.len() >= HEAD || !could_begin(&self.head)) {
                return None;
            }
            self.head.truncate(HEAD);
        }
        let left = self.total.map_or(bytes.len(), |total| total.saturating_sub(self.have));
        Some((left.min(bytes.len()), self.total.is_some() && left <= bytes.len()))
    }

    fn add(&mut self, piece: Extent) {
        self.have += piece.len as usize;
        self.is_scattered |= self.pieces.len() >= PIECES;
        if !self.is_scattered && piece.len > 0 {
            self.pieces.push(piece);
        }
    }

    /// Where all of it so far lies; nowhere where that is not known.
    fn all(&self) -> &[Extent] {
        if self.is_scattered { &[] } else { &self.pieces }
    }

    /// Bytes that follow its pieces, and that nobody has.
    fn lacks(&self) -> usize {
        let held: usize = self.pieces.iter().map(|piece| piece.len as usize).sum();
        self.total.filter(|_| self.is_scattered).map_or(0, |total| total.saturating_sub(held))
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test fails by panicking
mod tests;
