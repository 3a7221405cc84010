"""Bearer tokens: of service accounts, which end, and of personas, which do not."""

import secrets
import threading
import time
from collections.abc import Callable


class TokenEnded(Exception):
    """The token is none of ours, or no more."""


class TokenOffice:
    """Grants tokens and knows whose they are. Their time is the machine's own: they never follow a moved clock."""

    def __init__(self, *, lifetime_seconds: int | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._granted: dict[str, tuple[str, float | None]] = {}

    def grant(self, holder: str) -> str:
        """Return a new token of `holder`."""
        token = secrets.token_urlsafe(24)
        until = None if self._lifetime_seconds is None else self._monotonic() + self._lifetime_seconds
        with self._lock:
            self._granted[token] = (holder, until)
        return token

    def holder(self, authorization: str | None) -> str:
        """Return whose bearer token an Authorization header holds. Raises TokenEnded."""
        kind, _, token = (authorization or "").partition(" ")
        with self._lock:
            found = self._granted.get(token.strip())
        if kind.lower() != "bearer" or found is None or (found[1] is not None and self._monotonic() >= found[1]):
            raise TokenEnded
        return found[0]

    def end_all(self) -> int:
        """End every token; return how many there were."""
        with self._lock:
            ended = len(self._granted)
            self._granted.clear()
            return ended
