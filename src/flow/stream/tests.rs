//! Segments in every order, overlapping, repeated, lost.

use super::*;
use crate::flow::{Side, flags};

/// A flow whose bytes are known: the packet's number is its place in `sent`.
#[derive(Default)]
struct Flow {
    content: Reassembly,
    sent: Vec<Vec<u8>>,
}

const A: bool = false;
const B: bool = true;

impl Flow {
    fn segment(&mut self, from_b: bool, seq: u32, ack: u32, bits: u16, bytes: &[u8]) -> &mut Flow {
        self.cut(from_b, seq, ack, bits, bytes, 0)
    }

    fn cut(&mut self, from_b: bool, seq: u32, ack: u32, bits: u16, bytes: &[u8], cut: u32) -> &mut Flow {
        let held = bytes.len() as u32;
        let packet = self.sent.len() as u64;
        self.sent.push(bytes.to_vec());
        let segment =
            Segment { packet, from_b, seq, ack, flags: bits, window: 1000, at: 0, held, len: held + cut };
        self.content.segment(&segment, &mut same(&self.sent));
        self
    }

    fn data(&mut self, from_b: bool, seq: u32, bytes: &[u8]) -> &mut Flow {
        self.segment(from_b, seq, 0, 0, bytes)
    }

    /// The runs in words, such as `a0+3 "GET"`.
    fn told(&mut self) -> Vec<String> {
        self.content.finish(&mut same(&self.sent));
        let word = |run: &Run| {
            let side = if run.side() == Side::A { "a" } else { "b" };
            let offset = self.content.offset(run.side(), run.pos);
            let what = match run.kind() {
                Kind::Data => {
                    let bytes = &self.sent[run.packet as usize][run.at() as usize..][..run.len as usize];
                    format!("{:?}", String::from_utf8_lossy(bytes))
                }
                kind => kind.name().to_owned(),
            };
            format!("{side}{offset}+{} {what}", run.len)
        };
        self.content.runs().from(0).map(word).collect()
    }
}

fn same(sent: &[Vec<u8>]) -> impl FnMut(&Overlap) -> Option<bool> {
    |overlap| {
        let part = |(packet, at): (u64, u32)| {
            sent.get(packet as usize)?.get(at as usize..)?.get(..overlap.len as usize).map(<[u8]>::to_vec)
        };
        Some(part(overlap.kept)? == part(overlap.later)?)
    }
}

#[test]
fn a_handshake_and_both_directions_in_order() {
    let mut flow = Flow::default();
    flow.segment(A, 99, 0, flags::SYN, b"");
    flow.segment(B, 499, 100, flags::SYN | flags::ACK, b"");
    flow.segment(A, 100, 500, flags::ACK, b"GET");
    flow.segment(B, 500, 103, flags::ACK, b"page");
    flow.segment(A, 103, 504, flags::ACK | flags::FIN, b"");
    flow.segment(A, 103, 504, flags::ACK | flags::FIN, b"");
    assert_eq!(flow.told(), ["a0+3 \"GET\"", "b0+4 \"page\"", "a3+0 fin"]);
}

#[test]
fn early_segments_wait_also_over_the_end_of_the_numbers() {
    let mut flow = Flow::default();
    flow.segment(A, u32::MAX - 2, 0, flags::SYN, b"");
    flow.data(A, 2, b"ef").data(A, 0, b"cd").data(A, u32::MAX - 1, b"ab");
    assert_eq!(flow.content.waiting(), 0);
    assert_eq!(flow.told(), ["a0+2 \"ab\"", "a2+2 \"cd\"", "a4+2 \"ef\""]);
}

#[test]
fn a_side_that_begins_anew_before_any_byte_is_followed() {
    let mut flow = Flow::default();
    flow.segment(B, 3_212_050_950, 1, flags::SYN | flags::ACK, b"");
    flow.segment(B, 97_572_840, 1, flags::SYN | flags::ACK, b"");
    flow.data(B, 97_572_841, b"hello");
    assert_eq!(flow.told(), ["b0+5 \"hello\""]);
}

