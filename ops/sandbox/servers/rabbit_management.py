"""The few things that we ask of RabbitMQ's management API: virtual hosts, and cutting connections."""

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter

from shared.errors import Unavailable

REQUEST_TIMEOUT_SECONDS: Final = 10.0


class _Connection(BaseModel):
    name: str


_CONNECTIONS: Final = TypeAdapter(list[_Connection])


class RabbitManagement:
    """A session with the management API of one broker, as the user whom the broker's AMQP address names."""

    def __init__(self, management_url: str, amqp_url: str) -> None:
        login = urlsplit(amqp_url)
        self._user = unquote(login.username or "guest")
        self._client = httpx.Client(
            base_url=management_url,
            auth=(self._user, unquote(login.password or "guest")),
            timeout=REQUEST_TIMEOUT_SECONDS,
            trust_env=False,  # a proxy of the environment does not know our loopback
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._client.close()

    def create_vhost(self, name: str) -> None:
        """Create a virtual host in which our user may do all; nothing when it exists."""
        self._ask("PUT", f"/api/vhosts/{_quoted(name)}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._ask("PUT", f"/api/permissions/{_quoted(name)}/{_quoted(self._user)}", everything)

    def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all that is in it; its connections are closed."""
        self._ask("DELETE", f"/api/vhosts/{_quoted(name)}")

    def close_connections(self, vhost: str) -> int:
        """Close every connection that the broker has in a virtual host, and return how many there were."""
        answer = self._ask("GET", f"/api/vhosts/{_quoted(vhost)}/connections")
        connections = _CONNECTIONS.validate_json(answer.content)
        for connection in connections:
            self._ask("DELETE", f"/api/connections/{_quoted(connection.name)}")
        return len(connections)

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.TransportError as fault:
            raise Unavailable(f"RabbitMQ's management API does not answer: {type(fault).__name__}") from fault
        if answer.is_error and not (method == "DELETE" and answer.status_code == httpx.codes.NOT_FOUND):
            raise Unavailable(f"RabbitMQ's management API answered {answer.status_code} to {method} {path}")
        return answer


def _quoted(name: str) -> str:
    return quote(name, safe="")
