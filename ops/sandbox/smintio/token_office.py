"""The identity server's books: consents, codes, and tokens that rotate (dossier 3.1, 9.1)."""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from shared.clock import Clock

FULL_SCOPE: Final = "smintio.full openid profile offline_access"
LICENSING: Final = "smintio.full"
_CODE_LIFE: Final = timedelta(minutes=5)


class Switches(BaseModel):
    """How the identity server behaves where real ones differ. Defaults: everything is there, tokens live an hour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_token_seconds: int = Field(default=3600, ge=0)
    omits_expires_in: bool = False
    omits_refresh_token: bool = Field(default=False, description="The refresh token used stays valid.")
    says_identity_token: bool = Field(default=False, description="identity_token with success, instead of id_token.")
    fails_with: str | None = Field(default=None, description="Answer 200 with success false and this error_msg.")


class Refused(Exception):
    """A token request is refused with this OAuth error."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class _Family:
    """All that grew from one consent. One refresh token counts; using an earlier one ends them all."""

    client_id: str
    scope: str
    current: str
    used: set[str] = field(default_factory=set)
    is_revoked: bool = False


@dataclass(frozen=True)
class _Access:
    family: _Family
    ends_at: datetime


@dataclass(frozen=True)
class _Code:
    client_id: str
    scope: str
    redirect_uri: str
    challenge: str | None
    ends_at: datetime


class TokenOffice:
    """Safe for threads."""

    def __init__(
        self, clock: Clock, clients: Mapping[str, str], *, redirect_uris: frozenset[str] = frozenset()
    ) -> None:
        self._clock = clock
        self._clients = dict(clients)
        self._redirect_uris = redirect_uris
        self._families: dict[str, _Family] = {}
        self._access: dict[str, _Access] = {}
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()
        self.switches = Switches()

    def consent(self, client_id: str, scope: str = FULL_SCOPE) -> str:
        """Return a first refresh token, as if a person had consented just now."""
        with self._lock:
            return self._new_family(client_id, scope).current

    def set(self, **switches: object) -> None:
        """Change how the server behaves, e.g. `set(omits_expires_in=True)`."""
        self.switches = Switches.model_validate({**self.switches.model_dump(), **switches})

    def authorize(self, client_id: str, redirect_uri: str, scope: str, challenge: str | None) -> str:
        """Return a code for a consent. Raises Refused for an unknown client or an address that is not registered."""
        if client_id not in self._clients or redirect_uri not in self._redirect_uris:
            raise Refused("unauthorized_client")
        code = secrets.token_urlsafe(16)
        with self._lock:
            ends_at = self._clock.now() + _CODE_LIFE
            self._codes[code] = _Code(client_id, scope, redirect_uri, challenge, ends_at)
        return code

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """Answer a token request. Raises Refused."""
        client_id = self._client(form)
        with self._lock:
            if form.get("grant_type") == "refresh_token":
                family = self._rotated(client_id, form.get("refresh_token", ""))
            elif form.get("grant_type") == "authorization_code":
                family = self._redeemed(client_id, form)
            else:
                raise Refused("unsupported_grant_type")
            if self.switches.fails_with is not None:
                return {"error_msg": self.switches.fails_with, "success": False, "token_type": "bearer"}
            return self._answer(family)

    def revoke(self, form: Mapping[str, str]) -> None:
        """End the consent that a refresh token belongs to. Unknown tokens are no error. Raises Refused."""
        self._client(form)
        with self._lock:
            if (family := self._families.get(form.get("token", ""))) is not None:
                family.is_revoked = True

    def revoke_everything(self) -> None:
        """End every consent: a person withdrew it."""
        with self._lock:
            for family in self._families.values():
                family.is_revoked = True

    def admits(self, access_token: str, scope: str) -> bool:
        """Return whether an access token is valid now and has this scope."""
        with self._lock:
            access = self._access.get(access_token)
        if access is None or access.family.is_revoked or access.ends_at <= self._clock.now():
            return False
        return scope in access.family.scope.split()

    def _client(self, form: Mapping[str, str]) -> str:
        client_id = form.get("client_id", "")
        known = self._clients.get(client_id, "")
        if not known or not hmac.compare_digest(known.encode(), form.get("client_secret", "").encode()):
            raise Refused("invalid_client")
        return client_id

    def _rotated(self, client_id: str, refresh_token: str) -> _Family:
        family = self._families.get(refresh_token)
        if family is None or family.client_id != client_id or family.is_revoked:
            raise Refused("invalid_grant")
        if refresh_token in family.used:
            family.is_revoked = True
            raise Refused("invalid_grant")
        if not self.switches.omits_refresh_token:
            family.used.add(refresh_token)
            family.current = secrets.token_urlsafe(24)
            self._families[family.current] = family
        return family

    def _redeemed(self, client_id: str, form: Mapping[str, str]) -> _Family:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.client_id != client_id or code.redirect_uri != form.get("redirect_uri"):
            raise Refused("invalid_grant")
        is_proved = code.challenge is None or code.challenge == _challenge(form.get("code_verifier", ""))
        if not is_proved or code.ends_at <= self._clock.now():
            raise Refused("invalid_grant")
        return self._new_family(client_id, code.scope)

    def _new_family(self, client_id: str, scope: str) -> _Family:
        family = _Family(client_id, scope, secrets.token_urlsafe(24))
        self._families[family.current] = family
        return family

    def _answer(self, family: _Family) -> dict[str, object]:
        now, switches = self._clock.now(), self.switches
        self._access = {token: access for token, access in self._access.items() if access.ends_at > now}
        access_token = secrets.token_urlsafe(24)
        self._access[access_token] = _Access(family, now + timedelta(seconds=switches.access_token_seconds))
        answer: dict[str, object] = {"access_token": access_token, "token_type": "Bearer", "scope": family.scope}
        if switches.says_identity_token:
            answer |= {"success": True, "identity_token": secrets.token_urlsafe(8), "token_type": "bearer"}
        else:
            answer["id_token"] = secrets.token_urlsafe(8)
        if not switches.omits_refresh_token:
            answer["refresh_token"] = family.current
        if not switches.omits_expires_in:
            answer["expires_in"] = switches.access_token_seconds
        return answer


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
