"""DHCP: the four messages of a lease, options of every form, an overloaded
header, BOOTP without cookie, cut short and malformed messages."""
import os
import struct
from pcap import ether, ip, ipv4, udp, write

MAC = bytes.fromhex("020000000001")


def opt(code, value):
    return bytes([code, len(value)]) + value


def message(op, options, xid=0x12345678, flags=0, yours="0.0.0.0", server="0.0.0.0", relay="0.0.0.0",
            sname=b"", file=b"", cookie=b"\x63\x82\x53\x63", hlen=6):
    head = struct.pack("!BBBBIHH", op, 1, hlen, 0, xid, 3, flags)
    head += ip("0.0.0.0") + ip(yours) + ip(server) + ip(relay) + MAC.ljust(16, b"\0")
    return head + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + cookie + options


def client(data):
    return ether(ipv4(udp(data, 68, 67, src="0.0.0.0", dst="255.255.255.255"), 17, src="0.0.0.0", dst="255.255.255.255"))


def server(data):
    return ether(ipv4(udp(data, 67, 68, src="192.0.2.1", dst="192.0.2.9"), 17, src="192.0.2.1", dst="192.0.2.9"))


END = b"\xff"
discover = client(message(1, opt(53, b"\1") + opt(50, ip("192.0.2.9")) + opt(55, bytes([1, 3, 6, 108, 200]))
                          + opt(61, b"\1" + MAC) + opt(12, b"learner\0") + opt(60, b"udhcp") + opt(80, b"") + END + b"\0" * 9, flags=0x8000))
offer = server(message(2, opt(53, b"\2") + opt(54, ip("192.0.2.1")) + opt(51, struct.pack("!I", 3600))
                       + opt(58, struct.pack("!I", 1800)) + opt(59, b"\xff" * 4) + opt(1, ip("255.255.255.0"))
                       + opt(3, ip("192.0.2.1")) + opt(6, ip("192.0.2.53") + ip("192.0.2.54")) + opt(15, b"example.kr")
                       + opt(2, struct.pack("!i", -3600)) + opt(19, b"\1") + opt(26, struct.pack("!H", 1500)) + opt(108, struct.pack("!I", 300))
                       + opt(114, b"https://portal.example/") + opt(121, b"\0" + ip("192.0.2.1") + b"\x0a\x0a\x40" + ip("192.0.2.2"))
                       + opt(119, b"\3eng\5apple\3com\0\4mark\xc0\4") + opt(33, ip("10.0.0.0") + ip("192.0.2.3")) + END,
                       yours="192.0.2.9", server="192.0.2.1", sname=b"boot", file=b"pxelinux.0"))
request = client(message(1, opt(53, b"\3") + opt(61, b"\xff" + b"\1\2\3\4" + b"\0\3\0\1" + MAC) + opt(81, b"\5\0\0\4host\2kr\0")
                         + opt(77, b"\3abc\2de") + opt(82, opt(1, b"eth0/1") + opt(2, MAC) + opt(5, ip("192.0.2.0")) + opt(9, b"xyz"))
                         + opt(93, struct.pack("!HH", 7, 99)) + opt(94, b"\1\3\x10") + opt(97, b"\0" + bytes(range(16))) + opt(43, b"\1\2") + END))
overload = server(message(2, b"\0\0" + opt(53, b"\5") + opt(52, b"\3") + END, sname=opt(66, b"tftp.example") + END, file=opt(67, b"boot.img") + bytes([56, 250]) + b"x" * 100))
bootp = client(message(1, b"\0" * 60, cookie=b"\0" * 4))
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dhcp.pcap"), 1, [
    discover,
    offer,
    request,
    overload,
    bootp,
    (offer[:300], len(offer)),
    (offer[:100], len(offer)),
    server(message(2, opt(53, b"\6"))),
    server(message(2, opt(53, b"\6") + bytes([56, 40]) + b"too short")),
    server(message(2, opt(53, b"\6") + opt(1, b"abc") + opt(3, b"abcde") + opt(52, b"\7") + opt(121, b"\x21") + opt(61, b"") + opt(81, b"\0") + opt(82, b"\1\x30x") + opt(119, b"\xc0\0") + opt(120, b"") + opt(33, b"12") + END)),
    server(message(2, opt(53, b"\6") + END)[:200]),
    server(b"\7not DHCP at all"),
])
