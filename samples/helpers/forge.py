#!/usr/bin/env python3
"""Send good and forged packets through a packet socket.

Usage: forge.py INTERFACE MY_MAC THEIR_MAC MY_ADDRESS THEIR_ADDRESS

The other side runs a UDP echo service on port 4000. This program has an
ordinary socket on port 4001, so that echoes arrive somewhere.
"""
import socket
import struct
import sys
import time

DEV, MY_MAC, THEIR_MAC, MY_IP, THEIR_IP = sys.argv[1:6]
SPORT, DPORT = 4001, 4000


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def ones(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


SRC, DST = socket.inet_aton(MY_IP), socket.inet_aton(THEIR_IP)
ident = 0x1000


def ipv4(proto, payload, checksum_off=0, total_off=0):
    global ident
    ident += 1
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload) + total_off,
                       ident, 0x4000, 64, proto, 0, SRC, DST)
    check = (ones(head) + checksum_off) & 0xFFFF
    return head[:10] + struct.pack("!H", check) + head[12:] + payload


def udp(text, length=None, checksum=None, checksum_off=0):
    data = text.encode()
    if length is None:
        length = 8 + len(data)
    head = struct.pack("!HHHH", SPORT, DPORT, length, 0)
    pseudo = SRC + DST + struct.pack("!BBH", 0, 17, length)
    covered = (head + data)[: max(length, 8)]
    if checksum is None:
        checksum = ((ones(pseudo + covered) or 0xFFFF) + checksum_off) & 0xFFFF
    return head[:6] + struct.pack("!H", checksum) + data


def echo_request(seq, text, checksum_off=0):
    body = struct.pack("!HH", 0x4D2, seq) + text.encode()
    check = (ones(b"\x08\0\0\0" + body) + checksum_off) & 0xFFFF
    return b"\x08\0" + struct.pack("!H", check) + body


def syn(port, checksum_off=0):
    head = struct.pack("!HHIIBBHHH", 4002, port, 1000, 0, 0x50, 0x02, 1024, 0, 0)
    pseudo = SRC + DST + struct.pack("!BBH", 0, 6, len(head))
    check = (ones(pseudo + head) + checksum_off) & 0xFFFF
    return head[:16] + struct.pack("!H", check) + head[18:]


def main():
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain.bind((MY_IP, SPORT))
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((DEV, 0))
    eth = mac(THEIR_MAC) + mac(MY_MAC) + b"\x08\0"

    def send(packet, pad=0):
        frame = eth + packet
        raw.send(frame + b"\0" * max(0, pad - len(frame)))
        time.sleep(0.25)

    plain.sendto("a good datagram from an ordinary socket".encode(), (THEIR_IP, DPORT))
    time.sleep(0.25)
    send(ipv4(17, udp("this UDP checksum is wrong by one", checksum_off=1)))
    send(ipv4(17, udp("a good datagram")))
    send(ipv4(17, udp("says 200 bytes, has fewer", length=200)))
    send(ipv4(17, udp("kept|this tail is beyond the UDP length", length=8 + 4)))
    send(ipv4(17, udp("length below the header's own 8", length=5)))
    send(ipv4(17, udp("no checksum at all", checksum=0)))
    send(ipv4(17, udp("the IPv4 header checksum is wrong", ), checksum_off=0x100))
    send(ipv4(17, udp("IPv4 promises 64 bytes more"), total_off=64))
    send(ipv4(17, udp("pad")), pad=60)
    send(ipv4(1, echo_request(1, "an ICMP checksum off by one", checksum_off=1)))
    send(ipv4(1, echo_request(2, "a good echo request")))
    send(ipv4(6, syn(81, checksum_off=1)))
    send(ipv4(6, syn(81)))
    plain.sendto("the last good datagram".encode(), (THEIR_IP, DPORT))
    time.sleep(0.25)


main()
