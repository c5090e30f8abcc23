"""HTTP: requests and responses, pipelined and chunked, heads and bodies that
go on elsewhere, continuations, other ports, cut short and malformed."""
import os
from pcap import ether, ipv4, tcp, write


def to(data, sport=40000, dport=80):
    return ether(ipv4(tcp(data, sport, dport, 0x18), 6))


def back(data, sport=80):
    return to(data, sport, 40000)


get = b"GET /index.html?q=1 HTTP/1.1\r\nHost: www.example.kr\r\nUser-Agent: x\r\nX-Odd:  value \r\n\r\n"
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "http.pcap"), 1, [
    to(get),
    back(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 12\r\n\r\n<p>hello</p>"),
    back(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nbegin"),
    back(b"the middle of a body"),
    to(get + b"GET /two HTTP/1.1\r\nHost: a\r\n\r\n" + b"POST /three HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
    back(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5;x=y\r\nhello\r\n1f4\r\nrest elsewhere"),
    back(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nSum: 1\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\nuntil the end"),
    back(b"HTTP/1.1 304 Not Modified\r\n\r\nbytes of nobody"),
    to(b"GET /cut HTTP/1.1\r\nHost: www.example.kr\r\nAccept: text"),
    to(b"GET /no-line-end"),
    to(b"POST / HTTP/1.1\r\nHost: odd\r\n\r\n", dport=7777),
    back(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello", 7777),
    to(b"GET one two three HTTP/1.1\nHost: x\x01y\nBad Name: 1\nno colon\n\n"),
    (to(get)[:100], 140),
    to(b"CONNECT proxy:443 HTTP/1.1\r\nHost: proxy:443\r\n\r\n", dport=3128),
    back(b"HTTP/1.1 99\r\n\r\n"),
    to(b"GET /\x1b]0;title\x07 HTTP/1.1\r\n\r\n"),
    to(b"GETTING there", dport=80),
])
