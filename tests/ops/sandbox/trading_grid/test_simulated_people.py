"""What partners see of the simulated host, and what its administrator does."""

from datetime import timedelta

import pytest

from tests.vendors.trading_grid.world import PASSWORD, Here

SAM = "sam@other.example.com"
KIM = "kim@acme.example.com"


def changes(here: Here, proof: dict[str, str], *, after: int = 0) -> list[dict[str, object]]:
    found: list[dict[str, object]] = here.http.get(f"/persona/partner/changes?after={after}", headers=proof).json()[
        "changes"
    ]
    return found


def test_partner_sees_what_is_shown_in_spaces_it_is_a_member_of(here: Here) -> None:
    here.host.open_space("Partner US")
    shown = here.client.show(here.document())
    here.document("hidden", name="hidden.jpg")
    alex = here.log_in()

    spaces = here.http.get("/persona/partner/spaces", headers=alex).json()["spaces"]
    documents = here.http.get(f"/persona/partner/spaces/{here.space.id}/documents", headers=alex).json()["documents"]

    assert [{"id": here.space.id, "name": "Partner EU", "role": "Observer"}] == spaces
    assert [shown.id] == [document["id"] for document in documents]
    seen = documents[0]
    assert ("key-1", "logo.jpg", 1, 7, "Campaign") == tuple(
        seen[name] for name in ("external_key", "name", "version_no", "size_bytes", "folder")
    )
    assert dict(shown.properties) == seen["properties"]


def test_partner_gets_the_bytes_of_what_it_sees_and_of_nothing_else(here: Here) -> None:
    document = here.client.show(here.document())
    alex, sam = here.log_in(), here.log_in(SAM)
    content = f"/persona/partner/documents/{document.id}/content"

    assert b"picture" == here.http.get(content, headers=alex).content
    assert 404 == here.http.get(content, headers=sam).status_code
    assert 404 == here.http.get(f"/persona/partner/spaces/{here.space.id}/documents", headers=sam).status_code

    here.client.hide(document)

    assert 404 == here.http.get(content, headers=alex).status_code


def test_every_change_of_a_view_is_in_the_log_with_its_time(here: Here) -> None:
    alex, minute = here.log_in(), timedelta(minutes=1)
    start = here.sandbox.clock.now()
    document = here.client.show(here.document())
    here.sandbox.clock.advance(minute)
    document = here.client.update_properties(document, {"valid_until": "2026-06-30"})
    here.sandbox.clock.advance(minute)
    document = here.client.add_version(document, "logo.jpg", here.blob(b"second"))
    here.sandbox.clock.advance(minute)
    here.client.delete_document(document.id)

    log = changes(here, alex)

    assert ["appeared", "edited", "versioned", "vanished"] == [change["change"] for change in log]
    times = [(start + n * minute).isoformat(timespec="microseconds") for n in range(4)]
    assert times == [change["at"] for change in log]
    assert [1, 1, 2, 2] == [change["document"]["version_no"] for change in log]  # type: ignore[index]  # JSON
    sequence = [int(str(change["seq"])) for change in log]
    assert sorted(set(sequence)) == sequence


def test_log_goes_on_where_an_observer_left_it(here: Here) -> None:
    alex = here.log_in()
    document = here.client.show(here.document())
    answer = here.http.get("/persona/partner/changes", headers=alex).json()

    assert [] == changes(here, alex, after=answer["last"])
    here.client.hide(document)

    assert ["vanished"] == [change["change"] for change in changes(here, alex, after=answer["last"])]


def test_write_that_changes_nothing_for_a_partner_is_not_in_its_log(here: Here) -> None:
    alex = here.log_in()
    hidden = here.document()
    here.client.update_properties(hidden, {"a": "b"})
    here.client.show(here.client.hide(hidden))
    before = changes(here, alex)

    here.client.update_properties(here.client.find_documents(hidden.folder_id, "key-1")[0], {"a": "b"})

    assert ["appeared"] == [change["change"] for change in before]
    assert before == changes(here, alex)


def test_new_member_sees_what_is_shown_and_a_former_one_does_not(here: Here) -> None:
    here.client.show(here.document())
    kim, sam = here.log_in(KIM), here.log_in(SAM)
    members = f"/persona/administrator/spaces/{here.space.id}/members"

    added = here.http.post(members, json={"contact_id": "c2"}, headers=kim)
    assert {"c1", "c2"} == {member.id for member in here.client.list_members(here.space.id)}
    removed = here.http.delete(f"{members}/c2", headers=kim)

    assert (201, 204) == (added.status_code, removed.status_code)
    assert ["appeared", "vanished"] == [change["change"] for change in changes(here, sam)]
    assert {"c1"} == {member.id for member in here.client.list_members(here.space.id)}


def test_change_of_members_moves_the_etag_of_the_space(here: Here) -> None:
    before = next(here.client.list_spaces())

    here.host.directory.set_role(here.space.id, "c2", "Editor")

    after = next(here.client.list_spaces())
    assert (before.etag or 0) + 1 == after.etag


@pytest.mark.parametrize(
    ("email", "password", "status"),
    [
        ("alex@partner.example.com", PASSWORD, 200),
        ("ALEX@partner.example.com", PASSWORD, 200),
        ("alex@partner.example.com", "wrong", 401),
        ("nobody@partner.example.com", PASSWORD, 401),
    ],
)
def test_people_log_in_with_their_password(here: Here, email: str, password: str, status: int) -> None:
    assert status == here.http.post("/persona/login", json={"email": email, "password": password}).status_code


def test_partner_is_no_administrator_and_a_stranger_is_nobody(here: Here) -> None:
    members = f"/persona/administrator/spaces/{here.space.id}/members"

    assert 403 == here.http.post(members, json={"contact_id": "c2"}, headers=here.log_in()).status_code
    assert 401 == here.http.get("/persona/partner/spaces").status_code
    assert 401 == here.http.get("/ac/spaces", headers=here.log_in()).status_code


@pytest.mark.parametrize(
    ("membership", "status"),
    [({"contact_id": "none"}, 404), ({"contact_id": "c2", "role": "Owner"}, 400), ({"role": "Editor"}, 422)],
)
def test_impossible_membership_is_refused(here: Here, membership: dict[str, str], status: int) -> None:
    members = f"/persona/administrator/spaces/{here.space.id}/members"

    answer = here.http.post(members, json=membership, headers=here.log_in(KIM))

    assert status == answer.status_code
    assert {"c1"} == set(here.host.directory.space(here.space.id).roles)
