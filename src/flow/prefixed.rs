//! Streams of messages that begin with their length, followed from packet to packet: DNS
//! over TCP (RFC 1035, 4.2.2; RFC 7766, 8).
//!
//! Owns what a packet's peeling is told of the segments before it: which bytes at its begin
//! belong to a message of theirs, and which messages of segments that came too early have
//! their turn with it ([`Left`]); and with which packet a message that goes on is whole.
//! Holds no byte of any message but the first few of one that goes on, only where they lie.
//! What it takes is bounded: beyond [`MOST`] connections, and beyond [`ROWS`] packets,
//! packets are peeled by themselves.

use super::followed::{self, Arrival, Extent, Followed, Stretch, Turn};
use super::{Segment, Side};
use crate::base::PacketId;
use crate::decode::MessageLeft;
use crate::decode::proto::dns::prefixed::{HEAD, begin, begins, could_begin, length};
use std::collections::BTreeSet;

/// Connections that are followed at once.
const MOST: usize = 4096;
/// Packets that are kept, and stretches of messages.
const ROWS: usize = 1 << 20;
const EXTENTS: usize = 1 << 20;
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

    /// Of the message that has `place` others before it in packet `id`, and goes on behind
    /// it, the packet that it is whole with.
    pub fn whole_with(&self, id: PacketId, place: u8) -> Option<PacketId> {
        let row = self.log().row(id)?;
        (row.open == place.checked_add(1)? && row.until > 0).then(|| id + PacketId::from(row.until))
    }
}

/// What earlier packets left for one, of which the bytes are still to be read.
#[derive(Clone, Debug)]
pub struct Left {
    message: MessageLeft,
    extents: Vec<Extent>,
    late: Vec<Extent>,
}

impl Left {
    /// Reads them; `read` appends what an extent holds.
    pub fn read(self, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> MessageLeft {
        let Left { mut message, extents, late } = self;
        extents.into_iter().for_each(|extent| read(extent, &mut message.begin));
        late.into_iter().for_each(|extent| read(extent, &mut message.late));
        message
    }
}

#[derive(Clone, Copy, Default)]
struct Row {
    packet: PacketId,
    begun_by: PacketId,
    known: u32,
    rest: u32,
    begun: u32,
    extents: (u32, u16),
    /// Stretches of messages that came too early, and how many of those the last one has.
    late: (u32, u16, u16),
    /// Packets until the one that its last message is whole with.
    until: u32,
    /// Messages that it tells, and the one of them that goes on, counted from 1.
    told: u8,
    open: u8,
    is_told: bool,
    ends: bool,
}

/// The packets that begin where the message before ended, or with more of it.
#[derive(Default)]
pub struct Log {
    rows: Vec<Row>,
    extents: Vec<Extent>,
    /// The packet that has its turn, and its bytes that came before.
    turn: Option<(PacketId, u32)>,
    /// Flows of which begins of messages may be missing, and the side, since somebody asked.
    missed: Vec<(u32, Side)>,
}

impl followed::Log for Log {
    type Left = Left;

    fn find(&self, id: PacketId) -> Option<u32> {
        let place = self.rows.binary_search_by_key(&id, |row| row.packet).ok()?;
        u32::try_from(place).ok()
    }

    fn left(&self, number: u32) -> Option<Left> {
        let row = self.rows.get(number as usize)?;
        let extents = |from: u32, count: u16| {
            let from = from as usize;
            self.extents.get(from..from + usize::from(count)).unwrap_or_default().to_vec()
        };
        let late = extents(row.late.0, row.late.1);
        let last = late.len().checked_sub(row.late.2.into()).and_then(|at| late.get(at));
        let message = MessageLeft {
            known: row.known as usize,
            rest: row.rest as usize,
            begun: row.begun as usize,
            begun_by: (row.begun > 0).then_some(row.begun_by),
            is_told: row.is_told,
            ends: row.ends,
            late_last: last.map(|extent| (extent.packet, extent.at)),
            ..MessageLeft::default()
        };
        Some(Left { message, extents: extents(row.extents.0, row.extents.1), late })
    }

