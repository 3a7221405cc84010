"""Carry a file from one vendor to the other in one stream: hashed, sniffed and measured while it passes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import puremagic

from shared.errors import Rejected, Unavailable

HEAD_BYTES: Final = 4096  # enough for every signature that puremagic knows to sit at a file's start

T = TypeVar("T")


@dataclass(frozen=True)
class Carried:
    """What passed: how much, of what kind, and its checksum."""

    size_bytes: int
    sha256: str
    mime_type: str


def carry(
    chunks: Iterator[bytes],
    into: Callable[[Iterator[bytes], str], T],
    *,
    length_bytes: int | None,
    max_bytes: int,
) -> tuple[T, Carried]:
    """
    Pass `chunks` to `into(chunks, mime_type)` and return its answer with what was carried.

    Raises Unavailable when the source ends early or brings nothing although it announced bytes (a cut download is never
    taken as complete), and Rejected when it is empty or longer than `max_bytes`.
    """
    first = next(chunks, b"")
    if not first:
        if length_bytes:
            raise Unavailable(f"the source announced {length_bytes} bytes and sent none")
        raise Rejected("the source file is empty")
    mime_type = sniff(first[:HEAD_BYTES])
    meter = _Meter(first, chunks, length_bytes, max_bytes)
    answer = into(meter, mime_type)
    return answer, Carried(meter.size_bytes, meter.digest.hexdigest(), mime_type)


def sniff(head: bytes) -> str:
    """Return the real type of a file by its first bytes, whatever its name says; octet-stream when unknown."""
    try:
        matches = puremagic.magic_string(head)
    except puremagic.PureError:
        return "application/octet-stream"
    return next((match.mime_type for match in matches if match.mime_type), "application/octet-stream")


class _Meter(Iterator[bytes]):
    """Counts and hashes what passes, and ends in an error rather than early."""

    def __init__(self, first: bytes, rest: Iterator[bytes], length_bytes: int | None, max_bytes: int) -> None:
        self._next: bytes | None = first
        self._rest = rest
        self._length_bytes = length_bytes
        self._max_bytes = max_bytes
        self.size_bytes = 0
        self.digest = hashlib.sha256()

    def __next__(self) -> bytes:
        chunk = self._next if self._next is not None else next(self._rest, None)
        self._next = None
        if chunk is None:
            if self._length_bytes is not None and self.size_bytes != self._length_bytes:
                raise Unavailable(f"the source sent {self.size_bytes} of {self._length_bytes} bytes")
            raise StopIteration
        self.size_bytes += len(chunk)
        if self.size_bytes > self._max_bytes:
            raise Rejected(f"the source file is larger than {self._max_bytes} bytes")
        self.digest.update(chunk)
        return chunk
