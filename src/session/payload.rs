//! Reads what packets carry, peeling no more than it takes to find it.
//!
//! Owns where the innermost payload lies, and the putting together of what one
//! TCP segment begins and others end. Knows no protocol above transport.

use super::carried::Left;
use super::peeler::Peeler;
use super::shared::Shared;
use crate::base::PacketId;
use crate::decode::sinks::Payloads;
use crate::decode::{Facts, FlowKey, TCP};

/// Packets after the first among which the rest is looked for.
const MAX_AHEAD: u64 = 4096;
/// Packets before it among which what came too early is looked for.
const MAX_BACK: u64 = 64;
/// Segments that wait until those before them are found.
const MAX_EARLY: usize = 64;
/// Segments that one message is put together from: the longest takes 45 of usual size.
const MAX_SEGMENTS: usize = 256;

/// Buffers of one thread that reads payloads of one session.
#[derive(Default)]
pub(super) struct PayloadReader {
    peeler: Peeler,
    sink: Payloads,
    /// What was put together from several segments.
    whole: Vec<u8>,
}

impl PayloadReader {
    /// The innermost payload of a packet, and which way it went.
    pub fn payload(&mut self, shared: &Shared, id: PacketId) -> Option<(FlowKey, &[u8])> {
        self.place(shared, id).map(|(key, _, bytes)| (key, bytes))
    }

    /// As [`PayloadReader::payload`], with its place in the frame.
    pub fn place(&mut self, shared: &Shared, id: PacketId) -> Option<(FlowKey, u32, &[u8])> {
        let (from, to) = self.find(shared, id)?;
        let key = self.sink.found.last()?.key;
        let frame = self.peeler.bytes(shared, id).ok()?;
        Some((key, u32::try_from(from).ok()?, frame.get(from..to)?))
    }

    /// What the packets before one left for it.
    pub fn carried(&mut self, shared: &Shared, id: PacketId) -> Option<Left> {
        let facts = shared.facts_of(&[id]);
        shared.carried(facts.first()?, &mut self.peeler)
    }

    /// So many bytes of a packet's payload behind the first `skip`, where TCP
    /// carries it with what the segments after it have, as far as they come in
    /// order.
    pub fn stretch(&mut self, shared: &Shared, id: PacketId, skip: usize, length: usize) -> Option<&[u8]> {
        let (from, to) = self.find(shared, id)?;
        let frame = self.peeler.bytes(shared, id).ok()?;
        let bytes = frame.get(from..to)?.get(skip..)?;
        self.whole.clear();
        self.whole.extend_from_slice(bytes.get(..bytes.len().min(length))?);
        if self.whole.len() < length {
            self.follow(shared, id, length);
        }
        Some(&self.whole)
    }

    /// Where a packet's innermost payload lies.
    fn find(&mut self, shared: &Shared, id: PacketId) -> Option<(usize, usize)> {
        self.sink.clear();
        shared.peel_with(id, Facts::default(), &mut self.peeler, &mut self.sink).ok()?;
        let payload = self.sink.found.last()?;
        let from = payload.at as usize;
        Some((from, from.saturating_add(payload.held as usize)))
    }

    /// Appends what the segments behind packet `id` have, which may have come before it, and
    /// in any order.
    fn follow(&mut self, shared: &Shared, id: PacketId, length: usize) {
        let (Some(first), Some(row)) = (self.sink.found.last().copied(), shared.row(id)) else { return };
        if first.key.protocol != TCP {
            return;
        }
        let mut next = first.seq.wrapping_add(first.held);
        let (mut early, mut segments) = (Vec::new(), 0);
        for other in id.saturating_sub(MAX_BACK)..id.saturating_add(MAX_AHEAD) {
            match shared.row(other) {
                None => return,
                Some(other) if other.flow != row.flow => continue,
                Some(_) => {}
            }
            let mut turn = Some(other);
            while let Some(other) = turn.take() {
                match self.take(shared, other, &first.key, &mut next, length) {
                    None => return,
                    Some(Fit::Ahead) if early.len() < MAX_EARLY => early.push(other),
                    Some(Fit::Ahead | Fit::Known) => {}
                    Some(Fit::Next) => {
                        segments += 1;
                        if self.whole.len() >= length || segments >= MAX_SEGMENTS {
                            return;
                        }
                        // What came too early may have its turn now.
                        let fits =
                            |other: &PacketId| self.fit(shared, *other, &first.key, next) == Some(Fit::Next);
                        turn = early.iter().position(fits).map(|place| early.remove(place));
                    }
                }
            }
        }
    }

    /// Where a packet's payload stands to the byte that is next in its stream; nothing when
    /// it cannot be read.
    fn fit(&mut self, shared: &Shared, id: PacketId, key: &FlowKey, next: u32) -> Option<Fit> {
        self.find(shared, id)?;
        let Some(segment) = self.sink.found.last().filter(|found| found.key == *key && found.held > 0) else {
            return Some(Fit::Known);
        };
        let known = next.wrapping_sub(segment.seq);
        Some(match known {
            _ if known < segment.held => Fit::Next,
            _ if known.cast_signed() < 0 => Fit::Ahead,
            _ => Fit::Known,
        })
    }

    /// Appends what a packet has from the byte that is next on.
    fn take(
        &mut self,
        shared: &Shared,
        id: PacketId,
        key: &FlowKey,
        next: &mut u32,
        length: usize,
    ) -> Option<Fit> {
        let fit = self.fit(shared, id, key, *next)?;
        if fit == Fit::Next
            && let Some(segment) = self.sink.found.last()
        {
            let from = (segment.at as usize).saturating_add(next.wrapping_sub(segment.seq) as usize);
            let to = (segment.at as usize).saturating_add(segment.held as usize);
            *next = segment.seq.wrapping_add(segment.held);
            let bytes = self.peeler.bytes(shared, id).ok()?.get(from..to).unwrap_or_default();
            let room = length.saturating_sub(self.whole.len());
            self.whole.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        }
        Some(fit)
    }
}

/// Where a segment stands to the byte that is next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It has that.
    Next,
    /// It comes later.
    Ahead,
    /// It has nothing new.
    Known,
}
