"""DNS over HTTP/2 whose messages are not in one frame of one segment: bodies in several
frames and segments, header fields of earlier packets, padding, trailers, streams that take
turns, segments twice, too early and missing, another type, and a body that is compressed."""
import base64
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from pcap import ether, ipv4, tcp, write

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, CONT = 0, 1, 3, 4, 9
END_STREAM, END_HEADERS, PADDED = 1, 4, 8
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
packets = []


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def literal(name, value, first=0x40):
    """A field in letters; name: a number of the table, or text."""
    head = bytes([first | name]) if isinstance(name, int) else bytes([first, len(name)]) + name
    return head + bytes([len(value)]) + value


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def query(text):
    return b"\0\0\x01\0\0\x01\0\0\0\0\0\0" + name(text) + b"\0\x01\0\x01"


def answer(text, host, count=1):
    record = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02"
    head = b"\0\0\x81\x80\0\x01" + struct.pack("!H", count) + b"\0\0\0\0" + name(text) + b"\0\x01\0\x01"
    return head + b"".join(record + bytes([host + number]) for number in range(count))


class Connection:
    def __init__(self, port):
        self.port, self.seq = port, {True: 1000, False: 5000}
        for up, flags in ((True, 2), (False, 0x12)):
            self.send(up, b"", flags)
            self.seq[up] += 1
        self.up(PREFACE + frame(SETTINGS, 0, 0, struct.pack("!HI", 3, 100)))
        self.down(frame(SETTINGS, 0, 0, struct.pack("!HI", 3, 128)))

    def made(self, up, data, flags=0x18, seq=None):
        seq = self.seq[up] if seq is None else seq
        ports = (self.port, 8080) if up else (8080, self.port)
        src, dst = (CLIENT, SERVER) if up else (SERVER, CLIENT)
        ack = 0 if flags == 2 else self.seq[not up]
        return ether(ipv4(tcp(data, *ports, flags, seq, ack, src=src, dst=dst), 6, src=src, dst=dst))

    def send(self, up, data, flags=0x18):
        packets.append(self.made(up, data, flags))
        self.seq[up] += len(data)

    def up(self, *segments):
        for data in segments:
            self.send(True, data)

    def down(self, *segments):
        for data in segments:
            self.send(False, data)


