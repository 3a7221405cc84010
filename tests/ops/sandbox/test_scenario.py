"""The scenario of the demo is what it is said to be, and a scenario with a mistake in it is refused."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ops.sandbox.checker_claims import Look, tracks_of
from ops.sandbox.moments import Moment, parse_moment, parse_span
from ops.sandbox.scenario import DEMO, Scenario, load_scenario


@pytest.fixture(scope="module")
def demo() -> Scenario:
    return load_scenario()


def test_the_demo_is_large_enough(demo: Scenario) -> None:
    effects = sum(len(track.phases) for track in tracks_of(demo))

    assert len([*demo.assets()]) >= 30
    assert effects >= 200
    assert 6 == len(demo.communities)
    assert {"europe", "north", "asia"} == {c.regions[0].split("_")[0] for c in demo.communities.values()}
    assert {"jpeg", "png", "pdf"} == {asset.format for asset in demo.assets()}


def test_no_two_files_of_the_demo_have_the_same_bytes(demo: Scenario) -> None:
    files = Counter(hashlib.sha256(a.content(version)).digest() for a in demo.assets() for version in (1, 2))

    assert {1} == set(files.values())


def test_no_two_licences_of_the_demo_have_the_same_id(demo: Scenario) -> None:
    assert {1} == set(Counter(asset.licence for asset in demo.assets()).values())


def test_a_closure_interrupts_what_is_there_and_what_comes_meanwhile(demo: Scenario) -> None:
    first = {t.asset.group: t for t in reversed(tracks_of(demo)) if t.community == "distributor-jp"}

    def phases(group: str) -> list[tuple[str, Look | None]]:
        return [(str(phase.since), phase.look) for phase in first[group].phases]

    assert [
        ("start", Look("Logo, colour", 1)),
        ("stranger-joins", None),
        ("stranger-leaves", Look("Logo, colour", 2)),
    ] == phases("logos")
    assert [("start", Look("Poster: summer fair", 1)), ("stranger-joins", None)] == phases("posters")
    assert [("stranger-leaves", Look("Beach bar", 1))] == phases("summer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 s", timedelta(seconds=90)),
        ("10 min", timedelta(minutes=10)),
        ("2 h", timedelta(hours=2)),
        ("-3 d", timedelta(days=-3)),
    ],
)
def test_spans_of_time_are_read(text: str, expected: timedelta) -> None:
    assert expected == parse_span(text)


def test_moments_are_read() -> None:
    assert Moment("sale-ends", timedelta(seconds=60)) == parse_moment("sale-ends + 60 s")
    assert Moment("sale-ends") == parse_moment("sale-ends")


@pytest.mark.parametrize("text", ["", "soon", "5", "5 weeks", "1.5 h", "+ 5 s"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        parse_span(text)


def misspelt_key(raw: dict[str, Any]) -> None:
    raw["groups"]["logos"]["formatt"] = "png"


def unknown_community(raw: dict[str, Any]) -> None:
    raw["audiences"]["europe"].append("atlantis")


def unknown_publication(raw: dict[str, Any]) -> None:
    raw["groups"]["logos"]["shown"][0]["publication"] = "brand-images"


def unknown_audience(raw: dict[str, Any]) -> None:
    raw["groups"]["logos"]["shown"][0]["to"] = "everybody"


def unknown_step(raw: dict[str, Any]) -> None:
    raw["groups"]["posters"]["shown"][0]["until"] = "cancel-poster"


def unknown_group(raw: dict[str, Any]) -> None:
    raw["steps"][2]["group"] = "poster"


def titles_that_do_not_fit(raw: dict[str, Any]) -> None:
    raw["groups"]["logos"]["shown"][0]["changes"][0]["titles"] = ["one of two"]


def two_steps_of_one_name(raw: dict[str, Any]) -> None:
    raw["steps"][2]["name"] = raw["steps"][3]["name"]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (misspelt_key, "formatt"),
        (unknown_community, "'atlantis' is none of"),
        (unknown_publication, "'brand-images' is none of brand-imagery"),
        (unknown_audience, "'everybody' is none of"),
        (unknown_step, "'cancel-poster' is none of"),
        (unknown_group, "'poster' is none of"),
        (titles_that_do_not_fit, "1 titles for 2 assets"),
        (two_steps_of_one_name, "is none of|two have the same name"),
    ],
)
def test_a_mistake_in_a_scenario_is_named(mistake: Callable[[dict[str, Any]], None], message: str) -> None:
    raw = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    mistake(raw)

    with pytest.raises(ValidationError, match=message):
        Scenario.model_validate(raw)
