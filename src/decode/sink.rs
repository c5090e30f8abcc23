//! The observer of a dissector, and how a layer ends before its end.

use super::check::{Check, Problem, Verdict};
use super::claim::ProtocolId;
use super::event::Event;
use super::field::{FieldDef, Protocol, Span, Value};
use std::fmt;
use std::net::IpAddr;

/// A layer that begins.
#[derive(Clone, Copy, Debug)]
pub struct LayerStart {
    /// Its protocol's place in the registry.
    pub id: ProtocolId,
    /// Its protocol.
    pub protocol: &'static Protocol,
    /// The bytes that it was given, its payload included.
    pub span: Span,
    /// Bytes that the enclosing layer claims for it; more than `span.len`
    /// when the capture was cut short.
    pub claimed: u32,
    /// Place of the enclosing layer; layers are counted from 0, the frame.
    pub parent: u8,
    /// Inside an ICMP error.
    pub quoted: bool,
}

/// An address of either end, for the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// Not known.
    #[default]
    None,
    /// Hardware address.
    Mac([u8; 6]),
    /// Number of a station on a link that has at most 256.
    Station(u8),
    /// IPv4 address.
    V4([u8; 4]),
    /// IPv6 address.
    V6([u8; 16]),
}

impl Endpoint {
    /// The internet address, where it is one.
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Endpoint::V4(octets) => Some(octets.into()),
            Endpoint::V6(octets) => Some(octets.into()),
            Endpoint::None | Endpoint::Mac(_) | Endpoint::Station(_) => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Mac([a, b, c, d, e, f]) => {
                write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
            }
            Endpoint::Station(number) => write!(out, "0x{number:02x}"),
            _ => self.address().map_or(Ok(()), |address| address.fmt(out)),
        }
    }
}

/// A state that a sink can go back to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark(pub u32, pub u32, pub u32);

/// What did not fit, where, and who claimed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where the bytes should begin.
    pub at: Span,
    /// Bytes that were needed.
    pub needed: u32,
    /// Bytes that were there.
    pub available: u32,
    /// What needed them, such as `UDP header`.
    pub what: &'static str,
}

/// Why a layer ends before its end.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Not this protocol: nothing of it is kept, the next candidate is tried.
    Declined,
    /// Not this protocol but that one: nothing of it is kept. Who is named so must
    /// not name this one in turn.
    Instead(&'static Protocol),
    /// It does not follow its format.
    Malformed(Extent),
    /// The capture lacks the bytes.
    Truncated(Extent),
}

/// Observes a dissector. Every method but [`Sink::layer`] may be left out; what
/// is left out costs nothing.
pub trait Sink: Sized + 'static {
    /// Wants fields. Dissectors put loops that only serve fields under it.
    const DETAIL: bool;
    /// Wants Info text and titles.
    const TEXT: bool;

    /// A layer begins; fields that follow belong to it.
    fn layer(&mut self, start: LayerStart);
    /// The bytes of the layer that has just begun, as far as the capture holds them.
    fn contents(&mut self, _bytes: &[u8]) {}
    /// The layer `layer` owns only `len` bytes; what is behind is its parent's.
    fn limit(&mut self, _layer: u8, _len: u32) {}
    /// A field. `generated` ones have no bytes of their own.
    fn field(&mut self, _def: &'static FieldDef, _span: Span, _value: Value<'_>, _generated: bool) {}
    /// Bytes elsewhere that belong to the last field's value, such as those that a
    /// compression pointer leads to.
    fn refer(&mut self, _span: Span) {}
    /// Bytes that are not in the frame: the next source, counted from 1.
    fn made(&mut self, _bytes: &[u8]) {}
    /// A field of an earlier layer.
    fn field_of(&mut self, _layer: u8, _def: &'static FieldDef, _span: Span, _value: Value<'_>) {}
    /// The fields that follow are parts of the last one.
    fn open(&mut self) {}
    /// Ends what the last `open` began.
    fn close(&mut self) {}
    /// Text in place of the last field's own (or behind the layer's name when no field was told yet).
    fn label(&mut self, _write: impl FnOnce(&mut String)) {}
    /// Something for the flows, the rows, the problems.
    fn event(&mut self, _event: Event) {}
    /// The outcome of a check, in words of its arithmetic where there are any.
    fn verdict(&mut self, check: Check, verdict: Verdict) {
        self.event(Event::Verdict { check, verdict });
    }
    /// Something wrong, in words.
    fn problem(&mut self, problem: Problem, span: Span, _write: impl FnOnce(&mut String)) {
        self.event(Event::Problem { problem, span });
    }
    /// Bytes that a layer lacks because the capture cut them off: the frame
    /// tells that problem once, this says where it shows.
    fn lacks(&mut self, _span: Span, _write: impl FnOnce(&mut String)) {}
    /// Info text, in place of that of the layers before.
    fn info(&mut self, _write: impl FnOnce(&mut String)) {}
    /// What stands before the Info text, whichever layer tells that.
    fn remark(&mut self, _write: impl FnOnce(&mut String)) {}
    /// Info text of one more message beside the last.
    fn info_more(&mut self, _write: impl FnOnce(&mut String)) {}
    /// Addresses, in place of those of the layers before.
    fn endpoints(&mut self, _src: Endpoint, _dst: Endpoint) {}
    /// A state to come back to.
    fn mark(&self) -> Mark {
        Mark::default()
    }
    /// Forgets what came after the mark.
    fn rewind(&mut self, _mark: Mark) {}
    /// The packet's last layer has ended.
    fn finish(&mut self) {}
}
