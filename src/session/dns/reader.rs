//! Reads the DNS messages of packets.

use super::Exchange;
use crate::base::PacketId;
use crate::decode::TCP;
use crate::decode::proto::dns::view::Message;
use crate::decode::proto::http2;
use crate::session::Shared;
use crate::session::payload::PayloadReader;

/// Buffers of one thread that reads messages of one session.
#[derive(Default)]
pub struct DnsReader(PayloadReader);

impl DnsReader {
    /// Shows `look` the message of a packet that has `place` others before it.
    /// `in_stream`: HTTP/2 brings it.
    pub fn message<T>(
        &mut self,
        shared: &Shared,
        id: PacketId,
        place: u8,
        in_stream: bool,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        let carried = if in_stream { self.0.carried(shared, id) } else { None };
        let (key, mut bytes) = self.0.payload(shared, id)?;
        if key.protocol != TCP {
            return Message::new(bytes).map(look);
        }
        if in_stream {
            return Message::new(&http2::dns_message(bytes, carried.as_deref(), place)?).map(look);
        }
        let all = bytes.len();
        for _ in 0..place {
            let (length, rest) = bytes.split_first_chunk()?;
            bytes = rest.get(usize::from(u16::from_be_bytes(*length))..)?;
        }
        let (length, rest) = bytes.split_first_chunk()?;
        let (skip, length) = (all - rest.len(), usize::from(u16::from_be_bytes(*length)));
        if let Some(whole) = rest.get(..length) {
            return Message::new(whole).map(look);
        }
        Message::new(self.0.stretch(shared, id, skip, length)?).map(look)
    }

    /// Shows `look` the query; nothing where the capture has none.
    pub fn query<T>(
        &mut self,
        shared: &Shared,
        exchange: &Exchange,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        let one = exchange.one;
        one.is_query().then(|| self.message(shared, one.first, one.place(), exchange.is_in_stream(), look))?
    }

    /// Shows `look` the answer; nothing where the capture has none.
    pub fn answer<T>(
        &mut self,
        shared: &Shared,
        exchange: &Exchange,
        look: impl FnOnce(Message<'_>) -> T,
    ) -> Option<T> {
        self.message(shared, exchange.one.answer()?, exchange.answer_place, exchange.is_in_stream(), look)
    }
}
