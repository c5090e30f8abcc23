//! What is remembered of both directions of a connection, packed into 88 bytes.
//!
//! Owns the numbers and how they are kept; what they mean is for the analysis.

use super::slab::NONE;
use super::unacked::{Unacked, before};
use crate::decode::Scale;
use crate::flow::Side;

/// Bits of a direction.
pub(super) mod bit {
    /// The first sequence number is known.
    pub const BASE: u8 = 0x01;
    /// It acknowledged what was never seen; nothing new of it was acknowledged since.
    pub const TOLD: u8 = 0x02;
    /// Something is missing since the last ACK of the other side.
    pub const GAP: u8 = 0x04;
    /// Its last data was pushed.
    pub const PUSHED: u8 = 0x08;
    /// Its last segment was a keep-alive.
    pub const KEEP_ALIVE: u8 = 0x10;
    /// Its last segment was a probe of a zero window.
    pub const PROBE: u8 = 0x20;
    /// Its newest window is not scaled: it came in a SYN.
    pub const UNSCALED: u8 = 0x40;
    /// It has sent something.
    pub const SEEN: u8 = 0x80;
}

/// One direction. A number 0 stands for one that is not known yet, as in
/// Wireshark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Direction {
    /// Relative numbers count from here.
    pub base: u32,
    /// One past the highest byte sent.
    pub next: u32,
    /// What may be acknowledged without a gap in the capture.
    pub whole: u32,
    /// Newest acknowledgment sent.
    pub ack: u32,
    /// The packet that moved `next`.
    pub next_at: u32,
    /// Its newest packet.
    pub last_at: u32,
    /// The packet that acknowledged something new.
    pub ack_at: u32,
    /// Bytes since the last push.
    pub pushed: u32,
    /// What the other side has not acknowledged: a list in [`Unacked`].
    pub unacked: u32,
    pub window: u16,
    /// How often `ack` was repeated.
    pub repeats: u16,
    pub bits: u8,
    /// Window scale, or -1 for unknown and -2 for none.
    pub scale: i8,
}

impl Direction {
    const NEW: Direction = Direction {
        base: 0,
        next: 0,
        whole: 0,
        ack: 0,
        next_at: 0,
        last_at: 0,
        ack_at: 0,
        pushed: 0,
        unacked: NONE,
        window: 0,
        repeats: 0,
        bits: 0,
        scale: -1,
    };

    pub const fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    pub const fn set(&mut self, bit: u8, on: bool) {
        self.bits = if on { self.bits | bit } else { self.bits & !bit };
    }

    /// The window that it offers, in bytes; `None` when its scale is unknown.
    pub fn offers(&self) -> Option<u32> {
        match self.scale {
            -1 => None,
            shift if shift > 0 && !self.has(bit::UNSCALED) => Some(u32::from(self.window) << shift),
            _ => Some(self.window.into()),
        }
    }
}

/// Both directions of one connection, packed into 88 bytes.
#[derive(Clone, Copy, Debug)]
pub struct State {
    longs: [[u32; 9]; 2],
    shorts: [[u16; 2]; 2],
    bytes: [[u8; 2]; 2],
    /// Before the handshake is complete the newest SYN's packet; then, with the
    /// highest bit, its time, see [`State::handshake`].
    pub(super) syn: u32,
}

impl Default for State {
    fn default() -> Self {
        let (longs, shorts, bytes) = Direction::NEW.pack();
        State { longs: [longs; 2], shorts: [shorts; 2], bytes: [bytes; 2], syn: NO_SYN }
    }
}

impl Direction {
    const fn pack(&self) -> ([u32; 9], [u16; 2], [u8; 2]) {
        let Direction { base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked, .. } = *self;
        (
            [base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked],
            [self.window, self.repeats],
            [self.bits, self.scale.cast_unsigned()],
        )
    }

    const fn unpack(longs: [u32; 9], [window, repeats]: [u16; 2], [bits, scale]: [u8; 2]) -> Direction {
        let [base, next, whole, ack, next_at, last_at, ack_at, pushed, unacked] = longs;
        let scale = scale.cast_signed();
        Direction {
            base,
            next,
            whole,
            ack,
            next_at,
            last_at,
            ack_at,
            pushed,
            unacked,
            window,
            repeats,
            bits,
            scale,
        }
    }
}

/// The time of the handshake is kept in 31 bits: nanoseconds below a second,
/// or microseconds.
pub(super) const TIMED: u32 = 1 << 31;
/// No SYN was seen.
pub(super) const NO_SYN: u32 = TIMED - 1;
pub(super) const MICROS: u32 = 1 << 30;

impl State {
    /// How long the handshake took: from the last SYN to the ACK of its answer.
    /// Exact to the nanosecond below a second, to the microsecond above.
    pub fn handshake(&self) -> Option<u64> {
        if self.syn & TIMED == 0 {
            return None;
        }
        let value = u64::from(self.syn & (MICROS - 1));
        Some(if self.syn & MICROS == 0 { value } else { value * 1000 })
    }

    pub(super) fn set_handshake(&mut self, nanos: u64) {
        let limit = u64::from(MICROS - 1);
        let kept = if nanos <= limit { nanos as u32 } else { MICROS | (nanos / 1000).min(limit) as u32 };
        self.syn = TIMED | kept;
    }

    /// The direction that `side` sends.
    pub(super) fn direction(&self, side: Side) -> Direction {
        let State { longs: [a, b], shorts: [c, d], bytes: [e, f], .. } = *self;
        match side {
            Side::A => Direction::unpack(a, c, e),
            Side::B => Direction::unpack(b, d, f),
        }
    }

    pub(super) fn set_direction(&mut self, side: Side, direction: &Direction) {
        let State { longs: [a, b], shorts: [c, d], bytes: [e, f], .. } = self;
        let (longs, shorts, bytes) = match side {
            Side::A => (a, c, e),
            Side::B => (b, d, f),
        };
        (*longs, *shorts, *bytes) = direction.pack();
    }

    /// The number from which the relative ones of a side count.
    pub fn base(&self, side: Side) -> Option<u32> {
        Some(self.direction(side)).filter(|side| side.has(bit::BASE)).map(|side| side.base)
    }

    /// The window scale of a side.
    pub fn scale(&self, side: Side) -> Scale {
        match self.direction(side).scale {
            -1 => Scale::Unknown,
            -2 => Scale::Unused,
            shift => Scale::Shift(shift.unsigned_abs()),
        }
    }

    /// Whether the other side has acknowledged all that `side` has sent.
    pub fn is_acknowledged(&self, side: Side) -> bool {
        !before(self.direction(side.other()).ack, self.direction(side).next)
    }

    /// Gives back what is kept elsewhere.
    pub fn forget(&mut self, unacked: &mut Unacked) {
        for side in [Side::A, Side::B] {
            let mut direction = self.direction(side);
            unacked.forget(&mut direction.unacked);
            self.set_direction(side, &direction);
        }
    }
}
