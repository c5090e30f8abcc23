"""IEEE 802.11 and what drivers and capturing tools put before it: radiotap, PPI,
Prism, AVS; each whole, cut short, malformed."""
import os
import struct
import zlib
from pcap import ether, ipv4, mac, udp, write

here = os.path.dirname(os.path.abspath(__file__))
A, B, AP = mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02"), mac("02:00:00:00:00:aa")
ALL = b"\xff" * 6
datagram = ipv4(udp(b"hello", 4000, 4001), 17)
packet = b"\xaa\xaa\x03\0\0\0\x08\0" + datagram


def out(name, link, packets):
    write(os.path.join(here, name + ".pcap"), link, packets)


def frame(kind, subtype, flags, addresses, body=b"", duration=44, sequence=0x1230, version=0):
    head = bytes([subtype << 4 | kind << 2 | version, flags]) + struct.pack("<H", duration)
    head += b"".join(addresses[:3])
    if sequence is not None:
        head += struct.pack("<H", sequence)
    return head + b"".join(addresses[3:]) + body


def data(flags, body=packet, subtype=0, addresses=(AP, A, B), **rest):
    return frame(2, subtype, flags, addresses, body, **rest)


def qos(flags, control, body=packet, more=b"", **rest):
    return data(flags, struct.pack("<H", control) + more + body, 8, **rest)


def management(subtype, body=b"", flags=0, addresses=(ALL, AP, AP), **rest):
    return frame(0, subtype, flags, addresses, body, **rest)


def control(subtype, addresses, body=b"", flags=0, duration=44):
    return frame(1, subtype, flags, addresses, body, duration, None)


def element(number, value, length=None):
    return bytes([number, len(value) if length is None else length]) + value


def amsdu(*packets):
    whole = b""
    for at, (payload, length) in enumerate(packets):
        whole += b"\0" * (-len(whole) % 4)
        whole += A + B + struct.pack("!H", len(payload) if length is None else length) + payload
    return whole


rsn = b"\x01\0\0\x0f\xac\x04\x01\0\0\x0f\xac\x04\x02\0\0\x0f\xac\x02\0\x0f\xac\x06\x0c\0"
elements = (element(0, b"net\x1b[2J") + element(1, b"\x82\x84\x0b\x16") + element(3, b"\x06") + element(5, b"\0\x03\x01\x04")
            + element(7, b"KR \x01\x0d\x14") + element(48, rsn) + element(50, b"\x30\x6c") + element(221, b"\0\x50\xf2\x02\x01")
            + element(200, b"??"))
