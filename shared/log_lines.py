"""How an event of the log becomes one line: for people on a terminal, as JSON otherwise."""

import os
import re
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST_VALUE: Final = 4_000  # characters; a partner's text may be of any length (case K38)
LONGEST_TRACEBACK: Final = 32_000
_OF_MANY_LINES: Final = frozenset({"exception", "stack"})

# Line breaks, terminal escapes, directions of writing, halves of characters: a name must not forge or garble a line.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def as_lines(*, is_terminal: bool) -> list[Processor]:
    """Return the last processors of a log, which make one line of each event."""
    if not is_terminal:
        return [_shortens, structlog.processors.JSONRenderer()]
    people = structlog.dev.ConsoleRenderer(
        colors="NO_COLOR" not in os.environ, exception_formatter=structlog.dev.plain_traceback
    )
    return [_shortens, _flattens, people]


def _shortens(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut long texts, after cleaning: a secret cut in two would not be recognised."""
    return {name: _shortened(name, value) for name, value in event.items()}


def _shortened(name: str, value: object) -> object:
    longest = LONGEST_TRACEBACK if name in _OF_MANY_LINES else LONGEST_VALUE
    if isinstance(value, list | dict) and len(written := str(value)) > longest:
        value = written
    if not isinstance(value, str) or len(value) <= longest:
        return value
    return f"{value[:longest]}... ({len(value)} characters)"


def _flattens(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what would break a line; a traceback keeps its lines, marked so that none looks like an event."""
    return {
        name: "\n".join(f"    | {_escaped(line)}" for line in str(value).split("\n"))
        if name in _OF_MANY_LINES
        else _escaped(value)
        for name, value in event.items()
    }


def _escaped(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _UNSAFE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", value)
