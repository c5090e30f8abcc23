//! Rows are found both ways, whatever takes rows between arrows.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::decode::Note;

fn flow(protocol: u8) -> Flow {
    let mut table = crate::flow::FlowTable::default();
    let key = FlowKey { src: [1; 16], dst: [2; 16], src_port: 4000, dst_port: 80, protocol, v6: false };
    let hash = table.hasher().hash(&key);
    let seen = crate::flow::Seen {
        id: 0,
        time: Timestamp(0),
        wire: 60,
        key: &key,
        hash,
        vlan: 0,
        syn: None,
        header: crate::flow::Header::Sound,
    };
    table.packet(&seen, None);
    table.get(0).cloned().unwrap()
}

/// Every row by its number, against the arrows and what is above them.
fn check(ladder: &Ladder) {
    let (mut arrow, mut row) = (0, 0);
    while row < ladder.len() {
        match ladder.row(row).unwrap() {
            Row::Arrow(at) => {
                assert_eq!((at, ladder.row_of(at)), (arrow, row));
                arrow += 1;
            }
            Row::Pause { arrow: at, line, of } => assert!(at == arrow && line < of),
            Row::Before { arrow: at, left } => {
                assert_eq!((at, ladder.row_of(at)), (arrow, row + u64::from(left)));
            }
        }
        row += 1;
    }
    assert_eq!(arrow as usize, ladder.arrows().len());
    assert_eq!(ladder.row(row), None);
}

#[test]
fn rows_and_arrows_are_found_from_each_other() {
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(TCP));
    let mut time = 0;
    let script = [(false, flags::SYN, 100, 0), (true, flags::SYN | flags::ACK, 500, 101)];
    for at in 0..400u32 {
        let (from_b, bits, seq, ack) =
            script.get(at as usize).copied().unwrap_or((false, flags::ACK, 101 + at, 501));
        let segment =
            Segment { packet: at.into(), from_b, seq, ack, flags: bits, len: 1, ..Segment::default() };
        time += if at % 7 == 3 { i64::from(at) * 10_000_000 } else { 1000 };
        ladder.push(number, segment, Timestamp(time), Told::Nothing);
        if at % 50 == 1 {
            for pauses in [Pauses::Hidden, Pauses::Scaled, Pauses::Short] {
                for calls in [true, false] {
                    ladder.show(pauses, calls);
                    check(&ladder);
                }
            }
        }
    }
    // The newest and longest pause changes the scale of all.
    ladder.show(Pauses::Scaled, true);
    for _ in 0..20 {
        time += time;
        let segment = Segment { flags: flags::ACK, ..Segment::default() };
        ladder.push(number, segment, Timestamp(time), Told::Nothing);
        check(&ladder);
    }
    ladder.push(9, Segment::default(), Timestamp(0), Told::Nothing);
    assert_eq!(ladder.arrows().len(), 420, "a flow that is not in the ladder has no arrows");
}

#[test]
fn nothing_is_drawn_wider_than_the_view_or_raw() {
    let info =
        |_| Some("\u{1b}[31m안녕하세요 \u{202e}a long text that does not fit at all anywhere".to_owned());
    for protocol in [TCP, UDP] {
        let mut ladder = Ladder::default();
        for host in 0..30u8 {
            let mut other = flow(protocol);
            other.key.dst = [host; 16];
            ladder.add(host.into(), &other);
        }
        for at in 0..30 {
            let segment = Segment { from_b: at % 2 == 1, len: at, ..Segment::default() };
            ladder.push(at, segment, Timestamp(i64::from(at) * 40_000_000), Told::Digest(7));
        }
        for width in [1, 20, 60, 80, 81, 119, 200] {
            let view = View { width, calls: true, start: Timestamp(0), info: &info, name: &|_| None };
            let rows = (0..ladder.len()).map(|row| ladder.draw(ladder.row(row).unwrap(), &view));
            for line in ladder.heads(&view).into_iter().chain(rows) {
                let text: String = line.into_iter().map(|span| span.text).collect();
                assert!(canvas::cells_of(&text) <= width, "{width}: {text}");
                assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
            }
        }
    }
}

