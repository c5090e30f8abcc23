//! The frames that an Initial packet may hold (RFC 9000, 12.4 and 19). Tells no
//! fields.

use super::header::Varint;
use smallvec::SmallVec;
use std::ops::Range;

pub(super) const PADDING: u64 = 0;
pub(super) const PING: u64 = 1;
pub(super) const ACK: u64 = 2;
pub(super) const ACK_ECN: u64 = 3;
pub(super) const CRYPTO: u64 = 6;
pub(super) const CLOSE: u64 = 0x1c;

/// One frame; a run of padding counts as one.
#[derive(Debug)]
pub(super) struct Frame {
    pub kind: Varint,
    /// Its numbers, in their order.
    pub numbers: SmallVec<[Varint; 6]>,
    /// Bytes of CRYPTO data or of a reason.
    pub data: Range<usize>,
    pub end: usize,
}

impl Frame {
    /// The name that a line shows.
    pub fn name(&self) -> &'static str {
        match self.kind.value {
            PADDING => "PADDING",
            PING => "PING",
            ACK => "ACK",
            ACK_ECN => "ACK_ECN",
            CRYPTO => "CRYPTO",
            _ => "CC",
        }
    }

    /// The alert of TLS that the error of a CONNECTION_CLOSE stands for (RFC 9001, 4.8).
    pub fn alert(&self) -> Option<u64> {
        let error = self.number(0);
        (self.kind.value == CLOSE && error >> 8 == 1).then_some(error & 0xff)
    }

    pub fn number(&self, place: usize) -> u64 {
        self.numbers.get(place).map_or(0, |number| number.value)
    }
}

/// The frame at `at`; `None` where none may begin there or where it does not fit.
pub(super) fn frame(plain: &[u8], at: usize) -> Option<Frame> {
    let kind = Varint::read(plain, at)?;
    let mut end = at + kind.len;
    let mut numbers = SmallVec::new();
    let mut data = end..end;
    let mut take = |end: &mut usize| {
        let number = Varint::read(plain, *end)?;
        *end += number.len;
        numbers.push(number);
        Some(number.value)
    };
    match kind.value {
        PADDING => {
            let run = plain.get(at..)?.iter().take_while(|byte| **byte == 0).count();
            end = at + run.max(kind.len);
        }
        PING => {}
        ACK | ACK_ECN => {
            take(&mut end)?;
            take(&mut end)?;
            let ranges = take(&mut end)?;
            take(&mut end)?;
            // Each takes two bytes at least: ends with the bytes.
            for _ in 0..ranges {
                take(&mut end)?;
                take(&mut end)?;
            }
            if kind.value == ACK_ECN {
                for _ in 0..3 {
                    take(&mut end)?;
                }
            }
        }
        CRYPTO | CLOSE => {
            take(&mut end)?;
            let mut len = take(&mut end)?;
            if kind.value == CLOSE {
                len = take(&mut end)?;
            }
            data = end..end.checked_add(usize::try_from(len).ok()?)?;
            end = data.end;
            plain.get(data.clone())?;
        }
        _ => return None,
    }
    Some(Frame { kind, numbers, data, end })
}

/// All frames up to the first that does not fit.
pub(super) fn frames(plain: &[u8]) -> impl Iterator<Item = Frame> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let frame = frame(plain, at)?;
        at = frame.end;
        Some(frame)
    })
}

/// The pieces of the handshake that the frames bring: place in the stream, place here.
pub(crate) fn crypto(plain: &[u8]) -> impl Iterator<Item = (u64, Range<usize>)> {
    frames(plain).filter(|frame| frame.kind.value == CRYPTO).map(|frame| (frame.number(0), frame.data))
}
