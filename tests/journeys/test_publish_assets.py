"""Flow 1 from licence to partner, through broker, database and both simulated vendors, judged by what partners see."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.demo.running import Folder, Staging, play
from ops.processes.supervising import PARTS
from ops.sandbox.checker import CheckResult
from ops.sandbox.scenario import DEMO

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


SECONDS_BETWEEN_KILLS = 1.5  # so that each dies in the middle of its work, and the whole within the scenario


class Silent:
    def say(self, news: str) -> None:
        pass

    def count(self, done: int, expected: int) -> None:
        pass


def zeros(checked: CheckResult) -> dict[str, int]:
    return {name: getattr(checked, name) for name in ("lost", "duplicate_effects", "rights_violations", "echoes")}


ALL_ZERO = {"lost": 0, "duplicate_effects": 0, "rights_violations": 0, "echoes": 0}


@pytest.mark.chaos
def test_each_process_can_be_killed_at_any_moment_and_partners_end_up_with_the_same(
    amqp_url: str, tmp_path: Path
) -> None:
    killed: list[str] = []

    @contextmanager
    def killing(log: Path) -> Iterator[None]:
        stop = threading.Event()
        killer = threading.Thread(target=kill_in_turn, args=(log, killed, stop))
        killer.start()
        try:
            yield
        finally:
            stop.set()
            killer.join()

    checked = play(Staging(Folder(tmp_path / "demo"), meanwhile=killing), amqp_url, Silent())

    assert (ALL_ZERO, checked.expected) == (zeros(checked), checked.done), checked.findings
    assert sorted(2 * [part.name for part in PARTS]) == sorted(killed)


def kill_in_turn(log: Path, killed: list[str], stop: threading.Event) -> None:
    """Kill -9 part after part, twice each, a part again only when it was started again; then let them work."""
    for turn in range(2 * len(PARTS)):
        part = PARTS[turn % len(PARTS)].name
        while len(pids := pids_of(part, log)) <= turn // len(PARTS):
            if stop.wait(0.1):
                return
        if stop.wait(SECONDS_BETWEEN_KILLS):
            return
        os.kill(pids[-1], signal.SIGKILL)
        killed.append(part)


def pids_of(part: str, log: Path) -> list[int]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line["pid"] for line in lines if line.get("event") == "part started" and line["part"] == part]


SABOTAGES = {
    "ack_early": "lost",
    "publish_unknown": "rights_violations",
    "skip_withdrawal": "rights_violations",
    "no_lookup": "duplicate_effects",
}


@pytest.mark.parametrize(("sabotage", "counter"), SABOTAGES.items())
def test_the_checker_finds_a_sabotaged_fleet_by_the_right_counter(
    amqp_url: str, tmp_path: Path, sabotage: str, counter: str
) -> None:
    impatient = tmp_path / "scenario.toml"
    impatient.write_text(DEMO.read_text().replace('gone_within = "60 s"', 'gone_within = "5 s"'))
    staging = Staging(
        Folder(tmp_path / "demo"),
        scenario=impatient,
        fleet=(sys.executable, "-m", "tests.journeys.sabotaged_fleet", sabotage),
        played_within_seconds=25 if counter == "lost" else 60,
        settle=lambda _: None,  # nobody kills this broker
        is_enough=lambda checker: counter != "lost" and getattr(checker.result(), counter) > 0,
    )

    checked = play(staging, amqp_url, Silent())

    assert zeros(checked)[counter] > 0
