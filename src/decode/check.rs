//! Verdicts on checksums, kinds of problems, and the Internet checksum.

use etherparse::checksum::u64_16bit_word as words;

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// IPv4 header checksum.
    Ipv4,
    /// UDP checksum.
    Udp,
    /// TCP checksum.
    Tcp,
    /// ICMP checksum.
    Icmp,
    /// ICMPv6 checksum.
    Icmpv6,
    /// Frame check sequence of Ethernet or 802.11.
    Fcs,
    /// GRE checksum.
    Gre,
}

impl Check {
    /// Every check, in the order of [`Check::index`].
    pub const ALL: [Check; 7] =
        [Check::Ipv4, Check::Udp, Check::Tcp, Check::Icmp, Check::Icmpv6, Check::Fcs, Check::Gre];

    /// Place in [`Check::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Words for it, such as `IPv4 header checksum`.
    pub const fn name(self) -> &'static str {
        match self {
            Check::Ipv4 => "IPv4 header checksum",
            Check::Udp => "UDP checksum",
            Check::Tcp => "TCP checksum",
            Check::Icmp => "ICMP checksum",
            Check::Icmpv6 => "ICMPv6 checksum",
            Check::Fcs => "frame check sequence",
            Check::Gre => "GRE checksum",
        }
    }
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Computed equals found.
    Good,
    /// They differ.
    Bad,
    /// The sum of the pseudo-header alone: left to the sender's network card.
    Partial,
    /// The sender computed none (UDP over IPv4 with 0).
    Absent,
    /// The capture lacks the bytes (cut short, a fragment, a quoted header).
    Unverifiable,
}

impl Verdict {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Good => "good",
            Verdict::Bad => "bad",
            Verdict::Partial => "partial",
            Verdict::Absent => "absent",
            Verdict::Unverifiable => "unverifiable",
        }
    }

    /// A sign for it, so that colour never stands alone.
    pub const fn sign(self) -> char {
        match self {
            Verdict::Good => '✓',
            Verdict::Bad => '✗',
            Verdict::Partial => '◐',
            Verdict::Absent => '○',
            Verdict::Unverifiable => '?',
        }
    }

    /// Wireshark's number for `*.checksum.status`.
    pub const fn status(self) -> u64 {
        match self {
            Verdict::Bad | Verdict::Partial => 0,
            Verdict::Good => 1,
            Verdict::Unverifiable => 2,
            Verdict::Absent => 3,
        }
    }
}

/// Wireshark's names for the numbers of `*.checksum.status`.
pub static STATUS_NAMES: &[(u64, &str)] =
    &[(0, "Bad"), (1, "Good"), (2, "Unverified"), (3, "Not present"), (4, "Illegal")];

/// Kinds of things found wrong with a packet besides its checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Problem {
    /// A layer does not follow its format.
    Malformed,
    /// The capture holds less than was on the wire.
    Truncated,
    /// Two layers disagree on how long something is.
    Length,
    /// Legal but odd enough that a person should look.
    Unusual,
    /// A limit on layers, fields or steps was reached: not all is shown.
    Limit,
}

impl Problem {
    /// Every kind, in the order of [`Problem::index`].
    pub const ALL: [Problem; 5] =
        [Problem::Malformed, Problem::Truncated, Problem::Length, Problem::Unusual, Problem::Limit];

    /// Place in [`Problem::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Words for it.
    pub const fn name(self) -> &'static str {
        match self {
            Problem::Malformed => "malformed",
            Problem::Truncated => "truncated",
            Problem::Length => "lengths disagree",
            Problem::Unusual => "unusual",
            Problem::Limit => "limit reached",
        }
    }
}

/// Bytes from which on wide registers are worth their preparation.
const WIDE: usize = 64;

/// A running ones' complement sum (RFC 1071) over 16-bit words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum(u64);

impl Sum {
    /// Adds bytes; an odd last byte is filled up with zero, so only the last
    /// part may be odd.
    #[inline]
    #[allow(clippy::should_implement_trait)] // adds bytes to a sum, not sums
    pub fn add(self, bytes: &[u8]) -> Sum {
        if bytes.len() < WIDE { Sum(words::add_slice(self.0, bytes)) } else { self.add_wide(bytes) }
    }

    /// Four bytes at a time into a word of eight: no carries to care for within
    /// one packet, and a loop that compilers turn into wide registers.
    fn add_wide(self, bytes: &[u8]) -> Sum {
        let (fours, rest) = bytes.as_chunks::<4>();
        let rest = match *rest {
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c] => [a, b, c, 0],
            _ => [0; 4],
        };
        let sum: u64 = fours.iter().map(|four| u64::from(u32::from_ne_bytes(*four))).sum();
        let (sum, carry) = self.0.overflowing_add(sum + u64::from(u32::from_ne_bytes(rest)));
        Sum(sum + u64::from(carry))
    }

    /// Adds one 16-bit word.
    #[inline]
    pub fn add_u16(self, word: u16) -> Sum {
        Sum(words::add_2bytes(self.0, word.to_be_bytes()))
    }

    /// Adds a 32-bit number as two words.
    #[inline]
    pub fn add_u32(self, word: u32) -> Sum {
        Sum(words::add_4bytes(self.0, word.to_be_bytes()))
    }

    /// The sum so far, folded to 16 bits (not complemented).
    #[inline]
    pub fn folded(self) -> u16 {
        !self.checksum()
    }

    /// The checksum: the complement of the folded sum.
    #[inline]
    pub fn checksum(self) -> u16 {
        words::ones_complement(self.0).to_be()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_as_rfc_1071_does() {
        // RFC 1071, section 3: the example's sum is ddf2.
        let sum = Sum::default().add(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.folded(), 0xddf2);
        assert_eq!(sum.checksum(), !0xddf2);
        assert_eq!(Sum::default().add_u16(0x1234).add_u32(0x0001_0002).folded(), 0x1237);
        assert_eq!(Sum::default().add(&[0xab]).folded(), 0xab00);
    }

    #[test]
    fn every_length_sums_as_word_by_word() {
        let bytes: Vec<u8> = (0..3000u32).map(|at| (at * 7 + at / 256) as u8 | 0x80).collect();
        for len in (0..140).chain([1460, 2999, 3000]) {
            let mut slow = Sum::default();
            for word in bytes[..len].chunks(2) {
                slow = slow.add_u16(u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)]));
            }
            // Also on top of a sum that is about to carry.
            let full = Sum(u64::MAX - 1);
            assert_eq!(Sum::default().add(&bytes[..len]).folded(), slow.folded(), "{len} bytes");
            assert_eq!(full.add(&bytes[..len]).folded(), full.add_u16(slow.folded()).folded(), "{len} bytes");
        }
    }
}
