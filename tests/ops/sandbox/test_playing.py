"""What a scenario says is what people do: bought as written, changed at each step, let in and out of spaces."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ops.sandbox.__main__ import addresses_of
from ops.sandbox.people import Administrator, MarketingManager
from ops.sandbox.playing import Play, buy_what_is_there_at_the_start
from ops.sandbox.scenario import Asset, Scenario, load_scenario
from ops.sandbox.serving import serve
from ops.sandbox.smintio.app import SimulatedSmintio, Tenant
from ops.sandbox.stage import furnish
from ops.sandbox.trading_grid.app import SimulatedTradingGrid
from ops.sandbox.world import World
from shared.vendors.trading_grid.profile_files import load_profile


@dataclass(frozen=True)
class Theatre:
    """The demo's scenario at its start, and who plays it."""

    scenario: Scenario
    smintio: SimulatedSmintio
    trading_grid: SimulatedTradingGrid
    spaces: dict[str, str]
    contacts: dict[str, str]
    play: Play

    def record(self, asset: Asset) -> dict[str, object]:
        return self.smintio.account.read(asset.licence)

    def term(self, asset: Asset) -> dict[str, object]:
        terms = self.record(asset)["license_terms"]
        assert isinstance(terms, list)
        assert isinstance(terms[0], dict)
        return terms[0]

    def first(self, group: str) -> Asset:
        return next(self.scenario.assets(group))

    def make(self, name: str) -> None:
        self.play.make(next(step for step in self.scenario.steps if step.name == name))


@pytest.fixture
def theatre(world: World, tmp_path: Path) -> Iterator[Theatre]:
    scenario = load_scenario()
    smintio = SimulatedSmintio(world, Tenant(manager_token=SecretStr("a manager's token")))
    trading_grid = SimulatedTradingGrid(world, load_profile("ac_hal_json"), blob_folder=tmp_path)
    furniture = furnish(trading_grid.host, scenario)
    with serve(smintio.app) as s, serve(trading_grid.app) as t, httpx.Client() as http:
        addresses = addresses_of(smintio, s.base_url, t.base_url, furniture)
        manager = MarketingManager(http, addresses.smintio, world.clock.now)
        administrator = Administrator(http, addresses.trading_grid, scenario.hub.administrator.email)
        buy_what_is_there_at_the_start(scenario, manager)
        play = Play(scenario, manager, administrator)
        yield Theatre(scenario, smintio, trading_grid, furniture.spaces, furniture.contacts, play)


def test_purchases_say_what_the_scenario_says(theatre: Theatre, world: World) -> None:
    ends = (world.clock.now() + timedelta(days=2)).isoformat().replace("+00:00", "Z")
    begins = (world.clock.now() + timedelta(days=30)).isoformat().replace("+00:00", "Z")

    assert ["europe_any"] == theatre.term(theatre.first("waltz"))["allowed_geographies"]
    assert ["europe_austria"] == theatre.term(theatre.first("waltz"))["restricted_geographies"]
    assert ends == theatre.term(theatre.first("alps"))["valid_until"]
    assert begins == theatre.term(theatre.first("winter"))["valid_from"]
    assert "cancelled" == theatre.record(theatre.first("returned"))["state"]
    assert None is theatre.term(theatre.first("headlines"))["is_editorial_use"]
    assert (False, None) == tuple(theatre.record(theatre.first(g))["can_be_synced"] for g in ("drafts", "maybe"))
    assert [] == theatre.record(theatre.first("blank"))["license_terms"]
    assert "perhaps" == theatre.smintio.account.read("80990")["can_be_synced"]


def test_files_are_the_scenarios_files(theatre: Theatre) -> None:
    for group, count in (("logos", 1), ("datasheets", 1), ("poster-kits", 2)):
        asset = theatre.first(group)
        files = theatre.smintio.account.files(asset.cart, asset.licence)

        assert [asset.content(1, part) for part in range(1, count + 1)] == [file.content() for file in files]


def test_every_step_does_what_it_says(theatre: Theatre) -> None:
    jp = theatre.spaces["distributor-jp"]
    stranger = theatre.contacts["sam.reed@elsewhere.example"]
    logo, before = theatre.first("logos"), len(theatre.smintio.account)

    for step in theatre.scenario.steps[:-1]:
        theatre.play.make(step)

    assert stranger in theatre.trading_grid.host.directory.space(jp).roles
    assert before + 3 == len(theatre.smintio.account)
    assert "cancelled" == theatre.record(theatre.first("posters"))["state"]
    assert ["europe_any"] == theatre.term(theatre.first("faces"))["allowed_geographies"]
    assert None is not theatre.term(theatre.first("stadium"))["valid_until"]
    [file] = theatre.smintio.account.files(logo.cart, logo.licence)
    assert (2, hashlib.sha256(logo.content(2)).digest()) == (file.version, hashlib.sha256(file.content()).digest())
    element = theatre.record(theatre.first("tower"))["content_element"]
    assert isinstance(element, dict)
    assert [{"culture": "en", "value": "Water tower of Acme, 1911"}] == element["name"]

    theatre.make("stranger-leaves")

    assert stranger not in theatre.trading_grid.host.directory.space(jp).roles
