"""What a person types is there, and what it installs is pinned, hashed and free of addresses."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PINNED = {name.lower(): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def wanted() -> list[str]:
    groups = PROJECT["dependency-groups"].values()
    requirements = [*PROJECT["project"]["dependencies"], *(one for group in groups for one in group)]
    return [one for one in requirements if "python_version < '0'" not in one]


def make(*arguments: str) -> str:
    program = shutil.which("make")
    if program is None:
        pytest.skip("no make on this machine")
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603  ours


def test_make_alone_prints_every_target_with_what_it_does() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None

    printed = re.findall(r"^  make (\S+) +\S", make(), re.MULTILINE)

    assert declared[1].split() == printed


@pytest.mark.parametrize("requirement", wanted())
def test_all_that_the_project_asks_for_is_locked(requirement: str) -> None:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None

    assert name[0].lower() in PINNED


def test_every_locked_release_has_hashes() -> None:
    entries = re.split(r"\n(?=[\w.-]+==)", LOCK.strip())

    assert len(re.findall(r"^[\w.-]+==", LOCK, re.MULTILINE)) == len(entries)
    assert [] == [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_the_lock_names_no_address_and_no_path() -> None:
    assert None is re.search(r"https?:|file:|^-|^\s*--(?!hash=)|(?<!\w)/\w", LOCK, re.MULTILINE)


def test_the_gate_calls_only_what_make_offers() -> None:
    called = re.findall(r"^make (\w+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)

    assert ["check", "test", "demo", "demo"] == called
    assert set(called) <= set(re.findall(r"^  make (\S+)", make("help"), re.MULTILINE))


def test_the_console_script_is_the_command_line_of_this_project() -> None:
    assert {"fleet": "ops.cli:app"} == PROJECT["project"]["scripts"]
