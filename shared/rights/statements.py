"""Rules about what a term allows and restricts: where, for what, how, for whom and in which language."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.rights.case import Case, Finding, FindsInTerm, called, listed, note, refuse, shown, unknown
from shared.rights.facts import Term
from shared.rights.regions import ON_TWO_CONTINENTS
from shared.rights.use import Audience, Use
from shared.rights.vocabulary import ANY, Words


@dataclass(frozen=True)
class Dimension:
    """A thing that terms speak about, and where it is asked: in the use, in the audience, or in both."""

    name: str
    in_use: Callable[[Use], tuple[str, ...]] | None = None
    in_audience: Callable[[Audience], tuple[str, ...]] | None = None

    def asked(self, case: Case) -> tuple[str, ...]:
        """Return the keys that are asked for, each once."""
        use = self.in_use(case.use) if self.in_use else ()
        audience = self.in_audience(case.audience) if self.in_audience else ()
        return tuple(dict.fromkeys(use + audience))

    def missing(self, case: Case) -> str | None:
        """Say what is not known of the question, if anything is: an audience that does not say may be any."""
        if self.in_audience:
            return None if self.in_audience(case.audience) else f"the {self.name} of the audience are not known"
        return None if self.asked(case) else f"the {self.name} intended are not stated"


USAGES: Final = Dimension("usages", in_use=lambda use: use.usages)
PLACEMENTS: Final = Dimension("placements", in_use=lambda use: use.placements)
SIZES: Final = Dimension("sizes", in_use=lambda use: use.sizes)
GEOGRAPHIES: Final = Dimension("geographies", in_audience=lambda audience: audience.regions)
DISTRIBUTIONS: Final = Dimension("distributions", lambda use: use.distributions, lambda audience: audience.channels)
LANGUAGES: Final = Dimension("languages", lambda use: use.languages, lambda audience: audience.languages)
INDUSTRIES: Final = Dimension("industries", lambda use: use.industries, lambda audience: audience.industries)


class Statement(NamedTuple):
    """What one term says in one dimension, where it narrows anything at all."""

    term: Term
    about: str
    allowed: tuple[str, ...]
    restricted: tuple[str, ...]
    words: Words

    def on_itself(self) -> Iterator[Finding]:
        """Find what stands against every case: a restriction that we cannot read may be any."""
        for key in self.restricted:
            if key not in self.words:
                yield unknown(
                    f"{called(self.term)} restricts {self.about}: {shown(key)}, which we do not know.", self.term, key
                )

    def on_known(self, asked: str) -> Iterator[Finding]:
        """Judge a key that we know: no part of it restricted; if anything is allowed, then all of it."""
        restriction = next((key for key in self.restricted if key in self.words.touching[asked]), None)
        if restriction is not None:
            yield self._restricted(restriction, asked)
        if not self.allowed or not self.words.covering[asked].isdisjoint(self.allowed):
            return
        strange = next((key for key in self.allowed if key not in self.words), None)
        if strange is None:
            yield refuse(
                f"{called(self.term)} allows {self.about} only: {listed(self.allowed)}; {asked} is not included.",
                self.term,
                asked,
            )
        else:
            yield unknown(
                f"{called(self.term)} allows {self.about}: {shown(strange)}, which we do not know;"
                f" whether that includes {asked} is open.",
                self.term,
                strange,
            )

    def on_strange(self, asked: str) -> Iterator[Finding]:
        """Judge a key that we do not know: it may be part of anything, so only its own restriction is certain."""
        if asked in self.restricted:
            yield self._restricted(asked, asked)
        else:
            yield unknown(
                f"{called(self.term)} makes a statement about {self.about}, and we do not know {shown(asked)}.",
                self.term,
                asked,
            )

    def _restricted(self, key: str, asked: str) -> Finding:
        relation = "" if key == asked else f", which {self._relation(key, asked)} {asked}"
        return refuse(f"{called(self.term)} restricts {self.about}: {shown(key)}{relation}.", self.term, key)

    def _relation(self, key: str, asked: str) -> str:
        if key in self.words.covering[asked]:
            return "includes"
        return "is part of" if asked in self.words.covering[key] else "overlaps with"


def permits(dimension: Dimension) -> FindsInTerm:
    """Ask whether a term permits everything that is asked in one dimension."""

    def finds(term: Term, case: Case) -> Iterator[Finding]:
        allowed, restricted = term.allows(dimension.name), term.restricts(dimension.name)
        if not restricted and (not allowed or ANY in allowed):
            return  # an empty list is no statement, and "any" does not narrow
        if ANY in restricted:
            yield refuse(f"{called(term)} restricts {dimension.name}: {ANY}, which is everything.", term, ANY)
            return
        statement = Statement(term, dimension.name, allowed, restricted, case.vocabulary[dimension.name])
        yield from statement.on_itself()
        if missing := dimension.missing(case):
            yield unknown(f"{called(term)} makes a statement about {dimension.name}, and {missing}.", term)
        for key in dimension.asked(case):
            yield from statement.on_known(key) if key in statement.words else statement.on_strange(key)

    return finds


def two_continents(term: Term, case: Case) -> Iterator[Finding]:
    """Flag countries that the vendor lists under two continents."""
    if term.allowed_geographies or term.restricted_geographies:
        for key in case.audience.regions:
            if key in ON_TWO_CONTINENTS:
                yield note(
                    f"{key} is listed under two continents; in {called(term)} an allowance under either counts"
                    " only where no restriction under either does.",
                    term,
                    key,
                )
