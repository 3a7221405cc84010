"""The reasoning, in words that somebody reads who has to answer for it."""

from shared.rights.explain import explain, licence_in_words, verdict_in_words
from shared.rights.facts import LicenceFacts
from shared.rights.use import Audience
from tests.rights.licences import GERMANY, NEWS, NOON, SOCIAL_MEDIA, from_wire, judged, licence, term


def test_refusal_is_explained_by_question_answer_reasons_and_licence() -> None:
    facts = LicenceFacts.from_transaction(
        licence(
            term(restricted_geographies=["europe_any"], valid_until="2027-06-30T22:00:00Z", name=[]),
            license_download_constraints={"effective_max_downloads": 25},
            current_downloads=3,
        )
    )

    assert (
        "Asked for 2027-01-15 12:00:00 UTC: use that is not only editorial by an audience in europe_germany.",
        "The use: usages digital_media_social_media.",
        "The audience: regions europe_germany.",
        "No: the licence does not permit it.",
        "Term 1 restricts geographies: europe_any, which includes europe_germany.",
        "This holds until 2027-06-30 22:00:00 UTC.",
        "The purchase is completed; it may be synchronised: yes.",
        "Releases: of people released; of property no_release_required.",
        "Made with artificial intelligence: not stated.",
        "Downloads: 3 of 25; users: an unstated number, without a limit; reuses: an unstated number, without a limit.",
        "May restrict, by the vendor's own summary: not stated.",
        (
            "Term 1: editorial use only: no; until 2027-06-30 22:00:00 UTC; geographies restricted: europe_any;"
            " nothing else is stated."
        ),
    ) == explain(facts, SOCIAL_MEDIA, GERMANY, NOON)


def test_permission_and_the_unknown_are_told_apart() -> None:
    assert ("Yes: nothing in the licence stands against it.", "Time alone does not change this.") == verdict_in_words(
        judged(licence())
    )
    assert (
        "Not known: the licence does not clearly permit it, and what is not known is not published.",
        "The licence has no terms, so it is not known what it permits.",
        "Time alone does not change this.",
    ) == verdict_in_words(judged(licence(license_terms=[])))


def test_question_without_region_or_use_says_so() -> None:
    lines = explain(LicenceFacts(), NEWS.model_copy(update={"usages": ()}), Audience(), NOON)

    assert (
        "Asked for 2027-01-15 12:00:00 UTC: editorial use by an audience in an unknown region.",
        "The use: nothing stated.",
        "The audience: nothing stated.",
    ) == lines[:3]


def test_everything_that_a_term_says_is_said() -> None:
    *_, first, second = licence_in_words(LicenceFacts.from_transaction(from_wire("lpt_page_first.json")["79001"]))

    assert (
        'Term 1 "Campaign Europe": editorial use only: not stated; from 2026-03-02 09:15:51.397267 UTC;'
        " until 2026-12-31 23:59:59 UTC; first use before 2026-09-30 22:00:00 UTC;"
        " usages allowed: advertising_any, digital_media_social_media; usages restricted: retail_product_packaging_any;"
        " distributions allowed: channel_web, channel_print; distributions restricted: channel_tv;"
        " placements allowed: page_cover; placements restricted: placement_background;"
        " sizes allowed: page_full, page_eigth; sizes restricted: ad_eigth;"
        " geographies allowed: europe_any; geographies restricted: europe_germany, europe_russia, asia_russia;"
        " languages allowed: language_english, language_german; languages restricted: language_mandarin_chinese;"
        " industries allowed: any; industries restricted: industry_tobacco, industry_manifacturing;"
        " exclusivities: exclusive_geography;"
        " limits: quantity_up_to_10000_total_circulation, display_up_to_25_displays; nothing else is stated."
    ) == first
    assert second.startswith('Term 2 "E-mail only": editorial use only: no;')


def test_long_list_is_cut_with_a_count_of_what_is_left_out() -> None:
    keys = [f"industry_{number}" for number in range(20)]

    *_, text = licence_in_words(LicenceFacts.from_transaction(licence(term(allowed_industries=keys))))

    assert "industry_11 and 8 more;" in text
    assert "industry_12" not in text
