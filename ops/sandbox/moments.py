"""How a scenario speaks of time: "3 d", "-90 s", "sale-ends + 60 s". Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator

START: Final = "start"
"""The moment before the first step, when the world has been built."""

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_SPAN: Final = re.compile(r"(?P<sign>-?)(?P<count>\d+) (?P<unit>s|min|h|d)")
_MOMENT: Final = re.compile(r"(?P<step>[a-z0-9-]+)(?: \+ (?P<plus>\d+ (?:s|min|h|d)))?")


@dataclass(frozen=True)
class Moment:
    """A step of the scenario, or some time after it."""

    step: str
    plus: timedelta = timedelta()

    def __str__(self) -> str:
        """Return it as the scenario writes it."""
        return f"{self.step} + {self.plus.total_seconds():g} s" if self.plus else self.step


@dataclass(frozen=True)
class Happened:
    """When a step was made. It took hold at some instant between the two."""

    began: datetime
    ended: datetime


def earliest(moment: Moment, happened: Mapping[str, Happened]) -> datetime | None:
    """Return the first instant that `moment` can have been; None when its step has not been made."""
    step = happened.get(moment.step)
    return step.began + moment.plus if step else None


def latest(moment: Moment, happened: Mapping[str, Happened]) -> datetime | None:
    """Return the last instant that `moment` can have been; None when its step has not been made."""
    step = happened.get(moment.step)
    return step.ended + moment.plus if step else None


def parse_span(text: object) -> object:
    """Read "90 s", "10 min", "-3 d"; what is no text is left for pydantic to refuse. Raises ValueError."""
    if not isinstance(text, str):
        return text
    if (match := _SPAN.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no span of time such as '90 s', '10 min', '-3 d'")
    span = int(match["count"]) * _UNITS[match["unit"]]
    return -span if match["sign"] else span


def parse_moment(text: object) -> object:
    """Read "sale-ends" or "sale-ends + 60 s"; what is no text is left for pydantic to refuse. Raises ValueError."""
    if not isinstance(text, str):
        return text
    if (match := _MOMENT.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no moment such as 'sale-ends' or 'sale-ends + 60 s'")
    plus = parse_span(match["plus"]) if match["plus"] else timedelta()
    return Moment(match["step"], plus if isinstance(plus, timedelta) else timedelta())


Span = Annotated[timedelta, BeforeValidator(parse_span)]
ScenarioMoment = Annotated[Moment, BeforeValidator(parse_moment)]