#[test]
fn the_same_datagram_again_is_a_repeat_and_unanswered_ones_are_lost() {
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(UDP));
    for (at, (from_b, digest)) in
        [(false, 1), (true, 2), (false, 3), (false, 3), (true, 4), (false, 1)].into_iter().enumerate()
    {
        let segment = Segment { packet: at as u64, from_b, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(at as i64), Told::Digest(digest));
    }
    let marks: Vec<Option<Mark>> = (0..6).map(|arrow| ladder.mark(arrow)).collect();
    let of = |of| Some(Mark { of: Some(of), ..Mark::default() });
    let again = |again, lost| {
        let again = Again { arrows: (again, again), seq: 0, len: 9, unseen: 9, lost };
        Some(Mark { again: Some(again), ..Mark::default() })
    };
    // The first was answered before its bytes came again.
    assert_eq!(marks, [again(5, false), None, again(3, true), of(2), None, of(0)]);
    assert_eq!((ladder.notable(0, true), ladder.notable(5, false)), (Some(2), Some(3)));
}

/// Catches an answer that is told as lost because a second query has one too.
#[test]
fn as_many_answers_as_queries_show_that_none_was_lost() {
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(UDP));
    let script = [
        (false, 1),
        (true, 2),
        (false, 3),
        (false, 3),
        (true, 4),
        (true, 4),
        (false, 5),
        (true, 6),
        (true, 6),
    ];
    for (at, (from_b, digest)) in script.into_iter().enumerate() {
        let segment = Segment { packet: at as u64, from_b, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(at as i64), Told::Digest(digest));
    }
    let lost: Vec<u32> = (0..9).filter(|at| ladder.mark(*at).is_some_and(|mark| mark.is_lost())).collect();
    // Nobody asked twice for the last one.
    assert_eq!(lost, [7]);
    assert!(calls(&ladder, 0).contains(&"2 B recvfrom?".to_owned()), "{:?}", calls(&ladder, 0));
}

/// A segment of a TCP flow: side, flags, sequence number, acknowledgement, bytes, ranges.
type Sent<'a> = (bool, u16, u32, u32, u32, &'a [(u32, u32)]);

/// Such segments as they are drawn.
fn drawn(script: &[Sent<'_>]) -> Ladder {
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(TCP));
    for (at, (from_b, flags, seq, ack, len, ranges)) in script.iter().enumerate() {
        let (from_b, seq, ack, flags, len) = (*from_b, *seq, *ack, *flags, *len);
        let segment = Segment { packet: at as u64, from_b, seq, ack, flags, len, ..Segment::default() };
        let mut sack = Sack::default();
        ranges.iter().for_each(|(left, right)| sack.push(*left, *right));
        ladder.push(number, segment, Timestamp(at as i64), Told::Segment(TcpFacts::default(), sack));
    }
    ladder
}

/// The arrows that are drawn as lost, and those of which a part came again: which part.
fn lost(ladder: &Ladder) -> (Vec<u32>, Vec<(u32, u32, u32)>) {
    let marks =
        || (0u32..).zip(ladder.arrows()).filter_map(|(at, arrow)| Some((at, ladder.mark(at)?.again?, arrow)));
    let lost = marks().filter(|(_, again, _)| again.lost).map(|(at, ..)| at);
    let parts = marks().filter(|(_, again, arrow)| again.len < arrow.extent());
    (lost.collect(), parts.map(|(at, again, _)| (at, again.seq, again.len)).collect())
}

/// Catches a segment that is told as lost because its end came again.
#[test]
fn what_came_again_in_part_is_not_lost_as_a_whole() {
    const ACK: u16 = flags::ACK;
    let script: [Sent<'_>; 8] = [
        (false, ACK, 1000, 1, 4000, &[]),
        (false, ACK, 4000, 1, 1000, &[]),
        (true, ACK, 1, 5000, 0, &[]),
        // Piece by piece all of it: it was lost.
        (false, ACK, 5000, 1, 3000, &[]),
        (false, ACK, 7000, 1, 1000, &[]),
        (false, ACK, 5000, 1, 1000, &[]),
        (false, ACK, 6000, 1, 1000, &[]),
        (true, ACK, 1, 8000, 0, &[]),
    ];
    assert_eq!(lost(&drawn(&script[..3])), (vec![], vec![(0, 4000, 1000)]));
    assert_eq!(lost(&drawn(&script[..6])), (vec![], vec![(0, 4000, 1000), (3, 5000, 2000)]));
    assert_eq!(lost(&drawn(&script)), (vec![3], vec![(0, 4000, 1000)]));
}

