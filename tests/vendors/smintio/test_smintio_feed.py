"""The feed: pages, places, and records that cannot be read (dossier 4.2, 11 U4)."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import FleetError, Forbidden, Rejected, Throttled, Unavailable, Unreadable
from shared.vendors.http import NotFound
from shared.vendors.smintio.client import LostContinuation
from shared.vendors.smintio.models import Malformed, Transaction
from tests.vendors.scripted import Received, Serve, Server, Step, http
from tests.vendors.smintio.conftest import Client

PAGE = {"count": 1, "continuation_uuid": "c-2", "license_purchase_transactions": [{"uuid": "1"}]}


def feed(answer: object, *, status: int = 200) -> Callable[[Received], Step]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def script(got: Received) -> Step:
        return http(b'{"access_token": "at-1"}') if got.method == "POST" else http(body, status=status)

    return script


def asked(server: Server) -> list[tuple[str, dict[str, list[str]]]]:
    targets = [urlsplit(got.target) for got in server.received if got.method == "GET"]
    return [(target.path, parse_qs(target.query, keep_blank_values=True)) for target in targets]


def test_the_first_call_has_no_continuation_and_the_next_hands_it_back(serve: Serve, client: Client) -> None:
    server = serve(feed(PAGE))
    smintio = client(server)

    page = smintio.transactions(None)
    smintio.transactions("a/b=c&d")

    path = "/consumer/v1/feed"
    assert [
        (path, {"limit": ["10"]}),
        (path, {"limit": ["10"], "continuationUuid": ["a/b=c&d"]}),
    ] == asked(server)
    assert ("c-2", False) == (page.continuation, page.is_end)


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("/feed", {"continuationUuid": ["c-1"], "limit": ["25"]}),
        ("/feed?continuation_uuid={continuation}&limit={limit}", {"continuation_uuid": ["c-1"], "limit": ["25"]}),
        ("/feed?tenant=acme&page_size={limit}", {"tenant": ["acme"], "continuationUuid": ["c-1"], "page_size": ["25"]}),
    ],
)
def test_the_spelling_of_the_query_is_a_setting(
    serve: Serve, client: Client, template: str, query: dict[str, list[str]]
) -> None:
    server = serve(feed(PAGE))
    operations = {"generic_metadata": "/m", "license_purchase_transactions": template, "binaries": "/b"}

    client(server, operations=operations, page_size=25).transactions("c-1")

    assert [("/consumer/v1/feed", query)] == asked(server)


def test_the_path_of_files_is_a_setting_and_ids_stay_in_their_segment(serve: Serve, client: Client) -> None:
    server = serve(feed([]))

    client(server).binaries("35/01", "79001?x")

    target = next(got.target for got in server.received if got.method == "GET")
    assert "/consumer/v1/carts/35%2F01/licences/79001%3Fx/files" == target


@pytest.mark.parametrize(
    ("answer", "is_end", "continuation"),
    [
        ({"count": 0, "continuation_uuid": "c-2", "license_purchase_transactions": []}, True, "c-2"),
        ({"count": 0, "continuation_uuid": "c-1", "license_purchase_transactions": None}, True, "c-1"),
        ({"count": 0, "license_purchase_transactions": []}, True, "c-1"),
        ({"count": None, "continuation_uuid": "c-2", "license_purchase_transactions": [{"uuid": "1"}]}, False, "c-2"),
        ({"count": 7, "continuation_uuid": "c-2", "license_purchase_transactions": [{"uuid": "1"}]}, False, "c-2"),
        (
            {
                "count": 1,
                "continuation_uuid": "c-2",
                "license_purchase_transactions": [{"uuid": "1", "can_be_synced": False}],
            },
            False,
            "c-2",
        ),
    ],
)
def test_only_an_empty_page_is_the_end_and_the_place_is_kept(
    serve: Serve, client: Client, answer: object, continuation: str, *, is_end: bool
) -> None:
    page = client(serve(feed(answer))).transactions("c-1")

    assert (is_end, continuation) == (page.is_end, page.continuation)


@pytest.mark.parametrize(
    "answer",
    [
        {"count": 3, "continuation_uuid": "c-2", "license_purchase_transactions": []},
        {"count": 3, "continuation_uuid": "c-2"},
        {"count": 1, "license_purchase_transactions": [{"uuid": "1"}]},
        {"count": 1, "continuation_uuid": "c-1", "license_purchase_transactions": [{"uuid": "1"}]},
        {"count": 1, "continuation_uuid": "", "license_purchase_transactions": [{"uuid": "1"}]},
        {"count": "many", "continuation_uuid": "c-2", "license_purchase_transactions": [{"uuid": "1"}]},
        {"count": 1, "continuation_uuid": "c-2", "license_purchase_transactions": {"uuid": "1"}},
        [],
        None,
    ],
)
def test_a_page_that_would_lose_licences_or_repeat_for_ever_is_unreadable(
    serve: Serve, client: Client, answer: object
) -> None:
    with pytest.raises(Unreadable):
        client(serve(feed(answer))).transactions("c-1")


def test_a_record_that_cannot_be_read_does_not_stop_its_page(serve: Serve, client: Client) -> None:
    odd: list[object] = [
        {"uuid": "1"},
        None,
        5,
        [],
        {},
        {"uuid": None},
        {"uuid": ""},
        {"uuid": "8", "can_be_synced": "yes, please: secret-value"},
        {"uuid": "9", "last_updated_at": "yesterday"},
        {"uuid": "10", "last_updated_at": 1772446551},
        {"uuid": "11", "last_updated_at": "9999-12-31T23:59:59-12:00"},
        {"uuid": "12", "version": "fourth"},
        {"uuid": 13, "content_element": None, "license_terms": None, "name": "\ud83d"},
        {"uuid": "14", "state": "suspended", "restricted": ["europe_kosovo_new"]},
    ]
    answer = {"count": len(odd), "continuation_uuid": "c-2", "license_purchase_transactions": odd}

    page = client(serve(feed(answer))).transactions(None)

    read = [record.uuid for record in page.transactions if isinstance(record, Transaction)]
    unread = [record for record in page.transactions if isinstance(record, Malformed)]
    assert ["1", "13", "14"] == read
    assert [None] * 5 + ["", "8", "9", "10", "11", "12"] == [record.uuid for record in unread]
    assert odd == [record.raw for record in page.transactions]
    assert "can_be_synced: Input should be a valid boolean" == unread[6].reason
    assert [] == [record for record in unread if "secret-value" in f"{record.reason}{record!r}"]


@pytest.mark.parametrize(
    ("status", "continuation", "expected"),
    [
        (400, "c-1", LostContinuation),
        (404, "c-1", LostContinuation),
        (409, "c-1", LostContinuation),
        (410, "c-1", LostContinuation),
        (422, "c-1", LostContinuation),
        (400, None, Rejected),
        (404, None, NotFound),
        (403, "c-1", Forbidden),
        (429, "c-1", Throttled),
        (500, "c-1", Unavailable),
    ],
)
def test_a_refused_continuation_is_named_so_that_the_feed_can_be_read_again(
    serve: Serve, client: Client, status: int, continuation: str | None, expected: type[FleetError]
) -> None:
    smintio = client(serve(feed({"error_message": "Unknown continuation."}, status=status)))

    with pytest.raises(FleetError) as caught:
        smintio.transactions(continuation)

    assert expected is caught.type


def test_a_file_list_that_is_partly_unreadable_is_refused_whole(serve: Serve, client: Client) -> None:
    link = {"uuid": "1", "download_url": "https://files.example.com/x?sig=0123abcd"}
    smintio = client(serve(feed([link, {"uuid": "2", "download_url": None, "sig": "0123abcd"}])))

    with pytest.raises(Unreadable, match=r"1\.download_url") as caught:
        smintio.binaries("3501", "79001")

    assert "sig=0123abcd" not in str(caught.value)


def test_one_grant_serves_many_calls(serve: Serve, client: Client) -> None:
    server = serve(feed(PAGE))
    smintio = client(server)

    for _ in range(3):
        smintio.transactions(None)

    assert 1 == len([got for got in server.received if got.method == "POST"])
