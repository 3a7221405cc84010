"""Compare what was seen with what the scenario claims. Pure: each function yields one finding for each thing wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.sandbox.checker_claims import Phase, Refusal, Track, Window
from ops.sandbox.checker_evidence import Evidence, Place, Seen, is_covered, spans_of
from ops.sandbox.moments import Happened, earliest, latest


@dataclass(frozen=True)
class Claims:
    """What should be, and when the steps happened that make it so."""

    tracks: Sequence[Track]
    happened: Mapping[str, Happened]
    refusals: Sequence[Refusal] = ()


def place_of(track: Track) -> Place:
    """Return where the documents of a track are."""
    return track.community, track.publication, track.asset.licence


def name_of(track: Track) -> str:
    """Name a track for a person."""
    return f"{track.asset.title!r} in {track.publication} of {track.community}"


def holds(track: Track, evidence: Evidence, claims: Claims) -> bool:
    """Tell whether a partner sees now what they should see by now."""
    begun = track.begun(claims.happened, evidence.now)
    looks = evidence.looks_now(place_of(track))
    wanted = track.phases[begun - 1].look if begun else None
    return wanted in looks if wanted else not looks


def is_final(track: Track, evidence: Evidence, claims: Claims) -> bool:
    """Tell whether a partner sees what they should see in the end."""
    is_over = track.begun(claims.happened, evidence.now) == len(track.phases)
    return is_over and holds(track, evidence, claims)


def phases_done(track: Track, evidence: Evidence, claims: Claims) -> list[Phase]:
    """Return the phases that a partner saw: the last one as it is now, those before it at some time of theirs."""
    begun = track.begun(claims.happened, evidence.now)
    seen = evidence.at(place_of(track))
    done = [
        phase
        for phase, following in zip(track.phases[:begun], track.phases[1:begun], strict=False)
        if _was_seen(phase, following, seen, claims.happened)
    ]
    return [*done, track.phases[begun - 1]] if begun and holds(track, evidence, claims) else done


def unseen(evidence: Evidence, claims: Claims) -> Iterator[str]:
    """Yield each change that a partner should have seen and did not, though it may be so by now or be overtaken."""
    for track in claims.tracks:
        done = phases_done(track, evidence, claims)
        for phase in track.phases:
            if phase not in done:
                yield f"{name_of(track)}: nobody saw {phase.look or 'that it was gone'} after {phase.since}"


def lost(evidence: Evidence, claims: Claims) -> Iterator[str]:
    """Yield each listed final state that is not so."""
    for track in claims.tracks:
        if not is_final(track, evidence, claims):
            wanted = track.phases[-1].look
            found = ", ".join(map(str, evidence.looks_now(place_of(track)))) or "nothing"
            yield f"{name_of(track)}: partners should see {wanted or 'nothing'} and see {found}"


def duplicate_effects(evidence: Evidence, claims: Claims) -> Iterator[str]:
    """Yield each document, and each version of one, for whose cause there was an effect already."""
    for track in claims.tracks:
        seen = evidence.at(place_of(track))
        yield from _second_documents(track, seen, evidence.now, claims.happened)
        for document in sorted({one.sighting.document for one in seen}):
            yield from _needless_versions(track, [one for one in seen if one.sighting.document == document])


def rights_violations(evidence: Evidence, claims: Claims) -> Iterator[str]:
    """Yield each time in which a document of an asset was visible in a community outside of what is listed for it."""
    windows = _windows_of_assets(claims)
    for (community, licence), seen in evidence.by_asset.items():
        allowed = windows.get((community, licence), [])
        for span in spans_of(seen, evidence.now):
            if not is_covered(span.since, span.until, allowed):
                yield (
                    f"{seen[0].sighting.title!r} in {seen[0].sighting.folder!r} of {community}: visible from "
                    f"{span.since:%H:%M:%S.%f} until {span.until:%H:%M:%S.%f}, when it must not be"
                )


def outsider_violations(seen: Iterable[Seen], allowed: Mapping[str, Sequence[Window]], now: datetime) -> Iterator[str]:
    """Yield each time in which an outsider saw a document, but for the time that a community needs to close."""
    for one in seen:
        windows = allowed.get(one.community or "", ())
        if not is_covered(one.sighting.since, one.sighting.until or now, windows):
            yield f"{one.sighting.observer} saw {one.sighting.title!r} in {one.community}"


def echoes(evidence: Evidence, claims: Claims) -> Iterator[str]:
    """Yield each document that nothing in the scenario asks for: unknown bytes, an unknown place, or the wrong one."""
    meant = {place_of(track) for track in claims.tracks}
    somewhere = {(track.community, track.asset.licence) for track in claims.tracks}
    told: set[str] = set()
    for one in evidence.seen:
        licence = one.asset.licence if one.asset else ""
        # An asset that must be nowhere in this community has its cause in a purchase: that is a violation, not an echo.
        is_misplaced = (one.community, one.publication, licence) not in meant and (one.community, licence) in somewhere
        if (is_misplaced or not one.has_cause) and one.sighting.document not in told:
            told.add(one.sighting.document)
            yield f"nobody asked for {one.sighting.title!r} in {one.sighting.folder!r} of {one.community}"


def _was_seen(phase: Phase, following: Phase, seen: Sequence[Seen], happened: Mapping[str, Happened]) -> bool:
    since, until = earliest(phase.since, happened), latest(following.since, happened)
    if since is None or until is None:
        return False
    if phase.look is not None:
        return any(one.look == phase.look and one.sighting.overlaps(since, until) for one in seen)
    visible = [Window(span.since, span.until) for span in spans_of(seen, until)]
    return not is_covered(since, until, visible)


def _second_documents(
    track: Track, seen: Sequence[Seen], now: datetime, happened: Mapping[str, Happened]
) -> Iterator[str]:
    """Yield each document that appeared beside another one, or after another one without a new cause."""
    starts = [window.since for window in track.windows(happened)]
    earlier: list[tuple[int, datetime]] = []
    known: set[str] = set()
    for span in sorted(spans_of(seen, now), key=lambda span: span.since):
        run = sum(start <= span.since for start in starts)
        has_effect = any(its_run == run or its_end > span.since for its_run, its_end in earlier)
        if span.document not in known and has_effect:
            yield f"{name_of(track)}: a second document appeared at {span.since:%H:%M:%S.%f}"
        known.add(span.document)
        earlier.append((run, span.until))


def _needless_versions(track: Track, seen: Sequence[Seen]) -> Iterator[str]:
    """Yield each version of a document above the number of its files, and each that repeats a file."""
    versions = {one.sighting.version for one in seen}
    contents = {one.sighting.content for one in seen}
    for _ in range(max(len(versions) - len(contents), max(versions, default=0) - track.files, 0)):
        yield f"{name_of(track)}: version {max(versions)} of a document with {track.files} file(s)"


def _windows_of_assets(claims: Claims) -> Mapping[tuple[str, str], list[Window]]:
    windows: dict[tuple[str, str], list[Window]] = {}
    for track in claims.tracks:
        key = (track.community, track.asset.licence)
        windows.setdefault(key, []).extend(track.windows(claims.happened, claims.refusals))
    return windows
