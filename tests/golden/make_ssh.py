"""SSH: greetings, key exchange, encrypted packets, a message that goes on
elsewhere, cut short."""
import os
import struct
from pcap import ether, ipv4, tcp, write


def to(data, sport=40000, dport=22):
    return ether(ipv4(tcp(data, sport, dport, 0x18), 6))


def packet(code, payload, padding=None):
    size = 2 + len(payload)
    padding = 4 + (-(4 + size + 4)) % 8 if padding is None else padding
    return struct.pack("!IBB", size + padding, padding, code) + payload + b"\0" * padding


def names(*lists):
    return b"".join(struct.pack("!I", len(item)) + item for item in lists)


init = packet(20, bytes(range(16)) + names(b"curve25519-sha256,ext-info-c", b"ssh-ed25519", b"aes128-ctr", b"aes256-ctr",
                                           b"hmac-sha2-256", b"hmac-sha2-512", b"none", b"zlib", b"", b"") + b"\0" + b"\0" * 4)
hello = to(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + init)
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ssh.pcap"), 1, [
    to(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    hello,
    to(packet(30, b"\0\0\0\x20" + b"q" * 32)),
    to(packet(31, b"r" * 100) + packet(21, b"") + b"encrypted from here", 22, 40000),
    to(b"\x93" * 44),
    to(init[:100]),
    to(b"SSH-2.0-odd port\n", dport=2222),
    to(b"SSH-2.0-no line end"),
    (hello[:120], len(hello)),
    to(struct.pack("!IBB", 16, 200, 20) + b"x" * 14),
])
