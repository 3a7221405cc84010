"""Each wire file is read as its notes say, and survives a member that nobody knows."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.errors import Forbidden, Throttled, Unavailable
from shared.vendors import exact_json
from shared.vendors.smintio.models import Malformed, Transaction
from tests.vendors.scripted import Received, Serve, http
from tests.vendors.smintio.conftest import WIRE, Client

Wire = Callable[[str], bytes]

PAGES = sorted(path.name for path in WIRE.glob("lpt_*.json"))
BINARIES = sorted(path.name for path in WIRE.glob("binaries_*.json"))
CATALOGUES = sorted(path.name for path in WIRE.glob("generic_metadata*.json"))


def answering(body: bytes) -> Callable[[Received], bytes]:
    """Grant any token request, and answer everything else with `body`."""

    def script(got: Received) -> bytes:
        return http(b'{"access_token": "at-1", "expires_in": 3600}') if got.method == "POST" else http(body)

    return script


def with_unknown_members(value: object) -> object:
    if isinstance(value, dict):
        return {
            **{key: with_unknown_members(member) for key, member in value.items()},
            "member_of_2031": {"new": [1.50]},
        }
    return [with_unknown_members(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("is_extended", [False, True], ids=["as it is", "with unknown members"])
def test_a_page_is_read_and_each_record_kept_whole(
    serve: Serve, client: Client, wire: Wire, name: str, *, is_extended: bool
) -> None:
    sent = exact_json.decode(wire(name))
    sent = with_unknown_members(sent) if is_extended else sent
    assert isinstance(sent, dict)
    smintio = client(serve(answering(exact_json.encode(sent).encode())))

    page = smintio.transactions(None)

    records = sent["license_purchase_transactions"] or []
    assert (sent["continuation_uuid"], not records) == (page.continuation, page.is_end)
    assert records == [record.raw for record in page.transactions]
    assert [] == [record for record in page.transactions if isinstance(record, Malformed)]
    assert records == [exact_json.decode(r.encoded()) for r in page.transactions if isinstance(r, Transaction)]


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("is_extended", [False, True], ids=["as it is", "with unknown members"])
def test_files_are_read_with_their_links_hidden(
    serve: Serve, client: Client, wire: Wire, name: str, *, is_extended: bool
) -> None:
    sent = json.loads(wire(name))
    smintio = client(serve(answering(json.dumps(with_unknown_members(sent) if is_extended else sent).encode())))

    binaries = smintio.binaries("3501", "79001")

    assert [each["uuid"] for each in sent] == [binary.uuid for binary in binaries]
    assert [each["download_url"] for each in sent] == [binary.download_url.get_secret_value() for binary in binaries]
    assert "sig=" not in repr(binaries)


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("binaries_single.json", [1]),
        ("binaries_version2.json", [2]),
        ("binaries_no_version.json", [1]),
        ("binaries_compound.json", [1, 1]),
        ("binaries_empty.json", []),
    ],
)
def test_a_missing_version_of_a_file_is_one(
    serve: Serve, client: Client, wire: Wire, name: str, versions: list[int]
) -> None:
    smintio = client(serve(answering(wire(name))))

    assert versions == [binary.version for binary in smintio.binaries("3501", "79001")]


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("is_extended", [False, True], ids=["as it is", "with unknown members"])
def test_catalogues_are_read_and_kept_whole(
    serve: Serve, client: Client, wire: Wire, name: str, *, is_extended: bool
) -> None:
    sent = json.loads(wire(name))
    extended = with_unknown_members(sent) if is_extended else sent

    catalogues = client(serve(answering(json.dumps(extended).encode()))).catalogues()

    assert {entry["metadata_element"]["key"] for entry in sent["license_usages"]} == catalogues.keys("license_usages")
    assert ("Bild", "Image", "Image") == tuple(catalogues.name("content_types", "image", c) for c in ("de", "en", "fr"))
    assert "europe_kosovo_new" == catalogues.name("license_geographies", "europe_kosovo_new", "de")
    assert (frozenset(), sent.keys() <= catalogues.raw.keys()) == (catalogues.keys("no_such_catalogue"), True)


def test_a_later_catalogue_has_its_new_keys(serve: Serve, client: Client, wire: Wire) -> None:
    earlier, later = (client(serve(answering(wire(name)))).catalogues() for name in CATALOGUES)

    assert 2 == sum(len(later.keys(catalogue) - earlier.keys(catalogue)) for catalogue in later.raw)


def test_every_number_of_the_published_sample_is_exact(wire: Wire) -> None:
    page = exact_json.decode(wire("lpt_page_first.json"))

    assert '"aspect_ratio":1.3333333333333333333333333333' in exact_json.encode(page)


def test_absent_null_and_false_are_told_apart_and_none_is_read_as_no(serve: Serve, client: Client, wire: Wire) -> None:
    page = client(serve(answering(wire("lpt_page_unsyncable.json")))).transactions(None)

    flags = {r.uuid: r.can_be_synced for r in page.transactions if isinstance(r, Transaction)}
    assert ({"79004": False, "79005": None, "79006": None}, False) == (flags, page.is_end)


def test_a_record_without_its_last_update_is_dated_by_its_creation(serve: Serve, client: Client, wire: Wire) -> None:
    page = client(serve(answering(wire("lpt_page_holes.json")))).transactions(None)

    record = page.transactions[1]
    assert isinstance(record, Transaction)
    assert (None, record.created_at) == (record.last_updated_at, record.updated_at)


def test_an_update_of_a_licence_stands_after_what_it_updates(serve: Serve, client: Client, wire: Wire) -> None:
    first = client(serve(answering(wire("lpt_page_first.json")))).transactions(None).transactions[0]
    update = (
        client(serve(answering(wire("lpt_page_update_cancelled.json")))).transactions("cont-000003").transactions[0]
    )

    assert isinstance(first, Transaction)
    assert isinstance(update, Transaction)
    assert (first.uuid, "cancelled", True) == (update.uuid, update.state, update.order > first.order)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2025-12-31T23:59:59.9999999Z", datetime(2025, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-09-30T22:00:00+02:00", datetime(2026, 9, 30, 20, tzinfo=UTC)),
        ("2026-09-30T22:00:00", datetime(2026, 9, 30, 22, tzinfo=UTC)),
        (None, None),
    ],
)
def test_an_instant_is_in_utc(said: str | None, read: datetime | None) -> None:
    record = Transaction.read({"uuid": "1", "last_updated_at": said})

    assert isinstance(record, Transaction)
    assert read == record.last_updated_at


@pytest.mark.parametrize(
    ("name", "status", "headers", "expected"),
    [
        ("error_response_429.json", 429, {"Retry_After": "7"}, Throttled),
        ("error_response_429_date.json", 429, {"Retry_After": "Mon, 02 Mar 2026 09:16:20 GMT"}, Throttled),
        ("error_response_500.json", 500, {}, Unavailable),
        ("error_response_forbidden.json", 403, {}, Forbidden),
    ],
)
def test_an_error_body_keeps_its_text(
    serve: Serve,
    client: Client,
    wire: Wire,
    *,
    name: str,
    status: int,
    headers: dict[str, str],
    expected: type[Exception],
) -> None:
    def script(got: Received) -> bytes:
        granted = http(b'{"access_token": "at-1"}')
        return granted if got.method == "POST" else http(wire(name), status=status, **headers)

    text = json.loads(wire(name))["error_message"]

    with pytest.raises(expected, match=text):
        client(serve(script)).transactions(None)


def test_every_wire_file_has_its_row_in_the_notes() -> None:
    notes = (WIRE / "README.md").read_text()

    assert [] == [path.name for path in Path(WIRE).glob("*.json") if f"`{path.name}`" not in notes]
