//! The wanted fields of a packet, for filters and exports.

use crate::decode::claim::ProtocolId;
use crate::decode::field::{FieldDef, Layer, Protocol, Span, Value};
use crate::decode::hosts::is_name;
use crate::decode::proto::frame::PROTOCOLS;
use crate::decode::registry::Registry;
use crate::decode::sink::{LayerStart, Mark, Sink};
use crate::decode::stored::{Arena, Stored};

/// Which fields and protocols a probe looks for. Made once per expression.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Sorted by the definition's address; the place in the list of names.
    fields: Vec<(usize, u16)>,
    protocols: Vec<(ProtocolId, u16)>,
    /// `frame.protocols` is among them.
    stack: bool,
    /// So is a field that later packets may still change.
    looks_ahead: bool,
    /// So is the name of a host.
    names: bool,
    /// The bytes of layers are wanted too.
    contents: bool,
}

impl Wanted {
    /// The name at `place` of the caller's list: a field or a protocol.
    /// `false` when no protocol has it.
    pub fn add(&mut self, registry: &Registry, name: &str, place: u16) -> bool {
        let before = self.fields.len() + self.protocols.len();
        for def in registry.fields_by_name(name) {
            self.fields.push((std::ptr::from_ref(def).addr(), place));
            self.looks_ahead |= def.looks_ahead;
            self.names |= is_name(def);
        }
        self.protocols.extend(registry.named(name).map(|id| (id, place)));
        self.stack |= name == PROTOCOLS.name;
        self.fields.sort_unstable();
        self.fields.dedup();
        self.fields.len() + self.protocols.len() > before
    }

    /// Whether later packets may still change one of them.
    pub fn looks_ahead(&self) -> bool {
        self.looks_ahead
    }

    /// Whether the name of a host is wanted: then the peeler must bring names along.
    pub fn names(&self) -> bool {
        self.names
    }

    /// The bytes of wanted layers are wanted too: see [`Probe::contents`].
    pub fn add_contents(&mut self) {
        self.contents = true;
    }

    fn places(&self, def: &'static FieldDef) -> impl Iterator<Item = u16> + use<'_> {
        let address = std::ptr::from_ref(def).addr();
        let from = self.fields.partition_point(|row| row.0 < address);
        let rows = self.fields.get(from..).unwrap_or_default().iter();
        rows.take_while(move |row| row.0 == address).map(|row| row.1)
    }
}

/// One wanted field that was there.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Place of its name in the caller's list.
    pub place: u16,
    /// The definition; `None` for a protocol.
    pub def: Option<&'static FieldDef>,
    /// Where it lies; of a protocol that carries another, its header alone.
    pub span: Span,
    /// Place of its layer in the packet.
    pub layer: u8,
    /// Its value, see [`Probe::value`].
    pub value: Stored,
}

/// Keeps the wanted fields of one packet, in the order of the packet.
#[derive(Debug, Default)]
pub struct Probe {
    wanted: Wanted,
    /// What was found.
    pub found: Vec<Found>,
    arena: Arena,
    /// Names of the layers so far, where `frame.protocols` is wanted.
    stack: String,
    /// The layers so far.
    layers: Vec<&'static Protocol>,
    /// Bytes of layers that are kept, and where: layers within them need no copy.
    copies: Vec<(Span, u32)>,
}

impl Probe {
    /// Looks for `wanted`.
    pub fn new(wanted: Wanted) -> Self {
        Probe { wanted, ..Probe::default() }
    }

    /// Ready for the next packet.
    pub fn clear(&mut self) {
        self.found.clear();
        self.arena.truncate(0);
        self.stack.clear();
        self.layers.clear();
        self.copies.clear();
    }

