//! The view of a packet that a dissector gets: a cursor over its own layer,
//! ways to tell fields, and ways to say what comes next.

use super::check::{Check, Problem, Sum, Verdict};
use super::event::{Event, Facts, FlowKey};
use super::field::{FieldDef, Span, Value};
use super::peel::{Frame, Scratch, Sources, Work};
use super::registry::{Claim, Ports, ProtocolId};
use super::sink::{Endpoint, Extent, Sink, Stop};

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
    pub(super) first: Option<Work>,
    pub(super) scratch: &'p mut Scratch,
    pub(super) lost: bool,
    pub(super) carrier: Option<Ports>,
    /// The innermost internet layer so far.
    pub net: Net,
    /// Source and destination port of the innermost transport layer so far.
    pub ports: (u16, u16),
    /// The observer.
    pub sink: &'p mut S,
}

impl<'p, S: Sink> Packet<'p, S> {
    // --- reading -----------------------------------------------------------

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

    // --- telling fields (nothing of it costs without DETAIL) -----------------

    /// A field with a value of its own making.
    #[inline]
    pub fn field(&mut self, def: &'static FieldDef, at: usize, len: usize, value: Value<'_>) {
        if S::DETAIL {
            // A field cut short by the capture ends with it.
            let len = len.min(self.bytes.len().saturating_sub(at));
            let span = self.span(at, len);
            self.sink.field(def, span, value, false);
        }
    }

    /// An integer, flag or heading read from the bytes, big-endian, masked as
    /// the field says. Outside of the layer nothing is told.
    #[inline]
    pub fn uint(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        if S::DETAIL
            && let Some(word) = self.read(at, len)
        {
            self.field(def, at, len, Value::Uint(def.extract(word)));
        }
    }

    /// Bytes, an address or text of the layer; what is there of it.
    #[inline]
    pub fn slice(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        if S::DETAIL {
            let end = at.saturating_add(len).min(self.bytes.len());
            let bytes = self.bytes.get(at..end).unwrap_or_default();
            self.field(def, at, bytes.len(), Value::Bytes(bytes));
        }
    }

    /// A heading whose parts follow until [`Packet::end_group`].
    #[inline]
    pub fn group(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        if S::DETAIL {
            self.field(def, at, len, Value::None);
            self.sink.open();
        }
    }

    /// An integer read from the bytes whose parts follow until [`Packet::end_group`].
    #[inline]
    pub fn uint_group(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        if S::DETAIL {
            let word = self.read(at, len).unwrap_or(0);
            self.field(def, at, len, Value::Uint(def.extract(word)));
            self.sink.open();
        }
    }

    /// The fields that follow are parts of the field told last, until
    /// [`Packet::end_group`].
    #[inline]
    pub fn open(&mut self) {
        if S::DETAIL {
            self.sink.open();
        }
    }

    /// Ends a group. Groups left open end with their layer.
    #[inline]
    pub fn end_group(&mut self) {
        if S::DETAIL {
            self.sink.close();
        }
    }

    /// A field without bytes of its own, concluded from others.
    #[inline]
    pub fn generated(&mut self, def: &'static FieldDef, value: Value<'_>) {
        if S::DETAIL {
            let span = self.span(0, 0);
            self.sink.field(def, span, value, true);
        }
    }

    /// Text beside the last field, or behind the layer's name before any field.
    #[inline]
    pub fn label(&mut self, write: impl FnOnce(&mut String)) {
        if S::TEXT {
            self.sink.label(write);
        }
    }

    /// The Info text so far is replaced; that of a message beside this one is
    /// continued. Decide before you speak: a dissector that declines must not
    /// have told any.
    #[inline]
    pub fn info(&mut self, write: impl FnOnce(&mut String)) {
        if S::TEXT && !self.quoted {
            if self.beside {
                self.sink.info_more(write);
            } else {
                self.sink.info(write);
            }
        }
    }

    /// The addresses that the columns show.
    #[inline]
    pub fn endpoints(&mut self, src: Endpoint, dst: Endpoint) {
        if !self.quoted {
            self.sink.endpoints(src, dst);
        }
    }

    // --- telling flows and problems -----------------------------------------

    /// An event for the flows.
    #[inline]
    pub fn event(&mut self, event: Event) {
        if !self.quoted {
            self.sink.event(event);
        }
    }

    /// A transport header between two ports.
    #[inline]
    pub fn flow(&mut self, protocol: u8, src_port: u16, dst_port: u16) {
        let Net { src, dst, v6, .. } = self.net;
        self.ports = (src_port, dst_port);
        let key = FlowKey { src, dst, src_port, dst_port, protocol, v6 };
        let event = if self.quoted { Event::Quoted(key) } else { Event::Flow(key) };
        self.sink.event(event);
    }

    /// The outcome of a check. Those of quoted headers are told as fields only.
    #[inline]
    pub fn verdict(&mut self, check: Check, verdict: Verdict) {
        if !self.quoted {
            self.sink.verdict(check, verdict);
        }
    }

    /// Something wrong at these bytes.
    #[inline]
    pub fn problem(&mut self, problem: Problem, at: usize, len: usize, write: impl FnOnce(&mut String)) {
        let span = self.span(at, len);
        if !self.quoted {
            self.sink.problem(problem, span, write);
        }
    }

    // --- facts ---------------------------------------------------------------

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
        self.carrier
    }

    /// The registry's place of the protocol being dissected.
    #[inline]
    pub fn id(&self) -> ProtocolId {
        self.id
    }

    /// The link layer itself: nothing around it but the frame.
    #[inline]
    pub fn is_outermost(&self) -> bool {
        self.layer == 1
    }

    /// The payload's look led here, not a port or a binding.
    #[inline]
    pub fn is_recognised(&self) -> bool {
        self.recognised
    }

    /// Inside the quoted packet of an ICMP error.
    #[inline]
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    // --- what comes next -----------------------------------------------------

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

    /// The layer ends after `len` bytes; behind them another message of the
    /// same protocol begins, a layer beside this one.
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
        let len = bytes.len() as u32;
        match self.sources.put(bytes) {
            Some(source) => self.push(Work {
                claim,
                source,
                start: 0,
                len,
                claimed: len,
                parent: self.layer,
                quoted: self.quoted,
                beside: false,
                carrier: None,
            }),
            None => self.lost = true,
        }
    }

    #[inline]
    fn push(&mut self, mut work: Work) {
        work.carrier = match work.claim {
            Claim::Ports(ports, ..) => Some(ports),
            Claim::Id(_) => self.carrier,
            _ => None,
        };
        if self.first.is_none() {
            self.first = Some(work);
        } else if !self.scratch.spill(work, self.net) {
            self.lost = true;
        }
    }
}
