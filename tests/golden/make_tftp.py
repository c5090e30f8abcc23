"""TFTP: a read with options, a write, an error, requests on another port, a
bound flow's data (plain data without facts), cut short and malformed."""
import os
from pcap import ether, ipv4, udp, write


def to(data, sport=40000, dport=69):
    return ether(ipv4(udp(data, sport, dport), 17))


rrq = to(b"\0\1boot/pxe.0\0octet\0blksize\x001428\0tsize\x000\0")
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tftp.pcap"), 1, [
    rrq,
    to(b"\0\2up.txt\0NetASCII\0"),
    to(b"\0\3\0\7" + b"data block" * 3),
    to(b"\0\4\xff\xff"),
    to(b"\0\5\0\1File not found\0", 69, 40000),
    to(b"\0\6blksize\x001428\0", 69, 40000),
    to(b"\0\1odd\0octet\0", 40000, 6969),
    to(b"\0\3\0\1data without facts", 3000, 40000),
    to(b"\0\1pad\0octet\0\0\0\0"),
    (rrq[:60], len(rrq)),
    to(b"\0\1no end"),
    to(b"\0\1file\0octet\0blksize\x00512"),
    to(b"\0\4\1"),
    to(b"\0\x09what"),
    to(b"\0"),
    to(b"\0\1\x1b[2J\xe2\x80\xae\0octet\0"),
])
