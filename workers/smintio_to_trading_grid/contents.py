"""What a document shows: which bytes of which licence, under which name, and how they get from vendor to vendor."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Self

from shared.errors import Conflict
from shared.transfer import Carried, carry
from shared.vendors.smintio.models import Binary
from shared.vendors.trading_grid.port import Blob, Document
from workers.executing import STEP_WITHIN, UPLOAD_WITHIN
from workers.smintio_to_trading_grid.copies import Shelf
from workers.smintio_to_trading_grid.standing import Moved
from workers.smintio_to_trading_grid.wanted_document import CONTENT_SHA256, CONTENT_VERSION, EXTERNAL_KEY

LOOK_AGAIN_SECONDS: Final = 5.0  # while a file streams: how soon we notice that nobody wants it any more


@dataclass(frozen=True)
class Content:
    """What is known of the bytes that a document shows."""

    sha256: str | None
    size_bytes: int | None

    @classmethod
    def of(cls, carried: Carried) -> Self:
        """Say what we know of bytes that we carried ourselves."""
        return cls(carried.sha256, carried.size_bytes)


@dataclass(frozen=True)
class Upload:
    """Content in the vendor's blob store that no document shows yet."""

    blob: Blob
    carried: Carried


def upload(shelf: Shelf, binary: Binary) -> Upload:
    """Stream the file from vendor to vendor into a blob that nobody sees; raises Moved when nobody wants it more."""
    errand = shelf.errand
    errand.hold.step(UPLOAD_WITHIN)
    with errand.tenant.smintio.open_binary(binary) as download:

        def store(chunks: Iterator[bytes], mime_type: str) -> Blob:
            return shelf.trading_grid.store_blob(
                _while_wanted(shelf, chunks),
                name=name_of(shelf, binary),
                mime_type=mime_type,
                length_bytes=download.length_bytes,
            )

        blob, carried = carry(
            download.chunks,
            store,
            length_bytes=download.length_bytes,
            max_bytes=errand.tenant.settings.smintio.max_file_bytes,
        )
    errand.hold.step(STEP_WITHIN)
    if blob.size_bytes != carried.size_bytes:
        raise Conflict(f"the blob store holds {blob.size_bytes} of {carried.size_bytes} bytes")
    return Upload(blob, carried)


def known_content(shelf: Shelf, document: Document, binary: Binary) -> Content:
    """Say what is known of bytes that stand there already: an earlier hand may have died before it recorded them."""
    if shelf.row.content_version == version_of(binary):
        return Content(shelf.row.content_sha256, shelf.row.content_bytes)
    is_marked = document.properties.get(CONTENT_VERSION) == version_of(binary)
    return Content(document.properties.get(CONTENT_SHA256) if is_marked else None, document.size_bytes)


def shows(shelf: Shelf, document: Document, binary: Binary) -> bool:
    """Tell whether the document shows this binary: it says so, or its present version is one that we wrote for it."""
    if document.properties.get(CONTENT_VERSION) == version_of(binary):
        return True
    return document.version_no > 1 and shelf.has_written(content_digest(binary, document.version_no))


def version_of(binary: Binary) -> str:
    """Name the content of a binary: another file of the same licence, or a replaced one, has another name."""
    return f"{binary.uuid}:{binary.version}"


def content_digest(binary: Binary, version_no: int) -> str:
    """Return what tells our own write of this content, as that version of the document, from everything else."""
    return f"{version_of(binary)}@v{version_no}"


def name_of(shelf: Shelf, binary: Binary) -> str:
    """Name the file as the vendor recommends, with the licence in it: two assets of one folder never clash."""
    name = PurePath(binary.recommended_file_name or shelf.wanted.title)
    licence = shelf.wanted.licence
    return str(name) if licence in name.stem else f"{name.stem}_{licence}{name.suffix}"


def properties_of(shelf: Shelf, binary: Binary, sha256: str) -> dict[str, str]:
    """Return what is written on the document: for partners to read, and for us to find it again."""
    return {
        **shelf.wanted.properties,
        EXTERNAL_KEY: shelf.row.external_key,
        CONTENT_VERSION: version_of(binary),
        CONTENT_SHA256: sha256,
    }


def _while_wanted(shelf: Shelf, chunks: Iterator[bytes]) -> Iterator[bytes]:
    looked_at = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - looked_at > LOOK_AGAIN_SECONDS:
            looked_at = time.monotonic()
            if not shelf.standing.is_still_wanted():
                raise Moved
        yield chunk
