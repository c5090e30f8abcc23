"""DNS: every record type that is taken apart, EDNS and its options, compression
and its abuses, messages cut short or with wrong lengths, several over TCP."""
import os
import struct
from dns import message, name, over_tcp, question, record
from pcap import ether, ip, ipv4, tcp, udp, write

OWN = b"\xc0\x0c"


def query(data):
    return ether(ipv4(udp(data, 40112, 53), 17))


def answer(data):
    return ether(ipv4(udp(data, 53, 40112), 17))


def answers(*records, asked="www.example.kr", kind=1, flags=0x8180, **more):
    return answer(message(flags=flags, questions=[question(asked, kind)], answers=records, **more))


def segment(data, sport=40112, dport=53):
    return ether(ipv4(tcp(data, sport, dport, flags=0x18), 6))


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


def opt(*options, size=1232, ttl=0):
    return record(b"\0", 41, b"".join(options), klass=size, ttl=ttl)


def text(*parts):
    return b"".join(bytes([len(part)]) + part for part in parts)


soa = name("ns1", b"\xc0\x0f") + name("keeper", b"\xc0\x0f") + struct.pack("!IIIII", 2024010101, 7200, 3600, 1209600, 300)
rrsig = struct.pack("!HBBIIIH", 1, 13, 3, 300, 1_700_100_000, 1_699_000_000, 4711) + name("example.kr") + b"signature"
bitmap = b"\0\6\x62\x01\x80\x08\0\3" + b"\1\1\x40"
whole = message(questions=[question("www.example.kr")])
reply = message(flags=0x8180, questions=[question("www.example.kr")], answers=[record(OWN, 1, ip("192.0.2.1"))])

two = answers(record(OWN, 1, ip("192.0.2.1")), record(OWN, 1, ip("192.0.2.2")))

