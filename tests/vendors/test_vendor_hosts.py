"""Where we connect, where we do not, and who gets our credential."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import httpx
import pytest

from shared.errors import Forbidden, Misconfigured, Unavailable
from shared.vendors.hosts import AllowList, HostRefused, unwrapped
from shared.vendors.http import Vendor
from tests.vendors.scripted import Serve, http

Connect = Callable[..., Vendor]


class Key:
    """An authoriser whose key number grows with each renewal."""

    def __init__(self) -> None:
        self.number = 1

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer key-{self.number}"}

    def renew(self, refused: Mapping[str, str]) -> None:
        assert self.headers() == refused
        self.number += 1


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.smint.io/x",
        "https://a.b.smint.io/x?sig=1",
        "https://ACME.SMINT.IO/x",
        "https://files.example.com/x",
        "https://files.example.com:443/x",
        "https://alt.example.com:8443/x",
        "http://127.0.0.1:49152/x",
        "https://[::1]:8443/x",
    ],
)
def test_a_host_on_the_list_is_admitted(url: str) -> None:
    allowed = AllowList([".smint.io", "files.example.com", "alt.example.com:8443", "127.0.0.1", "[::1]"])

    allowed.check(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://smint.io/x",
        "https://evilsmint.io/x",
        "https://smint.io.evil.example/x",
        "https://acme.smint.io.:443/x",
        "https://acme.smint.io:8443/x",
        "https://alt.example.com/x",
        "https://files.example.com@evil.example/x",
        "https://user:pass@files.example.com/x",
        "http://files.example.com/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://127.0.0.1:5672/",
        "file:///etc/passwd",
        "gopher://files.example.com/",
        "ftp://files.example.com/",
        "//files.example.com/x",
        "",
    ],
)
def test_any_other_link_is_refused_and_shows_its_host_only(url: str) -> None:
    allowed = AllowList([".smint.io", "files.example.com", "alt.example.com:8443"])

    with pytest.raises(HostRefused) as caught:
        allowed.check(httpx.URL(url))

    assert [] == [secret for secret in ("pass@", "sig", "meta-data", "/x") if secret in str(caught.value)]


@pytest.mark.parametrize(
    ("address", "is_open_to_all", "is_open_to_named"),
    [
        ("93.184.215.14", True, True),
        ("2606:4700::6810:84e5", True, True),
        ("10.0.0.1", False, True),
        ("192.168.1.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:a00:1::", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("100.64.0.1", False, False),
        ("240.0.0.1", False, False),
    ],
)
def test_only_a_host_named_in_full_may_lead_inside_and_never_to_link_local(
    address: str,
    is_open_to_all: bool,  # noqa: FBT001 - a table's column
    is_open_to_named: bool,  # noqa: FBT001 - a table's column
) -> None:
    def admits(entry: str) -> bool:
        try:
            AllowList([entry]).check_address("files.example.com", address)
        except HostRefused:
            return False
        return True

    assert (is_open_to_all, is_open_to_named) == (admits(".example.com"), admits("files.example.com"))


def test_the_address_that_counts_is_the_one_behind_the_wrapping() -> None:
    assert "10.0.0.1" == str(unwrapped("::ffff:10.0.0.1"))


def test_a_name_is_resolved_once_and_that_very_address_is_used(serve: Serve) -> None:
    inner = serve(lambda _: http())
    answers: list[Sequence[str]] = [["93.184.215.14", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolver(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return answers.pop(0)

    vendor = Vendor(
        "https://api.example.com",
        timeout=timedelta(seconds=2),
        allowed_hosts=(f".partner.example:{inner.port}",),
        resolver=resolver,
    )

    for _ in range(2):
        with pytest.raises(HostRefused, match="inside a private network"):
            vendor.request("things", "GET", f"https://rebound.partner.example:{inner.port}/x")

    assert (["rebound.partner.example"] * 2, 0) == (asked, inner.connections)
    vendor.close()


def test_a_host_without_an_address_is_unavailable() -> None:
    def resolver(*_: object) -> Sequence[str]:
        raise OSError("no such host")

    vendor = Vendor("https://api.example.com", timeout=timedelta(seconds=2), resolver=resolver)

    with pytest.raises(Unavailable, match=r"ConnectError from host 'api\.example\.com'"):
        vendor.request("things", "POST", "/things")
    vendor.close()


def test_the_next_address_is_tried_when_the_first_is_dead(serve: Serve) -> None:
    server = serve(lambda _: http(b"{}"))
    vendor = Vendor(
        f"http://localhost:{server.port}", timeout=timedelta(seconds=2), resolver=lambda *_: ["127.0.0.9", "127.0.0.1"]
    )

    assert b"{}" == vendor.request("things", "GET", "/things").body
    vendor.close()


@pytest.mark.parametrize("entry", ["https://example.com", "example.com/path", "user@example.com", "exa mple", ""])
def test_an_entry_that_is_not_a_host_is_a_wrong_setting(entry: str) -> None:
    with pytest.raises(Misconfigured):
        AllowList([entry])


@pytest.mark.parametrize("url", ["http://api.example.com", "https://user:pw@api.example.com", "ftp://api.example.com"])
def test_a_vendor_without_encryption_beyond_loopback_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(Misconfigured, match="must be https"):
        Vendor(url, timeout=timedelta(seconds=1))


def test_a_redirect_is_followed_to_an_allowed_host_without_our_credential(serve: Serve, connect: Connect) -> None:
    storage = serve(lambda _: http(b"file"))
    api = serve(lambda _: http(status=302, Location=f"{storage.url}/signed?sig=1"))
    vendor = connect(api, authoriser=Key(), allowed_hosts=(f"127.0.0.1:{storage.port}",))

    with vendor.stream("file", "/files/1") as stream:
        content = b"".join(stream.chunks)

    assert b"file" == content
    assert "Bearer key-1" == api.received[0].headers["authorization"]
    assert "authorization" not in storage.received[0].headers


@pytest.mark.parametrize("port_of", ["broker", "elsewhere"])
def test_a_chain_of_redirects_is_checked_at_each_hop(serve: Serve, connect: Connect, port_of: str) -> None:
    broker = serve(lambda _: http(b"inside"))
    target = {"broker": broker.url, "elsewhere": "http://169.254.169.254"}[port_of]
    hops = {"/1": "/2", "/2": "/3", "/3": f"{target}/api"}
    api = serve(lambda got: http(status=302, Location=hops[got.target]))
    vendor = connect(api)

    with pytest.raises(HostRefused):
        vendor.request("things", "GET", "/1")

    assert (3, 0) == (len(api.received), broker.connections)


def test_redirects_without_end_are_a_fault(serve: Serve, connect: Connect) -> None:
    api = serve(lambda _: http(status=302, Location="/again"))

    with pytest.raises(Unavailable):
        connect(api).request("things", "GET", "/again")

    assert 6 == len(api.received)


def test_a_write_is_never_redirected(serve: Serve, connect: Connect) -> None:
    api = serve(lambda _: http(status=307, Location="/elsewhere"))

    with pytest.raises(Unavailable):
        connect(api).request("things", "POST", "/things", json={})

    assert 1 == len(api.received)


def test_a_refused_credential_is_renewed_once_and_the_call_repeated(serve: Serve, connect: Connect) -> None:
    server = serve(lambda got: http(status=200 if got.headers["authorization"] == "Bearer key-2" else 401))
    vendor = connect(server, authoriser=Key())

    vendor.request("things", "POST", "/things", json={"a": 1})

    assert [b'{"a": 1}'] * 2 == [got.body for got in server.received]


@pytest.mark.parametrize(("status", "asked"), [(401, 2), (403, 1)])
def test_401_is_repeated_once_and_403_never(serve: Serve, connect: Connect, status: int, asked: int) -> None:
    server = serve(lambda _: http(status=status))
    vendor = connect(server, authoriser=Key())

    with pytest.raises(Forbidden):
        vendor.request("things", "GET", "/things")

    assert asked == len(server.received)


def test_a_streamed_body_that_met_a_refused_credential_is_sent_again_by_its_owner(
    serve: Serve, connect: Connect
) -> None:
    key = Key()
    server = serve(lambda _: http(status=401))

    with pytest.raises(Unavailable):
        connect(server, authoriser=key).request("upload", "POST", "/blobs", content=iter([b"a", b"b"]))

    assert (2, 1) == (key.number, len(server.received))


def test_no_cookie_is_kept(serve: Serve, connect: Connect) -> None:
    server = serve(lambda _: http(Set_Cookie="session=1; Path=/"))
    vendor = connect(server)

    vendor.request("things", "GET", "/things")
    vendor.request("things", "GET", "/things")

    assert [None, None] == [got.headers.get("cookie") for got in server.received]
