use super::*;
use crate::decode::{LateMessages, MessageLeft};
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

/// All late messages.
fn together(left: &MessageLeft) -> Vec<u8> {
    assert!(left.late.iter().all(|late| late.lacks == 0), "{left:?}");
    left.late.iter().flat_map(|late| late.bytes.clone()).collect()
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
    let again = wire.sends(0, BEGIN, ACK, &one, 0).unwrap();
    assert!(again.known >= one.len() && again.late.is_empty(), "again: {again:?}");
    let by_look = |left: Option<MessageLeft>| left.is_some_and(|left| left.is_by_look());
    assert!(by_look(wire.sends(0, BEGIN + 52, ACK, &two[10..], 0)), "early");
    assert!(by_look(wire.sends(0, BEGIN + 52, ACK, &two[10..], 0)), "early, and again");
    let left = wire.sends(0, BEGIN + 30, ACK, &[&one[30..], &two[..10]].concat(), 0).unwrap();
    assert_eq!((left.known, left.rest), (12, 0), "partly known");
    let left = wire.sends(0, BEGIN + 74, ACK, &two, 0).unwrap();
    assert_eq!((left.known, left.rest), (0, 0), "behind the early one");
}

/// Else what stands in an early segment behind the end of another message is told by nobody,
/// or what that tells by itself is told twice.
#[test]
fn early_messages_are_told_by_what_was_missing() {
    let stream = [message(1, 40), message(2, 30), message(3, 20), message(4, 25)].concat();
    let ends = [42, 74, 96, 123];
    for cut in 1..stream.len() {
        for end in cut..=stream.len() {
            let mut wire = Wire::new();
            let at = |place: usize| BEGIN + place as u32;
            let early = &stream[cut..end];
            let left = wire.sends(0, at(cut), ACK, early, 0);
            assert_eq!(left.is_some_and(|left| left.is_by_look()), end > cut);
            let left = wire.sends(0, BEGIN, ACK, &stream[..cut], 0).unwrap();
            let behind = wire.sends(0, at(end), ACK, &stream[end..], 0);
            // What the early one tells by itself, and where.
            let by_itself = begin(early).map(|begin| cut + begin);
            let by_itself = by_itself.filter(|begin| [0, 42, 74, 96].contains(begin));
            let mut told = Vec::new();
            let mut begins = 0;
            for message_end in ends {
                let is_told_early = by_itself.is_some_and(|begin| begin <= begins) && begins + HEAD <= end;
                let is_told_here = begins + HEAD <= cut;
                if !is_told_early && !is_told_here && begins + HEAD <= end {
                    told.extend_from_slice(&stream[begins..message_end.min(end)]);
                }
                begins = message_end;
            }
            assert_eq!(together(&left), told, "{cut}..{end}");
            let begins = [0, 42, 74, 96].into_iter().rfind(|begin| *begin < end).unwrap();
            if let Some(behind) = behind.filter(|_| !ends.contains(&end)) {
                assert_eq!(behind.is_told, begins + HEAD <= end, "{cut}..{end}");
                assert_eq!(behind.begin, stream[begins..end], "{cut}..{end}");
            }
        }
    }
    // Early ones that overlap: the second tells what the first does not.
    let mut wire = Wire::new();
    assert!(wire.sends(0, BEGIN + 42, ACK, &stream[42..96], 0).unwrap().is_by_look());
    assert_eq!(wire.sends(0, BEGIN + 74, ACK, &stream[74..], 0).map(|left| left.rest), Some(22));
    assert!(wire.sends(0, BEGIN + 74, ACK, &stream[74..], 0).unwrap().rest > stream.len(), "all told");
    // What was missing brings what is told already, too.
    let left = wire.sends(0, BEGIN, ACK, &stream[..80], 0).unwrap();
    assert_eq!((together(&left), left.rest > stream.len()), (stream[..42].to_vec(), true));
    // A segment around an early one that told nothing brings all by itself.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN + 50, ACK, &stream[50..60], 0);
    let left = wire.sends(0, BEGIN, ACK, &stream, 0).unwrap();
    assert_eq!((together(&left), left.rest), (Vec::new(), 0));
}

