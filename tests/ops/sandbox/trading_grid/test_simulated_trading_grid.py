"""The simulated host does what the dossier says (10.2) and answers in the shape of the samples."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from ops.sandbox.trading_grid.behaviour import Behaviour
from tests.vendors.trading_grid.conftest import Opening
from tests.vendors.trading_grid.world import Here

WIRE = Path(__file__).parents[3] / "wire/trading_grid/hal"
FILES = "/cms/instances/file/cms_file"
FOLDERS = "/cms/instances/folder/cms_folder"


def proof(here: Here) -> dict[str, str]:
    token = here.simulated.office.grant("fleet")
    return {"Authorization": f"Bearer {token}"}


def shape(content: object) -> object:
    """Return members and types; of a list the first item's; of names that the customer makes up, none."""
    if isinstance(content, Mapping):
        return {
            name: {} if name in {"properties", "traits"} else shape(value) for name, value in sorted(content.items())
        }
    if isinstance(content, list):
        return [shape(content[0])] if content else []
    return type(content).__name__


def sample(name: str) -> object:
    content: object = json.loads((WIRE / name).read_bytes())
    return content


def ask_for_token(here: Here, **form: str) -> httpx.Response:
    asked = {"grant_type": "client_credentials", "client_id": "fleet", **form}
    return here.http.post("/tenants/sandbox/oauth2/token", data=asked)


SHAPES: dict[str, Callable[[Here], httpx.Response]] = {
    "token_ok.json": lambda here: ask_for_token(here, client_secret="sandbox-client-secret"),
    "error_token_fault.json": lambda here: ask_for_token(here, client_secret="wrong"),
    "error_401_bearer.json": lambda here: here.http.get("/ac/spaces", headers={"Authorization": "Bearer old"}),
    "file.json": lambda here: here.http.get(f"{FILES}/{here.document().id}", headers=proof(here)),
    "folder.json": lambda here: here.http.get(f"{FOLDERS}/{here.folder()}", headers=proof(here)),
    "blob_created.json": lambda here: here.http.post("/v3/files/fromStream", content=b"abc", headers=proof(here)),
    "collection_empty.json": lambda here: here.http.get(f"{FOLDERS}/{here.folder()}/items", headers=proof(here)),
    "error_conflict.json": lambda here: here.http.post(
        FOLDERS, json={"name": "Campaign", "parent_folder_id": _parent(here)}, headers=proof(here)
    ),
    "error_cms_exception.json": lambda here: here.http.post(FOLDERS, json={"name": ""}, headers=proof(here)),
}


def _parent(here: Here) -> str | None:
    return here.host.library.folder(here.folder()).parent_id


@pytest.mark.parametrize(("name", "ask"), SHAPES.items(), ids=SHAPES)
def test_answer_has_the_members_and_types_of_the_sample(
    here: Here, name: str, ask: Callable[[Here], httpx.Response]
) -> None:
    assert shape(sample(name)) == shape(ask(here).json())


def test_new_version_has_the_members_and_types_of_the_sample(here: Here) -> None:
    document, blob = here.document(), here.blob(b"second")
    body = {"name": "v2.jpg", "renditions": [{"blob_id": blob.id}]}

    answer = here.http.post(f"{FILES}/{document.id}/nextVersion", json=body, headers=proof(here))

    assert 201 == answer.status_code
    assert shape(sample("next_version.json")) == shape(answer.json())


def test_first_and_last_page_have_the_members_and_types_of_the_samples(here: Here) -> None:
    folder = here.folder()
    for n in range(3):
        here.document(f"key-{n}", name=f"{n}.jpg", folder=folder)
    items = f"{FOLDERS}/{folder}/items"

    first = here.http.get(f"{items}?page=1&items-per-page=2&include-total=true", headers=proof(here))
    last = here.http.get(f"{items}?page=2&items-per-page=2", headers=proof(here))

    assert shape(sample("collection_page1.json")) == shape(first.json())
    assert shape(sample("collection_last_no_total.json")) == shape(last.json())
    following = here.http.get(first.json()["_links"]["next"]["href"], headers=proof(here))
    assert last.json()["_embedded"] == following.json()["_embedded"]


def test_ten_items_come_without_asking_and_never_more_than_the_host_allows(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(largest_page=15))
    for n in range(20):
        here.host.open_space(f"Space {n}")

    usual = here.http.get("/ac/spaces", headers=proof(here)).json()
    most = here.http.get("/ac/spaces?items-per-page=1000", headers=proof(here)).json()

    assert (10, 10) == (len(usual["_embedded"]["collection"]), usual["itemsPerPage"])
    assert (15, 15) == (len(most["_embedded"]["collection"]), most["itemsPerPage"])


