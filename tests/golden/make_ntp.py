"""NTP: client and server of version 4, an old broadcast, authentication,
extension fields, control and private messages, cut short and malformed."""
import os
import struct
from pcap import ether, ipv4, udp, write


def to(data, sport=40000, dport=123):
    return ether(ipv4(udp(data, sport, dport), 17))


def clock(first, stratum=0, poll=0, precision=0, delay=0, dispersion=0, refid=b"\0\0\0\0", times=(0, 0, 0, 0)):
    return struct.pack("!BBbbII4s4Q", first, stratum, poll, precision, delay, dispersion, refid, *times)


NOW = (2_208_988_800 + 1_700_000_000) << 32
client = clock(0x23, times=(0, 0, 0, NOW | 0x80000000))
server = clock(0x24, 2, 6, -23, 0x8000, 0x1234, bytes([192, 0, 2, 53]), (NOW - (64 << 32), NOW, NOW + 1, NOW + (1 << 30)))
ext = struct.pack("!HH12s", 0x0104, 16, b"u" * 12) + struct.pack("!HH24s", 0x0204, 28, b"c" * 24)
status = struct.pack("!BBHHHHH", 0x16, 0x82, 68, 0x0618, 0, 0, 10) + b"version=4." + b"\0\0"
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ntp.pcap"), 1, [
    to(client),
    to(server, 123, 40000),
    to(clock(0xcd, 1, 17, -6, refid=b"GPS\0", times=(5 << 32, 0, 0, 6 << 32)), 123, 123),
    to(clock(0xe4, 0, 3, refid=b"RATE"), 123, 40000),
    to(client + b"\0\0\0\x08" + b"m" * 16),
    to(client + b"\0\0\0\0"),
    to(client + ext + b"\0\0\0\x08" + b"m" * 20),
    to(client + b"\0\0\0\x08" + b"s" * 32),
    to(status, 123, 40000),
    to(bytes([0x17, 0, 3, 28]) + b"\0" * 8),
    (to(server)[:70], 90),
    to(client[:40]),
    to(client + struct.pack("!HH", 0x0104, 17) + b"x" * 30),
    to(client + struct.pack("!HH", 0x0104, 200) + b"x" * 30),
    to(status[:16]),
    to(client + b"\0\0"),
    to(b"\x00version 0"),
])
