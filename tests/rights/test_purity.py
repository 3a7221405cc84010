"""The rights rules import nothing that could reach beyond them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared.rights

MODULES = sorted(Path(next(iter(shared.rights.__path__))).glob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_module_imports_only_the_standard_library_pydantic_and_its_own_room(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if not name.startswith("shared.rights") and name.split(".")[0] not in {"pydantic", *sys.stdlib_module_names}
    }

    assert set() == foreign
