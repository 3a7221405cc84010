"""Names of documents and folders that no file system, browser or path on the partner's side can be hurt by."""

import re
import unicodedata
from typing import Final

MAX_NAME_BYTES: Final = 255  # what the usual file systems hold; the vendor's own limit is unknown (dossier 11, Q32)
_LONGEST_EXTENSION_BYTES: Final = 16  # a longer one is no extension but a dot in a sentence
_NAMELESS: Final = "unnamed"
_STAND_IN: Final = "_"

_SEPARATING: Final = frozenset('/\\:*?"<>|')
# Leading dots hide a file; trailing dots and blanks are dropped by some systems, and two names become one.
_EDGES: Final = re.compile(r"^[\s.\u200c\u200d]+|[\s.\u200c\u200d]+$")
# Whoever decodes "%2e%2e%2f" once too often must not find a path in it.
_ENCODED_BYTE: Final = re.compile(r"%(?=[0-9A-Fa-f]{2})")
_JOINERS: Final = frozenset("\u200c\u200d")  # invisible, yet part of how Persian, Hindi and emoji are written
_DEVICES: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789\u00b9\u00b2\u00b3")]
)


def safe_name(name: str) -> str:
    """
    Return `name` as it may stand in a shared folder: NFC, at most MAX_NAME_BYTES of UTF-8, its extension kept.

    Separators, control characters and lone surrogates become an underscore, invisible and direction-changing characters
    vanish, names of devices and encoded dots and slashes are disarmed, and a name of nothing becomes "unnamed". A safe
    name stays as it is.
    """
    text = unicodedata.normalize("NFC", "".join(_harmless(c) for c in unicodedata.normalize("NFC", name)))
    text = _EDGES.sub("", _ENCODED_BYTE.sub(_STAND_IN, text)) or _NAMELESS
    if text.partition(".")[0].rstrip().casefold() in _DEVICES:
        text = _STAND_IN + text
    return _shortened(text)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" and character not in _JOINERS:
        return ""
    if character in _SEPARATING or category in {"Cc", "Cs", "Zl", "Zp"} or _is_noncharacter(ord(character)):
        return _STAND_IN
    return character


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _shortened(text: str) -> str:
    if len(text.encode()) <= MAX_NAME_BYTES:
        return text
    stem, dot, extension = text.rpartition(".")
    ending = dot + extension
    if not stem or len(ending.encode()) > _LONGEST_EXTENSION_BYTES:
        stem, ending = text, ""
    room = MAX_NAME_BYTES - len(ending.encode())
    return _EDGES.sub("", stem.encode()[:room].decode(errors="ignore")) + ending
