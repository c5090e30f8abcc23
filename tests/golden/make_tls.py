"""TLS: hellos with every extension that is told, certificates, tickets, alerts,
heartbeats, what is encrypted, records and messages that go on elsewhere, cut
short and malformed."""
import os
import struct
from pcap import ether, ipv4, tcp, write


def to(data, sport=40000, dport=443):
    return ether(ipv4(tcp(data, sport, dport, 0x18), 6))


def rec(kind, body, version=0x0301, length=None):
    return struct.pack("!BHH", kind, version, len(body) if length is None else length) + body


def msg(kind, body, length=None):
    return struct.pack("!I", kind << 24 | (len(body) if length is None else length)) + body


def v8(data):
    return bytes([len(data)]) + data


def v16(data):
    return struct.pack("!H", len(data)) + data


def v24(data):
    return struct.pack("!I", len(data))[1:] + data


def u16(*values):
    return struct.pack("!%dH" % len(values), *values)


def ext(kind, data):
    return u16(kind) + v16(data)


RANDOM = bytes(range(32))
client_ext = (ext(0x0A0A, b"") + ext(0, v16(b"\0" + v16(b"www.example.kr"))) + ext(10, v16(u16(0x2A2A, 29, 23, 0x11EC)))
              + ext(11, v8(b"\0\1")) + ext(13, v16(u16(0x0403, 0x0804))) + ext(16, v16(v8(b"h2") + v8(b"http/1.1")))
              + ext(43, v8(u16(0x0304, 0x0303))) + ext(45, v8(b"\1")) + ext(51, v16(u16(29) + v16(b"k" * 32)))
              + ext(35, b"") + ext(23, b"") + ext(0xFF01, v8(b"")) + ext(0xFE0D, b"ech") + ext(9999, b"?") + ext(21, b"\0" * 5))
hello = msg(1, u16(0x0303) + RANDOM + v8(b"s" * 32) + v16(u16(0x1A1A, 0x1301, 0xC02F, 0x00FF, 0xFEDC)) + v8(b"\0") + v16(client_ext))
server = msg(2, u16(0x0303) + RANDOM + v8(b"") + u16(0xC02F) + b"\0" + v16(ext(43, u16(0x0304)) + ext(51, u16(29) + v16(b"K" * 32))))
retry = msg(2, u16(0x0303) + bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c") + v8(b"") + u16(0x1301) + b"\0" + v16(ext(51, u16(23))))
certificate = msg(11, v24(v24(b"c" * 40) + v24(b"d" * 20)))
ticket = msg(4, struct.pack("!I", 7200) + v16(b"t" * 24))
ccs = rec(20, b"\1", 0x0303)
appl = rec(23, b"secret" * 4, 0x0303)
full = to(rec(22, hello))
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls.pcap"), 1, [
    full,
    to(rec(22, server + certificate + msg(12, b"\3\0\x17" + b"x" * 30) + msg(14, b""), 0x0303), 443, 40000),
    to(rec(22, msg(16, b"\x41" + b"y" * 65)) + ccs + rec(22, b"\x14\0\0\x0c" + b"z" * 36, 0x0303)),
    to(rec(22, ticket, 0x0303) + ccs + rec(22, b"e" * 40, 0x0303), 443, 40000),
    to(rec(22, retry, 0x0303) + ccs, 443, 40000),
    to(appl + appl),
    to(rec(21, b"\2\x30", 0x0303)),
    to(rec(21, b"encrypted alert."), 443, 40000),
    to(rec(24, b"\1\x40\0" + b"hb", 0x0302)),
    to(rec(24, b"\2\0\4pong" + b"p" * 16, 0x0302)),
    to(rec(22, hello)[:150]),
    to(appl + appl[:3]),
    to(rec(22, certificate[:30], 0x0303) + rec(22, b"q" * 38, 0x0303), 443, 40000),
    (full[:200], len(full)),
    to(rec(22, msg(1, u16(0x0303) + RANDOM + v8(b"") + v16(u16(0x1301)) + v8(b"\0") + v16(ext(0, u16(200) + b"\0" * 30))))),
    to(rec(22, msg(1, u16(0x0300) + RANDOM + v8(b"") + v16(u16(0x0035)) + v8(b"\0")), 0x0300)),
    to(b"the middle of a record"),
    to(rec(22, hello), dport=9999),
    to(appl, dport=9998),
    to(appl + b"no record here"),
    to(b"\x80\x1f\1\3\1" + u16(6, 0, 16) + bytes.fromhex("000035010080") + b"c" * 16),
    to(rec(22, msg(2, u16(0x7F12) + RANDOM + u16(0x1301) + v16(ext(51, u16(29) + v16(b"K" * 32)))))),
])
