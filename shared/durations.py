"""Lengths of time as people write them: a whole number and a unit, such as "30 s", "5 min", "12 h" or "7 d"."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

# No "m": it is read as minutes by one half of the world and as months by the other.
UNITS: Final = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
WRITTEN_SO: Final = 'a whole number from 1 and a unit (s, min, h or d) in quotes, such as "30 s" or "5 min"'
_PARTS: Final = re.compile(r"(?P<count>[1-9][0-9]{0,5}) ?(?P<unit>[a-z]+)")


def parse_duration(text: str) -> timedelta:
    """Return the length of time that `text` states; raises ValueError when it is not written as WRITTEN_SO says."""
    parts = _PARTS.fullmatch(text.strip())
    if parts is None or (unit := UNITS.get(parts["unit"])) is None:
        raise ValueError(WRITTEN_SO)
    return int(parts["count"]) * unit


def _from_setting(found: object) -> timedelta:
    if isinstance(found, timedelta):
        return found
    try:
        return parse_duration(found if isinstance(found, str) else "")
    except ValueError as fault:
        raise PydanticCustomError("duration", WRITTEN_SO) from fault


Duration = Annotated[timedelta, BeforeValidator(_from_setting)]
"""A setting that holds a length of time; what a person writes is more than none."""
