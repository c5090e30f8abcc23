//! What an ICMP error says of the packet that it quotes: why it did not arrive.
//!
//! Owns the words for types and codes of destination unreachable, packet too big and time exceeded
//! (RFC 792, 1122, 1812 and 4443). Knows nothing of flows.

/// Destination unreachable, packet too big or time exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// Of ICMPv6.
    pub v6: bool,
    /// Its type.
    pub kind: u8,
    /// Its code.
    pub code: u8,
}

impl Undelivered {
    /// The error of this type and code, where it says that a packet did not arrive.
    pub const fn of(v6: bool, kind: u8, code: u8) -> Option<Undelivered> {
        match (v6, kind) {
            (false, 3 | 11) | (true, 1..=3) => Some(Undelivered { v6, kind, code }),
            _ => None,
        }
    }

    /// No socket has the port: the packet reached the host.
    pub const fn is_unclaimed(self) -> bool {
        matches!((self.v6, self.kind, self.code), (false, 3, 3) | (true, 1, 4))
    }

    /// The destination cannot be reached or does not want it, whatever the reason: who
    /// sent it need not wait for an answer.
    pub const fn is_refusal(self) -> bool {
        matches!((self.v6, self.kind), (false, 3) | (true, 1)) && !self.is_too_big()
    }

    /// It was on its way for too long, or a part of it was missing for too long.
    pub const fn is_expired(self) -> bool {
        matches!((self.v6, self.kind), (false, 11) | (true, 3))
    }

    /// It was too big for a link: the sender sends it again, smaller.
    pub const fn is_too_big(self) -> bool {
        matches!((self.v6, self.kind, self.code), (false, 3, 4) | (true, 2, _))
    }

    /// Why, in few words.
    pub const fn words(self) -> &'static str {
        match (self.v6, self.kind, self.code) {
            (false, 3, 0 | 11) => "network unreachable",
            (false, 3, 1 | 12) => "host unreachable",
            (false, 3, 2) => "protocol unreachable",
            (false, 3, 3) | (true, 1, 4) => "port unreachable",
            (false, 3, 4) | (true, 2, _) => "too big",
            (false, 3, 5) => "source route failed",
            (false, 3, 6) => "network unknown",
            (false, 3, 7) => "host unknown",
            (false, 3, 8) => "sender isolated",
            (false, 3, 9 | 10 | 13) | (true, 1, 1) => "prohibited",
            (false, 3, 14 | 15) => "precedence too low",
            (false, 11, 0) => "time to live exceeded",
            (true, 3, 0) => "hop limit exceeded",
            (false, 11, 1) | (true, 3, 1) => "fragment missing",
            (true, 1, 0) => "no route",
            (true, 1, 2) => "beyond the scope of the source",
            (true, 1, 3) => "address unreachable",
            (true, 1, 5) => "source address not allowed",
            (true, 1, 6) => "route rejected",
            (true, 1, 7) => "source route failed",
            (false, 11, _) | (true, 3, _) => "time exceeded",
            _ => "destination unreachable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a code that would be told as another thing than it is.
    #[test]
    fn what_nobody_claims_what_expires_and_what_is_too_big_are_told_apart() {
        for v6 in [false, true] {
            let errors = (0..=255).flat_map(|kind| (0..=255).map(move |code| (kind, code)));
            for error in errors.filter_map(|(kind, code)| Undelivered::of(v6, kind, code)) {
                let kinds = [error.is_unclaimed(), error.is_expired(), error.is_too_big()];
                assert!(kinds.iter().filter(|is| **is).count() <= 1, "{error:?}");
                assert_eq!(error.is_unclaimed(), error.words() == "port unreachable", "{error:?}");
                assert_eq!(error.is_too_big(), error.words() == "too big", "{error:?}");
            }
            assert_eq!(Undelivered::of(v6, if v6 { 129 } else { 0 }, 0), None, "an echo reply");
        }
        let words = |v6, kind, code| Undelivered::of(v6, kind, code).map(Undelivered::words);
        assert_eq!(words(false, 3, 13), Some("prohibited"));
        assert_eq!(words(true, 1, 200), Some("destination unreachable"));
    }
}
