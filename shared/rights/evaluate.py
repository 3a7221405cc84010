"""The one question of this room: whether a licence permits a use by an audience at an instant."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.rights.case import Case
from shared.rights.facts import LicenceFacts
from shared.rights.instants import in_utc
from shared.rights.rules import CLOCKED, STANDING, in_order, reasons_of
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision, Reason, Verdict
from shared.rights.vocabulary import VENDOR_KEYS, Vocabulary


def evaluate(  # noqa: PLR0913 - the whole question, and everybody asks it in these words
    facts: LicenceFacts,
    use: Use,
    audience: Audience,
    at: datetime,
    *,
    first_used_at: datetime | None = None,
    vocabulary: Vocabulary = VENDOR_KEYS,
) -> Verdict:
    """
    Judge whether `facts` permit `use` by `audience` at `at`, why not, and when the answer next changes.

    `first_used_at` is when the asset was first used under this licence, None if it was not: some licences lapse
    unless use began in time. Total for any facts; raises ValueError only when an instant of ours has no zone.
    """
    case = Case(facts, use, audience, in_utc(at), in_utc(first_used_at) if first_used_at else None, vocabulary)
    by_the_clock = tuple(reasons_of(CLOCKED, case))
    reasons = in_order((*reasons_of(STANDING, case), *by_the_clock))
    return Verdict(_decision(reasons), reasons, _next_change(case, by_the_clock))


def turning_points(facts: LicenceFacts) -> tuple[datetime, ...]:
    """Return every instant of the licence, in order, at which an answer about it can change."""
    return tuple(sorted({instant for term in facts.license_terms for instant in term.instants()}))


def _decision(reasons: Iterable[Reason]) -> Decision:
    found = {reason.decision for reason in reasons}
    if Decision.REFUSE in found:
        return Decision.REFUSE
    return Decision.UNKNOWN if Decision.UNKNOWN in found else Decision.PERMIT


def _next_change(case: Case, now: tuple[Reason, ...]) -> datetime | None:
    for instant in turning_points(case.facts):
        if instant > case.at and tuple(reasons_of(CLOCKED, replace(case, at=instant))) != now:
            return instant
    return None
