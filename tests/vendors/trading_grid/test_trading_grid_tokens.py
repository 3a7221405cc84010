import base64
import json
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from ops.sandbox.faults import Kind
from shared.errors import FleetError, Forbidden, Unavailable
from shared.settings import TradingGridSettings
from shared.vendors.http import Vendor
from shared.vendors.trading_grid.hal import HalTradingGrid
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.tokens import Tokens
from tests.vendors.trading_grid.canned import TOKEN, Answering, Canned, CannedServer, Received, canned
from tests.vendors.trading_grid.world import Here

SECRET = "marker-secret"


def settings(url: str) -> TradingGridSettings:
    return TradingGridSettings(
        profile="ac_hal_json",
        base_url=url,
        tenant_id="acme",
        client_id="svc",
        client_secret=SecretStr(SECRET),
        hub_company="1",
        request_timeout=timedelta(seconds=5),
    )


@contextmanager
def granting(
    profile: Profile, answer: Answering, *, time_is: list[float] | None = None
) -> Iterator[tuple[Tokens, CannedServer]]:
    now = time_is or [0.0]
    with canned(answer, answers_tokens=False) as server:
        vendor = Vendor(server.url, timeout=timedelta(seconds=5))
        yield Tokens(vendor, settings(server.url), profile, monotonic=lambda: now[0]), server
        vendor.close()


def numbered(expires_in: object = 1000) -> Answering:
    """Grant token-1, token-2 and so on."""
    count = 0

    def answer(_: Received) -> Canned:
        nonlocal count
        count += 1
        return Canned(200, json.dumps({"access_token": f"token-{count}", "expires_in": expires_in}).encode())

    return answer


@pytest.mark.parametrize("way", ["form", "json", "basic"])
def test_account_is_named_in_each_documented_way(profile: Profile, way: Literal["form", "json", "basic"]) -> None:
    token = profile.token.model_copy(update={"client_auth": way, "scope": "readwrite"})
    with granting(profile.model_copy(update={"token": token}), lambda _: TOKEN) as (tokens, server):
        assert {"Authorization": "Bearer marker-token"} == tokens.headers()

    asked = server.received[0]
    assert ("POST", "/tenants/acme/oauth2/token") == (asked.method, asked.target)
    account = {"client_id": "svc", "client_secret": SECRET}
    wanted = {"grant_type": "client_credentials", "scope": "readwrite"}
    if way == "json":
        assert {**wanted, **account} == json.loads(asked.body)
    else:
        sent = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert (wanted if way == "basic" else {**wanted, **account}) == sent
    basic = base64.b64encode(f"svc:{SECRET}".encode()).decode()
    assert (f"Basic {basic}" if way == "basic" else None) == asked.headers.get("Authorization")


@pytest.mark.parametrize("way", ["form", "json", "basic"])
def test_simulated_host_takes_each_documented_way(
    here: Here, profile: Profile, way: Literal["form", "json", "basic"]
) -> None:
    changed = profile.model_copy(update={"token": profile.token.model_copy(update={"client_auth": way})})
    client = HalTradingGrid(here.settings(), changed)

    assert [here.space.id] == [space.id for space in client.list_spaces()]
    client.close()


def test_token_is_kept_until_shortly_before_its_end(profile: Profile) -> None:
    now = [0.0]
    with granting(profile, numbered(), time_is=now) as (tokens, server):
        for now[0] in (0.0, 500.0, 939.0):
            assert {"Authorization": "Bearer token-1"} == tokens.headers()
        now[0] = 940.0
        assert {"Authorization": "Bearer token-2"} == tokens.headers()

    assert 2 == len(server.received)


def test_token_that_lives_shorter_than_the_margin_is_still_kept_for_half_its_life(profile: Profile) -> None:
    now = [0.0]
    with granting(profile, numbered(30), time_is=now) as (tokens, server):
        for now[0] in (0.0, 14.0, 15.0):
            tokens.headers()

    assert 2 == len(server.received)


def test_token_of_unstated_life_is_kept_until_it_is_refused(profile: Profile) -> None:
    now = [0.0]
    with granting(profile, numbered(None), time_is=now) as (tokens, _):
        first = tokens.headers()
        now[0] = 1e9
        assert first == tokens.headers()
        tokens.renew(first)
        assert {"Authorization": "Bearer token-2"} == tokens.headers()


