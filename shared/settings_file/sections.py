"""The tables of a settings file beside the models that they are meant to fill, before anything is validated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.addresses import OpenWithoutPassword
from shared.settings import Settings

FILED_APART: Final = ("communities", "publications")
"""Keys of a tenant that may stand in a file of their own, named by the same key with `_file` behind it."""

Place: TypeAlias = tuple[str | int, ...]
"""Keys from the root of the settings down to a value, as pydantic counts them: a list's entries from 0."""

Table: TypeAlias = dict[str, object]


@dataclass(frozen=True)
class Section:
    """One table of the file and its model."""

    place: Place
    model: type[Settings]
    table: Table


def section_model(annotation: object) -> type[Settings] | None:
    """Return the model of a field that is a section; None when it holds plain values or many sections."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Settings) else None


def many_sections_model(annotation: object) -> type[Settings] | None:
    """Return the model of the entries of a field that holds sections by name."""
    arguments = get_args(annotation)
    return section_model(arguments[-1]) if len(arguments) == 2 else None


def sections(model: type[Settings], table: Table, place: Place = ()) -> Iterator[Section]:
    """Yield `table` and every table below it that has a model; what is not a table is left to validation."""
    yield Section(place, model, table)
    for name, field in model.model_fields.items():
        found = table.get(name)
        if not isinstance(found, dict):
            continue
        if one := section_model(field.annotation):
            yield from sections(one, found, (*place, name))
        elif many := many_sections_model(field.annotation):
            for key, entry in found.items():
                if isinstance(entry, dict):
                    yield from sections(many, entry, (*place, name, key))


def is_secret(field: FieldInfo) -> bool:
    """Tell whether the field's value must not be read by everyone who may read the settings file."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def may_stand_open(field: FieldInfo) -> bool:
    """Tell whether the secret is an address, which may stand in the settings file when it holds no password."""
    return any(isinstance(mark, OpenWithoutPassword) for mark in field.metadata)


def keys_in_file(model: type[Settings]) -> list[str]:
    """Return the keys that an operator may write in a table of this model."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        if not is_secret(field) or may_stand_open(field):
            keys.append(name)
        if is_secret(field) or (name in FILED_APART and many_sections_model(field.annotation)):
            keys.append(f"{name}_file")
    return keys
