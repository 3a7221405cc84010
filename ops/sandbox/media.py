"""Small real files, as many different ones as there are assets: varied where the format allows a remark."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

_FOLDER: Final = resources.files("ops.sandbox") / "media"


@dataclass(frozen=True)
class Kind:
    """A file format that the sandbox can make files of."""

    name: str
    media_type: str
    suffix: str
    source: str
    vary: Callable[[bytes, bytes], bytes]


def _jpeg(original: bytes, remark: bytes) -> bytes:
    after_header = 4 + struct.unpack(">H", original[4:6])[0]  # the JFIF header must stay the first segment
    comment = b"\xff\xfe" + struct.pack(">H", len(remark) + 2) + remark
    return original[:after_header] + comment + original[after_header:]


def _png(original: bytes, remark: bytes) -> bytes:
    body = b"tEXtComment\x00" + remark
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = original.rindex(b"IEND") - 4
    return original[:end] + chunk + original[end:]


def _pdf(original: bytes, remark: bytes) -> bytes:
    return original.rstrip(b"\r\n") + b"\n% " + remark + b"\n%%EOF\n"


def _mp4(original: bytes, remark: bytes) -> bytes:
    return original + struct.pack(">I", len(remark) + 8) + b"free" + remark


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("jpeg", "image/jpeg", ".jpg", "plain_v1.jpg", _jpeg),
        Kind("png", "image/png", ".png", "alpha.png", _png),
        Kind("pdf", "application/pdf", ".pdf", "tiny.pdf", _pdf),
        Kind("mp4", "video/mp4", ".mp4", "header_only.mp4", _mp4),
    )
}


def varied(kind: str, remark: str) -> bytes:
    """Return a valid file of this kind that carries `remark`, so that another remark is another file."""
    return KINDS[kind].vary(_original(KINDS[kind].source), remark.encode("ascii", "backslashreplace")[:1000])


@lru_cache(maxsize=len(KINDS))
def _original(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
