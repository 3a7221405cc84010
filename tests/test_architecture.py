"""Doors open in one direction, and names agree: the plan of the house, checked by walking through it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("producers", "workers", "shared", "ops")
MAY_IMPORT = {
    "producers": {"producers", "shared"},
    "workers": {"workers", "shared"},
    "shared": {"shared"},
    "ops": {"ops", "producers", "workers", "shared"},
}


def modules(room: str) -> Iterator[Path]:
    yield from (ROOT / room).rglob("*.py")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_doors_open_to(room: str) -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports_of(path)
        if name.split(".")[0] in {*ROOMS, "tests"} - MAY_IMPORT[room]
    ]

    assert [] == strays


def test_rights_are_pure() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("shared/rights")
        for name in imports_of(path)
        if name.split(".")[0] not in {"pydantic", *sys.stdlib_module_names} and not name.startswith("shared.rights")
    ]

    assert [] == strays


def test_vendor_clients_know_nothing_of_the_store_events_or_rights() -> None:
    forbidden = ("shared.store", "shared.events", "shared.rights", "shared.messaging")
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("shared/vendors")
        for name in imports_of(path)
        if name.startswith(forbidden)
    ]

    assert [] == strays


def test_the_checker_shares_no_code_with_the_fleet() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "ops" / "sandbox").rglob("checker*.py")
        for name in imports_of(path)
        if name.split(".")[0] in {"producers", "workers", "shared"}
    ]

    assert [] == strays


def test_no_module_is_called_by_what_it_is_not() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "types", "manager", "constants", "misc"}

    assert [] == [str(path) for room in ROOMS for path in modules(room) if path.stem in vague]


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in modules(room)
        if "migrations/versions" not in str(path) and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert [] == silent
