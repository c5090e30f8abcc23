//! TCP analysis: what each segment means in the light of those before it.
//!
//! Owns what must be remembered of connections. Pure: knows sequence numbers,
//! flags and times; knows nothing of packets, files, threads and screens.

mod analysis;
mod ends;
mod handshake;
mod measure;
mod slab;
mod state;
mod unacked;

pub use analysis::Segment;
pub use ends::EndState;
pub(super) use ends::Seen as EndsSeen;
pub use measure::{Measure, Times};
pub use state::State;
pub use unacked::Unacked;

use super::Side;
use super::flags::{ACK, FIN, RST, SYN};
use crate::decode::{Remarks, TcpOptions};
use handshake::Handshake;
use slab::{NONE, Slab};

/// What a flow keeps of its connection: the place of its [`State`], and how its
/// handshake stands. A flow that consists of a lone SYN has no state yet, only
/// what the SYN said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The state's place; of a lone SYN [`OPENED`], its scale ([`NO_SCALE`] for
    /// none) and in the low 16 bits its window.
    place: u32,
    /// The [`Handshake`]; of a lone SYN its sequence number.
    word: u32,
}

const OPENED: u32 = 1 << 31;
const NO_SCALE: u32 = 31;

impl Slot {
    /// No segment was analysed.
    pub const EMPTY: Slot = Slot { place: NONE, word: 0 };

    const fn is_opened(self) -> bool {
        self.place != NONE && self.place & OPENED != 0
    }

    /// The sequence number of the SYN, when nothing else was seen.
    pub fn isn(self) -> Option<u32> {
        self.is_opened().then_some(self.word)
    }

    /// How long the handshake took: from the last SYN to the ACK of its answer.
    pub fn handshake(self) -> Option<u64> {
        (self.place & OPENED == 0).then_some(Handshake(self.word))?.took()
    }

    fn opened(segment: &Segment) -> Option<Slot> {
        let Segment { ack: 0, len: 0, seq, flags, window, options, .. } = *segment else {
            return None;
        };
        let TcpOptions { scale, sack, cookie } = options;
        let bare = flags & (SYN | ACK | FIN | RST) == SYN && sack.is_empty() && !cookie && !segment.ce;
        let scale = scale.map_or(NO_SCALE, |shift| shift.min(14).into());
        bare.then_some(Slot { place: OPENED | scale << 16 | u32::from(window), word: seq })
    }

    /// The SYN that opened the flow, when there was nothing else.
    fn syn(self, time: i64) -> Option<Segment> {
        let seq = self.isn()?;
        let scale = u8::try_from(self.place >> 16 & 31).ok().filter(|scale| u32::from(*scale) != NO_SCALE);
        let options = TcpOptions { scale, ..TcpOptions::default() };
        Some(Segment { time, seq, flags: SYN, window: self.place as u16, options, ..Segment::default() })
    }
}

/// The states of all connections.
#[derive(Debug)]
pub struct Connections {
    states: Slab<State>,
    unacked: Unacked,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { states: Slab::new(OPENED - 1), unacked: Unacked::default() }
    }
}

impl Connections {
    /// The state of a connection; none while it is only a SYN.
    pub fn get(&self, slot: Slot) -> Option<&State> {
        self.states.get(slot.place)
    }

    /// Bytes that the states take.
    pub fn size(&self) -> usize {
        self.states.size()
    }

    /// Segments that were not noted as unacknowledged, because a limit was reached.
    pub fn refused(&self) -> u64 {
        self.unacked.refused
    }

    /// Follows a connection by a segment of `side`.
    pub fn segment(
        &mut self,
        slot: &mut Slot,
        segment: &Segment,
        side: Side,
        time_of: impl Fn(u32) -> i64,
    ) -> Remarks {
        if *slot == Slot::EMPTY
            && let Some(opened) = Slot::opened(segment)
            && segment.at == 0
        {
            *slot = opened;
            return Remarks::default();
        }
        if self.states.get(slot.place).is_none() {
            let (mut state, mut handshake) = (State::default(), Handshake::default());
            if let Some(syn) = slot.syn(time_of(0)) {
                state.segment(&syn, Side::A, &mut handshake, &mut self.unacked, &time_of);
            }
            *slot = Slot { place: self.states.put(state), word: handshake.0 };
        }
        let Some(state) = self.states.get_mut(slot.place) else {
            *slot = Slot::EMPTY;
            return Remarks::default();
        };
        let mut handshake = Handshake(slot.word);
        let remarks = state.segment(segment, side, &mut handshake, &mut self.unacked, time_of);
        slot.word = handshake.0;
        if segment.flags & RST != 0 {
            // Nothing will be acknowledged any more.
            state.forget(&mut self.unacked);
        }
        remarks
    }

    /// The connection is over: its ports are used by another one.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(state) = self.states.get_mut(slot.place) {
            state.forget(&mut self.unacked);
        }
    }
}
