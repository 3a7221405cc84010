"""Tolerant reading: absent is null is None; what cannot be read is unknown, and said."""

import pytest
from pydantic import ValidationError

from shared.rights.facts import ContentElement, DownloadConstraints, LicenceFacts, Term
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision
from tests.rights.licences import judged, licence, term


def test_absent_and_null_are_the_same() -> None:
    absent: dict[str, object] = {}
    null = dict.fromkeys(LicenceFacts.model_fields.keys() - {"unreadable", "unknown_fields"})

    assert LicenceFacts.from_transaction(absent) == LicenceFacts.from_transaction(null) == LicenceFacts()


def test_null_entries_of_a_term_are_the_same_as_absent_ones() -> None:
    null = dict.fromkeys(Term.model_fields.keys() - {"unreadable", "without_zone", "unknown_fields"})

    assert (Term(),) == LicenceFacts.from_transaction({"license_terms": [null]}).license_terms


WRONG = {
    "state": (["completed"], "state"),
    "can_be_synced": ("true", "can_be_synced"),
    "license_terms": ({}, "license_terms"),
    "license_download_constraints": ([], "license_download_constraints"),
    "current_downloads": (True, "current_downloads"),
    "content_element": ("2:0:61019726", "content_element"),
    "offering": (7, "offering"),
}


@pytest.mark.parametrize("field", WRONG)
def test_value_of_the_wrong_kind_is_unknown_and_named(field: str) -> None:
    value, path = WRONG[field]

    verdict = judged(licence(**{field: value}))

    assert Decision.UNKNOWN == verdict.decision
    assert path in {reason.key for reason in verdict.reasons if reason.rule == "readable"}


def test_value_of_the_wrong_kind_deep_inside_is_named_by_its_path() -> None:
    facts = LicenceFacts.from_transaction(
        {
            "content_element": {"is_ai": 1, "release_details": {"model_release_state": False}},
            "license_download_constraints": {"effective_max_users": 2.5},
        }
    )

    assert {
        "license_download_constraints.effective_max_users",
        "content_element.is_ai",
        "content_element.release_details.model_release_state",
    } == set(facts.unreadable)
    assert DownloadConstraints() == facts.license_download_constraints
    assert ContentElement() == facts.content_element


def test_entry_that_is_no_term_is_named_by_its_place() -> None:
    facts = LicenceFacts.from_transaction(licence(term(), license_terms=[term(), None, 4]))

    assert [(), ("license_terms[2]",), ("license_terms[3]",)] == [t.unreadable for t in facts.license_terms]


def test_entry_that_is_no_key_still_counts() -> None:
    (read,) = LicenceFacts.from_transaction(licence(term(restricted_usages=["advertising_any", None, 5]))).license_terms

    assert ("advertising_any", "None", "5") == read.restricted_usages


NAMES: tuple[tuple[object, str], ...] = (
    ([{"culture": "de", "value": "Standard"}, {"culture": "en", "value": "Default"}], "Default"),
    ([{"culture": "de", "value": "Standard"}], "Standard"),
    ([{"culture": "en", "value": "First"}, {"culture": "en", "value": "Last"}], "Last"),
    ([{"culture": "en"}, "x", {"value": "y", "culture": 3}], ""),
    ({"en": "Default"}, ""),
    ([], ""),
)


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_name_of_a_term_is_its_english_one_or_another_or_none(name: object, expected: str) -> None:
    (read,) = LicenceFacts.from_transaction(licence(term(name=name))).license_terms

    assert expected == read.name
    assert () == read.unreadable


def test_facts_do_not_change_once_read() -> None:
    facts = LicenceFacts.from_transaction(licence())

    with pytest.raises(ValidationError, match="frozen"):
        facts.state = "cancelled"  # type: ignore[misc]


@pytest.mark.parametrize("asked", [Use, Audience])
def test_misspelt_part_of_a_question_is_refused(asked: type[Use] | type[Audience]) -> None:
    with pytest.raises(ValidationError, match="region"):
        asked.model_validate({"region": ["europe_any"]})
