//! What DNS transactions come to, of captures made here message by message.

use crate::{good, made};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wirepeel::capture::{OpenOptions, open};
use wirepeel::decode::Registry;
use wirepeel::flow::dns::Outcome;
use wirepeel::session::Session;

/// Packets with their times in microseconds.
#[derive(Default)]
struct Wire {
    packets: Vec<(u64, Vec<u8>)>,
}

/// The last byte of an address under 10.0.0.0, a multicast group, or any other.
#[derive(Clone, Copy)]
struct Ip([u8; 4]);

const CLIENT: Ip = Ip([10, 0, 0, 1]);
const SERVER: Ip = Ip([10, 0, 0, 53]);
const MDNS: Ip = Ip([224, 0, 0, 251]);
const LLMNR: Ip = Ip([224, 0, 0, 252]);
const QUERY: u16 = 0x0100;
const ANSWER: u16 = 0x8180;

fn host(last: u8) -> Ip {
    Ip([10, 0, 0, last])
}

fn web(last: u8) -> Ip {
    Ip([192, 0, 2, last])
}

impl Wire {
    fn ip(&mut self, at: u64, protocol: u8, from: Ip, to: Ip, payload: &[u8]) {
        self.fragment(at, protocol, from, to, (1, 0), payload);
    }

    /// `part`: the identification, and the fragment field.
    fn fragment(&mut self, at: u64, protocol: u8, from: Ip, to: Ip, part: (u16, u16), payload: &[u8]) {
        let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0];
        frame.extend((20 + payload.len() as u16).to_be_bytes());
        frame.extend(part.0.to_be_bytes());
        frame.extend(part.1.to_be_bytes());
        frame.extend([64, protocol, 0, 0]);
        frame.extend([from.0, to.0].concat());
        frame.extend(payload);
        self.packets.push((at, frame));
    }

    fn udp(&mut self, at: u64, from: (Ip, u16), to: (Ip, u16), data: &[u8]) {
        self.ip(at, 17, from.0, to.0, &made::datagram(from.1, to.1, data));
    }

    fn tcp(
        &mut self,
        at: u64,
        from: (Ip, u16),
        to: (Ip, u16),
        (seq, ack, flags): (u32, u32, u8),
        data: &[u8],
    ) {
        let mut segment = [from.1.to_be_bytes(), to.1.to_be_bytes()].concat();
        segment.extend(seq.to_be_bytes());
        segment.extend(ack.to_be_bytes());
        segment.extend([5 << 4, flags, 0x10, 0, 0, 0, 0, 0]);
        segment.extend(data);
        self.ip(at, 6, from.0, to.0, &segment);
    }

    /// A question of the client and its answer 10 ms later.
    fn asks(&mut self, at: u64, port: u16, name: &str, kind: u16, flags: u16, records: &[Vec<u8>]) {
        let id = port;
        self.udp(at, (CLIENT, port), (SERVER, 53), &message(id, QUERY, &[question(name, kind)], [&[]; 3]));
        let answer = message(id, flags, &[question(name, kind)], [records, &[], &[]]);
        self.udp(at + 10_000, (SERVER, 53), (CLIENT, port), &answer);
    }

    /// A connection of the client that sends this.
    fn visits(&mut self, at: u64, port: u16, to: Ip, data: &[u8]) {
        let (from, to) = ((CLIENT, port), (to, 80));
        self.tcp(at, from, to, (100, 0, 0x02), &[]);
        self.tcp(at + 1000, to, from, (500, 101, 0x12), &[]);
        self.tcp(at + 2000, from, to, (101, 501, 0x18), data);
    }

    fn file(&self) -> tempfile::NamedTempFile {
        let mut bytes = Vec::new();
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1u32] {
            bytes.extend(word.to_le_bytes());
        }
        for (at, frame) in &self.packets {
            let len = frame.len() as u32;
            let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
            for word in [1_700_000_000 + seconds as u32, micros as u32, len, len] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(frame);
        }
        made::file(&bytes)
    }

    /// What the program prints about it; `FILE` stands for it.
    fn good(&self, arguments: &str) -> String {
        good(&arguments.replace("FILE", made::path(&self.file())))
    }

    /// The line about a name, or with any other word.
    fn line(&self, arguments: &str, word: &str) -> String {
        let text = self.good(arguments);
        let line = text.lines().find(|line| line.contains(word));
        line.unwrap_or_else(|| panic!("no {word} in\n{text}")).to_owned()
    }
}

