//! What comes after a layer: how much it owns, and what follows.

use super::Packet;
use crate::base::LinkType;
use crate::decode::claim::{Carrier, Claim};
use crate::decode::field::Value;
use crate::decode::peel::Work;
use crate::decode::sink::Sink;

impl<S: Sink> Packet<'_, S> {
    /// This layer owns only its first `len` bytes: what is behind them is told
    /// as the trailer of the layer around it. A `len` beyond the bytes claimed
    /// changes nothing; the dissector tells that as a problem.
    #[inline]
    pub fn limit(&mut self, len: usize) {
        let len = len.max(self.at);
        self.sink.limit(self.layer, u32::try_from(len).unwrap_or(u32::MAX));
        if len < self.bytes.len() {
            self.trailer(len);
        }
        if len < self.claimed as usize {
            self.claimed = len as u32;
        }
        self.bytes = self.bytes.get(..len).unwrap_or(self.bytes);
    }

    /// This layer has `len` bytes, more than there are for it in a fragment of the
    /// packet around it or in a segment: others hold the rest.
    #[cold]
    pub fn goes_on(&mut self, len: usize) {
        self.claimed = self.claimed.max(u32::try_from(len).unwrap_or(u32::MAX));
    }

    #[cold]
    fn trailer(&mut self, from: usize) {
        if !S::DETAIL {
            return;
        }
        let bytes = self.bytes.get(from..).unwrap_or_default();
        let span = self.span(from, bytes.len());
        let (layer, trailer) = self.scratch.trailer_of(self.layer);
        let def = if bytes.iter().all(|b| *b == 0) { trailer.padding } else { trailer.trailer };
        self.sink.field_of(layer, def, span, Value::Bytes(bytes));
    }

    /// What follows: `len` bytes from `from` that this layer claims for its
    /// payload (pass `claimed() - from` when it makes no claim of its own).
    /// May be called several times.
    #[inline]
    pub fn next(&mut self, claim: Claim, from: usize, len: usize) {
        let from = from.min(self.bytes.len());
        let held = self.bytes.len().saturating_sub(from).min(len);
        let claimed = (self.claimed as usize).saturating_sub(from).min(len).max(held);
        self.push(Work {
            claim,
            source: self.source,
            start: self.offset + from as u32,
            len: held as u32,
            claimed: claimed as u32,
            parent: self.layer,
            quoted: self.quoted,
            beside: false,
            carrier: None,
        });
    }

    /// The rest of the layer follows. Where nothing is left, a known protocol
    /// says that it lacks its header; plain data is not told.
    #[inline]
    pub fn next_rest(&mut self, claim: Claim) {
        self.next(claim, self.at, (self.claimed as usize).saturating_sub(self.at));
    }

    /// A header of this link type follows, which this layer only tells of.
    pub fn next_link(&mut self, link: LinkType, from: usize, len: usize) {
        (self.medium.link, self.medium.above) = (link, self.layer);
        self.next(Claim::Link(link.0), from, len);
    }

    /// The layer ends after `len` bytes; behind them another message of the
    /// same protocol begins, a layer beside this one. What lies in this message
    /// comes before it.
    pub fn next_message(&mut self, len: usize) {
        let len = len.max(self.at);
        let held = self.bytes.len().saturating_sub(len);
        if held > 0 {
            self.push(Work {
                claim: Claim::Id(self.id),
                source: self.source,
                start: self.offset + len as u32,
                len: held as u32,
                claimed: (self.claimed as usize).saturating_sub(len) as u32,
                parent: self.scratch.parent_of(self.layer),
                quoted: self.quoted,
                beside: true,
                carrier: None,
            });
        }
        self.sink.limit(self.layer, u32::try_from(len).unwrap_or(u32::MAX));
        self.claimed = self.claimed.min(u32::try_from(len).unwrap_or(u32::MAX));
        self.bytes = self.bytes.get(..len).unwrap_or(self.bytes);
    }

    /// The packet that an ICMP error quotes: its headers count nothing, and
    /// that it is cut short is nothing special.
    #[inline]
    pub fn next_quoted(&mut self, claim: Claim, from: usize, len: usize) {
        let from = from.min(self.bytes.len());
        let held = self.bytes.len().saturating_sub(from).min(len);
        self.push(Work {
            claim,
            source: self.source,
            start: self.offset + from as u32,
            len: held as u32,
            claimed: u32::MAX,
            parent: self.layer,
            quoted: true,
            beside: false,
            carrier: None,
        });
    }

    /// Bytes that are not in the frame (decompressed, decrypted) follow.
    pub fn next_made(&mut self, claim: Claim, bytes: Box<[u8]>) {
        self.made(claim, bytes, self.layer, None);
    }

    /// The same for what is of this protocol itself, put together of this packet's bytes
    /// and others: a layer beside this one.
    pub fn next_together(&mut self, bytes: Box<[u8]>) {
        self.made(Claim::Id(self.id), bytes, self.scratch.parent_of(self.layer), None);
    }

    /// The same for messages that come behind all those of the packet, the last of which
    /// `lacks` bytes: see [`Packet::next_message`].
    pub fn next_messages_together(&mut self, bytes: Box<[u8]>, lacks: usize) {
        let parent = self.scratch.parent_of(self.layer);
        self.made(Claim::Id(self.id), bytes, parent, Some(lacks));
    }

    /// `beside`: messages beside others, and what the last of them lacks.
    fn made(&mut self, claim: Claim, bytes: Box<[u8]>, parent: u8, beside: Option<usize>) {
        let len = bytes.len() as u32;
        let lacks = u32::try_from(beside.unwrap_or(0)).unwrap_or(u32::MAX);
        match self.make(bytes) {
            Some(source) => self.push(Work {
                claim,
                source,
                start: 0,
                len,
                claimed: len.saturating_add(lacks),
                parent,
                quoted: self.quoted,
                beside: beside.is_some(),
                carrier: None,
            }),
            None => self.lost = true,
        }
    }

    /// Keeps bytes that are not in the frame, while there is room.
    fn make(&mut self, bytes: Box<[u8]>) -> Option<u8> {
        let source = self.sources.put(bytes)?;
        self.sink.made(self.sources.get(source));
        Some(source)
    }

    /// Whether there is room for more such bytes.
    pub fn has_room_for_made(&self) -> bool {
        self.sources.has_room()
    }

    /// What `tell` tells of this layer lies in bytes that are not in the frame
    /// (decrypted). Gives whether there was room for them; else nothing is told.
    pub fn within(&mut self, bytes: Box<[u8]>, tell: impl FnOnce(&mut Self)) -> bool {
        let Some(source) = self.make(bytes) else { return false };
        let made = self.sources.get(source);
        let outer = (self.bytes, self.at, self.claimed, self.offset, self.source);
        (self.bytes, self.at, self.claimed, self.offset, self.source) =
            (made, 0, made.len() as u32, 0, source);
        tell(self);
        (self.bytes, self.at, self.claimed, self.offset, self.source) = outer;
        true
    }

    #[inline]
    fn push(&mut self, mut work: Work) {
        work.carrier = match work.claim {
            Claim::Ports(ports, ..) => Some(Carrier::of(ports)),
            Claim::Stream(_, stream) => Carrier::stream(stream),
            Claim::Id(_) => self.carrier,
            _ => None,
        };
        if !self.has_next && !work.beside {
            (self.next, self.has_next) = (work, true);
        } else if !self.scratch.spill(work, self.net) {
            self.lost = true;
        }
    }
}
