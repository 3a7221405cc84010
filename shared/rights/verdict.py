"""The answer of the rights rules: what was decided, what stands behind it, and how long it holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Decision(StrEnum):
    """The three answers. An unknown is never a permission: what it leads to is policy, not law."""

    PERMIT = "permit"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """
    One thing that the licence says about the case, in one sentence.

    A reason whose decision is *permit* is a note: worth reading, but it stands against nothing.
    """

    rule: str
    """Name of the row in `rules.RULES`."""
    decision: Decision
    text: str
    term: int | None = None
    """The vendor's own number of the term; None when the reason lies outside the terms or the term has no number."""
    dimension: str | None = None
    key: str | None = None
    """The vendor's key behind the reason, exactly as it came."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a use by an audience is permitted at an instant. Refusals come first in `reasons`, then unknowns."""

    decision: Decision
    reasons: tuple[Reason, ...]
    valid_until: datetime | None
    """The next instant, in UTC, at which decision or reasons change; None when time alone changes nothing."""
