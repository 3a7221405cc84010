"""Texts that Smint.io gives in several languages, in the two shapes it has for them (dossier 4.3)."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

FALLBACK: Final = "en"  # what the vendor's own SDKs fall back to (dossier 4.4)


def localised(entries: object, *preferred: str) -> str | None:
    """
    Return the text of `[{culture, value}]` in the first preferred language that it has, else English, else any.

    Of two entries of one culture the last counts. Entries of another shape are passed over; None when nothing is left.
    """
    return _best(dict(_values(entries)), preferred)


def localised_names(entries: object, *preferred: str) -> tuple[str, ...]:
    """
    Return the names of `[{culture, metadata_element: {name}}]`, such as keywords, chosen by language as in `localised`.

    In the vendor's order, each once: keywords do repeat.
    """
    grouped: dict[str, list[str]] = {}
    for culture, _, name in elements(entries):
        grouped.setdefault(culture, []).append(name)
    return tuple(dict.fromkeys(_best(grouped, preferred) or ()))


def elements(entries: object) -> Iterator[tuple[str, str | None, str]]:
    """Yield (culture, key, name) of each readable entry of `[{culture, metadata_element: {key?, name}}]`."""
    for entry in entries if isinstance(entries, list) else ():
        element = entry.get("metadata_element") if isinstance(entry, Mapping) else None
        if not isinstance(element, Mapping):
            continue
        culture, key, name = entry.get("culture"), element.get("key"), element.get("name")
        if isinstance(name, str):
            yield _folded(culture), key if isinstance(key, str) else None, name


def _values(entries: object) -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and isinstance(text := entry.get("value"), str):
            yield _folded(entry.get("culture")), text


def _best(by_culture: Mapping[str, T], preferred: tuple[str, ...]) -> T | None:
    wanted = (*(_folded(culture) for culture in preferred), FALLBACK)
    return next((by_culture[culture] for culture in (*wanted, *by_culture) if culture in by_culture), None)


def _folded(culture: object) -> str:
    return culture.casefold() if isinstance(culture, str) else ""
