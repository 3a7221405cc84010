"""
Write the settings of a fleet that serves a scenario, as a customer would write them for their own two accounts.

`fleet.toml` names `communities.toml` and `publications.toml`; each secret is in a file of its own under `secrets/`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from ops.sandbox.addresses import Addresses
from ops.sandbox.scenario import Scenario

PROFILE: Final = "ac_hal_json"


def write_settings(
    folder: Path, scenario: Scenario, addresses: Addresses, *, broker_url: str, database_url: str
) -> Path:
    """Write everything into `folder` and return the path of the settings file."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, secret in {
        "broker_url": SecretStr(broker_url),
        "smintio_client_secret": addresses.smintio.client_secret,
        "smintio_refresh_token": addresses.smintio.refresh_token,
        "trading_grid_client_secret": addresses.trading_grid.client_secret,
    }.items():
        path = secrets / name
        path.touch(mode=0o600)
        path.write_text(secret.get_secret_value())
    for name, lines in {
        "communities.toml": _communities(scenario, addresses),
        "publications.toml": _publications(scenario),
        "fleet.toml": _fleet(scenario, addresses, database_url),
    }.items():
        partial = folder / f"{name}.partial"
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        partial.replace(folder / name)  # whoever waits for the file sees all of it or nothing
    return folder / "fleet.toml"


def _fleet(scenario: Scenario, addresses: Addresses, database_url: str) -> Iterator[str]:
    tenant, smintio, trading_grid = scenario.tenant, addresses.smintio, addresses.trading_grid
    yield "# Written by `fleet demo`: both vendors are simulated on this machine."
    yield from _table("broker", url_file="secrets/broker_url")
    yield from _table("database", url=database_url)
    yield from _table(f"tenants.{tenant}", communities_file="communities.toml", publications_file="publications.toml")
    yield from _table(
        f"tenants.{tenant}.smintio",
        identity_url=smintio.identity_url,
        api_url=smintio.api_url,
        client_id=smintio.client_id,
        client_secret_file="secrets/smintio_client_secret",  # noqa: S106 - the name of a file
        refresh_token_file="secrets/smintio_refresh_token",  # noqa: S106 - the name of a file
        poll_every="1 s",
        download_hosts=["127.0.0.1"],
    )
    yield from _table(
        f"tenants.{tenant}.smintio.operations",
        generic_metadata=smintio.generic_metadata,
        license_purchase_transactions=smintio.license_purchase_transactions,
        binaries=smintio.binaries,
    )
    yield from _table(
        f"tenants.{tenant}.trading_grid",
        profile=PROFILE,
        base_url=trading_grid.base_url,
        tenant_id=trading_grid.tenant_id,
        client_id=trading_grid.client_id,
        client_secret_file="secrets/trading_grid_client_secret",  # noqa: S106 - the name of a file
        hub_company=trading_grid.hub_company,
        poll_every="1 s",
    )


def _communities(scenario: Scenario, addresses: Addresses) -> Iterator[str]:
    for name, community in scenario.communities.items():
        yield from _table(
            name,
            space=addresses.trading_grid.spaces[name],
            companies=[addresses.trading_grid.companies[name]],
            regions=community.regions,
        )


def _publications(scenario: Scenario) -> Iterator[str]:
    for name, publication in scenario.publications.items():
        yield from _table(name, title=publication.title, folder=publication.folder)
        yield from _table(f"{name}.assets", projects=publication.projects, collections=publication.collections)
        yield from _table(f"{name}.audience", regions=publication.regions)
        yield from _table(f"{name}.use", usages=publication.usages)


def _table(name: str, **values: str | Sequence[str]) -> Iterator[str]:
    """Write a table of texts and lists; an empty list says nothing and is left out."""
    yield f"\n[{name}]"
    # JSON writes texts and lists of texts as TOML does.
    yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value)
