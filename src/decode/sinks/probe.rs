//! The wanted fields of a packet, for filters and exports.

use crate::decode::field::{FieldDef, Layer, Span, Value};
use crate::decode::hosts::is_name;
use crate::decode::proto::frame::PROTOCOLS;
use crate::decode::registry::{ProtocolId, Registry};
use crate::decode::sink::{LayerStart, Mark, Sink};
use crate::decode::stored::{Arena, Stored};
use smallvec::SmallVec;

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

    fn places(&self, def: &'static FieldDef) -> impl Iterator<Item = u16> {
        let address = std::ptr::from_ref(def).addr();
        let from = self.fields.partition_point(|row| row.0 < address);
        self.fields.iter().skip(from).take_while(move |row| row.0 == address).map(|row| row.1)
    }
}

/// One wanted field that was there.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Place of its name in the caller's list.
    pub place: u16,
    /// The definition; `None` for a protocol.
    pub def: Option<&'static FieldDef>,
    /// Where it lies.
    pub span: Span,
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
    }

    /// The value of something found.
    pub fn value(&self, found: &Found) -> Value<'_> {
        self.arena.get(found.value)
    }

    fn keep(&mut self, def: &'static FieldDef, wanted: &'static FieldDef, span: Span, value: Value<'_>) {
        let places: SmallVec<[u16; 4]> = self.wanted.places(wanted).collect();
        for place in places {
            let value = self.arena.store(value);
            self.found.push(Found { place, def: Some(def), span, value });
        }
    }
}

impl Sink for Probe {
    const DETAIL: bool = true;
    const TEXT: bool = false;

    fn layer(&mut self, start: LayerStart) {
        let places: SmallVec<[u16; 4]> =
            self.wanted.protocols.iter().filter(|row| row.0 == start.id).map(|row| row.1).collect();
        for place in places {
            self.found.push(Found { place, def: None, span: start.span, value: Stored::None });
        }
        if self.wanted.stack && start.protocol.layer != Layer::Frame {
            if !self.stack.is_empty() {
                self.stack.push(':');
            }
            self.stack.push_str(start.protocol.stack.unwrap_or(start.protocol.name));
        }
    }

    fn field(&mut self, def: &'static FieldDef, span: Span, value: Value<'_>, _generated: bool) {
        self.keep(def, def, span, value);
        for also in def.also {
            self.keep(def, also, span, value);
        }
    }

    fn field_of(&mut self, _layer: u8, def: &'static FieldDef, span: Span, value: Value<'_>) {
        self.field(def, span, value, false);
    }

    fn mark(&self) -> Mark {
        Mark(self.found.len() as u32, self.arena.len() as u32, self.stack.len() as u32)
    }

    fn rewind(&mut self, mark: Mark) {
        self.found.truncate(mark.0 as usize);
        self.arena.truncate(mark.1 as usize);
        self.stack.truncate(mark.2 as usize);
    }

    fn finish(&mut self) {
        if self.wanted.stack {
            let stack = std::mem::take(&mut self.stack);
            self.field(&PROTOCOLS, Span::default(), Value::Bytes(stack.as_bytes()), true);
            self.stack = stack;
        }
    }
}
