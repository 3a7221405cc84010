"""A settings file that is right, for tests that spoil one thing in it."""

from pathlib import Path

MARKER = "mArK3r-53cr3t"

FLEET = """
[broker]
url_file = "secrets/broker_url"

[database]
url = "sqlite:///fleet.sqlite"

[tenants.acme]
communities_file = "communities.toml"
publications_file = "publications.toml"
withdrawal_margin = "20 min"

[tenants.acme.smintio]
identity_url = "https://acme.smint.io"
api_url = "https://acme.clapi.smint.io/consumer/v1"
client_id = "acme-fleet"
client_secret_file = "secrets/smintio_client_secret"
refresh_token_file = "secrets/smintio_refresh_token"
poll_every = "30 s"

[tenants.acme.smintio.operations]
generic_metadata = "metadata"
license_purchase_transactions = "transactions"
binaries = "binaries/{cart}/{licence}"

[tenants.acme.trading_grid]
profile = "ac_hal_json"
base_url = "https://tg.example.com"
tenant_id = "t-1"
client_id = "fleet"
client_secret_file = "secrets/trading_grid_client_secret"
hub_company = "1"
"""

COMMUNITIES = """
[acme-eu]
space = "s-eu"
companies = ["c-1"]
regions = ["europe_germany"]

[acme-us]
space = "s-us"
companies = ["c-2"]
"""

PUBLICATIONS = """
[brand]
title = "Brand images"
folder = "Brand"
assets = { projects = ["21"] }
audience = { communities = ["acme-eu"] }
use = { usages = ["marketing_promotional_any"], editorial = false }
"""

SECRETS = {
    "broker_url": f"amqp://fleet:{MARKER}-broker@127.0.0.1/fleet\n",
    "smintio_client_secret": f"{MARKER}-smintio\n",
    "smintio_refresh_token": f"{MARKER}-refresh",
    "trading_grid_client_secret": f"{MARKER}-grid\r\n",
}


def write_settings(
    folder: Path, *, fleet: str = FLEET, communities: str = COMMUNITIES, publications: str = PUBLICATIONS
) -> Path:
    """Write a settings file with all that belongs to it into `folder`, and return its path."""
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, text in SECRETS.items():
        (secrets / name).write_bytes(text.encode())
        (secrets / name).chmod(0o600)
    (folder / "communities.toml").write_text(communities)
    (folder / "publications.toml").write_text(publications)
    path = folder / "fleet.toml"
    path.write_text(fleet)
    return path
