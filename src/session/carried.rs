//! What earlier packets of a connection left for one: follows the connections at the turn
//! of each packet, and reads what is kept of them for whoever peels it later.

use super::peeler::Peeler;
use super::shared::{Analysis, Shared};
use crate::base::PacketId;
use crate::decode::proto::{dns::Dns, http2::Http2, llmnr::Llmnr};
use crate::decode::sinks::Payloads;
use crate::decode::{
    Carried, Dissector, Facts, FlowKey, FramesLeft, Kept, MessageLeft, Ports, ProtocolId, Registry, Scale,
    TCP,
};
use crate::flow::{Extent, MOST_SHIFT, Segment, Side};

/// The protocols whose connections are followed.
pub(super) struct Followed {
    frames: Option<ProtocolId>,
    messages: [Option<ProtocolId>; 2],
}

impl Followed {
    pub fn new(registry: &Registry) -> Self {
        let place = |name| registry.by_name(name);
        Followed {
            frames: place(Http2::PROTOCOL.name),
            messages: [Dns::PROTOCOL.name, Llmnr::PROTOCOL.name].map(place),
        }
    }

    /// Whether connections of a protocol are.
    pub fn has(&self, protocol: ProtocolId) -> bool {
        self.frames == Some(protocol) || self.has_messages(protocol)
    }

    fn has_messages(&self, protocol: ProtocolId) -> bool {
        self.messages.contains(&Some(protocol))
    }

    /// What the ports of a connection lead to, where that is followed.
    pub fn by_ports(&self, registry: &Registry, key: &FlowKey) -> Option<ProtocolId> {
        if key.protocol != TCP {
            return None;
        }
        let protocol = registry.by_ports(Ports::Tcp, key.src_port, key.dst_port);
        Some(protocol).filter(|protocol| self.has_messages(*protocol))
    }
}

/// What was left for a packet.
#[derive(Clone, Debug)]
pub(super) enum Left {
    Frames(Box<FramesLeft>),
    Message(Box<MessageLeft>),
}

impl Left {
    pub fn as_carried(&self) -> Carried<'_> {
        match self {
            Left::Frames(left) => Carried::Frames(left),
            Left::Message(left) => Carried::Message(left),
        }
    }
}

impl Analysis {
    /// Under which number something is kept that was left for packet `id` of a flow that
    /// carries `protocol`.
    pub(super) fn kept(&self, followed: &Followed, protocol: ProtocolId, id: PacketId) -> Option<Kept> {
        if followed.has_messages(protocol) {
            self.streams.find(id).map(Kept::Message)
        } else if followed.has(protocol) {
            self.connections.find(id).map(Kept::Frames)
        } else {
            None
        }
    }

    fn left(&self, kept: Kept, read: &mut impl FnMut(Extent, &mut Vec<u8>)) -> Option<Left> {
        Some(match kept {
            Kept::Frames(number) => Left::Frames(Box::new(self.connections.left(number)?.read(read))),
            Kept::Message(number) => Left::Message(Box::new(self.streams.left(number)?.read(read))),
        })
    }
}

impl Shared {
    /// What earlier packets left for one, by its facts.
    pub(super) fn carried(&self, facts: &Facts, peeler: &mut Peeler) -> Option<Left> {
        let kept = facts.carried?;
        self.analysis().left(kept, &mut |extent, out| self.append(extent, peeler, out))
    }

    /// Follows the connection at `flow`, which carries `protocol`, by packet `id`, and gives
    /// what those before left. `first`: it showed what the flow carries.
    pub(super) fn follow_connection(
        &self,
        analysis: &mut Analysis,
        id: PacketId,
        (flow, protocol, first): (u32, ProtocolId, bool),
        peeler: &mut Peeler,
        payloads: &mut Payloads,
    ) -> Option<Left> {
        let key = analysis.flows.get(flow)?.key;
        payloads.clear();
        peeler.peel(self, id, Facts::default(), payloads).ok()?;
        let segment = Segment::of(&key, id, payloads.found.last()?)?;
        let mut read = |extent, out: &mut Vec<u8>| self.append(extent, peeler, out);
        let known = analysis.flows.get(flow).and_then(|known| analysis.flows.connection(known));
        let shift = match known.map(|known| known.scale(segment.side())) {
            Some(Scale::Shift(shift)) => shift,
            Some(Scale::Unused) => 0,
            Some(Scale::Unknown) | None => MOST_SHIFT,
        };
        let offer = (&segment, shift);
        if self.followed.has_messages(protocol) {
            analysis.streams.segment(flow, offer, first, &mut read);
            let time_of = |id| self.index.get(id).unwrap_or_default().time.0;
            for (flow, side) in analysis.streams.take_missed() {
                analysis.dns.lose(flow, side == Side::B, id, time_of);
            }
            for early in analysis.streams.take_overruled() {
                analysis.dns.overrule(early);
            }
        } else {
            analysis.connections.segment(flow, offer, first, &mut read);
        }
        analysis.left(analysis.kept(&self.followed, protocol, id)?, &mut read)
    }

    fn append(&self, extent: Extent, peeler: &mut Peeler, out: &mut Vec<u8>) {
        let Ok(bytes) = peeler.bytes(self, extent.packet) else { return };
        let from = extent.at as usize;
        out.extend_from_slice(bytes.get(from..from.saturating_add(extent.len as usize)).unwrap_or_default());
    }
}
