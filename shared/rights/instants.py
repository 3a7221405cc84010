"""
How dates and times of a licence are read: the one written rule (case K26).

* Everything is compared in UTC. An instant equal to an end is past it (dossier U23).
* A date without a time means the whole day: a right begins with the first instant of that day and ends with its last.
* Whose day? The licence's zone, where the caller knows it. Where nobody says, the strictest reading counts: a right
  ends when the day ends in the first place on Earth (UTC+14) and begins when it begins in the last (UTC-12). So
  `valid_until` 2027-01-31 ends at 2027-01-31 10:00 UTC, before midnight in every partner's zone. A date and time
  without an offset is read in the same two zones.
* An hour that a change of clocks repeats or skips is read so that the right is shorter.
* Fractions finer than a microsecond are cut off; the ends of the calendar ("never") are pulled in by a year, so that
  adding a margin or a zone cannot overflow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from typing import Final

FIRST_TO_END: Final = timezone(timedelta(hours=14))
LAST_TO_BEGIN: Final = timezone(timedelta(hours=-12))
EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9998, 12, 31, tzinfo=UTC)

_LAST_DAY: Final = date.max - timedelta(days=1)


class Edge(Enum):
    """Which end of a right an instant is; the strictest reading depends on it."""

    BEGINS = "begins"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant in UTC, and whether it is known which zone was meant."""

    at: datetime
    has_zone: bool


def read_instant(text: str, edge: Edge, zone: tzinfo | None = None) -> Instant:
    """Read an RFC 3339 date or date and time; `zone` is the licence's, None if unknown. Raises ValueError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return Instant(in_utc(moment), has_zone=True)
        return Instant(_strictest(moment, edge, zone), has_zone=zone is not None)
    if edge is Edge.ENDS:
        day = min(day, _LAST_DAY) + timedelta(days=1)
    midnight = datetime.combine(day, time.min)
    return Instant(_strictest(midnight, edge, zone), has_zone=zone is not None)


def in_utc(moment: datetime) -> datetime:
    """Return an aware instant in UTC, within `EARLIEST` and `LATEST`. Raises ValueError when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    try:
        return min(max(moment.astimezone(UTC), EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if moment.year <= EARLIEST.year else LATEST


def _strictest(wall: datetime, edge: Edge, zone: tzinfo | None) -> datetime:
    pick: Callable[[Iterable[datetime]], datetime] = min if edge is Edge.ENDS else max
    if zone is None:
        zone = FIRST_TO_END if edge is Edge.ENDS else LAST_TO_BEGIN
    return pick(in_utc(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
