"""The parts that a scenario's file is made of, each as a person writes it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ops.sandbox.moments import START, Moment, ScenarioMoment, Span

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
