"""Whatever a host answers, the client returns or raises an error with a name."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue, SecretStr

from shared.errors import FleetError, Unavailable
from shared.settings import TradingGridSettings
from shared.vendors.trading_grid.hal import HalTradingGrid
from shared.vendors.trading_grid.port import Blob, Document, Draft, Space
from shared.vendors.trading_grid.profile_files import load_profile
from tests.vendors.trading_grid.canned import Canned, CannedServer, Received, canned

WIRE = Path(__file__).parents[2] / "wire/trading_grid/hal"
FOLDER = "00000000-0000-4000-8000-00000000f001"
FILE = "00000000-0000-4000-8000-00000000f101"
SPACE = Space("s1", "Partner EU", "00000000-0000-4000-8000-00000000f000")
BLOB = Blob("blob-0001", 6411, "image/jpeg")
DOCUMENT = Document(FILE, "key", "plain_v1.jpg", FOLDER, 1, 6411, "image/jpeg", 3, visible=True, properties={"a": "b"})


def wire(name: str, **others: JsonValue) -> JsonValue:
    content: JsonValue = {**json.loads((WIRE / name).read_bytes()), **others}
    return content


def page_of(item: JsonValue) -> JsonValue:
    return {"_embedded": {"collection": [item]}, "_links": {}, "page": 1, "itemsPerPage": 10, "total": 1}


GOOD: dict[str, JsonValue] = {
    "GET /ac/spaces": page_of({"id": "s1", "name": "Partner EU", "root_folder": {"id": FOLDER}, "etag": 1}),
    "GET /ac/spaces/s1/members": page_of({"id": "c1", "company_id": "9", "role": "Observer"}),
    "GET /cms/instances/folder/cms_folder": page_of(wire("folder.json")),
    "POST /cms/instances/folder/cms_folder": wire("folder.json"),
    f"GET /cms/instances/folder/cms_folder/{FOLDER}/items": wire("collection_last_no_total.json"),
    "POST /v3/files/fromStream": wire("blob_created.json"),
    "POST /cms/instances/file/cms_file": wire("file.json", acl_id="acl-staging"),
    f"GET /cms/instances/file/cms_file/{FILE}": wire("file.json", acl_id="acl-members"),
    f"POST /cms/instances/file/cms_file/{FILE}/nextVersion": wire("next_version.json"),
}

OPERATIONS: dict[str, Callable[[HalTradingGrid], object]] = {
    "list_spaces": lambda client: list(client.list_spaces()),
    "list_members": lambda client: client.list_members("s1"),
    "ensure_folder": lambda client: client.ensure_folder(SPACE, "Spring Campaign"),
    "find_documents": lambda client: client.find_documents(FOLDER, "smintio:acme:79001:1"),
    "store_blob": lambda client: client.store_blob(
        iter([b"x" * 6411]), name="x", mime_type="image/jpeg", length_bytes=6411
    ),
    "create_document": lambda client: client.create_document(FOLDER, Draft("key", "x.jpg", "image/jpeg"), BLOB),
    "add_version": lambda client: client.add_version(DOCUMENT, "x.jpg", BLOB),
    "update_properties": lambda client: client.update_properties(DOCUMENT, {"valid_until": "2026-12-31"}),
    "show": lambda client: client.show(DOCUMENT),
    "hide": lambda client: client.hide(DOCUMENT),
    "delete_document": lambda client: client.delete_document(FILE),
    "read_document": lambda client: client.read_document(FILE),
}

values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["\ud83d", "http://127.0.0.1:1/x", "//", "\r\nX: y", "NaN", 10**400]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)),
    max_leaves=4,
)
statuses = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 412, 422, 429, 500, 502, 503, 504])


@st.composite
def mutated(draw: st.DrawFn, content: JsonValue) -> JsonValue:
    """Replace, remove or add one member somewhere."""
    if isinstance(content, dict) and content and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(content)))
        action = draw(st.sampled_from(["deeper", "deeper", "remove", "add"]))
        rest = {name: value for name, value in content.items() if name != key}
        if action == "remove":
            return rest
        if action == "add":
            return {**content, draw(st.text(max_size=4)): draw(values)}
        return {**rest, key: draw(mutated(content[key]))}
    if isinstance(content, list) and content and draw(st.booleans()):
        return [draw(mutated(content[0])), *content[1:], *(content if draw(st.booleans()) else [])]
    return draw(values)


@st.composite
def answers(draw: st.DrawFn, content: JsonValue) -> Canned:
    status = draw(st.one_of(st.just(200), st.just(200), statuses))
    body = json.dumps(draw(st.one_of(mutated(content), st.just(content)))).encode()
    if draw(st.integers(0, 9)) == 0:
        body = draw(st.one_of(st.binary(max_size=20), st.just(body[: len(body) // 2])))
    return Canned(status, b"" if status == 204 else body)


@pytest.fixture(scope="module")
def server() -> Iterator[CannedServer]:
    with canned(good) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: CannedServer) -> Iterator[HalTradingGrid]:
    account = TradingGridSettings(
        profile="ac_hal_json",
        base_url=server.url,
        tenant_id="acme",
        client_id="svc",
        client_secret=SecretStr("marker-secret"),
        hub_company="1",
        request_timeout=timedelta(seconds=5),
    )
    opened = HalTradingGrid(account, load_profile("ac_hal_json"))
    yield opened
    opened.close()


def good(received: Received) -> Canned:
    content = GOOD.get(f"{received.method} {received.target.partition('?')[0]}")
    return Canned(200, b"{}" if content is None else json.dumps(content).encode())


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_answer_leads_to_a_result_or_to_an_error_with_a_name(
    server: CannedServer, client: HalTradingGrid, operation: str, data: st.DataObject
) -> None:
    drawn: dict[str, Canned] = {}

    def answer(received: Received) -> Canned:
        asked = f"{received.method} {received.target.partition('?')[0]}"
        return drawn.get(asked) or good(received)

    for asked, content in GOOD.items():
        if data.draw(st.booleans()):
            drawn[asked] = data.draw(answers(content))
    server.answer = answer

    with suppress(FleetError):
        OPERATIONS[operation](client)


def test_undisturbed_answers_lead_to_results(server: CannedServer, client: HalTradingGrid) -> None:
    server.answer = good

    results = {name: call(client) for name, call in OPERATIONS.items() if name not in {"hide", "add_version"}}

    assert ["delete_document"] == [name for name, result in results.items() if not result]


def test_store_that_kept_another_number_of_bytes_is_not_believed(server: CannedServer, client: HalTradingGrid) -> None:
    server.answer = lambda _: Canned(201, json.dumps(wire("blob_created.json", size=6410)).encode())

    with pytest.raises(Unavailable, match="6411 bytes were sent, 6410 were stored"):
        OPERATIONS["store_blob"](client)