/// Catches a lost arrow whose bytes the receiver has told to have, by a selective
/// acknowledgement of them or of a second copy of them.
#[test]
fn what_the_receiver_says_to_have_is_not_lost() {
    const ACK: u16 = flags::ACK;
    let script = |first: &'static [(u32, u32)], last: &'static [(u32, u32)]| {
        drawn(&[
            (false, ACK, 1000, 1, 100, &[]),
            (false, ACK, 1100, 1, 100, &[]),
            (true, ACK, 1, 1000, 0, first),
            (false, ACK, 1000, 1, 100, &[]),
            (false, ACK, 1100, 1, 100, &[]),
            (true, ACK, 1, 1200, 0, last),
        ])
    };
    assert_eq!(lost(&script(&[], &[])).0, [0, 1]);
    assert_eq!(lost(&script(&[(1100, 1200)], &[])).0, [0]);
    assert_eq!(lost(&script(&[], &[(1000, 1100)])).0, [1]);
    // Ranges that cannot be change nothing.
    assert_eq!(lost(&script(&[(1100, 9200), (1200, 1100)], &[(900, 800)])).0, [0, 1]);
}

/// Catches a SYN that is told as lost though a RST answers it, and a second RST
/// of which it is not told that nobody listens.
#[test]
fn every_refused_attempt_has_arrived_and_the_last_ends_the_call() {
    let (syn, rst) = (flags::SYN, flags::RST | flags::ACK);
    let ladder = drawn(&[
        (false, syn, 999, 0, 0, &[]),
        (true, rst, 0, 1000, 0, &[]),
        (false, syn, 999, 0, 0, &[]),
        (true, rst, 0, 1000, 0, &[]),
    ]);
    assert!(lost(&ladder).0.is_empty());
    assert_eq!(ladder.mark(2).unwrap().of, Some(0));
    assert_eq!(calls(&ladder, 0), ["0 A socket?", "0 A connect", "1 B reset", "3 B reset"]);
    let connect = ladder.calls(0).find(|call| call.kind == crate::flow::calls::Kind::Connect).unwrap();
    assert_eq!(connect.returned, Some((3, Outcome::Refused)));
}

/// A flow from one end to another.
fn between(a: (u8, u16), b: (u8, u16)) -> Flow {
    let mut flow = flow(UDP);
    (flow.key.src, flow.key.dst) = ([a.0; 16], [b.0; 16]);
    (flow.key.src_port, flow.key.dst_port) = (a.1, b.1);
    flow
}

/// Calls of a flow of the ladder, with `?` behind what is inferred.
fn calls(ladder: &Ladder, number: usize) -> Vec<String> {
    let written = |call: &Call| {
        let sign = if call.why.is_inferred() { "?" } else { "" };
        format!("{} {:?} {}{sign}", call.at, call.side, call.kind.name())
    };
    ladder.flows()[number].calls.iter().map(written).collect()
}

#[test]
fn an_answer_from_another_port_shows_that_the_request_was_taken() {
    let mut ladder = Ladder::default();
    let asked = ladder.add(0, &between((1, 4000), (2, 69)));
    let answer = ladder.add(1, &between((2, 5000), (1, 4000)));
    let other = ladder.add(2, &between((3, 5000), (1, 4000)));
    for (at, (flow, from_b)) in
        [(asked, false), (other, false), (answer, false), (answer, true)].into_iter().enumerate()
    {
        let segment = Segment { packet: at as u64, from_b, len: 9, ..Segment::default() };
        ladder.push(flow, segment, Timestamp(at as i64), Told::Digest(at as u64));
    }
    let taken = ["0 A socket?", "0 B socket?", "0 B bind?", "0 A sendto", "0 B recvfrom?"];
    assert_eq!(calls(&ladder, 0), taken);
    // The client has one socket for both flows, and needs no bind().
    let rest = ["2 A socket?", "2 A sendto", "2 B recvfrom?", "3 B sendto", "3 A recvfrom?"];
    assert_eq!(calls(&ladder, 1), rest);
    assert!(
        ladder.flows()[0].calls.iter().any(|call| call.why == crate::flow::calls::Why::AnsweredElsewhere)
    );
}

#[test]
fn what_went_to_all_hosts_was_taken_by_the_one_that_answers() {
    let mut ladder = Ladder::default();
    let mut asked = between((0, 68), (255, 67));
    asked.key.src = [0; 16];
    // The client has no address yet; the answer names one.
    for (at, flow) in [asked, between((2, 67), (9, 68))].iter().enumerate() {
        let number = ladder.add(at as u32, flow);
        let segment = Segment { packet: at as u64, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(at as i64), Told::Digest(at as u64));
    }
    assert_eq!(calls(&ladder, 0), ["0 A socket?", "0 B socket?", "0 B bind?", "0 A sendto", "0 B recvfrom?"]);
    assert_eq!(ladder.flows()[0].caller(Side::B).to_string(), "2.2.2.2");
    // Server and client have the sockets that they had before.
    assert_eq!(calls(&ladder, 1), ["1 A sendto", "1 B recvfrom?"]);
}

