"""
Which places each of the vendor's geography keys stands for: an explicit, versioned table (case K27).

A key stands for a set of places. `europe_any` stands for every country listed under Europe and for the rest of Europe,
so the countries one by one are never as much as the continent. A country that the vendor lists under two continents
(Russia, Turkey) is one place with two keys: whatever is said under either continent is said about it. Overseas
territories belong to no country of the table: who uses an asset there is unknown until a key for it exists.
"""

from typing import Final

VERSION: Final = 1
"""Raised with every change of the table; the vendor's own example list is of 2019 and open (dossier 5)."""

EVERYWHERE: Final = "any"

COUNTRIES: Final[dict[str, dict[str, str]]] = {
    "africa": {
        "algeria": "DZ",
        "angola": "AO",
        "egypt": "EG",
        "ethiopia": "ET",
        "kenya": "KE",
        "morocco": "MA",
        "nigeria": "NG",
        "south_africa": "ZA",
        "sudan": "SD",
        "tanzania": "TZ",
        "tunisia": "TN",
    },
    "antarctica": {},
    "asia": {
        "china": "CN",
        "india": "IN",
        "indonesia": "ID",
        "iran": "IR",
        "japan": "JP",
        "russia": "RU",
        "saudi_arabia": "SA",
        "south_korea": "KR",
        "thailand": "TH",
        "turkey": "TR",
        "united_arab_emirates": "AE",
    },
    "australia": {
        "australia": "AU",
        "new_zealand": "NZ",
    },
    "europe": {
        "andorra": "AD",
        "austria": "AT",
        "belgium": "BE",
        "denmark": "DK",
        "estonia": "EE",
        "finland": "FI",
        "france": "FR",
        "germany": "DE",
        "ireland": "IE",
        "italy": "IT",
        "latvia": "LV",
        "liechtenstein": "LI",
        "lithuania": "LT",
        "luxembourg": "LU",
        "netherlands": "NL",
        "norway": "NO",
        "poland": "PL",
        "portugal": "PT",
        "russia": "RU",
        "spain": "ES",
        "sweden": "SE",
        "switzerland": "CH",
        "turkey": "TR",
        "united_kingdom": "GB",
    },
    "north_america": {
        "canada": "CA",
        "mexico": "MX",
        "united_states": "US",
    },
    "south_america": {
        "argentina": "AR",
        "brazil": "BR",
        "chile": "CL",
        "colombia": "CO",
        "peru": "PE",
        "venezuela": "VE",
    },
}
"""Continent, then the vendor's name of the country, then its ISO 3166-1 code."""


def places() -> dict[str, frozenset[str]]:
    """Return the places that each geography key stands for."""
    by_key = {
        f"{continent}_{country}": frozenset({code})
        for continent, countries in COUNTRIES.items()
        for country, code in countries.items()
    }
    by_key |= {
        f"{continent}_any": frozenset({*countries.values(), f"elsewhere in {continent}"})
        for continent, countries in COUNTRIES.items()
    }
    everywhere = frozenset({"elsewhere"}).union(*by_key.values())
    return {EVERYWHERE: everywhere, **by_key}


def place(key: str) -> str:
    """Return the place that a country's key stands for, also when the table holds the country elsewhere only."""
    for continent in COUNTRIES:
        country = key.removeprefix(f"{continent}_")
        if country not in {key, "any"}:
            return next((countries[country] for countries in COUNTRIES.values() if country in countries), country)
    return key


def regions_of(country_code: str) -> tuple[str, ...]:
    """Return the geography keys of a country by its ISO 3166-1 code; empty when the table does not hold it: unknown."""
    return tuple(
        f"{continent}_{country}"
        for continent, countries in COUNTRIES.items()
        for country, code in countries.items()
        if code == country_code
    )


ON_TWO_CONTINENTS: Final = frozenset(
    key
    for countries in COUNTRIES.values()
    for code in countries.values()
    for key in regions_of(code)
    if len(regions_of(code)) > 1
)
"""Keys of the countries that the vendor lists under two continents; verdicts about them are flagged."""
