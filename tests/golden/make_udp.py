"""UDP: good, bad, absent and partial checksums, wrong lengths, cut short."""
import os
from pcap import ether, ipv4, ipv6, ones_sum, ip, udp, write
import struct

pseudo = ones_sum(ip("10.0.0.1") + ip("10.0.0.2") + struct.pack("!HH", 17, 13))
full = ether(ipv4(udp(b"hello", 4000, 4001), 17))
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "udp.pcap"), 1, [
    full,
    ether(ipv4(udp(b"hello", 4000, 4001, sum=0x1234), 17)),
    ether(ipv4(udp(b"hello", 4000, 4001, sum=0), 17)),
    ether(ipv4(udp(b"hello", 4000, 4001, sum=pseudo), 17)),
    ether(ipv4(udp(b"hello", 4000, 4001, length=200), 17)),
    ether(ipv4(udp(b"hello", 4000, 4001, length=4), 17)),
    ether(ipv4(udp(b"hello", 4000, 4001, length=10), 17)),
    (full[:44], 60),
    (full[:30], 60),
    ether(ipv4(b"\0" * 16, 17, flags=0x2000)),
    # Over IPv6 only tunnels may do without a checksum.
    ether(ipv6(udp(b"hello", 4000, 4001, sum=0), 17), 0x86DD),
    ether(ipv6(udp(struct.pack("!II", 0x0800_0000, 42 << 8) + full, 4000, 4789, sum=0), 17), 0x86DD),
])