    /// The value of something found.
    pub fn value(&self, found: &Found) -> Value<'_> {
        self.arena.get(found.value)
    }

    /// The bytes of a protocol that was found, where they are wanted: of its own
    /// header, or with all that it carries.
    pub fn contents(&self, found: &Found, whole: bool) -> &[u8] {
        match self.arena.get(found.value) {
            Value::Bytes(bytes) if whole => bytes,
            Value::Bytes(bytes) => bytes.get(..found.span.len as usize).unwrap_or(bytes),
            _ => &[],
        }
    }

    /// Which layer of its protocol something was found in; the first is 1.
    pub fn ordinal(&self, found: &Found) -> usize {
        let mut layers = self.layers.iter().take(usize::from(found.layer) + 1).rev();
        let Some(own) = layers.next() else { return 0 };
        1 + layers.filter(|other| std::ptr::eq(**other, *own)).count()
    }

    fn keep(
        &mut self,
        layer: u8,
        def: &'static FieldDef,
        wanted: &'static FieldDef,
        span: Span,
        value: Value<'_>,
    ) {
        for place in self.wanted.places(wanted) {
            let value = self.arena.store(value);
            self.found.push(Found { place, def: Some(def), span, layer, value });
        }
    }

    /// What was found of a layer as such.
    fn of_layer(&mut self, layer: u8) -> impl Iterator<Item = &mut Found> {
        self.found.iter_mut().filter(move |found| found.def.is_none() && found.layer == layer)
    }

    /// A layer within another ends the other's header, but not that of a message:
    /// what an application carries is its own.
    fn end_header(&mut self, start: &LayerStart) {
        let Some(around) = self.layers.get(usize::from(start.parent)) else { return };
        // So are those of ICMP, whatever they quote.
        let is_message =
            matches!(around.layer, Layer::Application) || matches!(around.name, "icmp" | "icmpv6");
        if is_message || around.layer == Layer::Frame {
            return;
        }
        for found in self.of_layer(start.parent) {
            let own = start.span.start.checked_sub(found.span.start);
            if let Some(own) = own.filter(|_| found.span.source == start.span.source) {
                found.span.len = found.span.len.min(own);
            }
        }
    }
}

impl Sink for Probe {
    const DETAIL: bool = true;
    const TEXT: bool = false;

    fn layer(&mut self, start: LayerStart) {
        if self.wanted.contents {
            self.end_header(&start);
        }
        let layer = self.layers.len() as u8;
        self.layers.push(start.protocol);
        for (_, place) in self.wanted.protocols.iter().filter(|row| row.0 == start.id) {
            let (place, span) = (*place, start.span);
            self.found.push(Found { place, def: None, span, layer, value: Stored::None });
        }
        if self.wanted.stack && start.protocol.layer != Layer::Frame {
            if !self.stack.is_empty() {
                self.stack.push(':');
            }
            self.stack.push_str(start.protocol.stack.unwrap_or(start.protocol.name));
        }
    }

    fn field(&mut self, def: &'static FieldDef, span: Span, value: Value<'_>, _generated: bool) {
        self.field_of((self.layers.len() as u8).saturating_sub(1), def, span, value);
    }

    fn field_of(&mut self, layer: u8, def: &'static FieldDef, span: Span, value: Value<'_>) {
        self.keep(layer, def, def, span, value);
        for also in def.also {
            self.keep(layer, def, also, span, value);
        }
    }

    fn contents(&mut self, bytes: &[u8]) {
        if !self.wanted.contents {
            return;
        }
        let layer = (self.layers.len() as u8).saturating_sub(1);
        let Some(span) = self.of_layer(layer).next().map(|found| found.span) else { return };
        let within = |(copy, _): &&(Span, u32)| {
            copy.source == span.source && copy.start <= span.start && copy.end() >= span.end()
        };
        let at = match self.copies.iter().rev().find(within) {
            Some((copy, at)) => at + (span.start - copy.start),
            None => {
                let at = self.arena.len() as u32;
                self.arena.store(Value::Bytes(bytes));
                self.copies.push((span, at));
                at
            }
        };
        for found in self.of_layer(layer) {
            found.value = Stored::Bytes(at, span.len);
        }
    }

    fn limit(&mut self, layer: u8, len: u32) {
        if !self.wanted.contents {
            return;
        }
        for found in self.of_layer(layer) {
            found.span.len = found.span.len.min(len);
            if let Stored::Bytes(_, all) = &mut found.value {
                *all = (*all).min(len);
            }
        }
    }

    fn mark(&self) -> Mark {
        Mark(self.found.len() as u32, self.arena.len() as u32, self.stack.len() as u32)
    }

    fn rewind(&mut self, mark: Mark) {
        self.found.truncate(mark.0 as usize);
        self.arena.truncate(mark.1 as usize);
        self.stack.truncate(mark.2 as usize);
        // The declined layer is the last one told.
        self.layers.pop();
        self.copies.retain(|(_, at)| *at < mark.1);
    }

    fn finish(&mut self) {
        if self.wanted.stack {
            let stack = std::mem::take(&mut self.stack);
            self.field_of(0, &PROTOCOLS, Span::default(), Value::Bytes(stack.as_bytes()));
            self.stack = stack;
        }
    }
}
