//! Integers of capture files in either byte order.
//!
//! Owns nothing but the order; reading past the end gives 0, so callers check
//! lengths once for a whole structure.

/// Byte order of a file or section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// Most significant byte first.
    pub big: bool,
}

impl Order {
    /// Two bytes at `at`.
    #[inline]
    pub fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let raw = take(bytes, at);
        if self.big { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) }
    }

    /// Four bytes at `at`.
    #[inline]
    pub fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let raw = take(bytes, at);
        if self.big { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    }

    /// Eight bytes at `at`.
    pub fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let raw = take(bytes, at);
        if self.big { u64::from_be_bytes(raw) } else { u64::from_le_bytes(raw) }
    }
}

#[inline]
fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_orders_and_zero_past_the_end() {
        let (little, big) = (Order { big: false }, Order { big: true });
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!((little.u16(&bytes, 0), big.u16(&bytes, 0)), (0x0201, 0x0102));
        assert_eq!((little.u32(&bytes, 4), big.u32(&bytes, 4)), (0x0807_0605, 0x0506_0708));
        assert_eq!(big.u64(&bytes, 0), 0x0102_0304_0506_0708);
        assert_eq!((big.u32(&bytes, 5), big.u32(&bytes, usize::MAX)), (0, 0));
    }
}
