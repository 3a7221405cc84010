"""A fleet that does right is found clean; each way of doing wrong makes its own counter rise, and no other."""

from collections.abc import Callable

import pytest

from ops.sandbox.checker import CheckResult, Tally, View
from ops.sandbox.checker_claims import Refusal
from tests.support.small_stage import Stage

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
    if but not in {"tower", "rename"}:
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

    assert View(done=4, unsettled=0, unfinished=4) == stage.checker.view()

    stage.make_step("cancel")

    assert View(done=4, unsettled=1, unfinished=4) == stage.checker.view()


def test_a_right_that_ends_within_its_time_is_clean(stage: Stage) -> None:
    documents = stage.fleet.publish_all(*stage.tracks)
    stage.make_step("cancel")
    stage.pass_seconds(59)
    stage.fleet.withdraw(documents[stage.track("poster", "north")])

    assert CLEAN | {"lost": 3} == counters(stage.checker.result())  # the steps that did not happen


LOST: dict[str, str] = {
    "tower": "a document that never came",
    "redraw": "an old file where the new one should be",
    "rename": "an old name where the new one should be",
    "cancel": "a document that should be gone, within its 60 seconds",
    "leave": "a document that did not come back",
}


@pytest.mark.parametrize("left_out", LOST, ids=LOST.values())
def test_what_is_not_so_in_the_end_is_lost(stage: Stage, left_out: str) -> None:
    play(stage, but=left_out)

    result = stage.checker.result()

    assert CLEAN | {"lost": 1} == counters(result)
    assert result.done < result.expected
    assert not result.is_clean
    assert all(finding.startswith("lost: ") for finding in result.findings)


def skips_a_withdrawal(stage: Stage) -> None:
    play(stage, but="cancel")
    stage.pass_seconds(61)


def withdraws_too_late(stage: Stage) -> None:
    play(stage, but="cancel")
    stage.pass_seconds(61)
    stage.fleet.withdraw(*documents_of(stage, "north", "poster"))


def publishes_on_unknown(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("north", "imagery", stage.fleet.asset("press"))


def publishes_on_unknown_for_a_moment(stage: Stage) -> None:
    play(stage)
    document = stage.fleet.publish("north", "imagery", stage.fleet.asset("press"))
    stage.pass_seconds(0.001)
    stage.fleet.withdraw(document)


def publishes_in_a_country_too_many(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("south", "imagery", stage.fleet.asset("tower"))


def creates_without_looking(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("north", "imagery", stage.fleet.asset("tower"), title="Water tower")


def creates_again_what_it_withdrew(stage: Stage) -> None:
    play(stage)
    stage.fleet.withdraw(*documents_of(stage, "north", "tower"))
    stage.pass_seconds(1)
    stage.fleet.publish("north", "imagery", stage.fleet.asset("tower"), title="Water tower")


def replaces_a_file_twice(stage: Stage) -> None:
    play(stage)
    [document] = documents_of(stage, "north", "logo")
    stage.fleet.replace(document, stage.fleet.asset("logo"), file=2)


def publishes_bytes_of_its_own(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("north", "imagery", stage.fleet.asset("tower"), content=b"not in the scenario")


def publishes_into_a_folder_of_its_own(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("north", "imagery", stage.fleet.asset("tower"), folder="Misc")


def publishes_into_another_publication(stage: Stage) -> None:
    play(stage)
    stage.fleet.publish("north", "campaign", stage.fleet.asset("tower"))


def lets_a_file_rot(stage: Stage) -> None:
    tower = stage.track("tower", "north")
    document = stage.fleet.publish("north", "imagery", tower.asset, title="Water tower")
    stage.fleet.corrupt(document, b"half a fi")
    play(stage, but="tower")


@pytest.mark.parametrize(
    ("sabotage", "expected"),
    [
        (skips_a_withdrawal, {"lost": 1, "rights_violations": 1}),
        (withdraws_too_late, {"rights_violations": 1}),
        (publishes_on_unknown, {"rights_violations": 1}),
        (publishes_on_unknown_for_a_moment, {"rights_violations": 1}),
        (publishes_in_a_country_too_many, {"rights_violations": 1}),
        (creates_without_looking, {"duplicate_effects": 1}),
        (creates_again_what_it_withdrew, {"duplicate_effects": 1}),
        (replaces_a_file_twice, {"duplicate_effects": 1}),
        (publishes_bytes_of_its_own, {"echoes": 1}),
        (publishes_into_a_folder_of_its_own, {"echoes": 1}),
        (publishes_into_another_publication, {"echoes": 1}),
        (lets_a_file_rot, {"lost": 1, "echoes": 1}),
    ],
)
def test_sabotage_makes_the_right_counter_rise(
    stage: Stage, sabotage: Callable[[Stage], None], expected: dict[str, int]
) -> None:
    sabotage(stage)

    assert CLEAN | expected == counters(stage.checker.result())


def test_a_document_hidden_and_shown_again_is_one_effect(stage: Stage) -> None:
    play(stage)
    [document] = documents_of(stage, "north", "tower")
    stage.fleet.hide(document)
    stage.pass_seconds(1)
    stage.fleet.show(document)

    assert stage.checker.result().is_clean


def test_what_is_still_there_while_a_stranger_is_in_the_space_is_a_violation_after_a_minute(stage: Stage) -> None:
    stage.fleet.publish_all(*stage.tracks)
    stage.make_step("redraw")
    stage.make_step("join")
    stage.pass_seconds(59)

    assert 0 == stage.checker.result().rights_violations

    stage.pass_seconds(2)

    assert 2 == stage.checker.result().rights_violations  # what the partner sees, and what the stranger sees


def test_time_in_which_the_vendor_refused_is_not_the_fleets_fault(stage: Stage) -> None:
    play(stage, but="cancel")
    refused_from = stage.clock.now()
    stage.pass_seconds(30)
    stage.checker.note_refusal(Refusal("north", refused_from, stage.clock.now()))
    stage.pass_seconds(50)
    stage.fleet.withdraw(*documents_of(stage, "north", "poster"))

    assert stage.checker.result().is_clean


def test_time_in_which_another_community_refused_does_not_count(stage: Stage) -> None:
    play(stage, but="cancel")
    refused_from = stage.clock.now()
    stage.pass_seconds(30)
    stage.checker.note_refusal(Refusal("south", refused_from, stage.clock.now()))
    stage.pass_seconds(50)
    stage.fleet.withdraw(*documents_of(stage, "north", "poster"))

    assert CLEAN | {"rights_violations": 1} == counters(stage.checker.result())


def documents_of(stage: Stage, community: str, group: str) -> list[str]:
    """Return the ids of the documents of a group's first asset that are visible in a community."""
    title = {"tower": "Water tower"}.get(group, stage.fleet.asset(group).title)
    return [
        document.id
        for document in stage.host.library.documents()
        if document.space_id == stage.address.spaces[community] and document.properties["title"] == title
    ]
