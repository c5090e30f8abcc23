"""IPv6: the header, each extension header and option, jumbograms, wrong lengths, cut short."""
import os
import struct
from pcap import ether, icmp6, ip6, ipv6, udp6, write

END = "2001:db8::9"
plain = udp6(b"hello", 4000, 4001)
to_end = udp6(b"hello", 4000, 4001, dst=END)


def v6(payload, proto, **rest):
    return ether(ipv6(payload, proto, **rest), kind=0x86DD)


def options(following, data):
    """A hop-by-hop or destination options header, filled up with PadN."""
    short = -(len(data) + 2) % 8
    if short == 1:
        data += b"\0"
    elif short:
        data += bytes([1, short - 2]) + b"\0" * (short - 2)
    return bytes([following, (len(data) + 2) // 8 - 1]) + data


def routing(following, kind, left, data):
    return bytes([following, (len(data) + 4) // 8 - 1, kind, left]) + data


def fragment(following, offset, more, data, ident=0xCAFE):
    return struct.pack("!BBHI", following, 0, offset << 3 | more, ident) + data


HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
full = v6(plain, 17)
chain = options(ROUTING, b"\x05\x02\0\0") + routing(DESTINATION, 4, 1, b"\1\0\0\7" + ip6(END) + ip6("2001:db8::2"))
big = b"j" * 65600
jumbo = udp6(big[:8], 4000, 4001)[:4] + b"\0\0\0\0" + big
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ipv6.pcap"), 1, [
    v6(plain, 17, tclass=0xBB, flow=0x12345),
    v6(udp6(b"hi", 1, 2, src="fe80::211:22ff:fe33:4455"), 17, src="fe80::211:22ff:fe33:4455"),
    v6(b"", 59),
    v6(b"rest", 59),
    # Options: router alert, tunnel limit, path MTU, RPL, unknown and experimental.
    v6(options(17, b"\x05\x02\0\0") + plain, HOP),
    v6(options(17, b"\x04\x01\x03") + plain, DESTINATION),
    v6(options(17, b"\x30\x04\x05\xdc\x05\x00") + plain, HOP),
    v6(options(17, b"\x63\x04\x80\x1e\x01\x00") + plain, HOP),
    v6(options(17, b"\x0f\x03abc\x1e\x02de") + plain, DESTINATION),
    # Home address: the checksum is made with it.
    v6(options(17, b"\xc9\x10" + ip6(END)) + udp6(b"hello", 4000, 4001, src=END), DESTINATION),
    # Options that do not fit; padding that is not zero; a header longer than the packet.
    v6(options(17, b"\x05\x03\0\0\0") + plain, HOP),
    v6(b"\x11\0\x05\x09\0\0\0\0" + plain, HOP),
    v6(b"\x11\0\x01\x04abcd" + plain, HOP),
    v6(b"\x11\x09\x01\x04\0\0\0\0" + plain, HOP),
    # Routing headers 0, 2, 3 and 4, one unknown, too many segments left.
    v6(routing(17, 0, 1, b"\0" * 4 + ip6(END)) + to_end, ROUTING),
    v6(routing(17, 2, 1, b"\0" * 4 + ip6(END)) + to_end, ROUTING),
    v6(routing(17, 3, 2, b"\xff\x60\0\0" + b"\7\x09" + b"\0" * 6) + to_end, ROUTING),
    v6(routing(17, 4, 1, b"\1\0\0\7" + ip6(END) + ip6("2001:db8::2")) + to_end, ROUTING),
    v6(routing(17, 4, 0, b"\0\0\0\0" + ip6("2001:db8::2")) + plain, ROUTING),
    v6(routing(17, 4, 9, b"\5\0\0\0" + ip6("2001:db8::2")) + plain, ROUTING),
    v6(routing(17, 99, 0, b"abcd") + plain, ROUTING),
    # Fragments: atomic, first, last, first of a length that is no multiple of 8.
    v6(fragment(17, 0, 0, plain), FRAGMENT),
    v6(fragment(17, 0, 1, plain[:4] + b"\0\x18" + plain[6:] + b"abc"), FRAGMENT),
    v6(fragment(17, 2, 0, b"tail"), FRAGMENT),
    v6(fragment(17, 0, 1, plain), FRAGMENT),
    v6(fragment(17, 0x1FFF, 0, b"12345678"), FRAGMENT),
    # All in a row; authentication header.
    v6(chain + options(FRAGMENT, b"\x01\x04\0\0\0\0") + fragment(51, 0, 0, b"\x11\x04\0\0" + bytes(20) + to_end), HOP),
    # Lengths: more than the frame, 0, trailing bytes.
    v6(plain, 17, length=200),
    v6(plain, 17, length=0),
    v6(plain + b"behind", 17, length=len(plain)),
    # Jumbograms, cut to 110 bytes: right; one whose length would have fitted; beside a payload length.
    (v6(options(17, b"\xc2\x04" + struct.pack("!I", 8 + len(jumbo))) + jumbo, HOP, length=0)[:110], 54 + 8 + len(jumbo)),
    v6(options(17, b"\xc2\x04" + struct.pack("!I", 8 + len(plain))) + plain, HOP, length=0),
    v6(options(17, b"\xc2\x04" + struct.pack("!I", 70000)) + plain, HOP),
    # Version 4; cut inside the header, behind it, inside an extension header.
    ether(b"\x45" + ipv6(plain, 17)[1:], kind=0x86DD),
    (full[:20], 67),
    (full[:40], 67),
    (full[:54], 67),
    (v6(options(17, b"\x05\x02\0\0") + plain, HOP)[:58], 75),
    (v6(routing(17, 0, 1, b"\0" * 4 + ip6(END)) + to_end, ROUTING)[:64], 91),
    (v6(options(17, b"\x04\x01\x03") + plain, DESTINATION)[:57], 75),
    v6(b"\x11\x09\x01\x04\0\0\0\0" + plain, DESTINATION),
    (v6(fragment(17, 0, 1, plain), FRAGMENT)[:58], 75),
    v6(fragment(58, 0, 0, b""), FRAGMENT),
    # A jumbogram with the greatest length there is.
    v6(options(17, b"\xc2\x04\xff\xff\xff\xff") + plain, HOP, length=0),
    # IPv6 in IPv6.
    v6(ipv6(icmp6(128, 0, b"\0\1\0\1ping"), 58), 41, src="2001:db8:1::1", dst="2001:db8:1::2"),
])
