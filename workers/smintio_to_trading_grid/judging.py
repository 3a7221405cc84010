"""Whether an asset may stand in a community, at the moment of asking. Pure, but for reading the facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from shared.communities import Community, Membership, strangers
from shared.publications import audience_of, use_of
from shared.rights.evaluate import evaluate
from shared.rights.facts import LicenceFacts
from shared.rights.verdict import Decision
from shared.settings import CommunitySettings, PublicationSettings, TenantSettings
from shared.store import ledger
from shared.store.mirrors import Mirror, MirrorRow

LICENCES: Final = Mirror("licence")
COMMUNITIES: Final = Mirror("community")


@dataclass(frozen=True)
class Judgement:
    """May it stand there, why, and until when the answer holds."""

    decision: ledger.Decision
    reasons: tuple[str, ...]

    @property
    def permits(self) -> bool:
        """Tell whether it may stand there: an unknown never does."""
        return self.decision is ledger.Decision.PERMIT


def licence_of(row: MirrorRow) -> LicenceFacts:
    """Read what the rights rules need of a mirrored licence."""
    return LicenceFacts.from_transaction(json.loads(row.body))


def judge(  # noqa: PLR0913 - a judgement rests on all of these, and each has its own source
    licence: LicenceFacts,
    publication: PublicationSettings,
    community: CommunitySettings,
    members: tuple[Membership, ...] | None,
    settings: TenantSettings,
    *,
    at: datetime,
) -> Judgement:
    """
    Judge `licence` for `community`, whose space has `members` (None: not seen yet).

    Judged now and at the end of the withdrawal margin: only what is permitted at both may stand there (invariant I3).
    """
    if members is None:
        return _unknown("the directory has not seen this community yet")
    if others := strangers(members, community, settings.trading_grid.hub_company):
        return _refused(f"members of other companies are in the space: {', '.join(others)}")
    use, audience = use_of(publication.use), audience_of(community)
    verdict = evaluate(licence, use, audience, at)
    if verdict.decision is Decision.PERMIT:
        verdict = evaluate(licence, use, audience, at + settings.withdrawal_margin)
    return Judgement(ledger.Decision(verdict.decision.value), tuple(reason.text for reason in verdict.reasons))


def ends_at(licence: LicenceFacts, *, after: datetime) -> datetime | None:
    """Return when the first of the licence's terms ends after that instant; None when none says."""
    ends = (term.valid_until for term in licence.license_terms if term.valid_until and term.valid_until > after)
    return min(ends, default=None)


def communities_of(c: Connection, tenant: str, settings: TenantSettings) -> Mapping[str, Community]:
    """Read the tenant's communities as the directory last saw them, by space id."""
    rows = COMMUNITIES.read(c, tenant, [community.space for community in settings.communities.values()])
    return {key: Community.model_validate_json(row.body) for key, row in rows.items()}


def _unknown(reason: str) -> Judgement:
    return Judgement(ledger.Decision.UNKNOWN, (reason,))


def _refused(reason: str) -> Judgement:
    return Judgement(ledger.Decision.REFUSE, (reason,))
