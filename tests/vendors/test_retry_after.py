"""Retry-After in the forms that vendors really send (case K14)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.errors import Throttled, Unavailable
from shared.vendors.http import Vendor
from shared.vendors.retry_after import read_retry_after
from tests.vendors.scripted import Serve, http

SERVER_DATE = "Mon, 02 Mar 2026 09:16:12 GMT"


@pytest.mark.parametrize(
    ("values", "granted"),
    [
        (["120"], timedelta(seconds=120)),
        (["0"], timedelta()),
        ([" 7 "], timedelta(seconds=7)),
        (["0.493"], timedelta(seconds=0.493)),
        (["-5"], timedelta()),
        (["999999"], timedelta(hours=1)),
        (["999999999999999999999"], None),
        (["Mon, 02 Mar 2026 09:16:20 GMT"], timedelta(seconds=8)),
        (["Monday, 02-Mar-26 09:16:20 GMT"], timedelta(seconds=8)),
        (["Mon Mar  2 09:16:20 2026"], timedelta(seconds=8)),
        (["Mon, 02 Mar 2026 10:16:20 +0100"], timedelta(seconds=8)),
        (["Fri, 31 Dec 2027 23:59:59 GMT"], timedelta(hours=1)),
        (["Fri, 31 Dec 1999 23:59:59 GMT"], timedelta()),
        (["Fri, 99 Dec 2027 23:59:59 GMT"], None),
        (["rand(30),add(30)"], None),
        (["soon"], None),
        ([""], None),
        (["inf"], None),
        (["nan"], None),
        (["١٢"], None),
        (["7", "30"], timedelta(seconds=30)),
        (["nonsense", "30"], timedelta(seconds=30)),
    ],
)
def test_the_wait_granted(values: list[str], granted: timedelta | None) -> None:
    wait = read_retry_after(values, server_date=SERVER_DATE)

    assert wait is not None
    assert granted == wait.granted


def test_a_date_counts_from_our_clock_when_the_server_sends_none() -> None:
    wait = read_retry_after(["Fri, 31 Dec 1999 23:59:59 GMT"], server_date=None)

    assert wait is not None
    assert timedelta() == wait.granted


def test_no_header_is_no_wait() -> None:
    assert None is read_retry_after([], server_date=SERVER_DATE)


def test_what_was_asked_stays_in_the_message_when_it_is_cut() -> None:
    assert "asks for 11 days, 13:46:39, cut to 1:00:00" == str(read_retry_after(["999999"], server_date=None))


@pytest.mark.parametrize("status", [429, 503])
def test_throttled_says_how_long(serve: Serve, connect: Callable[..., Vendor], status: int) -> None:
    vendor = connect(serve(lambda _: http(status=status, Retry_After="7", Date=SERVER_DATE)))

    with pytest.raises(Throttled, match="asks for 0:00:07") as caught:
        vendor.request("things", "GET", "/things")

    assert timedelta(seconds=7) == caught.value.retry_after


@pytest.mark.parametrize(("status", "expected"), [(429, Throttled), (503, Unavailable)])
def test_without_the_header_our_own_backoff_decides(
    serve: Serve, connect: Callable[..., Vendor], status: int, expected: type[Exception]
) -> None:
    vendor = connect(serve(lambda _: http(status=status)))

    with pytest.raises(expected) as caught:
        vendor.request("things", "GET", "/things")

    assert None is getattr(caught.value, "retry_after", None)