    fn size(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.extents.capacity() * size_of::<Extent>()
    }
}

impl Log {
    /// Nothing of a packet is told where it lies.
    fn leave_all(&mut self, packet: PacketId) {
        self.rows.push(Row { packet, rest: u32::MAX, ..Row::default() });
    }

    fn row(&self, id: PacketId) -> Option<&Row> {
        self.rows.get(followed::Log::find(self, id)? as usize)
    }

    /// The row of the packet that has its turn, once there is one.
    fn current(&mut self, packet: PacketId) -> Option<&mut Row> {
        self.rows.last_mut().filter(|row| row.packet == packet)
    }

    /// Whether a packet may have a row.
    fn has_room(&self, packet: PacketId) -> bool {
        self.rows.len() < ROWS && self.rows.last().is_none_or(|last| last.packet < packet)
    }

    /// A message begins right where the packet has new bytes, or behind `rest` of them.
    /// Gives whether that is kept.
    fn in_step(&mut self, rest: usize) -> bool {
        let Some((packet, known)) = self.turn.take() else { return false };
        self.rows.push(Row { packet, known, rest: rest as u32, ..Row::default() });
        true
    }

    /// The packet has so many bytes more of a message that was so before. Gives whether
    /// that is kept.
    fn goes_on(&mut self, rest: usize, message: &mut Message, ends: bool) -> bool {
        if !self.in_step(rest) {
            return false;
        }
        let is_told_here = !message.is_told && message.total.is_some();
        let is_shown = (ends || is_told_here) && self.extents.len() < EXTENTS;
        let pieces = if is_shown { &*message.pieces } else { &[] };
        let extents = (self.extents.len() as u32, pieces.len() as u16);
        self.extents.extend_from_slice(pieces);
        let row = self.rows.len().saturating_sub(1);
        if let Some(row) = self.rows.get_mut(row) {
            (row.begun, row.begun_by) = (message.have as u32, message.begun_by);
            (row.extents, row.is_told, row.ends) = (extents, message.is_told, ends);
        }
        if is_told_here && !pieces.is_empty() {
            message.is_told = true;
            message.row = self.tells();
            self.leaves_open(message.row);
        }
        true
    }

    /// The newest packet tells one more message. Gives its row.
    fn tells(&mut self) -> Option<u32> {
        let row = self.rows.last_mut()?;
        row.told = row.told.saturating_add(1);
        u32::try_from(self.rows.len() - 1).ok()
    }

    /// A message that came too early, at `pieces`, is told with this packet, as far as it is
    /// there. Gives whether that is kept.
    fn tells_late(&mut self, pieces: &[Extent], packet: PacketId) -> Option<u32> {
        let from = self.extents.len();
        let has_room = !pieces.is_empty() && from + pieces.len() <= EXTENTS;
        let row = self.current(packet).filter(|_| has_room)?;
        if row.late.1 == 0 {
            row.late.0 = u32::try_from(from).ok()?;
        }
        let last = u16::try_from(pieces.len()).ok()?;
        (row.late.1, row.late.2) = (row.late.1.checked_add(last)?, last);
        self.extents.extend_from_slice(pieces);
        self.tells()
    }

    /// The last message that the packet of a row tells goes on.
    fn leaves_open(&mut self, row: Option<u32>) {
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row as usize)) {
            row.open = row.told;
        }
    }

    /// The message that the packet of a row leaves open is whole with this one.
    fn ends(&mut self, row: Option<u32>, packet: PacketId) {
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row as usize)) {
            row.until = u32::try_from(packet.saturating_sub(row.packet)).unwrap_or(0);
        }
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
    told: BTreeSet<u64>,
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
    /// Where it lies, unless in too many packets or not in the capture.
    pieces: Vec<Extent>,
    is_scattered: bool,
}

