"""What is written for the fleet of a scenario is what a customer would write: readable, and without a secret in it."""

import stat
from pathlib import Path

import pytest

from ops.sandbox.addresses import Addresses, SmintioAddress, TradingGridAddress
from ops.sandbox.scenario import Scenario, load_scenario
from ops.sandbox.settings_for import write_settings
from shared.settings_file.reading import load_settings

BROKER_URL = "amqp://fleet:broker-secret@127.0.0.1:5672/demo"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario()


@pytest.fixture
def addresses(scenario: Scenario) -> Addresses:
    return Addresses(
        smintio=SmintioAddress(
            identity_url="http://127.0.0.1:1001",
            api_url="http://127.0.0.1:1001/consumer/v1",
            client_id="fleet",
            client_secret="smintio-secret",
            refresh_token="first-refresh-token",
            generic_metadata="/metadata",
            license_purchase_transactions="/feed",
            binaries="/{cart}/{licence}",
            persona_url="http://127.0.0.1:1001",
            manager_token="manager-secret",
        ),
        trading_grid=TradingGridAddress(
            base_url="http://127.0.0.1:1002",
            tenant_id="sandbox",
            client_id="fleet",
            client_secret="grid-secret",
            hub_company="company-0",
            spaces={name: f"space-{name}" for name in scenario.communities},
            companies={name: f"company-{name}" for name in scenario.communities},
            contacts={},
            passwords={"jana.brandt@nordlicht.example": "partner-secret"},
        ),
    )


@pytest.fixture
def written(tmp_path: Path, scenario: Scenario, addresses: Addresses) -> Path:
    database_url = f"sqlite:///{tmp_path / 'fleet.sqlite'}"
    return write_settings(tmp_path, scenario, addresses, broker_url=BROKER_URL, database_url=database_url)


def test_a_fleet_reads_what_is_written(written: Path, scenario: Scenario) -> None:
    settings = load_settings(written, environ={})

    tenant = settings.tenants["acme"]
    assert BROKER_URL == settings.broker.url.get_secret_value()
    assert [*scenario.communities] == [*tenant.communities]
    assert ("europe_austria",) == tenant.communities["reseller-at"].regions
    assert ("company-reseller-at",) == tenant.communities["reseller-at"].companies
    assert ("227", "228") == tenant.publications["brand-imagery"].assets.projects
    assert () == tenant.publications["brand-imagery"].audience.regions
    assert ("1402",) == tenant.publications["europe-campaign"].assets.collections
    assert "first-refresh-token" == tenant.smintio.refresh_token.get_secret_value()


def test_no_settings_file_holds_a_secret(written: Path) -> None:
    text = "".join(path.read_text() for path in written.parent.glob("*.toml"))

    assert [] == [word for word in ("-secret", "first-refresh-token") if word in text]


def test_files_with_secrets_are_for_their_owner_alone(written: Path, addresses: Addresses, tmp_path: Path) -> None:
    addresses.write(tmp_path / "addresses.json")

    files = [*(written.parent / "secrets").iterdir(), tmp_path / "addresses.json"]

    assert 5 == len(files)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files}


def test_addresses_are_read_as_they_were_written_and_show_no_secret(addresses: Addresses, tmp_path: Path) -> None:
    addresses.write(tmp_path / "addresses.json")

    read = Addresses.read(tmp_path / "addresses.json")

    assert addresses == read
    assert "-secret" not in repr(read)
    assert [] == [*tmp_path.glob("*.partial")]
