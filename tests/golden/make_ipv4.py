"""IPv4: every option, fragments, lengths that do not fit, cut short, other versions."""
import os
import struct
from pcap import ether, ip, ipv4, ipv6, udp, udp6, write

FINAL = "10.0.0.9"
plain = udp(b"hello", 4000, 4001)


def packet(options, payload=plain):
    options += b"\0" * (-len(options) % 4)
    return ether(ipv4(payload, 17, options=options))


def broken(header):
    """An Ethernet frame with a header that checksum() cannot repair."""
    return ether(header + plain)


def route(kind, pointer, *stops):
    return bytes([kind, 3 + 4 * len(stops), pointer]) + b"".join(map(ip, stops))


full = ether(ipv4(plain, 17))
good = ipv4(plain, 17)
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ipv4.pcap"), 1, [
    ether(ipv4(plain, 17, tos=0xBB, flags=0x4000)),
    # Options: no-operation and end of list; record route; source routes; time stamps.
    packet(b"\1\1\1\0"),
    packet(b"\1\0\7\7\1\1\1\1"),
    packet(route(7, 8, "10.1.0.1", "0.0.0.0")),
    packet(route(131, 4, "10.1.0.1", FINAL), udp(b"hello", 4000, 4001, dst=FINAL)),
    packet(route(137, 12, "10.1.0.1", "10.1.0.2")),
    packet(bytes([68, 12, 9, 0x10]) + struct.pack("!II", 3_600_000, 0x8000_0001)),
    packet(bytes([68, 12, 13, 0x01]) + ip("10.1.0.1") + struct.pack("!I", 43_200_123)),
    packet(bytes([68, 12, 5, 0x03]) + ip("10.1.0.1") + struct.pack("!I", 0)),
    # Router alert, stream id, MTU probe, traceroute, directed broadcast, quick start.
    packet(b"\x94\x04\0\0"),
    packet(b"\x88\x04\x12\x34"),
    packet(b"\x0b\x04\x05\xdc"),
    packet(b"\x52\x0c" + struct.pack("!HHH", 7, 3, 4) + ip("10.0.0.1")),
    packet(b"\x95\x0a" + ip("10.2.0.1") + ip("10.2.0.2")),
    packet(b"\x19\x08\x05\x40" + struct.pack("!I", 0x1234_5678)),
    # Security: RFC 1108, RFC 791, extended, commercial; one that nobody knows.
    packet(b"\x82\x04\xab\x80"),
    packet(b"\x82\x0b\xd7\x88\0\0AA" + b"BCD"),
    packet(b"\x85\x06\x02\1\2\3"),
    packet(b"\x86\x0e" + struct.pack("!I", 3) + b"\x01\x08\0\x05\xf0\0\0\0"),
    packet(b"\x5e\x04\xca\xfe"),
    # Options that do not fit: too long, too short, a pointer at nothing.
    packet(b"\x07\x28\x04\0"),
    packet(b"\x94\x01\0\0"),
    packet(b"\x94\x03\0\0"),
    packet(route(7, 3, "10.1.0.1")),
    # Fragments: first, middle, last.
    ether(ipv4(udp(b"hello" + b"x" * 11, 4000, 4001, length=56), 17, flags=0x2000)),
    ether(ipv4(b"y" * 24, 17, flags=0x2003)),
    ether(ipv4(b"z" * 8, 17, flags=0x0006)),
    # Lengths: 0 (segmentation offload), less than the header, more than the frame.
    ether(ipv4(plain, 17, length=0), pad=False),
    ether(ipv4(plain, 17, length=19)),
    ether(ipv4(plain, 17, length=200)),
    # Wrong checksum; header length 4 words, 15 words without options; versions 5 and 6.
    broken(good[:10] + b"\x12\x34" + good[12:20]),
    broken(b"\x44" + good[1:20]),
    # Checksum 0: left to the network card; not so inside a tunnel.
    broken(good[:10] + b"\0\0" + good[12:20]),
    ether(ipv4(good[:10] + b"\0\0" + good[12:], 4, src="192.0.2.1", dst="192.0.2.2")),
    ether(b"\x4f" + good[1:], pad=False),
    broken(b"\x55" + good[1:20]),
    ether(ipv6(udp6(b"hello", 4000, 4001), 17)),
    # Cut by the snap length: inside the header, behind it, inside the options.
    (full[:14], 60),
    (full[:26], 60),
    (full[:32], 60),
    (full[:34], 60),
    (packet(route(7, 4, "0.0.0.0", "0.0.0.0"))[:38], 60),
    # IPv4 in IPv4.
    ether(ipv4(ipv4(plain, 17), 4, src="192.0.2.1", dst="192.0.2.2")),
    # Authentication header; one of length 0, as RFC 1826 had it.
    ether(ipv4(b"\x11\x04\0\0" + struct.pack("!II", 0x1234, 7) + bytes(range(12)) + plain, 51)),
    ether(ipv4(b"\x11\x00\0\0" + struct.pack("!I", 0x1234) + plain, 51)),
    (ether(ipv4(b"\x11\x04\0\0" + struct.pack("!II", 0x1234, 7) + bytes(range(12)) + plain, 51))[:50], 80),
    # Encrypted payload: whole, and too short.
    ether(ipv4(struct.pack("!II", 0x1234, 7) + bytes(range(24)), 50)),
    ether(ipv4(b"\0\0\x12", 50)),
    (ether(ipv4(struct.pack("!II", 0x1234, 7) + bytes(range(24)), 50))[:39], 66),
    # UDP, TCP and ICMP announced, and nothing there; a first fragment that lacks most of the TCP header.
    ether(ipv4(b"", 17)),
    ether(ipv4(b"", 6)),
    ether(ipv4(b"", 1)),
    ether(ipv4(bytes.fromhex("9c400050000003e8"), 6, flags=0x2000)),
    # Checksum left to the network card.
    broken(good[:10] + b"\0\0" + good[12:20]),
])
