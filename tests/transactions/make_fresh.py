"""Resolvers whose answers are fresh, kept or stale: other queries meanwhile, stale answers,
questions that join a running one, two families of addresses, aliases from memory, broken sets
and poison, a group that is asked, a resolver that gets no answers, changes that are no lookups."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, name as wire, question, record
from pcap import ether, ip, ip6, ipv4, ipv6, tcp, udp, udp6, write

A, NS, CNAME, SOA, TXT, DNAME = 1, 2, 5, 6, 16, 39
CLIENT, OTHER, RESOLVER, RESOLVER6 = "10.0.0.10", "10.0.0.11", "10.0.0.53", "2001:db8::53"
AUTHORITY, AUTHORITY6, LONE, GROUP = "192.0.2.3", "2001:db8:1::3", "10.0.0.99", "224.0.0.252"
packets, ident = [], [0]


def frame(millis, data, src, dst, sport, dport):
    if ":" in src:
        packets.append((millis, ether(ipv6(udp6(data, sport, dport, src, dst), 17, src, dst), 0x86DD)))
    else:
        packets.append((millis, ether(ipv4(udp(data, sport, dport, src=src, dst=dst), 17, src=src, dst=dst))))


def told(start, end, client, server, name, answers=(), authority=(), additional=(), kind=A, flags=None, port=None):
    """A question at one moment and its answer at another (none: never); milliseconds."""
    ident[0] += 1
    number, port, asked = ident[0], port or 20000 + ident[0], question(wire(name), kind)
    recursive = server in (RESOLVER, RESOLVER6, LONE)
    ask = flags & 0x7800 if flags else 0
    frame(start, message(number, ask | (0x0100 if recursive else 0), [asked]), client, server, port, 53)
    if end is not None:
        flags = flags or (0x8180 if recursive else 0x8400)
        frame(end, message(number, flags, [asked], answers, authority, additional), server, client, 53, port)


def a(name, ttl=300, last=7):
    return record(wire(name), A, ip("198.51.100.%d" % last), ttl=ttl)


def alias(name, to, ttl=3600, kind=CNAME):
    return record(wire(name), kind, wire(to), ttl=ttl)


def stale(code):
    return record(b"\0", 41, struct.pack("!HHH", 15, 2, code), 1232, 0)


# Known; asked for again while another client's question is worked on.
told(0, 20, CLIENT, RESOLVER, "known.kr", [a("known.kr")])
told(5, 15, RESOLVER, AUTHORITY, "known.kr", [a("known.kr")])
told(10_000, 10_500, OTHER, RESOLVER, "slow.jp", [a("slow.jp")])
told(10_001, 10_007, CLIENT, RESOLVER, "known.kr", [a("known.kr", 290)])
told(10_005, 10_400, RESOLVER, AUTHORITY, "slow.jp", [a("slow.jp")])
# Stale, as it says; as nobody answered; a name that is not there, as it says.
told(20_000, 20_020, CLIENT, RESOLVER, "stale.kr", [a("stale.kr", 5)])
told(20_005, 20_015, RESOLVER, AUTHORITY, "stale.kr", [a("stale.kr", 5)])
told(30_000, 31_800, CLIENT, RESOLVER, "stale.kr", [a("stale.kr", 30)], additional=[stale(3)])
told(30_005, None, RESOLVER, AUTHORITY, "stale.kr")
told(30_900, None, RESOLVER, AUTHORITY, "stale.kr")
told(31_900, None, RESOLVER, AUTHORITY, "stale.kr")
told(40_000, 41_800, CLIENT, RESOLVER, "known.kr", [a("known.kr", 260)])
told(40_005, None, RESOLVER, AUTHORITY, "known.kr")
soa = record(wire("kr"), SOA, wire("ns.kr") + wire("admin.kr") + struct.pack("!5I", 1, 2, 3, 4, 60), ttl=50)
told(45_000, 45_010, CLIENT, RESOLVER, "no.kr", [], [soa], [stale(19)], flags=0x8183)
# Joined.
told(50_000, 50_200, CLIENT, RESOLVER, "join.kr", [a("join.kr", 100)])
told(50_005, 50_155, RESOLVER, AUTHORITY, "join.kr", [a("join.kr", 100)])
told(50_050, 50_201, OTHER, RESOLVER, "join.kr", [a("join.kr", 100)])
# Over the other version of IP; then in part.
told(60_000, 60_050, CLIENT, RESOLVER, "six.kr", [a("six.kr")])
told(60_001, 60_021, RESOLVER6, AUTHORITY6, "six.kr", [a("six.kr")])
told(61_000, 61_050, CLIENT, RESOLVER, "www.half.kr", [a("www.half.kr")])
glue = record(wire("ns.half.kr"), 28, ip6(AUTHORITY6))
told(61_001, 61_011, RESOLVER, AUTHORITY, "www.half.kr", [], [alias("half.kr", "ns.half.kr", kind=NS)], [glue],
     flags=0x8000)
told(61_020, 61_030, RESOLVER6, AUTHORITY6, "www.half.kr", [a("www.half.kr")])
# The alias from memory, what is behind it not.
told(70_000, 70_050, CLIENT, RESOLVER, "www.shop.kr", [alias("www.shop.kr", "edge.jp"), a("edge.jp", 20)])
told(70_005, 70_015, RESOLVER, AUTHORITY, "edge.jp", [a("edge.jp", 20)])
# Of a resolver whose own queries are not seen: quicker, but ten seconds later the TTL is whole;
# tried again from another port; within a second.
told(80_000, 80_100, CLIENT, LONE, "one.kr", [a("one.kr")])
told(90_000, 90_009, CLIENT, LONE, "one.kr", [a("one.kr")])
told(91_000, 92_200, CLIENT, LONE, "two.kr", [a("two.kr")])
told(92_000, 92_100, CLIENT, LONE, "two.kr", [a("two.kr")])
told(93_000, 93_100, CLIENT, LONE, "three.kr", [a("three.kr")])
told(93_500, 93_501, CLIENT, LONE, "three.kr", [a("three.kr")])
# What does not belong leads to nothing that does.
told(95_000, 95_010, CLIENT, LONE, "www.victim.kr", [a("www.victim.kr")], [alias("other.kr", "ns.evil", kind=NS)],
     [a("ns.evil", 60)])
# Of a set in two fragments one is there.
ident[0] += 1
asked = question(wire("long.kr"), TXT)
frame(96_000, message(ident[0], 0x0100, [asked]), CLIENT, LONE, 30000, 53)
texts = [record(wire("long.kr"), TXT, bytes([200]) + bytes([97 + part]) * 200) for part in range(8)]
whole = udp(message(ident[0], 0x8180, [asked], texts), 53, 30000, src=LONE, dst=CLIENT)
packets.append((96_010, ether(ipv4(whole[:800], 17, src=LONE, dst=CLIENT, flags=0x2000, ident=77))))
packets.append((96_011, ether(ipv4(whole[800:], 17, src=LONE, dst=CLIENT, flags=100, ident=77))))
# All are asked, one answers.
asked = question(wire("winpc"), A)
frame(97_000, message(7, 0, [asked]), CLIENT, GROUP, 30001, 5355)
frame(97_010, message(7, 0x8000, [asked], [a("winpc", 30, 9)]), "10.0.0.9", CLIENT, 5355, 30001)
# Over TCP it is refused; another server has it.
told(98_000, 98_300, CLIENT, RESOLVER, "big.kr", [a("big.kr")])
told(98_001, 98_006, RESOLVER, AUTHORITY, "big.kr", flags=0x8600)
for moment, ends, flags in [(98_010, (RESOLVER, AUTHORITY, 45000, 53), 2), (98_011, (AUTHORITY, RESOLVER, 53, 45000), 0x14)]:
    src, dst, sport, dport = ends
    segment = tcp(b"", sport, dport, flags, 1000, 1001 if flags == 0x14 else 0, src=src, dst=dst)
    packets.append((moment, ether(ipv4(segment, 6, src=src, dst=dst))))
told(98_020, 98_025, RESOLVER, "192.0.2.4", "big.kr", [a("big.kr")])
# No lookups: the notice that a zone has changed, and a change.
told(99_000, 99_010, AUTHORITY, RESOLVER, "kr", kind=SOA, flags=0xA400)
ident[0] += 1
frame(99_100, message(ident[0], 0x2800, [question(wire("kr"), SOA)]), CLIENT, AUTHORITY, 30002, 53)
# Nobody answers, to the end.
told(100_000, None, CLIENT, RESOLVER, "dead.kr")
told(100_001, None, RESOLVER, AUTHORITY, "dead.kr")
told(101_001, None, RESOLVER, AUTHORITY, "dead.kr")
told(110_000, None, CLIENT, LONE, "end.kr")

packets.sort(key=lambda packet: packet[0])
here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "fresh.pcap"), 1, [data for _, data in packets], [1000 * millis for millis, _ in packets])
