"""ICMP: every family of messages, quoted packets, extensions, bad checksums, cut short."""
import os
import struct
from pcap import checksum, ether, icmp, ip, ipv4, tcp, udp, write


def message(kind, code, rest, **more):
    return ether(ipv4(icmp(kind, code, rest, **more), 1))


def extension(*objects):
    body = b"\x20\0\0\0" + b"".join(objects)
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def obj(kind, form, data):
    return struct.pack("!HBB", 4 + len(data), kind, form) + data


lost_udp = ipv4(udp(b"lost", 4000, 53), 17)
lost_tcp = ipv4(tcp(b"", 4000, 80, flags=2), 6)[:28]
padded = lost_udp + b"\0" * (128 - len(lost_udp))
# Label 16 with class 5 and 64 hops left, then label 17, the last one.
labels = obj(1, 1, struct.pack("!II", 16 << 12 | 5 << 9 | 64, 17 << 12 | 1 << 8 | 1))
incoming = obj(2, 0x0F, struct.pack("!I", 3) + b"\0\1\0\0" + ip("10.0.0.7") + b"\x08eth0\0\0\0" + struct.pack("!I", 1500))
ping = struct.pack("!HH", 0x1234, 1) + bytes(range(16))
echo = message(8, 0, ping)
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "icmp.pcap"), 1, [
    echo,
    ether(ipv4(icmp(0, 0, ping), 1, src="10.0.0.2", dst="10.0.0.1")),
    message(8, 0, ping, sum=0x1234),
    # Unreachable by code, with UDP and TCP quoted; too big; a quote with nothing in it.
    message(3, 3, b"\0" * 4 + lost_udp),
    message(3, 1, b"\0" * 4 + lost_tcp),
    message(3, 4, b"\0\0\x05\x78" + lost_udp),
    message(3, 13, b"\0" * 4),
    message(3, 99, b"\0" * 4 + lost_udp[:22]),
    message(4, 0, b"\0" * 4 + lost_udp),
    message(5, 1, ip("10.0.0.254") + lost_udp),
    message(11, 0, b"\0" * 4 + lost_udp),
    message(11, 1, b"\0" * 4 + lost_udp),
    message(12, 0, b"\x14\0\0\0" + lost_udp),
    # An echo quoted in an error; an error quoted in an error.
    message(3, 1, b"\0" * 4 + ipv4(icmp(8, 0, ping), 1)),
    message(3, 1, b"\0" * 4 + ipv4(icmp(3, 3, b"\0" * 4 + lost_udp), 1)),
    # Extensions: MPLS labels by length and at the old place, interface information, damage.
    message(11, 0, b"\0\x20\0\0" + padded + extension(labels)),
    message(11, 0, b"\0" * 4 + padded + extension(labels)),
    message(3, 1, b"\0\x20\0\0" + padded + extension(incoming, obj(99, 1, b"what"))),
    message(11, 0, b"\0\x20\0\0" + padded + b"\x20\0\x12\x34" + labels),
    message(11, 0, b"\0\x20\0\0" + padded + extension(b"\0\x40\1\1abcd")),
    message(11, 0, b"\0\xff\0\0" + padded),
    # Router advertisement (one with a wrong entry size) and solicitation.
    message(9, 0, b"\2\2\7\x08" + ip("10.0.0.254") + struct.pack("!i", 5) + ip("10.0.0.253") + struct.pack("!i", -1)),
    message(9, 16, b"\1\1\0\x1e" + ip("10.0.0.254")),
    message(10, 0, b"\0" * 4),
    # Time stamps, information, address mask.
    message(13, 0, b"\0\1\0\2" + struct.pack("!III", 43_200_123, 0, 0)),
    message(14, 0, b"\0\1\0\2" + struct.pack("!III", 43_200_123, 43_200_150, 0x8000_0001)),
    message(15, 0, b"\0\1\0\2"),
    message(16, 0, b"\0\1\0\2"),
    message(17, 0, b"\0\1\0\2" + b"\0" * 4),
    message(18, 0, b"\0\1\0\2" + ip("255.255.255.0")),
    # Extended echo: by name, by index, by address; the reply.
    message(42, 0, b"\0\1\2\1" + extension(obj(3, 1, b"eth0"))),
    message(42, 0, b"\0\1\2\1" + extension(obj(3, 2, struct.pack("!I", 3)))),
    message(42, 0, b"\0\1\2\0" + extension(obj(3, 3, b"\0\1\4\0" + ip("10.0.0.7")))),
    message(43, 0, b"\0\1\2\x46"),
    message(43, 2, b"\0\1\2\0"),
    # An unknown type; a first fragment; cut short; too short.
    message(77, 3, b"\0" * 4 + b"payload"),
    ether(ipv4(icmp(8, 0, ping), 1, flags=0x2000)),
    (echo[:48], 60),
    (echo[:36], 60),
    ether(ipv4(b"\x08\x00", 1)),
    ether(ipv4(icmp(13, 0, b"\0\1\0\2\0\0"), 1)),
])
