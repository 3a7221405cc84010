"""
The catalogue of change events: CloudEvents 1.0 that say *that* something changed, never what.

An event carries a key and a version; a worker reads the facts itself. The version is a floor: facts older than it are
not yet good enough. Ids are deterministic in (source, key, version), so the same change announced twice has one id.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.errors import Unreadable

CONTENT_TYPE: Final = "application/cloudevents+json"
MAX_EVENT_BYTES: Final = 8 * 1024  # a hint needs no more; content belongs in the store or at the vendor

TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
SubjectKey = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Flow(StrEnum):
    """The seven flows; the value is setting, metric label and report key alike."""

    PUBLISH_ASSETS = "publish_assets"
    ASSET_REQUESTS = "asset_requests"
    RIGHTS_GUIDANCE = "rights_guidance"
    LOCALISATION = "localisation"
    LAUNCH_KITS = "launch_kits"
    CONTENT_ISSUES = "content_issues"
    CO_MARKETING = "co_marketing"


class Subject(BaseModel):
    """What an event is about: the thing's key in its tenant, the version seen, and the flow if only one is meant."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant: TenantName
    key: SubjectKey
    version: int = Field(ge=0, description="Counts up with every change of this key; a floor for the facts to be read.")
    flow: Flow | None = None


class ChangeEvent(BaseModel):
    """A change event. Subclasses fix the type; unknown fields are ignored so that old workers read new events."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""

    specversion: str = "1.0"
    id: str
    source: str = Field(description="Who announces, e.g. /fleet/smintio_licences.")
    type: str
    time: AwareDatetime = Field(description="When the change was seen, UTC: an effect's age counts from here.")
    subject: str
    datacontenttype: str = "application/json"
    traceparent: str | None = Field(default=None, description="W3C trace context of the poll that saw the change.")
    data: Subject

    @property
    def routing_key(self) -> str:
        """Return `{tenant}.{system}.{object}.{participle}`."""
        return f"{self.data.tenant}.{self.type}"

    def encode(self) -> bytes:
        """
        Return the event as structured JSON.

        Raises Unreadable when it would exceed MAX_EVENT_BYTES: no queue ever holds such an event.
        """
        body = self.model_dump_json(exclude_none=True).encode()
        if len(body) > MAX_EVENT_BYTES:
            raise Unreadable(
                f"event {self.type} about {self.data.key[:80]!r} has {len(body)} bytes, more than {MAX_EVENT_BYTES}: "
                "an event carries a key, not content"
            )
        return body


class LicenceChanged(ChangeEvent):
    """A licence was bought, changed, cancelled or has new terms: read it to learn what."""

    TYPE = "smintio.licence.changed"


class CommunityChanged(ChangeEvent):
    """A partner community appeared, vanished, or has other members or attributes."""

    TYPE = "trading_grid.community.changed"


class RightBegan(ChangeEvent):
    """A right of this asset began: judge it again."""

    TYPE = "clock.right.began"


class RightEnding(ChangeEvent):
    """A right of this asset ends within the withdrawal margin: judge it again, now."""

    TYPE = "clock.right.ending"


class RightEnded(ChangeEvent):
    """A right of this asset has ended: judge it again."""

    TYPE = "clock.right.ended"


class AssetDue(ChangeEvent):
    """An asset's deliveries are to be planned again, because something that they depend on changed."""

    TYPE = "fleet.asset.due"


class DeliveryDue(ChangeEvent):
    """A document is wanted in a community and not yet so."""

    TYPE = "fleet.delivery.due"


class WithdrawalDue(ChangeEvent):
    """A document must not be in a community any more, and may still be."""

    TYPE = "fleet.withdrawal.due"


CATALOGUE: Final[dict[str, type[ChangeEvent]]] = {
    event.TYPE: event
    for event in (
        LicenceChanged,
        CommunityChanged,
        RightBegan,
        RightEnding,
        RightEnded,
        AssetDue,
        DeliveryDue,
        WithdrawalDue,
    )
}


def announce(  # noqa: PLR0913 - an event's parts, all named
    event: type[ChangeEvent],
    *,
    source: str,
    tenant: str,
    key: str,
    version: int,
    seen_at: datetime,
    flow: Flow | None = None,
    traceparent: str | None = None,
) -> ChangeEvent:
    """Make the event that says `key` of `tenant` reached `version`, with an id that the same change always gets."""
    path = f"/fleet/{source}"
    name = hashlib.sha256("\x1f".join((path, event.TYPE, tenant, key, str(version))).encode()).hexdigest()[:32]
    return event(
        id=name,
        source=path,
        type=event.TYPE,
        time=seen_at,
        subject=key,
        traceparent=traceparent,
        data=Subject(tenant=tenant, key=key, version=version, flow=flow),
    )


def decode(body: bytes) -> ChangeEvent:
    """
    Read an event from the wire.

    Raises Unreadable when it is too large, not JSON, not a CloudEvent, or of a type that is not in the catalogue.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise Unreadable(f"event of {len(body)} bytes, more than {MAX_EVENT_BYTES}")
    try:
        envelope = ChangeEvent.model_validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise Unreadable(f"event field {where}: {first['msg']}") from fault
    if (known := CATALOGUE.get(envelope.type)) is None:
        raise Unreadable(f"event type {envelope.type!r} is not in the catalogue")
    return known.model_construct(**dict(envelope))
