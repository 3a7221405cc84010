"""
What Smint.io's licensing API tells, read at the border (dossier 4.3, 4.4).

Absent and null are the same and mean unknown, never "no". Vocabularies are open: any key is accepted as it is. What we
do not read ourselves is not lost: a record keeps its whole JSON object.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    SkipValidation,
    StrictBool,
    ValidationError,
)

from shared.vendors import exact_json
from shared.vendors.answers import explain
from shared.vendors.smintio.localised import FALLBACK, elements

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _text_only(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    raise ValueError("an instant is written as text")


def _in_utc(instant: datetime | None) -> datetime | None:
    # A time without a zone is read as UTC: the vendor's are (assumed, dossier 11 U23).
    try:
        return instant and (instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC))
    except OverflowError:
        raise ValueError("an instant outside of the calendar") from None


MAX_ID_CHARACTERS: Final = 512  # the vendor's have a dozen; an event and a path must hold them
Instant = Annotated[datetime | None, BeforeValidator(_text_only), AfterValidator(_in_utc)]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, coerce_numbers_to_str=True)


class Transaction(_Wire):
    """A purchased licence ("licence purchase transaction") as the feed tells it; its uuid is the asset's identity."""

    uuid: Id
    cart_purchase_transaction_uuid: Id | None = None
    reused_license_purchase_transaction_uuid: Id | None = None
    state: str | None = None
    can_be_synced: StrictBool | None = None
    """Only True means that the asset may be taken over; None is unknown."""
    version: int | None = None
    """Counts the changes of this licence (one public sample; dossier 4.3)."""
    created_at: Instant = None
    last_updated_at: Instant = None
    raw: SkipValidation[dict[str, object]] = Field(repr=False)
    """The whole object as it came, unknown members included, every number exact."""

    @classmethod
    def read(cls, raw: object) -> "Transaction | Malformed":
        """Read one record; one that cannot be read becomes Malformed, so that the rest of its page goes on."""
        if not isinstance(raw, dict):
            return Malformed(uuid=None, reason="not an object", raw=raw)
        try:
            return cls.model_validate({**raw, "raw": raw})
        except ValidationError as fault:
            uuid = raw.get("uuid")
            return Malformed(uuid=uuid if isinstance(uuid, str) else None, reason=explain(fault), raw=raw)

    @property
    def updated_at(self) -> datetime | None:
        """Return when it last changed; its creation where that is not stated (dossier 4.3)."""
        return self.last_updated_at or self.created_at

    @property
    def order(self) -> int:
        """
        Return where this state stands among the states of its licence: microseconds of its last change.

        The feed itself is ordered so (dossier 4.1). 0, older than everything, when no time is stated.
        """
        moment = self.updated_at
        if moment is None:
            return 0
        elapsed = moment - _EPOCH
        return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds

    def encoded(self) -> str:
        """Return the whole record as JSON text with sorted keys: equal content is equal text."""
        return exact_json.encode(self.raw, sort_keys=True)


@dataclass(frozen=True)
class Malformed:
    """A record that cannot be read. `reason` quotes no value; `raw` is what came, for whoever looks into it."""

    uuid: str | None
    reason: str
    raw: object = field(repr=False)


@dataclass(frozen=True)
class TransactionPage:
    """A page of the feed. An end page has nothing; its continuation is to be kept all the same (dossier 4.2)."""

    continuation: str | None
    transactions: tuple[Transaction | Malformed, ...]
    is_end: bool


class WirePage(_Wire):
    """The feed's answer."""

    count: int | None = None
    continuation_uuid: Id | None = None
    license_purchase_transactions: list[object] | None = None


class Binary(_Wire):
    """A file of a licence. Its uuid is unique only inside its licence (dossier 4.3)."""

    uuid: Id
    content_type: str | None = None
    binary_type: str | None = None
    name: list[object] | None = None
    description: list[object] | None = None
    usage: list[object] | None = None
    download_url: SecretStr
    """Signed, valid for up to an hour (dossier 4.6): use it at once, never store it."""
    recommended_file_name: str | None = None
    culture: str | None = None
    version: Annotated[int, BeforeValidator(lambda value: 1 if value is None else value)] = 1
    """Above 1: the file was replaced. Missing means 1 (dossier 11 U36)."""


class Catalogues:
    """The vocabularies, e.g. `license_geographies`: keys with their names by language."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw
        self._names: dict[str, dict[str, dict[str, str]]] = {}
        for catalogue, entries in raw.items():
            names = self._names.setdefault(catalogue, {})
            for culture, key, name in elements(entries):
                if key is not None:
                    names.setdefault(key, {})[culture] = name

    def keys(self, catalogue: str) -> frozenset[str]:
        """Return the known keys of a catalogue; none when there is no such catalogue."""
        return frozenset(self._names.get(catalogue, ()))

    def name(self, catalogue: str, key: str, *preferred: str) -> str:
        """Return how `key` is called in the first preferred language, else in English, else the key itself."""
        names = self._names.get(catalogue, {}).get(key, {})
        wanted = (*(culture.casefold() for culture in preferred), FALLBACK)
        return next((names[culture] for culture in (*wanted, *names) if culture in names), key)


class TokenAnswer(_Wire):
    """The identity server's answer to a token request, in every variant its SDKs read (dossier 0.3, 3.1)."""

    success: StrictBool | None = None
    access_token: SecretStr | None = None
    refresh_token: SecretStr | None = None
    id_token: SecretStr | None = Field(default=None, validation_alias=AliasChoices("id_token", "identity_token"))
    token_type: str | None = None
    expires_in: int | None = None
    error: str | None = None
    error_msg: str | None = None

    @property
    def grants_access(self) -> bool:
        """Return whether this is a success: tokens beside `success: false` or an error count for nothing."""
        has_token = self.access_token is not None and self.access_token.get_secret_value() != ""
        return has_token and self.error is None and self.success is not False
