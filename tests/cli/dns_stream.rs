//! DNS over TCP, whose segments end where they like.

use crate::good;
use crate::made::{Tcp, file, path, pcap};

const SYN: u8 = 2;
const ACK: u8 = 0x10;

/// A question for an address, or its answer.
fn message(id: u8, is_answer: bool) -> Vec<u8> {
    let mut message =
        vec![0, id, if is_answer { 0x81 } else { 1 }, 0, 0, 1, 0, u8::from(is_answer), 0, 0, 0, 0];
    message.extend([2, b'n', b'0' + id, 7]);
    message.extend(b"example\0\0\x01\0\x01");
    if is_answer {
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, id]);
    }
    [&[0, message.len() as u8], &message[..]].concat()
}

/// A connection to port 53; each segment is one of these, the other side's where told so.
fn connection(segments: &[(bool, Vec<u8>)]) -> Vec<Vec<u8>> {
    let (mut seq, mut frames) = ([100, 500], Vec::new());
    let mut send = |from_b: bool, flags: u8, data: &[u8]| {
        let (own, other) = (seq[usize::from(from_b)], seq[usize::from(!from_b)]);
        let mut frame = Tcp { from_b, ecn: 0, seq: own, ack: other, flags, options: &[], data }.frame();
        // Port 80 is that of another protocol.
        let at = if from_b { 35 } else { 37 };
        assert_eq!(std::mem::replace(&mut frame[at], 53), 80);
        frames.push(frame);
        seq[usize::from(from_b)] += data.len() as u32 + u32::from(flags & SYN != 0);
    };
    send(false, SYN, b"");
    send(true, SYN | ACK, b"");
    for (from_b, data) in segments {
        send(*from_b, ACK, data);
    }
    frames
}

/// What is told of the transactions but times and packets.
fn told(frames: &[Vec<u8>]) -> Vec<[String; 4]> {
    let file = file(&pcap(frames));
    let text = good(&format!("dns {} --format jsonl", path(&file)));
    let row = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        ["name", "code", "answers", "kind"].map(|key| row[key].to_string())
    };
    text.lines().map(row).collect()
}

/// Else a question whose answer begins behind the end of another one is called unanswered.
#[test]
fn transactions_are_the_same_however_the_stream_is_cut() {
    let all = |is_answer| (1..=4).flat_map(|id| message(id, is_answer)).collect::<Vec<u8>>();
    let cut = |stream: &[u8], from_b, size| {
        stream.chunks(size).map(|chunk| (from_b, chunk.to_vec())).collect::<Vec<_>>()
    };
    let whole = told(&connection(&[(false, all(false)), (true, all(true))]));
    assert_eq!(whole.len(), 4);
    assert!(whole.iter().all(|row| row[1].contains("NOERROR") && row[2].contains("192.0.2.")), "{whole:?}");
    for size in [1, 2, 3, 5, 13, 14, 15, 16, 29, 30, 31, 47, 50, 63] {
        let segments = [cut(&all(false), false, size), cut(&all(true), true, size)].concat();
        assert_eq!(told(&connection(&segments)), whole, "segments of {size} bytes");
        // The header of the last message lies in segments that come in order.
        if [29, 30, 31].contains(&size) {
            let mut early = connection(&segments);
            let last = early.len() - 1;
            early.swap(last - 1, last);
            assert_eq!(told(&early), whole, "segments of {size} bytes, two of them swapped");
        }
    }
    // The length in a segment of its own.
    let apart = |from_b, is_answer| {
        (1..=4).flat_map(move |id| {
            let message = message(id, is_answer);
            [(from_b, message[..2].to_vec()), (from_b, message[2..].to_vec())]
        })
    };
    assert_eq!(told(&connection(&apart(false, false).chain(apart(true, true)).collect::<Vec<_>>())), whole);
}

