//! Reads the DNS messages of packets.

use super::Exchange;
use crate::base::PacketId;
use crate::decode::proto::dns::prefixed::{self, Place};
use crate::decode::proto::dns::view::Message;
use crate::decode::proto::http2;
use crate::decode::{Carried, TCP};
use crate::session::Shared;
use crate::session::carried::Left;
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
        let (key, bytes) = self.0.payload(shared, id)?;
        if key.protocol != TCP {
            return Message::new(bytes).map(look);
        }
        let left = self.0.carried(shared, id);
        let left = left.as_ref().map(Left::as_carried);
        let (_, bytes) = self.0.payload(shared, id)?;
        if in_stream {
            let left = left.and_then(Carried::frames);
            return Message::new(&http2::dns_message(bytes, left, place)?).map(look);
        }
        let left = left.and_then(Carried::message);
        let (at, begin) = match prefixed::place(bytes, left, place)? {
            Place::Here(at) => (at, if place == 0 { prefixed::untold(left) } else { &[] }),
            Place::Late(which, at) => {
                let late = left?.late.get(which)?;
                let bytes = late.bytes.get(at..)?;
                let total = prefixed::length(bytes, false)?;
                if let Some(here) = bytes.get(2..total).or_else(|| bytes.get(2..).filter(|_| late.lacks > 0))
                {
                    return Message::new(here).map(look);
                }
                // It goes on: read from where it begins.
                let (id, at) = left?.late_last?;
                let (_, from, _) = self.0.place(shared, id)?;
                let begun = self.0.stretch(shared, id, at.checked_sub(from)? as usize, total)?;
                return Message::new(begun.get(2..)?).map(look);
            }
        };
        if !begin.is_empty() {
            let total = prefixed::length(&[begin, bytes.get(at..)?].concat(), false)?;
            let rest = self.0.stretch(shared, id, at, total.saturating_sub(begin.len()))?;
            return Message::new([begin, rest].concat().get(2..)?).map(look);
        }
        let total = prefixed::length(bytes.get(at..)?, false)?;
        if let Some(whole) = bytes.get(at..at + total) {
            return Message::new(whole.get(2..)?).map(look);
        }
        Message::new(self.0.stretch(shared, id, at, total)?.get(2..)?).map(look)
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
