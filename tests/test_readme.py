"""What the README points at is there."""

import re
from pathlib import Path

import pytest

from producers.sources import SOURCES
from shared.messaging.topology import WORK_QUEUES

ROOT = Path(__file__).parents[1]


def test_every_path_that_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|shared|workers|producers|ops)/[\w./-]*)`", text))

    assert named
    assert [] == sorted(path for path in named if not (ROOT / path).exists())


@pytest.mark.parametrize(
    ("command", "everything"),
    [("work", {queue.name for queue in WORK_QUEUES}), ("poll", set(SOURCES))],
    ids=["work", "poll"],
)
def test_who_starts_what_the_readme_lists_has_started_everything(command: str, everything: set[str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(rf"^fleet {command} ([a-z_ ]+)$", text, re.MULTILINE)

    assert everything == {name for line in lines for name in line.split()}
