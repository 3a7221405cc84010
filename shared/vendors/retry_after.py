"""How long a vendor asks us to wait, in every form that Retry-After is really met in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = timedelta(
    hours=1
)  # beyond it the row waits in the store anyway, and a wrong header must not freeze us

# RFC 9110 knows whole seconds and dates; fractions and negative numbers are met in the wild and their meaning is plain.
_SECONDS: Final = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Wait:
    """What was asked (None: not understood) and what we grant: never less than zero, never more than LONGEST_WAIT."""

    asked: timedelta | None

    @property
    def granted(self) -> timedelta | None:
        """Return the wait to keep; None leaves it to our own backoff."""
        return None if self.asked is None else min(max(self.asked, timedelta()), LONGEST_WAIT)

    def __str__(self) -> str:
        if self.asked is None:
            return "Retry-After is not understood"
        if self.asked > LONGEST_WAIT:
            return f"asks for {self.asked}, cut to {LONGEST_WAIT}"
        return f"asks for {self.granted}"


def read_retry_after(values: Sequence[str], *, server_date: str | None) -> Wait | None:
    """
    Read the Retry-After headers of one answer; None when there is none.

    A date counts from the server's own Date header, so that our clock's error does not matter; without one, from our
    clock. Of several headers the longest readable one counts.
    """
    if not values:
        return None
    readable = [wait for value in values if (wait := _read(value.strip(), server_date)) is not None]
    return Wait(max(readable, default=None))


def _read(value: str, server_date: str | None) -> timedelta | None:
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=float(value))
    if (until := _instant(value)) is None:
        return None
    return until - ((_instant(server_date) if server_date else None) or datetime.now(UTC))


def _instant(value: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
