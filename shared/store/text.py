"""Text that every database can hold: case K32, one NUL in a comment must not stop a batch or lose a row."""

import re
from typing import Final

import structlog

MARK: Final = "\N{REPLACEMENT CHARACTER}"

# PostgreSQL has no NUL in text, and neither database can encode half of a surrogate pair.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

log = structlog.get_logger(__name__)


def is_storable(text: str) -> bool:
    """Tell whether a store can hold every character of `text`."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """Return `text` with every character that a store cannot hold replaced by U+FFFD; the replacing is logged."""
    if is_storable(text):
        return text
    cleaned, count = _UNSTORABLE.subn(MARK, text)
    log.warning("text cleaned to be stored", characters=count, length=len(text))
    return cleaned