#[test]
fn repeated_bytes_are_told_and_the_first_are_kept() {
    let mut flow = Flow::default();
    flow.data(A, 0, b"abcd").data(A, 0, b"abcd").data(A, 2, b"cdef").data(A, 4, b"EFgh");
    assert_eq!(
        flow.told(),
        [
            "a0+4 \"abcd\"",
            "a0+4 retransmission",
            "a2+2 overlap",
            "a4+2 \"ef\"",
            "a4+2 conflict",
            "a6+2 \"gh\""
        ]
    );
    let counts = flow.content.counts(Side::A);
    assert_eq!((counts.bytes, counts.repeated, counts.conflicts), (8, 6, 1));
}

#[test]
fn what_the_other_side_has_but_the_capture_lacks_is_a_gap_until_it_comes() {
    let mut flow = Flow::default();
    flow.segment(A, 99, 0, flags::SYN, b"");
    flow.segment(B, 499, 100, flags::SYN | flags::ACK, b"");
    flow.data(A, 105, b"fgh");
    assert_eq!(flow.content.waiting(), 1);
    flow.segment(B, 500, 108, flags::ACK, b"ok");
    assert_eq!(flow.content.waiting(), 0);
    // Captured after its acknowledgement.
    flow.data(A, 101, b"bc");
    assert_eq!(flow.told(), ["a0+1 gap", "a1+2 \"bc\"", "a3+2 gap", "a5+3 \"fgh\"", "b0+2 \"ok\""]);
    assert_eq!((flow.content.counts(Side::A).missing, flow.content.counts(Side::A).bytes), (3, 5));
}

#[test]
fn what_was_acknowledged_at_the_end_is_missing() {
    let mut flow = Flow::default();
    flow.data(A, 100, b"abc").segment(B, 500, 203, flags::ACK, b"");
    assert_eq!(flow.told(), ["a0+3 \"abc\"", "a3+100 gap"]);
    // A FIN that was not captured is no byte.
    let mut flow = Flow::default();
    flow.data(A, 100, b"abc").segment(B, 500, 104, flags::ACK, b"");
    assert_eq!(flow.told(), ["a0+3 \"abc\""]);
}

#[test]
fn what_the_capture_cut_off_is_filled_by_a_repetition() {
    let mut flow = Flow::default();
    flow.cut(A, 0, 0, 0, b"ab", 4).data(A, 6, b"gh");
    let mut whole = Flow::default();
    whole.cut(A, 0, 0, 0, b"ab", 4).data(A, 6, b"gh").data(A, 0, b"abcdef");
    assert_eq!(flow.told(), ["a0+2 \"ab\"", "a2+4 cut", "a6+2 \"gh\""]);
    assert_eq!(whole.told(), ["a0+2 \"ab\"", "a2+4 \"cdef\"", "a6+2 \"gh\"", "a0+6 overlap"]);
    assert_eq!((flow.content.counts(Side::A).cut, whole.content.counts(Side::A).cut), (4, 0));
}

#[test]
fn a_capture_that_begins_in_the_middle_takes_what_comes_from_before() {
    let mut flow = Flow::default();
    flow.data(A, 1000, b"late").data(A, 990, b"first ").data(B, 1, b"x");
    assert_eq!(flow.told(), ["a0+6 \"first \"", "a6+4 gap", "a10+4 \"late\"", "b0+1 \"x\""]);
    // But not from before a SYN.
    let mut flow = Flow::default();
    flow.segment(A, 99, 0, flags::SYN, b"").data(A, 90, b"0123456789ab");
    assert_eq!(flow.told(), ["a0+2 \"ab\""]);
}

#[test]
fn keep_alives_probes_and_resets_are_no_content() {
    let mut flow = Flow::default();
    flow.data(A, 10, b"abc").data(A, 12, b"\0").segment(A, 12, 0, flags::ACK, b"");
    // A probe of a closed window: the byte comes again with those behind it.
    flow.data(A, 13, b"d").data(A, 13, b"de");
    flow.segment(A, 15, 0, flags::RST, b"no such service");
    assert_eq!(
        flow.told(),
        ["a0+3 \"abc\"", "a2+1 keep-alive", "a3+1 \"d\"", "a3+1 overlap", "a4+1 \"e\"", "a5+0 reset"]
    );
}

