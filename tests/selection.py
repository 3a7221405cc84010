"""
Choose tests by what this machine offers, and say which were not chosen.

A test marked `requires("docker")` is chosen at collection where Docker answers, and otherwise listed in
build/tests.json: {"run": how many were chosen, "deselected": {"docker": [test ids]}}. Nothing is skipped silently.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from ops.sandbox.servers.commands import output_of
from ops.sandbox.servers.debian_packages import SERVER
from ops.sandbox.servers.docker_engine import engine_answers
from ops.sandbox.servers.machine import Machine
from shared.errors import Unavailable

MARKER: Final = "requires"
REPORT: Final = "build/tests.json"


def has_packages(machine: Machine) -> bool:
    apt = machine.program("apt-cache")
    if apt is None:
        return False
    try:
        return "Package:" in output_of([apt, "show", SERVER], environment=machine.environment, within_seconds=30)
    except Unavailable:
        return False


ENVIRONMENTS: Final[dict[str, Callable[[Machine], bool]]] = {
    "docker": engine_answers,
    "sshd": lambda machine: machine.program("sshd", "usr/sbin") is not None,
    "clamd": lambda machine: machine.program("clamd", "usr/sbin") is not None,
    "root": lambda machine: machine.is_root,
    "debian packages": has_packages,
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(environment): one of {', '.join(ENVIRONMENTS)}; else not chosen")
    if not _is_worker(config):
        _report(config).unlink(missing_ok=True)


@pytest.hookimpl(trylast=True)  # after -m, -k and --deselect: "run" counts what will really run
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    machine = Machine.this()
    offered: dict[str, bool] = {}
    deselected: dict[str, list[pytest.Item]] = {}
    for item in items:
        for name in _required(item):
            if name not in offered:
                offered[name] = ENVIRONMENTS[name](machine)
            if not offered[name]:
                deselected.setdefault(name, []).append(item)
    gone = {id(item) for group in deselected.values() for item in group}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in gone])
    items[:] = [item for item in items if id(item) not in gone]
    if not _is_worker(config) or _is_first_worker(config):
        _write(
            _report(config), len(items), {name: [item.nodeid for item in group] for name, group in deselected.items()}
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    report = _report(terminalreporter.config)
    if report.exists():
        for name, tests in json.loads(report.read_text())["deselected"].items():
            terminalreporter.write_line(f"not run, for there is no {name} here: {len(tests)} (listed in {REPORT})")


def _required(item: pytest.Item) -> list[str]:
    names = [name for marker in item.iter_markers(MARKER) for name in marker.args]
    for name in names:
        if name not in ENVIRONMENTS:
            raise pytest.UsageError(f"{item.nodeid} requires {name!r}; known are {', '.join(ENVIRONMENTS)}")
    return names


def _write(report: Path, run: int, deselected: dict[str, list[str]]) -> None:
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps({"run": run, "deselected": deselected}, indent=2) + "\n")


def _report(config: pytest.Config) -> Path:
    return config.rootpath / REPORT


def _is_worker(config: pytest.Config) -> bool:
    return _worker(config) is not None


def _is_first_worker(config: pytest.Config) -> bool:
    worker = _worker(config)  # every worker collects the same
    return worker is not None and worker["workerid"] == "gw0"


def _worker(config: pytest.Config) -> Mapping[str, str] | None:
    """Return what pytest-xdist tells a process of its own; None outside of it."""
    worker: Mapping[str, str] | None = getattr(config, "workerinput", None)
    return worker
