"""Link layers: Ethernet by length, LLC and SNAP, VLAN tags, ARP, loopback, raw
IP, Linux cooked captures, PPP; each whole, cut short, malformed, padded."""
import os
import struct
from pcap import ether, ipv4, ip, mac, udp, write

here = os.path.dirname(os.path.abspath(__file__))
A, B = "02:00:00:00:00:01", "02:00:00:00:00:02"
ALL = "ff:ff:ff:ff:ff:ff"
datagram = ipv4(udp(b"hello", 4000, 4001), 17)


def out(name, link, packets):
    write(os.path.join(here, name + ".pcap"), link, packets)


def ipv6(payload, proto=17):
    src, dst = bytes.fromhex("fd" + "00" * 14 + "01"), bytes.fromhex("fd" + "00" * 14 + "02")
    return struct.pack("!IHBB", 6 << 28, len(payload), proto, 64) + src + dst + payload


def llc(payload=b"", dsap=0x42, ssap=0x42, control=b"\x03"):
    return bytes([dsap, ssap]) + control + payload


def snap(payload, oui=0, pid=0x0800, **rest):
    return llc(oui.to_bytes(3, "big") + struct.pack("!H", pid) + payload, 0xAA, 0xAA, **rest)


def length(payload, claim=None, **rest):
    return ether(payload, len(payload) if claim is None else claim, **rest)


def tag(payload, vid, kind=0x0800, priority=0, dei=0):
    return struct.pack("!HH", priority << 13 | dei << 12 | vid, kind) + payload


def arp(op, sha=A, spa="10.0.0.1", tha="00:00:00:00:00:00", tpa="10.0.0.2", hw=1, proto=0x0800):
    return struct.pack("!HHBBH", hw, proto, 6, 4, op) + mac(sha) + ip(spa) + mac(tha) + ip(tpa)


out("ethernet", 1, [
    length(llc(b"\0" * 35)),
    length(llc(b"\0" * 35), 20),
    length(llc(b"\0" * 35) + b"trailer", 38),
    length(llc(b"\0" * 35), 200),
    length(b"\xff\xff" + b"\0" * 40),
    ether(b"\x01\x02", 1501),
    ether(b"\x01\x02", 0x88B5),
    ether(b"", 0, src=ALL, pad=False),
    ether(b"", 0x0800, pad=False),
    (ether(datagram)[:10], 60),
    ether(datagram)[:10],
    ether(ether(datagram), 0x6558),
])
out("llc", 1, [
    length(snap(datagram)),
    length(snap(datagram, pid=0x9999)),
    length(snap(b"\x02" + b"\0" * 10, 0x00000C, 0x2999)),
    length(snap(b"abc", 0x0080C2, 7)),
    length(snap(ether(datagram), 0x0080C2, 7)),
    length(llc(b"", 0xF0, 0xF1, b"\x73")),
    length(llc(b"", 0xF0, 0xF0, b"\x7f")),
    length(llc(b"", 0xF0, 0xF0, b"\x01\x03")),
    length(llc(b"data", 0xF0, 0xF1, b"\x02\x05")),
    length(b"\xaa\xaa\x03\x00", pad=False),
    length(b"\x42\x42", pad=False),
    (length(snap(datagram))[:19], 60),
])
out("vlan", 1, [
    ether(tag(datagram, 5, priority=5, dei=1), 0x8100),
    ether(tag(tag(datagram, 200), 100, 0x8100), 0x8100),
    ether(tag(tag(datagram, 200), 100, 0x8100), 0x88A8),
    ether(tag(tag(datagram, 200), 100, 0x88A8), 0x88A8),
    ether(tag(datagram, 7), 0x9100),
    ether(tag(llc(b"\0" * 35), 5, 38), 0x8100),
    ether(tag(llc(b"\0" * 35), 5, 38), 0x88A8),
    ether(b"\0", 0x8100, pad=False),
    (ether(tag(datagram, 5), 0x8100)[:16], 60),
    ether(b"".join(tag(b"", vid, 0x8100) for vid in range(4)), 0x8100),
    ether(b"\0", 0x88A8, pad=False),
    (ether(tag(datagram, 5), 0x88A8)[:16], 60),
    ether(tag(b"", 5), 0x8100, pad=False),
])
out("arp", 1, [
    ether(arp(1), 0x0806, dst=ALL),
    ether(arp(2, tha=B), 0x0806),
    ether(arp(1, tpa="10.0.0.1"), 0x0806, dst=ALL),
    ether(arp(1, tpa="10.0.0.1", tha=ALL), 0x0806, dst=ALL),
    ether(arp(2, tpa="10.0.0.1", tha=A), 0x0806),
    ether(arp(1, spa="0.0.0.0"), 0x0806, dst=ALL),
    ether(arp(3, tha=A, spa="0.0.0.0", tpa="0.0.0.0"), 0x8035, dst=ALL),
    ether(arp(4, tha=A), 0x8035),
    ether(arp(8), 0x0806),
    ether(arp(9), 0x0806),
    ether(arp(77), 0x0806),
    ether(arp(1, hw=7, proto=0x1234), 0x0806),
    ether(arp(1, hw=19), 0x0806),
    ether(struct.pack("!HHBBH", 1, 0x0800, 200, 200, 1), 0x0806),
    ether(arp(1)[:18], 0x0806, pad=False),
    ether(arp(1)[:5], 0x0806, pad=False),
    (ether(arp(1), 0x0806)[:26], 60),
    ether(arp(1), 0x0806)[:42] + b"trailing bytes",
])
out("null", 0, [
    struct.pack("<I", 2) + datagram,
    struct.pack(">I", 2) + datagram,
    struct.pack("<I", 30) + ipv6(b"\0" * 8, 59),
    struct.pack("<I", 10) + ipv6(b"\0" * 8, 59),
    b"\x00\x02\x77\x88" + datagram,
    struct.pack("<I", 0x0800) + datagram,
    struct.pack("<I", 7) + b"osi",
    struct.pack("<I", 2) + datagram + b"behind",
    b"\x02\0",
    (b"\x02\0", 37),
    struct.pack("<I", 2),
])
out("loop", 108, [
    struct.pack(">I", 2) + datagram,
    struct.pack(">I", 24) + ipv6(b"\0" * 8, 59),
    struct.pack("<I", 2) + datagram,
])
out("raw", 101, [datagram, ipv6(b"\0" * 8, 59), b"\x90rest", b"", (b"", 33), (datagram[:12], 33)])


