"""Paths of operations, filled from templates that a customer configures."""

import string
from urllib.parse import quote

from shared.errors import Misconfigured, Rejected


def fill(template: str, **ids: str) -> str:
    """
    Return `template` with each `{name}` replaced by that id, quoted as one path segment (or query value).

    An id comes from a vendor or a partner, so it never adds a segment: slashes are quoted, `.` and `..` are refused.

    Raises Misconfigured when the template names an id that the operation does not have, Rejected for an unusable id.
    """
    filled = []
    for literal, name, form, conversion in _parts(template):
        filled.append(literal)
        if name is None:
            continue
        if name not in ids or form or conversion:
            raise Misconfigured(
                f"path template {template!r} names {{{name}}}; allowed: {', '.join(sorted(ids)) or 'none'}"
            )
        filled.append(segment(ids[name], name))
    return "".join(filled)


def segment(value: str, name: str) -> str:
    """Return `value` quoted as one path segment. Raises Rejected, naming `name`, when it cannot be one."""
    if value in {"", ".", ".."} or not value.isprintable():
        raise Rejected(f"{value[:80]!r} cannot be the id of a {name}")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise Rejected(f"the id of a {name} is not valid text") from None


def _parts(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(template))
    except ValueError as fault:
        raise Misconfigured(f"path template {template!r}: {fault}") from fault
