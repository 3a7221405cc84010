"""The filter and sort expressions of the vendor's lists, as far as its samples show them (dossier 2.2)."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from ops.sandbox.trading_grid.refusals import Refused
from shared.vendors.trading_grid.selectors import select
from shared.vendors.trading_grid.templates import Quoting

Item = Mapping[str, object]
Test = Callable[[Item], bool]

_FIELD: Final = r"(?:LOWER\((?P<lowered>[\w.]+)\)|(?P<plain>[\w.]+))"
# What may stand between two apostrophes, and what of it stands for the character after the first.
_LITERALS: Final[dict[Quoting, tuple[str, re.Pattern[str]]]] = {
    "doubled": (r"(?:''|[^'])*", re.compile(r"'(')")),
    "backslash": (r"(?:\\.|[^'\\])*", re.compile(r"\\(.)", re.DOTALL)),
}
_AND: Final = re.compile(r"\s+and\s+")


def parse_filter(text: str, *, quoting: Quoting) -> Test:
    """
    Return whether an item passes `text`: `eq` and `like`, LOWER(), joined by `and`.

    Raises Refused for anything else.
    """
    inside, escaped = _LITERALS[quoting]
    clause = re.compile(rf"\s*{_FIELD}\s+(?P<operator>eq|like)\s+'(?P<literal>{inside})'\s*", re.DOTALL)
    tests: list[Test] = []
    position = 0
    while True:
        found = clause.match(text, position)
        if found is None:
            raise Refused(f"The filter is not understood at {text[position : position + 40]!r}")
        tests.append(_test(found, escaped.sub(r"\1", found["literal"])))
        position = found.end()
        if position == len(text):
            return lambda item: all(test(item) for test in tests)
        joined = _AND.match(text, max(position - 1, 0))
        if joined is None:
            raise Refused(f"The filter is not understood at {text[position : position + 40]!r}")
        position = joined.end()


def _test(found: re.Match[str], wanted: str) -> Test:
    field, is_lowered = found["plain"] or found["lowered"], found["lowered"] is not None

    def value(item: Item) -> str | None:
        held = select(item, field)
        return None if held is None else str(held).lower() if is_lowered else str(held)

    if found["operator"] == "eq":
        return lambda item: value(item) == wanted
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("%")), re.DOTALL)
    return lambda item: pattern.fullmatch(value(item) or "") is not None
