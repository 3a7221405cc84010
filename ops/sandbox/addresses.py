"""Where the simulated vendors are and how to get in, for the fleet, for the people and for the checker."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, SecretStr

# Shown in the file that is written for the processes of this demo, and nowhere else.
Secret = Annotated[SecretStr, PlainSerializer(lambda secret: secret.get_secret_value(), when_used="json")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SmintioAddress(_Part):
    """The simulated Smint.io."""

    identity_url: str
    api_url: str
    client_id: str
    client_secret: Secret
    refresh_token: Secret
    generic_metadata: str
    license_purchase_transactions: str
    binaries: str
    """The last three: paths of the three reads, as the vendor's own description would tell them."""
    persona_url: str
    manager_token: Secret


class TradingGridAddress(_Part):
    """The simulated Trading Grid."""

    base_url: str
    tenant_id: str
    client_id: str
    client_secret: Secret
    hub_company: str
    spaces: dict[str, str]
    """Id of the space of each community of the scenario."""
    companies: dict[str, str]
    """Id of the company of each community."""
    contacts: dict[str, str]
    """Id of each person, by e-mail address."""
    passwords: dict[str, Secret]
    """By e-mail address."""


class Addresses(_Part):
    """Both vendors."""

    smintio: SmintioAddress
    trading_grid: TradingGridAddress

    def write(self, path: Path) -> None:
        """Write to `path`, for the owner's eyes only; whoever waits for the file sees all of it or nothing."""
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self.model_dump_json(indent=2))
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Addresses":
        """Read what `write` wrote. Raises OSError while it is not there."""
        return cls.model_validate_json(path.read_bytes())
