"""Files of licences, and the signed links to them (dossier 4.6, 9.2.8)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ops.sandbox import media

LINK_LIFE: Final = timedelta(hours=1)  # documented: "valid for up to one hour" (dossier 4.6)


@dataclass(frozen=True)
class File:
    """One file of a licence at one version. Its bytes are made when asked for, unless they were given."""

    uuid: str
    kind: str
    name: str
    seed: str
    version: int | None = 1
    """None is shown as absent: the vendor's model allows it (dossier 4.3)."""
    culture: str | None = None
    given: bytes | None = None
    given_type: str | None = None

    @property
    def media_type(self) -> str:
        """Return the media type."""
        return self.given_type or media.KINDS[self.kind].media_type

    def content(self) -> bytes:
        """Return the bytes of this version."""
        return media.varied(self.kind, f"{self.seed} v{self.version or 1}") if self.given is None else self.given

    def replaced(self, *, content: bytes | None = None, media_type: str | None = None) -> "File":
        """Return the next version: with other bytes made, or with the bytes given."""
        return replace(self, version=(self.version or 1) + 1, given=content, given_type=media_type)


class Links:
    """Signs and checks links to files."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def query(self, licence: str, file: File, *, now: datetime) -> dict[str, str]:
        """Return the query that makes a path a link for the next hour."""
        version, until = str(file.version or 1), str(int((now + LINK_LIFE).timestamp()))
        return {"v": version, "exp": until, "sig": self._signature(licence, file.uuid, version, until)}

    def is_valid(  # noqa: PLR0913 - what a link consists of, all named
        self, licence: str, uuid: str, *, version: str, until: str, signature: str, now: datetime
    ) -> bool:
        """Return whether a link is ours and not over."""
        is_ours = hmac.compare_digest(self._signature(licence, uuid, version, until).encode(), signature.encode())
        return is_ours and now.timestamp() < int(until)

    def _signature(self, *parts: str) -> str:
        return hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
