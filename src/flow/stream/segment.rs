//! A segment or datagram of a flow, with the place of what it carries.

use crate::base::PacketId;
use crate::decode::FlowKey;
use crate::decode::sinks::Payload;
use crate::flow::{Side, flags};

/// What one packet brings to a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The packet that it came in.
    pub packet: PacketId,
    /// B sent it.
    pub from_b: bool,
    /// TCP: sequence number.
    pub seq: u32,
    /// TCP: acknowledgement number.
    pub ack: u32,
    /// TCP: the twelve flag bits.
    pub flags: u16,
    /// TCP: window, not scaled.
    pub window: u16,
    /// Place of its payload in the packet.
    pub at: u32,
    /// Bytes of payload that the packet holds.
    pub held: u32,
    /// Bytes of payload that were sent.
    pub len: u32,
}

impl Segment {
    /// The payload as a segment of the flow that began with `key`; `None` when
    /// it belongs to another flow.
    pub fn of(key: &FlowKey, packet: PacketId, payload: &Payload) -> Option<Segment> {
        let from_b = match payload.key {
            own if own == *key => false,
            own if own == key.reversed() => true,
            _ => return None,
        };
        let Payload { seq, ack, flags, window, at, held, len, .. } = *payload;
        Some(Segment { packet, from_b, seq, ack, flags, window, at, held, len })
    }

    /// Who sent it.
    pub fn side(&self) -> Side {
        if self.from_b { Side::B } else { Side::A }
    }

    /// Whether a flag of [`flags`] is set.
    pub fn has(&self, bit: u16) -> bool {
        self.flags & bit != 0
    }

    /// Sequence number of its first byte of payload.
    pub(in crate::flow) fn first_byte(&self) -> u32 {
        self.seq.wrapping_add(u32::from(self.has(flags::SYN)))
    }
}
