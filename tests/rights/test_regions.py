"""A region that contains a country (case K27)."""

import pytest

from shared.rights.regions import COUNTRIES, ON_TWO_CONTINENTS, regions_of
from shared.rights.use import Audience
from shared.rights.verdict import Decision
from tests.rights.licences import judged, licence, term

PERMIT, REFUSE, UNKNOWN = Decision.PERMIT, Decision.REFUSE, Decision.UNKNOWN

EUROPE_BUT_AUSTRIA = {"allowed_geographies": ["europe_any"], "restricted_geographies": ["europe_austria"]}
ASIA = {"allowed_geographies": ["asia_any"]}
GERMANY_ONLY = {"allowed_geographies": ["europe_germany"]}
NOT_AFRICA = {"restricted_geographies": ["africa_any"]}

# Partners in Austria, Germany, Switzerland, Russia, Turkey, Kenya, Guadeloupe, the United Kingdom and Kosovo.
COUNTRY_CODES = ("AT", "DE", "CH", "RU", "TR", "KE", "GP", "GB", "XK")

EXPECTED = {
    "Europe but Austria": (
        EUROPE_BUT_AUSTRIA,
        (REFUSE, PERMIT, PERMIT, PERMIT, PERMIT, REFUSE, UNKNOWN, PERMIT, UNKNOWN),
    ),
    "Asia": (ASIA, (REFUSE, REFUSE, REFUSE, PERMIT, PERMIT, REFUSE, UNKNOWN, REFUSE, UNKNOWN)),
    "Germany only": (GERMANY_ONLY, (REFUSE, PERMIT, REFUSE, REFUSE, REFUSE, REFUSE, UNKNOWN, REFUSE, UNKNOWN)),
    "not Africa": (NOT_AFRICA, (PERMIT, PERMIT, PERMIT, PERMIT, PERMIT, REFUSE, UNKNOWN, PERMIT, UNKNOWN)),
}


@pytest.mark.parametrize("territory", EXPECTED)
def test_country_is_inside_or_outside_by_the_table_and_unknown_when_not_in_it(territory: str) -> None:
    terms, expected = EXPECTED[territory]

    found = tuple(
        judged(licence(term(**terms)), audience=Audience(regions=regions_of(code)[:1])).decision
        for code in COUNTRY_CODES
    )

    assert expected == found


@pytest.mark.parametrize("region", sorted(ON_TWO_CONTINENTS))
@pytest.mark.parametrize("continent", ["asia", "europe"])
def test_country_on_two_continents_takes_the_stricter_answer_and_is_flagged(region: str, continent: str) -> None:
    other = {"asia": "europe", "europe": "asia"}[continent]
    audience = Audience(regions=(region,))

    allowed = judged(licence(term(allowed_geographies=[f"{continent}_any"])), audience=audience)
    restricted = judged(
        licence(term(allowed_geographies=[f"{continent}_any"], restricted_geographies=[f"{other}_any"])),
        audience=audience,
    )

    assert PERMIT == allowed.decision
    assert REFUSE == restricted.decision
    assert all("two_continents" in {reason.rule for reason in verdict.reasons} for verdict in (allowed, restricted))


def test_two_keys_of_one_country_are_one_place() -> None:
    assert {"asia_russia", "europe_russia", "asia_turkey", "europe_turkey"} == ON_TWO_CONTINENTS
    assert (
        REFUSE
        == judged(
            licence(term(restricted_geographies=["asia_russia"])), audience=Audience(regions=("europe_russia",))
        ).decision
    )


TWO_COUNTRIES = Audience(regions=("europe_germany", "europe_austria"))


def test_partner_in_two_countries_needs_both() -> None:
    assert PERMIT == judged(licence(term(allowed_geographies=["europe_any"])), audience=TWO_COUNTRIES).decision
    assert REFUSE == judged(licence(term(**GERMANY_ONLY)), audience=TWO_COUNTRIES).decision
    assert REFUSE == judged(licence(term(**EUROPE_BUT_AUSTRIA)), audience=TWO_COUNTRIES).decision


def test_one_known_and_one_unknown_country_is_unknown() -> None:
    audience = Audience(regions=("europe_germany", "europe_kosovo"))

    assert UNKNOWN == judged(licence(term(allowed_geographies=["europe_any"])), audience=audience).decision


WHOLE_CONTINENT = {
    "the continent itself": ({"allowed_geographies": ["europe_any"]}, PERMIT),
    "everywhere": ({"allowed_geographies": ["any"]}, PERMIT),
    "every country of it, one by one": (
        {"allowed_geographies": [f"europe_{country}" for country in COUNTRIES["europe"]]},
        REFUSE,
    ),
    "all but one country": (EUROPE_BUT_AUSTRIA, REFUSE),
    "all but a country that is also elsewhere": (
        {"allowed_geographies": ["europe_any"], "restricted_geographies": ["asia_turkey"]},
        REFUSE,
    ),
    "all but a continent that shares a country": (
        {"allowed_geographies": ["europe_any"], "restricted_geographies": ["asia_any"]},
        REFUSE,
    ),
    "another continent restricted": (
        {"allowed_geographies": ["europe_any"], "restricted_geographies": ["africa_any"]},
        PERMIT,
    ),
}


@pytest.mark.parametrize("name", WHOLE_CONTINENT)
def test_continent_wide_audience_needs_the_whole_continent(name: str) -> None:
    terms, expected = WHOLE_CONTINENT[name]

    assert expected == judged(licence(term(**terms)), audience=Audience(regions=("europe_any",))).decision


RELATIONS = {
    "europe_any": ("europe_germany", "europe_any, which includes europe_germany"),
    "europe_austria": ("europe_any", "europe_austria, which is part of europe_any"),
    "asia_any": ("europe_any", "asia_any, which overlaps with europe_any"),
    "asia_russia": ("europe_russia", "asia_russia, which includes europe_russia"),
}


@pytest.mark.parametrize("restricted", RELATIONS)
def test_refusal_says_how_the_restriction_bears_on_the_audience(restricted: str) -> None:
    region, expected = RELATIONS[restricted]

    verdict = judged(licence(term(restricted_geographies=[restricted])), audience=Audience(regions=(region,)))

    assert f"Term 1 restricts geographies: {expected}." == verdict.reasons[0].text


def test_country_code_outside_the_table_has_no_region() -> None:
    assert () == regions_of("GP")
    assert ("asia_russia", "europe_russia") == regions_of("RU")
