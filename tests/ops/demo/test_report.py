"""The report has exactly the agreed members, and a demo is good only when everything is."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ops.demo.accounts import Accounts, Ages
from ops.demo.progress import telling
from ops.demo.report import Outcome, Report, show
from ops.sandbox.checker import CheckResult, Tally

GOOD = Outcome(
    took=timedelta(seconds=21.34),
    broker_kind="private node",
    broker_version="3.10.8",
    database="sqlite",
    checked=CheckResult(
        expected=236,
        done=236,
        lost=0,
        duplicate_effects=0,
        rights_violations=0,
        echoes=0,
        findings=(),
        unseen=(),
        communities=(Tally("north", 3, 3, 1, 1),),
    ),
    accounts=Accounts(
        refused=7,
        held=5,
        dead=0,
        ages=Ages(timedelta(seconds=0.5049), timedelta(seconds=2)),
        held_in=Counter({"north": 5}),
        held_because=Counter({"editorial use is not stated": 5}),
    ),
)


def printed(outcome: Outcome) -> str:
    text = StringIO()
    show(outcome, Console(file=text, width=120))
    return text.getvalue()


def test_the_report_has_the_agreed_members(tmp_path: Path) -> None:
    Report.of(GOOD).write(tmp_path / "build" / "report.json")

    assert {
        "seconds": 21.3,
        "broker": {"kind": "private node", "version": "3.10.8"},
        "database": "sqlite",
        "flows": {
            "publish_assets": {
                "ok": True,
                "expected": 236,
                "done": 236,
                "refused": 7,
                "held": 5,
                "dead": 0,
                "age_seconds": {"p50": 0.5, "p99": 2.0},
            }
        },
        "checks": {"lost": 0, "duplicate_effects": 0, "rights_violations": 0, "echoes": 0},
    } == json.loads((tmp_path / "build" / "report.json").read_text())


def test_a_demo_in_which_all_was_seen_and_nothing_else_is_good() -> None:
    assert GOOD.is_good


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, checked=replace(GOOD.checked, done=235, unseen=("'Logo' in north",))),
        replace(GOOD, checked=replace(GOOD.checked, lost=1, findings=("lost: 'Logo' in north",))),
        replace(GOOD, checked=replace(GOOD.checked, echoes=1, findings=("echoes: 'Logo' in north",))),
        replace(GOOD, accounts=replace(GOOD.accounts, dead=1)),
    ],
    ids=["unseen", "lost", "echo", "dead"],
)
def test_a_demo_in_which_anything_went_wrong_is_not_good_and_says_what(bad: Outcome) -> None:
    assert not bad.is_good
    assert "'Logo' in north" in printed(bad) or "dead letters" in printed(bad)


def test_a_person_reads_what_each_community_sees_and_why_documents_are_held_back() -> None:
    text = printed(GOOD)

    assert "3 of 3" in text
    assert "1 of 1" in text
    assert "editorial use is not stated" in text
    assert "236 of 236 expected changes seen by partners, 21 s in all, RabbitMQ 3.10.8 (private node)" in text


def test_only_some_of_many_findings_are_printed() -> None:
    findings = tuple(f"lost: number {number}" for number in range(50))

    text = printed(replace(GOOD, checked=replace(GOOD.checked, lost=50, findings=findings)))

    assert "lost: number 19" in text
    assert "lost: number 20" not in text
    assert "and 30 more" in text


def test_without_a_terminal_progress_is_a_line_for_each_quarter() -> None:
    text = StringIO()
    with telling(Console(file=text, width=120)) as tell:
        tell.say("Starting the fleet")
        for done in range(101):
            tell.count(done, 100)

    assert ["Starting the fleet", *(f"partners have seen {done} of 100 changes" for done in (25, 50, 75, 100))] == [
        line.split(" s  ")[1].strip() for line in text.getvalue().splitlines()
    ]


def test_on_a_terminal_progress_leaves_nothing_behind() -> None:
    text = StringIO()
    with telling(Console(file=text, width=120, force_terminal=True)) as tell:
        tell.say("Starting the fleet")
        tell.count(50, 100)

    assert "50/100" in text.getvalue()
