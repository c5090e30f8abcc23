//! TCP analysis: what each segment means in the light of those before it.
//!
//! Owns what must be remembered of connections. Pure: knows sequence numbers,
//! flags and times; knows nothing of packets, files, threads and screens.

mod analysis;
mod ends;
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
use slab::{NONE, Slab};

/// What a flow keeps of its connection: the place of its [`State`]. A flow that
/// consists of a lone SYN has none yet, only what the SYN said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

/// A SYN: its window in the low 16 bits, above it its scale, [`NO_SCALE`] for none.
const OPENED: u32 = 1 << 31;
const NO_SCALE: u32 = 31;

impl Slot {
    /// No segment was analysed.
    pub const EMPTY: Slot = Slot(NONE);

    /// Nothing was seen but the SYN.
    pub fn is_opened(self) -> bool {
        self != Slot::EMPTY && self.0 & OPENED != 0
    }

    fn opened(segment: &Segment) -> Option<Slot> {
        let Segment { ack: 0, len: 0, flags, window, options, .. } = *segment else {
            return None;
        };
        let TcpOptions { scale, sack, cookie } = options;
        let bare = flags & (SYN | ACK | FIN | RST) == SYN && sack.is_empty() && !cookie && !segment.ce;
        let scale = scale.map_or(NO_SCALE, |shift| shift.min(14).into());
        bare.then_some(Slot(OPENED | scale << 16 | u32::from(window)))
    }

    /// The SYN that opened the flow, when there was nothing else.
    fn syn(self, seq: u32, time: i64) -> Option<Segment> {
        if !self.is_opened() {
            return None;
        }
        let scale = u8::try_from(self.0 >> 16 & 31).ok().filter(|scale| u32::from(*scale) != NO_SCALE);
        let options = TcpOptions { scale, ..TcpOptions::default() };
        Some(Segment { time, seq, flags: SYN, window: self.0 as u16, options, ..Segment::default() })
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
        self.states.get(slot.0)
    }

    /// Segments that were not noted as unacknowledged, because a limit was reached.
    pub fn refused(&self) -> u64 {
        self.unacked.refused
    }

    /// Follows a connection by a segment of `side`. `isn` is the sequence
    /// number of the flow's first SYN.
    pub fn segment(
        &mut self,
        slot: &mut Slot,
        isn: u32,
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
        if self.states.get(slot.0).is_none() {
            let mut state = State::default();
            if let Some(syn) = slot.syn(isn, time_of(0)) {
                state.segment(&syn, Side::A, &mut self.unacked, &time_of);
            }
            *slot = Slot(self.states.put(state));
        }
        let Some(state) = self.states.get_mut(slot.0) else {
            *slot = Slot::EMPTY;
            return Remarks::default();
        };
        let remarks = state.segment(segment, side, &mut self.unacked, time_of);
        if segment.flags & RST != 0 {
            // Nothing will be acknowledged any more.
            state.forget(&mut self.unacked);
        }
        remarks
    }

    /// The connection is over: its ports are used by another one.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(state) = self.states.get_mut(slot.0) {
            state.forget(&mut self.unacked);
        }
    }
}
