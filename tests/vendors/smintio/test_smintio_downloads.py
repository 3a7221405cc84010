"""Files arrive whole or not at all, from allowed hosts, with links that live an hour (dossier 4.6; cases K18, K25)."""

import gzip
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from shared.errors import FleetError, Rejected, Unavailable
from shared.vendors.http import HostRefused, NotFound
from shared.vendors.smintio.client import Smintio
from shared.vendors.smintio.downloads import LinkExpired
from shared.vendors.smintio.models import Binary
from tests.vendors.scripted import Received, Reset, Serve, Server, Step, http
from tests.vendors.smintio.conftest import Client

CONTENT = bytes(range(256)) * 1000


def linked(server: Server, path: str = "/files/1?sig=SIGNATURE") -> Binary:
    return Binary(uuid="1", download_url=SecretStr(server.url + path))


def fetched(smintio: Smintio, binary: Binary) -> bytes:
    with smintio.open_binary(binary) as download:
        return b"".join(download.chunks)


def host(*steps: Step) -> Callable[[Received], list[Step]]:
    return lambda got: [http(b'{"access_token": "at-1"}')] if got.method == "POST" else list(steps)


def chunked(*pieces: bytes, is_whole: bool = True) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + (b"0\r\n\r\n" if is_whole else b"")


@pytest.mark.parametrize(
    ("step", "length_bytes"),
    [
        (http(CONTENT), len(CONTENT)),
        (http(gzip.compress(CONTENT), Content_Encoding="gzip"), None),
        (chunked(CONTENT[:1000], CONTENT[1000:]), None),
        (b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT, None),
    ],
    ids=["length", "compressed length", "chunks", "until closed"],
)
def test_a_whole_file_arrives_in_pieces(serve: Serve, client: Client, step: bytes, length_bytes: int | None) -> None:
    server = serve(host(step))

    with client(server).open_binary(linked(server)) as download:
        chunks = list(download.chunks)

    assert (CONTENT, length_bytes) == (b"".join(chunks), download.length_bytes)
    assert 64 * 1024 >= max(map(len, chunks))


@pytest.mark.parametrize(
    "steps",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + CONTENT[:40_000]],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 571167\r\n\r\n"],
        [chunked(CONTENT[:40_000], is_whole=False)],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + CONTENT[:40_000], Reset()],
        [http(gzip.compress(CONTENT)[:-40], Content_Encoding="gzip", Content_Length="400000")],
    ],
    ids=["closed", "empty", "chunks cut", "reset", "compressed and cut"],
)
def test_a_file_that_ends_early_is_unavailable_and_never_complete(
    serve: Serve, client: Client, steps: list[Step]
) -> None:
    server = serve(host(*steps))

    with pytest.raises(Unavailable):
        fetched(client(server), linked(server))


@pytest.mark.parametrize("status", [400, 401, 403, 410])
def test_a_link_that_is_over_asks_for_a_fresh_one(serve: Serve, client: Client, status: int) -> None:
    storage = serve(host(http(b"<Error>AccessDenied SIGNATURE</Error>", status=status)))
    smintio = client(serve(host()), download_hosts=(f"127.0.0.1:{storage.port}",))

    with pytest.raises(LinkExpired) as caught:
        fetched(smintio, linked(storage))

    assert "SIGNATURE" not in str(caught.value)


def test_an_access_token_refused_on_our_own_host_is_renewed_before_the_link_is_called_over(
    serve: Serve, client: Client
) -> None:
    tokens = iter([b'{"access_token": "at-1"}', b'{"access_token": "at-2"}'])

    def script(got: Received) -> Step:
        if got.method == "POST":
            return http(next(tokens))
        return http(CONTENT, status=200 if got.headers["authorization"] == "Bearer at-2" else 401)

    server = serve(script)

    assert CONTENT == fetched(client(server), linked(server))


