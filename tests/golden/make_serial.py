"""Links that are neither Ethernet nor wireless: ARCNET, Cisco HDLC and SLARP,
Frame Relay, Token Ring, and what systems put before a frame: NFLOG, PKTAP,
Juniper; tags of fabrics. Each whole, cut short, malformed."""
import os
import struct
from pcap import ether, ipv4, ip, mac, udp, write

here = os.path.dirname(os.path.abspath(__file__))
A, B = mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02")
datagram = ipv4(udp(b"hello", 4000, 4001), 17)
snap = b"\xaa\xaa\x03\0\0\0\x08\0" + datagram
arp = struct.pack("!HHBBH", 7, 0x0800, 1, 4, 1) + b"\x11" + ip("10.0.0.1") + b"\0" + ip("10.0.0.2")


def out(name, link, packets):
    write(os.path.join(here, name + ".pcap"), link, packets)


def arcnet(kind, payload, split=None, sequence=7, offset=b"\xf1\0", to=0x22):
    head = b"\x11" + bytes([to]) + offset + bytes([kind])
    return head + (b"" if split is None else bytes([split]) + struct.pack("!H", sequence)) + payload


out("arcnet_linux", 129, [
    arcnet(0xF0, datagram), arcnet(0xF1, arp), arcnet(0xD4, datagram, 0), arcnet(0xD5, arp, 0, to=0), arcnet(0xD6, arp, 0),
    arcnet(0xD4, datagram, 1), arcnet(0xD4, b"the rest", 2), arcnet(0xE8, ether(datagram), 0), arcnet(0xCD, b"\x01\0bacnet"),
    arcnet(0x77, b"??", 0), arcnet(0xD4, b"", 0)[:6], (arcnet(0xD4, datagram, 0)[:6], 60), b"\x11", b"",
])
out("arcnet_bsd", 7, [
    arcnet(0xF0, datagram, offset=b""), arcnet(0xD4, datagram, 0, offset=b""),
    arcnet(0xD4, b"\xff\xff\xd4\0\0\x07" + datagram, None, offset=b"")[:3] + b"\xff\xff\xff\xd4\0\0\x07" + datagram,
    b"\x11\x22\xd4\xff\xff",
])


def slarp(kind, a, b, reliability=b"\xff\xff", more=b""):
    return b"\x8f\0\x80\x35" + struct.pack("!I", kind) + a + b + reliability + more


out("chdlc", 104, [
    b"\x0f\0\x08\0" + datagram,
    b"\x8f\0\x08\0" + datagram + b"behind",
    slarp(0, ip("0.0.0.0"), ip("0.0.0.0")), slarp(1, ip("10.0.0.1"), ip("255.255.255.252")),
    slarp(2, struct.pack("!I", 5), struct.pack("!I", 4), more=b"\0\x01\x02\x03"),
    slarp(2, struct.pack("!I", 5), struct.pack("!I", 4), b"\0\0"), slarp(9, b"", b""), slarp(2, b"", b"", b""),
    b"\x0f\0\x42\x42\x42\x42\x03" + b"\0" * 35, b"\x0f\0\xfe\xfe\x03\xfe\xfe\x03osi", b"\x0f\0\xfe\xfe", b"\x0f\0\0\x10data",
    b"\x0f\0\x99\x99data", b"\x0f\0\x81\0" + datagram, b"\x0f\0\x08", (b"\x0f\0\x08", 60), b"",
])
out("chdlc_direction", 205, [b"\x01\x0f\0\x08\0" + datagram, b"\0\x0f\0", b""])
out("chdlc_as_ppp", 50, [b"\x0f\0\x08\0" + datagram, slarp(2, struct.pack("!I", 5), struct.pack("!I", 4)), b"\x0f\x03data"])


def fr(payload, address=b"\x18\x41"):
    return address + payload


out("frame_relay", 107, [
    fr(b"\x08\0" + datagram), fr(b"\x03\xcc" + datagram), fr(b"\x03\0\x80\0\0\0\x08\0" + datagram),
    fr(b"\x03\0\x80\0\x80\xc2\0\x07" + ether(datagram)), fr(b"\x03\0\x80\0\x80\xc2\0\x09\x10\x40" + A + B + snap),
    fr(b"\x03\xcf\0\x21" + datagram), fr(b"\x03\x81clnp"), fr(b"\x03\x08q933", b"\0\x01"), fr(b"\x03\x99??"), fr(b"\x03\x80\0"),
    fr(b"\x03"), fr(b"\x08\0" + datagram, b"\x1a\x4f"), fr(b"\x03\xcc" + datagram, b"\x18\x40\x05"),
    fr(b"\x03\xcc" + datagram, b"\x18\x40\x02\x05"), fr(b"\x03\xcc" + datagram, b"\x18\x40\x02\x07"),
    fr(b"\x03\xcc" + datagram, b"\x18\x40\x02\x04\x06\x05"), fr(b"\x03\xcc" + datagram, b"\x19"),
    fr(b"\x80\x35" + b"\0\0\0\x02" + b"\0" * 8 + b"\xff\xff"), fr(b"\x22\0numbered"), fr(b"\xfe\xfe\x03\x81osi"),
    b"\x18", b"\x18\x40\x02", (b"\x18\x41\x08", 60), b"",
])
out("frame_relay_direction", 206, [b"\x01" + fr(b"\x03\xcc" + datagram), b""])


def ring(payload, control=0x40, source=A, route=b""):
    return bytes([0x10, control]) + B + (bytes([source[0] | 0x80]) + source[1:] if route else source) + route + payload


