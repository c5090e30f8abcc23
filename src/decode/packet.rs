//! The view of a packet that a dissector gets: a cursor over its own layer,
//! ways to tell fields, and ways to say what comes next.

mod next;
mod tell;

use super::check::Sum;
use super::claim::{Carrier, Ports, ProtocolId};
use super::event::{Facts, FlowKey};
use super::field::Span;
use super::peel::{Frame, Scratch, Sources, Work};
use super::sink::{Extent, Sink, Stop};
use crate::base::LinkType;

/// What the innermost internet layer says, for the layers above it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Net {
    /// Source address; IPv4 in the first four bytes.
    pub src: [u8; 16],
    /// Destination address; the final one when a routing header names it.
    pub dst: [u8; 16],
    /// The addresses are IPv6.
    pub v6: bool,
    /// There is an internet layer.
    pub present: bool,
    /// Routers that the packet may still pass: time to live or hop limit.
    pub hops: u8,
    /// Part of a datagram that came in fragments: the transport checksum
    /// covers more than is here.
    pub fragment: bool,
    /// A fragment that does not begin the datagram: no transport header here.
    pub later_fragment: bool,
}

impl Net {
    /// The address bytes: 4 or 16.
    pub fn addresses(&self) -> (&[u8], &[u8]) {
        let len = if self.v6 { 16 } else { 4 };
        (self.src.get(..len).unwrap_or_default(), self.dst.get(..len).unwrap_or_default())
    }

    /// Sum of the pseudo-header (RFC 9293 3.1, RFC 768; RFC 8200 8.1).
    pub fn pseudo_header(&self, protocol: u8, len: u32) -> Sum {
        let (src, dst) = self.addresses();
        Sum::default().add(src).add(dst).add_u32(len).add_u16(protocol.into())
    }
}

/// What is known of the frame's link before its own header: from the capture's
/// record, or from a header that a driver or a capturing tool put before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Medium {
    /// The link type of the header that comes next or came last.
    pub link: LinkType,
    /// Bytes of frame check sequence at the frame's end.
    pub fcs_length: Option<u8>,
    /// The link header is filled up to a multiple of four bytes (Atheros).
    pub padded: bool,
    /// The capture says that another host sent the frame.
    pub received: bool,
    /// The layer right before the link header: the frame, or such a header.
    pub(super) above: u8,
}

/// One layer on its way through a dissector. Positions are relative to the
/// layer's first byte.
pub struct Packet<'p, S: Sink> {
    pub(super) frame: &'p Frame<'p>,
    pub(super) bytes: &'p [u8],
    pub(super) at: usize,
    pub(super) claimed: u32,
    pub(super) offset: u32,
    pub(super) source: u8,
    pub(super) layer: u8,
    pub(super) id: ProtocolId,
    pub(super) recognised: bool,
    pub(super) quoted: bool,
    pub(super) beside: bool,
    pub(super) facts: Facts,
    pub(super) sources: &'p Sources,
    /// What was told first of what follows; with `has_next` only.
    pub(super) next: Work,
    pub(super) has_next: bool,
    pub(super) scratch: &'p mut Scratch,
    pub(super) lost: bool,
    pub(super) carrier: Option<Carrier>,
    /// Hosts of the innermost internet layer as long as it has no flow.
    pub(super) loose: Option<FlowKey>,
    /// TCP and UDP headers so far.
    pub(super) streams: u8,
    /// DNS messages so far.
    pub(super) messages: u8,
    /// The innermost internet layer so far. A dissector that declines must not
    /// have changed it.
    pub net: Net,
    /// The link that the frame came from.
    pub medium: Medium,
    /// Source and destination port of the innermost transport layer so far.
    pub ports: (u16, u16),
    /// The observer.
    pub sink: &'p mut S,
}