/// Where it ends a message is told as a whole: what lies in later segments is found.
#[test]
fn a_message_is_whole_where_it_ends() {
    let answer = message(1, true);
    let segments = [(false, message(1, false)), (true, answer[..34].to_vec()), (true, answer[34..].to_vec())];
    let file = file(&pcap(&connection(&segments)));
    let text = good(&format!("packets {} -Y dns.a==192.0.2.1", path(&file)));
    assert!(
        text.trim_start().starts_with("5 ") && text.trim_end().ends_with("A 192.0.2.1 (from packet 4 on)")
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    let tree = good(&format!("tree {} 5", path(&file)));
    assert!(tree.contains("Message continued: 12 bytes; 34 bytes came before"), "{tree}");
    let tree = good(&format!("tree {} 4", path(&file)));
    assert!(tree.contains("DNS 46 (here 34)) ✓ lengths agree"), "that it goes on is no error: {tree}");
    // The answer is the one, and came once.
    let rows = good(&format!("dns {} --format jsonl", path(&file)));
    assert!(rows.lines().count() == 1 && rows.contains(r#""answer_packet":4"#), "{rows}");
}

/// A segment of the server beside those of a connection that has sent so many bytes.
fn answers(sent: usize, data: &[u8]) -> Vec<u8> {
    let seq = 501 + sent as u32;
    let mut frame = Tcp { from_b: true, ecn: 0, seq, ack: 101, flags: ACK, options: &[], data }.frame();
    frame[35] = 53;
    frame
}

/// Else whoever sends a segment ahead of its turn makes up an answer, and hides the true one.
#[test]
fn the_bytes_that_have_their_turn_first_are_the_answer() {
    let asked = [(false, [message(1, false), message(2, false)].concat())];
    let (first, second) = (message(1, true), message(2, true));
    let mut fake = second.clone();
    *fake.last_mut().unwrap() = 66;
    let with = |more: &[Vec<u8>]| [&connection(&asked)[..], more].concat();
    // It came too early, and other bytes have its place.
    let frames = with(&[answers(first.len(), &fake), answers(0, &[&first[..], &second].concat())]);
    let rows = told(&frames);
    assert!(rows[1][2].contains("192.0.2.2") && !rows[1][2].contains("192.0.2.66"), "{rows:?}");
    let file = file(&pcap(&frames));
    let rows = good(&format!("dns {} --format jsonl", path(&file)));
    assert!(rows.matches(r#""answer_packet":5"#).count() == 2, "{rows}");
    let text = good(&format!("packets {}", path(&file)));
    assert!(text.lines().nth(3).unwrap().contains("[conflict]"), "{text}");
    let tree = good(&format!("tree {} 4", path(&file)));
    assert!(tree.contains("Conflict: it came too early, and other bytes have its place"), "{tree}");
    // Outside of the window: nobody takes it.
    let outside = answers(1 << 20, &fake);
    assert!(told(&with(std::slice::from_ref(&outside)))[1][1].contains("null"));
    let file = self::file(&pcap(&with(&[outside])));
    let tree = good(&format!("tree {} 4", path(&file)));
    assert!(tree.contains("outside of the window that the receiver offers"), "{tree}");
    // It came first: what comes again with other bytes is told as that.
    let frames = with(&[answers(0, &[&first[..], &fake].concat()), answers(first.len(), &second)]);
    assert!(told(&frames)[1][2].contains("192.0.2.66"));
    let file = self::file(&pcap(&frames));
    let tree = good(&format!("tree {} 5", path(&file)));
    assert!(tree.contains("what came before again, and not the same; the first bytes are kept"), "{tree}");
    assert_eq!(good(&format!("packets {} -Y wirepeel.dns.conflict", path(&file))).lines().count(), 1);
}

/// Else an answer whose begin the capture has is dropped without a word.
#[test]
fn late_answers_that_lack_bytes_are_told() {
    let asked = [(false, [message(1, false), message(2, false)].concat())];
    let all = [message(1, true), message(2, true)].concat();
    let (first, cut) = (message(1, true).len(), 14);
    // The capture cut off the end of the early one.
    let frames = [&connection(&asked)[..], &[answers(20, &all[20..]), answers(0, &all[..20])]].concat();
    let early = frames[3].len();
    let mut bytes = pcap(&frames);
    let at = 24 + frames[..3].iter().map(|frame| 16 + frame.len()).sum::<usize>();
    bytes[at + 8..at + 12].copy_from_slice(&((early - cut) as u32).to_le_bytes());
    bytes.drain(at + 16 + early - cut..at + 16 + early);
    let file = file(&bytes);
    let tree = good(&format!("tree {} 5", path(&file)));
    let (held, whole) = (all.len() - first - cut - 2, all.len() - first - 2);
    let words = format!("incomplete: the capture lacks all but the first {held} of {whole} bytes");
    assert!(tree.contains(&words), "{tree}");
    let rows = good(&format!("dns {} --format jsonl", path(&file)));
    assert!(rows.matches(r#""answer_packet":5"#).count() == 2, "{rows}");
}
