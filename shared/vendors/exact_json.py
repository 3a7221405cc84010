"""JSON whose numbers survive the way in and out: `1.2302857142857142857142857143` is not a double (dossier 0.3)."""

import json
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring_ascii as _quoted
from typing import Final

_LARGEST_EXPONENT: Final = 400  # beyond any double: such a number is an attack on whoever turns it into an int


def decode(body: bytes | str) -> object:
    """Decode one JSON text; numbers with a fraction or an exponent become Decimal. Raises ValueError."""
    try:
        content: object = json.loads(body, parse_float=_exact, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    return content


def encode(value: object, *, sort_keys: bool = False) -> str:
    """
    Encode what `decode` gave, compactly, every number as it was read. `sort_keys` makes equal content equal text.

    Raises TypeError for anything that JSON does not know.
    """
    pieces: list[str] = []
    _append(value, pieces, sort_keys=sort_keys)
    return "".join(pieces)


def _append(value: object, pieces: list[str], *, sort_keys: bool) -> None:
    # One list for the whole text: nested generators were measured to be four times slower.
    if isinstance(value, str):
        pieces.append(_quoted(value))
    elif isinstance(value, dict):
        lead = "{"
        for key, member in sorted(value.items()) if sort_keys else value.items():
            pieces.append(f"{lead}{_quoted(key)}:")
            _append(member, pieces, sort_keys=sort_keys)
            lead = ","
        pieces.append("}" if value else "{}")
    elif isinstance(value, list):
        lead = "["
        for member in value:
            pieces.append(lead)
            _append(member, pieces, sort_keys=sort_keys)
            lead = ","
        pieces.append("]" if value else "[]")
    elif isinstance(value, Decimal):
        pieces.append(str(value))
    else:
        pieces.append(json.dumps(value, allow_nan=False))


def _exact(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("a number beyond all reason")
    return number


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
