//! What DNS transactions come to, of captures made here message by message.

use crate::{good, made};

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

    /// What the program prints about it; `FILE` stands for it.
    fn good(&self, arguments: &str) -> String {
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
        let file = made::file(&bytes);
        good(&arguments.replace("FILE", made::path(&file)))
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
