"""
The rules of rights, in one table: each row is a question to the licence and the clause that it stands for.

How the answers combine, for every row: the most restrictive wins. One refusal refuses; without one, one unknown makes
the answer unknown; only a licence against which nothing stands permits. Every term must permit (dossier U19). A
restriction beats an allowance. An empty or missing list is no statement. A key that we do not know, and a yes-or-no
that is not stated, is unknown and never a permission. Times are compared in UTC, as `instants.py` says.

What the vendor does not document is marked *assumed*; it is read against the user of the asset.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.rights import conditions, purchase, statements, windows
from shared.rights.case import Case, Finds, each_term, each_term_alone
from shared.rights.verdict import Decision, Reason


@dataclass(frozen=True)
class Rule:
    """One question to the licence."""

    name: str
    clause: str
    """What the licence says, in a sentence that a lawyer can hold us to."""
    finds: Finds
    dimension: str | None = None
    """What the rule is about, for policies on what *unknown* leads to."""
    follows_the_clock: bool = False
    """Whether time alone can change the answer."""


RULES: Final = (
    # The purchase
    Rule(
        "state",
        "Only a completed purchase is a licence: a cancelled one gives no right, nor does one that is still under way.",
        purchase.state,
    ),
    Rule(
        "can_be_synced",
        "The asset leaves Smint.io only if the vendor says that it may: not said is not known.",
        purchase.approval,
    ),
    Rule("terms", "A licence without terms does not say what it permits.", purchase.terms),
    Rule("readable", "What the licence says and we cannot read is not known.", purchase.readable),
    Rule(
        "readable_term",
        "What a term says and we cannot read is not known.",
        each_term_alone(conditions.unreadable_term),
    ),
    Rule(
        "unknown_statement",
        "A term that allows or restricts something in a dimension that is new to us is not understood.",
        each_term_alone(conditions.unknown_statements),
    ),
    # When
    Rule(
        "valid_from",
        "Use may start at valid_from, not before.",
        each_term(windows.valid_from),
        dimension="time",
        follows_the_clock=True,
    ),
    Rule(
        "valid_until",
        "Use must stop at valid_until: that instant itself is past it.",
        each_term(windows.valid_until),
        dimension="time",
        follows_the_clock=True,
    ),
    Rule(
        "to_be_used_until",
        "First use must have begun before to_be_used_until; once it has, this date no longer matters.",
        each_term(windows.first_use),
        dimension="time",
        follows_the_clock=True,
    ),
    Rule(
        "zone",
        "A date, or a time without a zone, is read so that the right is shortest.",
        each_term_alone(windows.zone),
        dimension="time",
    ),
    # Where, for what, how, for whom
    Rule(
        "geographies",
        "Every region of the audience must be allowed as a whole, and no part of it restricted.",
        each_term(statements.permits(statements.GEOGRAPHIES)),
        dimension="geographies",
    ),
    Rule(
        "two_continents",
        "A country listed under two continents is restricted by either, and allowed by either otherwise.",
        each_term(statements.two_continents),
        dimension="geographies",
    ),
    Rule(
        "usages",
        "Every intended usage must be allowed, and no part of it restricted.",
        each_term(statements.permits(statements.USAGES)),
        dimension="usages",
    ),
    Rule(
        "distributions",
        "Every intended distribution and every channel of the audience must be allowed, and no part of it restricted.",
        each_term(statements.permits(statements.DISTRIBUTIONS)),
        dimension="distributions",
    ),
    Rule(
        "handing_on",
        "Partners are third parties: restricting external distribution or third-party rights may bar them. Assumed.",
        each_term_alone(conditions.handing_on),
        dimension="distributions",
    ),
    Rule(
        "placements",
        "Every intended placement must be allowed, and no part of it restricted.",
        each_term(statements.permits(statements.PLACEMENTS)),
        dimension="placements",
    ),
    Rule(
        "sizes",
        "Every intended size must be allowed, and no part of it restricted.",
        each_term(statements.permits(statements.SIZES)),
        dimension="sizes",
    ),
    Rule(
        "languages",
        "Every intended language and every language of the audience must be allowed, and none restricted.",
        each_term(statements.permits(statements.LANGUAGES)),
        dimension="languages",
    ),
    Rule(
        "industries",
        "Every intended industry and every industry of the audience must be allowed, and none restricted.",
        each_term(statements.permits(statements.INDUSTRIES)),
        dimension="industries",
    ),
    # Under which conditions
    Rule(
        "editorial_use",
        "A term may permit editorial use only; where it does not say, other use is not known to be permitted.",
        each_term(conditions.editorial_use),
        dimension="editorial",
    ),
    Rule(
        "editorial_content",
        "Content that is for editorial use only, by itself or by its offer, stays so whatever the terms say. Assumed.",
        conditions.editorial_content,
        dimension="editorial",
    ),
    Rule(
        "model_release",
        "Use that is not editorial needs a release of the people shown, unless none is required.",
        conditions.model_release,
        dimension="releases",
    ),
    Rule(
        "property_release",
        "Use that is not editorial needs a release of the property shown, unless none is required.",
        conditions.property_release,
        dimension="releases",
    ),
    Rule(
        "exclusivities",
        "Exclusivity keeps others out and takes nothing from the licensee; one that is new to us is not understood.",
        each_term(conditions.exclusivities),
        dimension="exclusivities",
    ),
    Rule(
        "usage_limits",
        "A limit on copies, displays or circulation cannot be watched at partners: a person must decide. Assumed.",
        each_term(conditions.usage_limits),
        dimension="usage_limits",
    ),
    Rule(
        "downloads",
        "No more downloads than the licence allows; a limit that is absent, 0 or less is none (vendor's Javadoc).",
        purchase.downloads,
        dimension="downloads",
    ),
    Rule(
        "users",
        "No more users than the licence allows, the people of the audience included; absent, 0 or less is no limit.",
        purchase.users,
        dimension="users",
    ),
    Rule(
        "reuses",
        "No more reuses than the licence allows; a limit that is absent, 0 or less is none.",
        purchase.reuses,
        dimension="reuses",
    ),
    # Worth knowing
    Rule(
        "ai",
        "Content made with artificial intelligence is marked; the licence is not narrowed by it.",
        conditions.artificial,
    ),
)

STANDING: Final = tuple(rule for rule in RULES if not rule.follows_the_clock)
CLOCKED: Final = tuple(rule for rule in RULES if rule.follows_the_clock)

_RANK: Final = {Decision.REFUSE: 0, Decision.UNKNOWN: 1, Decision.PERMIT: 2}
_PLACE: Final = {rule.name: place for place, rule in enumerate(RULES)}


def reasons_of(rules: tuple[Rule, ...], case: Case) -> Iterator[Reason]:
    """Ask the questions of `rules` and return everything that stands against the case, or is worth a note."""
    for rule in rules:
        for found in rule.finds(case):
            number = found.term.sequence_number if found.term else None
            yield Reason(rule.name, found.decision, found.text, number, rule.dimension, found.key)


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return each reason once, refusals first, then in the order of the table and of the terms' numbers."""
    return tuple(sorted(set(reasons), key=_order))


def _order(reason: Reason) -> tuple[int, int, int, str, str]:
    return _RANK[reason.decision], _PLACE[reason.rule], reason.term or 0, reason.key or "", reason.text
