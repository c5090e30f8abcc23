"""SSDP: a search, its answer, an announcement, a goodbye; cut short, without an end, none at all."""
import os
from pcap import ether, ipv4, udp, write

GROUP = "239.255.255.250"


def to(data):
    return ether(ipv4(udp(data, 50000, 1900, dst=GROUP), 17, dst=GROUP, ttl=4), dst="01:00:5e:7f:ff:fa")


def back(data):
    return ether(ipv4(udp(data, 1900, 50000, src="10.0.0.2", dst="10.0.0.1"), 17, src="10.0.0.2", dst="10.0.0.1"))


host = b"HOST: 239.255.255.250:1900\r\n"
search = b"M-SEARCH * HTTP/1.1\r\n" + host + b"MAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ssdp.pcap"), 1, [
    to(search),
    back(b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: http://10.0.0.2/d.xml\r\n"
         b"SERVER: OS/1 UPnP/1.1 x/1\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n\r\n"),
    to(b"NOTIFY * HTTP/1.1\r\n" + host + b"NT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n\r\n"),
    to(b"NOTIFY * HTTP/1.1\r\n" + host + b"NTS: ssdp:byebye\r\n"),
    (to(search)[:90], len(to(search))),
    to(b"M-SEARCH * HTTP/1.1"),
    to(b"\0\1\2\3"),
])
