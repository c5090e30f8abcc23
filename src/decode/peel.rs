//! The loop: calls dissectors layer by layer, depth first, without recursion.
//!
//! Owns the order of layers, the limits on them, and what happens when a
//! dissector declines or stops. No dissector calls another.

use super::carried::Carried;
use super::check::Problem;
use super::claim::{Carrier, Claim, ProtocolId};
use super::event::Facts;
use super::field::{Protocol, Span, Trailer};
use super::format::Bytes;
use super::hosts::Hosts;
use super::packet::{Medium, Net, Packet};
use super::process::Owners;
use super::registry::{Column, FRAME, Registry};
use super::sink::{Extent, LayerStart, Stop};
use crate::base::{LinkType, Timestamp};
use std::cell::OnceCell;
use std::fmt::Write as _;

/// Layers of one packet, declined ones not counted.
const MAX_LAYERS: usize = 128;
/// Continuations that wait while earlier ones are peeled.
const MAX_SPILL: usize = 64;
/// Byte sources made while peeling one packet.
const MAX_SOURCES: usize = 8;

/// One frame as the capture holds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame<'a> {
    /// What it begins with.
    pub link: LinkType,
    /// The bytes that the capture holds.
    pub bytes: &'a [u8],
    /// Bytes on the wire.
    pub wire: u32,
    /// Number as people see it: 1 for the first.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// When the capture's first packet was captured.
    pub first: Timestamp,
    /// When the packet before it was captured; its own time for the first.
    pub previous: Timestamp,
    /// Place in the capture's list of interfaces; `None` where the format has none.
    pub interface: Option<u32>,
    /// Name of the interface, raw, where the capture has one.
    pub interface_name: Option<&'a str>,
    /// Comments on the packet, raw.
    pub comments: &'a [String],
    /// The pcapng packet flags (`epb_flags`).
    pub flags: Option<u32>,
    /// Whose the ends of its innermost flow are, where that is known.
    pub owners: Option<&'a Owners>,
    /// Names of hosts that were known when it came, where they are wanted.
    pub hosts: Option<&'a dyn Hosts>,
    /// What other packets of its innermost flow left, where those are followed.
    pub carried: Option<Carried<'a>>,
    /// Bytes of frame check sequence at the end, where the capture says.
    pub fcs_length: Option<u8>,
    /// Written on a big-endian machine.
    pub big_endian: bool,
}

/// One continuation: offsets, so that it outlives no frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub claim: Claim,
    pub source: u8,
    pub start: u32,
    pub len: u32,
    pub claimed: u32,
    pub parent: u8,
    pub quoted: bool,
    /// Another message of the protocol beside it: see [`Packet::next_message`].
    pub beside: bool,
    /// What carries it as its payload; set where the work is told.
    pub carrier: Option<Carrier>,
}

/// Buffers that the caller keeps from packet to packet.
#[derive(Default)]
pub struct Scratch {
    extra: Vec<(Work, Net)>,
    /// Parent and protocol of each layer.
    layers: Vec<(u8, &'static Protocol)>,
}

impl Scratch {
    pub(super) fn spill(&mut self, work: Work, net: Net) -> bool {
        let room = self.extra.len() < MAX_SPILL;
        if room {
            self.extra.push((work, net));
        }
        room
    }

    /// The layer around `layer`.
    pub(super) fn parent_of(&self, layer: u8) -> u8 {
        self.layers.get(usize::from(layer)).map_or(0, |row| row.0)
    }

    /// The nearest layer around `layer` that can have a trailer.
    pub(super) fn trailer_of(&self, layer: u8) -> (u8, Trailer) {
        let mut at = layer;
        for _ in 0..MAX_LAYERS {
            let Some((parent, _)) = self.layers.get(usize::from(at)) else { break };
            at = *parent;
            if let Some(trailer) = self.layers.get(usize::from(at)).and_then(|row| row.1.trailer) {
                return (at, trailer);
            }
            if at == 0 {
                break;
            }
        }
        (0, super::proto::frame::TRAILERS)
    }
}

type Cells = [OnceCell<Box<[u8]>>; MAX_SOURCES];

/// Bytes made while peeling one packet; source numbers start at 1. Most packets
/// make none: then there is only one empty word.
#[derive(Default)]
pub(super) struct Sources(OnceCell<Box<Cells>>);

impl Sources {
    pub(super) fn put(&self, bytes: Box<[u8]>) -> Option<u8> {
        let cells = self.0.get_or_init(Box::default);
        let free = cells.iter().position(|cell| cell.get().is_none())?;
        cells.get(free)?.set(bytes).ok()?;
        u8::try_from(free + 1).ok()
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.get().is_none_or(|cells| cells.iter().any(|cell| cell.get().is_none()))
    }

