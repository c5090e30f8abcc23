#!/usr/bin/env python3
"""A very small VLAN switch: access ports on one side, one trunk on the other.

Usage: vlan-switch.py TRUNK SECONDS PORT=TAG[+TAG]...

TAG is TYPE:PRIORITY:ID, for example 8100:5:20; a second TAG after a plus sign
sits inside the first. A frame from PORT leaves on TRUNK with the tags put in;
a frame from TRUNK that carries exactly these VLAN numbers leaves on PORT with
the tags taken out. It ends by itself after SECONDS.

(The recording machine's kernel has no VLAN devices, so the tags are put in
here. The hosts behind the ports know nothing of them, as behind any switch.)
"""
import select
import socket
import struct
import sys
import time

SOL_PACKET, PACKET_AUXDATA = 263, 8
TAG_PRESENT, TPID_PRESENT = 0x10, 0x40


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.bind((name, 3))
    return s


def receive(s):
    """One frame with its outer tag, which the kernel hands over separately."""
    frame, extra, _, where = s.recvmsg(65536, 256)
    if where[2] == socket.PACKET_OUTGOING:
        return None
    for level, kind, data in extra:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
            if status & TAG_PRESENT:
                tpid = tpid if status & TPID_PRESENT else 0x8100
                frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def main():
    trunk = port(sys.argv[1])
    end = time.monotonic() + float(sys.argv[2])
    access = {}
    for word in sys.argv[3:]:
        name, tags = word.split("=")
        put_in = b""
        for tag in tags.split("+"):
            kind, prio, vid = tag.split(":")
            put_in += struct.pack("!HH", int(kind, 16), int(prio) << 13 | int(vid))
        access[port(name)] = put_in
    print("ready", flush=True)

    def numbers(tags):
        return [(kind, tci & 0xFFF) for kind, tci in struct.iter_unpack("!HH", tags)]

    while time.monotonic() < end:
        for s in select.select([trunk, *access], [], [], 0.5)[0]:
            frame = receive(s)
            if frame is None:
                continue
            if s is not trunk:
                trunk.send(frame[:12] + access[s] + frame[12:])
                continue
            for out, tags in access.items():
                there = frame[12 : 12 + len(tags)]
                if len(there) == len(tags) and numbers(there) == numbers(tags):
                    out.send(frame[:12] + frame[12 + len(tags) :])


main()
