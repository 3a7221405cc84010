"""The simulated identity server: consent, rotation, and the end of who uses an old token (dossier 9.1; case K15)."""

import base64
import hashlib
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ops.sandbox.faults import Fault, Kind
from ops.sandbox.smintio.app import SimulatedSmintio
from ops.sandbox.smintio.token_office import LICENSING
from ops.sandbox.world import World
from shared.errors import FleetError, Forbidden
from shared.vendors.smintio.client import Smintio
from shared.vendors.smintio.identity import ConsentNeeded
from tests.ops.sandbox.smintio.conftest import Connect
from tests.vendors.smintio.kept_tokens import KeptTokens

CLIENT = {"client_id": "fleet", "client_secret": "sandbox-client-secret"}
CALLBACK = "http://127.0.0.1:7587"


def refreshed(browser: httpx.Client, token: str, **others: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, **CLIENT, **others}
    return browser.post("/connect/token", data=form)


def test_a_refresh_token_is_used_up_and_the_next_one_works(simulated: SimulatedSmintio, browser: httpx.Client) -> None:
    first = refreshed(browser, simulated.office.consent("fleet"))
    second = refreshed(browser, first.json()["refresh_token"])

    assert [200, 200] == [first.status_code, second.status_code]
    assert ("Bearer", 3600) == (first.json()["token_type"], first.json()["expires_in"])
    assert first.json()["refresh_token"] != second.json()["refresh_token"]


def test_using_an_old_refresh_token_ends_the_whole_consent(simulated: SimulatedSmintio, browser: httpx.Client) -> None:
    old = simulated.office.consent("fleet")
    answer = refreshed(browser, old).json()

    reused = refreshed(browser, old)
    latest = refreshed(browser, answer["refresh_token"])

    assert [(400, {"error": "invalid_grant"})] * 2 == [(each.status_code, each.json()) for each in (reused, latest)]
    assert not simulated.office.admits(answer["access_token"], LICENSING)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"refresh_token": "never-issued"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_bad_token_request_is_refused(
    simulated: SimulatedSmintio, browser: httpx.Client, form: dict[str, str], status: int, error: str
) -> None:
    good = {"grant_type": "refresh_token", "refresh_token": simulated.office.consent("fleet"), **CLIENT}

    answer = browser.post("/connect/token", data={**good, **form})

    assert (status, {"error": error}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("verifier", [None, "a-long-and-random-verifier-for-the-code-grant"])
def test_a_person_consents_with_and_without_proof_of_possession(browser: httpx.Client, verifier: str | None) -> None:
    query = {"client_id": "fleet", "redirect_uri": CALLBACK, "state": "s-1", "response_type": "code"}
    proof = {}
    if verifier is not None:
        digest = hashlib.sha256(verifier.encode()).digest()
        query["code_challenge"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        proof["code_verifier"] = verifier
    back = parse_qs(urlsplit(browser.get("/connect/authorize", params=query).headers["location"]).query)
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": CALLBACK, **CLIENT}

    without = browser.post("/connect/token", data=form | ({"code_verifier": "wrong"} if verifier else {}))
    again = browser.post("/connect/token", data=form | proof)

    assert ["s-1"] == back["state"]
    expected = [400, 400] if verifier else [200, 400]  # a code counts once, even when its proof was wrong
    assert expected == [without.status_code, again.status_code]


def test_the_callback_must_be_registered(browser: httpx.Client) -> None:
    query = {"client_id": "fleet", "redirect_uri": "https://evil.example/", "response_type": "code"}

    assert 400 == browser.get("/connect/authorize", params=query).status_code


def test_discovery_leads_to_the_endpoints(browser: httpx.Client, base_url: str) -> None:
    document = browser.get("/.well-known/openid-configuration").json()

    assert f"{base_url}/connect/token" == document["token_endpoint"]


def test_a_revoked_consent_is_over(simulated: SimulatedSmintio, browser: httpx.Client) -> None:
    token = simulated.office.consent("fleet")

    assert 200 == browser.post("/connect/revocation", data={"token": token, **CLIENT}).status_code
    assert 400 == refreshed(browser, token).status_code


def test_a_token_for_portals_does_not_open_the_licensing_api(
    simulated: SimulatedSmintio, browser: httpx.Client
) -> None:
    token = refreshed(browser, simulated.office.consent("fleet", "smintio.portals.frontend offline_access")).json()

    answer = browser.get("/consumer/v1/metadata/sync", headers={"Authorization": f"Bearer {token['access_token']}"})

    assert 401 == answer.status_code


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"omits_expires_in": True},
        {"omits_refresh_token": True},
        {"says_identity_token": True},
        {"access_token_seconds": 30},
    ],
)
def test_the_fleet_lives_through_the_end_of_its_access_token_in_every_variant(
    world: World, simulated: SimulatedSmintio, connect: Connect, switches: dict[str, object]
) -> None:
    simulated.office.set(**switches)
    smintio = connect()

    for _ in range(3):
        assert smintio.catalogues().raw
        world.clock.advance(timedelta(hours=2))


def test_a_failing_identity_server_needs_a_person(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    simulated.office.set(fails_with="Consent was withdrawn.")

    with pytest.raises(ConsentNeeded, match="Consent was withdrawn"):
        smintio.catalogues()


def test_a_withdrawn_consent_is_noticed_at_the_next_refresh(simulated: SimulatedSmintio, smintio: Smintio) -> None:
    smintio.catalogues()
    simulated.office.revoke_everything()

    with pytest.raises(ConsentNeeded):
        smintio.catalogues()


def test_two_processes_with_one_store_never_use_a_refresh_token_twice(world: World, connect: Connect) -> None:
    """Twelve threads in three "processes", the access token ends for all of them at once, five times."""
    tokens = KeptTokens()
    processes = [connect(tokens=tokens) for _ in range(3)]
    faults: list[FleetError] = []

    def call(smintio: Smintio, start: threading.Barrier) -> None:
        start.wait(10)
        try:
            smintio.catalogues()
        except FleetError as fault:
            faults.append(fault)

    for _ in range(5):
        start = threading.Barrier(12)
        threads = [threading.Thread(target=call, args=(processes[number % 3], start)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        world.clock.advance(timedelta(hours=2))

    refreshes = [entry for entry in world.journal.after() if entry.operation == "token"]
    assert ([], 5) == (faults, len(refreshes))


def test_a_403_that_never_ends_is_asked_once(world: World, smintio: Smintio) -> None:
    smintio.catalogues()
    world.faults.inject(Fault(kind=Kind.FORBIDDEN, operation="catalogues"))

    with pytest.raises(Forbidden):
        smintio.catalogues()

    assert ["token", "catalogues", "catalogues"] == [entry.operation for entry in world.journal.after()]
