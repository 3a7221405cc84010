"""
Access to a Smint.io tenant: a refresh token that rotates, and access tokens that it buys (dossier 3.1).

A person consents once; from then on each refresh uses up the refresh token and returns the next one. Whoever uses an
old one loses the consent for everybody, so only one refresh is under way in the whole fleet, and the new token is saved
before anything is done with it.
"""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from pydantic import SecretStr

from shared.clock import Clock
from shared.errors import Contended, CredentialRefused, FleetError, Unavailable, Unreadable
from shared.settings import SmintioSettings
from shared.vendors.http import Answer, Vendor, read_json
from shared.vendors.redaction import EXCERPT_CHARACTERS, without_secrets
from shared.vendors.smintio.models import TokenAnswer

TOKEN_PATH: Final = "/connect/token"  # noqa: S105 - a path (inferred from both SDKs, dossier 3.1)
RENEW_BEFORE_END: Final = timedelta(seconds=10)  # a call that starts now must still find its token valid
LONGEST_LIFE: Final = timedelta(days=1)  # assumed: at most an hour (dossier 11 U8); a longer claim is not relied on

_PASSING_ERRORS: Final = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


class ConsentNeeded(CredentialRefused):
    """Smint.io no longer accepts our refresh token: a person must consent again."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of one tenant, as kept by the store. `version` counts the saves; 0: nothing saved yet."""

    refresh_token: SecretStr = field(repr=False)
    access_token: SecretStr | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    """When the access token ends; None when the vendor did not say."""
    version: int = 0


class TokenStore(Protocol):
    """Keeps the tokens of one tenant for the whole fleet."""

    def read(self) -> Tokens | None:
        """Return what was saved last; None when nothing was."""

    def save(self, tokens: Tokens, seen_version: int) -> None:
        """Replace the tokens read at `seen_version`. Raises Contended when another hand replaced them meanwhile."""

    def refreshing(self) -> AbstractContextManager[object]:
        """Hold the fleet's only right to refresh. Waits for it within bounds, then raises Contended."""


class Identity:
    """Proves who we are to the licensing API: the `Authoriser` of its `Vendor`."""

    def __init__(
        self, settings: SmintioSettings, tokens: TokenStore, tenant: str, *, vendor: Vendor, clock: Clock
    ) -> None:
        self._settings = settings
        self._store = tokens
        self._tenant = tenant
        self._vendor = vendor
        self._clock = clock
        self._held: Tokens | None = None
        self._unsaved: tuple[Tokens, int] | None = None
        self._refused: SecretStr | None = None
        self._one_at_a_time = threading.Lock()  # the fleet's right costs a round trip: threads queue up here instead

    def headers(self) -> Mapping[str, str]:
        """Return the Authorization header. Raises ConsentNeeded, CredentialRefused, Unavailable, Contended."""
        held = self._held
        if held is not None and self._is_usable(held):
            return _bearer(held)
        return _bearer(self._other_than(None))

    def renew(self, refused: Mapping[str, str]) -> None:
        """Get another access token than the refused one. Raises as headers does."""
        self._other_than(refused)

    def _other_than(self, refused: Mapping[str, str] | None) -> Tokens:
        with self._one_at_a_time:
            if (adopted := self._adoptable(self._held, refused)) is not None:
                return adopted
            self._save_unsaved()
            if (adopted := self._adoptable(self._store.read(), refused)) is not None:
                return adopted
            with self._store.refreshing():
                stored = self._store.read()
                if (adopted := self._adoptable(stored, refused)) is not None:
                    return adopted
                return self._refreshed(stored or self._first(), refused)

    def _adoptable(self, tokens: Tokens | None, refused: Mapping[str, str] | None) -> Tokens | None:
        if tokens is None or not self._is_usable(tokens) or _bearer(tokens) == refused:
            return None
        self._held = tokens
        return tokens

    def _is_usable(self, tokens: Tokens) -> bool:
        if tokens.access_token is None:
            return False
        return tokens.expires_at is None or self._clock.now() + RENEW_BEFORE_END < tokens.expires_at

    def _first(self) -> Tokens:
        # The setting counts only until something is saved, as in the vendor's own SDK (dossier 0.3).
        return Tokens(self._settings.refresh_token)

    def _refreshed(self, stored: Tokens, refused: Mapping[str, str] | None) -> Tokens:
        try:
            return self._kept(stored, self._granted(stored.refresh_token))
        except ConsentNeeded:
            # The right to refresh may have lapsed while we waited: if another hand has rotated the token meanwhile,
            # ours was merely old.
            latest = self._store.read()
            if latest is None or latest.refresh_token == stored.refresh_token:
                raise
            if (adopted := self._adoptable(latest, refused)) is not None:
                return adopted
            return self._kept(latest, self._granted(latest.refresh_token))

    def _kept(self, stored: Tokens, answer: TokenAnswer) -> Tokens:
        lasting = None if answer.expires_in is None else timedelta(seconds=max(0, min(answer.expires_in, 2**31)))
        tokens = Tokens(
            refresh_token=answer.refresh_token or stored.refresh_token,
            access_token=answer.access_token,
            expires_at=None if lasting is None else self._clock.now() + min(lasting, LONGEST_LIFE),
            version=stored.version + 1,
        )
        # Kept in mind until it is saved: the vendor has already spent the old one.
        self._unsaved = (tokens, stored.version)
        self._save_unsaved()
        self._held = tokens
        return tokens

    def _save_unsaved(self) -> None:
        if self._unsaved is not None:
            tokens, seen_version = self._unsaved
            try:
                self._store.save(tokens, seen_version)
            except Contended:
                self._unsaved = None  # another hand saved newer tokens: read those next time
                raise
            self._unsaved = None

    def _granted(self, refresh_token: SecretStr) -> TokenAnswer:
        if refresh_token == self._refused:
            raise ConsentNeeded(f"Smint.io tenant {self._tenant}: its refresh token was refused before")
        answer = self._vendor.request(
            "smintio.token",
            "POST",
            TOKEN_PATH,
            form={
                "grant_type": "refresh_token",
                "refresh_token": refresh_token.get_secret_value(),
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret.get_secret_value(),
            },
            expected=(400, 401, 403),
            is_write=False,
            is_secret=True,
        )
        content = _read(answer)
        if answer.status == 200 and content.grants_access:
            return content
        raise self._no_access(answer, content, refresh_token)

    def _no_access(self, answer: Answer, content: TokenAnswer, refresh_token: SecretStr) -> FleetError:
        known = (refresh_token.get_secret_value(), self._settings.client_secret.get_secret_value())
        reason = "it says success: false" if content.success is False else "no access token"
        told = without_secrets(content.error_msg or content.error or reason, secrets=known)
        said = f"Smint.io tenant {self._tenant}: token request, status {answer.status}: {told[:EXCERPT_CHARACTERS]!r}"
        if content.error == "invalid_grant":
            self._refused = refresh_token
            return ConsentNeeded(said)
        if content.error in _PASSING_ERRORS:
            return Unavailable(said)
        if content.success is False and content.error is None:
            return ConsentNeeded(said)
        if content.error is not None or answer.status != 200:
            return CredentialRefused(said)
        return Unavailable(said)


def _read(answer: Answer) -> TokenAnswer:
    try:
        return read_json(answer, TokenAnswer)
    except Unreadable as fault:
        # Nobody's event is at fault when the identity server answers nonsense: it passes, as an outage does.
        raise Unavailable(str(fault)) from fault


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access_token.get_secret_value()}"} if tokens.access_token else {}
