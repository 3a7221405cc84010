"""
Keep secrets out of text that people and machines read.

Two nets, since either alone has holes: the values we know to be secret, wherever they stand and however they are
written; and the places where secrets stand, whatever they hold. Hiding too much costs a detail, too little a customer.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import Final
from urllib.parse import quote, quote_plus

from pydantic import SecretBytes, SecretStr

from shared.addresses import passwords_in

HIDDEN: Final = "***"

SHORTEST_KNOWN: Final = 4  # characters; hiding shorter values everywhere would leave no readable line
MOST_KNOWN: Final = 2_000  # written forms kept; tokens rotate for ever, and the oldest stopped working long ago
DEEPEST: Final = 8  # containers within containers; what lies deeper is shown as its repr
LONGEST_TEXT: Final = 64 * 1024  # characters looked at; no line that helps anyone is longer
_EDGE: Final = 4 * 1024  # a secret that the cut tore apart is not recognised: this much before the cut is dropped, too

# A quotation that never ends is hidden to the end, since a torn text must not show its tail.
_QUOTED: Final = r"""b?"(?:[^"\\]|\\.)*"?|b?'(?:[^'\\]|\\.)*'?|\\+["'][^"'\\]*"""
_NAMES: Final = (
    r"(?:token|secret|passw(?:or)?d|passphrase|pwd|sig(?:nature)?|api[-_]?key|credential|assertion|ticket)s?"
)
_HEADERS: Final = r"(?:proxy-)?authorization|(?:set-)?cookie"
_AFTER_NAME: Final = r"""(?:\\*["'])?\s*(?:=>|[:=]|,\s*(?=b?["']))\s*"""

_USER_IN_ADDRESS: Final = re.compile(r"""(?<=://)[^\s/"'<>]*@""")
_HEADER: Final = re.compile(rf"({_HEADERS})({_AFTER_NAME})(?:{_QUOTED}|[^\r\n]*)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"""\b(bearer|basic)(\s+|%20|\+)[^\s"',;<>]+""", re.IGNORECASE)
# "token: status 401" is how our own error messages begin.
_NAMED: Final = re.compile(
    rf"""({_NAMES})({_AFTER_NAME}|%3D)(?!status\b)(?:{_QUOTED}|[^\s&"'\\,;<>)}}\]]+)""", re.IGNORECASE
)
_ELEMENT: Final = re.compile(rf"({_NAMES}\s*>)[^<]{{1,400}}", re.IGNORECASE)  # bounded, or many names take for ever
_WEB_TOKEN: Final = re.compile(r"(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*)*")
_SECRET_KEY: Final = re.compile(rf"(?:{_NAMES}|{_HEADERS})\Z", re.IGNORECASE)

_BARE_WORD: Final = re.compile(r"[\w./-]*")  # ids, names, numbers: no place for a secret, unless it is a known one

# What each expression above cannot do without.
_WORDS_OF_HEADERS: Final = ("authorization", "cookie", "bearer", "basic")
_WORDS_OF_NAMES: Final = (
    *("token", "secret", "passw", "passphrase", "pwd", "sig"),
    *("key", "credential", "assertion", "ticket"),
)
_TEXTS: Final = (str, bytes, bytearray, memoryview)  # sequences that are one value
_WRITTEN_PLAINLY: Final = (str, date, timedelta, PurePath)


class Redactor:
    """Hides secrets. One a process; safe to use from many threads."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}  # in the order in which we were told, to forget the oldest
        self._longest_first: tuple[str, ...] = ()
        self._changing = threading.Lock()

    def hide(self, secret: str) -> None:
        """Hide this value from now on, bare or as written in URLs, JSON and reprs; of an address, its passwords."""
        values = passwords_in(secret) if "://" in secret else (secret,)
        forms = {form for value in values for form in _written_forms(value) if len(form) >= SHORTEST_KNOWN}
        with self._changing:
            for form in forms:
                self._known.pop(form, None)
                self._known[form] = None
            for form in list(self._known)[:-MOST_KNOWN]:
                del self._known[form]
            self._longest_first = tuple(sorted(self._known, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Return `text` with every secret hidden."""
        if len(text) > LONGEST_TEXT:
            return self.clean(text[:LONGEST_TEXT])[:-_EDGE] + f"... ({len(text)} characters)"
        for form in self._longest_first:  # or what is left of a longer one would stay
            if form in text:
                text = text.replace(form, HIDDEN)
        if _BARE_WORD.fullmatch(text) and "eyJ" not in text:
            return text
        # Most of the rest is innocent, too, and a look for fixed words costs a tenth of the expressions.
        small = text.lower()
        if "://" in small:
            text = _USER_IN_ADDRESS.sub(f"{HIDDEN}@", text)
        if any(word in small for word in _WORDS_OF_HEADERS):
            text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
            text = _SCHEME.sub(rf"\1\2{HIDDEN}", text)
        if any(word in small for word in _WORDS_OF_NAMES):
            text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
            text = _ELEMENT.sub(rf"\1{HIDDEN}", text)
        return _WEB_TOKEN.sub(HIDDEN, text) if "eyj" in small else text

    def clean_value(self, value: object, *, depth: int = 0) -> object:
        """Return `value` as text, numbers, lists and dictionaries, every secret hidden, also by its key's name."""
        match value:
            case None | bool() | int() | float():
                return value
            case SecretStr() | SecretBytes():
                return HIDDEN
            case Mapping() if depth < DEEPEST:
                return {self.clean(str(key)): self._entry(key, entry, depth) for key, entry in value.items()}
            case Sequence() | AbstractSet() if depth < DEEPEST and not isinstance(value, _TEXTS):
                return [self.clean_value(entry, depth=depth + 1) for entry in value]
            case _:
                return self.clean(str(value) if isinstance(value, _WRITTEN_PLAINLY) else repr(value))

    def _entry(self, key: object, entry: object, depth: int) -> object:
        if isinstance(key, bytes):
            key = key.decode(errors="replace")
        if isinstance(key, str) and _names_a_secret(key) and entry is not None and not isinstance(entry, bool):
            return HIDDEN
        return self.clean_value(entry, depth=depth + 1)


@lru_cache(maxsize=1_000)  # the same few keys stand on every line
def _names_a_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _written_forms(value: str) -> set[str]:
    """Return the ways in which `value` is written in text: bare, in URLs and forms, in JSON, in a repr."""
    # A lone surrogate cannot be part of a URL, nor of a credential that ever worked.
    sound = value.encode(errors="replace").decode()
    in_urls = {quote(sound), quote(sound, safe=""), quote_plus(sound)}
    in_code = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    return {value, *in_urls, *map(_with_small_escapes, in_urls), *in_code, *(repr(form)[1:-1] for form in in_code)}


def _with_small_escapes(url: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), url)
