"""The host's state by itself: what many hands do to it at once, and that every view is what it should be."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.sandbox.clock import VirtualClock
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.refusals import NameTaken, Refused
from ops.sandbox.trading_grid.rows import Company, Contact, StoredBlob
from ops.sandbox.trading_grid.visibility import Seen
from shared.vendors.trading_grid.profile import Profile

PEOPLE = ("c1", "c2")


def open_host(profile: Profile, folder: Path) -> CommunityHost:
    host = CommunityHost(VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), profile, blob_folder=folder)
    host.directory.put_company(Company("9", "Partner"))
    for contact_id in PEOPLE:
        host.directory.put_contact(Contact(contact_id, contact_id, f"{contact_id}@example.com", "9", "x"))
    for name in ("One", "Two"):
        host.open_space(name, space_id=name)
    host.library.put_blob(StoredBlob("blob", folder / "blob", 3, "image/jpeg", "00"))
    return host


def make(host: CommunityHost, name: str, *, space_id: str = "One", acl_id: str = "acl-staging") -> str:
    folder_id = host.directory.space(space_id).folder_id
    document = host.library.make_document(
        name, folder_id=folder_id, acl_id=acl_id, blob_id="blob", properties={"external_key": name}
    )
    return document.id


def at_once(count: int, work: Callable[[], None]) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait(10)
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def test_of_many_hands_that_make_one_name_one_succeeds(profile: Profile, tmp_path: Path) -> None:
    host = open_host(profile, tmp_path)
    made: list[str] = []
    refused: list[Refused] = []

    def create() -> None:
        try:
            made.append(make(host, "logo.jpg"))
        except NameTaken as refusal:
            refused.append(refusal)

    at_once(8, create)

    assert (1, 7) == (len(made), len(refused))


def test_no_write_of_many_hands_is_lost(profile: Profile, tmp_path: Path) -> None:
    host = open_host(profile, tmp_path)
    host.directory.set_role("One", "c1", "Observer")
    document_id = make(host, "logo.jpg", acl_id="acl-members")

    def write() -> None:
        for n in range(50):
            host.library.patch(document_id, {"n": f"{threading.get_ident()}-{n}"}, if_match=None)

    at_once(4, write)

    assert 201 == host.library.document(document_id).etag
    sequence = [change.seq for change in host.views.changes("c1", after=0)]
    assert list(range(1, 202)) == sequence


steps = st.lists(
    st.tuples(
        st.sampled_from(["make", "show", "hide", "edit", "version", "move", "delete", "join", "leave"]),
        st.integers(0, 3),
        st.sampled_from(["One", "Two"]),
        st.sampled_from(PEOPLE),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_log_of_each_partner_leads_to_exactly_what_it_may_see(
    profile: Profile, tmp_path: Path, steps: list[tuple[str, int, str, str]]
) -> None:
    host = open_host(profile, tmp_path)
    documents: list[str] = []

    for action, number, space_id, contact_id in steps:
        if action == "make":
            documents.append(make(host, f"{len(documents)}.jpg", space_id=space_id, acl_id="acl-members"))
        elif action in {"join", "leave"}:
            host.directory.set_role(space_id, contact_id, "Editor" if action == "join" else None)
        elif number < len(documents) and host.library.find(documents[number]) is not None:
            change(host, action, documents[number], space_id)

    for contact_id in PEOPLE:
        expected = {
            document.id: (document.version_no, dict(document.properties), document.space_id)
            for document in host.library.documents()
            if document.acl_id == "acl-members" and contact_id in host.directory.space(document.space_id).roles
        }
        assert expected == {seen.document_id: _facts(seen) for seen in host.views.of(contact_id)}
        assert expected == replayed(host, contact_id)


def change(host: CommunityHost, action: str, document_id: str, space_id: str) -> None:
    if action in {"show", "hide"}:
        acl_id = "acl-members" if action == "show" else "acl-staging"
        host.library.set_acl(document_id, acl_id, if_match=None)
    elif action == "edit":
        etag = host.library.document(document_id).etag
        host.library.patch(document_id, {"edited": str(etag)}, if_match=None)
    elif action == "version":
        name = host.library.document(document_id).name
        host.library.add_version(document_id, name=name, blob_id="blob", if_match=None)
    elif action == "move":
        host.library.move(document_id, host.directory.space(space_id).folder_id, if_match=None)
    else:
        host.library.delete(document_id, if_match=None)


def replayed(host: CommunityHost, contact_id: str) -> dict[str, object]:
    view: dict[str, object] = {}
    for entry in host.views.changes(contact_id, after=0):
        if entry.kind == "vanished":
            del view[entry.seen.document_id]
        else:
            assert (entry.kind == "appeared") == (entry.seen.document_id not in view)
            view[entry.seen.document_id] = _facts(entry.seen)
    return view


def _facts(seen: Seen) -> tuple[int, dict[str, object], str]:
    return seen.version_no, dict(seen.properties), seen.space_id


@pytest.mark.parametrize("after", [-1, 0, 1, 2, 3, 99])
def test_changes_after_a_number_are_those_with_a_higher_one(profile: Profile, tmp_path: Path, after: int) -> None:
    host = open_host(profile, tmp_path)
    for contact_id in PEOPLE:
        host.directory.set_role("One", contact_id, "Observer")
    for name in ("a", "b"):
        make(host, name, acl_id="acl-members")

    everything = [change.seq for change in host.views.changes("c2", after=-5)]

    assert [seq for seq in everything if seq > after] == [c.seq for c in host.views.changes("c2", after=after)]
