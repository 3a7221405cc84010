"""The vendor's own shapes, judged."""

import pytest

from shared.rights.facts import LicenceFacts
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision
from tests.rights.licences import NEWS, from_wire, judged

PERMIT, REFUSE, UNKNOWN = Decision.PERMIT, Decision.REFUSE, Decision.UNKNOWN

CAMPAIGN = Use(
    usages=("digital_media_social_media",),
    distributions=("channel_web",),
    placements=("page_cover",),
    sizes=("page_full",),
    languages=("language_english",),
    industries=("industry_software",),
)
AGENCY = Audience(
    regions=("europe_austria",),
    channels=("channel_web",),
    languages=("language_german",),
    industries=("industry_media",),
)

EXPECTED: tuple[tuple[str, str, Use, Decision, set[str]], ...] = (
    # The e-mail term allows one usage only, the campaign term another: both must permit.
    ("lpt_page_first.json", "79001", CAMPAIGN, REFUSE, {"usages"}),
    # The published sample: all lists are empty, no limits are set, and it does not speak of releases.
    ("lpt_page_first.json", "79002", CAMPAIGN, UNKNOWN, {"model_release", "property_release"}),
    ("lpt_page_first.json", "79002", NEWS, PERMIT, set()),
    ("lpt_page_first.json", "79003", NEWS, REFUSE, {"valid_until"}),
    ("lpt_page_update_cancelled.json", "79001", NEWS, REFUSE, {"state", "usages"}),
    ("lpt_page_unsyncable.json", "79004", CAMPAIGN, REFUSE, {"state", "can_be_synced"}),
    ("lpt_page_unsyncable.json", "79005", CAMPAIGN, REFUSE, {"state"}),
    ("lpt_page_unsyncable.json", "79006", CAMPAIGN, REFUSE, {"state"}),
    ("lpt_page_holes.json", "79040", CAMPAIGN, UNKNOWN, {"model_release", "property_release"}),
    ("lpt_page_holes.json", "79041", CAMPAIGN, UNKNOWN, {"terms"}),
    ("lpt_reuse.json", "79010", CAMPAIGN, PERMIT, set()),
    ("lpt_compound.json", "79020", CAMPAIGN, PERMIT, set()),
    ("lpt_unknown_keys.json", "79030", CAMPAIGN, UNKNOWN, {"geographies", "usages", "editorial_use"}),
)


@pytest.mark.parametrize(("page", "uuid", "use", "decision", "rules"), EXPECTED)
def test_sample_licence_is_judged_and_says_why(
    page: str, uuid: str, use: Use, decision: Decision, rules: set[str]
) -> None:
    verdict = judged(from_wire(page)[uuid], use, AGENCY)

    assert decision == verdict.decision
    assert rules <= {reason.rule for reason in verdict.reasons if reason.decision is decision}


@pytest.mark.parametrize("page", sorted({row[0] for row in EXPECTED}))
def test_every_sample_can_be_read_wholly(page: str) -> None:
    read = [LicenceFacts.from_transaction(entry) for entry in from_wire(page).values()]

    assert [()] * len(read) == [facts.unreadable for facts in read]
    assert not [term.unreadable for facts in read for term in facts.license_terms if term.unreadable]


def test_fields_that_we_do_not_know_are_kept_as_they_came() -> None:
    facts = LicenceFacts.from_transaction(from_wire("lpt_unknown_keys.json")["79030"])

    assert {"x": 1} == facts.unknown_fields["some_future_field"]
