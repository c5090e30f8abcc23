"""What stands at the port of DNS and can be none: broken names at places that are said.
Run it to make dns_broken.pcap anew."""
import os
import struct

from dns import message, question, record
from pcap import ether, ip, ipv4, udp, write

OWN = b"\xc0\x0c"


def query(data):
    return ether(ipv4(udp(data, 40000, 53), 17))


def asks(name):
    return message(questions=[name + struct.pack("!HH", 1, 1)])


packets = [
    # A pointer to itself, one forward, one out of the message, two that point at each other.
    query(asks(b"\xc0\x0c")),
    query(asks(b"\xc0\x40")),
    query(asks(b"\xff\xff")),
    query(asks(b"\3www\xc0\x12\xc0\x10")),
    # A label of a type that was never used; a name beyond the end; one of more than 255 bytes.
    query(asks(b"\x80www\0")),
    query(message(questions=[b"\3w"], counts=[1, 0, 0, 0])),
    query(asks(b"\x3f" + b"a" * 63 + (b"\x3e" + b"b" * 62) * 3 + b"\3ccc\0")),
    # Counts that no datagram can hold, over bytes that are no names.
    query(struct.pack("!HHHHHH", 0xD8DA, 0xC980, 0xFFEF, 0xFB03, 0x01FB, 0x0301) + b"\xfb\x03\1\xfb\3\1" * 40),
    # A sound question, and an answer in whose name two pointers go round.
    query(message(flags=0x8180, questions=[question("www.kr")], answers=[record(b"\1a\xc0\x1a", 1, ip("192.0.2.1"))])),
    # Sound again: a broken one before it changes nothing.
    query(message(questions=[question("www.kr")])),
    # Too short for a header.
    query(b"\x12\x34\1\0\0\1"),
]
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dns_broken.pcap"), 1, packets)