fn name(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        out.push(label.len() as u8);
        out.extend(label.as_bytes());
    }
    out.push(0);
    out
}

fn question(of: &str, kind: u16) -> Vec<u8> {
    [name(of), kind.to_be_bytes().to_vec(), vec![0, 1]].concat()
}

fn record(of: &str, kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut out = name(of);
    out.extend(kind.to_be_bytes());
    out.extend([0, 1]);
    out.extend(ttl.to_be_bytes());
    out.extend((data.len() as u16).to_be_bytes());
    out.extend(data);
    out
}

fn address(of: &str, ttl: u32, is: Ip) -> Vec<u8> {
    record(of, 1, ttl, &is.0)
}

fn message(id: u16, flags: u16, questions: &[Vec<u8>], sections: [&[Vec<u8>]; 3]) -> Vec<u8> {
    let mut out = [id.to_be_bytes(), flags.to_be_bytes()].concat();
    out.extend((questions.len() as u16).to_be_bytes());
    sections.iter().for_each(|section| out.extend((section.len() as u16).to_be_bytes()));
    out.extend(questions.concat());
    sections.iter().for_each(|section| out.extend(section.concat()));
    out
}

/// The first to ask gets the address from all; the second asks from another port, and is
/// answered itself: that answer uses nothing, and goes where nobody looked up.
#[test]
fn answers_of_responders_use_no_address() {
    let mut wire = Wire::default();
    let told = || address("printer.local", 120, host(4));
    for (at, port) in [(0, 40_000), (2_000_000, 40_001)] {
        let asked = [question("printer.local", 1)];
        wire.udp(at, (host(5), port), (MDNS, 5353), &message(7, 0, &asked, [&[]; 3]));
        let answer = message(7, 0x8400, &asked, [&[told()], &[], &[]]);
        wire.udp(at + 50_000, (host(4), 5353), (host(5), port), &answer);
        let asked = [question("winpc", 1)];
        wire.udp(at + 100_000, (host(2), port), (LLMNR, 5355), &message(8, 0, &asked, [&[]; 3]));
        let answer = message(8, 0x8000, &asked, [&[address("winpc", 30, host(9))], &[], &[]]);
        wire.udp(at + 150_000, (host(9), 5355), (host(2), port), &answer);
    }
    assert_eq!(wire.good("dns FILE --used"), "no flow of this capture followed a lookup\n");
    assert_eq!(wire.good("dns FILE --unlooked"), "every address that was used had been looked up\n");
    assert!(!wire.good("flows FILE").contains("told in packet"));
    // A message straight to the responder chooses its address.
    let asked = [question("printer.local", 1)];
    wire.udp(5_000_000, (host(5), 40_002), (host(4), 5353), &message(9, 0, &asked, [&[]; 3]));
    let used = wire.good("dns FILE --used");
    assert!(used.contains("UDP 10.0.0.4:5353"), "{used}");
}

