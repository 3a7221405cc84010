"""The port's promises, over HTTP against the simulated host."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ops.sandbox.trading_grid.behaviour import Behaviour
from shared.errors import Conflict, Misconfigured, Rejected, Unavailable
from shared.vendors.faults import NotFound
from shared.vendors.trading_grid.operations import Operation
from shared.vendors.trading_grid.port import Blob, Document, Draft, Member, TradingGrid
from shared.vendors.trading_grid.profile import FolderAcl, Profile
from tests.vendors.trading_grid.conftest import Opening
from tests.vendors.trading_grid.world import Here

Changing = Callable[[Profile], Profile]


def as_built_in(profile: Profile) -> Profile:
    return profile


def with_property_filter(profile: Profile) -> Profile:
    return _with_operations(
        profile,
        find_documents=Operation(
            method="GET",
            path="/cms/instances/file/cms_file",
            query={"filter": "properties.external_key eq '{external_key}' and parent_folder_id eq '{folder}'"},
        ),
    )


def with_other_names(profile: Profile) -> Profile:
    """As a customer's own interface could be: other paths, members, parameters, quoting, and upper case."""
    create = profile.operations.create_document
    assert create is not None
    return _with_operations(
        profile.model_copy(
            update={
                "filter_quoting": "backslash",
                "collections": profile.collections.model_copy(
                    update={
                        "items": "data.items",
                        "page_parameter": "p",
                        "first_page": 0,
                        "total_parameter": None,
                        "page_size": 2,
                    }
                ),
                "document": profile.document.model_copy(
                    update={"properties": "meta.custom", "external_key": "fleet.key", "version_no": "version.number"}
                ),
                "blob": profile.blob.model_copy(update={"id": "entries.0.blobId", "size": "entries.0.size"}),
                "acl": profile.acl.model_copy(update={"staging": "only-us"}),
            }
        ),
        create_document=Operation(
            method="PUT",
            path="/docs/{folder}",
            body={"title": "{name}", "access": ["{acl}"], "file": {"ref": "{blob}"}, "custom": "{properties}"},
        ),
        list_members=Operation(method="GET", path="/communities/{space}/people"),
    )


def with_folder_access_lists(profile: Profile) -> Profile:
    acl = profile.acl.model_copy(update={"visible": FolderAcl(kind="parent_folder")})
    return profile.model_copy(update={"acl": acl})


def _with_operations(profile: Profile, **changed: Operation) -> Profile:
    return profile.model_copy(update={"operations": profile.operations.model_copy(update=changed)})


PROFILES: list[Changing] = [as_built_in, with_property_filter, with_other_names, with_folder_access_lists]


@pytest.fixture(params=PROFILES, ids=lambda change: change.__name__)
def anywhere(request: pytest.FixtureRequest, opened: Opening, profile: Profile) -> Here:
    """The world under each of the profiles."""
    changed: Profile = request.param(profile)
    return opened(changed)


def test_client_is_what_the_port_promises(here: Here) -> None:
    port: TradingGrid = here.client

    assert here.space.id in {space.id for space in port.list_spaces()}


def test_members_come_with_company_and_role(anywhere: Here) -> None:
    assert (Member("c1", "9", "Observer"),) == anywhere.client.list_members(anywhere.space.id)


def test_member_without_a_company_is_of_unknown_company(here: Here) -> None:
    here.host.directory.put_contact(replace(here.host.directory.contact("c1"), company_id=None))

    assert (Member("c1", None, "Observer"),) == here.client.list_members(here.space.id)


def test_every_page_of_spaces_is_listed(anywhere: Here) -> None:
    for n in range(5):
        anywhere.host.open_space(f"Space {n}")

    listed = list(anywhere.client.list_spaces())

    assert [space.id for space in anywhere.host.directory.spaces()] == [space.id for space in listed]


def test_folder_is_made_once_whatever_its_name_is(anywhere: Here) -> None:
    for name in ("Campaign", "L'Or\u00e9al 'Spring'", "a/b", "Caf\u0065\u0301", "x and name eq y"):
        assert anywhere.folder(name) == anywhere.folder(name)

    assert 5 == sum(folder.parent_id is not None for folder in anywhere.host.library.folders())


