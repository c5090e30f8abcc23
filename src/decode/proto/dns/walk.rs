//! A message on its way through the dissector: reading at a position, telling
//! fields there, and names with what is wrong with them.

use super::name::{self, Fault, Shape};
use crate::decode::{Bytes, FieldDef, Packet, Problem, Sink, Stop, Value};
use std::fmt::Write as _;

/// Labels and pointers of one name.
const MAX_NAME_STEPS: u32 = 512;

/// Steps that a broken name costs besides its own.
const COST_OF_FAULT: u32 = 1 << 11;

/// Bytes of Info text of one message: compressed names can make much of little.
const MAX_INFO: usize = 4096;

/// A message on its way through the dissector. Positions count from its id.
pub(super) struct Walk<'w, 'p, S: Sink> {
    pub(super) packet: &'w mut Packet<'p, S>,
    pub(super) bytes: &'p [u8],
    pub(super) base: usize,
    pub(super) cut: bool,
    pub(super) mdns: bool,
    pub(super) steps: u32,
    pub(super) lost: bool,
    /// A name could not be read: what follows is not sound either.
    pub(super) unread: bool,
    pub(super) info: String,
}

impl<'p, S: Sink> Walk<'_, 'p, S> {
    /// The message's bytes, as far as they are here.
    pub(super) fn bytes(&self) -> &'p [u8] {
        self.bytes
    }

    pub(super) fn u8(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        self.bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
    }

    pub(super) fn uint(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.uint(def, self.base + at, len);
    }

    pub(super) fn slice(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.slice(def, self.base + at, len);
    }

    pub(super) fn field(&mut self, def: &'static FieldDef, at: usize, len: usize, value: Value<'_>) {
        self.packet.field(def, self.base + at, len, value);
    }

    pub(super) fn group(&mut self, def: &'static FieldDef, at: usize, len: usize) {
        self.packet.group(def, self.base + at, len);
    }

    pub(super) fn end_group(&mut self) {
        self.packet.end_group();
    }

    pub(super) fn label(&mut self, write: impl FnOnce(&mut String)) {
        self.packet.label(write);
    }

    pub(super) fn problem(&mut self, kind: Problem, at: usize, len: usize, write: impl FnOnce(&mut String)) {
        self.packet.problem(kind, self.base + at, len, write);
    }

    /// The message ends before `what` does: cut short, or wrong.
    pub(super) fn ends(&mut self, at: usize, needed: usize, what: &'static str) -> Stop {
        self.packet.at = self.base + at.min(self.bytes.len());
        self.packet.short(needed, what)
    }

    /// The shape of a name; tells what is wrong with it.
    pub(super) fn shape(&mut self, at: usize, end: usize) -> Result<Shape, Option<usize>> {
        match name::shape(self.bytes, at, &mut self.steps) {
            Ok(shape) if shape.end <= end => Ok(shape),
            Ok(shape) => {
                self.problem(Problem::Malformed, at, end.saturating_sub(at), |text| {
                    let _ = write!(
                        text,
                        "a name takes {}, its record has {} left",
                        Bytes(shape.end - at),
                        end.saturating_sub(at)
                    );
                });
                Err(None)
            }
            Err((Fault::Steps, after)) => {
                if !self.lost {
                    self.lost = true;
                    self.problem(Problem::Limit, at, 0, |text| text.push_str(&Fault::Steps.words()));
                }
                Err(after)
            }
            // What the capture does not hold is told once, at the end.
            Err((Fault::Ends(_), after)) if self.cut && after.is_none() => Err(None),
            Err((fault, after)) => {
                // Who sends many broken names is not read to the end.
                self.steps = self.steps.saturating_sub(COST_OF_FAULT);
                let len = after.unwrap_or(end.min(self.bytes.len())).saturating_sub(at);
                self.problem(Problem::Malformed, at, len, |text| text.push_str(&fault.words()));
                Err(after)
            }
        }
    }

    /// A name as text, as Wireshark has it: with words in its place when it loops or is
    /// too long. What cannot be read at all is no name.
    pub(super) fn named(&self, at: usize) -> Result<String, Fault> {
        if self.lost {
            return Err(Fault::Steps);
        }
        name::read(self.bytes, at, usize::MAX).or_else(|fault| match fault {
            Fault::Pointer(..) | Fault::Long(_) => Ok(fault.placeholder().to_owned()),
            _ => Err(fault),
        })
    }

    /// Whether a name has no text: what [`Walk::named`] says, without making it.
    pub(super) fn is_unreadable(&self, at: usize) -> bool {
        let fault = name::check(self.bytes, at).err();
        self.lost || fault.is_some_and(|fault| !matches!(fault, Fault::Pointer(..) | Fault::Long(_)))
    }

    /// A name as text, or what is wrong with it.
    pub(super) fn name_text(&self, at: usize) -> String {
        self.named(at).unwrap_or_else(|fault| fault.placeholder().to_owned())
    }

    /// Whether the Info text may grow; marks where it ends.
    pub(super) fn has_room(&mut self) -> bool {
        let room = self.info.len() < MAX_INFO;
        if !room && !self.info.ends_with('…') {
            self.info.push_str(" …");
        }
        room
    }

    /// Tells a name as a field, whatever is wrong with it.
    pub(super) fn tell_name(&mut self, def: &'static FieldDef, at: usize, end: usize) {
        if S::DETAIL {
            let len = name::skip(self.bytes, at).unwrap_or(end).min(end).saturating_sub(at);
            let text = self.name_text(at);
            self.read_name(def, at, len, &text);
        }
    }

    /// Tells a name that was read before, and where its compression pointers lead.
    pub(super) fn read_name(&mut self, def: &'static FieldDef, at: usize, len: usize, text: &str) {
        self.field(def, at, len, Value::Bytes(text.as_bytes()));
        for stretch in name::stretches(self.bytes, at, MAX_NAME_STEPS) {
            self.packet.refer(self.base + stretch.start, stretch.len());
        }
    }

    /// Tells a name and what is wrong with it; where it ends, if that is known.
    pub(super) fn name(&mut self, def: &'static FieldDef, at: usize, end: usize) -> Option<usize> {
        let shape = self.shape(at, end);
        self.tell_name(def, at, end);
        match shape {
            Ok(shape) => Some(shape.end),
            Err(after) => after.filter(|after| *after <= end),
        }
    }
}

/// Text of the network as a field, printed as Wireshark does.
pub(super) fn printable_value<S: Sink>(
    walk: &mut Walk<'_, '_, S>,
    def: &'static FieldDef,
    at: usize,
    len: usize,
) {
    if S::DETAIL {
        let mut text = String::new();
        name::printable(&mut text, walk.bytes.get(at..at + len).unwrap_or_default());
        walk.field(def, at, len, Value::Bytes(text.as_bytes()));
    }
}
