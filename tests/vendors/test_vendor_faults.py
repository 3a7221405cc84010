"""What HTTP did to us, and what we make of it."""

import gzip
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType

import httpcore
import httpx
import pytest

from shared.errors import (
    Ambiguous,
    Conflict,
    CredentialRefused,
    FleetError,
    Forbidden,
    Rejected,
    Throttled,
    Unavailable,
    Unreadable,
)
from shared.vendors.faults import EXCEPTIONS, error_for_exception
from shared.vendors.http import NotFound, Vendor, read_json
from shared.vendors.transport import FOREIGN
from tests.vendors.scripted import Hang, Pause, Reset, Serve, Server, Step, http

Connect = Callable[..., Vendor]


TRANSPORT_ERRORS = [kind for kind in EXCEPTIONS if issubclass(kind, httpx.TransportError)]
STREAM_ERRORS = [kind for kind in EXCEPTIONS if issubclass(kind, httpx.StreamError)]


def exceptions_of(library: ModuleType, names: list[str] | tuple[str, ...]) -> set[type[Exception]]:
    found = [getattr(library, name) for name in names]
    return {kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception)}


def test_every_exception_of_the_http_library_has_its_place_in_the_table() -> None:
    public = exceptions_of(httpx, httpx.__all__)

    assert set() == public - EXCEPTIONS.keys()


def test_every_exception_of_the_connection_library_becomes_one_of_the_http_library() -> None:
    public = exceptions_of(httpcore, httpcore.__all__)

    assert set() == public - FOREIGN.keys()
    assert set() == set(FOREIGN.values()) - EXCEPTIONS.keys()


@pytest.mark.parametrize("kind", TRANSPORT_ERRORS)
def test_a_write_is_ambiguous_exactly_when_it_may_have_been_sent(kind: type[Exception]) -> None:
    never_sent = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
    never_possible = {"UnsupportedProtocol", "LocalProtocolError"}

    read = error_for_exception(kind("said"), is_write=False)
    write = error_for_exception(kind("said"), is_write=True)

    if kind.__name__ in never_possible:
        assert (Rejected, Rejected) == (read, write)
    else:
        assert (Unavailable, Unavailable if kind.__name__ in never_sent else Ambiguous) == (read, write)


@pytest.mark.parametrize("kind", STREAM_ERRORS)
def test_a_misuse_of_the_library_surfaces_as_the_bug_it_is(kind: type[Exception]) -> None:
    assert None is error_for_exception(kind.__new__(kind), is_write=False)


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (302, Unavailable, Unavailable),
        (400, Rejected, Rejected),
        (401, CredentialRefused, CredentialRefused),
        (403, Forbidden, Forbidden),
        (404, NotFound, NotFound),
        (405, Rejected, Rejected),
        (408, Unavailable, Unavailable),
        (409, Conflict, Conflict),
        (410, NotFound, NotFound),
        (412, Conflict, Conflict),
        (413, Rejected, Rejected),
        (422, Rejected, Rejected),
        (423, Unavailable, Unavailable),
        (429, Throttled, Throttled),
        (500, Unavailable, Unavailable),
        (501, Rejected, Rejected),
        (502, Unavailable, Unavailable),
        (503, Unavailable, Unavailable),
        (504, Unavailable, Ambiguous),
        (599, Unavailable, Unavailable),
    ],
)
def test_status_becomes_what_it_forces_us_to_do(
    serve: Serve, connect: Connect, status: int, on_read: type[FleetError], on_write: type[FleetError]
) -> None:
    vendor = connect(serve(lambda _: http(b'{"error_code": "Said"}', status=status)))

    raised: dict[str, type[BaseException]] = {}
    for method in ("GET", "POST"):
        with pytest.raises(FleetError) as caught:
            vendor.request("things", method, "/things")
        raised[method] = caught.type

    assert {"GET": on_read, "POST": on_write} == raised


@pytest.mark.parametrize(
    "steps",
    [
        [Hang()],
        [Reset()],
        [b""],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{}", Reset()],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{}", Hang()],
        [b"SSH-2.0-nothing_of_the_kind\r\n"],
        [http(b"not gzip at all", Content_Encoding="gzip")],
    ],
    ids=[
        "silence",
        "reset",
        "close",
        "cut",
        "cut chunks",
        "reset in body",
        "silence in body",
        "other protocol",
        "garbled",
    ],
)
@pytest.mark.parametrize(("method", "expected"), [("GET", Unavailable), ("POST", Ambiguous), ("DELETE", Ambiguous)])
def test_no_whole_answer_is_unavailable_to_a_read_and_ambiguous_to_a_write(
    serve: Serve, connect: Connect, steps: list[Step], method: str, expected: type[FleetError]
) -> None:
    vendor = connect(serve(lambda _: steps), timeout=timedelta(seconds=0.3))

    with pytest.raises(FleetError) as caught:
        vendor.request("things", method, "/things")

    assert expected is caught.type


