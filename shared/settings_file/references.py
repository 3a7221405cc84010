"""What one part of the settings says about another, or about Smint.io's own words."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from shared.settings import AudienceSelection, CommunitySettings, IntendedUse, TenantSettings
from shared.settings_file.mistakes import Mistake, not_one_of
from shared.settings_file.sections import Section

Vocabulary: TypeAlias = Mapping[str, Collection[str]]
"""The known words by the name of the key that holds them: regions, usages, sizes ... A key left out holds any word."""


def dangling(found: list[Section], vocabulary: Vocabulary) -> Iterator[Mistake]:
    """Yield unknown audiences, spaces with two owners, and words that no vocabulary has."""
    for section in found:
        if section.model is TenantSettings:
            yield from _unknown_audiences(section, found)
            yield from _shared_spaces(section, found)
        if section.model in {CommunitySettings, AudienceSelection, IntendedUse}:
            yield from _unknown_words(section, vocabulary)


def _within(tenant: Section, found: list[Section], model: type) -> Iterator[Section]:
    depth = len(tenant.place)
    return (section for section in found if section.model is model and section.place[:depth] == tenant.place)


def _unknown_audiences(tenant: Section, found: list[Section]) -> Iterator[Mistake]:
    communities = tenant.table.get("communities")
    if not isinstance(communities, dict):
        return  # said elsewhere: without communities, nothing can be said about audiences
    for audience in _within(tenant, found, AudienceSelection):
        for name in _words(audience, "communities"):
            if name not in communities:
                place = (*audience.place, "communities")
                yield Mistake(place, not_one_of(name, communities, "a community of this tenant"))


def _shared_spaces(tenant: Section, found: list[Section]) -> Iterator[Mistake]:
    """Yield communities in one space: what may be shown to the one would be shown to the other."""
    owners: dict[str, object] = {}
    for community in _within(tenant, found, CommunitySettings):
        space = community.table.get("space")
        if not isinstance(space, str):
            continue
        if space in owners:
            text = f'found "{space}", which is the space of {owners[space]}, allowed: one space for each community'
            yield Mistake((*community.place, "space"), text)
        owners.setdefault(space, community.place[-1])


def _unknown_words(section: Section, vocabulary: Vocabulary) -> Iterator[Mistake]:
    for key in section.model.model_fields.keys() & vocabulary.keys():
        for word in _words(section, key):
            if word not in vocabulary[key]:
                yield Mistake((*section.place, key), not_one_of(word, vocabulary[key], "a known key"))


def _words(section: Section, key: str) -> list[str]:
    found = section.table.get(key)
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []
