//! Whether bytes look like a DNS message, before anything is told of them.

use super::name::{self, Fault};

/// Whether the bytes look like a message. `strict`: nothing but their look
/// says so, as in the middle of a TCP stream.
pub(super) fn plausible(message: &[u8], claimed: usize, strict: bool) -> bool {
    let Some(&[_, _, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1]) = message.first_chunk() else { return false };
    let opcode = f0 >> 3 & 0x0f;
    let questions = usize::from(u16::from_be_bytes([q0, q1]));
    let records: usize =
        [[a0, a1], [n0, n1], [r0, r1]].iter().map(|two| usize::from(u16::from_be_bytes(*two))).sum();
    // A plain query has one question, no answer, and no code; one for what has changed in a zone
    // brings its SOA (RFC 1995, 3). An answer repeats the question, or not.
    let is_usual = match f0 & 0x80 != 0 {
        true => questions <= 1,
        false => questions == 1 && [a0, a1, n0] == [0; 3] && n1 <= 1 && f1 & 0x0f == 0,
    };
    // A question takes five bytes at the least, a record eleven.
    let sound = matches!(opcode, 0..=2 | 4..=6)
        && f1 & 0x0f <= 11
        && 12 + questions * 5 + records * 11 <= claimed
        && (!strict || questions + records > 0 || opcode == 6)
        && (!strict || opcode > 0 || is_usual);
    let first = || {
        let mut steps = 256;
        let cut = message.len() < claimed;
        match name::shape(message, 12, &mut steps) {
            Ok(_) => true,
            Err((Fault::Ends(_), None)) => cut,
            Err(_) => false,
        }
    };
    if strict { sound && (questions + records == 0 || first()) } else { sound || first() }
}

/// Whether the bytes look like a query or its answer, and end where its last record
/// ends.
pub(super) fn is_whole(message: &[u8]) -> bool {
    let Some(&[_, _, _, _, _, _, a0, a1, n0, n1, r0, r1]) = message.first_chunk() else { return false };
    let counts = [[a0, a1], [n0, n1], [r0, r1]].map(|two| u32::from(u16::from_be_bytes(two)));
    let end = || {
        let mut at = name::skip(message, 12)? + 4;
        for _ in 0..counts.iter().sum() {
            let data = name::skip(message, at)? + 10;
            let length = message.get(data - 2..)?.first_chunk()?;
            at = data + usize::from(u16::from_be_bytes(*length));
        }
        Some(at)
    };
    looks_like_one(message) && end() == Some(message.len())
}

/// Whether a datagram of any port looks like a query or its answer: one question
/// of a usual class, no odd flag, and nothing that is not accounted for. The header of
/// a plain recursive query is enough by itself: ten bytes that nothing else begins with.
pub(super) fn looks_like_one(message: &[u8]) -> bool {
    let Some(&[_, _, f0, f1, 0, 1, a0, a1, n0, n1, r0, r1]) = message.first_chunk() else { return false };
    let [answers, authority, additional] = [[a0, a1], [n0, n1], [r0, r1]].map(u16::from_be_bytes);
    let response = f0 & 0x80 != 0;
    // Opcode 0; a query has no code, is not authoritative, and brings no answers.
    let sound = f0 & 0x78 == 0
        && f1 & 0x40 == 0
        && f1 & 0x0f <= 10
        && (response || f0 & 0x06 == 0 && f1 & 0x8f == 0 && answers | authority == 0 && additional <= 2)
        && answers.max(authority).max(additional) <= 100;
    let records = usize::from(answers) + usize::from(authority) + usize::from(additional);
    let class_and_end = || {
        let end = name::shape(message, 12, &mut 256).ok()?.end;
        let &[t0, t1, c0, c1] = message.get(end..)?.first_chunk()?;
        Some((u16::from_be_bytes([t0, t1]), u16::from_be_bytes([c0, c1]), end + 4))
    };
    let is_plain = matches!(message.first_chunk(), Some([_, _, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    sound
        && class_and_end().map_or(is_plain && message.get(12) != Some(&32), |(kind, class, end)| {
            let left = message.len().saturating_sub(end);
            // The names of NetBIOS have the same messages (RFC 1002, 4.2.1).
            let netbios = message.get(12) == Some(&32) && matches!(kind, 32 | 33);
            kind != 0
                && !netbios
                && matches!(class, 1 | 3 | 4 | 255)
                && (records * 11 <= left)
                && (records > 0 || left == 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a sum of two counts that overflows.
    #[test]
    fn a_query_with_answers_is_none_however_many() {
        let query = |answers: [u8; 2], authority: [u8; 2]| {
            let mut message = [&[7, 7, 1, 0, 0, 1], &answers[..], &authority, &[0, 0]].concat();
            message.extend([0, 0, 1, 0, 1]);
            message
        };
        assert!(looks_like_one(&query([0, 0], [0, 0])));
        for (answers, authority) in [([0x40, 0x40], [0xbf, 0xc0]), ([0, 1], [0, 0]), ([0, 0], [0, 1])] {
            assert!(!looks_like_one(&query(answers, authority)), "{answers:?} {authority:?}");
        }
    }
}
