use super::*;
use crate::decode::{Sack, Scale};

/// A connection whose packets come a millisecond apart, unless told otherwise.
#[derive(Default)]
struct Talk {
    state: State,
    handshake: Handshake,
    unacked: Unacked,
    times: Vec<i64>,
    options: TcpOptions,
}

impl Talk {
    /// One segment; sequence numbers begin at 1000 (A) and 5000 (B).
    fn says(&mut self, side: Side, flags: u16, seq: u32, ack: u32, window: u16, len: u32) -> Remarks {
        let time = self.times.last().map_or(0, |last| last + 1_000_000);
        self.says_at(time, side, flags, [seq, ack], window, len)
    }

    fn says_at(
        &mut self,
        time: i64,
        side: Side,
        flags: u16,
        [seq, ack]: [u32; 2],
        window: u16,
        len: u32,
    ) -> Remarks {
        let at = self.times.len() as u32;
        self.times.push(time);
        let (own, other) = if side == Side::A { (1000, 5000) } else { (5000, 1000) };
        let ack = if flags & ACK == 0 { 0 } else { u32::wrapping_add(other, ack) };
        let options = std::mem::take(&mut self.options);
        let segment = Segment {
            at,
            time,
            seq: u32::wrapping_add(own, seq),
            ack,
            flags,
            window,
            len,
            options,
            ce: false,
        };
        let times = &self.times;
        self.state.segment(&segment, side, &mut self.handshake, &mut self.unacked, |at| times[at as usize])
    }

    /// SYN, SYN-ACK, ACK, each with this window scale.
    fn open(scale: Option<u8>) -> Talk {
        let mut talk = Talk::default();
        talk.options.scale = scale;
        assert_eq!(notes(talk.says(Side::A, SYN, 0, 0, 500, 0)), []);
        talk.options.scale = scale;
        let answer = talk.says(Side::B, SYN | ACK, 0, 1, 500, 0);
        assert_eq!((notes(answer), answer.acks), (vec![], Some(1)));
        assert_eq!(talk.says(Side::A, ACK, 1, 1, 500, 0).acks, Some(1));
        talk
    }
}

fn notes(remarks: Remarks) -> Vec<Note> {
    remarks.notes.iter().collect()
}

#[test]
fn sizes_stay_within_their_bounds() {
    assert!(size_of::<State>() <= 80, "a connection takes {} bytes", size_of::<State>());
}

#[test]
fn a_handshake_tells_time_scale_and_base() {
    let talk = Talk::open(Some(7));
    assert_eq!(talk.handshake.took(), Some(2_000_000));
    assert_eq!(talk.state.base(Side::A), Some(1000));
    assert_eq!((talk.state.base(Side::B), talk.state.scale(Side::B)), (Some(5000), Scale::Shift(7)));
    assert_eq!(Talk::open(None).state.scale(Side::A), Scale::Unused);
    assert_eq!(State::default().scale(Side::A), Scale::Unknown);
}

#[test]
fn data_is_counted_until_it_is_acknowledged() {
    let mut talk = Talk::open(None);
    let first = talk.says(Side::A, ACK, 1, 1, 500, 100);
    assert_eq!((first.in_flight, first.pushed), (Some(100), Some(100)));
    let second = talk.says(Side::A, ACK | PSH, 101, 1, 500, 50);
    assert_eq!((second.in_flight, second.pushed), (Some(150), Some(150)));
    assert_eq!(talk.says(Side::B, ACK, 1, 101, 500, 0).acks, Some(2));
    let third = talk.says(Side::A, ACK | PSH, 151, 1, 500, 10);
    assert_eq!((third.in_flight, third.pushed), (Some(60), Some(10)));
    // An ACK in the middle of a segment is none of it.
    assert_eq!(talk.says(Side::B, ACK, 1, 155, 500, 0).acks, None);
    assert_eq!(talk.says(Side::B, ACK, 1, 161, 500, 0).acks, Some(2));
}

#[test]
fn what_was_selectively_acknowledged_is_not_in_flight() {
    let mut talk = Talk::open(None);
    for at in 0..3 {
        talk.says(Side::A, ACK, 1 + at * 100, 1, 500, 100);
    }
    talk.options.sack.push(1201, 1301);
    talk.says(Side::B, ACK, 1, 1, 500, 0);
    assert_eq!(talk.says(Side::A, ACK, 301, 1, 500, 100).in_flight, Some(300));
    assert_eq!(Sack::default().ranges(), []);
}

#[test]
fn a_loss_is_repeated_fast_late_or_in_vain() {
    let mut talk = Talk::open(None);
    talk.says(Side::A, ACK, 1, 1, 500, 100);
    talk.says(Side::B, ACK, 1, 101, 500, 0);
    for at in 1..4 {
        talk.says(Side::A, ACK, 101 + at * 100, 1, 500, 100);
    }
    for count in 1..=2 {
        let again = talk.says(Side::B, ACK, 1, 101, 500, 0);
        assert_eq!((notes(again), again.repeats.unwrap().0), (vec![Note::DuplicateAck], count));
    }
    assert_eq!(notes(talk.says(Side::A, ACK, 101, 1, 500, 100)), [Note::FastRetransmission]);
    let time = talk.times.last().unwrap() + 400_000_000;
    let late = talk.says_at(time, Side::A, ACK, [301, 1], 500, 100);
    assert_eq!((notes(late), late.rto.is_some()), (vec![Note::Retransmission], true));
    talk.says(Side::B, ACK, 1, 501, 500, 0);
    assert_eq!(notes(talk.says(Side::A, ACK, 401, 1, 500, 100)), [Note::SpuriousRetransmission]);
}

