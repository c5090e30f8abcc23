"""Resolvers at work: two questions for one name at once, two that share a query, a
resolver behind a forwarder, forwarders in a circle, zones whose servers are named
in each other, a resolver of which only the clients' side is seen, an alias known
from before."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, name as wire, question, record
from pcap import ether, ip, ipv4, udp, write

A, NS, CNAME, AAAA = 1, 2, 5, 28
ROOT, TLD, AUTHORITY = "192.0.2.1", "192.0.2.2", "192.0.2.3"
packets, times, now, ident = [], [], [0], [0]


def at(frame):
    now[0] += 1000
    times.append(now[0])
    packets.append(frame)


def pause():
    now[0] += 20_000_000


def sent(data, src, dst, src_port, dst_port):
    at(ether(ipv4(udp(data, src_port, dst_port, src=src, dst=dst), 17, src=src, dst=dst)))


def ask(client, server, name, kind=A, rd=False):
    """Sends a query; gives what answers it."""
    ident[0] += 1
    number, port = ident[0], 40000 + ident[0]
    asked = question(wire(name), kind)
    sent(message(number, 0x0100 if rd else 0, [asked]), client, server, port, 53)

    def answer(answers=(), authority=(), additional=(), flags=0x8080):
        flags |= 0x0100 if rd else 0
        sent(message(number, flags, [asked], answers, authority, additional), server, client, 53, port)

    return answer


def a(name, address):
    return record(wire(name), A, ip(address))


def aaaa(name):
    return record(wire(name), AAAA, bytes.fromhex("20010db8") + bytes(11) + b"\1")


def ns(zone, server):
    return record(wire(zone), NS, wire(server))


REFERRAL, AA = 0x8000, 0x8400
CLIENT, OTHER, RESOLVER = "10.0.0.10", "10.0.0.11", "10.0.0.53"

# One client asks for both addresses at once: what leads there is for both, the last two are not.
one = ask(CLIENT, RESOLVER, "www.both.example", A, rd=True)
two = ask(CLIENT, RESOLVER, "www.both.example", AAAA, rd=True)
ask(RESOLVER, ROOT, "example")([], [ns("example", "ns.example")], [a("ns.example", TLD)], REFERRAL)
ask(RESOLVER, TLD, "both.example")([], [ns("both.example", "ns.both.example")], [a("ns.both.example", AUTHORITY)], REFERRAL)
first = ask(RESOLVER, AUTHORITY, "www.both.example", A)
second = ask(RESOLVER, AUTHORITY, "www.both.example", AAAA)
second([aaaa("www.both.example")], flags=AA)
first([a("www.both.example", "198.51.100.1")], flags=AA)
one([a("www.both.example", "198.51.100.1")])
two([aaaa("www.both.example")])

# Two clients, two names of one zone: whose query for the zone it is cannot be told.
pause()
one = ask(CLIENT, RESOLVER, "a.zone.example", rd=True)
two = ask(OTHER, RESOLVER, "b.zone.example", rd=True)
ask(RESOLVER, TLD, "zone.example")([], [ns("zone.example", "ns.zone.example")], [a("ns.zone.example", AUTHORITY)], REFERRAL)
ask(RESOLVER, AUTHORITY, "a.zone.example")([a("a.zone.example", "198.51.100.2")], flags=AA)
one([a("a.zone.example", "198.51.100.2")])
ask(RESOLVER, AUTHORITY, "b.zone.example")([a("b.zone.example", "198.51.100.3")], flags=AA)
# Something else that it asks meanwhile belongs to neither.
ask(RESOLVER, AUTHORITY, "other.invalid")([], flags=AA | 3)
two([a("b.zone.example", "198.51.100.3")])

# A forwarder passes the question on to the resolver, which walks.
pause()
FORWARDER = "10.0.0.1"
one = ask(CLIENT, FORWARDER, "c.zone.example", rd=True)
two = ask(FORWARDER, RESOLVER, "c.zone.example", rd=True)
ask(RESOLVER, AUTHORITY, "c.zone.example")([a("c.zone.example", "198.51.100.4")], flags=AA)
two([a("c.zone.example", "198.51.100.4")])
one([a("c.zone.example", "198.51.100.4")])

# Two forwarders pass one question to each other until one has had enough.
pause()
LEFT, RIGHT = "10.0.1.1", "10.0.1.2"
answers = [ask(CLIENT, LEFT, "circle.example", rd=True)]
for turn in range(6):
    ends = (LEFT, RIGHT) if turn % 2 == 0 else (RIGHT, LEFT)
    answers.append(ask(*ends, "circle.example", rd=True))
for answer in reversed(answers):
    answer([], flags=0x8080 | 2)

# Two zones whose servers are named in each other: nobody can ever ask them.
pause()
one = ask(CLIENT, RESOLVER, "www.left.example", rd=True)
ask(RESOLVER, TLD, "left.example")([], [ns("left.example", "ns.right.example")], [], REFERRAL)
ask(RESOLVER, TLD, "right.example")([], [ns("right.example", "ns.left.example")], [], REFERRAL)
ask(RESOLVER, TLD, "ns.left.example")([], [ns("left.example", "ns.right.example")], [], REFERRAL)
one([], flags=0x8080 | 2)

# An alias that points to itself, and one in a circle of two.
pause()
one = ask(CLIENT, RESOLVER, "self.zone.example", rd=True)
ask(RESOLVER, AUTHORITY, "self.zone.example")([record(wire("self.zone.example"), CNAME, wire("self.zone.example"))], flags=AA)
ask(RESOLVER, AUTHORITY, "self.zone.example")(
    [record(wire("self.zone.example"), CNAME, wire("round.zone.example")),
     record(wire("round.zone.example"), CNAME, wire("self.zone.example"))], flags=AA)
ask(RESOLVER, AUTHORITY, "round.zone.example")([record(wire("round.zone.example"), CNAME, wire("self.zone.example"))], flags=AA)
one([], flags=0x8080 | 2)

# Only the client's side is seen; and the same with no answer.
pause()
ask(CLIENT, "10.0.2.53", "far.example", rd=True)([a("far.example", "198.51.100.5")])
ask(CLIENT, "10.0.2.53", "lost.example", rd=True)
pause()
# A resolver that asks nobody for it, while it asks others for somebody else's sake.
one = ask(OTHER, RESOLVER, "d.zone.example", rd=True)
two = ask(CLIENT, RESOLVER, "www.both.example", rd=True)
three = ask(RESOLVER, AUTHORITY, "d.zone.example")
two([a("www.both.example", "198.51.100.1")])
three([a("d.zone.example", "198.51.100.6")], flags=AA)
one([a("d.zone.example", "198.51.100.6")])

# A client that goes from server to server itself, as dig +trace: the first query stands for the question.
pause()
DIG, FAR = "10.0.0.12", "192.0.2.4"
ask(DIG, ROOT, "www.trace.example")([], [ns("example", "ns.nic.example")], [a("ns.nic.example", TLD)], REFERRAL)
ask(DIG, TLD, "www.trace.example")([], [ns("trace.example", "ns.trace.example")], [a("ns.trace.example", FAR)], REFERRAL)
# The same name with another type, and another name, are none of it.
ask(DIG, TLD, "www.trace.example", AAAA)([], [ns("trace.example", "ns.trace.example")], [], REFERRAL)
ask(DIG, FAR, "other.trace.example")([a("other.trace.example", "198.51.100.7")], flags=AA)
ask(DIG, FAR, "www.trace.example")([a("www.trace.example", "198.51.100.8")], flags=AA)

# Two ask the same while one query for it is open: the second waits for the first one's.
pause()
one = ask(CLIENT, RESOLVER, "e.zone.example", rd=True)
three = ask(RESOLVER, AUTHORITY, "e.zone.example")
two = ask(OTHER, RESOLVER, "e.zone.example", rd=True)
three([a("e.zone.example", "198.51.100.9")], flags=AA)
one([a("e.zone.example", "198.51.100.9")])
two([a("e.zone.example", "198.51.100.9")])

here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "walks.pcap"), 1, packets, times)
