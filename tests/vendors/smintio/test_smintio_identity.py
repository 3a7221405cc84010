"""Consent, and tokens that rotate (dossier 0.3, 3.1; case K15)."""

import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from ops.sandbox.clock import VirtualClock
from shared.errors import Contended, CredentialRefused, FleetError, Forbidden, Unavailable
from shared.vendors.smintio.identity import ConsentNeeded, Tokens
from tests.vendors.scripted import Received, Reset, Script, Serve, Server, Step, http
from tests.vendors.smintio.conftest import Client
from tests.vendors.smintio.kept_tokens import KeptTokens

Wire = Callable[[str], bytes]
EMPTY_FEED = http(b'{"count": 0, "continuation_uuid": "c", "license_purchase_transactions": []}')
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def identity(*answers: Step, feed: bytes = EMPTY_FEED) -> Script:
    """Answer token requests in turn, the last one again and again, and the feed always."""
    left = list(answers)

    def script(got: Received) -> Step:
        if got.method != "POST":
            return feed
        return left.pop(0) if len(left) > 1 else left[0]

    return script


def token_requests(server: Server) -> list[dict[str, str]]:
    forms = [parse_qs(got.body.decode()) for got in server.received if got.method == "POST"]
    return [{name: values[0] for name, values in form.items()} for form in forms]


def shown(server: Server) -> list[str]:
    return [got.headers["authorization"] for got in server.received if got.method == "GET"]


def kept(refresh: str, access: str | None = None, ends: datetime | None = None, version: int = 1) -> Tokens:
    return Tokens(SecretStr(refresh), SecretStr(access) if access else None, ends, version)


def secrets_of(tokens: Tokens | None) -> tuple[str, str | None] | None:
    if tokens is None:
        return None
    access = tokens.access_token
    return tokens.refresh_token.get_secret_value(), access.get_secret_value() if access else None


def test_the_refresh_grant_carries_its_credentials_in_the_body(serve: Serve, client: Client, wire: Wire) -> None:
    server = serve(identity(http(wire("token_ok.json"))))

    client(server).transactions(None)

    request = server.received[0]
    assert ("POST", "/connect/token") == (request.method, request.target)
    assert "authorization" not in request.headers
    expected = {
        "grant_type": "refresh_token",
        "refresh_token": "rt-0001.example",
        "client_id": "fleet",
        "client_secret": "made-up-secret",
    }
    assert [expected] == token_requests(server)


@pytest.mark.parametrize(
    ("name", "after", "expires_at"),
    [
        ("token_ok.json", ("rt-0002.example", "at-0001.example"), NOON + timedelta(hours=1)),
        ("token_identity_token.json", ("rt-0004.example", "at-0003.example"), NOON + timedelta(hours=1)),
        ("token_minimal.json", ("rt-0001.example", "at-0005.example"), None),
    ],
)
def test_a_grant_in_each_of_its_variants_is_kept(
    serve: Serve, client: Client, wire: Wire, *, name: str, after: tuple[str, str], expires_at: datetime | None
) -> None:
    server, tokens = serve(identity(http(wire(name)))), KeptTokens()

    client(server, tokens=tokens, clock=VirtualClock(NOON)).transactions(None)

    assert tokens.tokens is not None
    assert (after, expires_at, 1) == (secrets_of(tokens.tokens), tokens.tokens.expires_at, tokens.tokens.version)
    assert [f"Bearer {after[1]}"] == shown(server)


