"""Writes the golden captures: little-endian microsecond pcap, made packet by
packet from the standard library. Import it from a make_*.py beside it."""
import ipaddress
import struct


def ones_sum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data):
    return ~ones_sum(data) & 0xFFFF


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return bytes(int(part) for part in text.split("."))


def ether(payload, kind=0x0800, src="02:00:00:00:00:01", dst="02:00:00:00:00:02", pad=True):
    frame = mac(dst) + mac(src) + struct.pack("!H", kind) + payload
    return frame + b"\0" * (60 - len(frame)) if pad else frame


def ipv4(payload, proto, src="10.0.0.1", dst="10.0.0.2", ttl=64, ident=1, flags=0, options=b"", length=None, tos=0):
    ihl = 5 + len(options) // 4
    total = ihl * 4 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, tos, total, ident, flags, ttl, proto, 0, ip(src), ip(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(payload, sport, dport, src="10.0.0.1", dst="10.0.0.2", length=None, sum=None):
    size = 8 + len(payload) if length is None else length
    head = struct.pack("!HHHH", sport, dport, size, 0)
    pseudo = ip(src) + ip(dst) + struct.pack("!HH", 17, size)
    value = (checksum(pseudo + head + payload) or 0xFFFF) if sum is None else sum
    return struct.pack("!HHHH", sport, dport, size, value) + payload


def tcp(payload, sport, dport, flags=0x10, seq=1000, ack=2000, window=1024, options=b"", urgent=0, src="10.0.0.1",
        dst="10.0.0.2", words=None, sum=None):
    """words: header length in units of 4 bytes, when it shall not be the right one."""
    offset = 5 + len(options) // 4 if words is None else words
    head = struct.pack("!HHIIHHHH", sport, dport, seq, ack, offset << 12 | flags, window, 0, urgent) + options
    pseudo = ip(src) + ip(dst) + struct.pack("!HH", 6, len(head) + len(payload))
    value = checksum(pseudo + head + payload) if sum is None else sum
    return head[:16] + struct.pack("!H", value) + head[18:] + payload


def ip6(text):
    return ipaddress.IPv6Address(text).packed


def ipv6(payload, proto, src="2001:db8::1", dst="2001:db8::2", hops=64, length=None, tclass=0, flow=0):
    """length: payload length, when it shall not be the right one."""
    plen = len(payload) if length is None else length
    head = struct.pack("!IHBB", 6 << 28 | tclass << 20 | flow, plen, proto, hops)
    return head + ip6(src) + ip6(dst) + payload


def udp6(payload, sport, dport, src="2001:db8::1", dst="2001:db8::2"):
    size = 8 + len(payload)
    head = struct.pack("!HHHH", sport, dport, size, 0)
    pseudo = ip6(src) + ip6(dst) + struct.pack("!II", size, 17)
    return struct.pack("!HHHH", sport, dport, size, checksum(pseudo + head + payload) or 0xFFFF) + payload


def icmp(kind, code, rest, sum=None):
    message = struct.pack("!BBH", kind, code, 0) + rest
    return struct.pack("!BBH", kind, code, checksum(message) if sum is None else sum) + rest


def icmp6(kind, code, rest, src="2001:db8::1", dst="2001:db8::2", sum=None):
    message = struct.pack("!BBH", kind, code, 0) + rest
    pseudo = ip6(src) + ip6(dst) + struct.pack("!II", len(message), 58)
    return struct.pack("!BBH", kind, code, checksum(pseudo + message) if sum is None else sum) + rest


def write(path, link, packets, times=None):
    """packets: bytes, or (bytes, length on the wire). times: of each, in microseconds
    since the first; a second apart without."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for number, packet in enumerate(packets):
            data, wire = packet if isinstance(packet, tuple) else (packet, len(packet))
            seconds, micros = (number, 1000 * number) if times is None else divmod(times[number], 1_000_000)
            out.write(struct.pack("<IIII", 1_700_000_000 + seconds, micros, len(data), wire) + data)
