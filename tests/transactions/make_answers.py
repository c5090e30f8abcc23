"""What answers say is there and is not: lacks behind aliases, lifetimes of more than
2^31 s, what contradicts an answer before, messages that are no answers to queries, a query
that is refused."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, name as wire, question, record
from pcap import checksum, ether, ip, ipv4, udp, write

A, NS, CNAME, SOA, AAAA = 1, 2, 5, 6, 28
CLIENT, RESOLVER, AUTHORITY = "10.0.0.10", "10.0.0.53", "192.0.2.3"
packets, times, ident = [], [], [0]


def sent(data, src, dst, src_port, dst_port):
    times.append((times[-1] if times else 0) + 10_000)
    packets.append(ether(ipv4(udp(data, src_port, dst_port, src=src, dst=dst), 17, src=src, dst=dst)))


def told(name, kind=A, answers=(), authority=(), additional=(), flags=0x8180, server=RESOLVER):
    """A question and its answer."""
    ident[0] += 1
    number, port, asked = ident[0], 40000 + ident[0], question(wire(name), kind)
    sent(message(number, flags & 0x7900, [asked]), CLIENT, server, port, 53)
    sent(message(number, flags, [asked], answers, authority, additional), server, CLIENT, 53, port)


def a(name, last, ttl=300):
    return record(wire(name), A, ip("198.51.100.%d" % last), ttl=ttl)


def alias(name, to):
    return record(wire(name), CNAME, wire(to), ttl=100)


def soa(zone, ttl=50):
    data = wire("ns." + zone) + wire("admin." + zone) + struct.pack("!5I", 1, 2, 3, 4, 60)
    return record(wire(zone), SOA, data, ttl=ttl)


# What is not there is the last of the aliases (RFC 2308, 2.1 and 2.2; RFC 6604).
told("www.kr", AAAA, [alias("www.kr", "cdn.kr"), alias("cdn.kr", "real.kr")], [soa("kr")])
told("old.kr", A, [alias("old.kr", "gone.kr")], [soa("kr")], flags=0x8183)
told("plain.kr", AAAA, [], [soa("kr")])
told("missing.kr", A, [], [soa("kr")], flags=0x8183)
# A resolver that leaves the SOA out: there is nothing, and nobody may keep that.
told("bare.kr", AAAA, [alias("bare.kr", "real.kr")])
# An authority that leaves the rest to who asks: nothing is denied.
told("out.kr", A, [alias("out.kr", "elsewhere.jp")], flags=0x8400, server=AUTHORITY)
# No answers to queries: to a NOTIFY, and to a version of EDNS that the server has not.
told("kr", SOA, [], flags=0xA400, server=AUTHORITY)
told("badvers.kr", A, [], additional=[record(b"\0", 41, b"", 1232, 1 << 24)])
# More than 2^31 s are none (RFC 2181, 8).
told("huge.kr", A, [a("huge.kr", 1, 0x80000001)])
told("hugesoa.kr", A, [], [soa("kr", 0x80000001)], flags=0x8183)
# A name that comes to be, one that ceases to be, and one that gets an address.
told("new.kr", A, [], [soa("kr")], flags=0x8183)
told("new.kr", A, [a("new.kr", 2)])
told("ends.kr", A, [a("ends.kr", 3)])
told("ends.kr", AAAA, [], [soa("kr")], flags=0x8183)
told("v6.kr", A, [], [soa("kr")])
told("v6.kr", A, [a("v6.kr", 4)])
# What stands beside an answer is worth less than an answer (RFC 2181, 5.4.1).
told("ns.kr", A, [a("ns.kr", 5)])
told("other.kr", A, [a("other.kr", 6)], [record(wire("kr"), NS, wire("ns.kr"))], [a("ns.kr", 99)])

# A query that its server's host refuses, and one that nobody answers.
for name, refused in (("refused.kr", True), ("silent.kr", False)):
    ident[0] += 1
    port = 40000 + ident[0]
    sent(message(ident[0], 0x0100, [question(wire(name))]), CLIENT, RESOLVER, port, 53)
    if refused:
        quoted = packets[-1][14:42]
        error = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
        error = error[:2] + struct.pack("!H", checksum(error)) + error[4:]
        times.append(times[-1] + 1000)
        packets.append(ether(ipv4(error, 1, src=RESOLVER, dst=CLIENT)))
times.append(times[-1] + 9_000_000)
packets.append(packets[0])

here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "answers.pcap"), 1, packets, times)
