from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.sandbox.clock import VirtualClock
from shared.settings import SmintioSettings
from shared.vendors.smintio.client import Smintio
from tests.vendors.scripted import Server
from tests.vendors.smintio.kept_tokens import KeptTokens

WIRE = Path(__file__).parents[2] / "wire" / "smintio"

Client = Callable[..., Smintio]


@pytest.fixture
def wire() -> Callable[[str], bytes]:
    return lambda name: (WIRE / name).read_bytes()


@pytest.fixture
def client() -> Iterator[Client]:
    opened: list[Smintio] = []

    def client(
        server: Server, *, tokens: KeptTokens | None = None, clock: VirtualClock | None = None, **settings: object
    ) -> Smintio:
        smintio = Smintio(
            SmintioSettings.model_validate(
                {
                    "identity_url": server.url,
                    "api_url": f"{server.url}/consumer/v1",
                    "client_id": "fleet",
                    "client_secret": "made-up-secret",
                    "refresh_token": "rt-0001.example",
                    "operations": {
                        "generic_metadata": "/catalogues",
                        "license_purchase_transactions": "/feed",
                        "binaries": "/carts/{cart}/licences/{licence}/files",
                    },
                    "download_hosts": ("127.0.0.1",),
                    **settings,
                }
            ),
            tokens or KeptTokens(),
            "acme",
            clock=clock,
        )
        opened.append(smintio)
        return smintio

    yield client
    for smintio in opened:
        smintio.close()