#[test]
fn jumps_and_shuffles_cost_little_and_lose_nothing_silently() {
    // Backwards: the worst order for a list.
    let mut flow = Flow::default();
    flow.segment(A, 0, 0, flags::SYN, b"");
    for at in (0..20_000u32).rev() {
        flow.data(A, 1 + at * 2, b"ab");
    }
    flow.content.finish(&mut same(&[]));
    let counts = flow.content.counts(Side::A);
    assert_eq!((counts.bytes, counts.missing, flow.content.runs().len()), (40_000, 0, 20_000));
    let mut next = flow.content.runs().get(0).unwrap().pos;
    for run in flow.content.runs().from(0) {
        assert_eq!((run.kind(), run.pos), (Kind::Data, next));
        next = run.end();
    }
    // All over the place: every byte is somewhere, or counted.
    let mut flow = Flow::default();
    let mut dice = 7u32;
    for _ in 0..20_000 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        flow.data(A, dice, b"xyz");
    }
    flow.content.finish(&mut same(&[]));
    let counts = flow.content.counts(Side::A);
    assert!(counts.stray > 0 && counts.segments == 20_000, "{counts:?}");
    let placed = flow.content.runs().from(0).filter(|run| run.kind() == Kind::Data);
    assert_eq!(placed.map(|run| u64::from(run.len)).sum::<u64>(), counts.bytes);
}

#[test]
fn datagrams_are_messages() {
    let mut content = Reassembly::default();
    for (packet, held, len) in [(0, 5, 5), (1, 0, 0), (2, 3, 9)] {
        content.datagram(&Segment { packet, held, len, at: 42, ..Segment::default() });
    }
    let told: Vec<_> = content.runs().from(0).map(|run| (run.packet, run.kind(), run.len)).collect();
    assert_eq!(told, [(0, Kind::Data, 5), (1, Kind::Data, 0), (2, Kind::Data, 3), (2, Kind::Cut, 6)]);
}

proptest::proptest! {
    /// Whatever the order: the stream is the sent bytes, when all of them are captured.
    #[test]
    fn any_order_gives_the_stream(
        cuts in proptest::collection::vec((0usize..300, 1usize..60), 1..60),
        base in proptest::prelude::any::<u32>(),
    ) {
        let sent: Vec<u8> = (0..400u32).map(|at| (at * 7 + at / 13) as u8).collect();
        let mut flow = Flow::default();
        flow.segment(A, base.wrapping_sub(1), 0, flags::SYN, b"");
        for (from, len) in cuts {
            flow.data(A, base.wrapping_add(from as u32), &sent[from..from + len]);
        }
        flow.content.finish(&mut same(&flow.sent));
        let mut next = 0;
        for run in flow.content.runs().from(0).filter(|run| run.kind().is_placed()) {
            let offset = flow.content.offset(Side::A, run.pos) as usize;
            proptest::prop_assert_eq!(offset, next);
            next = offset + run.len as usize;
            if run.kind() == Kind::Data {
                let bytes = &flow.sent[run.packet as usize][run.at() as usize..][..run.len as usize];
                proptest::prop_assert_eq!(bytes, &sent[offset..next]);
            }
        }
        proptest::prop_assert_eq!(flow.content.counts(Side::A).conflicts, 0);
    }
}

/// How many runs are looked at while `segments` of this start and length come.
fn looked_at(segments: impl Iterator<Item = (u32, u32)>) -> u64 {
    let before = super::runs::LOOKED.get();
    let mut content = Reassembly::default();
    for (packet, (seq, len)) in (0..).zip(segments) {
        let segment = Segment { packet, seq, len, held: len, flags: flags::PSH, ..Segment::default() };
        content.segment(&segment, &mut |_| Some(true));
    }
    content.finish(&mut |_| Some(true));
    assert!(content.runs().len() > 1000);
    super::runs::LOOKED.get() - before
}

#[test]
fn hostile_segments_cost_the_same_however_many_came_before() {
    // Far apart, in any order: each lies in a gap between others.
    let mut state = 7u32;
    let random = |count: u32| {
        (0..count).map(move |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 2) & 0x3fff_ff00, 100)
        })
    };
    let (few, many) = (looked_at(random(4_000)) / 4_000, looked_at(random(40_000)) / 40_000);
    assert!(many <= 2 * few.max(150), "{few} runs a segment, then {many}");
    // Every other byte, then segments over many of those stretches.
    let wide = |count: u32| {
        let bytes = (0..count).map(|at| (at * 2, 1));
        bytes.chain((0..count).map(move |at| (at * 97 % count, 600)))
    };
    for count in [2_000, 20_000] {
        let each = looked_at(wide(count)) / u64::from(2 * count);
        assert!(each <= 1_200, "{each} runs a segment of {count}");
    }
}