out("token_ring", 6, [
    ring(snap), ring(snap, route=b"\x06\x30\x00\x1f\x00\x20"), ring(b"monitor", 0x05), ring(b"reserved", 0x80),
    ring(snap, route=b"\xc2\x70"), ring(b"", route=b"\x1e\x30\0\x10"), ring(snap, route=b"\x07\x30\x00\x1f\x00\x20\x00"),
    ring(snap, route=b"\x00\x00"), ring(b"")[:9], (ring(snap)[:9], 70), b"",
])


def tlv(kind, value, length=None, order="<"):
    size = 4 + len(value) if length is None else length
    return struct.pack(order + "HH", size, kind) + value + b"\0" * (-len(value) % 4)


def nflog(tlvs, family=2):
    return bytes([family, 0]) + struct.pack("!H", 42) + tlvs


told = (tlv(1, b"\x08\0\x03\0") + tlv(10, b"drop\x1b[2J \0") + tlv(5, b"\0\0\0\x02") + tlv(11, b"\0\0\x03\xe8")
        + tlv(14, b"\xff\xff\xff\xff"))
out("nflog", 239, [
    nflog(told + tlv(9, datagram)), nflog(tlv(9, b"\x60" + b"\0" * 39), 10), nflog(tlv(9, b"bridged"), 7),
    nflog(tlv(1, b"\x08\0\x03\0", order=">") + tlv(9, datagram, order=">")), nflog(told + tlv(9, datagram, 900)),
    nflog(tlv(9, datagram, 3)), nflog(tlv(4, b"\0\0")), nflog(b"\x08\0\x01"), b"\x02\0", (nflog(told)[:14], 90), b"",
])


def pktap(dlt, payload, length=108, record=1):
    head = struct.pack("<III24sIIIII20sIHHI20s", length, record, dlt, b"en0", 2, 2, 14, 0, 501, b"curl\x1b[2J", 7, 6, 0, 502, b"shell")
    return head + b"\0" * (length - 108 if length < 200 else 0) + payload


out("pktap", 258, [
    pktap(1, ether(datagram)), pktap(0, b"\x02\0\0\0" + datagram), pktap(276, b"sll2"), pktap(1, ether(datagram), 120),
    pktap(1, b"", record=0), pktap(1, ether(datagram), 9000), pktap(1, ether(datagram), 20), pktap(99999, b"??"),
    pktap(1, b"")[:50], (pktap(1, ether(datagram))[:50], 150), b"",
])
out("pktap_private", 149, [pktap(9, b"\xff\x03\0\x21" + datagram), b"somebody's own", b""])


def juniper(payload, flags=0x80, tlvs=b"\x03\x01\x01\x06\x01\x0e\x01\x02\x8c\0\x04\x04\x4c\x01\0\0", length=None):
    size = len(tlvs) if length is None else length
    return b"MGC" + bytes([flags]) + (struct.pack("!H", size) + tlvs if flags & 0x80 else b"") + payload


out("juniper", 178, [
    juniper(ether(datagram)), juniper(ether(datagram), 1), juniper(struct.pack("<I", 2) + datagram, 2), juniper(b"\x09\0\0\0??", 0x82),
    juniper(ether(datagram), tlvs=b"\x02\x04ge-0\x09\x01?\x05\x00\0"), juniper(ether(datagram), tlvs=b"\x01\x09\x01"),
    juniper(b"", length=900), b"MGX\0" + ether(datagram), b"MG", (juniper(ether(datagram))[:9], 90), b"",
])
out("juniper_chdlc", 181, [juniper(b"\x0f\0\x08\0" + datagram)])
out("juniper_frelay", 180, [juniper(b"\x18\x41\x03\xcc" + datagram)])


def etag(payload, kind=0x0800):
    return ether(struct.pack("!HHBBH", 0x7005, 0x10D8, 1, 2, kind) + payload, 0x893F)


def fabric(payload, dst=b"\x02\0\x0a\x01\0\x05"):
    return dst + b"\x02\x10\x14\0\0\x07" + b"\x89\x03" + struct.pack("!H", 1 << 6 | 32) + payload


out("fabric", 1, [
    etag(datagram), etag(b"\x42\x42\x03" + b"\0" * 35, 38), etag(datagram)[:18], (etag(datagram)[:18], 90),
    fabric(ether(datagram)), fabric(ether(datagram), b"\x01\x0f\xff\xc1\x01\xc0"), fabric(b"")[:15], (fabric(b"")[:15], 90), fabric(b""),
])


addresses = B + A
out("dsa_brcm", 281, [
    addresses + b"\0\0\x20\x45\x08\0" + datagram, addresses + b"\x20\0\0\x08\0\x26\x42\x42\x03" + b"\0" * 43,
    addresses + b"\0\0", (addresses + b"\0\0", 60), addresses[:7], b"",
])
out("dsa_brcm_prepend", 282, [b"\0\0\x20\x05" + ether(datagram), b"\0\0"])
out("dsa_marvell", 284, [addresses + b"\x01\x20\x60\x07\x08\0" + datagram, addresses + b"\x20\x08\xe0\x07\x08\0" + datagram])
out("dsa_edsa", 285, [addresses + b"\xda\xda\0\0\xc0\x10\0\0\x08\0" + datagram, addresses + b"\xda\xda\0"])
out("slip", 8, [
    b"\0\x45" + b"\0" * 14 + datagram, b"\x01\x80" + b"\0" * 14 + datagram, b"\x07\x45" + b"\0" * 14 + datagram,
    b"\0\x45" + b"\0" * 14, b"\0\x45", (b"\0\x45", 60), b"",
])
