"""Tolerant reading of the vendor's JSON: what is absent or null is None, what cannot be read is unknown and noted."""

import reprlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Final, TypeVar

from shared.rights.instants import Edge, read_instant

PREFERRED_CULTURE: Final = "en"  # the vendor fills every text in English first (dossier 4.4)

T = TypeVar("T")


class Reader:
    """Reads the known fields of one JSON object; `unreadable` names those whose value was not what it should be."""

    def __init__(self, source: Mapping[str, object], *, path: str = "", zone: tzinfo | None = None) -> None:
        self._source = source
        self._path = path
        self._zone = zone
        self.unreadable: list[str] = []
        self.without_zone: list[str] = []

    def text(self, name: str) -> str | None:
        """Read a string."""
        return self._read(name, str)

    def flag(self, name: str) -> bool | None:
        """Read a tri-state: true, false, or not known."""
        return self._read(name, bool)

    def count(self, name: str) -> int | None:
        """Read a whole number."""
        number = self._read(name, int)
        if isinstance(number, bool):  # to Python they are whole numbers; to the vendor they are not
            self._note_unreadable(name)
            return None
        return number

    def instant(self, name: str, edge: Edge) -> datetime | None:
        """Read a date or a date and time, as `instants.py` says."""
        text = self._read(name, str)
        if text is None:
            return None
        try:
            instant = read_instant(text, edge, self._zone)
        except ValueError:
            self._note_unreadable(name)
            return None
        if not instant.has_zone:
            self.without_zone.append(self._path + name)
        return instant.at

    def keys(self, name: str) -> tuple[str, ...]:
        """Read a list of vendor keys. An entry that is no string becomes a key that nobody knows: it still counts."""
        return tuple(key if isinstance(key, str) else reprlib.repr(key) for key in self._list(name))

    def localised(self, name: str) -> str:
        """Read a localised text: English, else the first; empty when there is none. Only ever shown, never judged."""
        entries = self._source.get(name)
        texts = {
            entry["culture"]: entry["value"]
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, Mapping)
            and isinstance(entry.get("culture"), str)
            and isinstance(entry.get("value"), str)
        }
        return texts.get(PREFERRED_CULTURE) or next(iter(texts.values()), "")

    def part(self, name: str) -> "Reader":
        """Return a reader of the object under `name`; an empty one when there is none."""
        value = self._source.get(name)
        if value is not None and not isinstance(value, Mapping):
            self._note_unreadable(name)
        child = Reader(value if isinstance(value, Mapping) else {}, path=f"{self._path}{name}.", zone=self._zone)
        child.unreadable, child.without_zone = self.unreadable, self.without_zone
        return child

    def parts(self, name: str) -> Iterator["Reader"]:
        """Return a reader for each object in the list under `name`; an entry that is none is itself unreadable."""
        for position, entry in enumerate(self._list(name), start=1):
            reader = Reader(entry if isinstance(entry, Mapping) else {}, zone=self._zone)
            if not isinstance(entry, Mapping):
                reader.unreadable.append(f"{self._path}{name}[{position}]")
            yield reader

    def others(self, known: Collection[str]) -> dict[str, object]:
        """Return the fields that are not known, as they came."""
        return {name: value for name, value in self._source.items() if name not in known}

    def _read(self, name: str, kind: type[T]) -> T | None:
        value = self._source.get(name)
        if value is None or isinstance(value, kind):
            return value
        self._note_unreadable(name)
        return None

    def _list(self, name: str) -> list[object]:
        return self._read(name, list) or []

    def _note_unreadable(self, name: str) -> None:
        self.unreadable.append(self._path + name)
