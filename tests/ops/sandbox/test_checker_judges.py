"""A fleet that does right is found clean; each way of doing wrong makes its own counter rise, and no other."""

from collections.abc import Callable

import pytest

from ops.sandbox.checker import CheckResult, Tally
from tests.ops.sandbox.conftest import Stage

CLEAN = {"lost": 0, "duplicate_effects": 0, "rights_violations": 0, "echoes": 0}


def counters(result: CheckResult) -> dict[str, int]:
    return {name: getattr(result, name) for name in CLEAN}


def play(stage: Stage, *, but: str = "") -> None:
    """Do everything right from the start to the end, but for one thing that is left out."""
    fleet = stage.fleet
    documents = fleet.publish_all(*(track for track in stage.tracks if track.asset.group != but))
    north_logo, south_logo = stage.track("logo", "north"), stage.track("logo", "south")
    poster, tower = stage.track("poster", "north"), stage.track("tower", "north")
    for step in ("redraw", "cancel", "rename"):
        stage.make_step(step)
    if but != "redraw":
        fleet.replace(documents[north_logo], north_logo.asset, file=2)
        fleet.replace(documents[south_logo], south_logo.asset, file=2)
    if but not in {"poster", "cancel"}:
        fleet.withdraw(documents[poster])
    if but != "rename":
        fleet.rename(documents[tower], "Water tower")
    stage.make_step("join")
    if but != "join":
        fleet.withdraw(documents[south_logo])
    stage.make_step("leave")
    if but not in {"join", "leave"}:
        fleet.publish("south", "imagery", south_logo.asset, file=2)


def test_a_fleet_that_does_right_is_clean(stage: Stage) -> None:
    play(stage)

    result = stage.checker.result()

    # north: logo 2, poster 2, tower 2; south: logo appears, changes, goes, is back
    assert ((10, 10), CLEAN, ()) == ((result.expected, result.done), counters(result), result.findings)
    assert result.is_clean
    assert (Tally("north", 2, 2, 1, 1), Tally("south", 1, 1, 1, 1)) == result.communities


def test_nothing_is_finished_before_the_last_step(stage: Stage) -> None:
    stage.fleet.publish_all(*stage.tracks)

    assert (0, 4) == (stage.checker.unsettled(), stage.checker.unfinished())

    stage.make_step("cancel")

    assert 1 == stage.checker.unsettled()


@pytest.mark.parametrize(
    ("left_out", "done"),
    [
        pytest.param("tower", 8, id="a document that never came"),
        pytest.param("redraw", 8, id="an old file where the new one should be"),
        pytest.param("rename", 9, id="an old name where the new one should be"),
        pytest.param("cancel", 9, id="a document that should be gone, within its 60 seconds"),
        pytest.param("leave", 9, id="a document that did not come back"),
    ],
)
def test_what_is_not_so_in_the_end_is_lost(stage: Stage, left_out: str, done: int) -> None:
    if left_out in {"tower"}:
        stage.fleet.publish_all(*(track for track in stage.tracks if track.asset.group != left_out))
        for step in ("redraw", "cancel", "rename", "join", "leave"):
            stage.make_step(step)
    else:
        play(stage, but=left_out)

    result = stage.checker.result()

    assert result.lost > 0
    assert result.done < result.expected
    assert not result.is_clean
    assert CLEAN | {"lost": result.lost} == counters(result)
