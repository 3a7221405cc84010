"""Faults that are to happen: which vendor, which operation, what, and how often."""

import random
import threading
from collections.abc import Iterator
from enum import StrEnum
from itertools import count
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

ANY: Final = "*"


class Kind(StrEnum):
    """What goes wrong."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    ERROR = "error"
    BAD_GATEWAY = "bad_gateway"
    LOGIN_PAGE = "login_page"
    EMPTY = "empty"
    LATENCY = "latency"
    TRUNCATED = "truncated"
    RESET = "reset"
    APPLIED_THEN_SILENT = "applied_then_silent"


class Fault(BaseModel):
    """One fault. It happens to matching requests, `count` times or until it is cleared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendor: str = Field(default=ANY, description="smintio, trading_grid or * for both.")
    operation: str = Field(default=ANY, description="Name of the vendor's operation, or * for all.")
    kind: Kind = Field(
        description="unauthorized 401, forbidden 403, throttled 429, error 500 with JSON, bad_gateway 502 with HTML, "
        "login_page 200 with HTML, empty 200 without a body, latency: answered late, truncated: body cut in half, "
        "reset: connection broken before anything is done, applied_then_silent: done, but never answered."
    )
    count: int | None = Field(default=None, ge=1, description="How many requests it hits; left out: until cleared.")
    rate: float = Field(default=1.0, gt=0, le=1, description="Share of the matching requests that it hits.")
    seconds: float = Field(
        default=1.0, ge=0, le=600, description="How late (latency), for how long silent, or what Retry-After asks for."
    )
    retry_after: Literal["seconds", "date", "none"] = Field(default="seconds", description="Form of Retry-After.")


class Planned(BaseModel):
    """A fault in the book, with what is left of it."""

    model_config = ConfigDict(frozen=True)

    id: int
    fault: Fault
    left: int | None


class FaultBook:
    """Says for each request whether a fault is due. Safe for threads; a seed makes rates repeatable."""

    def __init__(self, *, seed: int = 0) -> None:
        self._planned: dict[int, Planned] = {}
        self._ids: Iterator[int] = count(1)
        self._chance = random.Random(seed)  # noqa: S311 - no secret depends on it
        self._writing = threading.Lock()

    def inject(self, fault: Fault) -> Planned:
        """Plan a fault; an earlier one that also matches comes first."""
        with self._writing:
            planned = Planned(id=next(self._ids), fault=fault, left=fault.count)
            self._planned[planned.id] = planned
            return planned

    def due(self, vendor: str, operation: str) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._writing:
            for planned in self._planned.values():
                if self._meets(planned.fault, vendor, operation):
                    self._count_down(planned)
                    return planned.fault
        return None

    def listed(self) -> list[Planned]:
        """Return what is still planned, oldest first."""
        with self._writing:
            return list(self._planned.values())

    def clear(self) -> int:
        """Drop all faults and return how many there were."""
        with self._writing:
            dropped = len(self._planned)
            self._planned.clear()
            return dropped

    def _meets(self, fault: Fault, vendor: str, operation: str) -> bool:
        matches = fault.vendor in {ANY, vendor} and fault.operation in {ANY, operation}
        return matches and (fault.rate >= 1 or self._chance.random() < fault.rate)

    def _count_down(self, planned: Planned) -> None:
        if planned.left is None:
            return
        if planned.left == 1:
            del self._planned[planned.id]
        else:
            self._planned[planned.id] = planned.model_copy(update={"left": planned.left - 1})
