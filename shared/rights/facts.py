"""What a licence says, as far as rights go, in the vendor's own words (dossier 4.3)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from shared.rights.instants import Edge, in_utc
from shared.rights.reading import Reader

Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Keys = tuple[str, ...]


class Facts(BaseModel):
    """Base of what is read of a licence. None means that the licence does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(Facts):
    """One licence term: a snapshot of the terms at purchase, never changed afterwards (dossier 5.3)."""

    sequence_number: int | None = None
    name: str = ""
    exclusivities: Keys = ()
    allowed_usages: Keys = ()
    restricted_usages: Keys = ()
    allowed_sizes: Keys = ()
    restricted_sizes: Keys = ()
    allowed_placements: Keys = ()
    restricted_placements: Keys = ()
    allowed_distributions: Keys = ()
    restricted_distributions: Keys = ()
    allowed_geographies: Keys = ()
    restricted_geographies: Keys = ()
    allowed_industries: Keys = ()
    restricted_industries: Keys = ()
    allowed_languages: Keys = ()
    restricted_languages: Keys = ()
    usage_limits: Keys = ()
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    to_be_used_until: Moment | None = None
    is_editorial_use: bool | None = None
    unreadable: tuple[str, ...] = ()
    """Names of the fields whose value we could not read."""
    without_zone: tuple[str, ...] = ()
    """Names of the instants that came without a zone and were read in the strictest way."""
    unknown_fields: Mapping[str, object] = {}
    """Fields that we do not know, kept as they came."""

    def allows(self, dimension: str) -> Keys:
        """Return the keys that the term allows in a dimension; empty is no statement."""
        keys: Keys = getattr(self, f"allowed_{dimension}")
        return keys

    def restricts(self, dimension: str) -> Keys:
        """Return the keys that the term restricts in a dimension; empty is no statement."""
        keys: Keys = getattr(self, f"restricted_{dimension}")
        return keys

    def instants(self) -> Iterator[datetime]:
        """Return the instants that the term names."""
        return (instant for instant in (self.valid_from, self.valid_until, self.to_be_used_until) if instant)


class DownloadConstraints(Facts):
    """Limits on how often, by how many and in how many places the asset is taken from Smint.io."""

    effective_max_downloads: int | None = None
    effective_max_users: int | None = None
    effective_max_reuses: int | None = None


class ReleaseDetails(Facts):
    """Whether the people and the owners of the property that can be seen have agreed."""

    model_release_state: str | None = None
    property_release_state: str | None = None


class ContentElement(Facts):
    """What the licence is about."""

    is_editorial_use: bool | None = None
    is_ai: bool | None = None
    release_details: ReleaseDetails = ReleaseDetails()


class Offering(Facts):
    """What was on offer when the licence was bought. Its own terms are superseded by those of the purchase."""

    license_type: str | None = None
    is_editorial_use: bool | None = None


class LicenceFacts(Facts):
    """A licence purchase transaction, as far as rights go."""

    uuid: str | None = None
    state: str | None = None
    can_be_synced: bool | None = None
    license_terms: tuple[Term, ...] = ()
    license_download_constraints: DownloadConstraints = DownloadConstraints()
    current_downloads: int | None = None
    current_users: int | None = None
    current_reuses: int | None = None
    content_element: ContentElement = ContentElement()
    offering: Offering = Offering()
    has_potentially_restrictive_license_terms: bool | None = None
    """The vendor's own summary of the terms (dossier 5.3). Informational: we read the terms themselves."""
    unreadable: tuple[str, ...] = ()
    """Paths of the fields outside the terms whose value we could not read."""
    unknown_fields: Mapping[str, object] = {}
    """Top-level fields that rights do not look at, kept as they came."""

    @classmethod
    def from_transaction(cls, obj: Mapping[str, object], *, zone: tzinfo | None = None) -> Self:
        """
        Read a decoded licence purchase transaction; never raises, whatever its fields and keys hold.

        `zone` is that of the licence, for dates that do not say; None is unknown and read in the strictest way.
        """
        reader = Reader(obj, zone=zone)
        content, offering = reader.part("content_element"), reader.part("offering")
        releases, limits = content.part("release_details"), reader.part("license_download_constraints")
        return cls(
            uuid=reader.text("uuid"),
            state=reader.text("state"),
            can_be_synced=reader.flag("can_be_synced"),
            license_terms=tuple(_term(part) for part in reader.parts("license_terms")),
            license_download_constraints=DownloadConstraints(
                effective_max_downloads=limits.count("effective_max_downloads"),
                effective_max_users=limits.count("effective_max_users"),
                effective_max_reuses=limits.count("effective_max_reuses"),
            ),
            current_downloads=reader.count("current_downloads"),
            current_users=reader.count("current_users"),
            current_reuses=reader.count("current_reuses"),
            content_element=ContentElement(
                is_editorial_use=content.flag("is_editorial_use"),
                is_ai=content.flag("is_ai"),
                release_details=ReleaseDetails(
                    model_release_state=releases.text("model_release_state"),
                    property_release_state=releases.text("property_release_state"),
                ),
            ),
            offering=Offering(
                license_type=offering.text("license_type"),
                is_editorial_use=offering.flag("is_editorial_use"),
            ),
            has_potentially_restrictive_license_terms=reader.flag("has_potentially_restrictive_license_terms"),
            unreadable=tuple(reader.unreadable),
            unknown_fields=reader.others(cls.model_fields.keys() - _OURS),
        )


_EDGES: Final = {"valid_from": Edge.BEGINS, "valid_until": Edge.ENDS, "to_be_used_until": Edge.ENDS}
_KEY_LISTS: Final = tuple(name for name, field in Term.model_fields.items() if field.annotation == Keys)
_OURS: Final = frozenset({"unreadable", "without_zone", "unknown_fields"})


def _term(reader: Reader) -> Term:
    read: dict[str, object] = {
        "sequence_number": reader.count("sequence_number"),
        "name": reader.localised("name"),
        "is_editorial_use": reader.flag("is_editorial_use"),
        **{name: reader.keys(name) for name in _KEY_LISTS},
        **{name: reader.instant(name, edge) for name, edge in _EDGES.items()},
        "unknown_fields": reader.others(Term.model_fields.keys() - _OURS),
    }
    return Term.model_validate(
        read | {"unreadable": tuple(reader.unreadable), "without_zone": tuple(reader.without_zone)}
    )
