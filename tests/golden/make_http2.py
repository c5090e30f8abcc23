"""HTTP/2 in clear text: every type of frame, header blocks with what the packet and
earlier packets put into the table, DNS in bodies and in paths, the change from
HTTP/1, frames that go on elsewhere, broken ones, and what is none."""
import base64
import os
import struct
from pcap import ether, ipv4, tcp, write

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONT, ALTSVC, ORIGIN, UPDATE = \
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16
END_STREAM, END_HEADERS, PADDED, PRIO = 1, 4, 8, 32


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def setting(*pairs):
    return b"".join(struct.pack("!HI", *pair) for pair in pairs)


def literal(name, value, first=0x40):
    """A field in letters; name: a number of the table, or text."""
    if isinstance(name, int):
        return bytes([first | name, len(value)]) + value
    return bytes([first, len(name)]) + name + bytes([len(value)]) + value


said = {}


def segment(data, sport, dport, src, dst):
    """The next segment of its direction."""
    seq, ack = said.get((sport, dport), 1000), said.get((dport, sport), 1000)
    said[sport, dport] = seq + len(data)
    return ether(ipv4(tcp(data, sport, dport, 0x18, seq, ack, src=src, dst=dst), 6, src=src, dst=dst))


def to(data, sport=40000, dport=8080):
    return segment(data, sport, dport, "10.0.0.1", "10.0.0.2")


def back(data, sport=8080, dport=40000):
    return segment(data, sport, dport, "10.0.0.2", "10.0.0.1")


NAME = b"\x03www\x07example\x02kr\x00"
query = b"\0\0\x01\0\0\x01\0\0\0\0\0\0" + NAME + b"\0\x01\0\x01"
answer = b"\0\0\x81\x80\0\x01\0\x01\0\0\0\0" + NAME + b"\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x07"
GET, POST, PATH, SCHEME, OK, LENGTH, TYPE = b"\x82", b"\x83", 4, b"\x86", b"\x88", 28, 31
huffman = b"\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"  # :authority: www.example.com
DNS = b"application/dns-message"
in_path = b"/dns-query?dns=" + base64.urlsafe_b64encode(query).rstrip(b"=")