#[test]
fn order_and_gaps_are_told() {
    let mut talk = Talk::open(None);
    talk.says(Side::A, ACK, 1, 1, 500, 100);
    let gap = talk.says(Side::A, ACK, 201, 1, 500, 100);
    assert_eq!((notes(gap), gap.in_flight), (vec![Note::LostSegment], None));
    assert_eq!(notes(talk.says(Side::A, ACK, 101, 1, 500, 100)), [Note::OutOfOrder]);
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 901, 500, 0)), [Note::AckLostSegment]);
    // Told once, until something new is acknowledged the other way.
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 951, 500, 0)), []);
}

#[test]
fn windows_close_are_probed_and_open() {
    let mut talk = Talk::open(None);
    assert_eq!(notes(talk.says(Side::A, ACK, 1, 1, 500, 500)), [Note::WindowFull]);
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 0, 0)), [Note::ZeroWindow]);
    assert_eq!(notes(talk.says(Side::A, ACK, 501, 1, 500, 1)), [Note::ZeroWindowProbe]);
    let told = [Note::ZeroWindow, Note::ZeroWindowProbeAck];
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 0, 0)), told);
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 501, 400, 0)), [Note::WindowUpdate]);
    // With a scale the window reaches farther, but not that of the SYN-ACK.
    let mut talk = Talk::open(Some(2));
    assert_eq!(notes(talk.says(Side::A, ACK, 1, 1, 500, 500)), [Note::WindowFull]);
    talk.says(Side::B, ACK, 1, 501, 500, 0);
    assert_eq!(notes(talk.says(Side::A, ACK, 501, 1, 500, 500)), []);
    assert_eq!(notes(talk.says(Side::A, ACK, 1001, 1, 500, 1500)), [Note::WindowFull]);
}

#[test]
fn a_keep_alive_and_its_answer_are_no_repeats() {
    let mut talk = Talk::open(None);
    talk.says(Side::A, ACK, 1, 1, 500, 10);
    talk.says(Side::B, ACK, 1, 11, 500, 0);
    assert_eq!(notes(talk.says(Side::A, ACK, 10, 1, 500, 1)), [Note::KeepAlive]);
    assert_eq!(notes(talk.says(Side::B, ACK, 1, 11, 500, 0)), [Note::KeepAliveAck]);
}

#[test]
fn another_answer_to_a_syn_is_another_connection() {
    let mut talk = Talk::open(None);
    assert!(notes(talk.says(Side::B, SYN | ACK, 77, 1, 500, 0)).contains(&Note::ReusedPorts));
    assert_eq!(talk.state.base(Side::B), Some(5077));
}

#[test]
fn data_with_a_syn_is_taken_or_ignored() {
    for (ack, told) in [(131, Note::FastOpenTaken), (101, Note::FastOpenIgnored)] {
        let mut talk = Talk::default();
        talk.options.cookie = true;
        assert_eq!(notes(talk.says(Side::A, SYN, 100, 0, 500, 30)), [Note::FastOpen]);
        talk.options.cookie = false;
        assert_eq!(notes(talk.says(Side::B, SYN | ACK, 900, ack, 500, 0)), [told]);
        // Said again it is a repeat and nothing else, before the handshake is complete and after.
        let again = notes(talk.says(Side::B, SYN | ACK, 900, ack, 500, 0));
        assert!(!again.contains(&told) && !again.is_empty(), "{again:?}");
        talk.says(Side::A, ACK, 131, 901, 500, 10);
        let again = notes(talk.says(Side::B, SYN | ACK, 900, ack, 500, 0));
        assert!(!again.contains(&told), "{again:?}");
    }
    // A SYN without data, and one whose handshake has data right behind it.
    let mut talk = Talk::open(None);
    assert!(notes(talk.says(Side::A, ACK, 1, 1, 500, 30)).is_empty());
}

#[test]
fn marks_of_congestion_are_told_but_not_those_of_a_syn() {
    let mut talk = Talk::open(None);
    assert_eq!(talk.says(Side::A, SYN | ECE | CWR, 1, 1, 500, 0).ecn, Ecn::default());
    let heard = talk.says(Side::B, ACK | ECE, 1, 1, 500, 0).ecn;
    assert_eq!((heard.has(Ecn::ECE), heard.has(Ecn::CWR), heard.has(Ecn::CE)), (true, false, false));
    assert_eq!(talk.says(Side::A, ACK | CWR, 1, 1, 500, 9).ecn, Ecn::CWR);
}

#[test]
fn numbers_go_round() {
    let mut talk = Talk::default();
    let far = u32::MAX - 1000 - 49;
    talk.says(Side::A, ACK, far, 1, 500, 100);
    let next = talk.says(Side::A, ACK, far.wrapping_add(100), 1, 500, 100);
    assert_eq!((notes(next), next.in_flight), (vec![], Some(200)));
}
