"""DNS queries and their answers: repeated, late, never, out of the blue, asked again
under a used id, over TCP and IPv6, over multicast, quoted in an ICMP error."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, over_tcp, question, record
from pcap import ether, icmp, ip, ipv4, ipv6, tcp, udp, udp6, write

OWN = b"\xc0\x0c"
FORMERR, NXDOMAIN = 1, 3
packets, times = [], []


def at(milliseconds, frame):
    times.append(milliseconds * 1000)
    packets.append(frame)


def asked(ident, name, kind=1, flags=0x0100):
    return message(ident, flags, [question(name, kind)])


def told(ident, name, kind=1, rcode=0, flags=0x8180, empty=False):
    answers = [] if rcode or empty else [record(OWN, kind, ip("192.0.2.1"))]
    return message(ident, flags | rcode, [question(name, kind)], answers)


def up(data, port=40112):
    return ether(ipv4(udp(data, port, 53), 17))


def down(data, port=40112):
    return ether(ipv4(udp(data, 53, port, src="10.0.0.2", dst="10.0.0.1"), 17, src="10.0.0.2", dst="10.0.0.1"))


# 1-5: repeated after a second; answered; the answer to the repeat too; one more, long after.
at(0, up(asked(1, "twice.example")))
at(1000, up(asked(1, "twice.example")))
at(1010, down(told(1, "twice.example")))
at(1020, down(told(1, "twice.example")))
at(9000, down(told(1, "twice.example")))
# 6-9: the id again for the same name after its answer; an answer that nobody asked for.
at(9100, up(asked(1, "twice.example")))
at(9125, down(told(1, "twice.example", rcode=NXDOMAIN)))
at(9200, down(told(7, "nobody.example")))
at(9300, up(asked(7, "nobody.example")))
# 10-13: asked again after more than five seconds, answered late.
at(10000, up(asked(2, "late.example", 28)))
at(16000, up(asked(2, "late.example", 28)))
at(22500, down(told(2, "late.example", 28, empty=True)))
at(22600, down(told(2, "late.example", 28, empty=True)))
# 14-17: two names under one id at the same time; the answers come in the order of the questions.
at(23000, up(asked(3, "first.example")))
at(23001, up(asked(3, "second.example")))
at(23010, down(told(3, "first.example")))
at(23020, down(told(3, "second.example")))
# 18-19: letters in random case; an answer that repeats no question.
at(24000, up(asked(4, "RaNdOm.ExAmPlE")))
at(24004, down(message(4, 0x8180 | FORMERR)))
# 20-22: over TCP: two questions in one segment, their answers in the other order in one.
tcp_up = over_tcp(asked(5, "a.example")) + over_tcp(asked(6, "b.example"))
tcp_down = over_tcp(told(6, "b.example")) + over_tcp(told(5, "a.example"))
at(25000, ether(ipv4(tcp(tcp_up, 40200, 53, flags=0x18, seq=1, ack=1), 6)))
at(25030, ether(ipv4(tcp(tcp_down, 53, 40200, flags=0x18, seq=1, ack=1 + len(tcp_up), src="10.0.0.2", dst="10.0.0.1"), 6,
                     src="10.0.0.2", dst="10.0.0.1")))
# 22-23: over IPv6.
at(26000, ether(ipv6(udp6(asked(8, "six.example", 28), 40300, 53), 17), 0x86DD))
at(26008, ether(ipv6(udp6(told(8, "six.example", 28, empty=True), 53, 40300, "2001:db8::2", "2001:db8::1"), 17,
                     "2001:db8::2", "2001:db8::1"), 0x86DD))
# 24-25: nobody listens: the error quotes the question, which counts once.
lost = ipv4(udp(asked(9, "refused.example"), 40400, 53), 17)
at(27000, ether(lost))
at(27001, ether(ipv4(icmp(3, 3, struct.pack("!I", 0) + lost), 1, src="10.0.0.2", dst="10.0.0.1")))
# 26-28: LLMNR: asked of all, two neighbours answer from their own addresses.
group, host = "224.0.0.252", "10.0.0.1"
at(28000, ether(ipv4(udp(asked(10, "printer", flags=0), 50000, 5355, dst=group), 17, dst=group)))
for number, neighbour in enumerate(("10.0.0.7", "10.0.0.8")):
    at(28100 + number, ether(ipv4(udp(told(10, "printer", flags=0x8000), 5355, 50000, src=neighbour, dst=host), 17,
                                  src=neighbour, dst=host)))
# 29-30: multicast DNS: asked of all, told to all.
group = "224.0.0.251"
at(29000, ether(ipv4(udp(asked(0, "printer.local", flags=0), 5353, 5353, dst=group), 17, dst=group)))
at(29050, ether(ipv4(udp(message(0, 0x8400, answers=[record("printer.local", 1, ip("10.0.0.7"))]), 5353, 5353,
                         src="10.0.0.7", dst=group), 17, src="10.0.0.7", dst=group)))
# 31-33: the truth is not cut off: never answered; asked just before the end; "answered" by the asker itself.
at(30000, up(asked(11, "never.example")))
at(39000, up(asked(12, "last.example")))
at(39100, up(told(12, "last.example")))

write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.pcap"), 1, packets, times)