packets = [
    # The connection opens.
    to(PREFACE + frame(SETTINGS, 0, 0, setting((1, 4096), (2, 0), (3, 100), (4, 65535), (5, 16384), (6, 8192), (8, 1), (9, 1)))
       + frame(WINDOW, 0, 0, struct.pack("!I", 983041))),
    back(frame(SETTINGS, 0, 0, setting((3, 128))) + frame(SETTINGS, 1, 0)),
    to(frame(SETTINGS, 1, 0) + frame(PRIORITY, 0, 3, b"\x80\0\0\0\x0f")),
    # A request with a priority and padding; the answer.
    to(frame(HEADERS, END_STREAM | END_HEADERS | PADDED | PRIO, 1,
             b"\x03\0\0\0\0\xff" + GET + SCHEME + huffman + literal(PATH, b"/index.html", 0)
             + literal(b"x-one", b"1") + literal(b"cookie", b"secret", 0x10) + b"\0\0\0")),
    back(frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\x1f" + OK + literal(TYPE, b"text/html") + literal(LENGTH, b"12"))
         + frame(DATA, END_STREAM | PADDED, 1, b"\x04<p>hello</p>" + bytes(4))),
    # Entries of this packet, and of earlier ones.
    to(frame(HEADERS, END_STREAM | END_HEADERS, 3, GET + SCHEME + b"\xbf" + literal(b"x-two", b"2") + b"\xbe" + b"\xc0"
             + b"\x7f\x00\x03new" + literal(PATH, b"/three", 0))),
    # A header block in two frames.
    to(frame(HEADERS, END_STREAM, 5, GET + SCHEME) + frame(CONT, END_HEADERS, 5, literal(PATH, b"/five", 0))),
    to(frame(HEADERS, END_STREAM, 7, GET + SCHEME + literal(PATH, b"/seven", 0)[:4])
       + frame(CONT, END_HEADERS, 7, literal(PATH, b"/seven", 0)[4:])),
    # The other frames.
    back(frame(PUSH, END_HEADERS, 1, struct.pack("!I", 2) + GET + SCHEME + literal(PATH, b"/style.css", 0))
         + frame(RST, 0, 3, struct.pack("!I", 8)) + frame(PING, 0, 0, b"abcdefgh")
         + frame(ALTSVC, 0, 0, b"\0\x11http://example.krh2=\":8000\"") + frame(ORIGIN, 0, 0, b"\0\x11http://example.kr\0\x01a")),
    to(frame(PING, 1, 0, b"abcdefgh") + frame(UPDATE, 0, 0, struct.pack("!I", 3) + b"u=1, i") + frame(0xbb, 0, 5, b"unknown")
       + frame(GOAWAY, 0, 0, struct.pack("!II", 2, 0) + b"bye")),
    # DNS: its type told, its type told elsewhere, in a path, twice.
    to(frame(HEADERS, END_HEADERS, 9, POST + SCHEME + literal(PATH, b"/dns-query", 0) + literal(TYPE, DNS))
       + frame(DATA, END_STREAM, 9, query)),
    back(frame(HEADERS, END_HEADERS, 9, OK + b"\xbe")),
    back(frame(DATA, 0, 9, answer) + frame(DATA, END_STREAM, 9)),
    to(frame(HEADERS, END_STREAM | END_HEADERS, 11, GET + SCHEME + literal(PATH, in_path, 0))
       + frame(HEADERS, END_STREAM | END_HEADERS, 13, GET + SCHEME + literal(PATH, in_path + b"&x=y", 0))),
    back(frame(HEADERS, END_HEADERS, 13, OK + literal(TYPE, DNS)) + frame(DATA, END_STREAM, 13, answer)
         + frame(HEADERS, END_HEADERS, 11, OK + literal(TYPE, b"text/plain")) + frame(DATA, END_STREAM, 11, answer)),
    to(frame(HEADERS, END_HEADERS, 15, POST + literal(TYPE, DNS)) + frame(DATA, 0, 15, query[:20]) + frame(DATA, END_STREAM, 15, query[20:])),
    # Frames that go on elsewhere.
    back(frame(DATA, 0, 1, b"x" * 100)[:60]),
    back(b"x" * 49),
    back(frame(PING, 0, 0, b"12345678") + frame(DATA, 0, 1, b"y")[:5]),
    (to(frame(HEADERS, END_HEADERS, 17, GET + literal(PATH, b"/a-long-path-of-some-length")))[:90], 120),
    # Broken.
    to(frame(SETTINGS, 0, 0, b"\0\x02\0\0\0\x07" + b"\0\x05\0\0\0\x01" + b"xyz")),
    to(frame(PING, 0, 3, b"short") + frame(WINDOW, 0, 1, bytes(4)) + frame(RST, 0, 0, b"\0\0\0\x01\0")
       + frame(PRIORITY, 0, 5, b"\0\0\0\x05\x10") + frame(GOAWAY, 0, 0, b"bye") + frame(DATA, 0, 0, b"nobody's")),
    to(frame(DATA, PADDED, 1, b"\x09abc") + frame(DATA, PADDED, 1, b"\x03a\x01\x02\x03") + frame(HEADERS, END_HEADERS | PRIO, 1, b"\0\0")),
    to(frame(HEADERS, END_HEADERS, 19, GET + b"\x80" + GET) + frame(HEADERS, END_HEADERS, 21, GET + b"\x44\x82\x00\x00")
       + frame(HEADERS, END_HEADERS, 23, GET + b"\x44\x20short") + frame(HEADERS, END_HEADERS, 25, b"\xff\xff\xff\xff\xff\xff\xff")),
    to(frame(HEADERS, 0, 27, GET) + frame(PING, 0, 0, bytes(8)) + frame(SETTINGS, 1, 0, b"\0\0\0\0\0\0")),
    to(frame(ALTSVC, 0, 0, b"\0\x30x") + frame(ORIGIN, 0, 0, b"\0\x30x")),
    # The change from HTTP/1; the flow is known by the server's settings.
    to(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", 40001, 80),
    back(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
         + frame(SETTINGS, 0, 0, setting((3, 100))) + frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x89"), 80, 40001),
    to(PREFACE + frame(SETTINGS, 0, 0), 40001, 80),
    back(frame(HEADERS, END_STREAM | END_HEADERS, 3, b"\x8d"), 80, 40001),
    # Not bound: no preface, no settings.
    to(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET), 40002, 9000),
]
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "http2.pcap"), 1, packets)
