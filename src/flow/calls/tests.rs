//! One test a pattern: segments in, calls out.

use super::*;
use crate::base::PacketId;
use crate::flow::flags::{ACK, FIN, PSH, RST, SYN};
use crate::flow::tcp;

const A: Side = Side::A;
const B: Side = Side::B;

/// A conversation written down: side, flags, sequence number, acknowledgement,
/// bytes.
type Script = [(Side, u16, u32, u32, u32)];

fn follow(script: &Script) -> Calls {
    with_windows(script, |_| 100)
}

fn with_windows(script: &Script, window: impl Fn(u32) -> u16) -> Calls {
    let mut calls = Calls::default();
    let (mut connections, mut slot) = (tcp::Connections::default(), tcp::Slot::EMPTY);
    for (place, (side, flags, seq, ack, len)) in (0u32..).zip(script) {
        let segment = Segment {
            packet: PacketId::from(place),
            from_b: *side == B,
            seq: *seq,
            ack: *ack,
            flags: *flags,
            window: window(place),
            len: *len,
            ..Segment::default()
        };
        let Segment { seq, ack, flags, window, len, .. } = segment;
        let time = i64::from(place) * 1_000_000;
        let analysed = tcp::Segment { at: place, time, seq, ack, flags, window, len, ..Default::default() };
        let time_of = |at: u32| i64::from(at) * 1_000_000;
        let remarks = connections.segment(&mut slot, &analysed, *side, time_of);
        calls.segment(&segment, place, (remarks.notes, &Sack::default()), false);
    }
    calls.finish();
    calls
}

/// Calls as `place side call(bytes)`, with `?` behind what is inferred.
fn written(calls: &Calls) -> Vec<String> {
    let line = |call: &Call| {
        let side = if call.side == A { 'A' } else { 'B' };
        let bytes = match call.kind {
            Kind::Send | Kind::Recv | Kind::SendTo | Kind::RecvFrom => call.bytes.to_string(),
            _ => String::new(),
        };
        let sign = if call.why.is_inferred() { "?" } else { "" };
        let came = match call.returned {
            Some((at, Outcome::Connected)) => format!(" = 0 at {at}"),
            Some((at, Outcome::Refused)) => format!(" refused at {at}"),
            Some((at, Outcome::Failed(error))) => format!(" {error} at {at}"),
            None => String::new(),
        };
        format!("{} {side} {}({bytes}){sign}{came}", call.at, call.kind.name())
    };
    calls.iter().map(line).collect()
}

const HANDSHAKE: [(Side, u16, u32, u32, u32); 3] =
    [(A, SYN, 100, 0, 0), (B, SYN | ACK, 500, 101, 0), (A, ACK, 101, 501, 0)];

const OPENED: [&str; 6] = [
    "0 A socket()?",
    "0 B socket()?",
    "0 B bind()?",
    "0 B listen()?",
    "0 A connect() = 0 at 1",
    "2 B accept()?",
];

/// The calls behind those of the handshake.
fn after(script: &Script) -> Vec<String> {
    let calls = written(&follow(&[&HANDSHAKE, script].concat()));
    assert_eq!(calls.get(..6).unwrap_or_default(), OPENED);
    calls.get(6..).unwrap_or_default().to_vec()
}

#[test]
fn question_answer_and_an_orderly_end() {
    let calls = after(&[
        (A, PSH | ACK, 101, 501, 10),
        (B, ACK, 501, 111, 0),
        (B, ACK, 501, 111, 1000),
        (B, PSH | ACK, 1501, 111, 500),
        (A, ACK, 111, 2001, 0),
        (A, FIN | ACK, 111, 2001, 0),
        (B, FIN | ACK, 2001, 112, 0),
        (A, ACK, 112, 2002, 0),
    ]);
    assert_eq!(
        calls,
        [
            "3 A send(10)?",
            "3 B recv(10)?",
            "5 B send(1500)?",
            "6 A recv(1500)?",
            "8 A close()?",
            "8 B recv(0)?",
            "9 B close()?",
            "9 A recv(0)?"
        ]
    );
}

