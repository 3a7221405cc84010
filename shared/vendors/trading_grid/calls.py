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
from shared.vendors.trading_grid.refusals import UNSUCCESSFUL, CredentialEnded, refusal
from shared.vendors.trading_grid.templates import fill_filter, fill_json
from shared.vendors.trading_grid.tokens import Tokens

Values = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Upload:
    """The body of a call that is not JSON: streamed, never whole in memory."""

    chunks: Iterator[bytes]
    mime_type: str
    length_bytes: int | None


@dataclass(frozen=True)
class _Request:
    """A call, taken apart once so that it can be sent twice."""

    name: str
    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: Upload | JsonValue


class Calls:
    """Makes the profile's calls, with our token, which is renewed once when the host says that it has ended."""

    def __init__(self, settings: TradingGridSettings, profile: Profile, *, observe: Observer | None = None) -> None:
        self._profile = profile
        self._storage_url = (settings.storage_url or settings.base_url).rstrip("/")
        self._grants = Vendor(settings.base_url, timeout=settings.request_timeout, observe=observe)
        self._tokens = Tokens(self._grants, settings, profile)
        self._vendor = Vendor(
            settings.base_url,
            timeout=settings.request_timeout,
            authoriser=self._tokens,
            also_own=[settings.storage_url] if settings.storage_url else [],
            observe=observe,
        )

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
        filters = {
            key: fill_filter(text, values, quoting=self._profile.filter_quoting)
            for key, text in operation.query.items()
        }
        request = _Request(
            name=name,
            method=operation.method,
            url=link or self._address(operation, values),
            params={**filters, **(params or {})},
            headers={"Accept": f"{self._profile.media_type}, application/json", **(headers or {})},
            body=upload or (fill_json(operation.body, values) if operation.body is not None else None),
        )
        proof = self._tokens.headers()
        try:
            return self._send(request)
        except CredentialEnded as fault:
            self._tokens.renew(proof)
            if upload is not None:
                raise Unavailable(f"{name}: the credential ended under a streamed body; renewed") from fault
            return self._send(request)

    def close(self) -> None:
        """Close every connection."""
        self._vendor.close()
        self._grants.close()

    def _send(self, request: _Request) -> Answer:
        body = request.body
        if isinstance(body, Upload):
            sent = {"Content-Type": body.mime_type}
        else:
            sent = {} if body is None else {"Content-Type": self._profile.media_type}
        answer = self._vendor.request(
            request.name,
            request.method,
            request.url,
            params=request.params,
            headers={**request.headers, **sent},
            json=None if isinstance(body, Upload) else body,
            content=body.chunks if isinstance(body, Upload) else None,
            length_bytes=body.length_bytes if isinstance(body, Upload) else None,
            expected=UNSUCCESSFUL,
        )
        if answer.status in UNSUCCESSFUL:
            raise refusal(self._profile, answer)
        return answer

    def _address(self, operation: Operation, values: Values) -> str:
        path = paths.fill(operation.path, **{key: value for key, value in values.items() if isinstance(value, str)})
        return path if operation.at == "api" else f"{self._storage_url}{path}"
