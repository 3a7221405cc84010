"""What the marketing manager does reaches the feed, and she sees no more than the vendor shows."""

import base64

import httpx
import pytest

from shared.vendors.smintio.client import Smintio
from shared.vendors.smintio.models import Transaction

LICENCES = "/persona/manager/licences"


def feed(smintio: Smintio) -> list[Transaction]:
    return [record for record in smintio.transactions(None).transactions if isinstance(record, Transaction)]


def test_what_she_buys_is_in_the_feed_with_its_file(manager: httpx.Client, smintio: Smintio) -> None:
    purchase = {
        "name": {"en": "Grey lighthouse", "de": "Grauer Leuchtturm"},
        "keywords": ["coast"],
        "terms": [{"lists": {"restricted_geographies": ["europe_germany"]}, "valid_until": "2026-12-31T23:59:59Z"}],
    }

    bought = manager.post(LICENCES, json=purchase)
    (record,) = feed(smintio)
    (binary,) = smintio.binaries("3501", record.uuid)
    with smintio.open_binary(binary) as download:
        content = b"".join(download.chunks)

    assert (201, "79101", True) == (bought.status_code, record.uuid, record.can_be_synced)
    assert ["europe_germany"] == bought.json()["license_terms"][0]["restricted_geographies"]
    assert "2026-12-31T23:59:59Z" == bought.json()["license_terms"][0]["valid_until"]
    assert (b"\xff\xd8", "sandbox_79101_1.jpg") == (content[:2], binary.recommended_file_name)


def test_she_changes_metadata_and_terms(manager: httpx.Client, smintio: Smintio) -> None:
    manager.post(LICENCES, json={"name": "Lighthouse", "uuid": "1"})

    manager.patch(f"{LICENCES}/1", json={"name": "Grey lighthouse", "keywords": ["grey", "coast"]})
    manager.patch(f"{LICENCES}/1", json={"added_terms": [{"is_editorial_use": None}]})
    added = manager.get(f"{LICENCES}/1").json()
    replaced = manager.patch(
        f"{LICENCES}/1", json={"terms": [{"name": "Web"}], "members": {"can_be_synced": None, "state": "error"}}
    ).json()

    assert [1, 2] == [term["sequence_number"] for term in added["license_terms"]]
    assert [{"culture": "en", "value": "Grey lighthouse"}] == added["content_element"]["name"]
    assert ["grey", "coast"] == [each["metadata_element"]["name"] for each in added["content_element"]["keywords"]]
    assert (1, None, "error", 4) == (
        len(replaced["license_terms"]),
        replaced["can_be_synced"],
        replaced["state"],
        replaced["version"],
    )
    assert [4] == [record.version for record in feed(smintio)]


def test_she_cancels_and_the_licence_stays_listed(manager: httpx.Client, smintio: Smintio) -> None:
    manager.post(LICENCES, json={"name": "Lighthouse", "uuid": "1"})

    assert 200 == manager.post(f"{LICENCES}/1/cancel").status_code
    assert [("1", "cancelled")] == [(record.uuid, record.state) for record in feed(smintio)]


def test_she_replaces_a_file_by_one_of_her_own(manager: httpx.Client, smintio: Smintio) -> None:
    manager.post(LICENCES, json={"name": "Lighthouse", "uuid": "1"})
    own = {"content_base64": base64.b64encode(b"<svg/>").decode(), "media_type": "image/svg+xml"}

    manager.post(f"{LICENCES}/1/file", json=own)
    (binary,) = smintio.binaries("3501", "1")
    with smintio.open_binary(binary) as download:
        content = b"".join(download.chunks)

    assert (b"<svg/>", 2) == (content, binary.version)


def test_she_lists_what_there_is_page_by_page(manager: httpx.Client) -> None:
    for uuid in ("1", "2", "3"):
        manager.post(LICENCES, json={"name": "Lighthouse", "uuid": uuid})

    first = manager.get(LICENCES, params={"limit": 2}).json()
    rest = manager.get(LICENCES, params={"after": first["continuation"]}).json()

    assert (["1", "2"], ["3"]) == tuple([each["uuid"] for each in page["licences"]] for page in (first, rest))


def test_she_sees_what_the_feed_shows_and_no_more(manager: httpx.Client, smintio: Smintio) -> None:
    manager.post(LICENCES, json={"name": "Lighthouse", "uuid": "1"})

    seen = manager.get(f"{LICENCES}/1").json()

    assert feed(smintio)[0].raw.keys() == seen.keys()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", LICENCES, {"name": "again", "uuid": "1"}, 409),
        ("POST", LICENCES, {}, 422),
        ("POST", LICENCES, {"name": "x", "colour": "red"}, 422),
        ("POST", LICENCES, {"name": "x", "terms": [{"lists": {"restricted_geography": ["x"]}}]}, 422),
        ("POST", LICENCES, {"name": "x", "files": [{"kind": "exe"}]}, 422),
        ("POST", LICENCES, {"name": "x", "files": [{"content_base64": "%"}]}, 422),
        ("GET", f"{LICENCES}/2", None, 404),
        ("PATCH", f"{LICENCES}/2", {"name": "x"}, 404),
        ("POST", f"{LICENCES}/2/cancel", None, 404),
        ("POST", f"{LICENCES}/1/file", {"uuid": "9"}, 404),
        ("GET", f"{LICENCES}?after=nonsense", None, 404),
    ],
)
def test_what_makes_no_sense_is_refused(
    manager: httpx.Client, *, method: str, path: str, body: object, status: int
) -> None:
    manager.post(LICENCES, json={"name": "Lighthouse", "uuid": "1"})

    assert status == manager.request(method, path, json=body).status_code


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer sandbox-client-secret"}, {"Authorization": "Basic x"}]
)
def test_nobody_else_may_act_as_the_manager(browser: httpx.Client, headers: dict[str, str]) -> None:
    asked = [browser.get(LICENCES, headers=headers), browser.post(LICENCES, json={"name": "x"}, headers=headers)]

    assert [401, 401] == [answer.status_code for answer in asked]
