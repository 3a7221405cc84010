"""The reasoning in plain words, one sentence a line, for whoever has to answer for it."""

from collections.abc import Iterator
from datetime import datetime

from shared.rights.case import called, listed, moment, shown
from shared.rights.evaluate import evaluate
from shared.rights.facts import LicenceFacts, Term
from shared.rights.instants import in_utc
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision, Verdict
from shared.rights.vocabulary import VENDOR_KEYS, Vocabulary

_ANSWERS = {
    Decision.PERMIT: "Yes: nothing in the licence stands against it.",
    Decision.REFUSE: "No: the licence does not permit it.",
    Decision.UNKNOWN: "Not known: the licence does not clearly permit it, and what is not known is not published.",
}
_DIMENSIONS = ("usages", "distributions", "placements", "sizes", "geographies", "languages", "industries")


def explain(  # noqa: PLR0913 - the question of evaluate.py, word for word
    facts: LicenceFacts,
    use: Use,
    audience: Audience,
    at: datetime,
    *,
    first_used_at: datetime | None = None,
    vocabulary: Vocabulary = VENDOR_KEYS,
) -> tuple[str, ...]:
    """Say what is asked, what the answer is and why, how long it holds, and what the licence says."""
    verdict = evaluate(facts, use, audience, at, first_used_at=first_used_at, vocabulary=vocabulary)
    return (
        *question_in_words(use, audience, at),
        *verdict_in_words(verdict),
        *licence_in_words(facts),
    )


def verdict_in_words(verdict: Verdict) -> tuple[str, ...]:
    """Say the answer, one sentence a reason, and how long it holds."""
    until = verdict.valid_until
    return (
        _ANSWERS[verdict.decision],
        *(reason.text for reason in verdict.reasons),
        "Time alone does not change this." if until is None else f"This holds until {moment(until)}.",
    )


def question_in_words(use: Use, audience: Audience, at: datetime) -> tuple[str, ...]:
    """Say who would use it for what, and when."""
    kind = "editorial use" if use.editorial else "use that is not only editorial"
    return (
        f"Asked for {moment(in_utc(at))}: {kind} by an audience in {_or_unknown(audience.regions)}.",
        f"The use: {_named(use)}.",
        f"The audience: {_named(audience)}.",
    )


def licence_in_words(facts: LicenceFacts) -> tuple[str, ...]:
    """Say what the licence says, as far as rights go; what it does not say is said too."""
    content, limits = facts.content_element, facts.license_download_constraints
    releases = content.release_details
    people, property_ = _or_unstated(releases.model_release_state), _or_unstated(releases.property_release_state)
    downloads = _of(facts.current_downloads, limits.effective_max_downloads)
    users = _of(facts.current_users, limits.effective_max_users)
    reuses = _of(facts.current_reuses, limits.effective_max_reuses)
    return (
        f"The purchase is {_or_unstated(facts.state)}; it may be synchronised: {_flag(facts.can_be_synced)}.",
        f"Releases: of people {people}; of property {property_}.",
        f"Made with artificial intelligence: {_flag(content.is_ai)}.",
        f"Downloads: {downloads}; users: {users}; reuses: {reuses}.",
        f"May restrict, by the vendor's own summary: {_flag(facts.has_potentially_restrictive_license_terms)}.",
        *(" ".join(_term_in_words(term)) for term in facts.license_terms),
    )


def _term_in_words(term: Term) -> Iterator[str]:
    name = f" {shown(term.name)}" if term.name else ""
    yield f"{called(term)}{name}: editorial use only: {_flag(term.is_editorial_use)};"
    if term.valid_from:
        yield f"from {moment(term.valid_from)};"
    if term.valid_until:
        yield f"until {moment(term.valid_until)};"
    if term.to_be_used_until:
        yield f"first use before {moment(term.to_be_used_until)};"
    for dimension in _DIMENSIONS:
        if term.allows(dimension):
            yield f"{dimension} allowed: {listed(term.allows(dimension))};"
        if term.restricts(dimension):
            yield f"{dimension} restricted: {listed(term.restricts(dimension))};"
    if term.exclusivities:
        yield f"exclusivities: {listed(term.exclusivities)};"
    if term.usage_limits:
        yield f"limits: {listed(term.usage_limits)};"
    yield "nothing else is stated."


def _named(asked: Use | Audience) -> str:
    said = {name: keys for name, keys in asked if isinstance(keys, tuple) and keys}
    return "; ".join(f"{name} {listed(keys)}" for name, keys in said.items()) or "nothing stated"


def _or_unknown(keys: tuple[str, ...]) -> str:
    return listed(keys) if keys else "an unknown region"


def _or_unstated(key: str | None) -> str:
    return "not stated" if key is None else shown(key)


def _flag(value: bool | None) -> str:  # noqa: FBT001 - a tri-state of the vendor, to be shown
    return "not stated" if value is None else "yes" if value else "no"


def _of(used: int | None, limit: int | None) -> str:
    count = "an unstated number" if used is None else str(used)
    return f"{count} of {limit}" if limit is not None and limit > 0 else f"{count}, without a limit"
