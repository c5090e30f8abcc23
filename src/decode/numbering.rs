//! Payloads upon which Wireshark (4.0) numbers a stream in a way of its own.
//!
//! Owns how they are told apart, by the few bytes that Wireshark looks at; what
//! follows for the numbers is in `flow/numbers.rs`. No dissector: nothing is told
//! of the protocols.

/// The ports on which it expects SNMP.
const SNMP: [u16; 2] = [161, 162];
/// Lower ports, which it asks first: DNS, DHCP, TFTP, NTP.
const BEFORE: [u16; 5] = [53, 67, 68, 69, 123];
/// The port on which it expects SOCKS.
const SOCKS: u16 = 1080;

/// A message of SNMP over UDP: a sequence that fits, and a number (the version) in it.
pub fn is_snmp(src: u16, dst: u16, payload: &[u8]) -> bool {
    if !SNMP.contains(&src) && !SNMP.contains(&dst) || BEFORE.contains(&src.min(dst)) {
        return false;
    }
    let [0x30 | 0x10, length, rest @ ..] = payload else { return false };
    let (len, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        // Up to a mark at its end.
        0x80 if payload.ends_with(&[0, 0]) => (0, rest),
        0x81..=0x84 => {
            let Some((bytes, rest)) = rest.split_at_checked(usize::from(length & 0x7f)) else { return false };
            (bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)), rest)
        }
        _ => return false,
    };
    len <= rest.len() && rest.first() == Some(&2)
}

/// The reply of a SOCKS server to a request: what follows is the other connection's,
/// also (to Wireshark) when version 5 has failed.
pub fn is_socks_reply(src: u16, payload: &[u8]) -> bool {
    src == SOCKS
        && match payload {
            // Version 4: its replies have a 0 there.
            [0, 0x5a, ..] => payload.len() >= 8,
            [5, 0..=8, 0, kind, rest @ ..] => {
                let address = match kind {
                    1 => 4,
                    3 => 1 + rest.first().map_or(0, |len| usize::from(*len)),
                    4 => 16,
                    _ => return false,
                };
                rest.len() >= address + 2
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches other payloads on these ports that would move all later numbers.
    #[test]
    fn only_such_payloads_are_taken() {
        let snmp = [0x30, 5, 2, 1, 0, 4, 0];
        assert!(is_snmp(4000, 161, &snmp) && is_snmp(162, 4000, &snmp) && !is_snmp(53, 161, &snmp));
        assert!(is_snmp(161, 1, &[0x30, 0x82, 0, 3, 2, 1, 0]));
        for other in
            [&[0x30, 6, 2, 1, 0, 4, 0][..], &[0x30, 5, 4, 1, 0, 4, 0], &[0x30, 0x85, 0], &[0x30], &[]]
        {
            assert!(!is_snmp(4000, 161, other), "{other:02x?}");
        }
        assert!(is_socks_reply(1080, &[0, 0x5a, 1, 2, 3, 4, 5, 6]));
        assert!(is_socks_reply(1080, &[5, 0, 0, 1, 10, 0, 0, 1, 4, 5]));
        assert!(is_socks_reply(1080, &[5, 5, 0, 3, 2, b'a', b'b', 4, 5]));
        assert!(is_snmp(162, 1, &[0x30, 0x80, 2, 1, 0, 0, 0]) && !is_snmp(162, 1, &[0x30, 0x80, 2, 1, 0]));
        for other in [&[5, 0][..], &[5, 0, 0, 1, 10, 0, 0, 1, 4], &[0, 0x5b, 1, 2, 3, 4, 5, 6], &[]] {
            assert!(!is_socks_reply(1080, other), "{other:02x?}");
        }
        assert!(!is_socks_reply(4000, &[0, 0x5a, 1, 2, 3, 4, 5, 6]));
    }
}
