"""QUIC: versions 1 and 2, Initials sealed as RFC 9001 says, a hello over several frames
and datagrams, packets one behind the other, Retry and Version Negotiation, short headers,
damage, what is cut short. Needs the Python package `cryptography`."""
import hashlib
import hmac
import os
import struct
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pcap import ether, ipv4, udp, write
from make_tls import ext, msg, u16, v8, v16

SALTS = {1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", 0x6B3343CF: "0dede3def700a6db819381be6e269dcbf9bd2ed9"}
RETRY = {1: ("be0c690b9f66575a1d766b54e368c84e", "461599d35d632bf2239825bb"),
         0x6B3343CF: ("8fb4b01b56ac48e260fbcbcead7ccc92", "d86969bc2d7c6d9990efb04a")}
TYPES = {1: {"initial": 0, "0rtt": 1, "handshake": 2, "retry": 3},
         0x6B3343CF: {"initial": 1, "0rtt": 2, "handshake": 3, "retry": 0}}


def expand(secret, label, size):
    info = struct.pack("!H", size) + v8(b"tls13 " + label) + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:size]


def varint(value):
    if value < 1 << 6:
        return struct.pack("!B", value)
    if value < 1 << 14:
        return struct.pack("!H", value | 1 << 14)
    return struct.pack("!I", value | 1 << 31)


def header(kind, dcid, scid, version, low=0):
    first = 0xC0 | TYPES.get(version, TYPES[1])[kind] << 4 | low
    return struct.pack("!BI", first, version) + v8(dcid) + v8(scid)


def initial(frames, dcid, scid, number=0, keys=None, client=True, version=1, token=b""):
    """keys: the connection ID that they come from, when that is not the own one."""
    secret = hmac.new(bytes.fromhex(SALTS[version]), dcid if keys is None else keys, hashlib.sha256).digest()
    secret = expand(secret, b"client in" if client else b"server in", 32)
    prefix = b"quicv2 " if version != 1 else b"quic "
    key, iv, protection = (expand(secret, prefix + name, size) for name, size in ((b"key", 16), (b"iv", 12), (b"hp", 16)))
    head = bytearray(header("initial", dcid, scid, version, 1) + varint(len(token)) + token + varint(2 + len(frames) + 16))
    at = len(head)
    head += struct.pack("!H", number)
    nonce = iv[:10] + bytes(a ^ b for a, b in zip(iv[10:], struct.pack("!H", number)))
    sealed = AESGCM(key).encrypt(nonce, frames, bytes(head))
    sample = (bytes(head) + sealed)[at + 4:at + 20]
    mask = Cipher(algorithms.AES(protection), modes.ECB()).encryptor().update(sample)
    head[0] ^= mask[0] & 0x0F
    for place, byte in enumerate(mask[1:3]):
        head[at + place] ^= byte
    return bytes(head) + sealed


def retry(dcid, scid, token, original, version=1):
    head = header("retry", dcid, scid, version) + token
    key, nonce = (bytes.fromhex(text) for text in RETRY[version])
    return head + AESGCM(key).encrypt(nonce, b"", v8(original) + head)


def crypto(data, at=0):
    return b"\6" + varint(at) + varint(len(data)) + data


def long(kind, body, dcid, scid, version=1):
    return header(kind, dcid, scid, version) + varint(len(body)) + body


def up(data, port=50000):
    return ether(ipv4(udp(data, port, 443), 17))


def down(data, port=50000):
    return ether(ipv4(udp(data, 443, port, "10.0.0.2", "10.0.0.1"), 17, "10.0.0.2", "10.0.0.1"))


extensions = (ext(0, v16(b"\0" + v16(b"www.example.kr"))) + ext(16, v16(v8(b"h3"))) + ext(43, v8(u16(0x0304)))
              + ext(57, b"\1\4\x80\0\x75\x30"))
