//! What earlier packets of a connection left for the one that is peeled, as far as its
//! sender's streams go on from packet to packet. Whoever follows connections fills it;
//! knows nothing of how they come to know it.

use crate::base::PacketId;

/// What earlier packets left, in the direction of this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
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
    /// Streams that this side ends here.
    pub streams: Vec<CarriedStream>,
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
pub struct CarriedStream {
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

impl Carried {
    /// The stream of this number, if it ends with a frame of this packet.
    pub fn stream(&self, number: u32) -> Option<&CarriedStream> {
        self.streams.iter().rev().find(|stream| stream.number == number && !stream.ended_early)
    }
}
