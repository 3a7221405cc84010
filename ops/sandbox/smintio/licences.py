"""
Licences in the vendor's full wire shape, built from a few words.

The template beside this module has every field of the published model (dossier 4.3); what a scenario does not name
stays as it is there.
"""

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from shared.vendors import exact_json

Json = dict[str, object]
Texts = str | Mapping[str, str]
"""A text in English, or texts by culture."""

DIMENSIONS: Final = ("usages", "sizes", "placements", "distributions", "geographies", "industries", "languages")
_RESTRICTING: Final = (*(f"restricted_{dimension}" for dimension in DIMENSIONS), "usage_limits")
_MEDIA_TYPES: Final = {"image": "image/jpeg", "video": "video/mp4", "document": "application/pdf"}


def licence(  # noqa: PLR0913 - what a scenario may want to say, all named
    uuid: str,
    *,
    name: Texts,
    cart: str = "3501",
    terms: Sequence[Json] = (),
    project: tuple[str, Texts] = ("227", "Spring Campaign"),
    collection: tuple[str, Texts] = ("1339", "Cart"),
    content_type: str = "image",
    category: str = "creative",
    keywords: Sequence[str] = (),
    can_be_synced: bool | None = True,
    is_editorial_use: bool | None = False,
    state: str = "completed",
    reuses: str | None = None,
    model_release: str | None = "released",
    property_release: str | None = "no_release_required",
    members: Mapping[str, object] | None = None,
) -> Json:
    """
    Return a licence as its record in the feed; the account adds versions, times and the restrictive flag.

    `members` overwrites any member of the record, at any depth: `{"content_element": None}` makes a hole, an unknown
    name an unknown member.
    """
    record = _template()
    record |= {
        "uuid": uuid,
        "cart_purchase_transaction_uuid": cart,
        "reused_license_purchase_transaction_uuid": reuses,
        "state": state,
        "can_be_synced": can_be_synced,
        "project_uuid": project[0],
        "project_name": localised(project[1]),
        "collection_uuid": collection[0],
        "collection_name": localised(collection[1]),
        "license_terms": list(terms) or [term(1, is_editorial_use=is_editorial_use)],
    }
    merge(
        record,
        {
            "content_element": {
                "uuid": f"2:0:{uuid}",
                "content_type": content_type,
                "content_category": category,
                "name": localised(name),
                "keywords": keyword_elements(keywords),
                "is_editorial_use": is_editorial_use,
                "release_details": {
                    "model_release_state": model_release,
                    "property_release_state": property_release,
                },
            },
            "offering": {"media_type": _MEDIA_TYPES.get(content_type, "application/octet-stream")},
        },
    )
    return merge(record, members or {})


def term(  # noqa: PLR0913 - what a scenario may want to say, all named
    sequence_number: int,
    *,
    name: Texts = "Default",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    to_be_used_until: datetime | None = None,
    is_editorial_use: bool | None = False,
    exclusivities: Sequence[str] = (),
    usage_limits: Sequence[str] = (),
    lists: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Json:
    """
    Return a licence term. `lists` are the allowed_* and restricted_* ones that are not empty.

    Raises TypeError for a list that the model does not have: misspelt, it would permit what it meant to forbid.
    """
    known = [f"{kind}_{dimension}" for dimension in DIMENSIONS for kind in ("allowed", "restricted")]
    if unknown := lists.keys() - set(known):
        raise TypeError(f"a licence term has no {', '.join(sorted(unknown))}")
    return {
        "sequence_number": sequence_number,
        "name": localised(name),
        "exclusivities": list(exclusivities),
        **{member: list(lists.get(member, ())) for member in known},
        "usage_limits": list(usage_limits),
        "valid_from": valid_from and instant(valid_from),
        "valid_until": valid_until and instant(valid_until),
        "to_be_used_until": to_be_used_until and instant(to_be_used_until),
        "is_editorial_use": is_editorial_use,
    }


def is_potentially_restrictive(record: Mapping[str, object], *, now: datetime) -> bool:
    """Return the flag that the vendor computes, by the rule its SDK once had (dossier 5.3)."""
    terms = record.get("license_terms")
    return any(_restricts(term, now) for term in (terms if isinstance(terms, list) else ()) if isinstance(term, dict))


def localised(texts: Texts) -> list[Json]:
    """Return texts in the vendor's shape, one entry a culture."""
    by_culture = {"en": texts} if isinstance(texts, str) else texts
    return [{"culture": culture, "value": text} for culture, text in by_culture.items()]


def keyword_elements(keywords: Sequence[str]) -> list[Json]:
    """Return English keywords in the vendor's shape: names without keys."""
    return [{"culture": "en", "metadata_element": {"name": keyword}} for keyword in keywords]


def instant(at: datetime) -> str:
    """Return an instant as the vendor writes it (RFC 3339, UTC)."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def merge(into: Json, changes: Mapping[str, object]) -> Json:
    """Overwrite members of `into`, objects member by member, anything else whole; return `into`."""
    for member, value in changes.items():
        present = into.get(member)
        if isinstance(value, Mapping) and isinstance(present, dict):
            merge(present, value)
        else:
            into[member] = copy.deepcopy(value)
    return into


def _restricts(term: Json, now: datetime) -> bool:
    starts = term.get("valid_from")
    starts_later = isinstance(starts, str) and datetime.fromisoformat(starts) > now
    ends = any(term.get(member) is not None for member in ("valid_until", "to_be_used_until"))
    return starts_later or ends or term.get("is_editorial_use") is True or any(term.get(m) for m in _RESTRICTING)


def _template() -> Json:
    record = exact_json.decode(_template_text())
    if not isinstance(record, dict):
        raise TypeError("the licence template is not an object")
    return record


@lru_cache(maxsize=1)
def _template_text() -> bytes:
    return (resources.files("ops.sandbox.smintio") / "licence_template.json").read_bytes()
