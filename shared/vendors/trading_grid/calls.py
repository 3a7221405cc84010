"""The profile's operations as calls to the customer's host."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from shared.errors import Misconfigured, Unavailable
from shared.settings import TradingGridSettings
from shared.vendors import paths
from shared.vendors.http import Answer, Observer, Vendor
from shared.vendors.trading_grid.operations import Operation
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.refusals import CredentialEnded, ProfiledVendor
from shared.vendors.trading_grid.templates import fill_filter, fill_json
from shared.vendors.trading_grid.tokens import Tokens

Values = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Upload:
    """The body of a call that is not JSON: streamed, never whole in memory."""

    chunks: Iterator[bytes]
    mime_type: str
    length_bytes: int | None


class Calls:
    """Makes the profile's calls, with our token, which is renewed once when the host says that it has ended."""

    def __init__(self, settings: TradingGridSettings, profile: Profile, *, observe: Observer | None = None) -> None:
        also_own = [settings.storage_url] if settings.storage_url else []
        self._grants = Vendor(settings.base_url, timeout=settings.request_timeout, observe=observe)
        self._tokens = Tokens(self._grants, settings, profile.token)
        self._vendor = ProfiledVendor(
            settings.base_url,
            profile=profile,
            timeout=settings.request_timeout,
            authoriser=self._tokens,
            also_own=also_own,
            observe=observe,
        )
        self._profile = profile
        self._storage_url = (settings.storage_url or settings.base_url).rstrip("/")

    def make(  # noqa: PLR0913 - what a call may have, all but its name and values optional and named
        self,
        name: str,
        values: Values,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        link: str | None = None,
    ) -> Answer:
        """
        Make the call `name` and return its answer. `link` replaces the path; an upload replaces the JSON body.

        Raises as shared.vendors.http.Vendor.request does, and Misconfigured when the profile has no such operation.
        """
        operation = self._profile.operations.get(name)
        if operation is None:
            raise Misconfigured(f"the profile has no operations.{name}; a flow that needs it cannot run")
        query = {
            key: fill_filter(text, values, quote=self._profile.filter_quote) for key, text in operation.query.items()
        }
        url = link or self._address(operation, values)
        sent = {"Accept": f"{self._profile.media_type}, application/json", **(headers or {})}
        if upload is not None:
            return self._send_upload(name, operation.method, url, sent, upload)
        body = fill_json(operation.body, values) if operation.body is not None else None
        if body is not None:
            sent["Content-Type"] = self._profile.media_type
        proof = self._tokens.headers()
        try:
            return self._send(name, operation.method, url, {**query, **(params or {})}, sent, body)
        except CredentialEnded:
            self._tokens.renew(proof)
            return self._send(name, operation.method, url, {**query, **(params or {})}, sent, body)

    def close(self) -> None:
        """Close every connection."""
        self._vendor.close()
        self._grants.close()

    def _send(  # noqa: PLR0913, PLR0917 - a request, taken apart once so that it can be sent twice
        self, name: str, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str], body: JsonValue
    ) -> Answer:
        return self._vendor.request(name, method, url, params=params, headers=headers, json=body)

    def _send_upload(self, name: str, method: str, url: str, headers: Mapping[str, str], upload: Upload) -> Answer:
        proof = self._tokens.headers()
        try:
            return self._vendor.request(
                name,
                method,
                url,
                headers={**headers, "Content-Type": upload.mime_type},
                content=upload.chunks,
                length_bytes=upload.length_bytes,
            )
        except CredentialEnded as fault:
            self._tokens.renew(proof)
            raise Unavailable(f"{name}: the credential ended under a streamed body; renewed") from fault

    def _address(self, operation: Operation, values: Values) -> str:
        path = paths.fill(operation.path, **{key: value for key, value in values.items() if isinstance(value, str)})
        return path if operation.at == "api" else f"{self._storage_url}{path}"
