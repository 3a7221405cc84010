"""
What an operator configures, one frozen class per outside system.

Settings are read once, at the start of a process, from a TOML file; secrets come from files or from the environment,
never from that file. A wrong value or an unknown key stops the process before its first message.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
CommunityName = NewType("CommunityName", str)


class Settings(BaseModel):
    """Base of every section: frozen, and a key that nobody reads is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class BrokerSettings(Settings):
    """RabbitMQ."""

    url: SecretStr = Field(description="AMQP address with user and password, e.g. amqp://fleet:...@rabbit:5672/fleet.")


class DatabaseSettings(Settings):
    """The fleet's own memory: SQLite on one host, PostgreSQL otherwise."""

    url: SecretStr = Field(description="sqlite:///path, or postgresql+psycopg://user:password@host/name.")


class SmintioOperations(Settings):
    """Paths of the three licensing reads. Not public: the customer's own API description has them (dossier 4.1)."""

    generic_metadata: str
    license_purchase_transactions: str
    binaries: str = Field(description="May name {cart} and {licence}.")


class SmintioSettings(Settings):
    """A Smint.io tenant with content licensing."""

    identity_url: str = Field(description="Authority of the tenant, e.g. https://acme.smint.io.")
    api_url: str = Field(description="Base of the licensing API, e.g. https://acme.clapi.smint.io/consumer/v1.")
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr = Field(description="First refresh token. It rotates: later ones live in the store.")
    operations: SmintioOperations
    page_size: int = Field(default=10, ge=1, le=100, description="Licences a page; the vendor's own SDKs send 10.")
    poll_every: timedelta = timedelta(minutes=5)
    request_timeout: timedelta = timedelta(seconds=30)
    download_hosts: tuple[str, ...] = Field(
        default=(".smint.io",), description="Hosts a file may be fetched from; a leading dot admits subdomains."
    )
    max_file_bytes: int = Field(default=6 * 1024**3, gt=0)


class TradingGridSettings(Settings):
    """A Trading Grid community host, spoken to as its profile says."""

    profile: str = Field(description="Name of a built-in profile (ac_hal_json), or path of a profile file.")
    base_url: str = Field(description="Address of the API; the profile's paths are relative to it.")
    storage_url: str | None = Field(default=None, description="Address of the blob store, where it differs.")
    tenant_id: str = Field(description="Tenant id in the vendor's token address.")
    client_id: str
    client_secret: SecretStr
    hub_company: str = Field(description="Id of our own company; its people may be members of every space.")
    poll_every: timedelta = timedelta(minutes=5)
    request_timeout: timedelta = timedelta(seconds=30)


class CommunitySettings(Settings):
    """A partner community: one space in Trading Grid and who may be in it. An attribute left out is unknown."""

    space: str = Field(description="Id of the space in Trading Grid.")
    companies: tuple[str, ...] = Field(description="Ids of the companies whose people may be members.")
    regions: tuple[str, ...] = Field(default=(), description="Where the partner uses assets: Smint.io geography keys.")
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


class AssetSelection(Settings):
    """Which assets a publication holds: those that match one entry of every list that is not empty."""

    licences: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()


class AudienceSelection(Settings):
    """Which communities a publication is meant for: those that match one entry of every list that is not empty."""

    communities: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


class IntendedUse(Settings):
    """What partners will do with the assets, in Smint.io's own keys; the licence must permit all of it."""

    usages: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    editorial: bool = False


class PublicationSettings(Settings):
    """What is meant for whom."""

    title: str
    folder: str = Field(description="Name of the folder in each community's space.")
    assets: AssetSelection
    audience: AudienceSelection
    use: IntendedUse


class TenantSettings(Settings):
    """One customer: its two accounts, its communities and its publications."""

    smintio: SmintioSettings
    trading_grid: TradingGridSettings
    communities: dict[Slug, CommunitySettings]
    publications: dict[Slug, PublicationSettings]
    withdrawal_margin: timedelta = Field(
        default=timedelta(minutes=10),
        description="How long before its end a right is treated as ended; must exceed the clock skew we tolerate.",
    )


class FleetSettings(Settings):
    """Everything a process of the fleet is told."""

    broker: BrokerSettings
    database: DatabaseSettings
    tenants: dict[TenantName, TenantSettings]
    metrics_host: str = "127.0.0.1"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def load_settings(path: Path) -> FleetSettings:
    """
    Read the settings file at `path`.

    Raises Misconfigured in one sentence that names file, key, what was found and what is allowed.
    """
    raise NotImplementedError(path)