def test_a_write_that_could_not_connect_is_only_unavailable(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = connect(Server(listener.getsockname()[1]))

    with pytest.raises(Unavailable):
        nobody.request("things", "POST", "/things", json={})


def test_a_body_that_drips_is_given_up_when_its_time_is_over(serve: Serve, connect: Connect) -> None:
    def drip(_: object) -> list[Step]:
        drops: list[Step] = [Pause(0.02), b"x"]
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", *drops * 400]

    vendor = connect(serve(drip), timeout=timedelta(seconds=0.4))

    with pytest.raises(Unavailable, match=r"still arriving after 0\.4 s"):
        vendor.request("things", "GET", "/things")


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_an_answer_beyond_the_limit_is_cut_before_it_fills_memory(
    serve: Serve, connect: Connect, encoding: str
) -> None:
    body = b"0" * 200_000
    answer = http(gzip.compress(body), Content_Encoding="gzip") if encoding else http(body)
    vendor = connect(serve(lambda _: answer), max_answer_bytes=100_000)

    with pytest.raises(Unavailable, match="more than 100000 bytes"):
        vendor.request("things", "GET", "/things")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http(b"<html><body>Please log in</body></html>", content_type="text/html"), Unavailable),
        (http(b"\n <!doctype html><title>Maintenance</title>"), Unavailable),
        (http(b'{"things": [{"uuid": "1"}, {"uui'), Unavailable),
        (http(b""), Unavailable),
        (http(b"  \r\n "), Unavailable),
        (http(b'{"things": NaN}'), Unavailable),
        (http(b'{"things": 1e999999999}'), Unavailable),
        (http(b"[" * 100_000), Unavailable),
        (http(b'{"things": "\xff\xfe"}'), Unavailable),
        (http(b"[]"), Unreadable),
        (http(b"null"), Unreadable),
        (http(b'"things"'), Unreadable),
        (http(b'{"things": 5}'), Unreadable),
    ],
)
def test_a_200_that_is_not_the_data_is_a_fault_and_never_an_empty_list(
    serve: Serve, connect: Connect, answer: bytes, expected: type[FleetError]
) -> None:
    vendor = connect(serve(lambda _: answer))

    with pytest.raises(expected):
        read_json(vendor.request("things", "GET", "/things"), dict[str, list[object]])
    with pytest.raises(Ambiguous):
        read_json(vendor.request("things", "POST", "/things"), dict[str, list[object]])


def test_a_search_by_post_counts_as_a_read(serve: Serve, connect: Connect) -> None:
    vendor = connect(serve(lambda _: [Reset()]))

    with pytest.raises(Unavailable):
        vendor.request("search", "POST", "/search", json={"term": "logo"}, is_write=False)


def test_an_expected_status_comes_back_as_an_answer(serve: Serve, connect: Connect) -> None:
    vendor = connect(serve(lambda _: http(b'{"error": "invalid_grant"}', status=400)))

    answer = vendor.request("token", "POST", "/token", form={"grant_type": "refresh_token"}, expected=(400,))

    assert (400, {"error": "invalid_grant"}) == (answer.status, read_json(answer, dict[str, str]))


def test_a_line_break_in_a_header_never_reaches_the_wire(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: http())
    vendor = connect(server)

    for value in ("text/plain\r\nX-Role: admin", "Übung.jpg"):
        with pytest.raises(Rejected):
            vendor.request("things", "POST", "/things", headers={"X-Name": value}, content=b"x")

    assert [] == server.received


def test_a_fault_of_the_source_passes_through_the_upload_of_its_bytes(serve: Serve, connect: Connect) -> None:
    def cut() -> Iterator[bytes]:
        yield b"half"
        raise Unavailable("the source ended early")

    vendor = connect(serve(lambda _: http()))

    with pytest.raises(Unavailable, match="the source ended early"):
        vendor.request("upload", "POST", "/blobs", content=cut(), length_bytes=8)


def test_connections_are_used_again(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: http(b"{}"))
    seen: list[tuple[str, int | None]] = []
    vendor = connect(server, observe=lambda operation, status, _: seen.append((operation, status)))

    for _ in range(3):
        vendor.request("things", "GET", "/things")

    assert [("things", 200)] * 3 == seen
    assert 1 == server.connections


def test_what_was_observed_says_when_there_was_no_answer(serve: Serve, connect: Connect) -> None:
    seen: list[tuple[str, int | None]] = []
    vendor = connect(serve(lambda _: [Reset()]), observe=lambda operation, status, _: seen.append((operation, status)))

    with pytest.raises(Unavailable):
        vendor.request("things", "GET", "/things")

    assert [("things", None)] == seen
