#!/usr/bin/env python3
"""A web server and a client that speak HTTP/3, for the sample quic.pcap: aioquic does
all of QUIC.

    quic.py server ADDRESS PORT CERTIFICATE KEY [retry]
    quic.py client ADDRESS PORT NAME ROOT VERSION [long]

With `retry` the server has every client prove its address first. VERSION is 1 or 2;
`long` makes the client's hello longer than one datagram, as that of a client with keys
against quantum computers is.
"""
import asyncio
import ssl
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicProtocolVersion

VERSIONS = {"1": QuicProtocolVersion.VERSION_1, "2": QuicProtocolVersion.VERSION_2}


class Web(QuicConnectionProtocol):
    """Answers every request; of an answer `done` gets the body."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.http = H3Connection(self._quic)
        self.done = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event):
        for heard in self.http.handle_event(event):
            if isinstance(heard, HeadersReceived) and not self._quic.configuration.is_client:
                self.http.send_headers(heard.stream_id, [(b":status", b"200"), (b"content-type", b"text/plain")])
                self.http.send_data(heard.stream_id, b"A secret page.\n", end_stream=True)
                self.transmit()
            elif isinstance(heard, DataReceived) and heard.stream_ended and not self.done.done():
                self.done.set_result(heard.data)


async def server(address, port, certificate, key, retry=""):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"], supported_versions=list(VERSIONS.values()))
    configuration.load_cert_chain(certificate, key)
    await serve(address, int(port), configuration=configuration, create_protocol=Web, retry=retry == "retry")
    print("ready", flush=True)
    await asyncio.Future()


async def client(address, port, name, root, version, length=""):
    configuration = QuicConfiguration(
        alpn_protocols=["h3"], server_name=name, verify_mode=ssl.CERT_REQUIRED, cafile=root,
        supported_versions=[VERSIONS[version]], original_version=VERSIONS[version],
        quantum_readiness_test=length == "long")
    async with connect(address, int(port), configuration=configuration, create_protocol=Web) as web:
        stream = web._quic.get_next_available_stream_id()
        web.http.send_headers(stream, [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", name.encode()),
                                       (b":path", b"/")], end_stream=True)
        web.transmit()
        print((await asyncio.wait_for(web.done, 5)).decode(), end="")


asyncio.run({"server": server, "client": client}[sys.argv[1]](*sys.argv[2:]))
