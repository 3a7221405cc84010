"""The bearer token of our account: fetched once, kept until shortly before its end, fetched anew when it is refused."""

import base64
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypedDict

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from shared.errors import CredentialRefused, Permanent
from shared.settings import TradingGridSettings
from shared.vendors import paths
from shared.vendors.http import Answer, Vendor, read_json
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.refusals import UNSUCCESSFUL, refusal

_FIT_FOR_A_HEADER: Final = re.compile(r"[\x21-\x7e]+")
_LONGEST_SECONDS: Final = 24 * 3600  # whoever grants more is asked again anyway: secrets are changed at times


class TokenAnswer(BaseModel):
    """What the token address answers (dossier 1.2). The refresh token is of no use: client credentials do without."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: SecretStr
    expires_in: int | None = Field(default=None, ge=0, description="Seconds. None: valid until it is refused.")


@dataclass(frozen=True)
class _Token:
    proof: Mapping[str, str] = field(repr=False)
    fresh_until: float | None
    """On the monotonic clock."""

    def is_fresh(self, *, at: float) -> bool:
        return self.fresh_until is None or at < self.fresh_until


class _Question(TypedDict, total=False):
    form: dict[str, str]
    json: dict[str, str]
    headers: dict[str, str]


class Tokens:
    """
    An authoriser (see shared.vendors.http) by OAuth 2 client credentials.

    Of all threads of a process one fetches and the others wait for it: an account's token is asked for once, not once
    a call (dossier 1.3).
    """

    def __init__(
        self,
        vendor: Vendor,
        settings: TradingGridSettings,
        profile: Profile,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vendor = vendor
        self._settings = settings
        self._profile = profile
        self._grant = profile.token
        self._monotonic = monotonic
        self._fetching = threading.Lock()
        self._token: _Token | None = None

    def headers(self) -> Mapping[str, str]:
        """Return the proof. Raises CredentialRefused for a refused account, Throttled or Unavailable as any call."""
        with self._fetching:
            if self._token is None or not self._token.is_fresh(at=self._monotonic()):
                self._token = self._fetch()
            return self._token.proof

    def renew(self, refused: Mapping[str, str]) -> None:
        """Fetch another token, unless another thread has done so since `refused` was sent. Raises as headers does."""
        with self._fetching:
            if self._token is None or self._token.proof == refused:
                self._token = None
                self._token = self._fetch()

    def _fetch(self) -> _Token:
        asked_at = self._monotonic()
        try:
            granted = read_json(self._answer(), TokenAnswer)
        except Permanent as fault:
            # Whatever it said, trying again with the same account is no use, and every event would meet the same.
            raise CredentialRefused(f"no token: {fault}") from fault
        bearer = granted.access_token.get_secret_value()
        if not _FIT_FOR_A_HEADER.fullmatch(bearer):
            raise CredentialRefused("no token: the one granted is empty or does not fit into a header")
        return _Token({"Authorization": f"Bearer {bearer}"}, self._fresh_until(asked_at, granted.expires_in))

    def _answer(self) -> Answer:
        answer = self._vendor.request(
            "token",
            "POST",
            paths.fill(self._grant.path, tenant=self._settings.tenant_id),
            is_write=False,  # a token that we never got harms nobody
            is_secret=True,
            is_authorised=False,
            expected=UNSUCCESSFUL,
            **self._question(),
        )
        if answer.status in UNSUCCESSFUL:
            secret = self._settings.client_secret.get_secret_value()
            raise refusal(self._profile, replace(answer, secrets=(secret, self._basic())))
        return answer

    def _fresh_until(self, asked_at: float, expires_in: int | None) -> float | None:
        if expires_in is None:
            return None
        lifetime = timedelta(seconds=min(expires_in, _LONGEST_SECONDS))
        # A margin larger than the token's life would fetch one for each call.
        return asked_at + (lifetime - min(self._grant.refresh_margin, lifetime / 2)).total_seconds()

    def _question(self) -> _Question:
        wanted = {"grant_type": "client_credentials"}
        if self._grant.scope is not None:
            wanted["scope"] = self._grant.scope
        if self._grant.client_auth == "basic":
            return {"form": wanted, "headers": {"Authorization": f"Basic {self._basic()}"}}
        wanted |= {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }
        return {"json": wanted} if self._grant.client_auth == "json" else {"form": wanted}

    def _basic(self) -> str:
        pair = f"{self._settings.client_id}:{self._settings.client_secret.get_secret_value()}"
        return base64.b64encode(pair.encode()).decode("ascii")