def cut(data, *sizes):
    """The bytes in segments of these sizes, and the rest."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


DNS = b"application/dns-message"
POST, HTTP, PATH = b"\x83\x86", 0x86, literal(4, b"/dns-query")
post = POST + PATH + literal(31, DNS)
# What the first request has put into the table: 62 the type, 63 the path.
post_again = POST + b"\xbf\xbe"
ok, ok_again = b"\x88" + literal(31, DNS), b"\x88\xbe"

# The first query and answer, each in one frame; the end of the stream comes in an empty frame.
one = Connection(40001)
one.up(frame(HEADERS, END_HEADERS, 1, post), frame(DATA, END_STREAM, 1, query("one.example")))
one.down(frame(HEADERS, END_HEADERS, 1, ok) + frame(DATA, 0, 1, answer("one.example", 1)), frame(DATA, END_STREAM, 1))
# Fields of earlier packets; three frames in two segments, the first with padding.
body = query("two.example")
one.up(frame(HEADERS, END_HEADERS, 3, post_again) + frame(DATA, PADDED, 3, b"\x02" + body[:5] + b"\0\0"),
       frame(DATA, 0, 3, body[5:9]) + frame(DATA, END_STREAM, 3, body[9:]))
# An answer of sixty records, in one frame over four segments; frames before and behind it.
long = answer("two.example", 10, 60)
one.down(*cut(frame(HEADERS, END_HEADERS, 3, ok_again) + frame(DATA, END_STREAM, 3, long)
              + frame(SETTINGS, 1, 0), 15, 400, 400))
# Header and body cut within the header of a frame and within a header block.
both = frame(HEADERS, END_HEADERS, 5, post_again + literal(b"x-trace", b"abcdef")) \
    + frame(DATA, END_STREAM, 5, query("three.example"))
one.up(*cut(both, 4, 10, 25, 1))
# 62 is x-trace now: the request names the others by other numbers.
one.up(frame(HEADERS, END_HEADERS, 7, POST + b"\xc0\xbf\xbe") + frame(DATA, END_STREAM, 7, query("four.example")))
# Two streams take turns; one ends with trailers, the other with its last byte of data.
three, four = answer("three.example", 3), answer("four.example", 4)
one.down(frame(HEADERS, END_HEADERS, 5, ok_again) + frame(HEADERS, END_HEADERS, 7, ok_again) + frame(DATA, 0, 5, three[:20]),
         frame(DATA, 0, 7, four[:7]) + frame(DATA, 0, 5, three[20:]),
         frame(HEADERS, END_HEADERS | END_STREAM, 5, literal(b"grpc-status", b"0", 0)) + frame(DATA, END_STREAM, 7, four[7:]))
# A query in the path, with a name of the table; its header block in two frames of two segments.
in_path = literal(4, b"/dns-query?dns=" + base64.urlsafe_b64encode(query("five.example")).rstrip(b"="), 0)
one.up(frame(HEADERS, END_STREAM | END_HEADERS, 9, b"\x82\x86" + in_path + b"\xbe"))
one.down(frame(HEADERS, 0, 9, b"\x88"), frame(CONT, END_HEADERS, 9, b"\xbe"), frame(DATA, END_STREAM, 9, answer("five.example", 5)))
# The end of one answer that goes on, and another answer behind it in the same segment.
again = POST + b"\xc0\xbf\xbe"
one.up(b"".join(frame(HEADERS, END_HEADERS, stream, again) + frame(DATA, END_STREAM, stream, query(text))
                for stream, text in ((11, "six.example"), (13, "seven.example"))))
one.down(*cut(frame(HEADERS, END_HEADERS, 11, ok_again) + frame(HEADERS, END_HEADERS, 13, ok_again)
              + frame(DATA, END_STREAM, 11, answer("six.example", 6)) + frame(DATA, END_STREAM, 13, answer("seven.example", 7)), 60))

# A segment twice, one too early, one in the two of them and more.
two = Connection(40002)
two.up(frame(HEADERS, END_HEADERS, 1, post))
packets.append(packets[-1])
early = list(cut(frame(DATA, 0, 1, query("early.example")[:11]) + frame(DATA, END_STREAM, 1, query("early.example")[11:]), 12, 20))
sent = [two.made(True, early[0])]
two.seq[True] += len(early[0])
sent.append(two.made(True, early[1]))
two.seq[True] += len(early[1])
sent.append(two.made(True, early[2]))
two.seq[True] += len(early[2])
packets.extend([sent[1], sent[2], sent[0], sent[1]])
reply = frame(HEADERS, END_HEADERS, 1, ok) + frame(DATA, END_STREAM, 1, answer("early.example", 1))
first, rest = reply[:40], reply[40:]
two.down(first)
packets.append(two.made(False, first[-10:] + rest, seq=two.seq[False] - 10))
two.seq[False] += len(rest)
# A segment is not in the capture: what is behind it names fields that nobody knows, and
# still is DNS by its form.
two.seq[True] += len(frame(HEADERS, END_HEADERS, 3, post_again))
two.up(frame(DATA, END_STREAM, 3, query("lost.example")))
two.down(frame(HEADERS, END_HEADERS, 3, ok_again) + frame(DATA, END_STREAM, 3, answer("lost.example", 1)))
two.up(frame(HEADERS, END_HEADERS, 5, post_again), frame(DATA, END_STREAM, 5, query("behind.example")))

# Another type, compressed, reset before its end, and never ended.
three = Connection(40003)
three.up(frame(HEADERS, END_HEADERS, 1, post[:2] + literal(31, b"text/plain")) + frame(DATA, END_STREAM, 1, query("plain.example")))
three.up(frame(HEADERS, END_HEADERS, 3, post + literal(26, b"gzip")) + frame(DATA, END_STREAM, 3, query("gzip.example")))
three.up(frame(HEADERS, END_HEADERS, 5, post), frame(DATA, 0, 5, query("reset.example")), frame(RST, 0, 5, struct.pack("!I", 8)))
three.up(frame(HEADERS, END_HEADERS, 7, post), frame(DATA, 0, 7, query("open.example")))

folder = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(folder, "doh.pcap"), 1, packets)
