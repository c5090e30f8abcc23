//! Streams of messages that begin with their length, followed from packet to packet: DNS
//! over TCP (RFC 1035, 4.2.2; RFC 7766, 8).
//!
//! Owns what a packet's peeling is told of the segments before it: which bytes at its begin
//! belong to a message of theirs ([`Left`]). Holds no byte of any message but the first few
//! of one that goes on, only where they lie. What it takes is bounded: beyond [`MOST`]
//! connections, and beyond [`ROWS`] packets, packets are peeled by themselves.

use super::followed::{self, Extent, Followed, Stretch};
use crate::base::PacketId;
use crate::decode::MessageLeft;
use crate::decode::proto::dns::prefixed::{HEAD, could_begin, length};

/// Connections that are followed at once.
const MOST: usize = 4096;
/// Packets that are kept, and stretches of messages.
const ROWS: usize = 1 << 20;
const EXTENTS: usize = 1 << 20;
/// Packets that hold one message; of what more of them hold nothing is put together.
const PIECES: usize = 256;

/// All connections, by the places of their flows.
pub type Streams = Followed<Half>;

/// What earlier packets left for one, of which the bytes are still to be read.
#[derive(Clone, Debug)]
pub struct Left {
    message: MessageLeft,
    extents: Vec<Extent>,
}

impl Left {
    /// Reads them; `read` appends what an extent holds.
    pub fn read(self, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> MessageLeft {
        let Left { mut message, extents } = self;
        extents.into_iter().for_each(|extent| read(extent, &mut message.begin));
        message
    }
}

#[derive(Clone, Copy)]
struct Row {
    packet: PacketId,
    begun_by: PacketId,
    known: u32,
    rest: u32,
    begun: u32,
    extents: (u32, u16),
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
}

impl followed::Log for Log {
    type Left = Left;

    fn find(&self, id: PacketId) -> Option<u32> {
        let place = self.rows.binary_search_by_key(&id, |row| row.packet).ok()?;
        u32::try_from(place).ok()
    }

    fn left(&self, number: u32) -> Option<Left> {
        let row = self.rows.get(number as usize)?;
        let (from, count) = row.extents;
        let extents = self.extents.get(from as usize..from as usize + usize::from(count));
        let message = MessageLeft {
            known: row.known as usize,
            rest: row.rest as usize,
            begun: row.begun as usize,
            begun_by: (row.begun > 0).then_some(row.begun_by),
            is_told: row.is_told,
            ends: row.ends,
            begin: Vec::new(),
        };
        Some(Left { message, extents: extents.unwrap_or_default().to_vec() })
    }

    fn size(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.extents.capacity() * size_of::<Extent>()
    }
}

impl Log {
    /// A message begins right where the packet has new bytes. Gives whether that is kept.
    fn in_step(&mut self) -> bool {
        let Some((packet, known)) = self.turn.take() else { return false };
        let (begun_by, rest, begun, extents) = (0, 0, 0, (0, 0));
        self.rows.push(Row { packet, begun_by, known, rest, begun, extents, is_told: false, ends: false });
        true
    }

    /// The packet has so many bytes more of a message that was so before. Gives whether
    /// that is kept.
    fn goes_on(&mut self, rest: usize, message: &mut Message, ends: bool) -> bool {
        if !self.in_step() {
            return false;
        }
        let is_told_here = !message.is_told && message.total.is_some();
        let is_shown = (ends || is_told_here) && self.extents.len() < EXTENTS;
        let pieces = if is_shown { &*message.pieces } else { &[] };
        let extents = (self.extents.len() as u32, pieces.len() as u16);
        self.extents.extend_from_slice(pieces);
        if let Some(row) = self.rows.last_mut() {
            (row.begun, row.begun_by, row.rest) = (message.have as u32, message.begun_by, rest as u32);
            (row.extents, row.is_told, row.ends) = (extents, message.is_told, ends);
        }
        message.is_told |= is_told_here && !pieces.is_empty();
        true
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
    /// Where it lies, unless in too many packets or not in the capture.
    pieces: Vec<Extent>,
    is_scattered: bool,
}

impl followed::Half for Half {
    const MOST: usize = MOST;
    type Log = Log;

    fn turn(&mut self, packet: Option<PacketId>, known: Option<u32>, log: &mut Log) {
        let last = log.rows.last().map(|last| last.packet);
        log.turn = packet.zip(known).filter(|(packet, _)| log.rows.len() < ROWS && last < Some(*packet));
    }

    fn miss(&mut self, len: u32) {
        let message = self.message.take().and_then(|mut message| {
            message.have += len as usize;
            (message.is_scattered, message.pieces) = (true, Vec::new());
            message.total.is_some_and(|total| message.have <= total).then_some(message)
        });
        // Only within a message nothing is lost of where the next one begins.
        self.in_step = message.is_some();
        self.message = message.filter(|message| message.total.is_some_and(|total| message.have < total));
    }

    fn bytes(
        &mut self,
        bytes: &[u8],
        stretch: &Stretch,
        log: &mut Log,
        _read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) {
        let (extent, is_own) = (stretch.extent, stretch.is_own());
        let (mut at, mut is_guess, before) = (0, false, self.message.take());
        // Whoever peels the packet finds what begins in it when it begins with a message,
        // or is told where the first one begins.
        let is_peeled = if let Some(mut message) = before {
            let Some((taken, ends)) = message.go_on(bytes) else {
                self.in_step = false;
                return;
            };
            let is_kept = is_own && log.goes_on(taken, &mut message, ends);
            message.add(Extent { len: taken as u32, ..extent });
            at = taken;
            self.message = Some(message).filter(|_| !ends);
            is_kept
        } else {
            let looks = length(bytes, true).is_some();
            is_guess = !self.in_step && !looks;
            if is_guess && !(stretch.first && bytes.len() < HEAD && could_begin(bytes)) {
                return;
            }
            self.in_step = true;
            (is_own && log.in_step()) || looks
        };
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let total = length(rest, false);
            if total.is_none() && (rest.len() >= HEAD || !could_begin(rest)) {
                self.in_step = false;
                return;
            }
            if let Some(total) = total.filter(|total| *total <= rest.len()) {
                at += total;
                continue;
            }
            let mut message = Message {
                head: rest.get(..rest.len().min(HEAD)).unwrap_or_default().to_vec(),
                is_guess,
                total,
                have: 0,
                begun_by: extent.packet,
                is_told: is_peeled && total.is_some(),
                pieces: Vec::new(),
                is_scattered: false,
            };
            let at = extent.at.saturating_add(at as u32);
            message.add(Extent { at, len: rest.len() as u32, ..extent });
            self.message = Some(message);
            return;
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
