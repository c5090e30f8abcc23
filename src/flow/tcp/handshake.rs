//! How the handshake of a connection stands, in four bytes.
//!
//! Owns how that is kept; when it moves on is for the analysis.

/// Before the handshake is complete the newest SYN's packet; then, with the
/// highest bit, its time in 31 bits: nanoseconds below a second, or microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handshake(pub(super) u32);

const TIMED: u32 = 1 << 31;
/// No SYN was seen.
const NO_SYN: u32 = TIMED - 1;
const MICROS: u32 = 1 << 30;

impl Default for Handshake {
    fn default() -> Self {
        Handshake(NO_SYN)
    }
}

impl Handshake {
    /// How long it took: from the last SYN to the ACK of its answer. Exact to the
    /// nanosecond below a second, to the microsecond above.
    pub fn took(self) -> Option<u64> {
        if self.0 & TIMED == 0 {
            return None;
        }
        let value = u64::from(self.0 & (MICROS - 1));
        Some(if self.0 & MICROS == 0 { value } else { value * 1000 })
    }

    /// The newest SYN, while it is not complete.
    pub fn syn(self) -> Option<u32> {
        (self.0 < NO_SYN).then_some(self.0)
    }

    /// A SYN in packet `at`.
    pub fn begin(&mut self, at: u32) {
        self.0 = at.min(NO_SYN);
    }

    /// It is complete.
    pub fn complete(&mut self, nanos: u64) {
        let limit = u64::from(MICROS - 1);
        let kept = if nanos <= limit { nanos as u32 } else { MICROS | (nanos / 1000).min(limit) as u32 };
        self.0 = TIMED | kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_exact_below_a_second_and_to_the_microsecond_above() {
        for (nanos, kept) in [
            (1, 1),
            (999_999_999, 999_999_999),
            (1_073_741_823, 1_073_741_823),
            (1_073_741_824, 1_073_741_000),
            (u64::MAX, 1_073_741_823_000),
        ] {
            let mut handshake = Handshake::default();
            handshake.begin(7);
            assert_eq!((handshake.syn(), handshake.took()), (Some(7), None));
            handshake.complete(nanos);
            assert_eq!((handshake.syn(), handshake.took()), (None, Some(kept)), "{nanos}");
        }
        assert_eq!((Handshake::default().syn(), Handshake::default().took()), (None, None));
    }
}
