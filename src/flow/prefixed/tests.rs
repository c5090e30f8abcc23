use super::*;
use crate::flow::Segment;
use crate::flow::flags::{ACK, SYN};
use crate::flow::followed::{WAITING, wire};

/// Where the stream begins.
const BEGIN: u32 = 1000;

/// An answer of so many bytes, its length before it.
fn message(id: u8, len: usize) -> Vec<u8> {
    let mut message =
        vec![0, len as u8, 0, id, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a' + id, 0, 0, 1, 0, 1];
    message.resize(2 + len, 7);
    message
}

type Wire = wire::Wire<Half>;

impl Wire {
    fn new() -> Wire {
        let mut wire = Wire::default();
        wire.sends(0, BEGIN.wrapping_sub(1), SYN, b"", 0);
        wire
    }

    /// `cut`: bytes that the capture does not hold.
    fn sends(&mut self, flow: u32, seq: u32, flags: u16, payload: &[u8], cut: usize) -> Option<MessageLeft> {
        let left = self.packet(flow, Segment { seq, flags, ..Segment::default() }, payload, cut)?;
        Some(left.read(&mut Wire::reader(&self.packets)))
    }

    /// The payloads, one behind the other.
    fn all(&mut self, segments: &[&[u8]]) -> Vec<Option<MessageLeft>> {
        let mut seq = BEGIN;
        let mut next = |segment: &&[u8]| {
            let left = self.sends(0, seq, ACK, segment, 0);
            seq += segment.len() as u32;
            left
        };
        segments.iter().map(&mut next).collect()
    }
}

/// Else an answer that begins behind the end of another one is found by nobody.
#[test]
fn a_message_is_found_wherever_the_stream_is_cut() {
    let stream = [message(1, 40), message(2, 30), message(3, 20)].concat();
    for cut in 1..stream.len() {
        let left = Wire::new().all(&[&stream[..cut], &stream[cut..]]);
        assert!(left[0].as_ref().is_some_and(|left| left.known + left.rest == 0), "cut at {cut}");
        let left = left[1].as_ref().unwrap();
        let before = [0, 42, 74].into_iter().rfind(|begin| *begin < cut).unwrap();
        let end = [42, 74, 96].into_iter().find(|end| *end >= cut).unwrap();
        assert_eq!((left.known, left.rest), (0, end - cut), "cut at {cut}");
        if end == cut {
            continue;
        }
        assert_eq!((left.begun, left.begun_by, left.ends), (cut - before, Some(1), true), "cut at {cut}");
        assert_eq!(left.begin, stream[before..cut], "cut at {cut}");
        assert_eq!(left.is_told, cut - before >= HEAD, "told where its header is whole: cut at {cut}");
    }
}

/// Some send the length by itself.
#[test]
fn a_message_in_many_pieces_is_told_once_and_whole_at_its_end() {
    let stream = [message(1, 40), message(2, 30)].concat();
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    let left = Wire::new().all(&single);
    let told: Vec<usize> = (0..74)
        .filter(|at| left[*at].as_ref().is_some_and(|left| !left.is_told && !left.begin.is_empty()))
        .collect();
    assert_eq!(told, [13, 42 + 13], "where a header is whole");
    let ends: Vec<usize> = (0..74).filter(|at| left[*at].as_ref().is_some_and(|left| left.ends)).collect();
    assert_eq!(ends, [41, 73]);
    assert_eq!(left[41].as_ref().unwrap().begin, stream[..41]);
    assert_eq!(left[20].as_ref().unwrap().begin, b"", "nothing of it is told between");
}

#[test]
fn what_looks_like_no_message_is_left_alone() {
    let text = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n";
    assert_eq!(Wire::new().all(&[text, text, &message(1, 40)[20..]]), [None, None, None]);
    // A length by itself, but no message behind it.
    let left = Wire::new().all(&[b"\0\x28", text, &message(1, 40)]);
    assert_eq!(left[1], None);
    // Two bytes in the middle of a stream may be anything.
    let mut wire = Wire::default();
    assert_eq!(wire.sends(0, BEGIN, ACK, b"\0\x28", 0), None);
}

#[test]
fn what_comes_again_or_early_has_no_turn() {
    let (one, two) = (message(1, 40), message(2, 30));
    let mut wire = Wire::new();
    assert!(wire.sends(0, BEGIN, ACK, &one, 0).is_some());
    assert_eq!(wire.sends(0, BEGIN, ACK, &one, 0), None, "again");
    assert_eq!(wire.sends(0, BEGIN + 52, ACK, &two[10..], 0), None, "early");
    let left = wire.sends(0, BEGIN + 30, ACK, &[&one[30..], &two[..10]].concat(), 0).unwrap();
    assert_eq!((left.known, left.rest), (12, 0), "partly known");
    let left = wire.sends(0, BEGIN + 74, ACK, &two, 0).unwrap();
    assert_eq!((left.known, left.rest), (0, 0), "behind the early one");
}

/// Within a message it is known where the next one begins, else not.
#[test]
fn a_gap_is_passed_where_lengths_tell() {
    let stream = [message(1, 100), message(2, 30)].concat();
    let gap = |from: usize, to: usize| {
        let mut wire = Wire::new();
        wire.sends(0, BEGIN, ACK, &stream[..from], 0);
        wire.sends(0, BEGIN + to as u32, ACK, &stream[to..120], 0);
        // The other side has it all.
        wire.packet(0, Segment { from_b: true, flags: ACK, ack: BEGIN + 120, ..Segment::default() }, b"", 0);
        wire.sends(0, BEGIN + 120, ACK, &stream[120..], 0)
    };
    let left = gap(50, 60).unwrap();
    assert_eq!((left.rest, left.begun, left.ends), (14, 18, true), "in step behind the gap");
    assert_eq!(gap(50, 110), None, "the gap has the begin of the next one");
    // The same for what the capture cut off.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN, ACK, &stream[..90], 40);
    let left = wire.sends(0, BEGIN + 90, ACK, &stream[90..], 0).unwrap();
    assert_eq!((left.rest, left.begun, left.ends, &*left.begin), (12, 90, true, &b""[..]));
}

/// Whatever bytes come in whatever order: nothing is read that is not there, and what is
/// kept stays small.
#[test]
fn noise_is_survived() {
    let mut state = 7_u32;
    let mut next = |most: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % most
    };
    let mut wire = Wire::new();
    let mut seq = BEGIN;
    for _ in 0..20_000 {
        let mut bytes = [message(next(9) as u8, 20 + next(40) as usize), message(1, 30)].concat();
        if next(9) == 0 {
            bytes[next(30) as usize] = next(256) as u8;
        }
        bytes.truncate(next(90) as usize + 1);
        let (flow, at) = (next(3), if next(3) == 0 { next(3000) } else { seq });
        seq = at.wrapping_add(bytes.len() as u32);
        if let Some(left) = wire.sends(flow, at, ACK, &bytes, next(bytes.len() as u32) as usize) {
            assert!(left.known + left.rest <= bytes.len(), "{left:?}");
            assert!(left.begin.is_empty() || left.begin.len() == left.begun, "{left:?}");
        }
    }
    let [.., waiting] = wire.followed.counts();
    assert!(waiting <= 3 * (WAITING + 1), "{waiting} segments wait");
}
