"""
What an operator configures, one frozen class per outside system.

`shared/settings_file/` reads them, once, at the start of a process, from a TOML file; secrets come from files or from
the environment, never from that file. A wrong value or an unknown key stops the process before its first message.
"""

from datetime import timedelta
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, StrictInt, StringConstraints

from shared.addresses import BrokerAddress, DatabaseAddress, WebAddress
from shared.durations import Duration
from shared.events import TenantName

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
VendorId = Annotated[str, StringConstraints(min_length=1)]
CommunityName = NewType("CommunityName", str)


class Settings(BaseModel):
    """Base of every section: frozen, and a key that nobody reads is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class BrokerSettings(Settings):
    """RabbitMQ."""

    url: BrokerAddress = Field(
        description="AMQP address with user and password, e.g. amqp://fleet:...@rabbit:5672/fleet."
    )


class DatabaseSettings(Settings):
    """The fleet's own memory: SQLite on one host, PostgreSQL otherwise."""

    url: DatabaseAddress = Field(description="sqlite:///path, or postgresql+psycopg://user:password@host/name.")


class SmintioOperations(Settings):
    """Paths of the three licensing reads. Not public: the customer's own API description has them (dossier 4.1)."""

    generic_metadata: str = Field(description="Catalogues of every vocabulary, below api_url.")
    license_purchase_transactions: str = Field(description="The feed of licences, read by continuation.")
    binaries: str = Field(description="A licence's files; may name {cart} and {licence}.")


class SmintioSettings(Settings):
    """A Smint.io tenant with content licensing."""

    identity_url: WebAddress = Field(description="Authority of the tenant, e.g. https://acme.smint.io.")
    api_url: WebAddress = Field(description="Base of the licensing API, e.g. https://acme.clapi.smint.io/consumer/v1.")
    client_id: str = Field(description="Issued by Smint.io for this integration.")
    client_secret: SecretStr = Field(description="Belongs to client_id; read again from its file at each use.")
    refresh_token: SecretStr = Field(description="First refresh token. It rotates: later ones live in the store.")
    operations: SmintioOperations
    page_size: StrictInt = Field(
        default=10, ge=1, le=100, description="Licences a page; the vendor's own SDKs send 10."
    )
    poll_every: Duration = Field(
        default=timedelta(seconds=15),
        gt=timedelta(),
        le=timedelta(seconds=45),
        description="Pause between two reads of the feed; a cancelled licence has a minute to be gone everywhere.",
    )
    request_timeout: Duration = Field(default=timedelta(seconds=30), description="By then a call has ended or failed.")
    download_hosts: tuple[str, ...] = Field(
        default=(".smint.io",), description="Hosts a file may be fetched from; a leading dot admits subdomains."
    )
    max_file_bytes: StrictInt = Field(
        default=6 * 1024**3, gt=0, description="A larger file is refused; a long film in print quality still fits."
    )


class TradingGridSettings(Settings):
    """A Trading Grid community host, spoken to as its profile says."""

    profile: str = Field(description="Name of a built-in profile (ac_hal_json), or path of a profile file.")
    base_url: WebAddress = Field(description="Address of the API; the profile's paths are relative to it.")
    storage_url: WebAddress | None = Field(default=None, description="Address of the blob store, where it differs.")
    tenant_id: str = Field(description="Tenant id in the vendor's token address.")
    client_id: str = Field(description="Issued by OpenText for this integration.")
    client_secret: SecretStr = Field(description="Belongs to client_id; read again from its file at each use.")
    hub_company: VendorId = Field(description="Id of our own company; its people may be members of every space.")
    poll_every: Duration = Field(
        default=timedelta(seconds=15),
        gt=timedelta(),
        le=timedelta(seconds=45),
        description="Pause between two reads of the directory; a stranger in a space has a minute to see nothing.",
    )
    request_timeout: Duration = Field(default=timedelta(seconds=30), description="By then a call has ended or failed.")


