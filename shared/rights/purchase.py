"""Rules about the purchase as a whole: is there a licence, may it leave Smint.io, and how much of it is used up."""

from collections.abc import Iterator
from typing import Final

from shared.rights.case import Case, Finding, note, refuse, shown, unknown

COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"
NOT_COMPLETED: Final = frozenset({"purchase_phase_1", "purchase_phase_2", "downloading", "finalizing", "error"})

_INFORMATIONAL: Final = frozenset({"content_element.is_ai", "has_potentially_restrictive_license_terms"})


def state(case: Case) -> Iterator[Finding]:
    """Ask whether the purchase stands."""
    key = case.facts.state
    if key is None:
        yield unknown("The licence does not say whether the purchase is completed.")
    elif key == CANCELLED:
        yield refuse("The purchase was cancelled.", key=key)
    elif key in NOT_COMPLETED:
        yield refuse(f"The purchase is not completed: {key}.", key=key)
    elif key != COMPLETED:
        yield unknown(f"The purchase is in a state that we do not know: {shown(key)}.", key=key)


def approval(case: Case) -> Iterator[Finding]:
    """Ask whether the vendor lets the asset leave for other systems."""
    if case.facts.can_be_synced is None:
        yield unknown("The licence does not say whether the asset may be synchronised to other systems.")
    elif not case.facts.can_be_synced:
        yield refuse("The asset may not be synchronised to other systems.")


def terms(case: Case) -> Iterator[Finding]:
    """Ask whether there are terms at all."""
    if not case.facts.license_terms:
        yield unknown("The licence has no terms, so it is not known what it permits.")


def readable(case: Case) -> Iterator[Finding]:
    """Ask whether everything that counts could be read."""
    for path in case.facts.unreadable:
        says = note if path in _INFORMATIONAL else unknown
        yield says(f"The value of {path} cannot be read.", key=path)


def downloads(case: Case) -> Iterator[Finding]:
    """Ask whether a download is left."""
    limit = case.facts.license_download_constraints.effective_max_downloads
    yield from _left("downloads", limit, case.facts.current_downloads)


def reuses(case: Case) -> Iterator[Finding]:
    """Ask whether a reuse is left."""
    limit = case.facts.license_download_constraints.effective_max_reuses
    yield from _left("reuses", limit, case.facts.current_reuses)


def users(case: Case) -> Iterator[Finding]:
    """Ask whether there is room for everybody in the audience."""
    limit = case.facts.license_download_constraints.effective_max_users
    if limit is None or limit <= 0:
        return
    taken, people = case.facts.current_users, case.audience.people
    if taken is not None and taken >= limit:
        yield refuse(f"All users that the licence allows are taken: {taken} of {limit}.")
    elif taken is None or people is None:
        yield unknown(f"The licence allows {limit} users, and how many there would be is not known.")
    elif taken + people > limit:
        yield refuse(f"The licence allows {limit} users; {taken} use it, and {people} more would.")


def _left(what: str, limit: int | None, used: int | None) -> Iterator[Finding]:
    if limit is None or limit <= 0:
        return
    if used is None:
        yield unknown(f"The licence allows {limit} {what}, and how many were made is not stated.")
    elif used >= limit:
        yield refuse(f"All {what} that the licence allows are used up: {used} of {limit}.")