impl<'p, S: Sink> Packet<'p, S> {
    /// All bytes of the layer that the capture holds (and `limit` allows).
    #[inline]
    pub fn bytes(&self) -> &'p [u8] {
        self.bytes
    }

    /// Bytes not yet taken.
    #[inline]
    pub fn rest(&self) -> &'p [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Position: bytes taken so far.
    #[inline]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Bytes that the enclosing layer claims for this one (and `limit`
    /// allows): `bytes().len()`, or more when the capture was cut short.
    #[inline]
    pub fn claimed(&self) -> usize {
        self.claimed as usize
    }

    /// Whether the capture holds fewer bytes of this layer than were sent.
    #[inline]
    pub fn is_cut(&self) -> bool {
        self.bytes.len() < self.claimed as usize
    }

    /// Takes a fixed header; one length check, later reads cannot fail.
    #[inline]
    pub fn take<const N: usize>(&mut self, what: &'static str) -> Result<&'p [u8; N], Stop> {
        match self.rest().first_chunk::<N>() {
            Some(header) => {
                self.at += N;
                Ok(header)
            }
            None => Err(self.short(N, what)),
        }
    }

    /// Takes `len` bytes.
    #[inline]
    pub fn skip(&mut self, len: usize, what: &'static str) -> Result<&'p [u8], Stop> {
        match self.rest().get(..len) {
            Some(bytes) => {
                self.at += len;
                Ok(bytes)
            }
            None => Err(self.short(len, what)),
        }
    }

    /// The reason why `needed` bytes from here are not there: cut by the
    /// capture, in another fragment, or claimed by nobody.
    #[cold]
    pub fn short(&self, needed: usize, what: &'static str) -> Stop {
        let available = self.rest().len();
        let extent = Extent {
            at: self.span(self.at, available),
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            available: available as u32,
            what,
        };
        // What a fragment lacks the other fragments hold.
        if self.claimed as usize >= self.at.saturating_add(needed) || self.net.fragment {
            Stop::Truncated(extent)
        } else {
            Stop::Malformed(extent)
        }
    }

    /// Ends the layer as malformed at the current position.
    #[cold]
    pub fn malformed(&self, what: &'static str) -> Stop {
        let available = self.rest().len();
        Stop::Malformed(Extent {
            at: self.span(self.at, available),
            needed: 0,
            available: available as u32,
            what,
        })
    }

    /// A byte range of this layer as a span of its source: what is there of it.
    #[inline]
    pub fn span(&self, at: usize, len: usize) -> Span {
        let at = at.min(self.bytes.len());
        let len = len.min(self.bytes.len() - at);
        Span { source: self.source, start: self.offset + at as u32, len: len as u32 }
    }

    /// An unsigned integer, big-endian, of at most 8 bytes; `None` outside of
    /// the layer.
    #[inline]
    pub fn read(&self, at: usize, len: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// As [`Packet::read`], the lowest byte first.
    #[inline]
    pub fn read_le(&self, at: usize, len: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// What the flows concluded before. Nothing for quoted headers.
    #[inline]
    pub fn facts(&self) -> Facts {
        if self.quoted { Facts::default() } else { self.facts }
    }

    /// The frame that the layer is part of.
    #[inline]
    pub fn frame(&self) -> &'p Frame<'p> {
        self.frame
    }

    /// The transport whose payload the layer is part of; `None` elsewhere.
    #[inline]
    pub fn carrier(&self) -> Option<Ports> {
        self.carrier?.ports()
    }

    /// The stream of a shared connection that brings the layer; `None` elsewhere.
    #[inline]
    pub fn shared_stream(&self) -> Option<u32> {
        self.carrier?.number()
    }

    /// The layer's bytes are not in the frame: they were made of others.
    #[inline]
    pub fn is_made(&self) -> bool {
        self.source != 0
    }

    /// The layer is one more message behind others of its protocol.
    #[inline]
    pub fn is_beside(&self) -> bool {
        self.beside
    }

    /// The registry's place of the protocol being dissected.
    #[inline]
    pub fn id(&self) -> ProtocolId {
        self.id
    }

    /// The link layer itself: nothing around it but the frame and what a driver
    /// or a capturing tool put before it.
    #[inline]
    pub fn is_outermost(&self) -> bool {
        self.layer > 0 && self.scratch.parent_of(self.layer) == self.medium.above
    }

    /// The payload's look led here, not a port or a binding.
    #[inline]
    pub fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// The frame may have been captured before the sender's network card had it: on a
    /// link whose cards write checksums, where nothing says that the frame was received.
    #[cold]
    pub fn may_be_unsent(&self) -> bool {
        let Medium { link, fcs_length, received, .. } = self.medium;
        let local = matches!(link, LinkType::NULL | LinkType::LOOP);
        let has_offload = matches!(link.0, 1 | 12 | 14 | 101 | 113 | 228 | 229 | 239 | 276);
        local || (has_offload && !received && fcs_length.is_none_or(|length| length == 0))
    }

    /// DNS messages of the packet so far, this one included.
    #[inline]
    pub fn messages(&self) -> u8 {
        self.messages
    }

    /// Inside the quoted packet of an ICMP error.
    #[inline]
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }
}
