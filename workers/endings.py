"""
How a delivery ends: one table from what went wrong to what happens next. Pure.

Transient faults climb the ladder and never count towards death. A bug has eight attempts. Everything permanent is a
dead letter at once. What an ending *does* is in `harness.py`; how long a rung waits, in `shared/messaging/topology.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from shared.errors import Ambiguous, Conflict, Contended, Forbidden, Permanent, Stopped, Throttled, Transient
from shared.messaging.topology import LADDER, Role, Rung, WorkQueue

BUG_ATTEMPTS: Final = 8  # a bug may be a race that passes; a real one is dead within the hour and wakes someone
LOOK_UPS: Final = 2  # after a write of unknown outcome: once now, once after the request can no longer land
UNREACHABLE_AFTER: Final = timedelta(hours=24)


class Outcome(StrEnum):
    """How work ended well; each is acknowledged and counted."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    HELD = "held"
    WAITING = "waiting"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Attempts:
    """What an event has been through; travels in our own headers, since the broker's count prefetched messages too."""

    climbs: int = 0
    bugs: int = 0
    conflicts: int = 0
    look_ups: int = 0
    since: datetime | None = None
    """When the first attempt failed, UTC."""

    @classmethod
    def read(cls, headers: Mapping[str, object]) -> "Attempts":
        """Read the attempts from a message's headers; one that is missing or mangled counts as none."""

        def count(name: str) -> int:
            value = headers.get(f"x-fleet-{name}", 0)
            return value if isinstance(value, int) else 0

        return cls(
            climbs=count("climbs"),
            bugs=count("bugs"),
            conflicts=count("conflicts"),
            look_ups=count("look-ups"),
            since=_instant(headers.get("x-fleet-since")),
        )

    def headers(self) -> dict[str, str | int]:
        """Return the headers that carry these attempts on."""
        counts: dict[str, str | int] = {
            "x-fleet-climbs": self.climbs,
            "x-fleet-bugs": self.bugs,
            "x-fleet-conflicts": self.conflicts,
            "x-fleet-look-ups": self.look_ups,
        }
        return counts | ({"x-fleet-since": int(self.since.timestamp())} if self.since else {})


def _instant(seconds: object) -> datetime | None:
    if not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the calendar
        return None


@dataclass(frozen=True)
class Acked:
    """It ended."""

    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True)
class Climbs:
    """It waits on `rung` and comes back."""

    rung: Rung
    attempts: Attempts


@dataclass(frozen=True)
class Dies:
    """It becomes a dead letter; `reason` is for a person."""

    reason: str


Ending: TypeAlias = Acked | Climbs | Dies


def ending(  # noqa: C901, PLR0911, PLR0912 - one table, one row a kind of error: read top down
    error: Exception, attempts: Attempts, queue: WorkQueue, *, now: datetime, is_swept: bool = False
) -> Ending:
    """Decide what becomes of an event whose work raised `error`; `is_swept` says that the sweeper will tell again."""
    tried = replace(attempts, since=attempts.since or now)
    match error:
        case Stopped():
            return Acked(Outcome.WAITING, str(error))
        case Transient() | Ambiguous() if is_swept:
            return Acked(Outcome.WAITING, str(error))  # a copy a sweep on the ladder would outlive any outage
        case Contended():
            return Climbs(LADDER[0], attempts)  # someone is at it: not an attempt at all
        case Forbidden():
            return Acked(Outcome.WAITING, str(error))  # until someone mends the credential; the row stays wanted
        case Conflict() if attempts.conflicts:
            return Dies(f"the other side changed under us twice: {error}")
        case Conflict():
            return Climbs(LADDER[0], replace(tried, conflicts=1))
        case Transient() if _is_unreachable(tried, queue, now):
            return Acked(Outcome.HELD, "vendor_unreachable")
        case Throttled(retry_after=timedelta() as asked):
            return Climbs(_rung_of(asked, queue), replace(tried, climbs=tried.climbs + 1))
        case Transient():
            return Climbs(_rung(tried.climbs, queue), replace(tried, climbs=tried.climbs + 1))
        case Ambiguous() if attempts.look_ups >= LOOK_UPS:
            return Acked(Outcome.HELD, f"unknown outcome: {error}")
        case Ambiguous():
            # The first rung that outlasts a request time-out: by then the write has landed or never will.
            return Climbs(_rung(1, queue), replace(tried, look_ups=tried.look_ups + 1))
        case Permanent():
            return Dies(str(error))
        case _ if attempts.bugs + 1 >= BUG_ATTEMPTS:
            return Dies(f"bug: {type(error).__name__}")
        case _:
            return Climbs(_rung(tried.bugs, queue), replace(tried, bugs=tried.bugs + 1))


def _is_unreachable(tried: Attempts, queue: WorkQueue, now: datetime) -> bool:
    # An executor's row is swept and goes on by itself; a planner's event is all there is, and stays on the ladder.
    return queue.role is Role.EXECUTOR and tried.since is not None and now - tried.since > UNREACHABLE_AFTER


def _rung(step: int, queue: WorkQueue) -> Rung:
    return LADDER[min(step, LADDER.index(queue.highest_rung))]


def _rung_of(asked: timedelta, queue: WorkQueue) -> Rung:
    highest = LADDER.index(queue.highest_rung)
    return next((rung for rung in LADDER[: highest + 1] if rung.wait >= asked), LADDER[highest])
