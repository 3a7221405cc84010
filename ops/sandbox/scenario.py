"""
The scenario of the demo as a person wrote it: the world at its start, the steps, and what every partner must see.

It describes; it does not judge. What partners must see is data of the file, never derived from licences.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from ops.sandbox import media
from ops.sandbox.moments import START, Moment, ScenarioMoment, Span

DEMO: Final = Path(__file__).with_name("scenario.toml")

FIRST_LICENCE: Final = 80_001  # licences are numbered from here, in the order of the file
FIRST_CART: Final = 3_501

YesNoUnknown = Literal["yes", "no", "unknown"]
Audience = str | tuple[str, ...]
"""Names of communities, or the name of a list under [audiences]."""


class Part(BaseModel):
    """Base of every part of the file: frozen, and a key that nobody reads is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Part):
    """Somebody who logs in."""

    name: str
    email: str


class Outsider(Person):
    """Somebody of a company that is no partner."""

    company: str


class Hub(Part):
    """The company that publishes: an administrator, and a member of every space."""

    company: str
    administrator: Person
    member: Person


class Community(Part):
    """A partner community: its space, its company and its one contact."""

    name: str
    company: str
    regions: tuple[str, ...]
    partner: Person


class Publication(Part):
    """What the operator configures as one publication; an empty list does not narrow."""

    title: str
    folder: str
    projects: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    usages: tuple[str, ...] = ()


class Licence(Part):
    """What differs from the commonest purchase: completed, to be synced, one term without any restriction."""

    state: str = "completed"
    can_be_synced: YesNoUnknown = "yes"
    terms: Literal["one", "none"] = "one"
    editorial: YesNoUnknown = "no"
    allowed_usages: tuple[str, ...] = ()
    allowed_geographies: tuple[str, ...] = ()
    restricted_geographies: tuple[str, ...] = ()
    valid_from: Span | None = Field(
        default=None, description="Counted from the purchase, or from the step that says so."
    )
    valid_until: Span | None = Field(
        default=None, description="Counted from the purchase, or from the step that says so."
    )


class Change(Part):
    """From a moment on the same documents look otherwise."""

    from_: ScenarioMoment = Field(alias="from")
    file: int | None = Field(default=None, ge=2)
    titles: tuple[str, ...] | None = None


class Shown(Part):
    """Who sees the assets of a group, in which publication, from when until when."""

    publication: str
    to: Audience
    from_: ScenarioMoment = Field(default=Moment(START), alias="from")
    changes: tuple[Change, ...] = ()
    until: ScenarioMoment | None = None
    gone_by: ScenarioMoment | None = None


class Group(Part):
    """Assets that share a licence and a fate."""

    about: str
    project: str
    collection: str
    format: Literal["jpeg", "png", "pdf"]
    titles: tuple[str, ...] = Field(min_length=1)
    files: int = Field(default=1, ge=1, description="Files of each asset.")
    bought: str = Field(default=START, description="The step that buys it; by default it is there at the start.")
    licence: Licence = Licence()
    shown: tuple[Shown, ...] = ()


class Closure(Part):
    """A time during which nobody may see anything in a community, because an outsider is in its space."""

    community: str
    outsider: str
    from_: ScenarioMoment = Field(alias="from")
    until: ScenarioMoment
    gone_by: ScenarioMoment | None = None


class MalformedRecord(Part):
    """A record of the feed that cannot be read."""

    about: str
    licence: str
    members: dict[str, JsonValue] = Field(description="What stands in the record instead of what should.")


class _Step(Part):
    name: str
    waits: bool = Field(default=False, description="Happens once partners see all that is listed until then.")


class Buy(_Step):
    """The marketing manager buys the assets of a group."""

    does: Literal["buy"]
    group: str


class Cancel(_Step):
    """The marketing manager cancels the purchases of a group."""

    does: Literal["cancel"]
    group: str


class Relicense(_Step):
    """The licences of a group get other terms."""

    does: Literal["relicense"]
    group: str
    licence: Licence


class Replace(_Step):
    """The files of a group are replaced by their next version."""

    does: Literal["replace"]
    group: str


class Rename(_Step):
    """The assets of a group get other names."""

    does: Literal["rename"]
    group: str
    titles: tuple[str, ...]


class Join(_Step):
    """The administrator lets an outsider into a space."""

    does: Literal["join"]
    community: str
    outsider: str


class Leave(_Step):
    """The administrator removes an outsider from a space."""

    does: Literal["leave"]
    community: str
    outsider: str


Step = Annotated[Buy | Cancel | Relicense | Replace | Rename | Join | Leave, Field(discriminator="does")]


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
