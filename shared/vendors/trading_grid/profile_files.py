"""Where profiles come from: built in, or a customer's own file; and what is wrong with one, said in one sentence."""

import tomllib
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from shared.errors import Misconfigured
from shared.vendors.trading_grid.profile import Profile

_FOUND_CHARACTERS: Final = 80


def load_profile(name: str) -> Profile:
    """
    Read the built-in profile `name`, or the profile file at that path if it ends in .toml.

    Raises Misconfigured in one sentence that names the file, the key, what was found and what is allowed.
    """
    try:
        text = Path(name).read_text("utf-8") if name.endswith(".toml") else _built_in(name)
        return Profile.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Misconfigured(f"profile {name}: {fault}") from fault
    except ValidationError as fault:
        raise Misconfigured(f"profile {name}: {_explain(fault)}") from fault


def built_in_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with the fleet."""
    names = (entry.name for entry in _shelf().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def _built_in(name: str) -> str:
    if name not in built_in_profiles():
        raise Misconfigured(
            f"profile {name!r} is not built in; allowed: {', '.join(built_in_profiles())}, or the path of a .toml file"
        )
    return _shelf().joinpath(f"{name}.toml").read_text("utf-8")


def _shelf() -> resources.abc.Traversable:
    return resources.files("shared.vendors.trading_grid").joinpath("profiles")


def _explain(fault: ValidationError) -> str:
    first = fault.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"])) or "file"
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    if first["type"] == "missing":
        return f"key {key} is missing"
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(_keys_beside(Profile, first["loc"][:-1]))
        return f"key {key} is not known; allowed beside it: {allowed}"
    return f"key {key} holds {str(first['input'])[:_FOUND_CHARACTERS]!r}; {first['msg'][:1].lower()}{first['msg'][1:]}"


def _keys_beside(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the section at `path` may have."""
    for step in path:
        if step in model.model_fields:
            model = _section_in(model.model_fields[str(step)].annotation) or model
    return sorted(model.model_fields)


def _section_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType, tuple}:
        return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
    return None