def test_new_document_is_seen_by_no_partner(anywhere: Here) -> None:
    document = anywhere.document()

    assert not document.visible
    assert [] == anywhere.host.views.changes("c1", after=0)


def test_document_is_found_by_our_key_although_its_name_changed(anywhere: Here) -> None:
    folder = anywhere.folder()
    others = [anywhere.document(f"other-{n}", name=f"{n}.jpg", folder=folder) for n in range(5)]
    made = anywhere.document("it's our key", folder=folder)
    renamed = anywhere.client.add_version(made, "renamed.jpg", anywhere.blob(b"second"))

    found = anywhere.client.find_documents(folder, "it's our key")

    assert (renamed,) == found
    assert others[0].id not in {document.id for document in found}


def test_two_documents_of_one_key_are_both_found(anywhere: Here) -> None:
    folder = anywhere.folder()
    twins = {anywhere.document("key", name=f"{n}.jpg", folder=folder).id for n in range(2)}

    assert twins == {document.id for document in anywhere.client.find_documents(folder, "key")}


def test_document_of_another_folder_is_not_found(anywhere: Here) -> None:
    anywhere.document("key", folder=anywhere.folder("One"))

    assert () == anywhere.client.find_documents(anywhere.folder("Two"), "key")


def test_shown_document_is_seen_by_members_and_hidden_one_is_not(anywhere: Here) -> None:
    document = anywhere.client.show(anywhere.document())
    assert document.visible

    hidden = anywhere.client.hide(document)

    assert not hidden.visible
    changes = [change.kind for change in anywhere.host.views.changes("c1", after=0)]
    assert ["appeared", "vanished"] == changes


def test_new_version_counts_up_and_keeps_key_and_properties(anywhere: Here) -> None:
    made = anywhere.document()

    second = anywhere.client.add_version(made, "logo v2.jpg", anywhere.blob(b"second picture"))

    assert (2, 14, "logo v2.jpg") == (second.version_no, second.size_bytes, second.name)
    assert made.external_key == second.external_key
    assert made.properties == second.properties


def test_changed_property_leaves_the_others(anywhere: Here) -> None:
    made = anywhere.document()

    changed = anywhere.client.update_properties(made, {"region": "EU"})

    assert {**made.properties, "region": "EU"} == changed.properties
    assert changed == anywhere.client.read_document(made.id)


def test_deleted_document_is_gone_and_deleting_it_again_is_fine(anywhere: Here) -> None:
    document = anywhere.document()

    anywhere.client.delete_document(document.id)
    anywhere.client.delete_document(document.id)

    assert anywhere.client.read_document(document.id) is None


@pytest.mark.parametrize("change", ["show", "hide", "add_version", "update_properties"])
def test_change_of_a_document_that_is_gone_is_a_conflict(here: Here, change: str) -> None:
    document, blob = here.document(), here.blob()
    here.client.delete_document(document.id)

    with pytest.raises(Conflict, match="gone"):
        _change(here, change, document, blob)


def _change(here: Here, change: str, document: Document, blob: Blob) -> None:
    match change:
        case "show":
            here.client.show(document)
        case "hide":
            here.client.hide(document)
        case "add_version":
            here.client.add_version(document, "x.jpg", blob)
        case _:
            here.client.update_properties(document, {"a": "b"})


def test_document_that_changed_since_it_was_checked_is_not_shown(here: Here) -> None:
    checked = here.document()
    here.client.update_properties(checked, {"valid_until": "2026-03-01"})

    with pytest.raises(Conflict, match="not as it was"):
        here.client.show(checked)

    assert [] == here.host.views.changes("c1", after=0)


def test_withdrawal_between_check_and_show_wins(here: Here) -> None:
    checked = here.document()
    here.client.hide(checked)  # hidden already, yet it moves the etag on

    with pytest.raises(Conflict, match="not as it was"):
        here.client.show(checked)


