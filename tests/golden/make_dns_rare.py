"""Record types that few zones have, whole and broken. Run it to make dns_rare.pcap anew."""
import os
import struct

from dns import message, name, question, record
from pcap import ether, ip, ip6, ipv4, udp, write

OWN = b"\xc0\x0c"


def answers(*records, asked="example.kr"):
    data = message(flags=0x8180, questions=[question(asked, 255)], answers=records)
    return ether(ipv4(udp(data, 53, 40000, "10.0.0.53", "10.0.0.1"), 17, "10.0.0.53", "10.0.0.1"))


def sized(data):
    return struct.pack("!H", len(data)) + data


def prefix(family, bits, address, negated=False):
    return struct.pack("!HBB", family, bits, len(address) | 0x80 * negated) + address


RRSIG = struct.pack("!HBBIIIH", 1, 8, 2, 300, 1_700_003_600, 1_700_000_000, 4711) + name("kr") + b"signature"
TSIG = name("hmac-sha256") + b"\0\0" + struct.pack("!IH", 1_700_000_000, 300) + sized(b"m" * 32) + b"\x12\x34\0\0" + sized(b"")
TKEY = name("gss.microsoft.com") + struct.pack("!IIHH", 1_700_000_000, 1_700_086_400, 3, 0) + sized(b"token") + sized(b"x")
packets = [
    answers(record(OWN, 21, b"\0\x0a" + name("relay", OWN)), record(OWN, 24, RRSIG),
            record(OWN, 25, b"\xc2\x01\3\x05key bytes"), record(OWN, 37, b"\0\1\x12\x34\x08certificate")),
    answers(record(OWN, 42, prefix(1, 16, b"\xc0\xa8") + prefix(1, 24, b"\x0a\1\2", True) + prefix(2, 32, b"\x20\1\x0d\xb8")
                   + prefix(9, 8, b"\xff") + prefix(1, 0, b"")),
            record(OWN, 49, b"\0\1\1digest"), record(OWN, 53, b"\3\1\1" + b"h" * 32), record(OWN, 61, b"pgp key")),
    answers(record(OWN, 62, struct.pack("!IH", 42, 3) + b"\0\4\x62\0\0\x08"), record(OWN, 63, struct.pack("!IBB", 42, 1, 1) + b"d" * 48),
            record(OWN, 104, b"\0\x0a" + bytes(range(8))), record(OWN, 105, b"\0\x0a" + ip("192.0.2.0")),
            record(OWN, 106, b"\0\x0a" + ip6("2001:db8::")[:8]), record(OWN, 107, b"\0\x0a" + name("l64", OWN)),
            record(OWN, 108, b"\0\0\x5e\0\x53\x2a"), record(OWN, 109, b"\0\0\x5e\xef\x10\0\0\x2a"), record(OWN, 65305, OWN)),
    answers(record(b"\3key" + OWN, 249, TKEY, klass=255, ttl=0), record(b"\3key" + OWN, 250, TSIG, klass=255, ttl=0)),
    # Each stands for itself: a length beyond the data, data behind the parts, an address that is too long.
    answers(record(OWN, 250, TSIG[:-1]), record(OWN, 249, TKEY + b"more"), record(OWN, 42, prefix(1, 16, b"\xc0\xa8")[:-1]),
            record(OWN, 42, prefix(1, 32, b"12345")), record(OWN, 109, b"\0" * 7), record(OWN, 1, ip("192.0.2.1"))),
    # A chain of pointers, one to itself, one forward, one out of the message.
    answers(record(OWN, 5, b"\3www\xc0\x0c"), record(b"\xc0\x28", 5, b"\1a\xc0\x28"), record(b"\xc0\x39", 5, b"\xc0\x44"),
            record(OWN, 5, b"\xc0\x60"), record(OWN, 5, b"\xff\xff")),
]
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dns_rare.pcap"), 1, packets)
