"""Which assets a publication holds and which communities it is meant for. Pure; whether they *may* is shared.rights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from shared.rights.use import Audience, Use
from shared.settings import AssetSelection, AudienceSelection, CommunitySettings, IntendedUse

PREFERRED_CULTURE = "en"  # the vendor fills every text in English first (dossier 4.4)


@dataclass(frozen=True)
class Asset:
    """What selections and documents need to know of a licensed asset."""

    licence: str
    cart: str
    name: str
    projects: frozenset[str]
    collections: frozenset[str]
    categories: frozenset[str]
    keywords: frozenset[str]
    content_types: frozenset[str]
    licence_type: str
    usage_terms: str

    @classmethod
    def read(cls, transaction: Mapping[str, object]) -> Self:
        """Pick what a publication can select by out of a licence purchase transaction; what is missing is empty."""
        content, offering = _part(transaction, "content_element"), _part(transaction, "offering")
        return cls(
            licence=_text(transaction, "uuid"),
            cart=_text(transaction, "cart_purchase_transaction_uuid"),
            name=localised(content.get("name")) or _text(transaction, "uuid"),
            projects=_one(transaction, "project_uuid"),
            collections=_one(transaction, "collection_uuid"),
            categories=frozenset(_elements(content.get("categories"), "key")),
            keywords=frozenset(_elements(content.get("keywords"), "name")),
            content_types=_one(content, "content_type"),
            licence_type=_text(offering, "license_type"),
            usage_terms=localised(_part(transaction, "license_text").get("effective_text")),
        )


def is_selected(asset: Asset, selection: AssetSelection) -> bool:
    """Tell whether `asset` matches one entry of every list of the selection that is not empty."""
    return (
        _matches({asset.licence}, selection.licences)
        and _matches(asset.projects, selection.projects)
        and _matches(asset.collections, selection.collections)
        and _matches(asset.categories, selection.categories)
        and _matches(asset.keywords, selection.keywords)
        and _matches(asset.content_types, selection.content_types)
    )


def is_meant_for(name: str, community: CommunitySettings, audience: AudienceSelection) -> bool:
    """Tell whether the community called `name` matches one entry of every list of the audience that is not empty."""
    return (
        _matches({name}, audience.communities)
        and _matches(community.regions, audience.regions)
        and _matches(community.channels, audience.channels)
        and _matches(community.languages, audience.languages)
        and _matches(community.industries, audience.industries)
    )


def use_of(intended: IntendedUse) -> Use:
    """Say in the words of the rights rules what partners will do with the assets."""
    return Use(**intended.model_dump())


def audience_of(community: CommunitySettings) -> Audience:
    """Say in the words of the rights rules who will use the assets."""
    return Audience(
        regions=community.regions,
        channels=community.channels,
        languages=community.languages,
        industries=community.industries,
    )


def localised(texts: object) -> str:
    """Return the English text of a localised list, else its first; empty when there is none."""
    by_culture = {
        text["culture"]: text["value"]
        for text in (texts if isinstance(texts, list) else [])
        if isinstance(text, dict) and isinstance(text.get("culture"), str) and isinstance(text.get("value"), str)
    }
    return by_culture.get(PREFERRED_CULTURE) or next(iter(by_culture.values()), "")


def _matches(has: Iterable[str], wanted: tuple[str, ...]) -> bool:
    return not wanted or not set(wanted).isdisjoint(has)


def _part(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = parent.get(name)
    return part if isinstance(part, dict) else {}


def _text(parent: Mapping[str, object], name: str) -> str:
    value = parent.get(name)
    return value if isinstance(value, str) else ""


def _one(parent: Mapping[str, object], name: str) -> frozenset[str]:
    return frozenset({_text(parent, name)} - {""})


def _elements(elements: object, name: str) -> Iterable[str]:
    for entry in elements if isinstance(elements, list) else []:
        element = entry.get("metadata_element") if isinstance(entry, dict) else None
        value = element.get(name) if isinstance(element, dict) else None
        if isinstance(value, str):
            yield value