#[test]
fn several_requests_of_one_socket_are_not_told_apart() {
    let mut ladder = Ladder::default();
    for (at, (from, to)) in
        [((1, 4000), (2, 69)), ((1, 4000), (2, 70)), ((2, 5000), (1, 4000))].into_iter().enumerate()
    {
        let number = ladder.add(at as u32, &between(from, to));
        let segment = Segment { packet: at as u64, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(at as i64), Told::Digest(at as u64));
    }
    assert_eq!(calls(&ladder, 0), ["0 A socket?", "0 A sendto"]);
    assert_eq!(calls(&ladder, 1), ["1 A sendto"]);
}

/// Catches a `recvfrom` of what an ICMP error refuses, and a `connect` that goes
/// on behind one.
#[test]
fn what_an_error_answers_was_taken_by_nobody() {
    let error = |packet, outcome| Undelivered { packet, by: 99, outcome };
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(UDP));
    for (packet, from_b) in [(5, false), (6, true), (7, true)] {
        let segment = Segment { packet, from_b, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(0), Told::Digest(packet));
    }
    assert_eq!(calls(&ladder, 0).last().unwrap(), "2 A recvfrom?");
    ladder.undelivered(error(7, Outcome::Refused));
    assert_eq!(calls(&ladder, 0).last().unwrap(), "2 B sendto");
    assert_eq!(ladder.mark(2).unwrap().error, Some((100, Outcome::Refused)));
    assert_eq!(ladder.notable(0, true), Some(2));
    // What is not in the ladder changes nothing.
    ladder.undelivered(error(8, Outcome::Refused));
    // A datagram that waits for a sign of its receiver is taken out too.
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(UDP));
    for (packet, from_b) in [(0, false), (1, true)] {
        let segment = Segment { packet, from_b, len: 9, ..Segment::default() };
        ladder.push(number, segment, Timestamp(0), Told::Digest(packet));
        ladder.undelivered(error(0, Outcome::Refused));
    }
    assert!(!calls(&ladder, 0).iter().any(|call| call.starts_with("0 B recvfrom")));

    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(TCP));
    let segment = Segment { packet: 3, flags: flags::SYN, ..Segment::default() };
    ladder.push(number, segment, Timestamp(0), Told::Nothing);
    let outcome = Outcome::of_icmp(false, 3, 13).unwrap();
    ladder.undelivered(error(3, outcome));
    let connect = ladder.calls(0).find(|call| call.kind == crate::flow::calls::Kind::Connect).unwrap();
    assert_eq!(connect.returned, Some((0, Outcome::Failed("EHOSTUNREACH"))));
    assert_eq!(call_text(connect, 0, 80), "connect: EHOSTUNREACH");
}

#[test]
fn marks_are_what_the_analysis_remarks() {
    let mut ladder = Ladder::default();
    let number = ladder.add(0, &flow(TCP));
    let notes = |all: &[Note]| {
        let mut notes = crate::decode::Notes::default();
        all.iter().for_each(|note| notes.add(*note));
        notes
    };
    let script: [(u32, &[Note]); 5] = [
        (100, &[]),
        (110, &[Note::WindowUpdate]),
        (100, &[Note::OutOfOrder]),
        (109, &[Note::KeepAlive]),
        (500, &[Note::LostSegment, Note::ZeroWindow]),
    ];
    for (at, (seq, remarked)) in script.into_iter().enumerate() {
        let len = if remarked.contains(&Note::KeepAlive) { 1 } else { 10 };
        let segment = Segment { seq, len, flags: flags::ACK, window: 3, ..Segment::default() };
        let scale = crate::decode::Scale::Shift(7);
        let facts = TcpFacts { notes: notes(remarked), scale, seq_base: 99, ..TcpFacts::default() };
        ladder.push(number, segment, Timestamp(at as i64), Told::Segment(facts, Sack::default()));
    }
    let again = Again { arrows: (2, 2), seq: 1, len: 10, unseen: 10, lost: true };
    assert_eq!(ladder.mark(0), Some(Mark { again: Some(again), ..Mark::default() }));
    let repeat = Mark { notes: notes(&[Note::OutOfOrder]), of: Some(0), ..Mark::default() };
    assert_eq!(ladder.mark(2), Some(repeat));
    assert_eq!(ladder.mark(4).unwrap().notes, notes(&[Note::LostSegment, Note::ZeroWindow]));
    // Window updates and keep-alives are shown, and nothing to stop at.
    let stops: Vec<u32> =
        std::iter::successors(ladder.notable(0, true), |at| ladder.notable(*at, true)).collect();
    assert_eq!((ladder.notable(1, false), stops), (Some(0), vec![2, 4]));
    assert_eq!(ladder.arrows()[4].window, 3 << 7);
}