def test_show_is_refused_by_the_host_itself_where_it_honours_if_match(opened: Opening, profile: Profile) -> None:
    conditional = profile.model_copy(
        update={"concurrency": profile.concurrency.model_copy(update={"if_match": '"{etag}"'})}
    )
    here = opened(conditional, Behaviour(honours_if_match=True))
    document = here.document()
    stale = replace(document, etag=(document.etag or 0) - 1)

    with pytest.raises(Conflict, match="etag does not match"):
        here.client.update_properties(stale, {"a": "b"})

    assert not here.client.hide(stale).visible  # a withdrawal asks for no permission
    shown = here.client.show(here.client.hide(document))
    assert shown.visible


def test_hidden_document_that_is_shown_already_stays_as_it_is(here: Here) -> None:
    shown = here.client.show(here.document())

    assert shown == here.client.show(shown)


def test_name_that_the_folder_has_already_is_a_conflict_and_the_blob_stays_unseen(here: Here) -> None:
    here.document("one")

    with pytest.raises(Conflict, match="already exists"):
        here.document("two")

    assert 1 == len(here.host.library.orphans())


def test_property_that_is_no_text_is_read_as_its_json(here: Here) -> None:
    document = here.document()
    odd = {"count": 10, "share": 1.5, "is_new": True, "tags": ["a", "\u00e9"], "nothing": None}
    here.host.library.patch(document.id, odd, if_match=None)

    read = here.client.read_document(document.id)

    assert read is not None
    odd_texts = {"count": "10", "share": "1.5", "is_new": "true", "tags": '["a","\\u00e9"]'}
    assert {**document.properties, **odd_texts} == read.properties


def test_folder_whose_name_a_file_has_is_a_conflict(here: Here) -> None:
    here.document(name="Kit", folder=here.host.directory.space(here.space.id).folder_id)

    with pytest.raises(Conflict, match="already exists"):
        here.folder("Kit")


def test_operation_that_the_profile_does_not_have_cannot_run(opened: Opening, profile: Profile) -> None:
    features = profile.features.model_copy(update={"documents": False})
    operations = profile.operations.model_copy(update={"add_version": None})
    here = opened(profile.model_copy(update={"features": features, "operations": operations}))
    document, blob = here.document(), here.blob()

    with pytest.raises(Misconfigured, match=r"no operations\.add_version"):
        here.client.add_version(document, "x.jpg", blob)


def test_folder_is_looked_for_without_being_made_also_in_a_space_that_is_gone(here: Here) -> None:
    space = next(here.client.list_spaces())
    gone = replace(space, folder_id="00000000-0000-4000-8000-00000000dead")

    assert [None, None, None] == [
        here.client.find_folder(where, "Campaign") for where in (space, gone, replace(space, folder_id=""))
    ]
    made = here.client.ensure_folder(space, "Campaign")
    assert made == here.client.find_folder(space, "Campaign")


def test_folder_that_is_gone_is_a_conflict(here: Here) -> None:
    with pytest.raises(Conflict, match=r"folder .* is gone"):
        here.document(folder="00000000-0000-4000-8000-00000000dead")


def test_folder_that_a_person_removed_is_a_conflict_once_and_then_made_again(here: Here) -> None:
    folder = here.folder()
    gone = here.host.library._folders.pop(folder)
    del here.host.library._inside[str(gone.parent_id)][gone.name]

    with pytest.raises(Conflict, match=r"folder .* is gone"):
        here.client.find_documents(folder, "key-1")

    assert folder != here.folder()
    assert () == here.client.find_documents(here.folder(), "key-1")


def test_host_that_shows_new_documents_by_itself_has_them_hidden_at_once(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(obeys_acl_on_create=False))

    document = here.document()

    assert not document.visible


def test_document_that_cannot_be_hidden_is_removed_again(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(obeys_acl_on_create=False, obeys_acl_on_change=False))

    with pytest.raises(Conflict, match="was to be hidden and is not"):
        here.document()

    assert [] == here.host.library.documents()


def test_host_that_does_not_show_is_noticed(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(obeys_acl_on_change=False))
    document = here.document()

    with pytest.raises(Conflict, match="was to be shown and is not"):
        here.client.show(document)


def test_properties_that_a_version_lost_are_written_again(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(versions_inherit_properties=False))
    made = here.document()

    second = here.client.add_version(made, "second.jpg", here.blob(b"second"))

    assert made.properties == second.properties
    assert (second,) == here.client.find_documents(made.folder_id, "key-1")


