"""A server that takes one connection with a small receive buffer and reads
nothing for a while: slow-reader.py ADDRESS PORT SECONDS. Then it reads all."""

import socket
import sys
import time

address, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((address, port))
listener.listen(1)
connection, _ = listener.accept()
time.sleep(seconds)
while connection.recv(65536):
    pass
connection.close()