def sll(payload, kind=0x0800, packet=0, hw=1, alen=6, addr=mac(A) + b"\x12\x34"):
    return struct.pack("!HHH", packet, hw, alen) + addr + struct.pack("!H", kind) + payload


def sll2(payload, kind=0x0800, packet=4, hw=1, alen=6, addr=mac(A) + b"\0\0"):
    return struct.pack("!HHIHBB", kind, 0, 3, hw, packet, alen) + addr + payload


out("sll", 113, [
    sll(datagram),
    sll(datagram, packet=4, hw=772),
    sll(arp(1), 0x0806, packet=1),
    sll(llc(b"bpdu"), 4),
    sll(b"\xff\xff" + b"\0" * 28, 1),
    sll(ether(datagram), 3),
    sll(b"\xff\x03\xc0\x21\x01\x01\x00\x04", 7, hw=512, alen=0),
    sll(b"can", 12, hw=280, alen=0),
    sll(b"netlink", 0, hw=824, alen=0),
    sll(datagram, hw=778, alen=4, addr=ip("10.9.8.7") + b"\0" * 4),
    sll(datagram, hw=32, alen=20, addr=b"12345678"),
    sll(datagram, packet=99) + b"behind",
    # Without a checksum in the IPv4 header: received, sent.
    sll(datagram[:10] + b"\0\0" + datagram[12:]),
    sll(datagram[:10] + b"\0\0" + datagram[12:], packet=4),
    sll(b"")[:9],
    (sll(datagram)[:9], 49),
])
out("sll2", 276, [
    sll2(datagram),
    sll2(arp(1), 0x0806, packet=1),
    sll2(llc(b"bpdu"), 4),
    sll2(datagram, hw=65534, alen=0, addr=b"\0" * 8),
    sll2(b"")[:15],
    (sll2(datagram)[:15], 53),
])
out("ppp", 9, [
    b"\xff\x03\x00\x21" + datagram,
    b"\x00\x21" + datagram,
    b"\x21" + datagram,
    b"\xff\x03\x57" + ipv6(b"\0" * 8, 59),
    b"\xff\x03\xc0\x21\x01\x01\x00\x04",
    b"\xff\x03\x80\x21\x01\x01\x00\x04",
    b"\xff\x03\x12\x34rest",
    b"\xff",
    b"\xff\x03\x00",
    (b"\xff\x03\x00", 40),
    b"",
])
out("ppp_direction", 204, [b"\x00\xff\x03\x00\x21" + datagram, b"\x01\x21" + datagram, b""])
out("unknown_link", 189, [b"\x08\x01" + b"\0" * 20, b""])
out("unregistered_link", 9999, [b"bytes"])
