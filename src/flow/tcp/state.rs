//! What is remembered of both directions of a connection, packed into 80 bytes.
//!
//! Owns the numbers and how they are kept; what they mean is for the analysis.

use super::slab::NONE;
use super::unacked::{MAX_LISTS, Unacked, before};
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

/// Both directions of one connection, packed into 80 bytes.
#[derive(Clone, Copy, Debug)]
pub struct State([Packed; 2]);

/// A direction in 40 bytes.
#[derive(Clone, Copy, Debug)]
struct Packed {
    longs: [u32; 8],
    /// From the lowest bit: the list of what is not acknowledged, the window
    /// scale and two, the bits.
    mixed: u32,
    window: u16,
    repeats: u16,
}

/// Bits of a list's number; all of them set for none.
const LIST: u32 = MAX_LISTS.trailing_ones();
/// Bits of a window scale: -2 to 14, and two.
const SCALE: u32 = 5;
const _: () = assert!(MAX_LISTS.count_ones() == LIST && LIST + SCALE + u8::BITS == u32::BITS);

impl Default for State {
    fn default() -> Self {
        State([Direction::NEW.pack(); 2])
    }
}

impl Direction {
    const fn pack(&self) -> Packed {
        let Direction { base, next, whole, ack, next_at, last_at, ack_at, pushed, .. } = *self;
        let scale = (self.scale + 2).cast_unsigned() as u32;
        Packed {
            longs: [base, next, whole, ack, next_at, last_at, ack_at, pushed],
            mixed: self.unacked & MAX_LISTS | scale << LIST | (self.bits as u32) << (LIST + SCALE),
            window: self.window,
            repeats: self.repeats,
        }
    }

    const fn unpack(packed: &Packed) -> Direction {
        let Packed { longs: [base, next, whole, ack, next_at, last_at, ack_at, pushed], mixed, .. } = *packed;
        let list = mixed & MAX_LISTS;
        Direction {
            base,
            next,
            whole,
            ack,
            next_at,
            last_at,
            ack_at,
            pushed,
            unacked: if list == MAX_LISTS { NONE } else { list },
            window: packed.window,
            repeats: packed.repeats,
            bits: (mixed >> (LIST + SCALE)) as u8,
            scale: ((mixed >> LIST) as u8 & ((1 << SCALE) - 1)).cast_signed() - 2,
        }
    }
}

impl State {
    /// The direction that `side` sends.
    pub(super) const fn direction(&self, side: Side) -> Direction {
        let State([a, b]) = self;
        match side {
            Side::A => Direction::unpack(a),
            Side::B => Direction::unpack(b),
        }
    }

    pub(super) const fn set_direction(&mut self, side: Side, direction: &Direction) {
        let State([a, b]) = self;
        match side {
            Side::A => *a = direction.pack(),
            Side::B => *b = direction.pack(),
        }
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