packets = [
    query(whole),
    answers(record(OWN, 5, name("host", b"\xc0\x10")), record(b"\xc0\x2c", 1, ip("192.0.2.1")),
            record(b"\xc0\x2c", 28, bytes.fromhex("20010db8" + "00" * 11 + "01"))),
    answer(message(flags=0x8583, questions=[question("no.example.kr")], authority=[record(b"\xc0\x0f", 6, soa)])),
    answers(record(OWN, 2, name("ns1", OWN)), record(OWN, 15, b"\0\x0a" + name("mail", OWN)),
            record(OWN, 12, name("ptr", OWN)), record(OWN, 39, name("other.kr")),
            asked="example.kr", kind=255),
    answers(record(OWN, 16, text(b"v=spf1 -all", b"two\x1b\xff\"")), record(OWN, 13, text(b"RFC8482", b"")),
            record(OWN, 99, text(b"v=spf1")), asked="example.kr", kind=16),
    answers(record(OWN, 33, struct.pack("!HHH", 0, 5, 5060) + name("sip.example.kr")),
            record(OWN, 35, struct.pack("!HH", 10, 20) + text(b"S", b"SIP+D2U", b"") + name("_sip._udp.example.kr")),
            record(OWN, 256, struct.pack("!HH", 1, 2) + b"https://example.kr/"), asked="_sip._udp.example.kr", kind=33),
    answers(record(OWN, 257, b"\x80\x05issueca.example"), record(OWN, 257, b"\0\x05iodefmailto:a@b.kr"),
            record(OWN, 257, b"\0\x05other!"), record(OWN, 52, b"\3\1\1" + b"d" * 32),
            record(OWN, 44, b"\4\2" + b"f" * 32), record(OWN, 29, b"\0\x12\x16\x13" + struct.pack("!III", 1 << 31, 1 << 31, 10_000_000))),
    answers(record(OWN, 43, struct.pack("!HBB", 4711, 13, 2) + b"d" * 32),
            record(OWN, 48, struct.pack("!HBB", 0x0101, 3, 13) + bytes(range(64))), record(OWN, 46, rrsig),
            record(OWN, 47, name("z", OWN) + bitmap), record(OWN, 50, b"\1\1\0\x0a\2\xab\xcd\x14" + bytes(range(20)) + bitmap),
            record(OWN, 51, b"\1\0\0\0\0"), asked="example.kr", kind=255, flags=0x81A0),
    answers(record(OWN, 65, b"\0\0" + name("alias.example.kr")),
            record(OWN, 65, b"\0\1\0" + option(0, b"\0\1") + option(1, text(b"h2", b"h3")) + option(3, b"\x20\xfb")
                   + option(4, ip("192.0.2.1") + ip("192.0.2.2")) + option(5, b"ech")
                   + option(6, bytes.fromhex("20010db8" + "00" * 11 + "01")) + option(7, b"/dns-query{?dns}") + option(9, b"x")),
            record(OWN, 64, b"\0\1\0" + option(3, b"\1") + option(1, b"\5h2") + option(4, b"\1")), kind=65),
    answers(record(OWN, 65280, b"private"), record(OWN, 10, b"null"), record(OWN, 17, name("a.kr") + name("b.kr")),
            record(OWN, 18, b"\0\1" + name("afs.kr")), record(OWN, 14, name("r.kr") + name("e.kr"))),
    # EDNS: size, version, DO; options.
    query(message(flags=0x0120, questions=[question("example.kr")], additional=[opt(
        option(3, b""), option(5, b"\x08\x0d"), option(8, b"\0\1\x18\0" + b"\xc0\0\2"), option(8, b"\0\2\x20\0\x20\1\x0d\xb8"),
        option(10, b"clientck"), option(11, b""), option(12, bytes(5)), option(13, name("kr")), ttl=0x8000)])),
    answer(message(flags=0x8182, questions=[question("example.kr")], additional=[opt(
        option(3, b"ns7"), option(10, b"clientckserverck"), option(11, b"\0\x64"), option(15, b"\0\x16no server answers"),
        option(65001, b"x"), ttl=0x01000000)])),
    query(message(questions=[question("example.kr")], additional=[record(b"\0", 41, b"\0\x0a\0\x09abc", klass=512)])),
    # Dynamic update: zone, prerequisite without data, update.
    query(message(flags=0x2800, questions=[question("example.kr", 6)], answers=[record(b"\1h" + OWN, 255, b"", klass=254, ttl=0)],
                  authority=[record(b"\1h" + OWN, 1, ip("192.0.2.9"))])),
    # Names: root, odd bytes, to itself, in a circle, forward, into itself, unknown label, too long.
    query(message(questions=[question(b"\0", 2)])),
    query(message(questions=[question(b"\4a.\x1b\xff\2\xc3\xa9\0")])),
    query(message(questions=[question(b"\xc0\x0c")])),
    answers(record(b"\xc0\x24", 1, ip("192.0.2.1")), record(OWN, 1, ip("192.0.2.2")), asked="a.circle.example.kr"),
    query(message(questions=[question(b"\xc0\x14"), question("later.kr")])),
    query(message(questions=[question(b"\3www\xc0\x0c")])),
    query(message(questions=[question(b"\3www\x41a\0")])),
    query(message(questions=[question(b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\0"), question("kr")])),
    # Wrong lengths: each record stands for itself.
    answers(record(OWN, 1, b"\1\2\3"), record(OWN, 28, bytes(17)), record(OWN, 15, b"\0"), record(OWN, 16, b"\x09abc"),
            record(OWN, 2, b"\3ns1"), record(OWN, 47, name("z") + b"\0\x21"), record(OWN, 1, ip("192.0.2.1"))),
    answers(record(OWN, 1, ip("192.0.2.1"), length=40)),
    answers(record(OWN, 1, ip("192.0.2.1")), counts=[1, 3, 0, 0]),
    query(whole + b"more"),
    (two[:-8], len(two)),
    (query(whole)[:60], 74),
    (query(whole)[:48], 74),
    query(b"\xff" * 40),
    query(b"short"),
    # TCP: one message, two, one that goes on, its rest, one of zero bytes.
    segment(over_tcp(whole)),
    segment(over_tcp(reply) + over_tcp(whole), 53, 40112),
    segment(over_tcp(reply) + over_tcp(reply)[:40], 53, 40112),
    segment(over_tcp(reply)[40:], 53, 40112),
    segment(over_tcp(reply)[:1], 53, 40112),
    segment(b"\0\0", 53, 40112),
]
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dns.pcap"), 1, packets)
