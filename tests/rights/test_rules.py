"""The rules as a table of cases, each row with the clause it stands for."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from shared.rights.rules import RULES
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision
from tests.rights.licences import GERMANY, NEWS, SOCIAL_MEDIA, content, judged, licence, term

PERMIT, REFUSE, UNKNOWN = Decision.PERMIT, Decision.REFUSE, Decision.UNKNOWN

WEB = Use(distributions=("channel_web",))
RESELLER_ON_THE_WEB = Audience(regions=("europe_germany",), channels=("channel_web",))
ENGLISH_SPEAKING = Audience(regions=("europe_germany",), languages=("language_english",))
SOFTWARE_HOUSE = Audience(regions=("europe_germany",), industries=("industry_software",))
TEAM = Audience(regions=("europe_germany",), people=5)


class Row(NamedTuple):
    clause: str
    licence: dict[str, object]
    expected: Decision
    rule: str | None = None  # the row of the table that decides; None where nothing stands against it
    use: Use = SOCIAL_MEDIA
    audience: Audience = GERMANY


def limits(**constraints: object) -> dict[str, object]:
    return {"license_download_constraints": constraints}


def released(model: object, property_: object) -> dict[str, object]:
    return content(release_details={"model_release_state": model, "property_release_state": property_})


ROWS = (
    Row("nothing stands against it", licence(), PERMIT),
    # The purchase
    Row("a cancelled purchase gives no right", licence(state="cancelled"), REFUSE, "state"),
    Row("a purchase in its first phase is not completed", licence(state="purchase_phase_1"), REFUSE, "state"),
    Row("a purchase in its second phase is not completed", licence(state="purchase_phase_2"), REFUSE, "state"),
    Row("a purchase that is downloading is not completed", licence(state="downloading"), REFUSE, "state"),
    Row("a purchase that is finalizing is not completed", licence(state="finalizing"), REFUSE, "state"),
    Row("a purchase in error is not completed", licence(state="error"), REFUSE, "state"),
    Row("a state that we do not know is no approval", licence(state="suspended"), UNKNOWN, "state"),
    Row("a state in other letters is not the same state", licence(state="Completed"), UNKNOWN, "state"),
    Row("no state is no approval", licence(state=None), UNKNOWN, "state"),
    Row("what may not be synchronised stays", licence(can_be_synced=False), REFUSE, "can_be_synced"),
    Row("not said to be synchronisable is not known", licence(can_be_synced=None), UNKNOWN, "can_be_synced"),
    Row("no list of terms permits nothing", licence(license_terms=None), UNKNOWN, "terms"),
    Row("an empty list of terms permits nothing", licence(license_terms=[]), UNKNOWN, "terms"),
    Row("terms that are no list are not known", licence(license_terms="any"), UNKNOWN, "readable"),
    Row("a state that is no text is not known", licence(state=3), UNKNOWN, "readable"),
    Row("a mark of AI that cannot be read narrows nothing", licence(content_element=content(is_ai="x")), PERMIT),
    Row("a term that is no object is not known", licence(license_terms=[term(), "x"]), UNKNOWN, "readable_term"),
    Row("a date that is none is not known", licence(term(valid_until="soon")), UNKNOWN, "readable_term"),
    Row("a flag that is text is not known", licence(term(is_editorial_use="no")), UNKNOWN, "readable_term"),
    Row("a list that is a word is not known", licence(term(allowed_usages="any")), UNKNOWN, "readable_term"),
    Row(
        "a restriction in a new dimension is not understood",
        licence(term(restricted_moods=["sad"])),
        UNKNOWN,
        "unknown_statement",
    ),
    Row(
        "an allowance in a new dimension is not understood",
        licence(term(allowed_moods=["glad"])),
        UNKNOWN,
        "unknown_statement",
    ),
    Row("an empty list in a new dimension is no statement", licence(term(restricted_moods=[])), PERMIT),
    Row("a new field that restricts nothing is let alone", licence(term(colour="red"), future={"x": 1}), PERMIT),
    # When: the instant asked for is 2027-01-15 12:00 UTC
    Row("use starts at valid_from", licence(term(valid_from="2027-01-15T12:00:00Z")), PERMIT),
    Row("use does not start before valid_from", licence(term(valid_from="2027-01-15T12:00:01Z")), REFUSE, "valid_from"),
    Row("use goes on before valid_until", licence(term(valid_until="2027-01-15T12:00:01Z")), PERMIT),
    Row("the instant valid_until is past it", licence(term(valid_until="2027-01-15T12:00:00Z")), REFUSE, "valid_until"),
    Row(
        "an offset is part of the instant",
        licence(term(valid_until="2027-01-15T13:00:00+01:00")),
        REFUSE,
        "valid_until",
    ),
    Row("first use may begin before its deadline", licence(term(to_be_used_until="2027-01-15T12:00:01Z")), PERMIT),
    Row(
        "first use may not begin at its deadline",
        licence(term(to_be_used_until="2027-01-15T12:00:00Z")),
        REFUSE,
        "to_be_used_until",
    ),
    Row("a date of today, in no zone, may be over", licence(term(valid_until="2027-01-15")), REFUSE, "valid_until"),
    # Where
    Row("an empty list of regions is no statement", licence(term(allowed_geographies=[])), PERMIT),
    Row("a null list of regions is no statement", licence(term(restricted_geographies=None)), PERMIT),
    Row("everywhere allowed is allowed", licence(term(allowed_geographies=["any"])), PERMIT),
    Row("the country itself is allowed", licence(term(allowed_geographies=["europe_germany"])), PERMIT),
    Row("the continent allowed allows the country", licence(term(allowed_geographies=["europe_any"])), PERMIT),
    Row(
        "another country allowed is not enough",
        licence(term(allowed_geographies=["europe_austria"])),
        REFUSE,
        "geographies",
    ),
    Row(
        "a restricted country is refused",
        licence(term(restricted_geographies=["europe_germany"])),
        REFUSE,
        "geographies",
    ),
    Row(
        "a restricted continent is refused", licence(term(restricted_geographies=["europe_any"])), REFUSE, "geographies"
    ),
    Row("everything restricted is refused", licence(term(restricted_geographies=["any"])), REFUSE, "geographies"),
    Row(
        "everything restricted is refused also to whom we cannot place",
        licence(term(restricted_geographies=["any"])),
        REFUSE,
        "geographies",
        audience=Audience(),
    ),
    Row(
        "a restriction beats an allowance",
        licence(term(allowed_geographies=["any"], restricted_geographies=["europe_germany"])),
        REFUSE,
        "geographies",
    ),
    Row("a restriction elsewhere does not matter", licence(term(restricted_geographies=["asia_any"])), PERMIT),
    Row(
        "a restriction that we do not know may be this one",
        licence(term(restricted_geographies=["europe_kosovo_new"])),
        UNKNOWN,
        "geographies",
    ),
    Row(
        "an allowance that we do not know may be this one",
        licence(term(allowed_geographies=["europe_dach"])),
        UNKNOWN,
        "geographies",
    ),
    Row(
        "an allowance that we do not know does not matter beside one that decides",
        licence(term(allowed_geographies=["europe_dach", "europe_any"])),
        PERMIT,
    ),
    Row(
        "an entry that is no text may be any region",
        licence(term(restricted_geographies=[{"key": "europe_germany"}])),
        UNKNOWN,
        "geographies",
    ),
    Row(
        "an audience without a region is not known",
        licence(term(allowed_geographies=["europe_any"])),
        UNKNOWN,
        "geographies",
        audience=Audience(),
    ),
    Row(
        "an audience without a region is not known to be outside a restriction",
        licence(term(restricted_geographies=["europe_any"])),
        UNKNOWN,
        "geographies",
        audience=Audience(),
    ),
    Row("where no term speaks of regions, none is needed", licence(), PERMIT, audience=Audience()),
    Row(
        "a region that we do not know is not known",
        licence(term(allowed_geographies=["europe_any"])),
        UNKNOWN,
        "geographies",
        audience=Audience(regions=("europe_atlantis",)),
    ),
    Row(
        "a region that we do not know is refused where it is named",
        licence(term(restricted_geographies=["europe_atlantis"])),
        REFUSE,
        "geographies",
        audience=Audience(regions=("europe_atlantis",)),
    ),
    Row(
        "Russia is restricted by its other continent",
        licence(term(allowed_geographies=["europe_any"], restricted_geographies=["asia_any"])),
        REFUSE,
        "geographies",
        audience=Audience(regions=("europe_russia",)),
    ),
    # For what
    Row("the usage allowed is allowed", licence(term(allowed_usages=["digital_media_social_media"])), PERMIT),
    Row("the group of the usage allowed is allowed", licence(term(allowed_usages=["digital_media_any"])), PERMIT),
    Row("another usage allowed is not enough", licence(term(allowed_usages=["advertising_any"])), REFUSE, "usages"),
    Row("a restricted usage is refused", licence(term(restricted_usages=["digital_media_any"])), REFUSE, "usages"),
    Row(
        "a usage is a group of groups",
        licence(term(allowed_usages=["advertising_any"])),
        PERMIT,
        use=Use(usages=("advertising_print_directory",)),
    ),
    Row(
        "a group is not allowed by its parts",
        licence(term(allowed_usages=["advertising_tv_commercial", "advertising_tv_infomercial"])),
        REFUSE,
        "usages",
        use=Use(usages=("advertising_tv_any",)),
    ),
    Row(
        "a group is restricted by its part",
        licence(term(restricted_usages=["advertising_tv_commercial"])),
        REFUSE,
        "usages",
        use=Use(usages=("advertising_any",)),
    ),
    Row(
        "a usage that is not stated is not known",
        licence(term(allowed_usages=["digital_media_any"])),
        UNKNOWN,
        "usages",
        use=Use(),
    ),
    Row(
        "a usage that we do not know is not known",
        licence(term(restricted_usages=["digital_media_any"])),
        UNKNOWN,
        "usages",
        use=Use(usages=("ai_training_any",)),
    ),
    # How
    Row("no statement on distribution", licence(), PERMIT, use=WEB, audience=RESELLER_ON_THE_WEB),
    Row(
        "the distribution of use and audience is allowed",
        licence(term(allowed_distributions=["channel_any"])),
        PERMIT,
        use=WEB,
        audience=RESELLER_ON_THE_WEB,
    ),
    Row(
        "the channels of the audience need to be known too",
        licence(term(allowed_distributions=["channel_any"])),
        UNKNOWN,
        "distributions",
        use=WEB,
    ),
    Row(
        "a restricted channel of the audience is refused",
        licence(term(restricted_distributions=["channel_web"])),
        REFUSE,
        "distributions",
        use=Use(distributions=("channel_print",)),
        audience=RESELLER_ON_THE_WEB,
    ),
    Row(
        "where external distribution is restricted, partners may be barred",
        licence(term(restricted_distributions=["external"])),
        UNKNOWN,
        "handing_on",
        use=WEB,
        audience=RESELLER_ON_THE_WEB,
    ),
    Row(
        "where third-party rights are restricted, partners may be barred",
        licence(term(restricted_distributions=["third_party_rights"])),
        UNKNOWN,
        "handing_on",
        use=WEB,
        audience=RESELLER_ON_THE_WEB,
    ),
    Row(
        "a placement allowed is allowed",
        licence(term(allowed_placements=["page_any"])),
        PERMIT,
        use=Use(placements=("page_cover",)),
    ),
    Row(
        "a placement restricted is refused",
        licence(term(restricted_placements=["page_cover"])),
        REFUSE,
        "placements",
        use=Use(placements=("page_cover",)),
    ),
    Row(
        "a placement not stated is not known",
        licence(term(restricted_placements=["page_cover"])),
        UNKNOWN,
        "placements",
    ),
    Row("a size allowed is allowed", licence(term(allowed_sizes=["page_any"])), PERMIT, use=Use(sizes=("page_eigth",))),
    Row(
        "a size allowed is not another",
        licence(term(allowed_sizes=["page_half"])),
        REFUSE,
        "sizes",
        use=Use(sizes=("page_full",)),
    ),
    Row("a size not stated is not known", licence(term(allowed_sizes=["page_half"])), UNKNOWN, "sizes"),
    # In which language, for which industry
    Row(
        "the language of the audience is allowed",
        licence(term(allowed_languages=["language_english"])),
        PERMIT,
        audience=ENGLISH_SPEAKING,
    ),
    Row(
        "a language of the use that is not allowed is refused",
        licence(term(allowed_languages=["language_english"])),
        REFUSE,
        "languages",
        use=Use(languages=("language_german",)),
        audience=ENGLISH_SPEAKING,
    ),
    Row(
        "the language of the audience needs to be known",
        licence(term(restricted_languages=["language_arabic"])),
        UNKNOWN,
        "languages",
    ),
    Row(
        "an industry of the audience that is restricted is refused",
        licence(term(restricted_industries=["industry_software"])),
        REFUSE,
        "industries",
        audience=SOFTWARE_HOUSE,
    ),
    Row(
        "an industry that is not restricted is allowed",
        licence(term(allowed_industries=["any"], restricted_industries=["industry_tobacco"])),
        PERMIT,
        audience=SOFTWARE_HOUSE,
    ),
    Row(
        "the industry of the audience needs to be known",
        licence(term(allowed_industries=["any"], restricted_industries=["industry_tobacco"])),
        UNKNOWN,
        "industries",
    ),
    # Editorial use and releases
    Row("editorial only is refused to other use", licence(term(is_editorial_use=True)), REFUSE, "editorial_use"),
    Row("editorial or not, if not said, is not known", licence(term(is_editorial_use=None)), UNKNOWN, "editorial_use"),
    Row("editorial use needs no statement", licence(term(is_editorial_use=None)), PERMIT, use=NEWS),
    Row("editorial use may be made of editorial content", licence(term(is_editorial_use=True)), PERMIT, use=NEWS),
    Row(
        "editorial content stays editorial",
        licence(content_element=content(is_editorial_use=True)),
        REFUSE,
        "editorial_content",
    ),
    Row(
        "content offered for editorial use stays editorial",
        licence(offering={"is_editorial_use": True}),
        REFUSE,
        "editorial_content",
    ),
    Row("no release of people", licence(content_element=released("not_released", "released")), REFUSE, "model_release"),
    Row("release of people not stated", licence(content_element=released(None, "released")), UNKNOWN, "model_release"),
    Row(
        "'all' is no state of a release", licence(content_element=released("all", "released")), UNKNOWN, "model_release"
    ),
    Row(
        "a state of release that we do not know",
        licence(content_element=released("pending", "released")),
        UNKNOWN,
        "model_release",
    ),
    Row(
        "no release of property",
        licence(content_element=released("released", "not_released")),
        REFUSE,
        "property_release",
    ),
    Row(
        "release of property not stated",
        licence(content_element=released("released", None)),
        UNKNOWN,
        "property_release",
    ),
    Row("no content, no releases", licence(content_element=None), UNKNOWN, "model_release"),
    Row(
        "editorial use needs no release",
        licence(content_element=released("not_released", "not_released")),
        PERMIT,
        use=NEWS,
    ),
    # Exclusivity and quantities
    Row("exclusivity keeps others out", licence(term(exclusivities=["exclusive_geography", "any"])), PERMIT),
    Row("a new exclusivity", licence(term(exclusivities=["exclusive_mood"])), UNKNOWN, "exclusivities"),
    Row("any quantity", licence(term(usage_limits=["any", "quantity_any", "display_any", "copy_any"])), PERMIT),
    Row("a number of copies", licence(term(usage_limits=["copy_one_copy"])), UNKNOWN, "usage_limits"),
    Row(
        "any quantity but few displays",
        licence(term(usage_limits=["any", "display_up_to_5_displays"])),
        UNKNOWN,
        "usage_limits",
    ),
    Row("a new limit", licence(term(usage_limits=["seats_up_to_5"])), UNKNOWN, "usage_limits"),
    # Counters
    Row("a download is left", licence(**limits(effective_max_downloads=25), current_downloads=24), PERMIT),
    Row(
        "no download is left", licence(**limits(effective_max_downloads=25), current_downloads=25), REFUSE, "downloads"
    ),
    Row("downloads not counted", licence(**limits(effective_max_downloads=25)), UNKNOWN, "downloads"),
    Row("no limit of downloads", licence(**limits(effective_max_downloads=0), current_downloads=9), PERMIT),
    Row("a limit below none is none", licence(**limits(effective_max_downloads=-1), current_downloads=9), PERMIT),
    Row(
        "a limit that is not set is none", licence(**limits(effective_max_downloads=None), current_downloads=9), PERMIT
    ),
    Row("a reuse is left", licence(**limits(effective_max_reuses=2), current_reuses=1), PERMIT),
    Row("no reuse is left", licence(**limits(effective_max_reuses=2), current_reuses=2), REFUSE, "reuses"),
    Row("reuses not counted", licence(**limits(effective_max_reuses=2)), UNKNOWN, "reuses"),
    Row("room for all users", licence(**limits(effective_max_users=9), current_users=4), PERMIT, audience=TEAM),
    Row(
        "room for some users", licence(**limits(effective_max_users=8), current_users=4), REFUSE, "users", audience=TEAM
    ),
    Row("all users are taken", licence(**limits(effective_max_users=4), current_users=4), REFUSE, "users"),
    Row("an audience of unknown size", licence(**limits(effective_max_users=9), current_users=4), UNKNOWN, "users"),
    Row("users not counted", licence(**limits(effective_max_users=9)), UNKNOWN, "users", audience=TEAM),
    Row("no limit of users", licence(**limits(effective_max_users=0)), PERMIT),
    # Several terms
    Row(
        "every term must permit",
        licence(term(), term(sequence_number=2, restricted_geographies=["europe_germany"])),
        REFUSE,
        "geographies",
    ),
    Row(
        "what one term allows does not help another",
        licence(term(allowed_geographies=["any"]), term(sequence_number=2, allowed_geographies=["asia_any"])),
        REFUSE,
        "geographies",
    ),
    Row("one unknown among permitting terms", licence(term(), term(is_editorial_use=None)), UNKNOWN, "editorial_use"),
    Row(
        "a refusal outweighs an unknown",
        licence(term(is_editorial_use=None, restricted_geographies=["europe_any"])),
        REFUSE,
        "geographies",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.clause)
def test_clause_decides_as_the_table_says(row: Row) -> None:
    verdict = judged(row.licence, row.use, row.audience)

    deciding = {reason.rule for reason in verdict.reasons if reason.decision is verdict.decision}
    assert row.expected == verdict.decision
    assert row.rule is None or row.rule in deciding


NOTED = {
    "zone": licence(term(valid_until="2027-01-16")),
    "two_continents": licence(term(allowed_geographies=["asia_any"])),
    "ai": licence(content_element=content(is_ai=True)),
    "readable": licence(has_potentially_restrictive_license_terms="maybe"),
}


@pytest.mark.parametrize("rule", NOTED)
def test_note_is_given_and_stands_against_nothing(rule: str) -> None:
    verdict = judged(NOTED[rule], audience=Audience(regions=("asia_turkey",)))

    assert PERMIT == verdict.decision
    assert [(rule, PERMIT)] == [(reason.rule, reason.decision) for reason in verdict.reasons]


def test_every_rule_has_a_case_that_shows_it() -> None:
    shown = {row.rule for row in ROWS} | NOTED.keys()

    assert {rule.name for rule in RULES} == shown - {None}


def test_rules_are_named_once() -> None:
    names = [rule.name for rule in RULES]

    assert sorted(set(names)) == sorted(names)


def test_first_use_in_time_outlives_its_deadline() -> None:
    deadline = licence(term(to_be_used_until="2027-01-10T00:00:00Z"))
    in_time, too_late = datetime(2027, 1, 9, tzinfo=UTC), datetime(2027, 1, 10, tzinfo=UTC)

    assert PERMIT == judged(deadline, first_used_at=in_time).decision
    assert REFUSE == judged(deadline, first_used_at=too_late).decision


def test_first_use_that_lies_ahead_does_not_count_as_made() -> None:
    deadline = licence(term(to_be_used_until="2027-01-10T00:00:00Z"))
    ahead = datetime(2027, 3, 1, tzinfo=UTC)

    assert REFUSE == judged(deadline, first_used_at=ahead).decision


def test_first_use_planned_too_late_does_not_forbid_one_that_begins_now() -> None:
    deadline = licence(term(to_be_used_until="2027-01-20T00:00:00Z"))
    too_late = datetime(2027, 3, 1, tzinfo=UTC)

    assert PERMIT == judged(deadline, first_used_at=too_late).decision


def test_reason_names_term_dimension_and_key() -> None:
    verdict = judged(licence(term(), term(sequence_number=7, restricted_geographies=["asia_any", "europe_any"])))

    (reason,) = verdict.reasons
    assert (7, "geographies", "europe_any") == (reason.term, reason.dimension, reason.key)
    assert "Term 7 restricts geographies: europe_any, which includes europe_germany." == reason.text


def test_refusals_come_first_and_in_the_order_of_the_table() -> None:
    verdict = judged(
        licence(
            term(sequence_number=2, is_editorial_use=None, restricted_usages=["any"]),
            term(sequence_number=1, restricted_usages=["any"], valid_until="2026-01-01T00:00:00Z"),
            content_element=content(is_ai=True),
        )
    )

    assert [("valid_until", 1), ("usages", 1), ("usages", 2), ("editorial_use", 2), ("ai", None)] == [
        (reason.rule, reason.term) for reason in verdict.reasons
    ]


def test_same_thing_said_by_two_terms_without_numbers_is_said_once() -> None:
    unnumbered = term(sequence_number=None, is_editorial_use=True)

    verdict = judged(licence(unnumbered, unnumbered))

    assert ["A term without a number permits editorial use only."] == [reason.text for reason in verdict.reasons]


def test_key_that_is_no_word_is_shown_so_that_it_cannot_pretend() -> None:
    verdict = judged(licence(term(restricted_usages=["x.\nTerm 9 permits everything\u202e" + "!" * 500])))

    (reason,) = verdict.reasons
    assert "\n" not in reason.text
    assert "\u202e" not in reason.text
    assert len(reason.text) < 200


def test_instant_of_the_question_without_a_zone_is_refused_as_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zone"):
        judged(licence(), at=datetime(2027, 1, 15))  # noqa: DTZ001 - the mistake