    pub(super) fn get(&self, source: u8) -> &[u8] {
        let cell = usize::from(source).checked_sub(1).and_then(|at| self.0.get()?.get(at));
        cell.and_then(OnceCell::get).map(AsRef::as_ref).unwrap_or_default()
    }
}

impl Registry {
    /// Peels one frame into `sink`: the frame itself, then layer by layer.
    pub fn peel<S: Column>(&self, frame: &Frame<'_>, facts: Facts, scratch: &mut Scratch, sink: &mut S) {
        let sources = Sources::default();
        scratch.extra.clear();
        scratch.layers.clear();
        let len = frame.bytes.len() as u32;
        let work = Work {
            claim: Claim::Id(FRAME),
            source: 0,
            start: 0,
            len,
            claimed: frame.wire.max(len),
            parent: 0,
            quoted: false,
            beside: false,
            carrier: None,
        };
        let mut packet = Packet {
            frame,
            bytes: frame.bytes,
            at: 0,
            claimed: work.claimed,
            offset: 0,
            source: 0,
            layer: 0,
            id: 0,
            recognised: false,
            quoted: false,
            beside: false,
            facts,
            sources: &sources,
            next: work,
            has_next: true,
            scratch,
            lost: false,
            carrier: None,
            loose: None,
            streams: 0,
            messages: 0,
            net: Net::default(),
            medium: Medium {
                link: frame.link,
                fcs_length: frame.fcs_length,
                received: frame.flags.is_some_and(|flags| flags & 3 == 1),
                ..Medium::default()
            },
            ports: (0, 0),
            sink,
        };
        loop {
            if packet.scratch.layers.len() >= MAX_LAYERS {
                packet.lost = true;
                break;
            }
            let waiting = packet.scratch.extra.len();
            self.layer(&mut packet);
            if packet.scratch.extra.len() > waiting
                && let Some(told) = packet.scratch.extra.get_mut(waiting..)
            {
                // Depth first, in the order told.
                told.reverse();
            }
            if !packet.has_next {
                let Some((next, net)) = packet.scratch.extra.pop() else { break };
                (packet.next, packet.has_next, packet.net) = (next, true, net);
            }
        }
        if packet.lost {
            let span = Span { source: 0, start: 0, len };
            packet.sink.problem(Problem::Limit, span, |text| {
                let _ = write!(text, "not all layers are shown: at most {MAX_LAYERS} are peeled");
            });
        }
        packet.tell_hosts();
        packet.sink.finish();
    }

    /// Tries the candidates for one continuation until one does not decline.
    #[inline]
    fn layer<S: Column>(&self, packet: &mut Packet<'_, S>) {
        let work = packet.next;
        packet.has_next = false;
        let all = match work.source {
            0 => packet.frame.bytes,
            source => packet.sources.get(source),
        };
        let start = work.start as usize;
        let bytes = all.get(start..start + work.len as usize).unwrap_or_default();
        let waiting = packet.scratch.extra.len();
        let bound = if work.quoted { None } else { packet.facts.bound };
        let mut candidates = self.candidates(work.claim, bound);
        loop {
            let (id, recognised) = candidates.next(self, bytes);
            // No bytes are no layer, but where a known protocol should have some,
            // and for a frame that holds nothing at all.
            if bytes.is_empty() && (id == 0 || work.quoted) && packet.scratch.layers.len() > 1 {
                return;
            }
            let row = self.row(id);
            packet.bytes = bytes;
            packet.at = 0;
            packet.claimed = work.claimed;
            packet.offset = work.start;
            packet.source = work.source;
            packet.layer = packet.scratch.layers.len() as u8;
            packet.id = id;
            packet.recognised = recognised;
            packet.quoted = work.quoted;
            packet.beside = work.beside;
            packet.carrier = work.carrier;
            packet.scratch.layers.push((work.parent, row.protocol));
            let mark = packet.sink.mark();
            packet.sink.layer(LayerStart {
                id,
                protocol: row.protocol,
                span: Span { source: work.source, start: work.start, len: work.len },
                claimed: work.claimed,
                parent: work.parent,
                quoted: work.quoted,
            });
            packet.sink.contents(bytes);
            match S::function(row)(packet) {
                Err(stop @ (Stop::Declined | Stop::Instead(_))) => {
                    packet.sink.rewind(mark);
                    packet.scratch.extra.truncate(waiting);
                    packet.scratch.layers.pop();
                    packet.has_next = false;
                    match stop {
                        Stop::Instead(protocol) => {
                            candidates = self.candidates(Claim::Protocol(protocol), None);
                        }
                        _ if id == 0 => return,
                        _ => {}
                    }
                }
                outcome => {
                    if recognised && !work.quoted {
                        packet.sink.event(super::event::Event::Recognised(id));
                    }
                    if let Err(stop) = outcome {
                        report(packet, stop, row.protocol.label);
                    }
                    return;
                }
            }
        }
    }

    /// The place of the protocol that a frame of this link type begins with.
    pub fn link(&self, link: LinkType) -> ProtocolId {
        self.candidates(Claim::Link(link.0), None).next(self, &[]).0
    }
}

#[cold]
fn report<S: Column>(packet: &mut Packet<'_, S>, stop: Stop, label: &str) {
    if packet.quoted {
        return;
    }
    let words = |text: &mut String, Extent { needed, available, what, .. }, verb| {
        let _ = if needed > 0 {
            write!(text, "{label}: {what} needs {}, {verb} {available}", Bytes(needed as usize))
        } else {
            write!(text, "{label}: {what}")
        };
    };
    match stop {
        Stop::Declined | Stop::Instead(_) => {}
        Stop::Malformed(extent) => {
            packet.sink.problem(Problem::Malformed, extent.at, |text| words(text, extent, "has"));
        }
        // The frame has told once that the capture cut it.
        Stop::Truncated(extent) => {
            let cut = packet.frame.bytes.len() < packet.frame.wire as usize;
            let verb = if cut { "the capture holds" } else { "here are" };
            packet.sink.lacks(extent.at, |text| words(text, extent, verb));
        }
    }
}
