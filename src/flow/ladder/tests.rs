//! Rows are found both ways, whatever takes rows between arrows.
#![allow(clippy::unwrap_used)]

use super::*;

fn flow(protocol: u8) -> Flow {
    let mut table = crate::flow::FlowTable::default();
    let key = FlowKey { src: [1; 16], dst: [2; 16], src_port: 4000, dst_port: 80, protocol, v6: false };
    let hash = table.hasher().hash(&key);
    let seen = crate::flow::Seen { id: 0, time: Timestamp(0), wire: 60, key: &key, hash, vlan: 0, syn: None };
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
        ladder.push(number, segment, Timestamp(time), 0);
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
        ladder.push(number, segment, Timestamp(time), 0);
        check(&ladder);
    }
    ladder.push(9, Segment::default(), Timestamp(0), 0);
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
            ladder.push(at, segment, Timestamp(i64::from(at) * 40_000_000), 7);
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
        ladder.push(number, segment, Timestamp(at as i64), digest);
    }
    let marks: Vec<Option<Mark>> = (0..6).map(|arrow| ladder.mark(arrow)).collect();
    // The first was answered before its bytes came again.
    assert_eq!(marks, [None, None, Some(Mark::Lost(3)), Some(Mark::Repeat(2)), None, Some(Mark::Repeat(0))]);
}