def test_list_without_properties_does_not_hide_our_documents(opened: Opening) -> None:
    here = opened(behaviour=Behaviour(lists_show_properties=False))
    made = here.document()
    here.document("other", name="other.jpg")

    assert (made,) == here.client.find_documents(made.folder_id, "key-1")


def test_no_such_space_is_not_an_empty_one(here: Here) -> None:
    with pytest.raises(NotFound):
        here.client.list_members("00000000-0000-4000-8000-00000000dead")


def test_stored_bytes_are_the_sent_ones_and_their_size_is_told(here: Here) -> None:
    blob = here.client.store_blob(iter([b"abc", b"", b"def"]), name="x", mime_type="image/jpeg", length_bytes=None)

    assert (6, "image/jpeg") == (blob.size_bytes, blob.mime_type)
    assert b"abcdef" == here.host.library.blob(blob.id).path.read_bytes()


@pytest.mark.parametrize(
    ("content", "length_bytes", "mime_type", "error", "said"),
    [
        ([b"x" * 60], None, "image/jpeg", Rejected, "more than 50 bytes"),
        ([b"x"], 51, "image/jpeg", Rejected, "51 bytes; allowed: 50"),
        ([b"x"], 1, "text/html", Rejected, "text/html; allowed: image/*, application/pdf"),
        ([b"x"], 1, "text/plain\r\nX-Role: admin", Rejected, "not a media type"),
        ([b"x"], 1, "", Rejected, "not a media type"),
        ([b"x"], 2, "image/jpeg", Unavailable, "ended after 1 of 2 bytes"),
        ([b"xyz"], 2, "image/jpeg", Unavailable, "goes on after its announced 2 bytes"),
    ],
)
def test_file_that_is_too_large_of_a_wrong_type_or_broken_off_is_not_stored(  # noqa: PLR0917 - a table's columns
    opened: Opening,
    profile: Profile,
    content: list[bytes],
    length_bytes: int | None,
    mime_type: str,
    error: type[Exception],
    said: str,
) -> None:
    limits = profile.limits.model_copy(update={"max_file_bytes": 50, "allowed_types": ("image/*", "application/pdf")})
    here = opened(profile.model_copy(update={"limits": limits}))

    with pytest.raises(error, match=re.escape(said)):
        here.client.store_blob(iter(content), name="x.jpg", mime_type=mime_type, length_bytes=length_bytes)

    assert [] == here.host.library.orphans()


def test_memory_does_not_grow_with_the_file(opened: Opening, profile: Profile) -> None:
    limits = profile.limits.model_copy(update={"max_file_bytes": 100_000_000})
    here = opened(profile.model_copy(update={"limits": limits}))
    here.blob(b"warm up")
    chunk = bytes(64 * 1024)
    tracemalloc.start()

    blob = here.client.store_blob(iter([chunk] * 640), name="x", mime_type="video/mp4", length_bytes=None)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 640 * len(chunk) == blob.size_bytes
    assert peak_bytes < 8_000_000  # a fifth of the file; client and simulated host together


def test_fault_of_the_source_passes_through_an_upload(here: Here) -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise Unavailable("the download broke off")

    with pytest.raises(Unavailable, match="the download broke off"):
        here.client.store_blob(broken(), name="x", mime_type="image/jpeg", length_bytes=None)

    assert [] == here.host.library.orphans()


@pytest.mark.parametrize("space_id", ["42\r\nHost: evil", "", "..", "a\x00b"])
def test_id_that_could_leave_its_place_is_refused(here: Here, space_id: str) -> None:
    with pytest.raises(Rejected):
        here.client.list_members(space_id)


def test_hostile_name_reaches_the_host_as_a_harmless_one(here: Here) -> None:
    draft = Draft("key", 'ok.png"\r\nContent-Type: text/html\r\n\r\n<b>x', "image/png", {})

    document = here.client.create_document(here.folder("../.."), draft, here.blob())

    assert "ok.png___Content-Type_ text_html_____b_x" == document.name
    assert {None, "_"} == {f.name if f.parent_id else None for f in here.host.library.folders()} - {"Partner EU"} | {
        None
    }
