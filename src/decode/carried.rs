//! What earlier packets of a connection left for the one that is peeled. Whoever follows
//! connections fills it; knows nothing of how they come to know it.

use super::proto::quic::Connection;
use crate::base::PacketId;

/// What earlier packets left for the innermost flow of this one, by what that carries.
#[derive(Clone, Copy, Debug)]
pub enum Carried<'a> {
    /// HTTP/2.
    Frames(&'a FramesLeft),
    /// Messages that begin with their length, as those of DNS over TCP.
    Message(&'a MessageLeft),
    /// QUIC.
    Quic(&'a Connection),
}

impl<'a> Carried<'a> {
    /// Of HTTP/2.
    pub fn frames(self) -> Option<&'a FramesLeft> {
        if let Carried::Frames(left) = self { Some(left) } else { None }
    }

    /// Of a message.
    pub fn message(self) -> Option<&'a MessageLeft> {
        if let Carried::Message(left) = self { Some(left) } else { None }
    }

    /// Of QUIC.
    pub fn quic(self) -> Option<&'a Connection> {
        if let Carried::Quic(connection) = self { Some(connection) } else { None }
    }
}

/// What earlier segments left in a stream of messages that begin with their length: that
/// this one begins where they ended, and what of a message goes on in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLeft {
    /// Bytes at the begin of the payload that came before.
    pub known: usize,
    /// Bytes behind those that belong to a message of earlier segments.
    pub rest: usize,
    /// How many bytes of it those have, and the packet that it begins in.
    pub begun: usize,
    /// The first of those packets.
    pub begun_by: Option<PacketId>,
    /// One of them told of it; else it is told here.
    pub is_told: bool,
    /// It ends here.
    pub ends: bool,
    /// Its bytes so far, when it ends or is told here; empty where too many packets hold them.
    pub begin: Vec<u8>,
    /// It came too early: only its look tells what it brings, behind `rest` bytes.
    pub is_early: bool,
    /// It does not lie in the window: the other side drops it.
    pub is_outside: bool,
    /// Bytes of it have a place in the stream where others are kept.
    pub conflicts: bool,
    /// Messages of segments that came too early, told behind those of this one. The last of
    /// all may go on.
    pub late: Vec<LateMessages>,
    /// The packet that the last of them begins in, and where in it.
    pub late_last: Option<(PacketId, u32)>,
}

impl MessageLeft {
    /// Whether it only says that the look of the bytes has to tell where messages begin.
    pub fn is_by_look(&self) -> bool {
        self.is_early && self.rest == 0
    }
}

/// Messages one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LateMessages {
    /// Them.
    pub bytes: Vec<u8>,
    /// So many bytes of the last one are not in the capture.
    pub lacks: usize,
}

/// What earlier packets left in a connection of HTTP/2, in the direction of this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FramesLeft {
    /// Nothing tells where frames begin in this packet: it came again, or too early, or
    /// something before it is not in the capture.
    pub is_apart: bool,
    /// Bytes at the begin of the payload that came before.
    pub known: usize,
    /// Bytes of a frame that earlier packets hold.
    pub begun: usize,
    /// The packet that it begins in, unless too many hold it.
    pub begun_by: Option<PacketId>,
    /// Those bytes; empty where too many packets hold them.
    pub begin: Vec<u8>,
    /// Bytes behind the known ones that belong to that frame.
    pub rest: usize,
    /// Header fields that may be named by number.
    pub table: HeaderTable,
    /// So many of the newest are known behind the frame that goes on here alone.
    pub added: usize,
    /// The header block that earlier packets begin and the next frame goes on with: its
    /// stream, and what they have of it.
    pub block: Option<(u32, Vec<u8>)>,
    /// Streams that this side ends here.
    pub streams: Vec<EndedStream>,
}

/// Header fields that were kept, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderTable {
    bytes: Vec<u8>,
    /// Where the names and the values end.
    ends: Vec<(usize, usize)>,
}

impl HeaderTable {
    /// Header fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds the newest; no name stands for one that nobody knows.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        let end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((end, self.bytes.len()));
    }

    /// Name and value at a place.
    pub fn get(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let start = place.checked_sub(1).map_or(Some(0), |before| Some(self.ends.get(before)?.1))?;
        let (name, value) = *self.ends.get(place)?;
        Some((self.bytes.get(start..name)?, self.bytes.get(name..value)?))
    }

    /// Forgets the oldest ones once all have more than twice `most` bytes, as a table
    /// counts them (RFC 7541, 4.1): what is left has no more than `most`.
    pub fn trim(&mut self, most: usize) {
        let size = |from: usize, bytes: usize| bytes + 32 * (self.ends.len() - from);
        if size(0, self.bytes.len()) <= 2 * most {
            return;
        }
        let begin = |place: usize| {
            place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end.1)
        };
        let fits = |place: &usize| size(*place, self.bytes.len() - begin(*place)) <= most;
        let first = (0..self.ends.len()).find(fits).unwrap_or(self.ends.len());
        let from = begin(first);
        self.bytes.drain(..from);
        self.ends.drain(..first);
        self.ends.iter_mut().for_each(|(name, value)| (*name, *value) = (*name - from, *value - from));
    }
}

/// One side of a stream that ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndedStream {
    /// Its number.
    pub number: u32,
    /// Whether it brings DNS, where anything says so.
    pub is_dns: Option<bool>,
    /// What earlier packets brought of it.
    pub bytes: Vec<u8>,
    /// The first of those packets.
    pub begun_by: Option<PacketId>,
    /// It ends with a frame that came too early, in another packet than this one, which
    /// only brings what was missing before: all of it is in `bytes`.
    pub ended_early: bool,
}

impl FramesLeft {
    /// The stream of this number, if it ends with a frame of this packet.
    pub fn stream(&self, number: u32) -> Option<&EndedStream> {
        self.streams.iter().rev().find(|stream| stream.number == number && !stream.ended_early)
    }
}
