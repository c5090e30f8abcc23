"""DNS queries that ICMP errors answer: every reason there is, over IPv4 and IPv6, quoted in
full and by 8 bytes alone; a resolver whose servers cannot be reached; and LLMNR, whose
silence is no trouble."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, question, record
from pcap import ether, icmp, icmp6, ip, ipv4, ipv6, udp, udp6, write

OWN = b"\xc0\x0c"
SERVFAIL = 2
CLIENT, SERVER, ROUTER, FAR, NEAR = "10.0.0.1", "10.0.0.2", "10.0.0.254", "192.0.2.1", "192.0.2.2"
packets, times = [], []


def at(milliseconds, frame):
    times.append(milliseconds * 1000)
    packets.append(frame)


def asked(ident, name, kind=1, flags=0x0100):
    return message(ident, flags, [question(name, kind)])


def told(ident, name, kind=1, rcode=0, flags=0x8180):
    answers = [] if rcode else [record(OWN, kind, ip("192.0.2.80"))]
    return message(ident, flags | rcode, [question(name, kind)], answers)


def datagram(data, src, dst, sport, dport=53):
    return ipv4(udp(data, sport, dport, src=src, dst=dst), 17, src=src, dst=dst)


def error(quoted, code, by=ROUTER, to=CLIENT, kind=3, length=None):
    return ether(ipv4(icmp(kind, code, struct.pack("!I", 0) + quoted[:length]), 1, src=by, dst=to))


def error6(quoted, code, kind=1):
    src, dst = "2001:db8::ff", "2001:db8::1"
    return ether(ipv6(icmp6(kind, code, struct.pack("!I", 0) + quoted, src=src, dst=dst), 58, src=src, dst=dst), 0x86DD)


# Each reason, the port asked from telling them apart; 20 ms later the error.
reasons = [(0, "net"), (1, "host"), (2, "protocol"), (3, "port"), (9, "net-prohibited"), (10, "host-prohibited"), (13, "prohibited")]
for place, (code, name) in enumerate(reasons):
    query = datagram(asked(place + 1, f"{name}.kr"), CLIENT, SERVER, 40000 + place)
    at(100 * place, ether(query))
    at(100 * place + 20, error(query, code, by=SERVER if code == 3 else ROUTER))
for place, (code, name) in enumerate([(0, "no-route6"), (1, "prohibited6"), (3, "address6"), (4, "port6"), (5, "policy6")]):
    query = ipv6(udp6(asked(place + 20, f"{name}.kr"), 41000 + place, 53), 17)
    at(1000 + 100 * place, ether(query, 0x86DD))
    at(1020 + 100 * place, error6(query, code))
# Two questions from one port, as the C library asks them; only the second error comes.
both = [datagram(asked(30 + place, "both.kr", kind), CLIENT, SERVER, 42000) for place, kind in enumerate((1, 28))]
for query in both:
    at(2000, ether(query))
at(2020, error(both[1], 1))
# No more is quoted than 8 bytes of the datagram: the oldest that waits.
short = datagram(asked(40, "short.kr"), CLIENT, SERVER, 42001)
at(2100, ether(short))
at(2120, error(short, 3, by=SERVER, length=28))
# What is no refusal: too big for a link, on its way for too long, said of an answer.
for place, (kind, code, name) in enumerate([(3, 4, "big"), (11, 0, "circle")]):
    query = datagram(asked(50 + place, f"{name}.kr"), CLIENT, SERVER, 43000 + place)
    at(2200 + place, ether(query))
    at(2220 + place, error(query, code, kind=kind))
at(2300, ether(datagram(asked(60, "closed.kr"), CLIENT, SERVER, 43002)))
answer = datagram(told(60, "closed.kr"), SERVER, CLIENT, 53, 43002)
at(2310, ether(answer))
at(2320, error(answer, 3, by=CLIENT, to=SERVER))
# Refused, asked again from another port, and answered: one that came to nothing, one answered.
query = datagram(asked(70, "again.kr"), CLIENT, SERVER, 44000)
at(2400, ether(query))
at(2410, error(query, 3, by=SERVER))
at(2500, ether(datagram(asked(71, "again.kr"), CLIENT, SERVER, 44001)))
at(2510, ether(datagram(told(71, "again.kr"), SERVER, CLIENT, 53, 44001)))
# A resolver cannot reach the first server of a zone, and asks the second.
at(3000, ether(datagram(asked(80, "www.zone.kr"), CLIENT, SERVER, 45000)))
query = datagram(asked(81, "www.zone.kr", flags=0), SERVER, FAR, 46000)
at(3010, ether(query))
at(3030, error(query, 1, to=SERVER))
at(3040, ether(datagram(asked(82, "www.zone.kr", flags=0), SERVER, NEAR, 46001)))
at(3060, ether(datagram(told(82, "www.zone.kr", flags=0x8400), NEAR, SERVER, 53, 46001)))
at(3070, ether(datagram(told(80, "www.zone.kr"), SERVER, CLIENT, 53, 45000)))
# Nobody has that name on the link, and an answer nobody asked for: no trouble over LLMNR.
group = "224.0.0.252"
at(3100, ether(datagram(asked(90, "nobody", flags=0), CLIENT, group, 47000, 5355)))
at(3200, ether(datagram(asked(90, "nobody", flags=0), CLIENT, group, 47000, 5355)))
at(3300, ether(datagram(message(91, 0x8000, [question("stray")], [record(OWN, 1, ip("10.0.0.9"))]), SERVER, CLIENT, 5355, 47001)))
# Lost, and five seconds later one that may yet be answered.
at(3400, ether(datagram(asked(95, "lost.kr"), CLIENT, SERVER, 48000)))
# Truncated, and never asked for over TCP.
at(3500, ether(datagram(asked(97, "cut.kr"), CLIENT, SERVER, 48002)))
at(3510, ether(datagram(message(97, 0x8380, [question("cut.kr")]), SERVER, CLIENT, 53, 48002)))
at(9000, ether(datagram(asked(96, "waits.kr"), CLIENT, SERVER, 48001)))
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "refused.pcap"), 1, packets, times)
