"""Addresses that an operator writes: which are sound, and which carry a password."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic_core import PydanticCustomError

PASSWORD_PARAMETERS: Final = frozenset({"password", "sslpassword", "passwd"})  # libpq reads passwords from these, too


@dataclass(frozen=True)
class OpenWithoutPassword:
    """Marks a secret address that may stand openly in a settings file as long as it holds no password."""


def _split(address: str) -> SplitResult | None:
    """Return the parts of `address`; None when it is not one."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises for a port that is not a number
    except ValueError:
        return None
    return parts if parts.scheme else None


def passwords_in(address: str) -> tuple[str, ...]:
    """Return every password that `address` carries, in its user part or among its parameters, decoded."""
    # Not urlsplit: a password may hold characters that tear an address apart, and is one all the same.
    before_host, at, _ = address.partition("://")[2].rpartition("@")
    written = (before_host.partition(":")[2],) if at else ()
    query = address.partition("?")[2].partition("#")[0]
    parameters = (value for name, value in parse_qsl(query) if name.lower() in PASSWORD_PARAMETERS)
    return tuple(found for found in (*map(unquote, written), *parameters) if found)


def is_plain_beyond_loopback(address: str) -> bool:
    """Tell whether what is sent to `address` can be read on the network."""
    parts = _split(address)
    if parts is None or parts.scheme != "http":
        return False
    host = parts.hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _web_address(address: str) -> str:
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise PydanticCustomError("address", "an address such as https://host/path, without user or password")
    return address


def _broker_address(address: SecretStr) -> SecretStr:
    parts = _split(address.get_secret_value())
    if parts is None or parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise PydanticCustomError("address", "an address such as amqps://user:password@host:5671/vhost")
    return address


def _database_address(address: SecretStr) -> SecretStr:
    parts = _split(address.get_secret_value())
    if parts is None or parts.scheme not in {"sqlite", "postgresql+psycopg"}:
        raise PydanticCustomError(
            "address", "sqlite:///path, or an address such as postgresql+psycopg://user:password@host/name"
        )
    return address


WebAddress = Annotated[str, AfterValidator(_web_address)]
BrokerAddress = Annotated[SecretStr, AfterValidator(_broker_address), OpenWithoutPassword()]
DatabaseAddress = Annotated[SecretStr, AfterValidator(_database_address), OpenWithoutPassword()]
