"""What was seen, put in order by what the scenario speaks of: community, publication, asset, file. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.sandbox.checker_claims import Look, Window
from ops.sandbox.checker_sightings import Sighting
from ops.sandbox.scenario import Asset, Scenario
from ops.sandbox.scenario_parts import Group

Place = tuple[str, str, str]
"""Community, publication, licence of the asset."""


@dataclass(frozen=True)
class Seen:
    """A sighting whose cause is known as far as it can be: where it was, and what it showed."""

    sighting: Sighting
    community: str | None
    publication: str | None
    asset: Asset | None
    """Told by the bytes of this document, now or at another time."""
    file: int | None
    """Which of the asset's files it showed; None for bytes that are no file of the scenario."""

    @property
    def look(self) -> Look:
        """Return what a partner saw."""
        return Look(self.sighting.title, self.file or 0)

    @property
    def has_cause(self) -> bool:
        """Tell whether the scenario has such a file, and such a place for it."""
        return None not in {self.community, self.publication} and self.file is not None


@dataclass(frozen=True)
class Span:
    """A time in which a document was visible without a break, however it looked meanwhile."""

    document: str
    observer: str
    since: datetime
    until: datetime


class Catalogue:
    """Tells files of the scenario by their bytes, communities by their spaces, publications by their folders."""

    def __init__(self, scenario: Scenario, spaces: Mapping[str, str]) -> None:
        """`spaces` gives the community of each space id."""
        self._spaces = spaces
        self._folders = {publication.folder: name for name, publication in scenario.publications.items()}
        self._files = {
            hashlib.sha256(asset.content(number)).hexdigest(): (asset, number)
            for asset in scenario.assets()
            for number in range(1, _last_file(scenario.groups[asset.group]) + 1)
        }

    def read(self, sightings: Sequence[Sighting]) -> list[Seen]:
        """Say of each sighting what it shows."""
        assets = {s.document: self._files[s.content][0] for s in sightings if s.content in self._files}
        return [
            Seen(
                sighting=sighting,
                community=self._spaces.get(sighting.space),
                publication=self._folders.get(sighting.folder),
                asset=assets.get(sighting.document),
                file=self._files[sighting.content][1] if sighting.content in self._files else None,
            )
            for sighting in sightings
        ]


class Evidence:
    """All that the partners of the communities saw until `now`."""

    def __init__(self, seen: Iterable[Seen], now: datetime) -> None:
        self.now = now
        self.seen = sorted(seen, key=lambda one: one.sighting.since)
        self._at: defaultdict[Place, list[Seen]] = defaultdict(list)
        self.by_asset: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
        """By community and licence, in whatever publication, oldest first."""
        for one in self.seen:
            if one.community and one.asset:
                self.by_asset[one.community, one.asset.licence].append(one)
                self._at[one.community, one.publication or "", one.asset.licence].append(one)

    def at(self, place: Place) -> list[Seen]:
        """Return what was seen there, oldest first."""
        return self._at.get(place, [])

    def looks_now(self, place: Place) -> list[Look]:
        """Return how the documents look that are visible there now."""
        return [one.look for one in self.at(place) if one.sighting.until is None]


def spans_of(seen: Iterable[Seen], now: datetime) -> Iterator[Span]:
    """Yield when each document was visible; what is visible still is so until `now`."""
    open_spans: dict[tuple[str, str], Span] = {}
    for one in sorted((one.sighting for one in seen), key=lambda sighting: sighting.since):
        key, until = (one.observer, one.document), one.until or now
        before = open_spans.get(key)
        if before is not None and before.until < one.since:
            yield before
            before = None
        open_spans[key] = Span(one.document, one.observer, before.since if before else one.since, until)
    yield from open_spans.values()


def is_covered(since: datetime, until: datetime, windows: Iterable[Window]) -> bool:
    """Tell whether every instant from `since` on and before `until` lies in one of the windows, `since` in any case."""
    reached = since
    for window in sorted(windows, key=lambda window: window.since):
        if window.since <= reached < window.until:
            reached = window.until
    return reached > since and reached >= until


def _last_file(group: Group) -> int:
    return max((change.file or 1 for shown in group.shown for change in shown.changes), default=1)
