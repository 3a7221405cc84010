"""Licences as the vendor sends them, cut down to what rights look at, and the questions asked of them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from shared.rights.evaluate import evaluate
from shared.rights.facts import LicenceFacts
from shared.rights.use import Audience, Use
from shared.rights.verdict import Decision, Verdict

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
GERMANY = Audience(regions=("europe_germany",))
SOCIAL_MEDIA = Use(usages=("digital_media_social_media",))
NEWS = Use(usages=("publishing_editorial_magazine",), editorial=True)

WIRE = Path(__file__).parent / "wire"

# From the widest answer to the narrowest.
NARROWNESS = {Decision.PERMIT: 0, Decision.UNKNOWN: 1, Decision.REFUSE: 2}


def term(**fields: object) -> dict[str, object]:
    """Return a term that permits everything but for `fields`."""
    return {"sequence_number": 1, "is_editorial_use": False, **fields}


def licence(*terms: dict[str, object], **fields: object) -> dict[str, object]:
    """Return a licence that permits everything but for `terms` and `fields`."""
    return {
        "uuid": "79468",
        "state": "completed",
        "can_be_synced": True,
        "license_terms": list(terms or (term(),)),
        "content_element": content(),
        **fields,
    }


def content(**fields: object) -> dict[str, object]:
    """Return a content element that narrows nothing but for `fields`."""
    released = {"model_release_state": "released", "property_release_state": "no_release_required"}
    return {"is_editorial_use": False, "release_details": released, **fields}


def judged(
    obj: dict[str, object],
    use: Use = SOCIAL_MEDIA,
    audience: Audience = GERMANY,
    at: datetime = NOON,
    *,
    first_used_at: datetime | None = None,
) -> Verdict:
    """Read a licence and judge it."""
    return evaluate(LicenceFacts.from_transaction(obj), use, audience, at, first_used_at=first_used_at)


def from_wire(name: str) -> dict[str, dict[str, object]]:
    """Read the licences of a sample page, by their id."""
    page = json.loads((WIRE / name).read_text(encoding="utf-8"))
    return {entry["uuid"]: entry for entry in page["license_purchase_transactions"]}
