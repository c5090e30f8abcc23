"""DNS over TCP as networks and captures mangle it: segments in the wrong order, again,
around others, lost, cut off, from the middle on; and over HTTP/2 what goes on in CONTINUATION."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, over_tcp, question, record
from pcap import ether, ip, ipv4, ipv6, tcp, write

OWN = b"\xc0\x0c"
SYN, RST, PUSH, ACK = 2, 4, 0x18, 0x10
packets, times = [], []
now = 0


def asked(ident, name, kind=1):
    return over_tcp(message(ident, 0x0100, [question(name, kind)]))


def told(ident, name, texts=0):
    answers = [record(OWN, 1, ip("192.0.2.%d" % ident))]
    answers += [record(OWN, 16, b"\xc8" + bytes([97 + at % 26]) * 200) for at in range(texts)]
    return over_tcp(message(ident, 0x8180, [question(name, 1)], answers))


class Connection:
    """Its two streams; what is sent is chosen by place, in any order."""

    def __init__(self, port, handshake=True, v6=False, server=53):
        self.port, self.v6, self.server, self.streams = port, v6, server, {True: b"", False: b""}
        if handshake:
            self.segment(True, -1, b"", flags=SYN)
            self.segment(False, -1, b"", flags=SYN | ACK)

    def segment(self, up, at, data, flags=PUSH, later=1, cut=0, acked=0):
        """later: milliseconds after the packet before; cut: bytes that the capture lacks."""
        global now
        now += later * 1000
        ports = (self.port, self.server) if up else (self.server, self.port)
        src, dst = ("2001:db8::1", "2001:db8::2") if self.v6 else ("10.0.0.1", "10.0.0.2")
        src, dst = (src, dst) if up else (dst, src)
        first, other = (1000, 5000) if up else (5000, 1000)
        if self.v6:
            frame = ether(ipv6(tcp(data, *ports, flags=flags, seq=first + at, ack=other + acked, sum=0), 6, src, dst), 0x86DD)
        else:
            frame = ether(ipv4(tcp(data, *ports, flags=flags, seq=first + at, ack=other + acked, src=src, dst=dst), 6, src, dst))
        packets.append((frame[:len(frame) - cut], len(frame)) if cut else frame)
        times.append(now)

    def sends(self, up, stream, *parts, **more):
        """The parts from:to of a stream that goes on from what it had, in this order."""
        begin = len(self.streams[up])
        self.streams[up] += stream
        for part in parts or [(0, len(stream))]:
            self.segment(up, begin + part[0], stream[part[0]:part[1]], **more)


# Three questions at once; their answers cut within the second, the second half first.
one = Connection(40001)
one.sends(True, asked(1, "one.example") + asked(2, "two.example") + asked(3, "three.example"))
answers = told(2, "two.example") + told(1, "one.example") + told(3, "three.example")
one.sends(False, answers, (60, len(answers)), (0, 60))
# The cut within a header; and a question around which the network sent everything once more.
two = Connection(40002, v6=True)
questions = asked(4, "four.example") + asked(5, "five.example")
two.sends(True, questions, (40, 50), (0, len(questions)), (0, len(questions)))
answers = told(4, "four.example") + told(5, "five.example")
first = len(told(4, "four.example"))
two.sends(False, answers, (first + 5, len(answers)), (0, first + 5), (0, first + 5), (first + 5, len(answers)))
# A long answer, the last but one segment last: it is whole 40 ms after its begin.
three = Connection(40003)
three.sends(True, asked(6, "long.example"))
answer = told(6, "long.example", 20)
three.sends(False, answer, (0, 1000), (1000, 2000), (3000, len(answer)), (2000, 3000), later=10)
# The capture begins in the middle of both.
four = Connection(40004, handshake=False)
four.sends(True, asked(7, "before.example") + asked(7, "seven.example"), (9, 10 ** 6))
four.sends(False, told(7, "before.example") + told(7, "seven.example"), (20, 10 ** 6))
# Cut off behind the first of two answers; behind the begin of one nothing else is lost.
five = Connection(40005)
five.sends(True, asked(8, "kept.example") + asked(9, "cut.example") + asked(10, "also.example"))
answers = told(8, "kept.example") + told(9, "cut.example")
five.sends(False, answers, cut=len(told(9, "cut.example")) - 4)
answer = told(10, "also.example")
five.sends(False, answer, cut=len(answer) - 30)
# The capture missed the answer; the asker has it.
six = Connection(40006)
six.sends(True, asked(11, "missed.example"))
missed = len(told(11, "missed.example"))
six.segment(True, len(six.streams[True]), b"", flags=ACK, acked=missed)
# An answer that is ended by force; a question that nobody answers.
seven = Connection(40007)
seven.sends(True, asked(12, "reset.example"))
answer = told(12, "reset.example")
seven.sends(False, answer, (0, 30))
seven.segment(False, 30, b"", flags=RST)
eight = Connection(40008)
eight.sends(True, asked(13, "silent.example"))
# Bytes that come again and are others: the first count.
nine = Connection(40009)
nine.sends(True, asked(14, "nine.example"))
nine.sends(False, told(14, "nine.example"))
forged = told(14, "nine.example").replace(ip("192.0.2.14"), ip("203.0.113.1"))
nine.segment(False, 0, forged)
# A byte a segment, every second one before the one before it.
ten = Connection(40010)
ten.sends(True, asked(15, "t.example"))
answer = told(15, "t.example")
order = [at ^ 1 for at in range(len(answer) + len(answer) % 2)]
ten.sends(False, answer, *[(at, at + 1) for at in order if at < len(answer)])
now += 6_000_000
late = Connection(40011)

write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "streams.pcap"), 1, packets, times)
