//! What a dissector tells: fields, Info, events and problems. Telling fields
//! costs nothing without `DETAIL`.

use super::{Net, Packet};
use crate::decode::check::{Check, Problem, Verdict};
use crate::decode::event::{Event, FlowKey, UDP};
use crate::decode::field::{FieldDef, Value};
use crate::decode::pairing::{DnsMessage, DnsNamed, DnsTold};
use crate::decode::sink::{Endpoint, Sink};

impl<S: Sink> Packet<'_, S> {
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

    /// As [`Packet::uint`], the lowest byte first.
    #[inline]
    pub fn uint_le(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        if S::DETAIL
            && let Some(word) = self.read_le(at, len)
        {
            self.field(def, at, len, Value::Uint(def.extract(word)));
        }
    }

    /// A word of `len` bytes, the lowest first, with its parts below it.
    pub fn parts_le(
        &mut self,
        def: &'static FieldDef,
        parts: impl IntoIterator<Item = &'static FieldDef>,
        at: usize,
        len: usize,
    ) {
        if S::DETAIL && self.read_le(at, len).is_some() {
            self.uint_le(def, at, len);
            self.sink.open();
            for part in parts {
                self.uint_le(part, at, len);
            }
            self.sink.close();
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

    /// Bytes of the layer that belong to the last field's value too, though they
    /// lie elsewhere.
    #[inline]
    pub fn refer(&mut self, at: usize, len: usize) {
        if S::DETAIL {
            let span = self.span(at, len);
            self.sink.refer(span);
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

    /// Words that stand before the Info text, also when a layer within replaces it.
    #[inline]
    pub fn remark(&mut self, write: impl FnOnce(&mut String)) {
        if S::TEXT && !self.quoted {
            self.sink.remark(write);
        }
    }

    /// More words behind the Info text so far.
    #[inline]
    pub fn info_more(&mut self, write: impl FnOnce(&mut String)) {
        if S::TEXT && !self.quoted {
            self.sink.info_more(write);
        }
    }

    /// A DNS message: tells the flows of it. Gives what they found of it.
    #[inline]
    pub fn dns(&mut self, message: DnsMessage) -> DnsTold {
        if self.quoted {
            self.sink.event(Event::DnsQuoted(message.id));
            return DnsTold::default();
        }
        self.sink.event(Event::Dns(message));
        let place = self.messages;
        self.messages = place.saturating_add(1);
        if S::DETAIL { self.facts.pairings.told(place.into()) } else { DnsTold::default() }
    }

    /// What the message of multicast DNS told last asks or answers.
    pub fn dns_named(&mut self, named: [DnsNamed; DnsNamed::TOGETHER]) {
        if !self.quoted {
            self.sink.event(Event::DnsNamed(named));
        }
    }

    /// The addresses that the columns show.
    #[inline]
    pub fn endpoints(&mut self, src: Endpoint, dst: Endpoint) {
        if !self.quoted {
            self.sink.endpoints(src, dst);
            if let Some(hosts) = hosts(src, dst) {
                self.tell_hosts();
                self.loose = Some(hosts);
            }
        }
    }

    /// No transport header followed the innermost internet layer so far: its
    /// hosts are told instead of a flow.
    #[inline]
    pub(in crate::decode) fn tell_hosts(&mut self) {
        if let Some(hosts) = self.loose.take() {
            self.sink.event(Event::Hosts(hosts));
        }
    }

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
        let event = if self.quoted { self.quoted_flow(key) } else { Event::Flow(key) };
        if !self.quoted {
            self.loose = None;
        }
        self.streams = self.streams.saturating_add(key.has_stream().into());
        self.sink.event(event);
    }

    /// Eight bytes are what every error quotes (RFC 792): all of a UDP header,
    /// but of a TCP header not even its flags.
    fn quoted_flow(&self, key: FlowKey) -> Event {
        let least = if key.protocol == UDP { 8 } else { 16 };
        Event::Quoted { key, whole: self.bytes.len() >= least }
    }

    /// Number of the flow of the transport header told last.
    #[inline]
    pub fn stream(&self) -> Option<u32> {
        self.facts.streams.get(usize::from(self.streams).checked_sub(1)?)
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
}

/// Both addresses of an internet header.
#[inline]
fn hosts(src: Endpoint, dst: Endpoint) -> Option<FlowKey> {
    let wide = |[a, b, c, d]: [u8; 4]| [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (src, dst, v6) = match (src, dst) {
        (Endpoint::V4(src), Endpoint::V4(dst)) => (wide(src), wide(dst), false),
        (Endpoint::V6(src), Endpoint::V6(dst)) => (src, dst, true),
        _ => return None,
    };
    Some(FlowKey { src, dst, v6, ..FlowKey::default() })
}
