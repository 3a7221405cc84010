"""Faults happen as planned: to the operation meant, as often as meant, and to nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from ops.sandbox.faults import Fault, FaultBook, Kind
from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.smintio.licences import licence
from ops.sandbox.world import World
from shared.errors import FleetError, Forbidden, Throttled, Unavailable
from shared.vendors.smintio.client import Smintio
from tests.vendors.smintio.kept_tokens import KeptTokens


@pytest.fixture
def smintio(simulated: SimulatedSmintio, base_url: str) -> Iterator[Smintio]:
    simulated.account.buy(licence("79101", name="lighthouse"))
    smintio = Smintio(simulated.settings(base_url, request_timeout=timedelta(seconds=2)), KeptTokens(), "acme")
    smintio.catalogues()
    yield smintio
    smintio.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.FORBIDDEN, Forbidden),
        (Kind.THROTTLED, Throttled),
        (Kind.ERROR, Unavailable),
        (Kind.BAD_GATEWAY, Unavailable),
        (Kind.LOGIN_PAGE, Unavailable),
        (Kind.EMPTY, Unavailable),
        (Kind.TRUNCATED, Unavailable),
        (Kind.RESET, Unavailable),
        (Kind.APPLIED_THEN_SILENT, Unavailable),
    ],
)
def test_a_fault_hits_its_operation_so_often_and_then_no_more(
    world: World, smintio: Smintio, kind: Kind, expected: type[FleetError]
) -> None:
    world.faults.inject(Fault(vendor="smintio", operation="transactions", kind=kind, count=2, seconds=0.1))

    smintio.catalogues()
    for _ in range(2):
        with pytest.raises(FleetError) as caught:
            smintio.transactions(None)
        assert expected is caught.type

    assert (1, []) == (len(smintio.transactions(None).transactions), world.faults.listed())


def test_a_refused_token_is_renewed_and_nobody_notices(world: World, smintio: Smintio) -> None:
    world.faults.inject(Fault(kind=Kind.UNAUTHORIZED, operation="transactions", count=1))

    smintio.transactions(None)

    assert ["transactions", "token", "transactions"] == [entry.operation for entry in world.journal.after()][-3:]


def test_latency_is_only_late(world: World, smintio: Smintio) -> None:
    world.faults.inject(Fault(kind=Kind.LATENCY, seconds=0.2, count=1))

    assert 1 == len(smintio.transactions(None).transactions)


@pytest.mark.parametrize(
    ("form", "asked"), [("seconds", timedelta(seconds=90)), ("date", timedelta(seconds=90)), ("none", None)]
)
def test_throttling_says_how_long_by_the_time_of_the_sandbox(
    world: World, smintio: Smintio, form: str, asked: timedelta | None
) -> None:
    fault = {"kind": "throttled", "seconds": 90, "retry_after": form, "count": 1}
    world.faults.inject(Fault.model_validate(fault))

    with pytest.raises(Throttled) as caught:
        smintio.transactions(None)

    assert asked == caught.value.retry_after


def test_what_was_applied_in_silence_has_happened(
    world: World, simulated: SimulatedSmintio, smintio: Smintio, base_url: str
) -> None:
    """A refresh whose answer got lost: the token is used up, so the consent is lost with it (case K15)."""
    world.faults.inject(Fault(operation="token", kind=Kind.APPLIED_THEN_SILENT, count=1, seconds=0.1))
    fresh = Smintio(simulated.settings(base_url), KeptTokens(), "acme")

    for reason in ("RemoteProtocolError", "invalid_grant"):
        with pytest.raises(FleetError, match=reason):
            fresh.catalogues()

    fresh.close()
    assert smintio.catalogues()


def test_a_rate_is_a_share_and_repeats_with_its_seed() -> None:
    def hits(seed: int) -> list[bool]:
        book = FaultBook(seed=seed)
        book.inject(Fault(kind=Kind.ERROR, rate=0.25))
        return [book.due("smintio", "transactions") is not None for _ in range(400)]

    assert hits(1) == hits(1)
    assert 60 < sum(hits(1)) < 140


def test_a_fault_of_one_vendor_leaves_the_other_alone() -> None:
    book = FaultBook()
    book.inject(Fault(vendor="trading_grid", kind=Kind.ERROR))

    assert None is book.due("smintio", "transactions")
    assert None is not book.due("trading_grid", "create_document")


def test_faults_are_planned_listed_and_cleared_over_http(browser: httpx.Client) -> None:
    planned = browser.post("/__sandbox/faults", json={"operation": "catalogues", "kind": "error", "count": 3})
    listed = browser.get("/__sandbox/faults").json()
    hit = browser.get("/consumer/v1/metadata/sync")
    left = browser.get("/__sandbox/faults").json()
    cleared = browser.delete("/__sandbox/faults")

    assert (201, [planned.json()], 500) == (planned.status_code, listed, hit.status_code)
    assert (2, {"cleared": 1}) == (left[0]["left"], cleared.json())
    assert 401 == browser.get("/consumer/v1/metadata/sync").status_code


@pytest.mark.parametrize("fault", [{"kind": "flood"}, {}, {"kind": "error", "rate": 2}, {"kind": "error", "often": 1}])
def test_a_fault_that_does_not_exist_is_refused(browser: httpx.Client, fault: dict[str, object]) -> None:
    assert 422 == browser.post("/__sandbox/faults", json=fault).status_code


def test_neither_a_person_nor_a_control_meets_a_fault(world: World, browser: httpx.Client) -> None:
    world.faults.inject(Fault(kind=Kind.RESET))

    assert 401 == browser.get("/persona/manager/licences").status_code
    assert 200 == browser.get("/__sandbox/clock").status_code


def test_the_clock_moves_over_http(world: World, browser: httpx.Client) -> None:
    moved = browser.post("/__sandbox/clock", json={"advance_seconds": 3600})
    refused = browser.post("/__sandbox/clock", json={"to": "2020-01-01T00:00:00Z"})

    assert ("2026-03-02T13:00:00Z", 409) == (moved.json()["now"], refused.status_code)
    assert "2026-03-02T13:00:00+00:00" == world.clock.now().isoformat()


def test_the_journal_names_each_request_and_no_secret(world: World, smintio: Smintio, browser: httpx.Client) -> None:
    smintio.transactions(None)
    smintio.binaries("3501", "79101")

    entries = browser.get("/__sandbox/journal").json()

    assert ["token", "catalogues", "transactions", "binaries"] == [entry["operation"] for entry in entries]
    assert entries[2:] == browser.get("/__sandbox/journal", params={"after": 2}).json()
    assert [] == [entry for entry in entries if "?" in str(entry)]
    assert 200 == world.journal.after()[-1].status


def test_every_assumption_names_its_section(browser: httpx.Client) -> None:
    assumptions = browser.get("/__sandbox/assumptions").json()

    assert {"smintio"} == {each["vendor"] for each in assumptions}
    assert [] == [each for each in assumptions if not each["section"][0].isdigit()]
