"""LLMNR: a question to the group, the answer of one host, a conflict."""
import os
from dns import message, over_tcp, question, record
from pcap import ether, ip, ipv4, tcp, udp, write

GROUP = "224.0.0.252"
asked = [question("printer")]
answered = [record("printer", 1, ip("10.0.0.2"), ttl=30)]
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "llmnr.pcap"), 1, [
    ether(ipv4(udp(message(0x4A5B, 0, asked), 50000, 5355, dst=GROUP), 17, dst=GROUP, ttl=1), dst="01:00:5e:00:00:fc"),
    ether(ipv4(udp(message(0x4A5B, 0x8000, asked, answered), 5355, 50000), 17)),
    ether(ipv4(udp(message(0x4A5B, 0x8500, asked, answered), 5355, 50000), 17)),
    ether(ipv4(udp(message(0x4A5B, 0x8000, asked, [record("printer", 1, b"\xc0\x0c", length=9)]), 5355, 50000), 17)),
    (ether(ipv4(udp(message(0x4A5B, 0, asked), 50000, 5355), 17))[:58], 67),
    ether(ipv4(tcp(over_tcp(message(0x4A5B, 0, asked)), 50000, 5355, flags=0x18), 6)),
])