/// Else the time that an answer takes is that of its first packet.
#[test]
fn the_packet_that_a_message_is_whole_with_is_known() {
    let stream = [message(1, 40), message(2, 100), message(3, 20)].concat();
    let mut wire = Wire::new();
    for (from, to) in [(0, 80), (80, 120), (120, 166)] {
        wire.sends(0, BEGIN + from as u32, ACK, &stream[from..to], 0);
    }
    let whole = |wire: &Wire, id, place| wire.followed.whole_with(id, place);
    assert_eq!([0, 1, 2].map(|place| whole(&wire, 1, place)), [None, Some(3), None]);
    assert_eq!([2, 3].map(|id| whole(&wire, id, 0)), [None, None]);
    // Begun by two packets, told by the second; and the end before the middle.
    let mut wire = Wire::new();
    for (from, to) in [(0, 50), (50, 80), (120, 166), (80, 120)] {
        wire.sends(0, BEGIN + from as u32, ACK, &stream[from..to], 0);
    }
    assert_eq!([1, 2, 3].map(|id| whole(&wire, id, 0)), [None, Some(4), None]);
}

/// In a capture that begins in the middle only whole messages say where they begin.
#[test]
fn the_middle_of_a_stream_is_entered_where_whole_messages_follow() {
    let whole = |id: u8| {
        let query = [0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a' + id, 0, 0, 1, 0, 1];
        [&[0, query.len() as u8][..], &query].concat()
    };
    let rest = [7; 30];
    let enters = |bytes: &[u8]| Wire::default().sends(0, BEGIN, ACK, bytes, 0).map(|left| left.rest);
    assert_eq!(enters(&whole(1)), Some(0));
    assert_eq!(enters(&[&rest, &whole(1)[..]].concat()), Some(30));
    assert_eq!(enters(&[&rest, &whole(1)[..], &whole(2)].concat()), Some(30));
    assert_eq!(enters(&[&rest, &whole(1)[..], &message(2, 40)[..30]].concat()), Some(30), "the last goes on");
    assert_eq!(enters(&[&rest, &whole(1)[..], &rest].concat()), None, "something else follows");
    assert_eq!(enters(&[&rest, &whole(1)[..20]].concat()), None, "not whole");
    // Only so many are looked at: that is enough of them, or none of all that lead nowhere.
    let many = |count| (0..count).flat_map(|_| whole(1)).chain([7; 30]).skip(1).collect::<Vec<u8>>();
    assert_eq!([10, 3000].map(|count| enters(&many(count))), [None, Some(20)]);
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
    wire.sends(0, BEGIN, ACK, &stream, 10);
    assert_eq!(wire.followed.take_missed(), [], "the rest of a message that is known");
    wire.sends(0, BEGIN + 134, ACK, &[&stream[..], &stream].concat(), 140);
    assert_eq!(wire.followed.take_missed(), [(0, Side::A)], "perhaps another one");
    let mut wire = Wire::new();
    wire.sends(0, BEGIN, ACK, &stream[..90], 40);
    let left = wire.sends(0, BEGIN + 90, ACK, &stream[90..], 0).unwrap();
    assert_eq!((left.rest, left.begun, left.ends, &*left.begin), (12, 90, true, &b""[..]));
}

/// Else whoever sends a segment ahead of its turn makes up an answer, and hides the true one.
#[test]
fn bytes_that_have_no_place_tell_nothing() {
    let (one, two, fake) = (message(1, 40), message(2, 30), message(9, 30));
    let mut wire = Wire::new();
    assert!(wire.sends(0, BEGIN + 42, ACK, &fake, 0).unwrap().is_by_look(), "it may be real");
    let left = wire.sends(0, BEGIN, ACK, &[&one[..], &two].concat(), 0).unwrap();
    assert_eq!((left.known, left.rest, left.conflicts), (0, 0, false), "the first that have their turn");
    assert_eq!(wire.followed.take_overruled(), [1]);
    let left = |wire: &Wire, id| wire.followed.left(wire.followed.find(id).unwrap()).unwrap();
    let early = left(&wire, 1).read(&mut Wire::reader(&wire.packets));
    assert!(early.conflicts && early.is_by_look());
    // The same bytes are no conflict, and are told once.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN + 42, ACK, &two, 0);
    let left = wire.sends(0, BEGIN, ACK, &[&one[..], &two].concat(), 0).unwrap();
    assert!(wire.followed.take_overruled().is_empty() && left.rest > one.len());
    // What fills the place exactly counts: who brings other bytes later conflicts.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN + 42, ACK, &fake, 0);
    wire.sends(0, BEGIN, ACK, &one, 0);
    let left = wire.sends(0, BEGIN + 42, ACK, &two, 0).unwrap();
    assert!(left.conflicts && left.known >= two.len() && wire.followed.take_overruled().is_empty());
    // Of two early ones that begin at the same place the first counts.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN + 42, ACK, &fake, 0);
    wire.sends(0, BEGIN + 42, ACK, &two, 0);
    wire.sends(0, BEGIN, ACK, &one, 0);
    assert_eq!(wire.followed.take_overruled(), [2]);
    // Farther than any window, before the first byte, behind what the other side takes.
    let mut wire = Wire::new();
    let window = Segment { from_b: true, flags: ACK, ack: BEGIN, window: 60, ..Segment::default() };
    wire.packet(0, window, b"", 0);
    for (seq, is_outside) in [(1 << 31, true), (BEGIN - 40, true), (BEGIN + 60, true), (BEGIN + 59, false)] {
        let left = wire.sends(0, seq, ACK, &fake, 0).unwrap();
        assert_eq!((left.is_outside, left.is_early), (is_outside, !is_outside), "{seq}");
        assert_eq!(left.known > fake.len(), is_outside, "{seq}");
    }
}

/// Else a repeat that differs looks like any other.
#[test]
fn repeats_with_other_bytes_are_conflicts() {
    let (one, two) = (message(1, 40), message(2, 30));
    let mut other = one.clone();
    other[35] ^= 1;
    let conflicts = |again: &[u8], seq: u32| {
        let mut wire = Wire::new();
        wire.sends(0, BEGIN, ACK, &one[..20], 0);
        wire.sends(0, BEGIN + 20, ACK, &one[20..], 0);
        wire.sends(0, BEGIN + seq, ACK, again, 0).unwrap().conflicts
    };
    assert!(conflicts(&other, 0) && conflicts(&other[30..], 30));
    assert!(conflicts(&[&other[30..], &two[..]].concat(), 30), "with new bytes behind it");
    assert!(!conflicts(&one, 0) && !conflicts(&one[7..30], 7));
    assert!(!conflicts(&[&one[30..], &two[..]].concat(), 30));
}

/// Else an answer that the capture has the begin of is dropped without a word.
#[test]
fn late_messages_that_lack_bytes_are_told() {
    let stream = [message(1, 40), message(2, 100), message(3, 60), message(4, 20)].concat();
    // Of the second one the capture cut off the end, of the third a segment is missing.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN + 30, ACK, &stream[30..144], 40);
    wire.sends(0, BEGIN + 144, ACK, &stream[144..180], 0);
    let left = wire.sends(0, BEGIN, ACK, &stream[..30], 0).unwrap();
    let late = |from: usize, to: usize, lacks| LateMessages { bytes: stream[from..to].to_vec(), lacks };
    assert_eq!(left.late[0], late(42, 104, 40), "{left:?}");
    assert_eq!(left.late.len(), 1, "the third one was told by its look: {left:?}");
    // No packet has told of it before the gap.
    let mut wire = Wire::new();
    wire.sends(0, BEGIN, ACK, &stream[..20], 0);
    wire.sends(0, BEGIN + 30, ACK, &stream[30..104], 0);
    wire.sends(0, BEGIN + 120, ACK, &stream[120..150], 0);
    let acks = Segment { from_b: true, flags: ACK, ack: BEGIN + 150, ..Segment::default() };
    wire.packet(0, acks, b"", 0);
    assert!(!wire.followed.take_missed().is_empty(), "it may never be told");
    let left = wire.sends(0, BEGIN + 150, ACK, &stream[150..206], 0).unwrap();
    assert_eq!(left.late, [late(42, 104, 40)]);
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
            assert!(left.begin.is_empty() || left.begin.len() == left.begun, "{left:?}");
            for LateMessages { bytes, lacks } in left.late {
                let mut late = &bytes[..];
                let mut missing = 0;
                while !late.is_empty() {
                    let total = length(late, false).unwrap();
                    missing = total.saturating_sub(late.len());
                    late = late.get(total..).unwrap_or_default();
                }
                assert!(lacks == 0 || lacks == missing, "{lacks} {missing}");
            }
        }
    }
    let [.., waiting] = wire.followed.counts();
    assert!(waiting <= 3 * (WAITING + 1), "{waiting} segments wait");
}
