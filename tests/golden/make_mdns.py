"""Multicast DNS: questions for all and for one, service discovery, cache flush."""
import os
import struct
from dns import message, name, question, record
from pcap import ether, ip, ipv4, udp, write

GROUP = "224.0.0.251"


def packet(data):
    return ether(ipv4(udp(data, 5353, 5353, dst=GROUP), 17, dst=GROUP, ttl=255), dst="01:00:5e:00:00:fb")


instance = b"\x0bPrinter One" + b"\xc0\x0c"
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mdns.pcap"), 1, [
    packet(message(0, 0, questions=[question("_ipp._tcp.local", 12), question("host.local", 255, 0x8001)],
                   additional=[record(b"\0", 41, b"\0\4\0\2ab", klass=0x05A0)])),
    packet(message(0, 0x8400, answers=[
        record("_ipp._tcp.local", 12, instance, ttl=4500),
        record("Printer One._ipp._tcp.local", 33, struct.pack("!HHH", 0, 0, 631) + name("host.local"), klass=0x8001, ttl=120),
        record("Printer One._ipp._tcp.local", 16, b"\x09txtvers=1", klass=0x8001, ttl=4500),
        record("host.local", 1, ip("10.0.0.1"), klass=0x8001, ttl=120),
        record("host.local", 47, name("host.local") + b"\0\4\x40\0\0\x08", klass=0x8001, ttl=120)])),
    packet(b"\xe3" * 50),
    packet(message(0, 0x8400, answers=[record("host.local", 1, ip("10.0.0.1")[:3], klass=0x8001)])),
    (packet(message(0, 0, questions=[question("host.local")]))[:60], 70),
])