@pytest.mark.parametrize(
    ("body", "status", "expected", "said"),
    [
        ("token_success_false.json", 200, ConsentNeeded, "it says success: false"),
        ("token_error_msg.json", 200, ConsentNeeded, "Error message of the identity server"),
        ("token_no_access_token.json", 200, Unavailable, "no access token"),
        ("token_invalid_grant.json", 400, ConsentNeeded, "invalid_grant"),
        (b'{"error": "invalid_client"}', 401, CredentialRefused, "invalid_client"),
        (b'{"error": "temporarily_unavailable", "access_token": "at"}', 200, Unavailable, "temporarily_unavailable"),
        (b'{"error": "other", "access_token": "at-9"}', 200, CredentialRefused, "other"),
        (b'{"access_token": ""}', 200, Unavailable, "no access token"),
        (b"{}", 200, Unavailable, "no access token"),
        (b"", 200, Unavailable, "an empty body"),
        (b"[]", 200, Unavailable, "body"),
        (b"OK", 200, Unavailable, "not JSON"),
        (b"<html>Log in</html>", 200, Unavailable, "a page"),
        (b"{}", 503, Unavailable, "status 503"),
        (b"{}", 403, CredentialRefused, "status 403"),
    ],
)
def test_an_answer_without_a_grant_leaves_the_stored_tokens_alone(
    serve: Serve, client: Client, wire: Wire, *, body: str | bytes, status: int, expected: type[FleetError], said: str
) -> None:
    content = wire(body) if isinstance(body, str) else body
    before = kept("rt-0009.example")
    tokens = KeptTokens(before)
    smintio = client(serve(identity(http(content, status=status))), tokens=tokens)

    with pytest.raises(FleetError, match=said) as caught:
        smintio.transactions(None)

    assert (expected, before) == (caught.type, tokens.tokens)
    text = "".join(traceback.format_exception(caught.value))
    assert [] == [secret for secret in ("at-00", "rt-00", "idt-00", "made-up-secret", "at-9") if secret in text]


def test_rotated_refresh_token_is_saved_before_it_is_used(serve: Serve, client: Client, wire: Wire) -> None:
    tokens = KeptTokens()

    def script(got: Received) -> Step:
        tokens.log.append("token asked for" if got.method == "POST" else "access token used")
        return http(wire("token_ok.json")) if got.method == "POST" else EMPTY_FEED

    client(serve(script), tokens=tokens).transactions(None)

    assert ["token asked for", "saved", "access token used"] == tokens.log


def test_a_rotated_token_that_could_not_be_saved_is_saved_first_next_time(
    serve: Serve, client: Client, wire: Wire
) -> None:
    server, tokens = serve(identity(http(wire("token_ok.json")))), KeptTokens()
    tokens.failing = [Unavailable("the database is away")]
    smintio = client(server, tokens=tokens)

    with pytest.raises(Unavailable, match="the database is away"):
        smintio.transactions(None)
    smintio.transactions(None)

    assert (1, ("rt-0002.example", "at-0001.example")) == (len(token_requests(server)), secrets_of(tokens.tokens))


def test_tokens_saved_by_another_hand_meanwhile_win(serve: Serve, client: Client, wire: Wire) -> None:
    server, tokens = serve(identity(http(wire("token_ok.json")))), KeptTokens()
    tokens.failing = [Contended("another hand saved")]
    smintio = client(server, tokens=tokens)

    with pytest.raises(Contended):
        smintio.transactions(None)
    tokens.tokens = kept("rt-theirs", "at-theirs")
    smintio.transactions(None)

    assert ["Bearer at-theirs"] == shown(server)


def test_the_token_of_the_settings_counts_only_while_none_is_stored(serve: Serve, client: Client, wire: Wire) -> None:
    server = serve(identity(http(wire("token_ok.json"))))

    client(server, tokens=KeptTokens(kept("rt-stored"))).transactions(None)

    assert ["rt-stored"] == [form["refresh_token"] for form in token_requests(server)]


def test_a_stored_access_token_is_used_until_it_ends(serve: Serve, client: Client, wire: Wire) -> None:
    clock = VirtualClock(NOON)
    server = serve(identity(http(wire("token_ok.json"))))
    tokens = KeptTokens(kept("rt-stored", "at-stored", NOON + timedelta(minutes=30)))
    smintio = client(server, tokens=tokens, clock=clock)

    smintio.transactions(None)
    clock.advance(timedelta(minutes=29, seconds=45))
    smintio.transactions(None)
    clock.advance(timedelta(seconds=10))
    smintio.transactions(None)

    assert ["Bearer at-stored", "Bearer at-stored", "Bearer at-0001.example"] == shown(server)


def test_many_threads_of_one_process_lead_to_one_refresh(serve: Serve, client: Client, wire: Wire) -> None:
    server = serve(identity(http(wire("token_ok.json"))))
    smintio = client(server)
    start = threading.Barrier(8)

    def call() -> None:
        start.wait(10)
        smintio.transactions(None)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (1, 8) == (len(token_requests(server)), len(shown(server)))


