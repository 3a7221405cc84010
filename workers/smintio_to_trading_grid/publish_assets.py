"""
Decide which documents each partner community should hold of an asset.

Listens  smintio.licence.changed, trading_grid.community.changed, clock.right.*; as replan_assets: fleet.asset.due
Reads    the asset's licence and the communities of its publications, from the mirrors, fresh
Writes   wanted deliveries, the deadlines of the asset's rights; due events. Nothing at a vendor
Never    widens an audience: see shared/rights/rules.py
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from shared.communities import Community
from shared.errors import Unavailable
from shared.events import (
    AssetDue,
    ChangeEvent,
    LicenceChanged,
    RightBegan,
    RightEnded,
    RightEnding,
)
from shared.messaging.dues import due_event
from shared.messaging.topology import work_queue
from shared.publications import Asset, is_meant_for, is_selected
from shared.rights.evaluate import turning_points
from shared.settings import CommunitySettings, PublicationSettings, TenantSettings
from shared.store import deadlines, leases, ledger
from shared.store.ledger import Delivery, Due, State, Wanted
from shared.store.mirrors import MirrorRow
from shared.store.paging import pages
from workers.endings import Outcome
from workers.harness import Result
from workers.planning import Planner, PlanningSet
from workers.smintio_to_trading_grid.judging import LICENCES, communities_of, ends_at, judge, licence_of
from workers.smintio_to_trading_grid.wanted_document import WantedDocument
from workers.tools import Tenant, Tools

PAGE: Final = 500


@dataclass(frozen=True)
class Facts:
    """All that the decision rests on beside the licence itself, read at one moment."""

    settings: TenantSettings
    communities: Mapping[str, Community]
    """By space id, as the directory saw them."""
    at: datetime


def publish_assets(planned: PlanningSet, tools: Tools) -> Mapping[str, Result]:
    """Bring the wanted deliveries of these assets up to date, and announce those that became due."""
    tenant, keys = planned.tenant, sorted(planned.newest)
    with tools.database.read() as c:
        rows = LICENCES.read(c, tenant.name, keys)
        facts = Facts(tenant.settings, communities_of(c, tenant.name, tenant.settings), tools.clock.now())
    stale: dict[str, Result] = {key: _too_old(key) for key in keys if _is_stale(planned.newest[key], rows.get(key))}
    fresh = [key for key in keys if key not in stale]
    judged = {key: _not_before(planned.newest[key], facts) for key in fresh if key in rows}
    wanted = [w for key, at in judged.items() for w in deliveries_wanted(rows[key], at, planned.newest[key].time)]
    turns = {key: list(turns_of(rows[key], judged[key])) if key in rows else [] for key in fresh}

    def write(c: Connection) -> list[Due]:
        leases.guard(c, planned.leases)
        deadlines.replace(c, tenant.name, turns)
        seen_at = {key: planned.newest[key].time for key in fresh}  # also of what is in no publication any more
        return ledger.want(c, tenant.name, fresh, wanted, seen_at=seen_at)

    due = tools.database.write(write)
    _announce(tenant.name, due, tools)
    return stale | _outcomes(fresh, due, wanted)


def deliveries_wanted(row: MirrorRow, facts: Facts, seen_at: datetime) -> Iterator[Wanted]:
    """Say what should stand in every community that a publication with this asset is meant for."""
    asset, licence = Asset.read(json.loads(row.body)), licence_of(row)
    for name, publication in facts.settings.publications.items():
        if not is_selected(asset, publication.assets):
            continue
        for community_name, community in facts.settings.communities.items():
            if not is_meant_for(community_name, community, publication.audience):
                continue
            seen = facts.communities.get(community.space)
            judgement = judge(
                licence, publication, community, seen.members if seen else None, facts.settings, at=facts.at
            )
            document = _document(
                row, asset, publication, community, ends_at(licence, after=facts.at), seen.folder if seen else ""
            )
            yield Wanted(
                publication=name,
                community=community_name,
                asset=row.key,
                state=State.PRESENT if judgement.permits else State.ABSENT,
                decision=judgement.decision,
                reasons=judgement.reasons,
                digest=document.digest(),
                body=document.model_dump_json(),
                seen_at=seen_at,
            )


def turns_of(row: MirrorRow, facts: Facts) -> Iterator[tuple[datetime, str]]:
    """Name the instants still to come at which this asset must be judged again, and what turns then."""
    licence, margin = licence_of(row), facts.settings.withdrawal_margin
    begins = {term.valid_from for term in licence.license_terms}
    for instant in turning_points(licence):
        turns = [(instant - margin, "ending"), (instant, "began" if instant in begins else "ended")]
        yield from ((at, turn) for at, turn in turns if at > facts.at)


def concerned(tenant: Tenant, event: ChangeEvent, tools: Tools) -> Iterator[Sequence[str]]:
    """Name the assets that a changed community concerns: what stands there first, for a stranger may have come."""
    changed = [name for name, known in tenant.settings.communities.items() if known.space == event.data.key]
    for name in changed:
        read = partial(_standing_in, tenant=tenant.name, community=name)
        yield from (sorted({row.asset for row in page if row.touched}) for page in pages(tools.database, read))
    licensed = pages(tools.database, lambda c, after: LICENCES.page(c, tenant.name, after, PAGE))
    yield from ([row.key for row in page] for page in licensed)


def _standing_in(c: Connection, after: str | None, *, tenant: str, community: str) -> Sequence[Delivery]:
    return ledger.of_community(c, tenant, community, after, PAGE)


PUBLISH_ASSETS: Final = Planner(
    queue=work_queue("publish_assets"),
    thing="asset",
    own=(LicenceChanged, RightBegan, RightEnding, RightEnded),
    decide=publish_assets,
    due=AssetDue,
    expand=concerned,
)


def _not_before(event: ChangeEvent, facts: Facts) -> Facts:
    """Judge at the instant that the licence clock tells of, should our own clock be behind: it tells only once."""
    if not isinstance(event, RightBegan | RightEnding | RightEnded):
        return facts
    return replace(facts, at=max(facts.at, datetime.fromtimestamp(event.data.version, UTC)))


def _is_stale(event: ChangeEvent, row: MirrorRow | None) -> bool:
    """Tell whether we read less than the event promises: its version is a floor, and only the feed counts revisions."""
    return isinstance(event, LicenceChanged) and (row is None or row.revision < event.data.version)


def _too_old(key: str) -> Unavailable:
    return Unavailable(f"the store does not show yet what was announced about licence {key}")


def _document(  # noqa: PLR0913, PLR0917 - each part of a document has its own source
    row: MirrorRow,
    asset: Asset,
    publication: PublicationSettings,
    community: CommunitySettings,
    ends: datetime | None,
    space_folder: str,
) -> WantedDocument:
    return WantedDocument(
        space=community.space,
        space_folder=space_folder,
        folder=publication.folder,
        cart=asset.cart,
        licence=row.key,
        title=asset.name,
        properties={
            "title": asset.name,
            "publication": publication.title,
            "licence_type": asset.licence_type,
            "usage_terms": asset.usage_terms,
            **({"valid_until": ends.isoformat()} if ends else {}),
        },
        source_version=row.revision,
    )


def _announce(tenant: str, due: Sequence[Due], tools: Tools) -> None:
    tools.publisher.announce([due_event(tenant, row, source=PUBLISH_ASSETS.queue.name) for row in due])
    told = [(row.key, row.generation) for row in due]
    if told:
        tools.database.write(lambda c: ledger.mark_announced(c, tenant, told))


def _outcomes(keys: Iterable[str], due: Sequence[Due], wanted: Sequence[Wanted]) -> dict[str, Result]:
    """Say how each asset ended: done when something became due, else what held it back, else unchanged."""
    moved = {ledger.asset_of(row.key) for row in due}
    held = {w.asset for w in wanted if w.decision is ledger.Decision.UNKNOWN}
    refused = {w.asset for w in wanted if w.decision is ledger.Decision.REFUSE}

    def outcome(key: str) -> Outcome:
        if key in moved:
            return Outcome.DONE
        if key in held:
            return Outcome.HELD
        return Outcome.REFUSED if key in refused else Outcome.UNCHANGED

    return {key: outcome(key) for key in keys}
