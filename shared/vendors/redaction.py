"""What of a vendor's answer may stand in an error message: a short, tagless excerpt without secrets."""

import html
import re
from collections.abc import Iterable
from typing import Final

EXCERPT_CHARACTERS: Final = 200
_LOOKED_AT_BYTES: Final = 16 * 1024  # enough to get past the head of an HTML error page

HIDDEN: Final = "***"
_SHORTEST_SECRET: Final = 6  # replacing shorter values would blank ordinary words

_INVISIBLE: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]*(?:>|\Z)")
_USER_IN_URL: Final = re.compile(r"(?<=://)[^\s/@\"'<>]+@")
_QUERY_OF_URL: Final = re.compile(r"(://[^\s\"'<>?#]*)[?#][^\s\"'<>]*")
_SCHEME_CREDENTIAL: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE)
_NAMED_SECRET: Final = re.compile(
    r"((?:token|api[_-]?key|secret|passw(?:or)?d|sig(?:nature)?|assertion|ticket|credential)s?[\"']?\s*[:=][\s\[{\"']*)"
    r"[^\s\"'&,;<>}]+",
    re.IGNORECASE,
)
_JSON_WEB_TOKEN: Final = re.compile(r"\beyJ[\w-]+(?:\.[\w-]*)*")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f]+")


def excerpt(body: bytes, *, secrets: Iterable[str] = ()) -> str:
    """
    Return the first EXCERPT_CHARACTERS characters of `body` as one line, without tags, URL queries or credentials.

    `secrets` are values that we sent: a server that echoes them is not to spread them.
    """
    text = html.unescape(body[:_LOOKED_AT_BYTES].decode("utf-8", errors="replace")).replace("\\/", "/")
    text = without_secrets(_TAG.sub(" ", _INVISIBLE.sub(" ", text)), secrets=secrets)
    return _BLANKS.sub(" ", text).strip()[:EXCERPT_CHARACTERS]


def without_secrets(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Return `text` with the given secrets, URL queries and users, and whatever looks like a credential hidden."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = _USER_IN_URL.sub(f"{HIDDEN}@", text)
    text = _QUERY_OF_URL.sub(rf"\1?{HIDDEN}", text)
    text = _SCHEME_CREDENTIAL.sub(rf"\1 {HIDDEN}", text)
    text = _JSON_WEB_TOKEN.sub(HIDDEN, text)
    return _NAMED_SECRET.sub(rf"\1{HIDDEN}", text)
