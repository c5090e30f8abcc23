"""ICMPv6: errors, echo, multicast listeners, every discovery message and option, damage."""
import os
import struct
from pcap import ether, icmp6, ip6, ipv6, mac, udp6, write

ME, ALL = "fe80::1", "ff02::1"
MAC = mac("02:00:00:00:00:01")


def message(kind, code, rest, hops=64, **more):
    return ether(ipv6(icmp6(kind, code, rest, **more), 58, hops=hops), kind=0x86DD)


def local(kind, rest, hops=255):
    return ether(ipv6(icmp6(kind, 0, rest, src=ME, dst=ALL), 58, src=ME, dst=ALL, hops=hops), kind=0x86DD)


def option(kind, data, units=None):
    data += b"\0" * (-(len(data) + 2) % 8)
    return bytes([kind, (len(data) + 2) // 8 if units is None else units]) + data


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


source, target = option(1, MAC), option(2, MAC)
prefix = option(3, b"\x40\xe0" + struct.pack("!III", 86400, 0xFFFFFFFF, 0) + ip6("2001:db8::"))
lost = ipv6(udp6(b"lost", 4000, 53), 17)
ra = b"\x40\xd8" + struct.pack("!HII", 1800, 30000, 1000)
ping = b"\x12\x34\0\1" + bytes(range(16))
group = ip6("ff02::fb")
echo = message(128, 0, ping)
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "icmpv6.pcap"), 1, [
    echo,
    message(129, 0, ping),
    message(128, 0, ping, sum=0x1234),
    # Errors, with a quote; extended echo.
    message(1, 4, b"\0" * 4 + lost),
    message(1, 0, b"\0" * 4),
    message(2, 0, struct.pack("!I", 1280) + lost),
    message(3, 0, b"\0" * 4 + lost),
    message(3, 0, b"\x08\0\0\0" + lost + b"\0" * (64 - len(lost)) + b"\x20\0\0\0\0\x08\1\1\0\1\x01\x40"),
    message(4, 1, struct.pack("!I", 6) + lost),
    message(1, 3, b"\0" * 4 + ipv6(icmp6(128, 0, ping), 58)),
    message(160, 0, b"\0\1\2\1" + b"\x20\0\0\0" + b"\0\x08\3\1eth0"),
    message(161, 0, b"\0\1\2\x47"),
    # Multicast listeners, versions 1 and 2.
    local(130, struct.pack("!HH", 10000, 0) + ip6("::"), hops=1),
    local(131, struct.pack("!HH", 0, 0) + group, hops=1),
    local(132, struct.pack("!HH", 0, 0) + group, hops=1),
    local(130, struct.pack("!HH", 10000, 0) + group + b"\x0a\x7d\0\1" + ip6("2001:db8::5"), hops=1),
    local(143, b"\0\0\0\2" + b"\4\0\0\0" + group + b"\1\1\0\1" + group + ip6("2001:db8::5") + b"aux!", hops=1),
    local(143, b"\0\0\0\3" + b"\4\0\0\0" + group, hops=1),
    # Neighbour discovery, each message.
    local(133, b"\0" * 4 + source),
    local(134, ra + source + option(5, b"\0\0" + struct.pack("!I", 1500)) + prefix),
    local(135, b"\0" * 4 + ip6("fe80::2") + source),
    local(136, b"\xe0\0\0\0" + ip6("fe80::2") + target),
    local(137, b"\0" * 4 + ip6("fe80::2") + ip6("2001:db8::9") + target + option(4, b"\0" * 6 + lost)),
    local(135, b"\0" * 4 + ip6("fe80::2"), hops=64),
    # Every other option.
    local(134, ra + option(24, b"\x30\x08" + struct.pack("!I", 600) + ip6("2001:db8:7::")[:8])
          + option(25, b"\0\0" + struct.pack("!I", 1200) + ip6("2001:db8::53") + ip6("2001:db8::54"))
          + option(31, b"\0\0" + struct.pack("!I", 1200) + name("example.net") + name("corp.example"))),
    local(134, ra + option(26, b"\x80\0\0\0\0\0") + option(37, b"https://portal.example/")
          + option(38, struct.pack("!H", 75 << 3 | 0) + ip6("64:ff9b::")[:12])),
    local(134, ra + option(7, b"\0\0" + struct.pack("!I", 5000)) + option(8, struct.pack("!HHH", 0, 9, 1800))
          + option(6, b"\x05")),
    local(135, b"\0" * 4 + ip6("fe80::2") + option(14, b"nonce!") + option(13, b"\0" * 6 + struct.pack("!Q", 1_700_000_000 << 16 | 0x8000))),
    local(134, ra + option(1, bytes(range(8))) + option(200, b"secret")),
    # Damage: length 0, an option longer than the message, a wrong length for its type.
    local(134, ra + b"\1\0" + MAC),
    local(134, ra + option(1, MAC, units=4)),
    local(134, ra + option(5, b"\0" * 14)),
    # Other types; cut short; too short.
    message(139, 0, b"\0" * 12),
    (echo[:66], 78),
    (echo[:56], 78),
    message(135, 0, b"\0" * 4 + ip6("fe80::2")[:8], hops=255),
])
