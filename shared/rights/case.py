"""What the rules look at, and the sentences that they answer with."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from shared.rights.facts import LicenceFacts, Term
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision
from shared.rights.vocabulary import Vocabulary

_PLAIN_KEY: Final = re.compile(r"[a-z0-9_]{1,80}")
_LONGEST_SHOWN: Final = 80  # a key is a word; a longer one is not worth a page of a verdict
_MOST_SHOWN: Final = 12  # keys of one list that a person still reads


@dataclass(frozen=True, slots=True)
class Case:
    """A licence, what is asked of it, and when."""

    facts: LicenceFacts
    use: Use
    audience: Audience
    at: datetime
    first_used_at: datetime | None
    vocabulary: Vocabulary


class Finding(NamedTuple):
    """What one rule found; a rule that is satisfied finds nothing."""

    decision: Decision
    text: str
    term: Term | None = None
    key: str | None = None


Finds = Callable[[Case], Iterable[Finding]]
FindsInTerm = Callable[[Term, Case], Iterable[Finding]]


def each_term(finds: FindsInTerm) -> Finds:
    """Ask the question of every term: all of them must permit."""

    def finds_in_terms(case: Case) -> Iterator[Finding]:
        for term in case.facts.license_terms:
            yield from finds(term, case)

    return finds_in_terms


def each_term_alone(finds: Callable[[Term], Iterable[Finding]]) -> Finds:
    """Ask every term a question whose answer depends on nothing but the term."""
    return each_term(lambda term, _: finds(term))


def refuse(text: str, term: Term | None = None, key: str | None = None) -> Finding:
    """Say that the licence forbids it."""
    return Finding(Decision.REFUSE, text, term, key)


def unknown(text: str, term: Term | None = None, key: str | None = None) -> Finding:
    """Say that the licence, or what we know, does not tell."""
    return Finding(Decision.UNKNOWN, text, term, key)


def note(text: str, term: Term | None = None, key: str | None = None) -> Finding:
    """Say something worth reading that stands against nothing."""
    return Finding(Decision.PERMIT, text, term, key)


def called(term: Term) -> str:
    """Name a term as the vendor numbers it."""
    return "A term without a number" if term.sequence_number is None else f"Term {term.sequence_number}"


def shown(key: str) -> str:
    """Show a key of the vendor: plain ones as they are, any other quoted and escaped, so that it cannot pretend."""
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key[:_LONGEST_SHOWN])


def listed(keys: Iterable[str]) -> str:
    """Show a list of keys."""
    distinct = list(dict.fromkeys(keys))
    more = len(distinct) - _MOST_SHOWN
    return ", ".join(map(shown, distinct[:_MOST_SHOWN])) + (f" and {more} more" if more > 0 else "")


def moment(instant: datetime) -> str:
    """Show an instant with its zone, to the second, or finer where it is finer."""
    return f"{instant.replace(tzinfo=None).isoformat(sep=' ')} UTC"
