//! One stretch of one direction, and what became of it.

use crate::base::PacketId;
use crate::flow::Side;

/// What a run says of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Bytes of the stream, as its packet holds them.
    Data,
    /// Bytes that no packet of the capture holds.
    Gap,
    /// Bytes that the capture cut off the packet.
    Cut,
    /// A segment whose bytes were all there before, and the same.
    Retransmission,
    /// The part of a segment that was there before, the same; new bytes follow.
    Overlap,
    /// Bytes that were there before and are not the same now. The first ones
    /// are kept.
    Conflict,
    /// Bytes that were there before; whether they are the same cannot be told.
    Unchecked,
    /// The last byte once more, to see whether the other side is still there.
    KeepAlive,
    /// The side has no more to send (FIN).
    Fin,
    /// The side ended the connection at once (RST).
    Reset,
}

const KINDS: [Kind; 10] = [
    Kind::Data,
    Kind::Gap,
    Kind::Cut,
    Kind::Retransmission,
    Kind::Overlap,
    Kind::Conflict,
    Kind::Unchecked,
    Kind::KeepAlive,
    Kind::Fin,
    Kind::Reset,
];

impl Kind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Data => "data",
            Kind::Gap => "gap",
            Kind::Cut => "cut",
            Kind::Retransmission => "retransmission",
            Kind::Overlap => "overlap",
            Kind::Conflict => "conflict",
            Kind::Unchecked => "unchecked",
            Kind::KeepAlive => "keep-alive",
            Kind::Fin => "fin",
            Kind::Reset => "reset",
        }
    }

    /// Takes its place in the stream; others only tell what came again.
    pub const fn is_placed(self) -> bool {
        matches!(self, Kind::Data | Kind::Gap | Kind::Cut)
    }

    /// Something went wrong here, or came twice.
    pub const fn is_odd(self) -> bool {
        !matches!(self, Kind::Data | Kind::Fin | Kind::KeepAlive)
    }
}

/// A stretch of one direction. 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Position of its first byte; [`Reassembly::offset`](super::Reassembly::offset)
    /// makes it an offset in the stream.
    pub pos: u64,
    /// The packet that holds it; for a gap the one that shows it.
    pub packet: PacketId,
    /// Bytes.
    pub len: u32,
    /// Place of the first byte in the packet (24 bits), kind and side.
    word: u32,
}

/// Places in packets that a run can tell: no packet is peeled further.
const PLACES: u32 = 1 << 24;

impl Run {
    /// A run of `side`; `at` is the place of its first byte in the packet.
    pub fn new(kind: Kind, side: Side, pos: u64, len: u32, packet: PacketId, at: u32) -> Run {
        let word = at.min(PLACES - 1) | (kind as u32) << 24 | (side as u32) << 31;
        Run { pos, packet, len, word }
    }

    /// What it says of its bytes.
    pub fn kind(&self) -> Kind {
        KINDS.get((self.word >> 24 & 0x7f) as usize).copied().unwrap_or(Kind::Data)
    }

    /// Who sent it.
    pub fn side(&self) -> Side {
        if self.word >> 31 == 0 { Side::A } else { Side::B }
    }

    /// Place of its first byte in the packet.
    pub fn at(&self) -> u32 {
        self.word & (PLACES - 1)
    }

    /// One past its last position.
    pub fn end(&self) -> u64 {
        self.pos.saturating_add(self.len.into())
    }

    /// The part of it from one position to another.
    pub(in crate::flow) fn part(&self, from: u64, to: u64) -> Run {
        let (from, to) = (from.max(self.pos), to.min(self.end()));
        let at = self.at().saturating_add((from - self.pos) as u32);
        Run::new(self.kind(), self.side(), from, to.saturating_sub(from) as u32, self.packet, at)
    }
}