def test_of_many_threads_one_fetches_the_token(profile: Profile) -> None:
    with granting(profile, numbered()) as (tokens, server):
        got: list[str] = []
        threads = [threading.Thread(target=lambda: got.append(tokens.headers()["Authorization"])) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

    assert ["Bearer token-1"] * 8 == got
    assert 1 == len(server.received)


def test_token_that_another_thread_has_renewed_is_not_renewed_again(profile: Profile) -> None:
    with granting(profile, numbered()) as (tokens, server):
        refused = tokens.headers()
        tokens.renew(refused)
        tokens.renew(refused)

        assert {"Authorization": "Bearer token-2"} == tokens.headers()

    assert 2 == len(server.received)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Canned(401, b'{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"x"}}}'), Forbidden),
        (Canned(400, b'{"error":"invalid_client","error_description":"marker-secret is wrong"}'), Forbidden),
        (Canned(404, b"no such page"), Forbidden),
        (Canned(200, b'{"token":"other"}'), Forbidden),
        (Canned(200, b'{"access_token":"", "expires_in":1}'), Forbidden),
        (Canned(200, b'{"access_token":"a\\r\\nX: y"}'), Forbidden),
        (Canned(200, b'{"access_token":"marker-token","expires_in":-1}'), Forbidden),
        (Canned(200, b"<html>log in</html>"), Unavailable),
        (Canned(200, b""), Unavailable),
        (Canned(503, b"marker-secret"), Unavailable),
    ],
)
def test_token_that_cannot_be_had_pauses_or_waits_and_no_secret_is_told(
    profile: Profile, answer: Canned, error: type[FleetError]
) -> None:
    with granting(profile, lambda _: answer) as (tokens, _), pytest.raises(error) as refusal:
        tokens.headers()

    told = "".join(traceback.format_exception(refusal.value))
    assert SECRET not in told
    assert "marker-token" not in told


def test_ended_token_is_renewed_once_and_the_call_repeated(here: Here) -> None:
    document = here.document()
    here.http.post("/__sandbox/trading_grid/end_tokens")

    assert here.client.show(document).visible


def test_otds_answer_400_with_1034_is_an_ended_token_too(profile: Profile) -> None:
    ended = Canned(400, b'{"status":1034,"error":"Expired OTDS SSO ticket","errorDetails":null}')
    member = b'{"_embedded":{"collection":[{"id":"c1","company_id":"9","role":"Observer"}]},"page":1}'
    left = [ended, Canned(200, member)]
    with canned(lambda _: left.pop(0)) as server:
        client = HalTradingGrid(settings(server.url), profile)
        assert ["c1"] == [member.id for member in client.list_members("s")]
        client.close()

    assert 2 == sum(received.method == "POST" for received in server.received)


@pytest.mark.parametrize(
    "answer",
    [Canned(401, b'{"error":"invalid_token"}'), Canned(400, b'{"status":1034,"error":"Expired OTDS SSO ticket"}')],
)
def test_credential_that_stays_refused_is_forbidden_after_one_repetition(profile: Profile, answer: Canned) -> None:
    with canned(lambda _: answer) as server:
        client = HalTradingGrid(settings(server.url), profile)
        with pytest.raises(Forbidden):
            client.list_members("s")
        client.close()

    assert 2 == sum(received.method == "GET" for received in server.received)


def test_token_that_ends_under_an_upload_is_renewed_and_the_upload_left_to_a_later_try(here: Here) -> None:
    here.folder()
    here.fault("store_blob", Kind.UNAUTHORIZED)

    with pytest.raises(Unavailable, match="renewed"):
        here.client.store_blob(iter([b"x"]), name="x", mime_type="image/jpeg", length_bytes=1)

    assert 1 == here.blob(b"x").size_bytes


def test_proof_goes_to_the_hosts_own_addresses_only(profile: Profile) -> None:
    def answer(received: Received) -> Canned:
        if received.method == "GET":
            link = {"_links": {"urn:eim:linkrel:delete": {"href": "http://localhost:9/cms/d1"}}}
            return Canned(200, json.dumps(link).encode())
        return Canned(204, b"")

    with canned(answer) as server:
        client = HalTradingGrid(settings(server.url), profile)
        client.delete_document("d1")
        client.close()

    assert ["/cms/instances/file/cms_file/d1"] == [r.target for r in server.received if r.method == "DELETE"]


def test_uploads_go_to_the_storage_address_with_our_proof(profile: Profile) -> None:
    stored = Canned(201, b'{"id":"blob-1","mimeType":"image/jpeg","size":3}')
    with canned(lambda _: stored) as storage, canned(lambda _: stored) as api:
        separate = settings(api.url).model_copy(update={"storage_url": f"{storage.url}/css"})
        client = HalTradingGrid(separate, profile)
        client.store_blob(iter([b"abc"]), name="x", mime_type="image/jpeg", length_bytes=3)
        client.close()

    assert ["/css/v3/files/fromStream"] == [received.target for received in storage.received]
    assert "Bearer marker-token" == storage.received[0].headers["Authorization"]