client_hello = msg(1, u16(0x0303) + bytes(range(32)) + v8(b"") + v16(u16(0x1301)) + v8(b"\0") + v16(extensions))
server_hello = msg(2, u16(0x0303) + bytes(range(32)) + v8(b"") + u16(0x1301) + b"\0" + v16(ext(43, u16(0x0304))))
FIRST, CLIENT, SERVER = bytes.fromhex("8394c8f03e515708"), b"clnt", bytes.fromhex("f067a5502a4262b5")
SEALED = bytes(range(7, 47))
half = len(client_hello) // 2
a, b = client_hello[:half], client_hello[half:]
TWO = 0x6B3343CF
ack = b"\3\5\0\1\0\1\2\7\0\1"
close = b"\x1c" + varint(0x100 + 40) + b"\0" + v8(b"no suite")

frames = [
    # One connection: the hello in one frame, the answer, what is for the two ends alone.
    up(initial(crypto(client_hello) + b"\0" * 700, FIRST, CLIENT)),
    down(initial(b"\2\0\0\0\0" + crypto(server_hello), CLIENT, SERVER, 0, FIRST, False)
         + long("handshake", SEALED, CLIENT, SERVER) + b"\x61" + CLIENT + SEALED),
    up(long("handshake", SEALED, SERVER, CLIENT) + bytes(30)),
    up(b"\x41" + SERVER + SEALED),
    down(b"\x61" + CLIENT + SEALED),
    up(initial(ack + close, SERVER, CLIENT, 3, FIRST)),
    # The hello over two datagrams, the later half first; then sent again.
    up(initial(b"\1" + crypto(b, half) + b"\0" * 9, FIRST, b"", 1), 50001),
    up(initial(crypto(a[:20]) + crypto(a[10:], 10) + b"\0" * 9, FIRST, b"", 0), 50001),
    up(initial(crypto(client_hello), FIRST, b"", 2), 50001),
    # The same in two packets of one datagram, in any order of pieces.
    up(initial(crypto(b, half) + crypto(a[30:], 30), FIRST, b"", 0) + initial(crypto(a[:40]), FIRST, b"", 1), 50002),
    # Version 2, after Version Negotiation; early data.
    up(header("initial", FIRST, CLIENT, 0x1A2A3A4A) + b"\0" + varint(40) + SEALED, 50003),
    down(b"\xf5\0\0\0\0" + v8(CLIENT) + v8(FIRST) + struct.pack("!III", 1, TWO, 0x0A1A2A3A), 50003),
    up(initial(crypto(client_hello), FIRST, CLIENT, version=TWO) + long("0rtt", SEALED, FIRST, CLIENT, TWO), 50003),
    down(retry(CLIENT, SERVER, b"token of version 2", FIRST, TWO), 50003),
    up(initial(crypto(client_hello), SERVER, CLIENT, 1, version=TWO, token=b"token of version 2"), 50003),
    # Retry, sound and not.
    up(initial(crypto(client_hello), FIRST, CLIENT), 50004),
    down(retry(CLIENT, SERVER, b"bring this back", FIRST), 50004),
    down(retry(CLIENT, SERVER, b"bring this back", b"another"), 50004),
    # Damage: the tag, frames, a hello whose lengths do not fit, a length beyond the datagram.
    up(initial(crypto(client_hello), FIRST, b"")[:-1] + b"\0", 50005),
    down(initial(b"\2\0\0\0\0", b"", SERVER, 0, b"another", False), 50005),
    up(initial(b"\1\x1e" + b"frames of others", FIRST, b""), 50006),
    up(initial(b"\6\0\x7f\xff" + b"more than there is", FIRST, b""), 50006),
    up(initial(crypto(msg(1, client_hello[4:60])), FIRST, b""), 50007),
    up(header("initial", FIRST, b"", 1) + b"\0" + varint(4000) + SEALED, 50007),
    up(header("initial", FIRST, b"", 1) + varint(400) + SEALED, 50007),
    # An older draft's Retry; connection IDs that are too long are no QUIC.
    up(header("retry", CLIENT, FIRST, 0xFF000018) + v8(SERVER) + b"older token", 50008),
    up(header("handshake", b"d" * 21, b"", 1) + varint(40) + SEALED, 50009),
    # More packets than are told.
    up(long("handshake", SEALED[:20], b"", b"") * 20, 50010),
]
whole = initial(crypto(client_hello) + b"\0" * 700, FIRST, CLIENT)
write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "quic.pcap"), 1, frames
      + [(up(whole, 50011)[:400], len(up(whole, 50011))), (up(whole, 50012)[:55], len(up(whole, 50012)))])