fixed = struct.pack("<QHH", 1234567, 100, 0x0431)
out("wlan", 105, [
    data(0x01), data(0x02), data(0x00), data(0x03, addresses=(AP, B, A, B)),
    qos(0x01, 0x0106), qos(0x02, 0x0010),
    qos(0x81, 0x0030, more=b"\x01\x02\x03\x04"),
    qos(0x01, 0x0080, amsdu((packet, None), (packet, None))),
    qos(0x01, 0x0080, amsdu((packet, None), (packet, 900))),
    qos(0x01, 0x0080, amsdu((packet, None)) + b"\0" * 9),
    qos(0x03, 0x0100, b"\x01\x1f\x05\0\0\0" + A + packet, addresses=(AP, B, A, B)),
    data(0x01, b"\xff\xff" + b"\0" * 28),
    data(0x48, subtype=4, body=b""),
    frame(2, 12, 0x11, (AP, A, B), struct.pack("<H", 5)),
    data(0x41, b"\x01\x02\x03\x40" + b"secret data" + b"\xde\xad\xbe\xef"),
    data(0x41, b"\x11\x31\x22\x20\x04\x03\x02\x01" + b"secret data"),
    data(0x42, b"\x01\x02\0\x60\x04\x03\x02\x01" + b"secret data"),
    data(0x41, b"\x01\x02"),
    data(0x05), data(0x01, sequence=0x1231),
    management(8, fixed + elements),
    management(5, fixed + element(0, b"")),
    management(4, element(0, b"") + element(1, b"\x82")),
    management(0, struct.pack("<HH", 0x431, 10) + elements, addresses=(AP, A, AP)),
    management(1, struct.pack("<HHH", 0x431, 0, 0xC001) + element(1, b"\x82"), addresses=(A, AP, AP)),
    management(2, struct.pack("<HH", 0x431, 10) + AP + element(0, b"net"), addresses=(AP, A, AP)),
    management(3, struct.pack("<HHH", 0x431, 17, 0), addresses=(A, AP, AP)),
    management(11, struct.pack("<HHH", 0, 1, 0), addresses=(AP, A, AP)),
    management(11, b"\x01\x02\0\x40" + b"challenge", 0x40, addresses=(AP, A, AP)),
    management(10, struct.pack("<H", 8), addresses=(AP, A, AP)),
    management(12, struct.pack("<H", 7), addresses=(A, AP, AP)),
    management(13, b"\x03\x00\x01\x02\x10\0\0\x30\x12", addresses=(A, AP, AP)),
    management(13, b"\x7f\x00\x50\xf2\x01", addresses=(A, AP, AP)),
    management(13, b"\x04\x09", 0x80, addresses=(A, AP, AP))[:24] + b"\x01\0\0\0" + b"\x04\x09",
    management(9, b"", addresses=(A, B, AP)),
    management(8, fixed + element(0, b"net", 30)),
    management(8, fixed + element(0, b"net") + b"\x01"),
    management(8, fixed[:5]),
    management(8, fixed + element(48, rsn[:7]) + element(5, b"\0") + element(48, b"\x01\0\0\x0f\xac\x04\xff\xff")),
    control(8, (AP, A), struct.pack("<HH", 0x5004, 0x1230)),
    control(9, (A, AP), struct.pack("<HH", 0x5005, 0x1230) + b"\xff" * 8),
    control(9, (A, AP), struct.pack("<HH", 0x0000, 0x1230) + b"\xff" * 128),
    control(9, (A, AP), struct.pack("<H", 0x0016) + b"\x01\x10\x30\x12" + b"\xff" * 8),
    control(10, (AP, A), duration=0xC001),
    control(11, (AP, A)), control(12, (A,)), control(13, (A,), duration=0),
    control(14, (ALL, AP)), control(5, (AP, A), b"\x04\x01\x00"), control(2, (ALL, AP), b"\0" * 12),
    control(7, (A,), b"\xb4\0" + b"\0" * 4),
    frame(3, 1, 0, (A, B, AP)),
    frame(3, 0, 0, (AP,), b"\x01" * 8 + b"\x11\x22\x33\x64\0"),
    frame(3, 5, 0, (A,)),
    data(0x01, version=1),
    data(0x01)[:1], data(0x01)[:20], (data(0x01)[:20], 90), control(11, (AP, A))[:12], b"",
    qos(0x01, 0x0080, amsdu((packet, None)))[:30], qos(0x01, 0)[:25],
])


def fcs(whole, wrong=0):
    return whole + struct.pack("<I", zlib.crc32(whole) ^ wrong)


def radiotap(words, fields, payload=b"", length=None, version=0):
    words = b"".join(struct.pack("<I", word) for word in words)
    size = 4 + len(words) + len(fields) if length is None else length
    return struct.pack("<BBH", version, 0, size) + words + fields + payload


