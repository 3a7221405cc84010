"""What may be uploaded, and the counting of it on its way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.errors import Rejected, Unavailable
from shared.vendors.trading_grid.profile import Limits

_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")  # RFC 6838, 4.2


def media_type(text: str, limits: Limits, *, name: str) -> str:
    """
    Return the type without its parameters, in lower case.

    Raises Rejected when it is no media type (a line break in it would become a header), or one that the host refuses.
    """
    found = text.partition(";")[0].strip(" ").lower()
    if not _MEDIA_TYPE.fullmatch(found):
        raise Rejected(f"{name!r}: {text[:80]!r} is not a media type")
    family = f"{found.partition('/')[0]}/*"
    if not {found, family, "*/*"} & set(limits.allowed_types):
        raise Rejected(f"{name!r} is {found}; allowed: {', '.join(limits.allowed_types)}")
    return found


@dataclass
class CountedChunks:
    """
    The pieces of a file, counted as they pass.

    Raises Rejected as soon as the file is larger than it may be, Unavailable when it ends before its announced length
    or goes on after it: the source broke off or changed.
    """

    chunks: Iterator[bytes] = field(repr=False)
    name: str
    length_bytes: int | None
    max_bytes: int
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        if self.length_bytes is not None and self.length_bytes > self.max_bytes:
            raise Rejected(f"{self.name!r} has {self.length_bytes} bytes; allowed: {self.max_bytes}")

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.sent_bytes += len(chunk)
            if self.sent_bytes > self.max_bytes:
                raise Rejected(f"{self.name!r} has more than {self.max_bytes} bytes, which is all that is allowed")
            if self.length_bytes is not None and self.sent_bytes > self.length_bytes:
                raise Unavailable(f"{self.name!r} goes on after its announced {self.length_bytes} bytes")
            if chunk:
                yield chunk
        if self.length_bytes is not None and self.sent_bytes < self.length_bytes:
            raise Unavailable(f"{self.name!r} ended after {self.sent_bytes} of {self.length_bytes} bytes")
