"""
Requests as a profile writes them: text and JSON with `{name}` where a value goes.

A string that is nothing but a placeholder is replaced by the value as it is, so objects and numbers stay what they are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from pydantic import JsonValue

Quoting = Literal["doubled", "backslash"]

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


def placeholders(template: JsonValue) -> Iterator[str]:
    """Yield each name that `template` uses."""
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    elif isinstance(template, list):
        for part in template:
            yield from placeholders(part)
    elif isinstance(template, dict):
        for part in template.values():
            yield from placeholders(part)


def whole_placeholder(text: str) -> str | None:
    """Return the name, if `text` is one placeholder and nothing else."""
    found = _PLACEHOLDER.fullmatch(text)
    return found[1] if found else None


def fill_json(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    """Return `template` with its placeholders replaced."""
    if isinstance(template, str):
        name = whole_placeholder(template)
        return fill_text(template, values) if name is None else values[name]
    if isinstance(template, list):
        return [fill_json(part, values) for part in template]
    if isinstance(template, dict):
        return {key: fill_json(part, values) for key, part in template.items()}
    return template


def fill_text(template: str, values: Mapping[str, JsonValue]) -> str:
    """Return `template` with its placeholders replaced by the values as text."""
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def fill_filter(template: str, values: Mapping[str, JsonValue], *, quoting: Quoting) -> str:
    """Return a filter expression. Apostrophes in values are quoted, so that no value ends its literal."""
    return fill_text(template, {name: _quoted(str(value), quoting) for name, value in values.items()})


def _quoted(value: str, quoting: Quoting) -> str:
    if quoting == "doubled":
        return value.replace("'", "''")
    return value.replace("\\", "\\\\").replace("'", "\\'")
