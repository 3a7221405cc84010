"""The settings file and the files it names, read as TOML, each table remembering where it stands."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Misconfigured
from shared.settings_file.mistakes import Mistake, kind_of
from shared.settings_file.sections import FILED_APART, Place, Table


@dataclass(frozen=True)
class Document:
    """Everything that was read, as one table; `files` says from which file on each place comes, the root included."""

    tables: Table
    files: dict[Place, Path]
    mistakes: tuple[Mistake, ...]

    def sentence(self, mistake: Mistake) -> str:
        """Say where the mistake is, by file and key, and what it is."""
        start = max((place for place in self.files if mistake.place[: len(place)] == place), key=len)
        return f"{self.files[start]}: {_written(mistake.place[len(start) :])}: {mistake.text}"


def read_document(path: Path) -> Document:
    """Read the settings file at `path` and what it names. Raises Misconfigured when that file itself cannot be read."""
    tables = _toml(path)
    files: dict[Place, Path] = {(): path}
    mistakes: list[Mistake] = []
    tenants = tables.get("tenants")
    for name, tenant in tenants.items() if isinstance(tenants, dict) else ():
        for key in FILED_APART if isinstance(tenant, dict) else ():
            place = ("tenants", name, key)
            try:
                _include(tenant, key, path.parent, files, place)
            except Misconfigured as fault:
                mistakes.append(Mistake(place, str(fault)))
    return Document(tables, files, tuple(mistakes))


def _include(tenant: Table, key: str, folder: Path, files: dict[Place, Path], place: Place) -> None:
    written = tenant.pop(f"{key}_file", None)
    if written is None:
        return
    if tenant.pop(key, None) is not None:
        raise Misconfigured(f"{key} and {key}_file are both there, allowed: one of them")
    if not isinstance(written, str):
        raise Misconfigured(f"{key}_file: found {kind_of(written)}, allowed: the path of a file in quotes")
    tenant[key] = _toml(folder / written)
    files[place] = folder / written


def _toml(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Misconfigured(f"{path}: cannot be read ({fault.strerror}), allowed: a settings file in TOML") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{path}: is not UTF-8 text, allowed: a settings file in TOML") from None
    except tomllib.TOMLDecodeError as fault:
        raise Misconfigured(f"{path}: is not TOML: {fault}") from None


def _written(place: Place) -> str:
    """Write the place as the file's reader knows it: dots between keys, list entries counted from 1."""
    keys = ".".join(str(part) for part in place if isinstance(part, str))
    entries = "".join(f", entry {part + 1}" for part in place if isinstance(part, int))
    return (keys or "the file") + entries