@pytest.mark.parametrize(
    ("status", "expected"), [(404, NotFound), (500, Unavailable), (503, Unavailable), (416, Unavailable)]
)
def test_other_faults_of_a_storage_keep_their_meaning(
    serve: Serve, client: Client, status: int, expected: type[FleetError]
) -> None:
    server = serve(host(http(status=status)))

    with pytest.raises(FleetError) as caught:
        fetched(client(server), linked(server))

    assert expected is caught.type


def test_a_foreign_host_gets_no_token_and_our_own_does(serve: Serve, client: Client) -> None:
    foreign = serve(host(http(CONTENT)))
    own = serve(host(http(CONTENT)))
    smintio = client(own, download_hosts=(f"127.0.0.1:{foreign.port}",))

    fetched(smintio, linked(foreign))
    fetched(smintio, linked(own))

    assert [None] == [got.headers.get("authorization") for got in foreign.received]
    assert "Bearer at-1" == own.received[-1].headers["authorization"]


@pytest.mark.parametrize(
    "url",
    [
        "https://delivery.cdn.example.net/v/256000003?token=SIGNATURE",
        "http://169.254.169.254/latest/SIGNATURE",
        "file:///etc/passwd?SIGNATURE",
        "https://user:SIGNATURE@acme.smint.io/x",
        "not a url SIGNATURE",
        "",
    ],
)
def test_a_link_to_any_other_host_is_refused_without_being_shown(serve: Serve, client: Client, url: str) -> None:
    smintio = client(serve(host()), download_hosts=(".smint.io",))

    with pytest.raises(HostRefused) as caught:
        fetched(smintio, Binary(uuid="1", download_url=SecretStr(url)))

    assert "SIGNATURE" not in str(caught.value)


@pytest.mark.parametrize(
    "step", [http(CONTENT), chunked(CONTENT), http(gzip.compress(CONTENT), Content_Encoding="gzip")]
)
def test_a_file_larger_than_allowed_is_cut_off(serve: Serve, client: Client, step: bytes) -> None:
    server = serve(host(step))
    smintio = client(server, max_file_bytes=100_000)

    with pytest.raises(Rejected, match="100000"):
        fetched(smintio, linked(server))


def storage(content: bytes, etag: str) -> Callable[[Received], Step]:
    def script(got: Received) -> Step:
        if got.method == "POST":
            return http(b'{"access_token": "at-1"}')
        if got.headers.get("if-range") != etag:
            return http(content, ETag=etag)
        start = int(got.headers["range"].removeprefix("bytes=").removesuffix("-"))
        part = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return http(content[start:], status=206, ETag=etag, Content_Range=part)

    return script


def test_the_rest_of_the_same_file_is_fetched(serve: Serve, client: Client) -> None:
    server = serve(storage(CONTENT, '"v1"'))
    smintio = client(server)
    with smintio.open_binary(linked(server)) as download:
        validator = download.validator

    with smintio.open_binary(linked(server), start=1000, if_unchanged=validator) as rest:
        content = b"".join(rest.chunks)

    assert (CONTENT[1000:], 1000, len(CONTENT) - 1000) == (content, rest.starts_at, rest.length_bytes)


def test_a_file_that_changed_meanwhile_starts_over(serve: Serve, client: Client) -> None:
    server = serve(storage(CONTENT, '"v2"'))

    with client(server).open_binary(linked(server), start=1000, if_unchanged='"v1"') as rest:
        content = b"".join(rest.chunks)

    assert (CONTENT, 0) == (content, rest.starts_at)


@pytest.mark.parametrize("part", ["bytes 5-9/10", "bytes */10", "items 1000-9/10", ""])
def test_a_part_that_was_not_asked_for_is_not_taken(serve: Serve, client: Client, part: str) -> None:
    server = serve(host(http(b"12345", status=206, Content_Range=part)))

    with pytest.raises(Unavailable), client(server).open_binary(linked(server), start=1000, if_unchanged='"v1"'):
        pass


def test_a_weak_validator_is_no_ground_for_resuming(serve: Serve, client: Client) -> None:
    server = serve(host(http(CONTENT, ETag='W/"v1"')))

    with client(server).open_binary(linked(server)) as download:
        assert None is download.validator
