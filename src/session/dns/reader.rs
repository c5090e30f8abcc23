//! Reads the DNS messages of packets, peeling no more than it takes to find them.

use super::Exchange;
use crate::base::PacketId;
use crate::decode::proto::dns::view::Message;
use crate::decode::sinks::Payloads;
use crate::decode::{Facts, TCP};
use crate::session::{Peeler, Shared};

/// Packets after the first among which the rest of a message is looked for.
const MAX_AHEAD: u64 = 4096;
/// Segments that one message is put together from: the longest takes 45 of usual size.
const MAX_SEGMENTS: usize = 256;

/// Buffers of one thread that reads messages of one session.
#[derive(Default)]
pub struct DnsReader {
    peeler: Peeler,
    sink: Payloads,
    /// A message put together from several segments.
    whole: Vec<u8>,
}

impl DnsReader {
    /// Shows `look` the message of a packet that has `place` others before it.
    pub fn message<T>(
        &mut self,
        shared: &Shared,
        id: PacketId,
        place: u8,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        let (from, to, is_tcp) = self.payload(shared, id)?;
        let frame = self.peeler.bytes(shared, id).ok()?;
        let mut bytes = frame.get(from..to)?;
        if !is_tcp {
            return Message::new(bytes).map(look);
        }
        for _ in 0..place {
            let (length, rest) = bytes.split_first_chunk()?;
            bytes = rest.get(usize::from(u16::from_be_bytes(*length))..)?;
        }
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        self.whole.clear();
        self.whole.extend_from_slice(rest.get(..rest.len().min(length))?);
        if self.whole.len() < length {
            self.follow(shared, id, length);
        }
        Message::new(&self.whole).map(look)
    }

    /// Where a packet's innermost payload lies, and whether TCP carries it.
    fn payload(&mut self, shared: &Shared, id: PacketId) -> Option<(usize, usize, bool)> {
        self.sink.clear();
        shared.peel_with(id, Facts::default(), &mut self.peeler, &mut self.sink).ok()?;
        let payload = self.sink.found.last()?;
        let from = payload.at as usize;
        Some((from, from.saturating_add(payload.held as usize), payload.key.protocol == TCP))
    }

    /// Appends what the segments after packet `id` have of its message, as far as
    /// they come in order.
    fn follow(&mut self, shared: &Shared, id: PacketId, length: usize) {
        let (Some(first), Some(row)) = (self.sink.found.last().copied(), shared.row(id)) else { return };
        let mut next = first.seq.wrapping_add(first.held);
        let mut segments = 0;
        for id in id + 1..id.saturating_add(MAX_AHEAD) {
            match shared.row(id) {
                None => return,
                Some(other) if other.flow != row.flow => continue,
                Some(_) => {}
            }
            let Some((from, to, _)) = self.payload(shared, id) else { return };
            let Some(segment) = self.sink.found.last().filter(|other| other.key == first.key) else {
                continue;
            };
            if segment.seq != next || segment.held == 0 {
                continue;
            }
            next = next.wrapping_add(segment.held);
            let Ok(frame) = self.peeler.bytes(shared, id) else { return };
            let bytes = frame.get(from..to).unwrap_or_default();
            let room = length.saturating_sub(self.whole.len());
            self.whole.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
            segments += 1;
            if self.whole.len() >= length || segments >= MAX_SEGMENTS {
                return;
            }
        }
    }

    /// Shows `look` the query; nothing where the capture has none.
    pub fn query<T>(
        &mut self,
        shared: &Shared,
        exchange: &Exchange,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        let one = exchange.one;
        one.is_query().then(|| self.message(shared, one.first, one.place, look))?
    }

    /// Shows `look` the answer; nothing where the capture has none.
    pub fn answer<T>(
        &mut self,
        shared: &Shared,
        exchange: &Exchange,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        self.message(shared, exchange.one.answer()?, exchange.answer_place, look)
    }
}