common = b"\x10\x02" + struct.pack("<HH", 2437, 0x00A0) + struct.pack("bb", -40, -95)
every = struct.pack("<QBBHHBBbbHHHbBBBHHBB", 99, 0x10, 0x0C, 5180, 0x140, 1, 2, -50, -90, 7, 8, 9, 20, 1, 30, 5, 0, 0, 2, 3)
out("radiotap", 127, [
    radiotap([0x2F & ~1 | 0x40], common, fcs(management(8, fixed + elements))),
    radiotap([0x2F & ~1 | 0x40], common, fcs(data(0x01), 1)),
    (radiotap([0x2F & ~1 | 0x40], common, fcs(data(0x01)))[:60], 100),
    radiotap([2], b"\x10", fcs(data(0x01)[:12])), radiotap([2], b"\x10", fcs(control(13, (A,))[:3])),
    radiotap([2], b"\x20", qos(0x01, 0, more=b"\0\0")),
    radiotap([2], b"\0", data(0x01)),
    radiotap([0x3FFFF], every, fcs(data(0x01))),
    radiotap([0x40000], struct.pack("<IHBB", 0x10140, 5200, 40, 23), control(13, (A,))),
    radiotap([0x780000], b"\x1f\x04\x07\0" + struct.pack("<IHBB", 5, 12, 0, 0)
             + struct.pack("<HBB4sBBH", 0x44, 4, 4, b"\x92\0\0\0", 1, 3, 4) + b"\0" * 4
             + struct.pack("<QHBB", 77, 3, 1, 2), control(13, (A,))),
    radiotap([0xB800000], b"\1" * 12 + b"\2" * 12 + b"\3" * 6 + b"\4" * 4),
    radiotap([0x4000000], b"\x01"),
    radiotap([0xA0000020, 0xA0000820, 0x00000820], b"\xd8\xd7\0\xd6\x01", data(0x01)),
    radiotap([0xC0000002, 0xC0000001, 0], b"\x00\0\x00\x03\x7f\x01\x03\0abc" + b"\0\x00\x03\x7f\x02\x02\0xy", data(0x01)),
    radiotap([0x40000002], b"\x10\0\x00\x03\x7f\0\xff\xff", fcs(data(0x01))),
    radiotap([0x10000002], b"\x10\0\0\0\x21\0\x04\0abcd", fcs(data(0x01))),
    radiotap([1], b"\0" * 3, data(0x01)),
    radiotap([0x80000000] * 40, b"", data(0x01)),
    radiotap([0], b"", data(0x01), length=5),
    radiotap([0], b"", data(0x01), version=1),
    radiotap([0], b"", length=60),
    radiotap([0], b"", fcs(control(13, (A,))))[:6],
    b"",
])


def ppi(dlt, fields, payload, flags=0, length=None):
    return struct.pack("<BBHI", 0, flags, 8 + len(fields) if length is None else length, dlt) + fields + payload


def ppi_field(kind, value, length=None):
    return struct.pack("<HH", kind, len(value) if length is None else length) + value


heard = ppi_field(2, struct.pack("<QHHHHBBbb", 1, 1, 108, 2437, 0xA0, 0, 0, -40, -90))
out("ppi", 192, [
    ppi(105, heard, fcs(data(0x01))),
    ppi(1, ppi_field(8, b"\x01\0\0\0"), ether(datagram)),
    ppi(1, ppi_field(9, b"\x01\0\0\0\0\0\0\0"), fcs(ether(datagram))),
    ppi(1, ppi_field(30002, b"gps") + b"\0" + ppi_field(6, b"1234"), ether(datagram), flags=1),
    ppi(113, b"", b"\0\0\0\x01\0\x06" + A + b"\0\0\x08\0" + datagram),
    ppi(101, b"", datagram),
    ppi(9999, b"", b"unknown"),
    ppi(99999, b"", b"unknown"),
    ppi(1, ppi_field(8, b"\x01\0\0\0", 90), ether(datagram)),
    ppi(1, b"", ether(datagram), length=3),
    ppi(1, b"", b"", length=70),
    (ppi(105, heard, fcs(data(0x01)))[:20], 120),
    b"\0\0\x08",
    b"",
])
avs = struct.pack("!IIQQIIIIIIiiII", 0x80211001, 64, 5, 6, 6, 11, 110, 1, 0, 2, -44, -91, 2, 1)
prism = struct.pack("<II16s", 0x44, 144, b"wlan0") + b"".join(
    struct.pack("<IHHI", did, 0, 4, value) for did, value in
    [(0x10044, 77), (0x20044, 5), (0x30044, 6), (0x40044, 7), (0x50044, 8), (0x60044, 9), (0x70044, 10), (0x80044, 4), (0x90044, 0), (0xA0044, 99)])
out("prism", 119, [
    prism + data(0x01), avs + data(0x02), struct.pack("<II16s", 0x44, 9, b"x") + data(0x01), prism[:100], (prism[:100], 200),
    struct.pack("!II", 0x80211001, 10) + b"\0" * 60, b"\0\0",
])
out("avs", 163, [avs + data(0x01), avs[:30], b""])
