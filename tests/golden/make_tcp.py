"""TCP: every flag, every option, options that do not fit, wrong header lengths,
good, bad and partial checksums, cut short."""
import os
import struct
from pcap import ether, ipv4, ip, ones_sum, tcp, write

SYN, ACK, PSH, RST, FIN, URG = 2, 0x10, 8, 4, 1, 0x20


def packet(*args, **kwargs):
    return ether(ipv4(tcp(*args, **kwargs), 6))


def option(kind, body):
    return bytes([kind, 2 + len(body)]) + body


def fill(options):
    return options + b"\1" * (-len(options) % 4)


def with_options(*options, flags=ACK, payload=b"", **more):
    return packet(payload, 40000, 4001, flags=flags, options=fill(b"".join(options)), **more)


mss, scale = option(2, struct.pack("!H", 1460)), option(3, b"\7")
stamps = option(8, struct.pack("!II", 5, 6))
pseudo = ones_sum(ip("10.0.0.1") + ip("10.0.0.2") + struct.pack("!HH", 6, 25))
full = with_options(mss, option(4, b""), stamps, b"\1", scale, flags=SYN, payload=b"x")
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tcp.pcap"), 1, [
    full,
    packet(b"hello", 40000, 4001, flags=ACK | PSH),
    packet(b"hello", 40000, 4001, flags=ACK | PSH, sum=0x1234),
    packet(b"hello", 40000, 4001, flags=ACK | PSH, sum=pseudo),
    packet(b"", 40000, 4001, flags=0xFFF, urgent=3),
    packet(b"", 40000, 4001, flags=0),
    packet(b"no such service", 4001, 40000, flags=RST | ACK),
    with_options(option(5, struct.pack("!IIII", 10, 20, 30, 40)), stamps, b"\1\1"),
    with_options(option(19, bytes(range(16)))),
    with_options(option(28, struct.pack("!H", 0x8005)), option(29, b"\1\2" + b"mac-mac-mac-")),
    with_options(option(34, b""), option(34, b"cookie-8"), option(254, b"\xf9\x89cookie"), option(253, b"\x12\x34ab")),
    with_options(option(6, b"echo"), option(7, b"back"), option(11, b"conn"), option(99, b"unknown")),
    # Multipath: capable, join (SYN, SYN/ACK, ACK), data sequence, addresses, priority, fallback, close, reset.
    with_options(option(30, b"\x01\x81" + b"k" * 8), flags=SYN),
    with_options(option(30, b"\x01\x01" + b"k" * 8 + b"r" * 8 + b"\0\5" + b"\xab\xcd")),
    with_options(option(30, b"\x11\x02" + b"tokn" + b"rand"), flags=SYN),
    with_options(option(30, b"\x10\x02" + b"h" * 8 + b"rand"), flags=SYN | ACK),
    with_options(option(30, b"\x10\x00" + b"h" * 20)),
    with_options(option(30, b"\x20\x1f" + b"a" * 8 + b"d" * 8 + b"ssss" + b"\0\5" + b"\xab\xcd")),
    with_options(option(30, b"\x30\x03" + ip("10.0.0.9") + b"\x0f\xa0" + b"h" * 8)),
    with_options(option(30, b"\x36\x03" + bytes(15) + b"\1"), option(30, b"\x40\3\4"), option(30, b"\x51\3")),
    with_options(option(30, b"\x60\0" + b"d" * 8), option(30, b"\x70\0" + b"k" * 8), option(30, b"\x80\2")),
    # Options that do not fit: a wrong length and what follows it, no length, too long, end of list before more.
    with_options(option(2, b"\1"), stamps, b"\1"),
    with_options(option(3, b"\x0f"), option(5, b"\0" * 5)),
    with_options(stamps, b"\1", b"\x08"),
    with_options(mss, b"\x08\x01"),
    with_options(mss, b"\x08\x0a\0\0"),
    with_options(mss, b"\0\x05\x06\x07"),
    # Header lengths: below the fixed header, beyond the segment.
    packet(b"hello", 40000, 4001, words=4),
    packet(b"hello", 40000, 4001, words=15),
    # Cut short: in the data, in the options, in the header, in the ports.
    (packet(b"x" * 30, 40000, 4001)[:70], 84),
    (full[:60], 75),
    (full[:44], 75),
    (full[:36], 75),
    ether(ipv4(tcp(b"part of it", 40000, 4001), 6, flags=0x2000)),
])
