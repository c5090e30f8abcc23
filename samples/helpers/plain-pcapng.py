#!/usr/bin/env python3
"""Rewrite a pcapng file without the notes a recorder adds about its machine.

Usage: plain-pcapng.py IN OUT

Kept: the section header, the interfaces (name, time resolution) and every
packet, byte for byte, but put in the order of their times (a recorder that
listens on two interfaces writes them in the order in which it fetched them).
Dropped: all options of the section header (hardware, operating system,
program), interface options that describe the machine, and name resolution,
statistics and secrets blocks.
"""
import struct
import sys

SHB, IDB, EPB = 0x0A0D0D0A, 1, 6
IF_NAME, IF_TSRESOL, IF_TSOFFSET = 2, 9, 14


def options(data, endian, keep):
    out, at = b"", 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(endian + "HH", data, at)
        if code == 0:
            break
        value = data[at + 4 : at + 4 + length]
        if code in keep:
            out += struct.pack(endian + "HH", code, length)
            out += value + b"\0" * (-length % 4)
        at += 4 + length + (-length % 4)
    return out + b"\0\0\0\0" if out else b""


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    out, packets, at, endian = [], [], 0, "<"
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            endian = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, size = struct.unpack_from(endian + "II", data, at)
        if size < 12 or size % 4 or at + size > len(data):
            sys.exit("damaged block at byte %d" % at)
        body = data[at + 8 : at + size - 4]
        at += size
        if kind == SHB:
            # The section's length is given as unknown (-1), which is allowed.
            body = body[:8] + b"\xff" * 8
        elif kind == IDB:
            body = body[:8] + options(body[8:], endian, {IF_NAME, IF_TSRESOL, IF_TSOFFSET})
        elif kind != EPB:
            continue
        total = len(body) + 12
        block = struct.pack(endian + "II", kind, total) + body + struct.pack(endian + "I", total)
        if kind == EPB:
            # dumpcap gives all its interfaces the same time resolution.
            high, low = struct.unpack_from(endian + "II", body, 4)
            packets.append((high << 32 | low, len(packets), block))
        else:
            out.append(block)
    out += [block for _, _, block in sorted(packets)]
    with open(sys.argv[2], "wb") as f:
        f.write(b"".join(out))


main()
