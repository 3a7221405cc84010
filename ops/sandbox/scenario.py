"""
The scenario of the demo as a person wrote it: the world at its start, the steps, and what every partner must see.

It describes; it does not judge. What partners must see is data of the file, never derived from licences.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import model_validator

from ops.sandbox import media
from ops.sandbox.moments import START, Moment, Span
from ops.sandbox.scenario_parts import (
    Audience,
    Buy,
    Closure,
    Community,
    Group,
    Hub,
    Join,
    Leave,
    MalformedRecord,
    Outsider,
    Part,
    Publication,
    Rename,
    Shown,
    Step,
)

DEMO: Final = Path(__file__).with_name("scenario.toml")

FIRST_LICENCE: Final = 80_001  # licences are numbered from here, in the order of the file
FIRST_CART: Final = 3_501


@dataclass(frozen=True)
class Asset:
    """One licensed asset of a group."""

    group: str
    position: int
    """From 0, in its group."""
    title: str
    format: Literal["jpeg", "png", "pdf"]
    licence: str
    cart: str

    @property
    def seed(self) -> str:
        """Return what tells the files of this asset from all others."""
        return f"{self.group} {self.position + 1}"

    def content(self, version: int, part: int = 1) -> bytes:
        """Return the bytes of a version of one of its files."""
        return media.varied(self.format, f"{self.seed} file {part} v{version}")


class Scenario(Part):
    """The whole file."""

    tenant: str
    gone_within: Span
    hub: Hub
    communities: dict[str, Community]
    outsiders: dict[str, Outsider] = {}
    audiences: dict[str, tuple[str, ...]] = {}
    publications: dict[str, Publication]
    groups: dict[str, Group]
    malformed: tuple[MalformedRecord, ...] = ()
    steps: tuple[Step, ...] = ()
    closures: tuple[Closure, ...] = ()

    def assets(self, *groups: str) -> Iterator[Asset]:
        """Yield the assets of these groups, or of all, in the order of the file."""
        number = 0
        for cart, (name, group) in enumerate(self.groups.items(), start=FIRST_CART):
            for position, title in enumerate(group.titles):
                if not groups or name in groups:
                    licence = str(FIRST_LICENCE + number)
                    yield Asset(name, position, title, group.format, licence, str(cart))
                number += 1

    def audience(self, to: Audience) -> tuple[str, ...]:
        """Return the communities that `to` names."""
        return self.audiences[to] if isinstance(to, str) else to

    def gone_by(self, until: Moment, stated: Moment | None) -> Moment:
        """Return from when on something that was to be seen `until` a moment must not be visible any more."""
        return stated or Moment(until.step, until.plus + self.gone_within)

    def order_of(self, moment: Moment) -> tuple[int, timedelta]:
        """Return where a moment stands among the others. Raises KeyError for an unknown step."""
        return {name: place for place, name in enumerate((START, *(step.name for step in self.steps)))}[
            moment.step
        ], moment.plus

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for fault in _faults(self):
            raise ValueError(fault)
        return self


def load_scenario(path: Path = DEMO) -> Scenario:
    """Read a scenario. Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError, each naming the place."""
    return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def _faults(scenario: Scenario) -> Iterator[str]:
    """Yield what the file refers to and does not have."""
    for name, communities in scenario.audiences.items():
        yield from _unknown(f"audiences.{name}", communities, scenario.communities)
    for name, group in scenario.groups.items():
        yield from _unknown(f"groups.{name}.bought", [group.bought], _moments(scenario))
        for shown in group.shown:
            yield from _faults_of_shown(f"groups.{name}.shown", scenario, group, shown)
    for step in scenario.steps:
        yield from _faults_of_step(f"steps.{step.name}", scenario, step)
    for closure in scenario.closures:
        yield from _unknown("closures", [closure.community], scenario.communities)
        yield from _unknown("closures", [closure.outsider], scenario.outsiders)
        yield from _unknown("closures", [closure.from_.step, closure.until.step], _moments(scenario))
    if len(_moments(scenario)) != len(scenario.steps) + 1:
        yield "steps: two have the same name"


def _faults_of_shown(where: str, scenario: Scenario, group: Group, shown: Shown) -> Iterator[str]:
    yield from _unknown(where, [shown.publication], scenario.publications)
    if isinstance(shown.to, str):
        yield from _unknown(where, [shown.to], scenario.audiences)
    else:
        yield from _unknown(where, shown.to, scenario.communities)
    moments = [shown.from_, *(change.from_ for change in shown.changes), *([shown.until] if shown.until else [])]
    yield from _unknown(where, [moment.step for moment in moments], _moments(scenario))
    for change in shown.changes:
        if change.titles is not None and len(change.titles) != len(group.titles):
            yield f"{where}: a change has {len(change.titles)} titles for {len(group.titles)} assets"


def _faults_of_step(where: str, scenario: Scenario, step: Step) -> Iterator[str]:
    if isinstance(step, Join | Leave):
        yield from _unknown(where, [step.community], scenario.communities)
        yield from _unknown(where, [step.outsider], scenario.outsiders)
        return
    yield from _unknown(where, [step.group], scenario.groups)
    group = scenario.groups.get(step.group)
    if isinstance(step, Buy) and group is not None and group.bought != step.name:
        yield f"{where}: group {step.group} says that it is bought at {group.bought!r}"
    if isinstance(step, Rename) and group is not None and len(step.titles) != len(group.titles):
        yield f"{where}: {len(step.titles)} titles for {len(group.titles)} assets"


def _moments(scenario: Scenario) -> set[str]:
    return {START, *(step.name for step in scenario.steps)}


def _unknown(where: str, names: tuple[str, ...] | list[str], known: object) -> Iterator[str]:
    allowed = sorted(known) if isinstance(known, dict | set) else []
    for name in names:
        if name not in allowed:
            yield f"{where}: {name!r} is none of {', '.join(allowed)}"
