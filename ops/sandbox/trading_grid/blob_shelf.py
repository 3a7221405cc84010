"""Bytes on disk, written as they arrive."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from ops.sandbox.trading_grid.refusals import Refused
from ops.sandbox.trading_grid.rows import StoredBlob


class TooLarge(Refused):
    """More bytes than the host takes."""

    status = 413


class BlobShelf:
    """A folder of files, named by blob id."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    async def store(self, blob_id: str, chunks: AsyncIterator[bytes], *, mime_type: str) -> StoredBlob:
        """Write the bytes to disk, piece by piece. Raises TooLarge; what did not arrive whole is not kept."""
        path = self._folder / blob_id
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("wb") as file:  # over what an earlier run left behind
                async for chunk in self._within_limit(chunks):
                    size += len(chunk)
                    digest.update(chunk)
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return StoredBlob(blob_id, path, size, mime_type, digest.hexdigest())

    async def _within_limit(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._max_bytes:
                raise TooLarge(f"more than {self._max_bytes} bytes")
            yield chunk
