"""A server at one TCP and one UDP port of an address, which others may share:
shared-port.py ADDRESS TCP-PORT UDP-PORT. It sends everything back."""

import socket
import sys
import threading

address, tcp_port, udp_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def bound(kind, port):
    made = socket.socket(socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((address, port))
    return made


def datagrams(receiver):
    while True:
        data, sender = receiver.recvfrom(4096)
        receiver.sendto(data, sender)


def connection(one):
    while data := one.recv(4096):
        one.sendall(data)
    one.close()


listener = bound(socket.SOCK_STREAM, tcp_port)
listener.listen(16)
threading.Thread(target=datagrams, args=(bound(socket.SOCK_DGRAM, udp_port),), daemon=True).start()
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=connection, args=(accepted,), daemon=True).start()
