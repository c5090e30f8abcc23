#!/usr/bin/env python3
"""Type a text over TCP, one key at a time, as a person at a terminal would.

Usage: type.py ADDRESS PORT

Each key is sent at once (TCP_NODELAY), and the next key waits until the
server has echoed the one before.
"""
import socket
import sys
import time

TEXT = "hello\r\n" + "안녕\r\n" + "bye\r\n"


def main():
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count, key in enumerate(TEXT):
            if key == "\n":
                continue
            sent = b"\r\n" if key == "\r" else key.encode()
            time.sleep(0.12 + 0.05 * (count % 3))
            s.sendall(sent)
            back = b""
            while len(back) < len(sent):
                piece = s.recv(64)
                if not piece:
                    sys.exit("the server hung up")
                back += piece
        time.sleep(0.3)


main()
