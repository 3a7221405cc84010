"""What a refusal of this host means: its profile's own rules first, HTTP's afterwards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn, Protocol

import httpx

from shared.errors import Conflict, FleetError, Forbidden, Rejected, Throttled, Unavailable
from shared.vendors.faults import NotFound, error_for_exception, error_for_status
from shared.vendors.http import Authoriser, Observer, Vendor
from shared.vendors.redaction import EXCERPT_CHARACTERS, excerpt
from shared.vendors.retry_after import read_retry_after
from shared.vendors.trading_grid.profile import Meaning, Profile
from shared.vendors.trading_grid.selectors import select

_BODY_BYTES: Final = 16 * 1024  # an error that needs more to say what is wrong is a page


class CredentialEnded(Forbidden):
    """Our credential has ended; another one may do."""


MEANINGS: Final[dict[Meaning, type[FleetError]]] = {
    "auth": CredentialEnded,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "conflict": Conflict,
    "invalid": Rejected,
    "throttled": Throttled,
    "transient": Unavailable,
    "permanent": Rejected,
}


@dataclass(frozen=True)
class Refusal:
    """An unsuccessful answer, read as the profile says."""

    kind: type[FleetError]
    text: str
    """What the host says in its own words, without anything secret."""


def read_refusal(profile: Profile, status: int, body: bytes, *, is_write: bool, secrets: tuple[str, ...]) -> Refusal:
    """Return what an unsuccessful answer means. Any body will do: one of unknown shape is shown as it is."""
    code, text = _said(profile, body)
    rule = next((r for r in profile.statuses if r.status == status and r.code in {None, code}), None)
    kind = MEANINGS[rule.means] if rule is not None else error_for_status(status, is_write=is_write)
    shown = excerpt((text or body.decode("utf-8", errors="replace")).encode(errors="replace"), secrets=secrets)
    return Refusal(kind, shown if code is None else f"{shown} (code {code[:EXCERPT_CHARACTERS]})")


def _said(profile: Profile, body: bytes) -> tuple[str | None, str | None]:
    """Return code and text of an error's body; None for what it does not have."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    for shape in profile.errors:
        if select(content, shape.is_at) is not None:
            code = select(content, shape.code) if shape.code is not None else None
            text = select(content, shape.text)
            return (str(code) if isinstance(code, str | int) else None), (text if isinstance(text, str) else None)
    return None, None


class _Asked(Protocol):
    @property
    def operation(self) -> str: ...
    @property
    def is_write(self) -> bool: ...
    @property
    def secrets(self) -> tuple[str, ...]: ...


class ProfiledVendor(Vendor):
    """A vendor whose refusals are read as its profile says."""

    def __init__(  # noqa: PLR0913 - what a vendor is, all named
        self,
        base_url: str,
        *,
        profile: Profile,
        timeout: timedelta,
        authoriser: Authoriser,
        also_own: Sequence[str],
        observe: Observer | None,
    ) -> None:
        super().__init__(base_url, timeout=timeout, authoriser=authoriser, also_own=also_own, observe=observe)
        self._profile = profile

    def _raise_for(self, call: _Asked, response: httpx.Response, proof: Mapping[str, str]) -> NoReturn:
        body = b""
        try:
            for chunk in response.iter_bytes(_BODY_BYTES):
                body += chunk
                if len(body) >= _BODY_BYTES:
                    break
        except httpx.HTTPError as fault:
            kind = error_for_exception(fault, is_write=call.is_write) or Unavailable
            raise kind(f"{call.operation}: status {response.status_code}, then {type(fault).__name__}") from fault
        secrets = (*call.secrets, *(value.rpartition(" ")[2] for value in proof.values()))
        refusal = read_refusal(self._profile, response.status_code, body, is_write=call.is_write, secrets=secrets)
        message = f"{call.operation}: status {response.status_code}: {refusal.text!r}"
        wait = read_retry_after(response.headers.get_list("retry-after"), server_date=response.headers.get("date"))
        if wait is not None and (refusal.kind is Throttled or response.status_code == 503):
            raise Throttled(f"{message} ({wait})", retry_after=wait.granted)
        raise refusal.kind(message)
