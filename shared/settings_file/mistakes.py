"""What is wrong with a settings file, in one sentence for each mistake: where, what was found, what is allowed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.settings import FleetSettings, Settings
from shared.settings_file.sections import Place, keys_in_file, many_sections_model, section_model

_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "true or false"),  # before int, of which it is a kind
    (int, "a whole number"),
    (float, "a number with a point"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    (date, "a date or time"),
    (time, "a date or time"),
)
_ALLOWED: Final[Mapping[str, Callable[[Mapping[str, object]], str]]] = {
    "string_type": lambda _: "text in quotes",
    "int_type": lambda _: "a whole number",
    "bool_type": lambda _: "true or false, without quotes",
    "tuple_type": lambda _: 'a list such as ["first", "second"]',
    "dict_type": lambda _: "a table",
    "model_type": lambda _: "a table",
    "literal_error": lambda context: f"{context['expected']}",
    "string_pattern_mismatch": lambda context: f"text that matches {context['pattern']}",
    "greater_than": lambda context: f"more than {context['gt']}",
    "greater_than_equal": lambda context: f"{context['ge']} or more",
    "less_than_equal": lambda context: f"{context['le']} or less",
    "too_short": lambda _: "at least one entry",
}
_OURS: Final = frozenset({"duration", "address"})  # raised by our own types, whose message is what is allowed
# Only where the value is never a secret: a person may well paste one into an address.
_SHOWN: Final = frozenset({"literal_error", "duration", "greater_than", "greater_than_equal", "less_than_equal"})
_LONGEST_SHOWN: Final = 40  # characters; more is not a slip of the pen


@dataclass(frozen=True)
class Mistake:
    """One thing to put right; `text` goes on where the place ends, and never holds a secret."""

    place: Place
    text: str


def kind_of(found: object) -> str:
    """Name what `found` is, never its value."""
    return next((name for kind, name in _KINDS if isinstance(found, kind)), "something else")


def suggestion(found: str, known: Collection[str]) -> str:
    """Return a question for the known word that looks most like `found`, to be put behind a sentence; else nothing."""
    alike = get_close_matches(found, known, n=1, cutoff=0.6)
    return f'; did you mean "{alike[0]}"?' if alike else ""


def not_one_of(found: str, known: Collection[str], what: str) -> str:
    """Return the text of a mistake: `found` is not among the known words; names at most ten of them."""
    some = ", ".join(sorted(known)[:10]) or "none is there"
    more = ", ..." if len(known) > 10 else ""
    return f'found "{found[:_LONGEST_SHOWN]}", allowed: {what} ({some}{more}){suggestion(found, known)}'


def misfits(fault: ValidationError) -> list[Mistake]:
    """Translate what pydantic found; the texts come from the error's kind, so that no input slips through."""
    return [Mistake(_place(error), _text(error)) for error in fault.errors(include_url=False)]


def _place(error: ErrorDetails) -> Place:
    return tuple(part for part in error["loc"] if part != "[key]")


def _text(error: ErrorDetails) -> str:
    kind, found = error["type"], error["input"]
    if kind == "missing":
        return "is missing, needed: " + _needed(error["loc"])
    if kind == "extra_forbidden":
        known = _known_keys(error["loc"][:-1])
        return f"no such key, allowed: {', '.join(known)}{suggestion(str(error['loc'][-1]), known)}"
    if "[key]" in error["loc"]:
        return f"this name is not allowed, allowed: {allowed(error)}"
    shown = kind in _SHOWN and len(str(found)) <= _LONGEST_SHOWN
    value = f' "{found}"' if shown and isinstance(found, str) else f" {found}" if shown else ""
    close = suggestion(str(found), _choices(error)) if kind == "literal_error" else ""
    return f"found {kind_of(found)}{value}, allowed: {allowed(error)}{close}"


def allowed(error: ErrorDetails) -> str:
    """Say what would have been right, without what was found."""
    if error["type"] in _OURS:
        return error["msg"]
    say = _ALLOWED.get(error["type"])
    return say(error.get("ctx", {})) if say else "another value"


def _choices(error: ErrorDetails) -> list[str]:
    # pydantic writes the choices of a literal as 'a', 'b' or 'c'
    return str(error.get("ctx", {}).get("expected", "")).split("'")[1::2]


def _needed(place: Place) -> str:
    """Say what a key that was left out is for."""
    parent = _model_at(place[:-1])
    field = parent.model_fields.get(str(place[-1])) if parent else None
    if field is None:
        return "a value"
    if one := section_model(field.annotation):
        return f"a table with {', '.join(keys_in_file(one))}"
    return field.description or "a value"


def _known_keys(place: Place) -> list[str]:
    model = _model_at(place)
    return keys_in_file(model) if model else []


def _model_at(place: Place) -> type[Settings] | None:
    """Return the model of the section at `place`."""
    model: type[Settings] | None = FleetSettings
    parts = iter(place)
    for part in parts:
        field = model.model_fields.get(str(part)) if model else None
        if field is None:
            return None
        if many := many_sections_model(field.annotation):
            model = many if next(parts, None) is not None else None
        else:
            model = section_model(field.annotation)
    return model
