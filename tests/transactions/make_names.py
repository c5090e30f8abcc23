"""Names and who used them: one address under several names, asked for by several
clients; TLS that says which of them is meant, in a hello of two segments; an answer
used when its time was over, one that came too late, one that another host got;
addresses from DHCP and multicast DNS, and addresses that nobody looked up."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
from dns import message, name as wire, question, record
from pcap import ether, ip, ipv4, tcp, udp, write

A, CNAME, PTR = 1, 5, 12
ALICE, BOB, CAROL, RESOLVER = "10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.53"
SHARED, UNKNOWN, PLAIN = "198.51.100.7", "203.0.113.5", "203.0.113.6"
packets, times, now, ident = [], [], [0], [0]


def at(frame):
    now[0] += 1000
    times.append(now[0])
    packets.append(frame)


def wait(seconds):
    now[0] += seconds * 1_000_000


def datagram(data, src, dst, src_port, dst_port):
    at(ether(ipv4(udp(data, src_port, dst_port, src=src, dst=dst), 17, src=src, dst=dst)))


def look_up(client, asked, *answers, kind=A):
    ident[0] += 1
    port, what = 40000 + ident[0], question(wire(asked), kind)
    datagram(message(ident[0], 0x0100, [what]), client, RESOLVER, port, 53)
    datagram(message(ident[0], 0x8180, [what], answers), RESOLVER, client, 53, port)


def a(name, address, ttl=300):
    return record(wire(name), A, ip(address), ttl=ttl)


def connect(client, server, port, data=(), own=None):
    """A handshake, then each of `data` as a segment of the client."""
    ident[0] += 1
    own = own or 50000 + ident[0]

    def segment(flags, seq, ack, payload=b"", back=False):
        ends = (server, client, port, own) if back else (client, server, own, port)
        src, dst, src_port, dst_port = ends
        part = tcp(payload, src_port, dst_port, flags, seq, ack, src=src, dst=dst)
        at(ether(ipv4(part, 6, src=src, dst=dst)))

    segment(0x02, 1000, 0)
    segment(0x12, 5000, 1001, back=True)
    segment(0x10, 1001, 5001)
    seq = 1001
    for payload in data:
        segment(0x18, seq, 5001, payload)
        seq += len(payload)
    segment(0x10, 5001, seq, back=True)


def hello(name):
    name = name.encode()
    sni = struct.pack("!HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    padding = struct.pack("!HH", 21, 300) + bytes(300)
    extensions = padding + sni
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack("!H", len(extensions)) + extensions
    handshake = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack("!H", len(handshake)) + handshake


def dhcp(kind, op, options, yours="0.0.0.0"):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, 0x1234, 0, 0) + bytes(4) + ip(yours) + bytes(8)
    head += bytes.fromhex("020000000010") + bytes(10) + bytes(192)
    return head + b"\x63\x82\x53\x63" + bytes([53, 1, kind]) + options + b"\xff"


# A lease: the name is the client's, the address the server's.
datagram(dhcp(3, 1, b"\x0c\5Alice"), "0.0.0.0", "255.255.255.255", 68, 67)
datagram(dhcp(5, 2, b"", yours=ALICE), "10.0.0.1", ALICE, 67, 68)

# One address under three names, asked for by two clients.
edge = record(wire("www.shop.test"), CNAME, wire("edge.cdn.test"), ttl=30)
look_up(ALICE, "www.shop.test", edge, a("edge.cdn.test", SHARED))
look_up(BOB, "blog.test", a("blog.test", SHARED))
first, second = hello("www.shop.test")[:200], hello("www.shop.test")[200:]
connect(ALICE, SHARED, 443, [first, second])
connect(BOB, SHARED, 80)
connect(CAROL, SHARED, 80)
look_up(ALICE, "api.test", a("api.test", SHARED, 60))
wait(40)
# Without a word of the client its last question counts; with one, the one that fits.
datagram(b"\x40" + bytes(40), ALICE, SHARED, 51000, 443)
connect(ALICE, SHARED, 443, [hello("www.shop.test")])

# Addresses that nobody looked up; one is asked about when it was used already.
connect(ALICE, UNKNOWN, 22)
look_up(ALICE, "5.113.0.203.in-addr.arpa", record(wire("5.113.0.203.in-addr.arpa"), PTR, wire("late.test")), kind=PTR)
datagram(b"\x23" + bytes(47), ALICE, UNKNOWN, 123, 123)
connect(BOB, PLAIN, 80, [b"GET / HTTP/1.1\r\nHost: plain.test:80\r\n\r\n"])

# A name that was told to all.
datagram(message(0, 0x8400, [], [record(wire("printer.local"), A, ip("10.0.0.50"), ttl=120)]),
         "10.0.0.50", "224.0.0.251", 5353, 5353)
connect(CAROL, "10.0.0.50", 631)
# A connection back to who has a lease, and one that an alias in a circle leads nowhere.
connect(BOB, ALICE, 22)
circle = [record(wire(owner), CNAME, wire(target)) for owner, target in [("a.test", "b.test"), ("b.test", "a.test")]]
look_up(BOB, "a.test", *circle, a("stranger.test", "203.0.113.9"))
connect(BOB, "203.0.113.9", 80)

write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.pcap"), 1, packets, times)
