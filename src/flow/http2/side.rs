//! One direction of a connection: the frame that goes on, the header block that is open,
//! the table of header fields, and where the bodies of open streams lie.

use super::MOST;
use super::log::{Log, NAMED_BYTES, NONE};
use crate::base::PacketId;
use crate::decode::HeaderTable;
use crate::decode::proto::http2::follow::{self, BEGIN, Effect, HEADER};
use crate::flow::followed::{self, Arrival, Extent, Stretch, Turn};

/// Packets that hold one frame; of what more of them hold nothing is put together.
const PIECES: usize = 256;
/// Bytes of a frame, and of a header block, that is put together.
const LONGEST: usize = 1 << 17;
const LONGEST_BLOCK: usize = 1 << 15;
/// Streams that are open at once.
const STREAMS: usize = 128;
/// Stretches of one body, and of all of a direction.
const BODY_PIECES: usize = 256;
const ALL_PIECES: usize = 1024;
/// Bytes of a body that may be a message of DNS.
const LONGEST_BODY: usize = 1 << 16;

/// See the module.
pub struct Half {
    /// Frames are known to begin where the last one ended.
    in_step: bool,
    /// The frame that goes on: bytes so far, of so many; where they lie, unless there are too many.
    header: Vec<u8>,
    begun: usize,
    total: Option<usize>,
    pieces: Vec<Extent>,
    scattered: bool,
    /// The header block that goes on in the next frame.
    block: Option<Block>,
    /// The newest header field in the table, by its number in the log.
    head: u32,
    table: HeaderTable,
    streams: Vec<Stream>,
}

struct Block {
    stream: u32,
    own: bool,
    bytes: Vec<u8>,
    /// Where they lie; nowhere when that is in too many pieces.
    extents: Vec<Extent>,
}

struct Stream {
    number: u32,
    is_dns: Option<bool>,
    extents: Vec<Extent>,
    len: usize,
    /// Too long, or in too many pieces.
    lost: bool,
    /// The packet that brought the last ones, and how many there were before it.
    newest: (PacketId, usize),
}

impl Default for Half {
    fn default() -> Self {
        Half {
            in_step: false,
            header: Vec::new(),
            begun: 0,
            total: None,
            pieces: Vec::new(),
            scattered: false,
            block: None,
            head: NONE,
            table: HeaderTable::default(),
            streams: Vec::new(),
        }
    }
}

impl followed::Half for Half {
    const MOST: usize = MOST;
    type Log = Log;

    fn turn(&mut self, arrival: &Arrival<'_>, log: &mut Log, _read: &mut impl FnMut(Extent, &mut Vec<u8>)) {
        let known = if let Turn::Next(known) = arrival.turn { Some(known) } else { None };
        log.begin((!arrival.is_peeled).then_some(arrival.segment.packet), known, self.head);
        if let Some(block) = self.block.as_ref().filter(|block| known.is_some() && !block.extents.is_empty())
        {
            log.in_block(block.stream, &block.extents);
        }
    }

    fn miss(&mut self, _stretch: &Stretch, _log: &mut Log) {
        self.lose();
    }

    fn bytes(
        &mut self,
        bytes: &[u8],
        stretch: &Stretch,
        log: &mut Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) {
        let &Stretch { extent, packet, by_sender: tells, .. } = stretch;
        let own = stretch.is_own();
        let mut at = 0;
        if !self.in_step {
            if !follow::begins(bytes) {
                if own {
                    log.apart();
                }
                return;
            }
            self.in_step = true;
            at = follow::preface(bytes);
        }
        if self.begun > 0 {
            let begun = self.begun;
            at = self.go_on(bytes, extent);
            let is_whole = self.total.is_some_and(|total| self.begun >= total);
            if own {
                // The frame's header is enough until it ends.
                let until = if is_whole { begun } else { begun.min(HEADER) };
                log.goes_on(at, begun, Extent::part(&self.pieces, 0, until));
            }
            if !is_whole {
                return;
            }
            self.whole_begun(packet, tells, log, read);
            if own {
                log.behind(self.head);
            }
        }
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let total = follow::frame_length(rest);
            if total.is_none() && rest.len() >= HEADER {
                return self.lose();
            }
            let piece =
                |len: usize| Extent { at: extent.at.saturating_add(at as u32), len: len as u32, ..extent };
            match total.and_then(|total| rest.get(..total)) {
                Some(frame) => {
                    self.frame(packet, tells, frame, &[piece(frame.len())], log);
                    at += frame.len();
                }
                None => {
                    self.header = rest.get(..BEGIN.min(rest.len())).unwrap_or_default().to_vec();
                    (self.begun, self.total) = (rest.len(), total);
                    self.pieces.push(piece(rest.len()));
                    return;
                }
            }
        }
    }
}

impl Half {
    /// Something is missing, or is no frame.
    fn lose(&mut self) {
        *self = Half::default();
    }

    /// Takes what belongs to the frame that goes on; gives how many bytes that is.
    fn go_on(&mut self, bytes: &[u8], extent: Extent) -> usize {
        let lacks = BEGIN.saturating_sub(self.header.len()).min(bytes.len());
        self.header.extend_from_slice(bytes.get(..lacks).unwrap_or_default());
        if self.total.is_none() && self.header.len() >= HEADER {
            // What is no header ends with itself, and is found out then.
            self.total = Some(follow::frame_length(&self.header).unwrap_or(HEADER));
        }
        let taken = self.total.map_or(bytes.len(), |total| (total - self.begun.min(total)).min(bytes.len()));
        self.begun += taken;
        self.scattered |= self.pieces.len() >= PIECES || self.begun > LONGEST;
        if self.scattered {
            self.pieces.clear();
        } else if taken > 0 {
            self.pieces.push(Extent { len: taken as u32, ..extent });
        }
        taken
    }

