"""Rules about conditions: editorial use, releases, limits on quantities, exclusivity, and what we cannot read."""

from collections.abc import Iterator
from typing import Final

from shared.rights.case import Case, Finding, called, note, refuse, shown, unknown
from shared.rights.facts import Term

# "all" is a filter of the catalogue, not a state of an asset: it says nothing.
RELEASED: Final = frozenset({"released", "no_release_required"})
NOT_RELEASED: Final = "not_released"

UNLIMITED: Final = frozenset({"any", "quantity_any", "display_any", "copy_any"})

HANDING_ON: Final = frozenset({"external", "third_party_rights"})

_STATEMENTS: Final = ("allowed_", "restricted_")


def editorial_use(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether the term wants editorial use only."""
    if case.use.editorial:
        return
    if term.is_editorial_use is None:
        yield unknown(f"{called(term)} does not say whether only editorial use is permitted.", term)
    elif term.is_editorial_use:
        yield refuse(f"{called(term)} permits editorial use only.", term)


def editorial_content(case: Case) -> Iterator[Finding]:
    """Ask whether the content itself, or its offer, is for editorial use only."""
    if case.use.editorial:
        return
    if case.facts.content_element.is_editorial_use:
        yield refuse("The content is for editorial use only.")
    if case.facts.offering.is_editorial_use:
        yield refuse("The content was offered for editorial use only.")


def model_release(case: Case) -> Iterator[Finding]:
    """Ask whether the people who can be seen have agreed."""
    state = case.facts.content_element.release_details.model_release_state
    yield from _release("the people who can be seen in it", state, case)


def property_release(case: Case) -> Iterator[Finding]:
    """Ask whether the owners of the property that can be seen have agreed."""
    state = case.facts.content_element.release_details.property_release_state
    yield from _release("the owners of the property that can be seen in it", state, case)


def usage_limits(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether quantities are limited, which nobody counts at the partners."""
    for key in term.usage_limits:
        if key not in case.vocabulary["usage_limits"]:
            yield unknown(f"{called(term)} has a usage limit that we do not know: {shown(key)}.", term, key)
        elif key not in UNLIMITED:
            yield unknown(f"{called(term)} limits use to {key}, and what partners make is not counted.", term, key)


def exclusivities(term: Term, case: Case) -> Iterator[Finding]:
    """Ask whether the exclusivity is one that we understand: it keeps others out, not us."""
    for key in term.exclusivities:
        if key not in case.vocabulary["exclusivities"]:
            yield unknown(f"{called(term)} has an exclusivity that we do not know: {shown(key)}.", term, key)


def handing_on(term: Term) -> Iterator[Finding]:
    """Ask whether the term may forbid what publishing always is: handing the asset to other companies."""
    for key in term.restricted_distributions:
        if key in HANDING_ON:
            yield unknown(
                f"{called(term)} restricts {key}, which may mean that the asset must not be handed to partners.",
                term,
                key,
            )


def unreadable_term(term: Term) -> Iterator[Finding]:
    """Ask whether everything that the term says could be read."""
    for name in term.unreadable:
        yield unknown(f"{called(term)} has a value that cannot be read: {name}.", term, name)


def unknown_statements(term: Term) -> Iterator[Finding]:
    """Ask whether the term allows or restricts something in a dimension that we do not know."""
    for name, value in term.unknown_fields.items():
        if name.startswith(_STATEMENTS) and value:
            yield unknown(f"{called(term)} makes a statement that we do not understand: {shown(name)}.", term, name)


def artificial(case: Case) -> Iterator[Finding]:
    """Flag content made by artificial intelligence: informational."""
    if case.facts.content_element.is_ai:
        yield note("The content was made with artificial intelligence.")


def _release(of: str, state: str | None, case: Case) -> Iterator[Finding]:
    if case.use.editorial or state in RELEASED:
        return
    if state is None:
        yield unknown(f"The content does not say whether there is a release of {of}.")
    elif state == NOT_RELEASED:
        yield refuse(f"There is no release of {of}.", key=state)
    else:
        yield unknown(f"The release of {of} is in a state that says nothing: {shown(state)}.", key=state)
