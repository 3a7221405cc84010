"""Every sample of this surface is read, and what we send looks like the samples of requests."""

import json
from pathlib import Path

import httpx
import pytest

from shared.errors import (
    Conflict,
    CredentialRefused,
    FleetError,
    Forbidden,
    Rejected,
    Throttled,
    Unavailable,
    Unreadable,
)
from shared.vendors.answers import Answer, read_json
from shared.vendors.trading_grid import records
from shared.vendors.trading_grid.paging import read_page
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.refusals import CredentialEnded, refusal
from shared.vendors.trading_grid.templates import fill_json
from shared.vendors.trading_grid.tokens import TokenAnswer

WIRE = Path(__file__).parents[2] / "wire/trading_grid/hal"

TOKENS = ("token_ok.json", "token_exchange_ok.json")
DOCUMENTS = ("file.json", "next_version.json")
PAGES = {
    "collection_page1.json": (2, True, 3),
    "collection_last_no_total.json": (1, False, None),
    "collection_empty.json": (0, False, None),
    "contents.json": (2, False, None),
}
REFUSALS: dict[str, tuple[int, type[FleetError], str]] = {
    "error_token_fault.json": (401, CredentialRefused, "'Invalid ApiKey', code 'oauth.v2.InvalidApiKey'"),
    "error_otds_expired_ticket.json": (400, CredentialEnded, "'Expired OTDS SSO ticket', code '1034'"),
    "error_cms_exception.json": (400, Rejected, "'The parameter name is mandatory'"),
    "error_conflict.json": (409, Conflict, "'An object with this name already exists in the folder'"),
    "error_exstream.json": (409, Conflict, "'Resource already exists', code '30005'"),
    "error_exstream_string_details.json": (500, Unavailable, "'Internal Server Error', code '500'"),
    "error_401_bearer.json": (401, CredentialRefused, "'The access token expired', code 'invalid_token'"),
    "error_412.json": (412, Conflict, "'etag does not match'"),
    "error_429.json": (429, Throttled, "'Rate limit quota violation', code 'policies.ratelimit.QuotaViolation'"),
    "assumed_transition_refused.json": (403, Forbidden, "'You are not authorized to change the status"),
}
REQUESTS = {
    "file_create_request.json": "create_document",
    "folder_create_request.json": "create_folder",
    "next_version_request.json": "add_version",
    "put_acl_request.json": "change_acl",
    "token_request.json": "token",
    "patch_request.json": "update_properties",
}
ALONE = ("folder.json", "blob_created.json", "blob_created_v2.json", "core_share_groups_page.json")
OF_NO_USE_YET = {
    "assumed_issue.json",
    "assumed_registration_request.json",
    "file_create_request_upper.json",
    "otds_ticket_ok.json",
    "otds_users_page.json",
    "publication_status.json",
    "put_parent_request.json",
    "workflow_claim_request.json",
    "workflow_complete_request.json",
    "workflow_tasks_empty.json",
    "workflow_tasks_page.json",
    "workspace_create_request.json",
    "workspace_created.json",
}


