//! Frames that benchmarks peel: one a protocol, with sound checksums.

use etherparse::PacketBuilder;

const QUERY: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x02kr\x00\x00\x01\x00\x01";

const RESPONSE: &[u8] = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x03www\x07example\x02kr\x00\x00\x01\x00\x01\
\xc0\x0c\x00\x05\x00\x01\x00\x00\x0e\x10\x00\x06\x03cdn\xc0\x10\xc0\x2c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x07";
const REQUEST: &[u8] =
    b"GET /index.html HTTP/1.1\r\nHost: www.example.kr\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
/// A record of application data, as most TLS records are.
const TLS: &[u8] = &{
    let mut record = [0x5a; 1205];
    [record[0], record[1], record[2], record[3], record[4]] = [23, 3, 3, 4, 176];
    record
};

/// Names and bytes.
pub fn frames() -> Vec<(&'static str, Vec<u8>)> {
    let ethernet = || PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let ipv4 = || ethernet().ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut frames = Vec::new();
    for (name, port, payload) in [
        ("udp 0", 9, &[][..]),
        ("udp 1400", 9, &[0x5a; 1400]),
        ("dns query", 53, QUERY),
        ("dns answer", 53, RESPONSE),
    ] {
        let mut frame = Vec::new();
        ipv4().udp(40_112, port).write(&mut frame, payload).unwrap();
        frames.push((name, frame));
    }
    for (name, port, payload) in [
        ("tcp 0", 9, &[][..]),
        ("tcp 1400", 9, &[0x5a; 1400]),
        ("http request", 80, REQUEST),
        ("tls data", 443, TLS),
    ] {
        let mut frame = Vec::new();
        ipv4().tcp(40_112, port, 1000, 64_240).ack(77).write(&mut frame, payload).unwrap();
        frames.push((name, frame));
    }
    let mut ipv6 = Vec::new();
    ethernet().ipv6([1; 16], [2; 16], 64).udp(40_112, 53).write(&mut ipv6, QUERY).unwrap();
    frames.push(("dns query over ipv6", ipv6));
    let mut icmp = Vec::new();
    ipv4().icmpv4_echo_request(7, 1).write(&mut icmp, &[0x5a; 56]).unwrap();
    frames.push(("icmp echo", icmp));
    let mut arp = vec![0xff; 6];
    arp.extend([2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1]);
    arp.extend([0, 0, 0, 0, 0, 0, 10, 0, 0, 2]);
    frames.push(("arp request", arp));
    frames
}
