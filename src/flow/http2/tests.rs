use super::*;
use crate::decode::FramesLeft;
use crate::flow::Segment;
use crate::flow::flags::{ACK, FIN};
use crate::flow::followed::WAITING;
use crate::flow::followed::wire::{self, AT};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_be_bytes();
    [&len[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

type Wire = wire::Wire<Half>;

impl Wire {
    fn sends(&mut self, flow: u32, seq: u32, flags: u16, payload: &[u8]) -> Option<FramesLeft> {
        let left = self.packet(flow, Segment { seq, flags, ..Segment::default() }, payload, 0)?;
        Some(left.read(&mut Wire::reader(&self.packets)))
    }

    /// In order, one behind the other, after one from which on frames are in step; what
    /// was left for the last.
    fn all(&mut self, segments: &[&[u8]]) -> FramesLeft {
        let settings = frame(SETTINGS, 0, 0, b"");
        let (mut seq, mut last) = (settings.len() as u32, None);
        self.sends(0, 0, ACK, &settings);
        for segment in segments {
            last = self.sends(0, seq, ACK, segment);
            seq += segment.len() as u32;
        }
        last.unwrap()
    }
}

/// `content-type: application/dns-message`, put into the table.
fn typed() -> Vec<u8> {
    let kind = b"application/dns-message";
    [&[0x5f, kind.len() as u8], &kind[..]].concat()
}

#[test]
fn a_body_is_found_wherever_it_is_cut() {
    let headers = frame(HEADERS, END_HEADERS, 1, &typed());
    let stream = [headers, frame(DATA, 0, 1, b"one "), frame(DATA, END_STREAM, 1, b"two")].concat();
    let begun = stream.len() - 12;
    for cut in 1..stream.len() {
        let carried = Wire::default().all(&[&stream[..cut], &stream[cut..]]);
        let end = carried.stream(1).unwrap();
        assert_eq!(end.is_dns, Some(true), "cut at {cut}");
        // What the last packet has itself it knows itself.
        assert_eq!(end.bytes, if cut >= begun { &b"one "[..] } else { b"" }, "cut at {cut}");
        let whole = [&stream[cut - carried.begun..cut], &stream[cut..cut + carried.rest]].concat();
        assert!(carried.begun == 0 || whole[..3] == [0, 0, whole.len() as u8 - 9], "cut at {cut}: {whole:?}");
        assert_eq!(carried.begin, stream[cut - carried.begun..cut], "cut at {cut}");
    }
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    let carried = Wire::default().all(&single);
    assert_eq!((&*carried.stream(1).unwrap().bytes, carried.begun), (&b"one "[..], 11));
}

#[test]
fn the_table_is_that_before_the_packet() {
    let put = |letter: u8| [0x40, 1, b'n', 1, letter];
    let mut wire = Wire::default();
    let of = |carried: FramesLeft| -> Vec<u8> {
        (0..carried.table.len()).map(|place| carried.table.get(place).unwrap().1[0]).collect()
    };
    let first = frame(HEADERS, END_HEADERS, 1, &put(b'a'));
    // A block in two frames counts when it is whole; the cut is within a field.
    let (second, third) =
        (frame(HEADERS, 0, 3, &put(b'b')[..3]), frame(CONTINUATION, END_HEADERS, 3, &put(b'b')[3..]));
    let mut seq = 0;
    for (bytes, known) in
        [(&first, &b""[..]), (&second, b"a"), (&third, b"a"), (&first, b"ab"), (&first, b"aba")]
    {
        assert_eq!(of(wire.sends(0, seq, ACK, bytes).unwrap()), known);
        seq += bytes.len() as u32;
    }
    // What the frame that goes on puts there is known behind it alone.
    let (begin, end) = first.split_at(11);
    wire.sends(0, seq, ACK, begin);
    let carried = wire.sends(0, seq + 11, ACK, end).unwrap();
    assert_eq!((carried.added, of(carried)), (1, b"abaaa"[..].to_vec()));
    // Behind a gap nobody knows.
    wire.sends(0, seq + 500, ACK, &first);
    for gap in 0..=WAITING as u32 {
        wire.sends(0, seq + 600 + 100 * gap, ACK, &first);
    }
    assert_eq!(of(wire.sends(0, seq + 600 + 100 * WAITING as u32 + 14, ACK, &first).unwrap()).len(), 1);
}

/// Else a query in a path that goes on from packet to packet is lost.
#[test]
fn a_header_block_that_goes_on_is_known() {
    let block: Vec<u8> = (0..30).collect();
    let stream = [
        frame(HEADERS, 0, 1, &block[..10]),
        frame(CONTINUATION, 0, 1, &block[10..20]),
        frame(CONTINUATION, END_HEADERS, 1, &block[20..]),
    ];
    let of = |segments: &[&[u8]]| Wire::default().all(segments).block;
    assert_eq!(of(&[&stream[0]]), None);
    assert_eq!(of(&[&stream[0], &stream[1]]), Some((1, block[..10].to_vec())));
    assert_eq!(of(&[&stream[0], &stream[1], &stream[2]]), Some((1, block[..20].to_vec())));
    assert_eq!(of(&[&stream.concat(), &stream[0]]), None, "it has ended");
    // Cut within a frame: that is not part of it before it ends.
    let all = stream.concat();
    for cut in 20..38 {
        assert_eq!(of(&[&all[..cut], &all[cut..]]), Some((1, block[..10].to_vec())), "cut at {cut}");
    }
}

#[test]
fn what_comes_twice_or_early_has_no_turn() {
    let bytes = frame(DATA, 0, 1, b"data");
    let mut wire = Wire::default();
    assert!(!wire.sends(0, 0, ACK, &bytes).unwrap().is_apart);
    assert!(wire.sends(0, 0, ACK, &bytes).unwrap().is_apart, "again");
    assert!(wire.sends(0, 26, ACK, &bytes).unwrap().is_apart, "early");
    let more = [&bytes[9..], &bytes[..]].concat();
    let carried = wire.sends(0, 9, ACK, &more).unwrap();
    assert_eq!((carried.is_apart, carried.known), (false, 4), "partly known");
    assert!(!wire.sends(0, 39, ACK, &bytes).unwrap().is_apart, "behind the early one");
}

#[test]
fn a_stream_that_ends_early_is_told_by_what_was_missing() {
    let (first, last) = (frame(DATA, 0, 1, b"one "), frame(DATA, END_STREAM, 1, b"two"));
    let mut wire = Wire::default();
    wire.sends(0, 0, ACK, &frame(HEADERS, END_HEADERS, 1, &typed()));
    let seq = wire.packets[0].len() as u32 - AT;
    assert!(wire.sends(0, seq + first.len() as u32, ACK, &last).unwrap().streams.is_empty());
    let carried = wire.sends(0, seq, ACK, &first).unwrap();
    let [stream] = &carried.streams[..] else { panic!("{carried:?}") };
    assert_eq!((stream.ended_early, &*stream.bytes), (true, &b"one two"[..]));
    assert_eq!(carried.stream(1), None, "not by a frame of its own");
}

#[test]
fn long_and_scattered_bodies_are_given_up() {
    let body = |frames: usize, len: usize| {
        let mut all = vec![frame(HEADERS, END_HEADERS, 1, &typed())];
        all.extend((0..frames).map(|_| frame(DATA, 0, 1, &vec![0; len])));
        all.push(frame(DATA, END_STREAM, 1, b"end"));
        let all: Vec<&[u8]> = all.iter().map(|frame| &**frame).collect();
        Wire::default().all(&all).stream(1).unwrap().clone()
    };
    assert_eq!((body(200, 300).is_dns, body(200, 300).bytes.len()), (Some(true), 60_000));
    assert_eq!((body(200, 400).is_dns, body(200, 400).bytes.len()), (Some(false), 0), "too long");
    assert_eq!((body(300, 10).is_dns, body(300, 10).bytes.len()), (Some(false), 0), "too many pieces");
    // A frame of which too many packets hold something.
    let long = frame(DATA, END_STREAM, 1, &[0; 240]);
    let pieces: Vec<&[u8]> = long.chunks(1).collect();
    assert_eq!(Wire::default().all(&pieces).begin.len(), 248);
    let long = frame(DATA, END_STREAM, 1, &[0; 270]);
    let pieces: Vec<&[u8]> = long.chunks(1).collect();
    let carried = Wire::default().all(&pieces);
    assert_eq!((carried.begin.len(), carried.begun, carried.rest), (0, 278, 1));
    assert_eq!(
        carried.stream(1).map(|stream| stream.is_dns),
        Some(Some(false)),
        "nobody can put it together"
    );
}

#[test]
fn connections_are_bounded_and_end() {
    let mut wire = Wire::default();
    let bytes = frame(DATA, 0, 1, b"data");
    for flow in 0..2 * MOST as u32 {
        wire.sends(flow, 0, ACK, &bytes);
    }
    let open = |wire: &Wire| wire.followed.counts();
    assert_eq!(open(&wire)[..2], [MOST; 2]);
    assert!(!wire.followed.has(0) && wire.followed.has(MOST as u32));
    wire.sends(MOST as u32, 13, ACK | FIN, b"");
    let from_b = Segment { from_b: true, flags: ACK | FIN, ..Segment::default() };
    wire.packet(MOST as u32, from_b, b"", 0);
    assert_eq!(open(&wire)[..2], [MOST - 1; 2]);
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
    let mut wire = Wire::default();
    for _ in 0..20_000 {
        let mut bytes = match next(4) {
            0 => frame(HEADERS, next(8) as u8, next(6) as u8, &typed()),
            1 => frame(CONTINUATION, next(8) as u8, next(6) as u8, b"\x40\x01a\x01b\xbe\x20"),
            2 => frame(DATA, next(2) as u8, next(6) as u8, &vec![0; next(900) as usize]),
            _ => (0..next(40)).map(|_| next(256) as u8).collect(),
        };
        bytes.truncate(next(1000) as usize + 1);
        if let Some(carried) = wire.sends(next(3), next(60_000), ACK, &bytes) {
            assert!(carried.known + carried.rest <= bytes.len(), "{carried:?}");
            assert!(carried.begin.is_empty() || carried.begin.len() <= carried.begun);
        }
    }
    let [.., left] = wire.followed.counts();
    assert!(left <= 3 * (WAITING + 1), "{left} segments wait");
}