@pytest.fixture(params=["as it is", "with a member more"])
def is_extended(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with a member more")


def sample(name: str, *, is_extended: bool = False, status: int = 200) -> Answer:
    body = (WIRE / name).read_bytes()
    if is_extended:
        body = json.dumps({**json.loads(body), "new_in_a_later_release": {"a": [None]}}).encode()
    return Answer("sample", status, httpx.Headers({"content-type": "application/hal+json"}), body)


def test_each_sample_is_used_or_said_to_be_of_no_use() -> None:
    used = {*TOKENS, *DOCUMENTS, *PAGES, *REFUSALS, *REQUESTS, *ALONE, *OF_NO_USE_YET}

    assert used == {file.name for file in WIRE.glob("*.json")}


@pytest.mark.parametrize("name", TOKENS)
def test_token_answer_is_read(name: str, *, is_extended: bool) -> None:
    granted = read_json(sample(name, is_extended=is_extended), TokenAnswer)

    assert granted.access_token.get_secret_value().startswith("eyJ")
    assert granted.expires_in in {1000, 3600}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_read(profile: Profile, name: str, *, is_extended: bool) -> None:
    answer = sample(name, is_extended=is_extended)
    content = json.loads(answer.body)

    document = records.read_document(profile, content, answer).document

    assert (content["id"], content["etag"], content["version_no"]) == (document.id, document.etag, document.version_no)
    assert content["properties"] == document.properties
    assert content["properties"].get("external_key") == document.external_key
    assert document.visible  # its access list is not the one that admits nobody


def test_folder_is_read(profile: Profile, *, is_extended: bool) -> None:
    answer = sample("folder.json", is_extended=is_extended)

    folder = records.read_folder(profile, json.loads(answer.body), answer)

    assert ("Spring Campaign", "folder") == (folder.name, folder.kind)


@pytest.mark.parametrize(
    ("name", "at"),
    [("blob_created.json", ""), ("blob_created_v2.json", "entries.0.")],
)
def test_stored_blob_is_read_in_both_versions(profile: Profile, name: str, at: str, *, is_extended: bool) -> None:
    fields = profile.blob.model_copy(update={"id": f"{at}id", "size": f"{at}size", "mime_type": f"{at}mimeType"})
    answer = sample(name, is_extended=is_extended)

    blob = records.read_blob(profile.model_copy(update={"blob": fields}), json.loads(answer.body), answer)

    assert ("blob-0001", 6411, "image/jpeg") == (blob.id, blob.size, blob.mime_type)


@pytest.mark.parametrize(("name", "expected"), PAGES.items())
def test_page_is_read(
    profile: Profile, name: str, expected: tuple[int, bool, int | None], *, is_extended: bool
) -> None:
    page = read_page(profile.collections, sample(name, is_extended=is_extended))

    assert expected == (len(page.items), page.has_next, page.total)


def test_list_of_another_shape_is_not_an_empty_one(profile: Profile) -> None:
    with pytest.raises(Unreadable, match=r"neither _embedded\.collection nor page"):
        read_page(profile.collections, sample("core_share_groups_page.json"))


def test_next_link_with_nan_in_it_leads_nowhere(profile: Profile) -> None:
    content = json.loads((WIRE / "core_share_groups_page.json").read_bytes())
    content |= {"page": 1, "_embedded": {"collection": content["results"]}}

    page = read_page(profile.collections, Answer("sample", 200, httpx.Headers(), json.dumps(content).encode()))

    assert not page.has_next


@pytest.mark.parametrize(("name", "expected"), REFUSALS.items())
def test_refusal_is_read(
    profile: Profile, name: str, expected: tuple[int, type[FleetError], str], *, is_extended: bool
) -> None:
    status, error, said = expected

    read = refusal(profile, sample(name, is_extended=is_extended, status=status))

    assert error is type(read)
    assert said in str(read)


@pytest.mark.parametrize(
    "body", [b"", b"<html><h1>Bad</h1></html>", b"[1]", b"null", b'{"exception": {"a": 1}}', b"\xff"]
)
def test_refusal_of_an_unknown_shape_goes_by_its_status(profile: Profile, body: bytes) -> None:
    for status, error in ((400, Rejected), (404, Rejected), (409, Conflict), (502, Unavailable)):
        read = refusal(profile, Answer("sample", status, httpx.Headers(), body))

        assert isinstance(read, error)
        assert f"status {status}" in str(read)


def test_profile_can_give_a_status_another_meaning(profile: Profile) -> None:
    rules = [{"status": 404, "means": "forbidden"}, {"status": 409, "code": "30005", "means": "invalid"}]
    changed = Profile.model_validate({**profile.model_dump(), "statuses": rules})

    assert Forbidden is type(refusal(changed, sample("error_cms_exception.json", status=404)))
    assert Rejected is type(refusal(changed, sample("error_exstream.json", status=409)))
    assert Conflict is type(refusal(changed, sample("error_conflict.json", status=409)))


@pytest.mark.parametrize("name", ["folder_create_request.json", "next_version_request.json", "put_acl_request.json"])
def test_request_is_what_the_sample_shows(profile: Profile, name: str) -> None:
    shown = json.loads((WIRE / name).read_bytes())
    rendition = shown.get("renditions", [{}])[0]
    values = {
        "name": shown.get("name"),
        "parent": shown.get("parent_folder_id"),
        "blob": rendition.get("blob_id"),
        "mime_type": rendition.get("mime_type"),
        "size": rendition.get("content_size"),
        "acl": shown.get("id"),
    }
    operation = profile.operations.get(REQUESTS[name])
    assert operation is not None

    assert shown == fill_json(operation.body, values)


def test_create_request_is_what_the_sample_shows_and_says_more_of_the_file(profile: Profile) -> None:
    shown = json.loads((WIRE / "file_create_request.json").read_bytes())
    operation = profile.operations.create_document
    assert operation is not None

    sent = fill_json(
        operation.body,
        {
            "name": "plain_v1.jpg",
            "folder": shown["parent_folder_id"],
            "acl": shown["acl_id"],
            "properties": shown["properties"],
            "blob": "blob-0001",
            "mime_type": "image/jpeg",
            "size": 6411,
        },
    )

    shown["renditions"][0] |= {"mime_type": "image/jpeg", "content_size": 6411}
    shown.pop("traits")
    assert shown == sent


def test_no_sample_speaks_of_a_real_host() -> None:
    assert not [file.name for file in WIRE.glob("*.json") if "opentext.com" in file.read_text("utf-8")]
