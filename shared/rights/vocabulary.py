"""
What the vendor's keys stand for, and so which contains which.

Containment is a table for geographies (`regions.py`) and the vendor's own naming for the rest: `any` contains every
key of its dimension, and a key that ends in `_any` contains every key that begins like it. So `advertising_any`
contains `advertising_print_any`, which contains `advertising_print_directory`. No other key contains another:
`location_ten` does not contain `location_one`. Assumed: the vendor states containment nowhere (dossier U20).

The lists in `vendor_keys.py` are open: the vendor adds keys without notice. A key that is not there is *unknown*, until
a catalogue of the vendor names it (`Vocabulary.extended`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from shared.rights import regions, vendor_keys

ANY: Final = "any"
_GROUP: Final = "_any"


@dataclass(frozen=True)
class Words:
    """The keys of one dimension, each with what it stands for."""

    meanings: Mapping[str, frozenset[str]]
    part: Callable[[str], str] = str
    """What a key stands for by itself, when it is new; as a rule just for itself."""

    def __contains__(self, key: str) -> bool:
        return key in self.meanings

    @cached_property
    def covering(self) -> Mapping[str, frozenset[str]]:
        """For each key, the keys that stand for all of it: itself, its groups, `any`."""
        return {
            key: frozenset(other for other, parts in self.meanings.items() if parts >= meaning)
            for key, meaning in self.meanings.items()
        }

    @cached_property
    def touching(self) -> Mapping[str, frozenset[str]]:
        """For each key, the keys that stand for some of it: those that cover it, and those within it."""
        return {
            key: frozenset(other for other, parts in self.meanings.items() if not parts.isdisjoint(meaning))
            for key, meaning in self.meanings.items()
        }

    def extended(self, keys: Iterable[str]) -> Self:
        """Return these words and more, each contained in the groups that it begins like."""
        meanings = dict(self.meanings)
        for new in sorted(set(keys) - meanings.keys()):
            meaning = {self.part(new)}
            for key, parts in meanings.items():
                if _contains(new, key):
                    meaning |= parts
            for group in [key for key in meanings if _contains(key, new)]:
                meanings[group] |= meaning
            meanings[new] = frozenset(meaning)
        return type(self)(meanings, self.part)


@dataclass(frozen=True)
class Vocabulary:
    """Every key that we know, by dimension."""

    dimensions: Mapping[str, Words]

    def __getitem__(self, dimension: str) -> Words:
        return self.dimensions[dimension]

    def extended(self, keys: Mapping[str, Iterable[str]]) -> Self:
        """
        Return this vocabulary and the keys that a catalogue of the vendor names, by dimension.

        Assumed of a new key: only `_any` keys contain others, as in the vendor's own lists.
        """
        return type(self)({name: words.extended(keys.get(name, ())) for name, words in self.dimensions.items()})


def _contains(group: str, key: str) -> bool:
    return group == ANY or (group.endswith(_GROUP) and key.startswith(group.removesuffix(ANY)))


def _named(keys: str) -> Words:
    return Words({}).extended(keys.split())


VENDOR_KEYS: Final = Vocabulary(
    {
        "usages": _named(vendor_keys.USAGES),
        "distributions": _named(vendor_keys.DISTRIBUTIONS),
        "placements": _named(vendor_keys.PLACEMENTS),
        "sizes": _named(vendor_keys.SIZES),
        "geographies": Words(regions.places(), regions.place),
        "languages": _named(vendor_keys.LANGUAGES),
        "industries": _named(vendor_keys.INDUSTRIES),
        "exclusivities": _named(vendor_keys.EXCLUSIVITIES),
        "usage_limits": _named(vendor_keys.USAGE_LIMITS),
    }
)