@pytest.mark.parametrize(
    "path",
    [
        "/ac/spaces?page=0",
        "/ac/spaces?page=one",
        f"{FOLDERS}?filter=name ne 'x'",
        f"{FOLDERS}?filter=name eq 'x' or name eq 'y'",
        f"{FOLDERS}?filter=name eq 'L'Oreal'",
        f"{FOLDERS}?sortby=secret asc",
        f"{FOLDERS}?sortby=name",
    ],
)
def test_question_that_is_not_understood_is_refused_with_a_reason(here: Here, path: str) -> None:
    answer = here.http.get(path, headers=proof(here))

    assert 400 == answer.status_code
    assert {"exception"} == set(answer.json())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/ac/spaces"), ("GET", "/v3/files/blob-0001/stream"), ("POST", "/v3/files/fromStream"), ("POST", FILES)],
)
def test_nobody_enters_without_a_token(here: Here, method: str, path: str) -> None:
    answer = here.http.request(method, path)

    assert 401 == answer.status_code
    assert 'Bearer error="invalid_token"' == answer.headers["WWW-Authenticate"]


def test_tokens_are_given_at_both_addresses_and_end(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(token_lifetime_seconds=0))
    asked = {"grant_type": "client_credentials", "client_id": "fleet", "client_secret": "sandbox-client-secret"}

    granted = here.http.post("/otdstenant/sandbox/oauth2/token", json=asked).json()

    assert 0 == granted["expires_in"]
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert 401 == here.http.get("/ac/spaces", headers=bearer).status_code


def test_each_write_counts_the_etag_up_and_reading_does_not(here: Here) -> None:
    document = here.document()
    own, headers = f"{FILES}/{document.id}", proof(here)

    etags = [
        here.http.get(own, headers=headers).json()["etag"],
        here.http.patch(own, json={"properties": {"a": "b"}}, headers=headers).json()["etag"],
        here.http.put(f"{own}/acl", json={"id": "acl-members"}, headers=headers).json()["etag"],
        here.http.get(own, headers=headers).json()["etag"],
    ]

    assert [1, 2, 3, 3] == etags


def test_stale_if_match_is_ignored_unless_switched_on(opened: Opening) -> None:
    for honours, status in ((False, 200), (True, 412)):
        here = opened(behaviour=Behaviour(honours_if_match=honours))
        own = f"{FILES}/{here.document().id}"

        answer = here.http.put(f"{own}/acl", json={"id": "acl-members"}, headers={**proof(here), "If-Match": '"7"'})

        assert status == answer.status_code


def test_document_can_be_moved_unless_the_name_is_taken_there(here: Here) -> None:
    one, two = here.folder("One"), here.folder("Two")
    document = here.document(folder=one)
    own, headers = f"{FILES}/{document.id}/parent", proof(here)

    moved = here.http.put(own, json={"id": two}, headers=headers)
    here.document("other", folder=one)
    refused = here.http.put(own, json={"id": one}, headers=headers)

    assert two == moved.json()["parent_folder_id"]
    assert 409 == refused.status_code


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x.jpg"},
        {"name": "x.jpg", "parent_folder_id": "FOLDER", "acl_id": "acl-staging", "renditions": [{"blob_id": "none"}]},
        {"name": "x.jpg", "parent_folder_id": "FOLDER", "acl_id": "acl-none", "renditions": [{"blob_id": "BLOB"}]},
        {"name": "x.jpg", "parent_folder_id": "none", "acl_id": "acl-staging", "renditions": [{"blob_id": "BLOB"}]},
        [],
        None,
    ],
)
def test_incomplete_document_is_refused_and_nothing_is_made(here: Here, body: object) -> None:
    text = json.dumps(body).replace("FOLDER", here.folder()).replace("BLOB", here.blob().id)

    answer = here.http.post(FILES, content=text, headers=proof(here))

    assert answer.status_code in {400, 404}
    assert [] == here.host.library.documents()


def test_upload_that_is_too_large_is_refused_and_not_kept(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(max_upload_bytes=10))

    answer = here.http.post("/v3/files/fromStream", content=b"x" * 11, headers=proof(here))

    assert 413 == answer.status_code
    assert [] == here.host.library.orphans()


def test_bytes_that_no_document_names_are_orphans_until_one_does(here: Here) -> None:
    blob = here.blob(b"abc")
    orphans = here.http.get("/__sandbox/trading_grid/orphans").json()["blobs"]
    assert [(blob.id, 3)] == [(orphan["id"], orphan["size_bytes"]) for orphan in orphans]

    here.document()

    assert [blob.id] == [orphan.id for orphan in here.host.library.orphans()]


def test_media_link_gives_the_bytes_to_the_account(here: Here) -> None:
    document = here.http.get(f"{FILES}/{here.document().id}", headers=proof(here)).json()

    link = document["_links"]["urn:eim:linkrel:download-media"]["href"]

    assert b"picture" == here.http.get(link, headers=proof(here)).content


def test_whatever_is_assumed_is_owned_up_to(here: Here) -> None:
    assumptions = here.http.get("/__sandbox/assumptions").json()

    assert "0.2 F2, 8.2" in {one["section"] for one in assumptions if one["vendor"] == "trading_grid"}
