"""Tunnels and shims, each with a datagram inside: whole, cut short, malformed."""
import os
import struct
import zlib
from pcap import checksum, ether, ip, ipv4, ipv6, mac, tcp, udp, udp6, write

here = os.path.dirname(os.path.abspath(__file__))
INNER = dict(src="192.0.2.1", dst="192.0.2.2")
datagram = ipv4(udp(b"hi", 4000, 4001, **INNER), 17, **INNER)
datagram6 = ipv6(udp6(b"hi", 4000, 4001), 17)
frame = ether(datagram, pad=False)


def out(name, packets, link=1):
    write(os.path.join(here, name + ".pcap"), link, packets)


def over_ip(payload, proto):
    return ether(ipv4(payload, proto), pad=False)


def over_udp(payload, port, source=50000):
    return over_ip(udp(payload, source, port), 17)


def cut(packet, keep):
    return packet[:keep], len(packet)


def gre(payload, proto=0x0800, flags=0, rest=b""):
    return struct.pack("!HH", flags, proto) + rest + payload


def summed(payload, proto=0x0800, wrong=0):
    head = struct.pack("!HHHH", 0x8000, proto, 0, 0)
    value = checksum(head + payload) ^ wrong
    return head[:4] + struct.pack("!H", value) + head[6:] + payload


out("gre", [
    over_ip(gre(datagram), 47),
    over_ip(summed(datagram), 47),
    over_ip(summed(datagram, wrong=1), 47),
    cut(over_ip(summed(datagram), 47), 60),
    over_ip(gre(datagram, flags=0x3000, rest=struct.pack("!II", 0xBEEF, 9)), 47),
    over_ip(gre(frame, 0x6558), 47),
    over_ip(gre(b"\xff\x03\x00\x21" + datagram, 0x880B, 0x3081,
                struct.pack("!HHII", len(datagram) + 4, 0x1234, 7, 6)), 47),
    over_ip(gre(b"", 0x880B, 0x2081, struct.pack("!HHI", 0, 0x1234, 6)), 47),
    over_ip(gre(b"\xff\x03\x00\x21", 0x880B, 0x2001, struct.pack("!HH", 400, 0x1234)), 47),
    over_ip(gre(datagram, flags=0x4000, rest=struct.pack("!HHHBB4sI", 0, 4, 2, 0, 4, ip("10.9.8.7"), 0)), 47),
    over_ip(gre(datagram, 0x883E), 47),
    over_ip(gre(bytes([5, 0, 3, 7]) + datagram, 0x883E), 47),
    over_ip(gre(b"", 0), 47),
    over_ip(gre(datagram, 0x9999), 47),
    over_ip(gre(datagram, flags=2), 47),
    over_ip(b"\0\0\x08", 47),
    over_udp(gre(datagram), 4754),
    over_ip(gre(ipv4(gre(datagram), 47)), 47),
])
out("erspan", [
    over_ip(gre(frame, 0x88BE), 47),
    over_ip(gre(struct.pack("!HHI", 0x1064, 0x1805, 42) + frame, 0x88BE, 0x1000, struct.pack("!I", 1)), 47),
    over_ip(gre(struct.pack("!HHIHH", 0x2064, 0x0C05, 1234, 7, 0x8009) + struct.pack("!II", 3 << 26 | 5, 99) + frame,
                0x22EB, 0x1000, struct.pack("!I", 1)), 47),
    over_ip(gre(struct.pack("!HHIHH", 0x2064, 5, 1234, 0, 0x0800) + datagram, 0x22EB, 0x1000, struct.pack("!I", 1)), 47),
    over_ip(gre(struct.pack("!HHIHH", 0x2064, 5, 1234, 0, 0x1C00) + b"mark", 0x22EB, 0x1000, struct.pack("!I", 1)), 47),
    over_ip(gre(b"\x30\0\0\0\0\0\0\0", 0x88BE, 0x1000, struct.pack("!I", 1)), 47),
    over_ip(gre(b"\x10\0\0\0\0", 0x88BE, 0x1000, struct.pack("!I", 1)), 47),
])


def vxlan(payload, vni=42, flags=0x0800, policy=0):
    return struct.pack("!HHI", flags, policy, vni << 8) + payload


