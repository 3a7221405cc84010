"""Files of licences, streamed: what arrives is what was announced, or the reader is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from shared.errors import Rejected, Unavailable
from shared.vendors.http import Stream, Vendor
from shared.vendors.smintio.models import Binary

# What storages answer to a link that is over: 403 is usual (assumed, dossier 9.2.8), 400 and 401 are met too.
_LINK_OVER: Final = frozenset({400, 401, 403, 410})
_OPERATION: Final = "smintio.download"
_PART: Final = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")


class LinkExpired(Unavailable):
    """The signed link is over: ask for the licence's binaries again and use the new one."""


@dataclass(frozen=True)
class Download:
    """A file on its way."""

    chunks: Iterator[bytes] = field(repr=False)
    """Pieces of at most 64 KiB. Raises Unavailable when the file ends early, Rejected beyond the size limit."""
    length_bytes: int | None
    """How many bytes `chunks` will give; None when the server does not say."""
    starts_at: int = 0
    """Offset of the first byte: 0 when the server sends the whole file although less was asked for."""
    validator: str | None = None
    """What `if_unchanged` takes to resume this very file (a strong ETag); None when the server gives none."""


@contextmanager
def open_download(
    vendor: Vendor, binary: Binary, *, max_bytes: int, start: int = 0, if_unchanged: str | None = None
) -> Iterator[Download]:
    """
    Open the file behind the signed link of `binary`, from byte `start` if it is still the file `if_unchanged` names.

    Raises LinkExpired, Unavailable, Rejected (too large, gone, host not allowed).
    """
    headers = {"Accept-Encoding": "identity"}  # files are compressed already, and a plain length can be checked
    if start and if_unchanged:
        headers |= {"Range": f"bytes={start}-", "If-Range": if_unchanged}
    link = binary.download_url.get_secret_value()
    with vendor.stream(_OPERATION, link, headers=headers, expected={*_LINK_OVER, 416}) as stream:
        if stream.status in _LINK_OVER:
            raise LinkExpired(f"{_OPERATION}: status {stream.status}: the link is over")
        starts_at = _offset(stream, start)
        announced = _announced(stream)
        if announced is not None and starts_at + announced > max_bytes:
            raise Rejected(f"{_OPERATION}: a file of {starts_at + announced} bytes, more than {max_bytes}")
        etag = stream.headers.get("etag", "")
        yield Download(
            chunks=_verified(stream, announced, max_bytes - starts_at),
            length_bytes=None if "content-encoding" in stream.headers else announced,
            starts_at=starts_at,
            validator=etag if etag.startswith('"') else None,
        )


def _verified(stream: Stream, announced: int | None, max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in stream.chunks:
        size += len(chunk)
        if size > max_bytes:
            raise Rejected(f"{_OPERATION}: the file does not end within {max_bytes} bytes")
        yield chunk
    # Counted as received: with a content encoding the announced length is that of the encoded bytes.
    if announced is not None and stream.received() != announced:
        raise Unavailable(f"{_OPERATION}: {stream.received()} bytes of {announced} arrived")


def _announced(stream: Stream) -> int | None:
    said = stream.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def _offset(stream: Stream, asked: int) -> int:
    if stream.status == 416:
        raise Unavailable(f"{_OPERATION}: the file has no byte {asked} any more")
    if stream.status != 206:
        return 0
    part = _PART.fullmatch(stream.headers.get("content-range", ""))
    if part is None or int(part[1]) != asked:
        raise Unavailable(f"{_OPERATION}: another part of the file than asked for")
    return asked
