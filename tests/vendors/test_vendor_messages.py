"""What stands in an error message, and what never does."""

import traceback
from collections.abc import Callable, Mapping

import pytest

from shared.errors import FleetError
from shared.vendors.http import Vendor, read_json
from shared.vendors.redaction import excerpt
from tests.vendors.scripted import Serve, http

Connect = Callable[..., Vendor]

MARKER = "mArKeR0123456789"


class Marked:
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {MARKER}"}

    def renew(self, refused: Mapping[str, str]) -> None:
        pass


def test_a_message_has_operation_status_type_and_the_text_of_the_page(serve: Serve, connect: Connect) -> None:
    page = b"<html><head><script>var a = '<b>';</script></head><body><h1>Down</h1>for&nbsp;repair<p>" + b"x" * 400
    vendor = connect(serve(lambda _: http(page, status=502, content_type="text/html")))

    with pytest.raises(FleetError) as caught:
        vendor.request("things", "GET", "/things")

    message = str(caught.value)
    assert message.startswith("things: status 502, text/html: 'Down for repair xxx")
    assert 300 > len(message)


@pytest.mark.parametrize(
    "body",
    [
        f"Bearer {MARKER}",
        f'{{"access_token": "{MARKER}", "x": 1}}',
        f'{{"refresh_token": ["{MARKER}"]}}',
        f"client_secret={MARKER}&x=1",
        f"apiKey={MARKER}",
        f'{{"apiKey":"{MARKER}"}}',
        f"https://files.example.com/a?sig={MARKER}",
        f'"https:\\/\\/files.example.com\\/a?x=1&sig={MARKER}"',
        f"<a href='https://files.example.com/a?sig={MARKER}'>here</a>",
        f"https://user:{MARKER}@files.example.com/a",
        f"Authorization: Basic {MARKER}==",
        f"you sent {MARKER}, which is wrong",
        f"OTDSTicket: {MARKER}",
        f"password: {MARKER}",
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_secret_stands_in_a_message_or_its_traceback(serve: Serve, connect: Connect, body: str, status: int) -> None:
    vendor = connect(serve(lambda _: http(body.encode(), status=status)), authoriser=Marked())

    def call() -> list[int]:
        form = {"refresh_token": MARKER}
        return read_json(vendor.request("token", "POST", f"/token?apiKey={MARKER}", form=form), list[int])

    with pytest.raises(FleetError) as caught:
        call()

    assert MARKER not in "".join(traceback.format_exception(caught.value))


def test_a_jwt_is_hidden_wherever_it_stands() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

    assert "sub *** end" == excerpt(f"sub {token} end".encode())


def test_the_repr_of_an_answer_shows_no_content(serve: Serve, connect: Connect) -> None:
    vendor = connect(serve(lambda _: http(MARKER.encode(), X_Secret=MARKER)))

    assert MARKER not in repr(vendor.request("things", "GET", "/things"))


def test_a_link_that_is_no_url_is_not_quoted(serve: Serve, connect: Connect) -> None:
    vendor = connect(serve(lambda _: http()))

    with pytest.raises(FleetError) as caught:
        vendor.request("things", "GET", f"https://files.example.com:port/{MARKER}")

    assert MARKER not in "".join(traceback.format_exception(caught.value))


def test_an_answer_that_is_secret_as_a_whole_is_not_shown(serve: Serve, connect: Connect) -> None:
    vendor = connect(serve(lambda got: http(MARKER.encode(), status=200 if got.target == "/200" else 500)))

    def call(path: str) -> object:
        return read_json(vendor.request("token", "POST", path, is_secret=True), list[int])

    for path in ("/200", "/500"):
        with pytest.raises(FleetError, match="not shown") as caught:
            call(path)
        assert MARKER not in "".join(traceback.format_exception(caught.value))
