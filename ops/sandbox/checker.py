"""
Judge the fleet by what partners see, and by nothing else.

The checker logs in as the partner of each community, and as each outsider, reads their logs of changes and downloads
what they can download. It knows the scenario's claims and when the steps happened. It shares no code with the fleet,
and reads no licence.

    expected            every change that a partner must see: a document appears, changes its file or its name, is gone
    done                those of them that a partner did see
    lost                a listed final state that is not there in the end: no such document, an old file or an old name
                        in it, or a document that should be gone
    duplicate_effects   more than one visible effect for one cause: a document beside or after another one of the same
                        asset in the same publication and community; a version more than there are files
    rights_violations   a document visible at a time for which the scenario does not list its asset in that community.
                        Something that must go has `gone_within` to do so, from the end of the step (members who join
                        count likewise), longer by the time in which an injected fault refused withdrawals. An outsider
                        who sees a document after that time
    echoes              an effect without a cause: bytes that are no file of the scenario, a folder that is no
                        publication, a publication that the asset is not listed in
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from ops.sandbox.addresses import TradingGridAddress
from ops.sandbox.checker_claims import Refusal, Track, Window, absences_of, tracks_of
from ops.sandbox.checker_evidence import Catalogue, Evidence
from ops.sandbox.checker_sightings import Observer
from ops.sandbox.checker_verdicts import (
    Claims,
    duplicate_effects,
    echoes,
    holds,
    is_final,
    lost,
    outsider_violations,
    phases_done,
    rights_violations,
    unseen,
)
from ops.sandbox.moments import START, Happened, earliest, latest
from ops.sandbox.scenario import Scenario


@dataclass(frozen=True)
class Tally:
    """One community, counted."""

    community: str
    visible: int
    """Documents that its partner sees now."""
    visible_expected: int
    """Documents that its partner should see in the end."""
    gone: int
    """Documents that went away as they should."""
    gone_expected: int


@dataclass(frozen=True)
class CheckResult:
    """The judgement; the words are explained above."""

    expected: int
    done: int
    lost: int
    duplicate_effects: int
    rights_violations: int
    echoes: int
    findings: tuple[str, ...]
    """What is wrong, one sentence each."""
    unseen: tuple[str, ...]
    """The expected changes that no partner saw, though what came of them in the end may be right."""
    communities: tuple[Tally, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether partners saw all that they should, and nothing else."""
        return self.done == self.expected and not self.findings


@dataclass(frozen=True)
class View:
    """How far things are, before the end."""

    done: int
    """Changes that partners have seen, of those `expected`."""
    unsettled: int
    """Documents that are not as they should be by now."""
    unfinished: int
    """Documents that are not as they should be in the end."""


class Checker:
    """Watches from the start on. Not for several threads. Raises httpx.HTTPError when a persona does not get in."""

    def __init__(self, scenario: Scenario, address: TradingGridAddress, http: httpx.Client) -> None:
        """`http` has the address of Trading Grid as its base."""
        self._scenario = scenario
        self._tracks = tracks_of(scenario)
        self._catalogue = Catalogue(scenario, {space: name for name, space in address.spaces.items()})
        self._happened: dict[str, Happened] = {}
        self._refusals: list[Refusal] = []

        def observer(email: str) -> Observer:
            return Observer(http, email=email, password=address.passwords[email])

        self._partners = {name: observer(c.partner.email) for name, c in scenario.communities.items()}
        self._outsiders = {name: observer(outsider.email) for name, outsider in scenario.outsiders.items()}
        with self.step(START):
            pass

    @property
    def expected(self) -> int:
        """Return how many changes partners must see in all."""
        return sum(len(track.phases) for track in self._tracks)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note when a step of the scenario is made, by the vendor's clock."""
        began = self.look()
        self._happened[name] = Happened(began, began)
        yield
        self._happened[name] = Happened(began, self.look())

    def note_refusal(self, refusal: Refusal) -> None:
        """Note a time in which an injected fault refused withdrawals."""
        self._refusals.append(refusal)

    def look(self) -> datetime:
        """Look through all eyes; return the earliest instant of these looks, up to which nothing was missed."""
        return min(observer.look() for observer in [*self._partners.values(), *self._outsiders.values()])

    def view(self) -> View:
        """Look, and say how far things are."""
        evidence, claims = self._evidence(self.look()), self._claims
        return View(
            done=sum(len(phases_done(track, evidence, claims)) for track in self._tracks),
            unsettled=sum(not holds(track, evidence, claims) for track in self._tracks),
            unfinished=sum(not is_final(track, evidence, claims) for track in self._tracks),
        )

    def result(self) -> CheckResult:
        """Look once more and judge."""
        now = self.look()
        evidence, claims = self._evidence(now), self._claims
        found = {
            "lost": [*lost(evidence, claims)],
            "duplicate_effects": [*duplicate_effects(evidence, claims)],
            "rights_violations": [*rights_violations(evidence, claims), *self._outsiders_saw(now)],
            "echoes": [*echoes(evidence, claims)],
        }
        return CheckResult(
            expected=self.expected,
            done=sum(len(phases_done(track, evidence, claims)) for track in self._tracks),
            lost=len(found["lost"]),
            duplicate_effects=len(found["duplicate_effects"]),
            rights_violations=len(found["rights_violations"]),
            echoes=len(found["echoes"]),
            findings=tuple(f"{kind}: {text}" for kind, texts in found.items() for text in texts),
            unseen=tuple(unseen(evidence, claims)),
            communities=tuple(self._tally(community, evidence, claims) for community in self._scenario.communities),
        )

    @property
    def _claims(self) -> Claims:
        return Claims(self._tracks, self._happened, self._refusals)

    def _evidence(self, now: datetime) -> Evidence:
        sightings = [sighting for partner in self._partners.values() for sighting in partner.sightings]
        return Evidence(self._catalogue.read(sightings), now)

    def _outsiders_saw(self, now: datetime) -> Iterator[str]:
        for name, observer in self._outsiders.items():
            yield from outsider_violations(self._catalogue.read(observer.sightings), self._grace_of(name), now)

    def _grace_of(self, outsider: str) -> Mapping[str, list[Window]]:
        grace: dict[str, list[Window]] = {}
        for community, joined, gone_by in absences_of(self._scenario, outsider):
            since, until = earliest(joined, self._happened), latest(gone_by, self._happened)
            if since is not None and until is not None:
                grace.setdefault(community, []).append(Window(since, until))
        return grace

    def _tally(self, community: str, evidence: Evidence, claims: Claims) -> Tally:
        tracks: list[Track] = [track for track in self._tracks if track.community == community]
        gone = Counter(phase.look is None for track in tracks for phase in phases_done(track, evidence, claims))
        return Tally(
            community=community,
            visible=len(self._partners[community].present),
            visible_expected=sum(track.phases[-1].look is not None for track in tracks),
            gone=gone[True],
            gone_expected=sum(phase.look is None for track in tracks for phase in track.phases),
        )
