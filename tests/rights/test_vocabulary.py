"""Which of the vendor's keys contains which, and how new ones are learnt (case K28)."""

import json

import pytest

from shared.rights.evaluate import evaluate
from shared.rights.facts import LicenceFacts
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision
from shared.rights.vocabulary import VENDOR_KEYS
from tests.rights.licences import GERMANY, NOON, SOCIAL_MEDIA, WIRE, from_wire, judged, licence, term

CONTAINED = (
    ("usages", "any", "digital_media_any"),
    ("usages", "advertising_any", "advertising_print_any"),
    ("usages", "advertising_any", "advertising_print_directory"),
    ("usages", "advertising_print_any", "advertising_print_directory"),
    ("usages", "film_video_tv_any", "film_video_tv_film_documentary"),
    ("distributions", "social_media_any", "social_media_one"),
    ("distributions", "media_any", "media_print"),
    ("placements", "circulation_any", "circulation_season_half"),
    ("sizes", "ad_any", "ad_eigth"),
    ("languages", "any", "language_mandarin_chinese"),
    ("industries", "any", "industry_manifacturing"),
    ("geographies", "north_america_any", "north_america_united_states"),
    ("geographies", "any", "antarctica_any"),
)
APART = (
    ("usages", "advertising_tv_any", "film_video_tv_any"),
    ("distributions", "media_any", "social_media_any"),
    ("distributions", "location_ten", "location_one"),
    ("sizes", "page_any", "ad_full"),
    ("geographies", "australia_any", "asia_any"),
    ("geographies", "south_america_any", "north_america_mexico"),
)


@pytest.mark.parametrize(("dimension", "group", "key"), CONTAINED)
def test_group_contains_what_begins_like_it(dimension: str, group: str, key: str) -> None:
    words = VENDOR_KEYS[dimension]

    assert group in words.covering[key]
    assert key not in words.covering[group]
    assert key in words.touching[group]


@pytest.mark.parametrize(("dimension", "one", "other"), APART)
def test_keys_of_different_groups_have_nothing_in_common(dimension: str, one: str, other: str) -> None:
    words = VENDOR_KEYS[dimension]

    assert other not in words.touching[one]
    assert one not in words.touching[other]


def catalogue(name: str) -> dict[str, set[str]]:
    content = json.loads((WIRE / name).read_text(encoding="utf-8"))
    return {
        dimension: {entry["metadata_element"]["key"] for entry in content[f"license_{dimension}"]}
        for dimension in VENDOR_KEYS.dimensions
    }


def test_keys_of_a_sample_catalogue_are_known_but_for_the_two_that_are_new() -> None:
    new = {
        key
        for dimension, keys in catalogue("generic_metadata_new_keys.json").items()
        for key in keys
        if key not in VENDOR_KEYS[dimension]
    }

    assert {"immersive_media_any", "europe_croatia"} == new


def test_licence_with_new_keys_moves_by_itself_once_a_catalogue_names_them() -> None:
    wire = from_wire("lpt_unknown_keys.json")["79030"]
    facts = LicenceFacts.from_transaction(
        wire | {"license_terms": [t | {"is_editorial_use": False} for t in wire["license_terms"]]}  # type: ignore[attr-defined]
    )
    use, croatia = Use(usages=("immersive_media_any",)), Audience(regions=("europe_croatia",))
    learnt = VENDOR_KEYS.extended(catalogue("generic_metadata_new_keys.json"))

    before, germany = evaluate(facts, use, croatia, NOON), evaluate(facts, use, GERMANY, NOON)
    after = evaluate(facts, use, croatia, NOON, vocabulary=learnt)
    germany_after = evaluate(facts, use, GERMANY, NOON, vocabulary=learnt)

    assert [Decision.UNKNOWN, Decision.UNKNOWN] == [before.decision, germany.decision]
    assert [Decision.PERMIT, Decision.REFUSE] == [after.decision, germany_after.decision]


def test_new_key_belongs_to_the_groups_that_it_begins_like() -> None:
    learnt = VENDOR_KEYS.extended({"geographies": ["europe_kosovo"], "usages": ["advertising_print_zine"]})

    assert {"any", "europe_any", "europe_kosovo"} == learnt["geographies"].covering["europe_kosovo"]
    assert {"any", "advertising_any", "advertising_print_any", "advertising_print_zine"} == learnt["usages"].covering[
        "advertising_print_zine"
    ]
    assert "europe_kosovo" not in VENDOR_KEYS["geographies"]


def test_new_group_contains_the_keys_that_begin_like_it() -> None:
    learnt = VENDOR_KEYS.extended({"industries": ["industry_fin_any", "industry_fin_crypto"]})["industries"]

    assert {"any", "industry_fin_any", "industry_fin_crypto"} == learnt.covering["industry_fin_crypto"]
    assert "industry_financial" not in learnt.touching["industry_fin_any"]


def test_new_key_of_a_known_country_on_another_continent_is_that_country() -> None:
    learnt = VENDOR_KEYS.extended({"geographies": ["asia_egypt"]})["geographies"]

    assert "asia_egypt" in learnt.touching["africa_egypt"]
    assert "asia_any" in learnt.touching["africa_egypt"]


def test_new_key_that_names_no_continent_stands_for_itself() -> None:
    learnt = VENDOR_KEYS.extended({"geographies": ["worldwide_digital", "oceania_any"]})["geographies"]

    assert {"any", "worldwide_digital"} == learnt.covering["worldwide_digital"]
    assert {"any", "oceania_any"} == learnt.touching["oceania_any"]


def test_in_a_page_of_a_hundred_the_three_odd_ones_are_held_and_nothing_else() -> None:
    page = [licence(uuid=str(number)) for number in range(1, 101)]
    page[36] = licence(term(restricted_geographies=["europe_kosovo_new"]))
    page[57] = licence(term(restricted_usages=["ai_training_any"]))
    page[70] = licence(term(a_new_field=[1, 2]), another_new_field={"deep": None})
    page[89] = licence(state="suspended")

    verdicts = [judged(entry, SOCIAL_MEDIA) for entry in page]

    held = {
        number: verdict.reasons[0].key
        for number, verdict in enumerate(verdicts, start=1)
        if verdict.decision is not Decision.PERMIT
    }
    assert {37: "europe_kosovo_new", 58: "ai_training_any", 90: "suspended"} == held
