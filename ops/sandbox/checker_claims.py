"""
What the scenario claims, one track for each asset in each publication of each community. Pure.

A track is what a partner should find there in the course of time. The phases come from the scenario's `shown` alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.sandbox.moments import Happened, Moment, earliest, latest
from ops.sandbox.scenario import Asset, Scenario
from ops.sandbox.scenario_parts import Closure, Shown

ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """How a document should look: its title, and the number of the file in it."""

    title: str
    file: int


@dataclass(frozen=True)
class Phase:
    """From a moment on a partner should find this."""

    since: Moment
    look: Look | None
    """None: nothing."""
    by: Moment
    """Of a phase with nothing: from then on something visible is a violation. Else the same as `since`."""


@dataclass(frozen=True)
class Window:
    """A time in which something may be visible."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Refusal:
    """A time in which an injected fault refused withdrawals, in one community or in all."""

    community: str | None
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Track:
    """
    One asset in one publication of one community. Before its first phase, nothing should be there.

    Phases follow each other like the steps of the scenario, which are made in the order of the file.
    """

    community: str
    publication: str
    asset: Asset
    phases: tuple[Phase, ...]

    @property
    def files(self) -> int:
        """Return how many different files a partner is to see in the course of time."""
        return len({phase.look.file for phase in self.phases if phase.look})

    def begun(self, happened: Mapping[str, Happened], now: datetime) -> int:
        """Return how many phases should have begun by `now`."""
        starts = [latest(phase.since, happened) for phase in self.phases]
        return sum(start is not None and start <= now for start in starts)

    def windows(self, happened: Mapping[str, Happened], refusals: Sequence[Refusal] = ()) -> Iterator[Window]:
        """Yield the times in which a document may be visible: of phases with a look, and of the way out of one."""
        concerned = [refusal for refusal in refusals if refusal.community in {None, self.community}]
        opened: datetime | None = None
        for phase in self.phases:
            since, by = earliest(phase.since, happened), latest(phase.by, happened)
            if since is None or by is None:
                break
            if phase.look is None and opened is not None:
                yield Window(opened, _extended(since, by, concerned))
                opened = None
            elif phase.look is not None and opened is None:
                opened = since
        if opened is not None:
            yield Window(opened, ALWAYS)


def tracks_of(scenario: Scenario) -> tuple[Track, ...]:
    """Return every track of the scenario."""
    return tuple(
        Track(community, shown.publication, asset, phases)
        for name, group in scenario.groups.items()
        for shown in group.shown
        for community in scenario.audience(shown.to)
        for asset in scenario.assets(name)
        for phases in [tuple(_interrupted(scenario, community, list(_phases(scenario, shown, asset))))]
    )


def absences_of(scenario: Scenario, outsider: str) -> Iterator[tuple[str, Moment, Moment]]:
    """Yield the communities an outsider is let into: from when, and from when on nothing may be visible to them."""
    for closure in scenario.closures:
        if closure.outsider == outsider:
            yield closure.community, closure.from_, scenario.gone_by(closure.from_, closure.gone_by)


def _extended(since: datetime, by: datetime, refusals: Sequence[Refusal]) -> datetime:
    """Add to `by` the time after `since` in which the vendor refused."""
    for refusal in sorted(refusals, key=lambda refusal: refusal.since):
        if refusal.since < by and refusal.until > since:
            by += refusal.until - max(refusal.since, since)
    return by


def _phases(scenario: Scenario, shown: Shown, asset: Asset) -> Iterator[Phase]:
    look = Look(asset.title, 1)
    yield Phase(shown.from_, look, shown.from_)
    for change in shown.changes:
        title = change.titles[asset.position] if change.titles else look.title
        look = Look(title, change.file or look.file)
        yield Phase(change.from_, look, change.from_)
    if shown.until is not None:
        yield Phase(shown.until, None, scenario.gone_by(shown.until, shown.gone_by))


def _interrupted(scenario: Scenario, community: str, phases: list[Phase]) -> list[Phase]:
    for closure in scenario.closures:
        if closure.community == community:
            phases = _closed(scenario, closure, phases)
    return phases


def _closed(scenario: Scenario, closure: Closure, phases: list[Phase]) -> list[Phase]:
    """Cut the time of a closure out of the phases: nothing meanwhile, afterwards what should be there by then."""
    began, ended = scenario.order_of(closure.from_), scenario.order_of(closure.until)
    before = [phase for phase in phases if scenario.order_of(phase.since) < began]
    meanwhile = [phase for phase in phases if began <= scenario.order_of(phase.since) < ended]
    after = [phase for phase in phases if scenario.order_of(phase.since) >= ended]
    cut = list(before)
    if before and before[-1].look is not None:
        cut.append(Phase(closure.from_, None, scenario.gone_by(closure.from_, closure.gone_by)))
    due = [*before, *meanwhile]
    if due and due[-1].look is not None:
        cut.append(Phase(closure.until, due[-1].look, closure.until))
    return [*cut, *after]