out("vxlan", [
    over_udp(vxlan(frame), 4789),
    over_udp(vxlan(frame, flags=0x8848, policy=5), 4789),
    over_udp(vxlan(frame, flags=0), 8472),
    over_udp(vxlan(over_udp(vxlan(frame, 2), 4789), 1), 4789),
    over_udp(vxlan(b""), 4789),
    over_udp(b"\x08\0\0\0", 4789),
    cut(over_udp(vxlan(frame), 4789), 70),
    over_udp(struct.pack("!BHBI", 0x0C, 0, 1, 42 << 8) + datagram, 4790),
    over_udp(struct.pack("!BHBI", 0x0C, 0, 3, 42 << 8) + frame, 4790),
    over_udp(struct.pack("!BHBI", 0x0D, 0, 9, 42 << 8) + b"what", 4790),
])


def geneve(payload, proto=0x6558, options=b"", flags=0, first=None):
    first = len(options) // 4 if first is None else first
    return struct.pack("!BBHI", first, flags, proto, 42 << 8) + options + payload


def option(group, kind, data):
    return struct.pack("!HBB", group, kind, len(data) // 4) + data


out("geneve", [
    over_udp(geneve(frame), 6081),
    over_udp(geneve(datagram, 0x0800, option(0x0102, 0x80, b"data"), 0x40), 6081),
    over_udp(geneve(datagram6, 0x86DD, option(0x0108, 1, b"") + option(0xFFFF, 2, b"12345678"), 0x80), 6081),
    over_udp(geneve(frame, options=struct.pack("!HBB", 0x0102, 1, 3) + b"data"), 6081),
    over_udp(geneve(b"", first=20), 6081),
    over_udp(geneve(frame, first=0x40), 6081),
    over_udp(geneve(b"?", 0x9999), 6081),
    over_udp(b"\0\0\x65", 6081),
])


def labels(*values):
    last = len(values) - 1
    return b"".join(struct.pack("!I", value << 12 | 0x200 | (at == last) << 8 | 64) for at, value in enumerate(values))


def mpls(payload, *values, kind=0x8847):
    return ether(labels(*values) + payload, kind, pad=False)


out("mpls", [
    mpls(datagram, 16),
    mpls(datagram, 16, 17, 0),
    mpls(datagram6, 2),
    mpls(b"\0\0\0\x07" + frame, 100),
    mpls(frame, 100),
    mpls(b"\x45" + frame[1:], 100),
    mpls(b"\x10\0\0\x21" + datagram, 13),
    mpls(b"\x10\0\0\x07" + b"bfd", 100),
    mpls(b"\x10\0", 100),
    mpls(b"\xf0what", 100),
    mpls(b"", 16, kind=0x8848),
    ether(struct.pack("!I", 16 << 12) * 3, 0x8847, pad=False),
    cut(mpls(datagram, 16, 17), 17),
    over_udp(labels(16) + datagram, 6635),
])


def itag(payload, service=7, kind=0x0800, bits=0):
    return struct.pack("!I", bits << 24 | service) + mac("02:00:00:00:00:0b") + mac("02:00:00:00:00:0a") + \
        struct.pack("!H", kind) + payload


out("ieee8021ah", [
    ether(itag(datagram), 0x88E7, pad=False),
    ether(struct.pack("!HH", 5, 0x88E7) + itag(struct.pack("!HH", 9, 0x0800) + datagram, kind=0x8100, bits=0xF8),
          0x88A8, pad=False),
    ether(itag(itag(datagram, 2, kind=0x0800), 1, kind=0x88E7), 0x88E7, pad=False),
    ether(itag(b"\x42\x42\x03bpdu", kind=7) + b"\0" * 20, 0x88E7, pad=False),
    ether(itag(datagram)[:17], 0x88E7, pad=False),
    cut(ether(itag(datagram), 0x88E7), 30),
])


def pppoe(payload, code=0, session=0x1234, length=None, first=0x11):
    return struct.pack("!BBHH", first, code, session, len(payload) if length is None else length) + payload


def tag(kind, value=b"", length=None):
    return struct.pack("!HH", kind, len(value) if length is None else length) + value


out("pppoe", [
    ether(pppoe(tag(0x0101) + tag(0x0103, b"\1\2\3\4"), 9, 0), 0x8863),
    ether(pppoe(tag(0x0101, b"dsl") + tag(0x0102, b"ac-1\x1b[2J") + tag(0x0104, b"cookie") + tag(0x0105, b"\0\0\0\1x"),
                7, 0), 0x8863),
    ether(pppoe(tag(0x0201, b"no such service"), 0x65, 0), 0x8863),
    ether(pppoe(tag(0x0203, b"bye"), 0xA7), 0x8863),
    ether(pppoe(tag(0x0101, b"dsl", 200), 0x19, 0), 0x8863),
    ether(pppoe(b"\1\1", 0x42, 0), 0x8863),
    ether(pppoe(b"\x00\x21" + datagram) + b"behind", 0x8864, pad=False),
    ether(pppoe(b"\xc0\x21\x09\x01\0\x08\0\0\0\0"), 0x8864),
    ether(pppoe(b"\x00\x21" + datagram, length=500, first=0x12), 0x8864, pad=False),
    ether(pppoe(b"")[:4], 0x8864, pad=False),
    cut(ether(pppoe(b"\x00\x21" + datagram), 0x8864), 40),
])


def gtp(payload, kind=255, flags=0x30, rest=b"", length=None):
    length = len(rest) + len(payload) if length is None else length
    return struct.pack("!BBHI", flags, kind, length, 0xABCD) + rest + payload


def gtp2(payload, kind=32, flags=0x48, length=None):
    teid = struct.pack("!I", 0xABCD) if flags & 8 else b""
    body = teid + b"\0\0\x07\0" + payload
    return struct.pack("!BBH", flags, kind, len(body) if length is None else length) + body


def prime(payload, length=None):
    return struct.pack("!BBHH", 0x0F, 240, len(payload) if length is None else length, 9) + payload


out("gtp", [
    over_udp(gtp(datagram), 2152),
    over_udp(gtp(datagram6, flags=0x32, rest=b"\0\x05\0\0"), 2152),
    over_udp(gtp(datagram, flags=0x37, rest=b"\0\x05\x09\x85" + b"\1\x10\x09\xc0" + b"\1\x12\x34\x20" + b"\1ab\0"), 2152),
    over_udp(gtp(datagram, flags=0x34, rest=b"\0\0\0\x40" + b"\0\0\0\0"), 2152),
    over_udp(gtp(datagram, flags=0x34, rest=b"\0\0\0\x40" + b"\xff\0\0\0"), 2152),
    over_udp(gtp(b"\xff\x03\x00\x21" + datagram), 2152),
    over_udp(gtp(b"?plain"), 2152),
    over_udp(gtp(b"", 1, 0x32, b"\0\x01\0\0"), 2152),
    over_udp(gtp(datagram, length=500), 2152),
    over_udp(gtp(datagram, length=8), 2152),
    over_udp(gtp(b"\x80", 16, 0x32, b"\0\x01\0\0"), 2123),
    over_udp(struct.pack("!BBHHHBBH8s", 0x1F, 255, len(datagram), 5, 6, 7, 255, 0xFFFF, b"\x62\x02\x13\x21\x43\x65\x87\xf5")
             + datagram, 3386),
    over_udp(struct.pack("!BBHH", 0x0F, 240, 3, 9) + b"cdr", 3386),
    over_udp(gtp2(b"\x01\0\x04\0data" + b"\x03\0\0\x01"), 2123),
    over_udp(gtp2(b"", 95, 0x58) + gtp2(b"", 35), 2123),
    over_udp(gtp2(b"\x01\0\x40\0data", 1, 0x40), 2123),
    over_udp(gtp2(b"", 99, 0x40, 90), 2123),
    # A bearer context with elements in it; one of them reaches beyond it.
    over_udp(gtp2(b"\x5d\0\x0a\0" + b"\x49\0\x01\0\x05" + b"\x02\0\x01\0\x10" + b"\x03\0\x01\0\x07"), 2123),
    over_udp(gtp2(b"\x5d\0\x05\0" + b"\x49\0\x09\0\x05" + b"\x03\0\x01\0\x07"), 2123),
    over_udp(gtp(b"", 0), 2152),
    over_ip(tcp(gtp2(b"", 1, 0x40) + gtp2(b"\x03\0\x01\0\x07", 2, 0x40, 40), 50000, 2123), 6),
    over_udp(b"\xe0\xff\0\0", 2152),
    over_udp(b"\x30\xff\0", 2152),
    cut(over_udp(gtp(datagram), 2152), 48),
    # GTP' over TCP: three messages, the last goes on in the next segment.
    over_ip(tcp(prime(b"one") + prime(b"two!") + prime(b"three", 9), 50000, 3386), 6),
    # Sessions of Ethernet; a destination that begins as an IP header does.
    over_udp(gtp(frame, flags=0x34, rest=b"\0\0\0\x85" + b"\1\0\5\0"), 2152),
    over_udp(gtp(ether(datagram, dst="4e:00:00:00:00:02", pad=False)), 2152),
    over_udp(gtp(ether(struct.pack("!HH", 5, 0x86DD) + datagram6, 0x8100, pad=False)), 2152),
    # All that a PDU session container may have, down and up; one that lacks what it announces.
    over_udp(gtp(datagram, flags=0x34, rest=b"\0\0\0\x85" + b"\5\x0e\xc5\x60"
                 + struct.pack("!II", 3_909_000_000, 1 << 31) + b"\0\1\2" + struct.pack("!I", 7) + b"\0"), 2152),
    over_udp(gtp(datagram, flags=0x34, rest=b"\0\0\0\x85" + b"\x0c\x1f\xc7"
                 + struct.pack("!IIIIII", 3_909_000_000, 0, 3_909_000_000, 1 << 30, 3_909_000_000, 1 << 31)
                 + struct.pack("!II", 3, 4) + b"\0\0\5" + struct.pack("!I", 2) + b"\x80\1\0\0\0" + b"\0"), 2152),
    over_udp(gtp(datagram, flags=0x34, rest=b"\0\0\0\x85" + b"\1\x08\5\0"), 2152),
    # The first fragment of a tunnel's packet.
    ether(ipv4(udp(gtp(ipv4(tcp(b"x" * 40, 1, 2, **INNER), 6, **INNER)), 2152, 2152)[:64], 17, flags=0x2000), pad=False),
])


def capwap(payload, bits=0, binding=1, extra=b"", fragment=0, words=None):
    words = 2 + len(extra) // 4 if words is None else words
    return struct.pack("!II", words << 19 | 1 << 14 | binding << 9 | bits, fragment) + extra + payload


wlan = b"\x08\x01\0\0" + mac("02:00:00:00:00:02") * 3 + b"\0\0" + b"\xaa\xaa\x03\0\0\0\x08\0" + datagram
elements = struct.pack("!HHB", 20, 1, 1) + struct.pack("!HH4s", 37, 4, b"vend")
probe = b"\0\0" + b"\xff" * 6 + mac("02:00:00:00:00:0c") + b"\xff" * 6 + b"\x10\x05" + b"\0\x03net"

out("capwap", [
    over_udp(capwap(struct.pack("!IBHB", 1, 5, len(elements) + 3, 0) + elements), 5246),
    over_udp(capwap(struct.pack("!IBHB", 0x347301, 5, 3, 0), extra=b"\6\2\0\0\0\0\x0a\0", bits=0x10), 5246),
    over_udp(capwap(struct.pack("!IBHB", 2, 5, 9, 0) + b"\0\x14\0\xff\1\1"), 5246),
    over_udp(b"\1\0\0\0\x16\xfe\xff", 5246),
    over_udp(b"\2\0\0\0", 5246),
    over_udp(capwap(frame), 5247),
    over_udp(capwap(frame, extra=b"\4abcd\0\0\0", bits=0x20), 5247),
    over_udp(capwap(wlan, bits=0x100), 5247),
    over_udp(capwap(wlan[1:2] + wlan[:1] + wlan[2:], bits=0x100), 5247),
    over_udp(capwap(b"\x08", bits=0x100), 5247),
    # A request sent again, as sent and swapped.
    over_udp(capwap(b"\x40\x08" + probe, bits=0x100), 5247),
    over_udp(capwap(b"\x08\x40" + probe[:20] + probe[21:22] + probe[20:21] + probe[22:], bits=0x100), 5247),
    over_udp(capwap(frame[:32], bits=0x80, fragment=0x00010000), 5247),
    over_udp(capwap(frame[32:], bits=0xC0, fragment=0x00010020), 5247),
    over_udp(capwap(struct.pack("!HHH16s", 22, 35, 16, b"0123456789abcdef"), bits=8), 5247),
    over_udp(capwap(frame, bits=0x10, extra=b"\x08" + b"\x02" * 8 + b"\0" * 3, words=2), 5247),
    over_udp(capwap(frame, words=31), 5247),
    over_udp(b"\0\x10", 5247),
])
out("lisp", [
    over_udp(b"\xc0\0\0\x07\0\0\0\1" + datagram, 4341),
    over_udp(b"\x18\0\x10\x02\0\0\x2a\1" + datagram6, 4341),
    over_udp(b"\0\0\0\0\0\0\0\0what", 4341),
    over_udp(b"\0\0\0\0", 4341),
    over_udp(b"\x80\0\0\0" + datagram, 4342),
    over_udp(b"\x88\0\0\0" + datagram, 4342),
    over_udp(b"\x10\0\0\1" + b"12345678" + b"records", 4342),
    over_udp(b"\xf0\0\0\1what", 4342),
    over_udp(b"\x10\0\0\1" + b"1234", 4342),
])


def ayiya(payload, operation=1, following=41, siglen=5):
    return struct.pack("!BBBBI", 4 << 4 | 1, siglen << 4 | 2, 1 << 4 | operation, following, 1700000000) + \
        b"\x20\x01" + b"\0" * 14 + b"s" * siglen * 4 + payload


out("ayiya", [
    over_udp(ayiya(datagram6), 5072),
    over_udp(ayiya(b"", 0, 59), 5072),
    over_udp(ayiya(b"pong", 4, 59), 5072),
    over_udp(ayiya(datagram6, 9), 5072),
    over_udp(ayiya(b"", siglen=15)[:60], 5072),
])


def deflated(payload):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(payload) + packer.flush()


segment = udp(b"hello " * 20, 4000, 4001)
out("ipcomp", [
    over_ip(b"\x11\0\0\2" + deflated(segment), 108),
    over_ip(b"\x04\0\x12\x34" + deflated(datagram), 108),
    over_ip(b"\x11\0\0\3" + b"\xffstack", 108),
    over_ip(b"\x11\0\0\2" + deflated(b"\0" * 100000), 108),
    over_ip(b"\x11\0\0", 108),
    cut(over_ip(b"\x11\0\0\2" + deflated(segment), 108), 44),
])
out("nsh", [
    ether(struct.pack("!HBBI", 0x0FC6, 1, 1, 42 << 8 | 255) + b"c" * 16 + datagram, 0x894F, pad=False),
    ether(struct.pack("!HBBI", 0x0FC2, 2, 3, 42 << 8 | 254) + frame, 0x894F, pad=False),
    ether(struct.pack("!HBBI", 0x0FC1, 2, 3, 42 << 8) + frame, 0x894F, pad=False),
    ether(struct.pack("!HBBI", 0x0FFF, 2, 3, 42 << 8), 0x894F, pad=False),
])
whole = ipv4(tcp(b"typed", 1000, 23), 6)
out("vjc", [
    b"\xff\x03\x00\x2f" + whole[:9] + b"\x05" + whole[10:],
    b"\x2d\x4c\x05\x12\x34\x05\0\1\0x",
    b"\x2d\x0b\x12\x34y",
    b"\x2d\x3f\x12\x34\x09echo",
    b"\x2d\x07\x12\x34\0\1\xff",
    b"\x2d\x02\x12",
    b"\x2f\x45\0\0\x28",
    cut(b"\xff\x03\x00\x2f" + whole[:9] + b"\x05" + whole[10:], 30),
], link=9)

out("udpencap", [
    over_udp(struct.pack("!II", 0xBEEF, 7) + b"secret", 4500),
    over_udp(b"\0\0\0\0" + b"\x11" * 28, 4500),
    over_udp(b"\xff", 4500),
    over_udp(b"\xff\xff\xff", 4500),
    cut(over_udp(struct.pack("!II", 0xBEEF, 7) + b"secret", 4500), 46),
])


def macsec(payload, control=0x20, short=0, check=b"\xcc" * 16):
    channel = mac("02:00:00:00:00:01") + b"\0\1" if control & 0x20 else b""
    return ether(struct.pack("!BBI", control, short, 7) + channel + payload + check, 0x88E5, pad=False)


out("macsec", [
    macsec(b"\x08\0" + datagram, short=32),
    macsec(b"\x08\0" + datagram, short=32) + b"\0" * 9,
    macsec(b"\x08\0" + datagram, 0),
    macsec(b"\x11" * 60, 0x2F),
    macsec(b"\x11" * 60, 0x24),
    macsec(b"", 0, check=b"\xcc" * 9),
    macsec(b"\x08", 0, check=b"\xcc" * 16),
    macsec(b"\x08\0" + datagram, short=47),
    cut(macsec(b"\x11" * 60, 0x2C), 40),
    cut(macsec(b"\x11" * 60, 0x2C), 18),
])
