"""
Where secrets come from: files and the environment, never the settings file itself.

For a secret key `x` the settings file says `x_file = "path"`, relative to itself. A variable named FLEET_ and the key's
place in capitals (FLEET_TENANTS_ACME_SMINTIO_CLIENT_SECRET; a hyphen becomes an underscore) comes before it;
broker and database have FLEET_AMQP_URL and FLEET_DATABASE_URL. Only files can be rotated while the process runs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from pydantic import SecretStr

from shared.addresses import passwords_in
from shared.errors import Misconfigured
from shared.settings_file.mistakes import Mistake, kind_of
from shared.settings_file.mounted_secret import MountedSecret, is_open_to_everyone
from shared.settings_file.sections import Place, Section, Table, is_secret, may_stand_open

_SHORT_NAMES: Final[Mapping[Place, str]] = {
    ("broker", "url"): "FLEET_AMQP_URL",
    ("database", "url"): "FLEET_DATABASE_URL",
}

log = structlog.get_logger(__name__)


def variable_of(place: Place) -> str:
    """Return the name of the environment variable that may hold the secret at `place`."""
    return _SHORT_NAMES.get(place) or "_".join(("FLEET", *map(str, place))).upper().replace("-", "_")


@dataclass(frozen=True)
class _Key:
    """A secret key of the settings: where it is, and what the file says about it."""

    place: Place
    table: Table
    may_stand_open: bool
    is_required: bool

    @property
    def name(self) -> str:
        return str(self.place[-1])

    @property
    def variable(self) -> str:
        return variable_of(self.place)

    @property
    def remedy(self) -> str:
        return f'put it in a file of its own and say {self.name}_file = "path", or set {self.variable}'


def fill_in(
    found: list[Section], *, folder: Path, environ: Mapping[str, str], hide: Callable[[str], None]
) -> Iterator[Mistake]:
    """
    Put every secret into its table, as a SecretStr, and yield what is wrong with those that cannot be had.

    `hide` is told each value, that logs may never show it.
    """
    keys = [
        _Key((*section.place, name), section.table, may_stand_open(field), field.is_required())
        for section in found
        for name, field in section.model.model_fields.items()
        if is_secret(field)
    ]
    yield from _ambiguous(keys, environ)
    for key in keys:
        try:
            secret = _secret(key, folder, environ, hide)
        except Misconfigured as fault:
            yield Mistake(key.place, str(fault))
        else:
            if secret is not None:
                key.table[key.name] = secret


def _ambiguous(keys: list[_Key], environ: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield the secrets whose variable is set and could be meant for another: tenants named a-b and a_b."""
    by_variable: defaultdict[str, list[_Key]] = defaultdict(list)
    for key in keys:
        by_variable[key.variable].append(key)
    for variable, same in by_variable.items():
        if variable in environ and len(same) > 1:
            for key in same:
                yield Mistake(key.place, f"{variable} could be meant for {len(same)} tenants, allowed: files for them")


def _secret(key: _Key, folder: Path, environ: Mapping[str, str], hide: Callable[[str], None]) -> SecretStr | None:
    """Return the secret; None when it is not given and need not be. Raises Misconfigured."""
    literal = key.table.pop(key.name, None)
    path = key.table.pop(f"{key.name}_file", None)
    if literal is not None:
        _refuse_unless_open(key, literal)
    if literal is not None and path is not None:
        raise Misconfigured(f"{key.name} and {key.name}_file are both there, allowed: one of them")
    if key.variable in environ:
        return _known(_from_variable(key.variable, environ), hide)
    if path is not None:
        return _from_file(key.name, path, folder, hide)
    if literal is not None:
        return _known(str(literal), hide)
    if key.is_required:
        raise Misconfigured(f"is missing, needed: {key.remedy}")
    return None


def _refuse_unless_open(key: _Key, literal: object) -> None:
    if not key.may_stand_open:
        raise Misconfigured(f"found {kind_of(literal)}, but a secret never stands in a settings file: {key.remedy}")
    if not isinstance(literal, str):
        raise Misconfigured(f"found {kind_of(literal)}, allowed: text in quotes")
    if passwords_in(literal):
        raise Misconfigured(f"found an address with a password, which never stands in a settings file: {key.remedy}")


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    if not (found := environ[name]).strip():
        raise Misconfigured(f"{name} is set to nothing, allowed: the secret, or not to set it")
    return found


def _from_file(name: str, written: object, folder: Path, hide: Callable[[str], None]) -> SecretStr:
    if not isinstance(written, str):
        raise Misconfigured(f"{name}_file: found {kind_of(written)}, allowed: the path of a file in quotes")
    path = folder / Path(written).expanduser()
    try:
        secret = MountedSecret(path, hide)
    except Misconfigured as fault:
        raise Misconfigured(f"{name}_file: {path} {fault}, allowed: a file that holds the secret in one line") from None
    if is_open_to_everyone(path):
        log.warning("every user of this machine may read a secret", file=str(path), remedy=f"chmod o-r {path}")
    return secret


def _known(text: str, hide: Callable[[str], None]) -> SecretStr:
    hide(text)
    return SecretStr(text)
