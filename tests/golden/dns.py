"""Pieces of DNS messages for the golden captures."""
import struct


def name(text, end=b"\0"):
    """Labels of a dotted name; `end` may be a pointer."""
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + end


def question(text, kind=1, klass=1):
    return (text if isinstance(text, bytes) else name(text)) + struct.pack("!HH", kind, klass)


def record(owner, kind, data, klass=1, ttl=300, length=None):
    head = owner if isinstance(owner, bytes) else name(owner)
    return head + struct.pack("!HHIH", kind, klass, ttl, len(data) if length is None else length) + data


def message(ident=0x1234, flags=0x0100, questions=(), answers=(), authority=(), additional=(), counts=None):
    lists = (questions, answers, authority, additional)
    counts = counts or [len(entries) for entries in lists]
    return struct.pack("!HH4H", ident, flags, *counts) + b"".join(b"".join(entries) for entries in lists)


def over_tcp(data):
    return struct.pack("!H", len(data)) + data