    /// The frame that went on is whole.
    fn whole_begun(
        &mut self,
        packet: PacketId,
        tells: bool,
        log: &mut Log,
        read: &mut impl FnMut(Extent, &mut Vec<u8>),
    ) {
        let pieces = std::mem::take(&mut self.pieces);
        let scattered = std::mem::take(&mut self.scattered);
        (self.begun, self.total) = (0, None);
        let header = std::mem::take(&mut self.header);
        if follow::frame_length(&header).is_none() {
            return self.lose();
        }
        if follow::is_data(&header) {
            return self.frame(packet, tells, &header, &pieces, log);
        }
        let mut whole = Vec::new();
        pieces.iter().for_each(|piece| read(*piece, &mut whole));
        if scattered || follow::frame_length(&whole) != Some(whole.len()) {
            // What it did to a stream or to the table nobody knows.
            *self = Half { in_step: true, ..Half::default() };
            return;
        }
        self.frame(packet, tells, &whole, &pieces, log);
    }

    /// A whole frame, which lies in these pieces; of one of data the begin, and no pieces
    /// when there are too many.
    fn frame(&mut self, packet: PacketId, tells: bool, frame: &[u8], pieces: &[Extent], log: &mut Log) {
        let Some((stream, effect, ends)) = follow::effect(frame) else { return };
        match effect {
            Effect::Block { content, first, last, own } => {
                let extents = Extent::part(pieces, content.start, content.end);
                let part = frame.get(content).unwrap_or_default();
                self.header_block(stream, (part, extents), [first, last, own], log);
            }
            Effect::Body(range) if stream != 0 => self.body(packet, stream, pieces, range.start, range.end),
            Effect::Body(_) | Effect::Nothing => {}
        }
        if ends {
            self.end(packet, tells, stream, pieces, log);
        }
    }

    fn header_block(
        &mut self,
        stream: u32,
        (part, extents): (&[u8], impl Iterator<Item = Extent>),
        flags: [bool; 3],
        log: &mut Log,
    ) {
        let [first, last, own] = flags;
        let mut block = match self.block.take() {
            Some(block) if !first && block.stream == stream => block,
            _ if first => Block { stream, own, bytes: Vec::new(), extents: Vec::new() },
            // The begin of the block is missing.
            _ => return self.lose_table(),
        };
        if block.bytes.len() + part.len() > LONGEST_BLOCK {
            return self.lose_table();
        }
        block.bytes.extend_from_slice(part);
        if !last {
            let is_known = first || !block.extents.is_empty();
            block.extents.extend(extents.take(if is_known { PIECES } else { 0 }));
            if block.extents.len() >= PIECES {
                block.extents = Vec::new();
            }
            self.block = Some(block);
            return;
        }
        let before = &self.table;
        let (mut head, mut put) = (self.head, HeaderTable::default());
        let is_dns = follow::read_block(&block.bytes, before, |name, value| {
            head = log.add(head, name, value);
            put.push(name, value);
        });
        let Ok(is_dns) = is_dns else { return self.lose_table() };
        self.head = head;
        for (name, value) in (0..put.len()).filter_map(|place| put.get(place)) {
            self.table.push(name, value);
        }
        self.table.trim(NAMED_BYTES);
        if let (Some(is_dns), true, true) = (is_dns, block.own, stream != 0)
            && let Some(stream) = self.stream(stream)
        {
            stream.is_dns = Some(is_dns);
        }
    }

    /// Nobody knows what is in the table.
    fn lose_table(&mut self) {
        (self.head, self.table) = (NONE, HeaderTable::default());
    }

    /// The stream of this number; one more is open now if it was not. The oldest makes room.
    fn stream(&mut self, number: u32) -> Option<&mut Stream> {
        let place = match self.streams.iter().position(|stream| stream.number == number) {
            Some(place) => place,
            None => {
                if self.streams.len() >= STREAMS {
                    self.streams.remove(0);
                }
                let (extents, newest) = (Vec::new(), (PacketId::MAX, 0));
                self.streams.push(Stream { number, is_dns: None, extents, len: 0, lost: false, newest });
                self.streams.len() - 1
            }
        };
        self.streams.get_mut(place)
    }

    fn body(&mut self, packet: PacketId, number: u32, pieces: &[Extent], from: usize, to: usize) {
        let all: usize = self.streams.iter().map(|stream| stream.extents.len()).sum();
        let Some(stream) = self.stream(number) else { return };
        stream.len += to - from;
        stream.lost |= pieces.is_empty()
            || stream.len > LONGEST_BODY
            || stream.extents.len() + pieces.len() > BODY_PIECES
            || all + pieces.len() > ALL_PIECES;
        if stream.lost || stream.is_dns == Some(false) {
            stream.extents = Vec::new();
            return;
        }
        if stream.newest.0 != packet {
            stream.newest = (packet, stream.extents.len());
        }
        stream.extents.extend(Extent::part(pieces, from, to));
    }

    /// This side ends the stream with a frame that lies in these pieces.
    fn end(&mut self, packet: PacketId, tells: bool, number: u32, pieces: &[Extent], log: &mut Log) {
        let Some(place) = self.streams.iter().position(|stream| stream.number == number) else { return };
        let Stream { is_dns, extents, lost, newest, .. } = self.streams.remove(place);
        if !tells {
            return;
        }
        let early = pieces.last().is_some_and(|last| last.packet != packet);
        let is_dns = if lost { Some(false) } else { is_dns };
        let before = if newest.0 == packet && !early { newest.1 } else { extents.len() };
        log.ends(number, is_dns, early, extents.get(..before).unwrap_or_default());
    }
}