def test_a_refused_access_token_is_replaced_by_one_that_another_process_got(
    serve: Serve, client: Client, wire: Wire
) -> None:
    def script(got: Received) -> Step:
        if got.method == "POST":
            return http(wire("token_ok.json"))
        return EMPTY_FEED if got.headers["authorization"] == "Bearer at-theirs" else http(status=401)

    server, tokens = serve(script), KeptTokens(kept("rt-1", "at-old"))
    smintio = client(server, tokens=tokens)
    with pytest.raises(Forbidden):
        smintio.transactions(None)
    tokens.tokens = kept("rt-2", "at-theirs", version=3)

    smintio.transactions(None)

    assert (1, "Bearer at-theirs") == (len(token_requests(server)), shown(server)[-1])


@pytest.mark.parametrize(("status", "refreshes", "calls"), [(401, 1, 2), (403, 0, 1)])
def test_401_leads_to_one_refresh_and_one_repeat_and_403_to_neither(
    serve: Serve, client: Client, wire: Wire, *, status: int, refreshes: int, calls: int
) -> None:
    server = serve(identity(http(wire("token_ok.json")), feed=http(status=status)))
    smintio = client(server, tokens=KeptTokens(kept("rt-1", "at-1")))

    with pytest.raises(Forbidden) as caught:
        smintio.transactions(None)

    assert (refreshes, calls) == (len(token_requests(server)), len(shown(server)))
    assert (CredentialRefused if status == 401 else Forbidden) is caught.type


def test_after_invalid_grant_the_store_is_read_again_before_anything_is_given_up(
    serve: Serve, client: Client, wire: Wire
) -> None:
    tokens = KeptTokens(kept("rt-old"))
    invalid = http(wire("token_invalid_grant.json"), status=400)

    def script(got: Received) -> Step:
        if got.method == "POST":
            tokens.tokens = kept("rt-theirs", "at-theirs", version=2)
            return invalid
        return EMPTY_FEED

    server = serve(script)

    client(server, tokens=tokens).transactions(None)

    assert (["Bearer at-theirs"], 1) == (shown(server), len(token_requests(server)))


def test_a_dead_consent_is_asked_about_once_and_not_a_thousand_times(serve: Serve, client: Client, wire: Wire) -> None:
    tokens = KeptTokens(kept("rt-dead"))
    server = serve(identity(http(wire("token_invalid_grant.json"), status=400), http(wire("token_ok.json"))))
    smintio = client(server, tokens=tokens)

    for _ in range(5):
        with pytest.raises(ConsentNeeded, match="tenant acme"):
            smintio.transactions(None)
    asked_while_dead = len(token_requests(server))
    tokens.tokens = kept("rt-new-consent", version=2)
    smintio.transactions(None)

    assert (1, ["Bearer at-0001.example"]) == (asked_while_dead, shown(server))


def test_a_token_answer_that_got_lost_is_only_unavailable(serve: Serve, client: Client) -> None:
    smintio = client(serve(identity(Reset())), tokens=KeptTokens(kept("rt-1")))

    with pytest.raises(Unavailable):
        smintio.transactions(None)


@pytest.mark.parametrize("expires_in", ["-5", "0", "1e300", "99999999999999", '"3600"', "null", "3600.0"])
def test_any_life_an_access_token_claims_is_bearable(serve: Serve, client: Client, expires_in: str) -> None:
    body = f'{{"access_token": "at-1", "expires_in": {expires_in}}}'.encode()
    server, clock = serve(identity(http(body))), VirtualClock(NOON)
    tokens = KeptTokens()

    client(server, tokens=tokens, clock=clock).transactions(None)

    assert tokens.tokens is not None
    assert tokens.tokens.expires_at is None or tokens.tokens.expires_at <= NOON + timedelta(days=1)


def test_tokens_show_nothing_of_themselves() -> None:
    assert "rt-secret" not in repr(kept("rt-secret", "at-secret"))
    assert "at-secret" not in repr(kept("rt-secret", "at-secret"))