class CommunitySettings(Settings):
    """A partner community: one space in Trading Grid and who may be in it. An attribute left out is unknown."""

    space: VendorId = Field(description="Id of the space in Trading Grid.")
    companies: tuple[VendorId, ...] = Field(description="Ids of the companies whose people may be members.")
    regions: tuple[str, ...] = Field(default=(), description="Where the partner uses assets: Smint.io geography keys.")
    channels: tuple[str, ...] = Field(
        default=(), description="Through what the partner uses assets: Smint.io distribution keys."
    )
    languages: tuple[str, ...] = Field(default=(), description="What the partner's customers read: Smint.io keys.")
    industries: tuple[str, ...] = Field(default=(), description="Whom the partner serves: Smint.io keys.")


class AssetSelection(Settings):
    """Which assets a publication holds: those that match one entry of every list that is not empty."""

    licences: tuple[str, ...] = Field(default=(), description="Ids of single licences.")
    projects: tuple[str, ...] = Field(default=(), description="Ids of Smint.io projects.")
    collections: tuple[str, ...] = Field(default=(), description="Ids of boards.")
    categories: tuple[str, ...] = Field(default=(), description="Keys of content categories: creative, editorial.")
    keywords: tuple[str, ...] = Field(default=(), description="Keywords of the asset, in any of its languages.")
    content_types: tuple[str, ...] = Field(default=(), description="image, video, audio, document, 3d or template.")


class AudienceSelection(Settings):
    """Which communities a publication is meant for: those that match one entry of every list that is not empty."""

    communities: tuple[str, ...] = Field(default=(), description="Names of communities of the same tenant.")
    regions: tuple[str, ...] = Field(default=(), description="As communities state them; so are the next three.")
    channels: tuple[str, ...] = Field(default=(), description="E.g. channel_web.")
    languages: tuple[str, ...] = Field(default=(), description="E.g. language_german.")
    industries: tuple[str, ...] = Field(default=(), description="E.g. industry_retail.")


class IntendedUse(Settings):
    """What partners will do with the assets, in Smint.io's own keys; the licence must permit all of it."""

    usages: tuple[str, ...] = Field(default=(), description="E.g. marketing_promotional_any.")
    distributions: tuple[str, ...] = Field(default=(), description="E.g. channel_web.")
    placements: tuple[str, ...] = Field(default=(), description="E.g. page_inside.")
    sizes: tuple[str, ...] = Field(default=(), description="E.g. resolution_high.")
    languages: tuple[str, ...] = Field(default=(), description="E.g. language_german.")
    industries: tuple[str, ...] = Field(default=(), description="E.g. industry_retail.")
    editorial: StrictBool = Field(default=False, description="True when partners use the assets editorially only.")


class PublicationSettings(Settings):
    """What is meant for whom."""

    title: str = Field(description="What people call it.")
    folder: str = Field(description="Name of the folder in each community's space.")
    assets: AssetSelection = Field(description="Which assets it holds.")
    audience: AudienceSelection = Field(description="Which communities it is meant for.")
    use: IntendedUse = Field(description="What the partners will do with the assets.")


class TenantSettings(Settings):
    """One customer: its two accounts, its communities and its publications."""

    smintio: SmintioSettings = Field(description="Where assets are licensed.")
    trading_grid: TradingGridSettings = Field(description="Where partners meet them.")
    communities: dict[Slug, CommunitySettings] = Field(
        description="Who is where, by name; here or in communities_file."
    )
    publications: dict[Slug, PublicationSettings] = Field(
        description="What goes to whom, by name; here or in publications_file."
    )
    withdrawal_margin: Duration = Field(
        default=timedelta(minutes=10),
        ge=timedelta(minutes=1),
        description="How long before its end a right is treated as ended; must exceed the clock skew we tolerate.",
    )


class FleetSettings(Settings):
    """Everything a process of the fleet is told."""

    broker: BrokerSettings = Field(description="Where events travel.")
    database: DatabaseSettings = Field(description="Where the fleet remembers.")
    tenants: dict[TenantName, TenantSettings] = Field(
        min_length=1, description="By name, which is part of every event."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Where /metrics, /live and /ready answer.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Below it nothing is logged; info is one line an outcome."
    )