/// Two names of one address: the request says which was meant, whatever was asked for last.
#[test]
fn a_flow_has_the_name_of_the_lookup_that_it_followed() {
    let mut wire = Wire::default();
    wire.asks(0, 5000, "n1.z", 1, ANSWER, &[address("n1.z", 60, web(40))]);
    wire.asks(1_000_000, 5001, "n2.z", 1, ANSWER, &[address("n2.z", 60, web(40))]);
    wire.visits(2_000_000, 5008, web(40), b"GET / HTTP/1.1\r\nHost: n1.z\r\n\r\n");
    wire.visits(3_000_000, 5009, web(40), b"GET / HTTP/1.1\r\nHost: else.z\r\n\r\n");
    let row = wire.line("flows FILE --names", ":5008");
    assert!(row.contains("n1.z:80") && row.contains("asked in packet 1,") && !row.contains("n2.z"), "{row}");
    let row = wire.line("flows FILE --names", ":5009");
    assert!(row.contains("n2.z:80") && row.contains("asked in packet 3,"), "{row}");
    let rows = wire.good("flows FILE --names --format jsonl");
    assert!(rows.contains(r#""name":"n1.z","name_source":"dns","name_packet":2"#), "{rows}");
}

/// What a message lacks by itself is not what the capture lacks, nor what a fragment has.
#[test]
fn why_a_message_is_short_is_told() {
    let mut wire = Wire::default();
    let asked = |name: &str| [question(name, 1)];
    let whole = |name: &str| {
        message(7, ANSWER, &asked(name), [&[address(name, 60, web(1)), address(name, 60, web(2))], &[], &[]])
    };
    // Two records are counted, one is there, and the datagram ends.
    let broken = whole("broken.z");
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &message(7, QUERY, &asked("broken.z"), [&[]; 3]));
    wire.udp(10_000, (SERVER, 53), (CLIENT, 5000), &broken[..broken.len() - 24]);
    let parts = whole("parts.z");
    wire.udp(20_000, (CLIENT, 5001), (SERVER, 53), &message(7, QUERY, &asked("parts.z"), [&[]; 3]));
    let mut datagram = made::datagram(53, 5001, &parts);
    let rest = datagram.split_off(48);
    wire.fragment(30_000, 17, SERVER, CLIENT, (9, 0x2000), &datagram);
    wire.fragment(31_000, 17, SERVER, CLIENT, (9, 6), &rest);
    let broken = wire.line("dns FILE", "broken.z");
    assert!(broken.contains("192.0.2.1, malformed: 1 more is counted than can be read"), "{broken}");
    assert!(broken.contains("packet 2 is malformed") && !broken.contains("not in the capture"), "{broken}");
    let parts = wire.line("dns FILE", "parts.z");
    assert!(parts.contains("goes on in a fragment") && !parts.contains("malformed"), "{parts}");
    let rows = wire.good("dns FILE --format jsonl");
    assert!(rows.contains(r#""malformed_packet":2,"incomplete":"malformed""#), "{rows}");
    assert!(rows.contains(r#""malformed_packet":null,"incomplete":"fragment""#), "{rows}");
}

/// What only tells of changes asks nothing.
#[test]
fn notifies_and_updates_are_no_questions() {
    let mut wire = Wire::default();
    let opcode = |opcode: u16, flags: u16| opcode << 11 | flags;
    for (at, code, flags) in [(0, 4, 0x8400), (1, 5, 0x8000), (2, 5, 0x8005), (3, 2, 0x8004), (4, 0, ANSWER)]
    {
        let port = 5000 + at as u16;
        let asked = [question("z", 6)];
        let query = message(port, opcode(code, 0), &asked, [&[]; 3]);
        wire.udp(at * 1_000_000, (CLIENT, port), (SERVER, 53), &query);
        let answer = message(port, opcode(code, flags), &asked, [&[]; 3]);
        wire.udp(at * 1_000_000 + 10_000, (SERVER, 53), (CLIENT, port), &answer);
    }
    let text = wire.good("dns FILE");
    for told in ["NOTIFY: done", "UPDATE: done", "UPDATE: REFUSED", "STATUS: NOTIMP"] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    let rows = wire.good("dns FILE --format jsonl");
    assert_eq!(rows.matches(r#""opcode":"UPDATE""#).count(), 2, "{rows}");
    let stats = wire.good("dns FILE --stats --format jsonl");
    assert!(stats.contains(r#""type":"SOA","number":6,"queries":1"#), "{stats}");
    assert!(stats.contains(r#""opcode":"UPDATE","number":5,"queries":2"#), "{stats}");
    assert!(wire.good("dns FILE --stats").contains("of them NOTIFY"));
}

/// That a name has nothing of a type answers the question for it.
#[test]
fn multicast_denials_are_answers() {
    let mut wire = Wire::default();
    let asked = [question("host.local", 28)];
    wire.udp(0, (host(2), 5353), (MDNS, 5353), &message(0, 0, &asked, [&[]; 3]));
    let nsec = record("host.local", 47, 120, &[name("host.local"), vec![0, 1, 0x40]].concat());
    wire.udp(20_000, (host(4), 5353), (MDNS, 5353), &message(0, 0x8400, &[], [&[nsec], &[], &[]]));
    let text = wire.good("dns FILE");
    assert_eq!(text.lines().count(), 2, "one transaction: {text}");
    assert!(text.contains("20.000") && text.contains("no data"), "{text}");
    let rows = wire.good("dns FILE --format jsonl");
    assert!(rows.contains(r#""denied":"NODATA","denied_name":"host.local","denied_ttl":120"#), "{rows}");
}

/// The highest bit of a class is none of it over multicast (RFC 6762, 18.12).
#[test]
fn the_bit_above_a_multicast_class_is_no_class() {
    let mut asked = question("host.local", 1);
    asked.splice(asked.len() - 2.., [0x80, 1]);
    let mut wire = Wire::default();
    wire.udp(0, (host(2), 5353), (MDNS, 5353), &message(0, 0, &[asked.clone()], [&[]; 3]));
    wire.udp(1_000_000, (CLIENT, 4000), (SERVER, 53), &message(9, QUERY, &[asked], [&[]; 3]));
    let rows = wire.good("dns FILE --format jsonl");
    let class = |at: usize| rows.lines().nth(at)?.split(r#""class":""#).nth(1)?.split('"').next();
    assert_eq!([class(0), class(1)], [Some("IN"), Some("CLASS32769")], "{rows}");
}

/// A connection that failed is told, where the answer was that did not fit.
#[test]
fn failed_repeats_over_tcp_are_told() {
    let mut wire = Wire::default();
    for (at, name) in [(0, "reset.z"), (2_000_000, "silent.z"), (4_000_000, "never.z")] {
        wire.asks(at, 5000 + at as u16, name, 1, ANSWER | 0x0200, &[]);
        let from = (CLIENT, 6000 + (at / 1_000_000) as u16);
        if name != "never.z" {
            wire.tcp(at + 20_000, from, (SERVER, 53), (1, 0, 0x02), &[]);
        }
        if name == "reset.z" {
            wire.tcp(at + 21_000, (SERVER, 53), from, (0, 2, 0x14), &[]);
        }
    }
    let line = |name| wire.line("dns FILE", name);
    assert!(
        line("reset.z").contains("truncated, tried over TCP in packet 3: refused"),
        "{}",
        line("reset.z")
    );
    assert!(line("silent.z").contains("tried over TCP in packet 7: no answer to the SYN"));
    assert!(line("never.z").contains("(truncated)"), "{}", line("never.z"));
    let rows = wire.good("dns FILE --format jsonl");
    assert!(rows.contains(r#""tcp_tried_packet":3,"tcp_tried":"refused""#), "{rows}");
}

/// A service record brings addresses along; they were looked up with it.
#[test]
fn hints_of_services_are_lookups() {
    let mut wire = Wire::default();
    let hint = [&[0, 1, 0, 0, 1, 0, 3, 2, b'h', b'2', 0, 4, 0, 8][..], &web(80).0, &web(81).0].concat();
    wire.asks(0, 5000, "svc.z", 65, ANSWER, &[record("svc.z", 65, 300, &hint)]);
    wire.visits(1_000_000, 5010, web(81), b"GET / HTTP/1.1\r\nHost: svc.z\r\n\r\n");
    let line = wire.line("dns FILE", "svc.z");
    assert!(line.contains("1 . alpn=h2 ipv4hint=192.0.2.80,192.0.2.81  (used by flow 1)"), "{line}");
    let used = wire.line("dns FILE --used", "192.0.2.81");
    assert!(used.contains("svc.z"), "{used}");
    assert!(!wire.good("dns FILE --unlooked").contains("192.0.2.8"));
}

/// An address whose name nobody asked for stands beside that name.
#[test]
fn records_of_other_names_bear_them() {
    let mut wire = Wire::default();
    let both = [question("m1.z", 1), question("m2.z", 1)];
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &message(1, QUERY, &both, [&[]; 3]));
    let all = [address("m1.z", 60, web(14)), address("m2.z", 60, web(15))];
    wire.udp(10_000, (SERVER, 53), (CLIENT, 5000), &message(1, ANSWER, &both, [&all, &[], &[]]));
    let alias = [
        record("www.z", 5, 60, &name("host.z")),
        address("host.z", 60, web(16)),
        address("bank.z", 60, web(66)),
    ];
    wire.asks(1_000_000, 5001, "www.z", 1, ANSWER, &alias);
    let line = wire.line("dns FILE", "m1.z");
    assert!(line.contains("192.0.2.14, m2.z 192.0.2.15") && line.contains("asks for m2.z A too"), "{line}");
    let line = wire.line("dns FILE", "www.z");
    assert!(line.contains("→ host.z, 192.0.2.16, bank.z 192.0.2.66"), "{line}");
    let rows = wire.good("dns FILE --format jsonl");
    assert!(rows.contains(r#""questions":["m1.z A","m2.z A"]"#), "{rows}");
    // The second question was a lookup too.
    wire.visits(2_000_000, 5010, web(15), b"GET / HTTP/1.1\r\nHost: m2.z\r\n\r\n");
    assert!(wire.line("dns FILE --used", "192.0.2.15").contains("m2.z"));
}

/// What may not be kept is good for what it was asked for; no answer is good that who
/// asked drops, or that nobody asked for.
#[test]
fn doubtful_answers_are_marked_where_they_are_used() {
    let mut wire = Wire::default();
    wire.asks(0, 5000, "zero.z", 1, ANSWER, &[address("zero.z", 0, web(30))]);
    wire.visits(11_000, 5010, web(30), b"GET");
    wire.visits(8_000_000, 5011, web(30), b"GET");
    let asked = [question("evil.z", 1)];
    wire.udp(9_000_000, (CLIENT, 5001), (SERVER, 53), &message(1, QUERY, &[question("good.z", 1)], [&[]; 3]));
    let evil = message(1, ANSWER, &asked, [&[address("evil.z", 60, web(66))], &[], &[]]);
    wire.udp(9_010_000, (SERVER, 53), (CLIENT, 5001), &evil);
    wire.visits(9_020_000, 5012, web(66), b"GET");
    let unasked = [question("unasked.z", 1)];
    let unasked = message(2, ANSWER, &unasked, [&[address("unasked.z", 60, web(67))], &[], &[]]);
    wire.udp(9_500_000, (SERVER, 53), (CLIENT, 5002), &unasked);
    wire.visits(9_510_000, 5013, web(67), b"GET");
    let used = wire.good("dns FILE --used");
    let notes: Vec<&str> = used.lines().skip(1).map(|line| line.split_once(" TCP ").unwrap().1).collect();
    assert!(notes[0].ends_with("TTL 0: for this use only"), "{used}");
    assert!(notes[1].ends_with("the TTL was over"), "{used}");
    assert!(notes[2].contains("a resolver drops it"), "{used}");
    assert!(notes[3].contains("nobody in this capture asked"), "{used}");
    let rows = wire.good("flows FILE --format jsonl");
    assert!(
        rows.contains(r#""lookup_outcome":"mismatched""#) && rows.contains(r#""lookup_outcome":"unasked""#)
    );
    assert!(wire.good("flows FILE").contains("before, TTL 0: for this use only; asked in packet 1"));
}

/// The parts of multicast DNS differ: who wants a name, takes one back, knows an answer.
#[test]
fn multicast_messages_are_told_apart() {
    let mut wire = Wire::default();
    let mut say = |at: u64, flags: u16, questions: &[Vec<u8>], sections: [&[Vec<u8>]; 3]| {
        wire.udp(at, (host(6), 5353), (MDNS, 5353), &message(0, flags, questions, sections));
    };
    let own = || [address("new.local", 120, host(6))];
    say(0, 0, &[question("new.local", 255)], [&[], &own(), &[]]);
    say(1_000_000, 0x8400, &[], [&own(), &[], &[]]);
    say(2_000_000, 0x8400, &[], [&[address("new.local", 0, host(6))], &[], &[]]);
    let known = [record("_ipp.local", 12, 4500, &name("one._ipp.local"))];
    say(8_000_000, 0, &[question("_ipp.local", 12)], [&known, &[], &[]]);
    say(20_000_000, 0, &[question("a.local", 1), question("b.local", 28)], [&[]; 3]);
    let text = wire.good("dns FILE");
    let line = |at: usize| text.lines().nth(at).unwrap();
    assert!(line(1).contains("probe: claims A 10.0.0.6"), "{text}");
    assert!(line(2).contains("10.0.0.6") && !line(2).contains("goodbye"), "{text}");
    assert!(line(3).contains("goodbye: 10.0.0.6"), "{text}");
    assert!(line(4).contains("asked of all  (knows already PTR one._ipp.local)"), "{text}");
    assert!(line(5).contains("asks for b.local AAAA too"), "{text}");
    let rows = wire.good("dns FILE --format jsonl");
    for part in ["probe", "announcement", "goodbye", "query"] {
        assert!(rows.contains(&format!(r#""multicast":"{part}""#)), "{part}: {rows}");
    }
}

/// An answer just before its query was put there by the capture.
#[test]
fn answers_before_their_query_point_at_it() {
    let mut wire = Wire::default();
    for (at, name, before) in [(0, "near.z", 100), (7_000_000, "far.z", 900_000)] {
        let (port, asked) = (5000 + before as u16 % 7, [question(name, 1)]);
        let answer = message(9, ANSWER, &asked, [&[address(name, 60, web(1))], &[], &[]]);
        wire.udp(at, (SERVER, 53), (CLIENT, port), &answer);
        wire.udp(at + before, (CLIENT, port), (SERVER, 53), &message(9, QUERY, &asked, [&[]; 3]));
    }
    wire.asks(30_000_000, 5999, "end.z", 1, ANSWER, &[]);
    let text = wire.good("dns FILE");
    let of = |at: usize| text.lines().nth(at).unwrap();
    assert!(of(1).contains("packet 2 asks for it: the capture has them in the wrong order"), "{text}");
    assert!(of(2).contains("packet 1, just before it, answers it"), "{text}");
    assert!(of(3).contains("(nobody asked)") && of(4).ends_with("no answer"), "{text}");
    assert!(wire.good("dns FILE --format jsonl").contains(r#""reordered_packet":2"#));
}

/// Why a query was sent twice stays told, once it is answered.
#[test]
fn errors_before_an_answer_are_told() {
    let mut wire = Wire::default();
    let query = message(9, QUERY, &[question("icmp.z", 1)], [&[]; 3]);
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &query);
    let quoted = wire.packets[0].1[14..].to_vec();
    wire.ip(1_000, 1, SERVER, CLIENT, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted].concat());
    wire.udp(1_000_000, (CLIENT, 5000), (SERVER, 53), &query);
    let answer = message(9, ANSWER, &[question("icmp.z", 1)], [&[address("icmp.z", 60, web(1))], &[], &[]]);
    wire.udp(1_010_000, (SERVER, 53), (CLIENT, 5000), &answer);
    let line = wire.line("dns FILE", "icmp.z");
    assert!(line.contains("sent 2 times, ICMP before the answer: port unreachable, packet 2"), "{line}");
    let rows = wire.good("dns FILE --format jsonl");
    assert!(rows.contains(r#""outcome":"answered""#) && rows.contains(r#""refused_packet":2"#), "{rows}");
}

/// No name stands in the header, whatever a pointer says.
#[test]
fn pointers_into_the_header_are_malformed() {
    let mut wire = Wire::default();
    let mut query = message(0x0100, QUERY, &[], [&[]; 3]);
    query[5] = 1;
    query.extend([0xc0, 0x00, 0, 1, 0, 1]);
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &query);
    let tree = wire.good("packets FILE");
    assert!(
        tree.contains("the compression pointer at byte 12 leads to byte 0, not to an earlier name"),
        "{tree}"
    );
    assert!(wire.good("dns FILE").contains("packet 1 is malformed"));
}

/// Nothing comes any more, and still time goes by for who waits.
#[test]
fn while_capturing_the_clock_counts() {
    let mut wire = Wire::default();
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &message(1, QUERY, &[question("dead.z", 1)], [&[]; 3]));
    let file = wire.file();
    let source = open(file.path(), &OpenOptions { follow: true, ..OpenOptions::default() }).unwrap();
    let begin = Instant::now();
    let session = Session::start(source, Arc::new(Registry::default()));
    assert!(session.wait_for(0));
    let outcome = || session.analysis().dns.get(0).unwrap().outcome();
    let first = outcome();
    // Of who comes back only after seconds nothing can be said.
    assert!(first == Outcome::Waiting || begin.elapsed() > Duration::from_secs(4), "it may be answered yet");
    let end = Instant::now() + Duration::from_secs(60);
    while outcome() == Outcome::Waiting {
        assert!(Instant::now() < end, "it waits for ever");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(outcome(), Outcome::Unanswered);
    assert!(!session.is_finished());
}

/// Catches packets and ladders that bear another name than their flow: one that was looked up
/// for the same address only later.
#[test]
fn packets_bear_the_names_of_their_flows() {
    let mut wire = Wire::default();
    wire.asks(0, 5000, "n1.z", 1, ANSWER, &[address("n1.z", 60, web(40))]);
    wire.visits(1_000_000, 5008, web(40), b"one");
    wire.asks(2_000_000, 5001, "n2.z", 1, ANSWER, &[address("n2.z", 60, web(40))]);
    wire.tcp(3_000_000, (CLIENT, 5008), (web(40), 80), (104, 501, 0x18), b"two");
    // The request tells which of both was meant, from then on.
    wire.visits(4_000_000, 5009, web(40), b"GET / HTTP/1.1\r\nHost: n1.z\r\n\r\n");
    let flow = |port: &str| wire.line("flows FILE --names", port);
    assert!(flow(":5008").contains("n1.z:80") && flow(":5009").contains("n1.z:80"));
    let packets = wire.good("packets FILE --names --format jsonl");
    let name = |packet: usize| {
        let row = packets.lines().nth(packet - 1).unwrap();
        let named = row.split_once(r#""destination_name":""#).unwrap().1;
        named.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!([3, 5, 8].map(name), ["n1.z"; 3], "{packets}");
    assert_eq!([9, 11].map(name), ["n2.z", "n1.z"], "{packets}");
    let ladder = wire.good("stream FILE --flow 1 --as ladder --names");
    assert!(ladder.contains("n1.z") && !ladder.contains("n2.z"), "{ladder}");
}

/// Catches a server that asks on from another address, of which nothing is said; and a guess where
/// several could be meant.
#[test]
fn who_may_have_passed_a_question_on_is_said() {
    let mut wire = Wire::default();
    let asked = |name: &str| [question(name, 1)];
    let answer = |name: &str| message(9, ANSWER, &asked(name), [&[address(name, 60, web(1))], &[], &[]]);
    for (at, name, askers) in [(0, "one.z", 1), (1_000_000, "two.z", 2)] {
        let query = message(9, QUERY, &asked(name), [&[]; 3]);
        wire.udp(at, (CLIENT, 5000), (SERVER, 53), &query);
        for asker in 0..askers {
            wire.udp(at + 1000, (web(9 + asker), 6000), (web(53), 53), &query);
            wire.udp(at + 9000, (web(53), 53), (web(9 + asker), 6000), &answer(name));
        }
        wire.udp(at + 10_000, (SERVER, 53), (CLIENT, 5000), &answer(name));
    }
    let walk = wire.good("dns FILE --walk=1");
    assert!(walk.contains("192.0.2.9 asked 192.0.2.53 the same meanwhile, in packet 2: perhaps"), "{walk}");
    assert!(!wire.good("dns FILE --walk=5").contains("perhaps"));
    let rows = wire.good("dns FILE --walk --format jsonl");
    assert_eq!(rows.matches(r#""perhaps_asked":2"#).count(), 1, "{rows}");
}

/// Catches an answer to a question that nobody can read, of which is said that there is no such thing.
#[test]
fn a_broken_question_is_denied_nothing() {
    let mut wire = Wire::default();
    let broken = [vec![0xc0, 12, 0, 1, 0, 1]];
    wire.udp(0, (CLIENT, 5000), (SERVER, 53), &message(9, QUERY, &broken, [&[]; 3]));
    wire.udp(10_000, (SERVER, 53), (CLIENT, 5000), &message(9, ANSWER, &broken, [&[]; 3]));
    let text = wire.good("dns FILE");
    assert!(text.contains("no records") && !text.contains("no data"), "{text}");
    let rows = wire.good("dns FILE --walk --format jsonl");
    assert!(rows.contains(r#""told":"unread""#), "{rows}");
}

/// Catches a forwarder whose own queries stand beside the questions that they were made for; and two
/// addresses that are taken for one host's where not all of the capture speaks for it.
#[test]
fn who_passes_all_questions_on_is_the_server() {
    let forwards = |again: bool, own: bool| {
        let mut wire = Wire::default();
        let mut asks = |at: u64, of: &str, took: u64, (from, to): (Ip, Ip)| {
            let asked = [question(of, 1)];
            wire.udp(at, (from, 5000), (to, 53), &message(9, QUERY, &asked, [&[]; 3]));
            let answer = message(9, ANSWER, &asked, [&[address(of, 60, web(1))], &[], &[]]);
            wire.udp(at + took, (to, 53), (from, 5000), &answer);
        };
        let (inside, outside) = ((CLIENT, SERVER), (web(9), web(53)));
        for (at, of) in [(0, "one.z"), (1_000_000, "two.z"), (2_000_000, "three.z")] {
            asks(at, of, 10_000, inside);
            asks(at + 1000, of, 8000, outside);
        }
        if again {
            asks(3_000_000, "one.z", 200, inside);
        }
        if own {
            asks(4_000_000, "own.z", 8000, outside);
        }
        wire.packets.sort_by_key(|(at, _)| *at);
        wire
    };
    let wire = forwards(true, false);
    let walk = wire.good("dns FILE --walk=1");
    let line = walk.lines().find(|line| line.contains(" 2, 3 ")).unwrap_or_default();
    assert!(
        line.contains("192.0.2.53: one.z A? 192.0.2.1  (passed on, from 192.0.2.9, the same host"),
        "{walk}"
    );
    assert!(walk.contains("1 query for it; 10.0.0.53 waited 8.000 of 10.000 ms for others"), "{walk}");
    let walk = wire.good("dns FILE --walk=13");
    assert!(walk.contains("10.0.0.53 asked nobody for it: from its memory"), "{walk}");
    let cache = wire.good("dns FILE --cache-at 3.0002 --format jsonl");
    assert!(cache.contains("10.0.0.53 asked nobody for it meanwhile"), "{cache}");
    for (again, own) in [(false, false), (true, true), (false, true)] {
        let walk = forwards(again, own).good("dns FILE --walk=1");
        assert!(walk.contains("perhaps 10.0.0.53 itself by another address"), "{again} {own}\n{walk}");
    }
}

/// Catches a question to all on the link that is in no walk, and its bits that are read as those of
/// other servers.
#[test]
fn questions_to_all_on_the_link_are_walked() {
    let mut wire = Wire::default();
    let asked = [question("winpc", 1)];
    wire.udp(0, (host(2), 5001), (LLMNR, 5355), &message(8, 0, &asked, [&[]; 3]));
    let answer = message(8, 0x8500, &asked, [&[address("winpc", 30, host(9))], &[], &[]]);
    wire.udp(50_000, (host(9), 5355), (host(2), 5001), &answer);
    let walk = wire.good("dns FILE --walk=winpc");
    assert!(walk.contains("winpc A? 10.0.0.9  (conflict: others have the name too, tentative)"), "{walk}");
    assert!(
        walk.contains("all on the link were asked: who has the name answers for itself (LLMNR)"),
        "{walk}"
    );
    assert!(!wire.good("dns FILE").contains("authoritative"));
    let row = wire.good("dns FILE --format jsonl");
    assert!(row.contains(r#""authoritative":null"#) && row.contains(r#""recursion_desired":null"#), "{row}");
    let rows = wire.good("dns FILE --walk=2 --format jsonl");
    assert!(rows.contains(r#""sight":"everybody""#) && rows.contains(r#""purpose":null"#), "{rows}");
}

/// Catches codes of EDNS that are counted under the header's four bits: no version as success, a
/// cookie as a set that exists.
#[test]
fn codes_of_edns_are_counted_whole() {
    let mut wire = Wire::default();
    // The bits above the header's stand in the TTL of EDNS (RFC 6891, 6.1.3).
    for (at, of, low) in [(0, "version.z", 0), (1_000_000, "cookie.z", 7), (2_000_000, "set.z", 7)] {
        let high = u32::from(of != "set.z") << 24;
        let asked = [question(of, 1)];
        wire.udp(at, (CLIENT, 5000), (SERVER, 53), &message(9, QUERY, &asked, [&[]; 3]));
        let edns = record("", 41, high, &[]);
        let answer = message(9, ANSWER | low, &asked, [&[], &[], &[edns]]);
        wire.udp(at + 10_000, (SERVER, 53), (CLIENT, 5000), &answer);
    }
    let rows = wire.good("dns FILE --stats --format jsonl");
    for code in [
        r#""code":"YXRRSET","number":7,"answers":1"#,
        r#""code":"BADVERS","number":16,"answers":1"#,
        r#""code":"BADCOOKIE","number":23,"answers":1"#,
    ] {
        assert!(rows.contains(code), "{code}: {rows}");
    }
    assert!(!rows.contains("NOERROR"), "{rows}");
}
