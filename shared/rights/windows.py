"""Rules about time. How dates without time or zone are read is written once, in `instants.py`."""

from collections.abc import Iterator

from shared.rights.case import Case, Finding, called, moment, note, refuse
from shared.rights.facts import Term


def valid_from(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether use may have begun."""
    if term.valid_from is not None and case.at < term.valid_from:
        yield refuse(f"{called(term)} permits use only from {moment(term.valid_from)}.", term)


def valid_until(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether use must have stopped."""
    if term.valid_until is not None and case.at >= term.valid_until:
        yield refuse(f"{called(term)} permitted use only until {moment(term.valid_until)}.", term)


def first_use(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether the first use began, or would begin now, in time."""
    deadline = term.to_be_used_until
    if deadline is None:
        return
    begins = case.at if case.first_used_at is None else min(case.first_used_at, case.at)
    if begins >= deadline:
        yield refuse(f"{called(term)} permits use only if it began before {moment(deadline)}.", term)


def zone(term: Term) -> Iterator[Finding]:
    """Flag instants whose zone nobody stated."""
    for name in term.without_zone:
        instant = getattr(term, name)
        yield note(f"{called(term)} states {name} without a zone; read in the strictest way: {moment(instant)}.", term)