impl followed::Half for Half {
    const MOST: usize = MOST;
    type Log = Log;

    fn turn(&mut self, arrival: &Arrival<'_>, log: &mut Log, read: &mut impl FnMut(Extent, &mut Vec<u8>)) {
        let &Arrival { segment, pos, turn, is_peeled } = arrival;
        let &Segment { packet, at, held, len, .. } = segment;
        log.turn = None;
        if is_peeled || !log.has_room(packet) {
            return;
        }
        if !self.told.is_empty() {
            self.told = self.told.split_off(&self.passed);
        }
        let end = pos.saturating_add(len.into());
        let is_told = |from: u64| self.told.range(from.min(end)..end).next().is_some();
        match turn {
            // What is told already is left out: the rest is told as if it had come too early.
            Turn::Next(known) if is_told(pos + u64::from(known)) => log.leave_all(packet),
            Turn::Next(known) => log.turn = Some((packet, known)),
            Turn::Again => log.rows.push(Row { packet, known: u32::MAX, ..Row::default() }),
            Turn::Apart => {
                let mut bytes = Vec::new();
                read(Extent { packet, at, len: held }, &mut bytes);
                let all = || begins(&bytes).map(|begin| pos + begin as u64);
                // From the last one on that is told already it tells what follows.
                let last = all().filter(|begin| self.told.contains(begin)).last();
                let begin = all().find(|begin| last.is_none_or(|last| *begin > last));
                if last.is_some() {
                    let rest = begin.map_or(u32::MAX, |begin| (begin - pos) as u32);
                    log.rows.push(Row { packet, rest, ..Row::default() });
                }
                let own = all().filter(|other| begin.is_some_and(|begin| *other >= begin));
                self.told.extend(own.take(TOLD.saturating_sub(self.told.len())));
            }
        }
    }

    fn lacks(&mut self, whose: (u32, Side), log: &mut Log) {
        log.missed.push(whose);
    }

    fn miss(&mut self, len: u32, whose: (u32, Side), log: &mut Log) {
        let message = self.message.take().and_then(|mut message| {
            message.have += len as usize;
            (message.is_scattered, message.pieces) = (true, Vec::new());
            message.total.is_some_and(|total| message.have <= total).then_some(message)
        });
        // Only within a message nothing is lost of where the next one begins.
        self.in_step = message.is_some();
        if !self.in_step {
            log.missed.push(whose);
        }
        self.message = message.filter(|message| message.total.is_some_and(|total| message.have < total));
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
        let is_own = stretch.is_own() && log.current(packet).is_none();
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
            } else if stretch.by_sender {
                log.tells_late(&message.pieces, packet);
            }
        } else {
            if !self.in_step {
                let early = self.told.range(stretch.pos..end).next();
                let early = early.map(|early| (early - stretch.pos) as usize);
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
        let has_row = is_own && log.current(packet).is_some();
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
            let is_told = is_own_turn || self.told.contains(&(stretch.pos + at as u64));
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
            if !is_told && stretch.by_sender && !is_own {
                log.tells_late(&[piece(total)], packet);
            }
            at += total;
            told = told.filter(|_| is_own_turn).map(|_| at);
        }
    }

    fn over(&mut self, packet: PacketId, log: &mut Log) {
        // What came too early may begin a message that goes on.
        let untold = self.message.as_mut().filter(|message| !message.is_told && message.total.is_some());
        if let Some(message) = untold
            && let Some(row) = log.tells_late(&message.pieces, packet)
        {
            (message.is_told, message.row) = (true, Some(row));
            log.leaves_open(Some(row));
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
        if self.is_scattered {
            self.pieces = Vec::new();
        } else if piece.len > 0 {
            self.pieces.push(piece);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test fails by panicking
mod tests;