#[test]
fn a_side_that_still_receives_after_its_fin_has_shut_down_only_sending() {
    let calls = after(&[
        (A, FIN | PSH | ACK, 101, 501, 10),
        (B, ACK, 501, 112, 0),
        (B, PSH | ACK, 501, 112, 70),
        (A, ACK, 112, 571, 0),
        (B, FIN | ACK, 571, 112, 0),
        (A, ACK, 112, 572, 0),
    ]);
    let expected = [
        "3 A send(10)?",
        "3 A shutdown()?",
        "3 B recv(10)?",
        "3 B recv(0)?",
        "5 B send(70)?",
        "5 A recv(70)?",
        "7 B close()?",
        "7 A recv(0)?",
        "8 A close()?",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn what_a_closed_window_holds_is_read_when_it_opens() {
    let script = [
        &HANDSHAKE[..],
        // As much as the window takes: the PSH ends no write.
        &[
            (A, PSH | ACK, 101, 501, 100),
            (B, ACK, 501, 201, 0),
            (B, ACK, 501, 201, 0),
            (A, PSH | ACK, 201, 501, 50),
            (B, ACK, 501, 251, 0),
        ],
    ]
    .concat();
    let calls = with_windows(&script, |place| if place == 4 { 0 } else { 100 });
    let told = written(&calls);
    assert!(
        told.ends_with(&["3 A send(150)?", "5 B recv(100)?", "6 B recv(50)?"].map(str::to_owned)),
        "{told:?}"
    );
    assert!(calls.at(5).all(|call| call.why == Why::WindowOpened));
    // While it is closed nothing was read.
    let closed = written(&with_windows(&script, |place| if place == 4 || place == 5 { 0 } else { 100 }));
    assert!(!closed.contains(&"5 B recv(100)?".to_owned()), "{closed:?}");
}

#[test]
fn data_under_way_when_the_fin_is_sent_tells_nothing() {
    // B's bytes left before A's FIN could reach it, but A takes them after it.
    let calls = after(&[(B, PSH | ACK, 501, 101, 5), (A, FIN | ACK, 101, 506, 0)]);
    assert_eq!(calls, ["3 B send(5)?", "3 A recv(5)?", "4 A close()?"]);
}

#[test]
fn refused_ignored_and_cut_off() {
    let refused = follow(&[(A, SYN, 100, 0, 0), (B, RST | ACK, 0, 101, 0)]);
    assert_eq!(written(&refused), ["0 A socket()?", "0 A connect() refused at 1", "1 B reset()"]);
    assert_eq!(refused.iter().last().map(|call| call.why), Some(Why::NothingListens));
    // Asked again and again: one call, which has not returned.
    let ignored = follow(&[(A, SYN, 100, 0, 0), (A, SYN, 100, 0, 0), (A, SYN, 100, 0, 0)]);
    assert_eq!(written(&ignored), ["0 A socket()?", "0 A connect()"]);
    // A RST in the middle ends both sides; the second one says nothing new.
    let script = [(A, PSH | ACK, 101, 501, 10), (B, ACK, 501, 111, 0), (A, RST | ACK, 111, 501, 0)];
    assert_eq!(after(&script), ["3 A send(10)?", "3 B recv(10)?", "5 A close()?", "5 B reset()"]);
}

#[test]
fn a_rst_after_the_close_is_the_kernels() {
    let calls = follow(
        &[&HANDSHAKE[..], &[(B, FIN | ACK, 501, 101, 0), (A, PSH | ACK, 101, 502, 9), (B, RST, 502, 0, 0)]]
            .concat(),
    );
    let last: Vec<(Side, Why)> = calls.iter().map(|call| (call.side, call.why)).collect();
    assert!(last.ends_with(&[(B, Why::AfterClose), (A, Why::PeerReset)]), "{last:?}");
}

#[test]
fn repeats_and_keep_alives_make_no_call() {
    let calls = after(&[
        (A, PSH | ACK, 101, 501, 10),
        (A, PSH | ACK, 101, 501, 10),
        (B, ACK, 501, 111, 0),
        // Keep-alives with and without a byte.
        (A, ACK, 110, 501, 0),
        (A, ACK, 110, 501, 1),
        (B, ACK, 501, 111, 0),
    ]);
    // The bytes have arrived with the newest segment that carries them.
    assert_eq!(calls, ["3 A send(10)?", "4 B recv(10)?"]);
}

#[test]
fn a_run_that_is_not_pushed_ends_with_the_answer_to_all_of_it() {
    let calls = after(&[
        (A, ACK, 101, 501, 10),
        (B, ACK, 501, 111, 7),
        (A, ACK, 111, 508, 20),
        (A, ACK, 131, 508, 20),
        (B, ACK, 508, 151, 0),
    ]);
    let expected =
        ["3 A send(10)?", "3 B recv(10)?", "4 B send(7)?", "4 A recv(7)?", "5 A send(40)?", "6 B recv(40)?"];
    assert_eq!(calls, expected);
}

#[test]
fn the_middle_of_a_connection_is_said_to_be_one() {
    let calls = follow(&[(B, PSH | ACK, 4000, 9000, 100), (A, ACK, 9000, 4100, 0)]);
    assert!(calls.is_midstream());
    assert_eq!(written(&calls), ["0 B send(100)?", "0 A recv(100)?"]);
    // Without the SYN, connect is inferred from its answer.
    let answered = follow(&[(A, SYN | ACK, 4000, 9000, 0), (B, ACK, 9000, 4001, 0)]);
    assert!(!answered.is_midstream());
    let expected = [
        "0 B socket()?",
        "0 A socket()?",
        "0 A bind()?",
        "0 A listen()?",
        "0 B connect()? = 0 at 0",
        "1 A accept()?",
    ];
    assert_eq!(written(&answered), expected);
}

#[test]
fn both_sides_may_connect_and_send_with_the_syn() {
    let both = follow(&[
        (A, SYN, 100, 0, 0),
        (B, SYN, 500, 0, 0),
        (A, SYN | ACK, 100, 501, 0),
        (B, SYN | ACK, 500, 101, 0),
    ]);
    let names: Vec<&str> = both.iter().map(|call| call.kind.name()).collect();
    assert_eq!(names, ["socket", "connect", "socket", "connect"]);
    // TCP Fast Open: data with the SYN.
    let fast = follow(&[(A, SYN | PSH, 100, 0, 30), (B, SYN | ACK, 500, 131, 0), (A, ACK, 131, 501, 0)]);
    assert!(written(&fast).contains(&"0 A send(30)?".to_owned()), "{:?}", written(&fast));
}

fn datagrams(script: &[(Side, u32)]) -> Vec<String> {
    let mut calls = Calls::default();
    for (place, (side, len)) in (0u32..).zip(script) {
        let segment = Segment { from_b: *side == B, len: *len, ..Segment::default() };
        calls.datagram(&segment, place, [false; 2]);
    }
    written(&calls)
}

#[test]
fn datagrams_are_taken_by_those_who_have_a_socket() {
    assert_eq!(datagrams(&[(A, 5), (A, 5)]), ["0 A socket()?", "0 A sendto(5)", "1 A sendto(5)"]);
    let expected = [
        "0 A socket()?",
        "0 B socket()?",
        "0 B bind()?",
        "0 A sendto(5)",
        "0 B recvfrom(5)?",
        "1 B sendto(90)",
        "1 A recvfrom(90)?",
        "2 A sendto(0)",
        "2 B recvfrom(0)?",
    ];
    assert_eq!(datagrams(&[(A, 5), (B, 90), (A, 0)]), expected);
}

/// Numbers that look random and are the same every time.
fn random(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as u32
}

#[test]
fn every_new_byte_is_sent_once_whatever_comes() {
    for seed in 1..400u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Near the end of the sequence numbers, to see them begin anew.
        let bases = [u32::MAX - 300, random(&mut state)];
        let mut seen = [std::collections::BTreeSet::new(), std::collections::BTreeSet::new()];
        let mut script = vec![
            (A, SYN, bases[0].wrapping_sub(1), 0, 0),
            (B, SYN | ACK, bases[1].wrapping_sub(1), bases[0], 0),
        ];
        for _ in 0..60 {
            let side = if random(&mut state) & 1 == 0 { A } else { B };
            let (own, other) = (side as usize, side.other() as usize);
            // Two bytes at least, as one may be a keep-alive.
            let (at, len) = (random(&mut state) % 800, 2 + random(&mut state) % 90);
            let bits = ACK | if random(&mut state).is_multiple_of(3) { PSH } else { 0 };
            let ack = bases[other].wrapping_add(random(&mut state) % 900);
            script.push((side, bits, bases[own].wrapping_add(at), ack, len));
            seen[own].extend(at..at + len);
        }
        let calls = follow(&script);
        for (side, seen) in [A, B].into_iter().zip(&seen) {
            let sum = |kind| {
                calls.iter().filter(|c| c.kind == kind && c.side == side).map(|c| c.bytes).sum::<u64>()
            };
            assert_eq!(sum(Kind::Send), seen.len() as u64, "seed {seed}");
            let theirs = calls.iter().filter(|c| c.kind == Kind::Send && c.side != side);
            assert!(sum(Kind::Recv) <= theirs.map(|c| c.bytes).sum(), "seed {seed}");
        }
        assert!(calls.iter().is_sorted_by_key(|call| call.at), "seed {seed}");
    }
}

#[test]
fn any_segments_at_all_are_borne() {
    for seed in 1..300u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let script: Vec<_> = (0..200)
            .map(|_| {
                let side = if random(&mut state) & 1 == 0 { A } else { B };
                let bits = random(&mut state) as u16 & 0x1ff;
                let far = |state: &mut u64| {
                    if random(state).is_multiple_of(4) { random(state) } else { random(state) % 3000 }
                };
                (side, bits, far(&mut state), far(&mut state), random(&mut state) % 70_000)
            })
            .collect();
        let calls = follow(&script);
        assert!(calls.iter().is_sorted_by_key(|call| call.at), "seed {seed}");
        let last = script.len() as u32;
        assert!(calls.iter().all(|c| c.at < last && c.first < last && c.last < last), "seed {seed}");
    }
}
