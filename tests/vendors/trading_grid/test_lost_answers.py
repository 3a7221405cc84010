"""What the client makes of answers that never came, came broken, or came late."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from ops.sandbox.faults import Fault, Kind
from shared.errors import Ambiguous, Conflict, FleetError, Forbidden, Throttled, Unavailable
from shared.vendors.trading_grid.hal import HalTradingGrid
from shared.vendors.trading_grid.port import Blob, Document, Draft
from tests.vendors.trading_grid.world import Here

LATE_SECONDS = 2.0  # enough for a busy machine to look at the host between time-out and arrival


@pytest.fixture
def impatient(here: Here) -> Iterator[HalTradingGrid]:
    """A client that gives up long before LATE_SECONDS."""
    client = HalTradingGrid(here.settings(request_timeout=timedelta(seconds=0.5)), here.profile)
    yield client
    client.close()


def create(here: Here, folder: str, blob: Blob) -> Document:
    return here.client.create_document(folder, Draft("key", "logo.jpg", "image/jpeg"), blob)


def test_create_whose_answer_is_lost_is_ambiguous_and_found_exactly_once(here: Here) -> None:
    folder, blob = here.folder(), here.blob()
    here.fault("create_document", Kind.APPLIED_THEN_SILENT, seconds=0)

    with pytest.raises(Ambiguous):
        create(here, folder, blob)

    found = here.client.find_documents(folder, "key")
    assert ["key"] == [document.external_key for document in found]
    assert not found[0].visible


@pytest.mark.parametrize(
    ("operation", "write"),
    [
        ("add_version", lambda here, document, blob: here.client.add_version(document, "v2.jpg", blob)),
        ("update_properties", lambda here, document, _: here.client.update_properties(document, {"a": "b"})),
        ("change_acl", lambda here, document, _: here.client.show(document)),
        ("change_acl", lambda here, document, _: here.client.hide(document)),
        ("delete_document", lambda here, document, _: here.client.delete_document(document.id)),
    ],
)
@pytest.mark.parametrize("kind", [Kind.APPLIED_THEN_SILENT, Kind.RESET])
def test_write_without_a_whole_answer_is_ambiguous(
    here: Here, operation: str, write: Callable[[Here, Document, Blob], object], kind: Kind
) -> None:
    document, blob = here.document(), here.blob(b"second")
    here.fault(operation, kind, seconds=0)

    with pytest.raises(Ambiguous):
        write(here, document, blob)


def test_create_whose_answer_is_cut_short_is_ambiguous(here: Here) -> None:
    folder, blob = here.folder(), here.blob()
    here.fault("create_document", Kind.TRUNCATED)

    with pytest.raises(Ambiguous):
        create(here, folder, blob)


def test_upload_whose_answer_is_lost_can_be_sent_again(here: Here) -> None:
    here.fault("store_blob", Kind.APPLIED_THEN_SILENT, seconds=0)

    with pytest.raises(Unavailable):
        here.blob()

    assert here.document().external_key == "key-1"
    assert 1 == len(here.host.library.orphans())


@pytest.mark.parametrize(
    "kind", [Kind.RESET, Kind.TRUNCATED, Kind.BAD_GATEWAY, Kind.LOGIN_PAGE, Kind.EMPTY, Kind.ERROR]
)
@pytest.mark.parametrize("operation", ["find_documents", "list_spaces", "list_members"])
def test_list_that_cannot_be_read_is_never_an_empty_one(here: Here, operation: str, kind: Kind) -> None:
    document = here.document()
    reading: dict[str, Callable[[], object]] = {
        "find_documents": lambda: here.client.find_documents(document.folder_id, "key-1"),
        "list_spaces": lambda: list(here.client.list_spaces()),
        "list_members": lambda: here.client.list_members(here.space.id),
    }
    here.fault(operation, kind)

    with pytest.raises(Unavailable):
        reading[operation]()

    assert (document,) == here.client.find_documents(document.folder_id, "key-1")


def test_page_that_is_refused_in_the_middle_ends_the_list_with_an_error(here: Here) -> None:
    for n in range(120):
        here.host.open_space(f"Space {n}")
    listed = here.client.list_spaces()
    next(listed)
    here.fault("list_spaces", Kind.FORBIDDEN)

    with pytest.raises(Forbidden):
        list(listed)


@pytest.mark.parametrize(
    ("fault", "error", "waits"),
    [
        ({"kind": Kind.THROTTLED, "retry_after": "seconds", "seconds": 7}, Throttled, timedelta(seconds=7)),
        ({"kind": Kind.THROTTLED, "retry_after": "date", "seconds": 7}, Throttled, timedelta(seconds=7)),
        ({"kind": Kind.THROTTLED, "retry_after": "none"}, Throttled, None),
        ({"kind": Kind.FORBIDDEN}, Forbidden, None),
    ],
)
def test_refusal_of_a_write_tells_what_to_do(
    here: Here, fault: dict[str, object], error: type[FleetError], waits: timedelta | None
) -> None:
    folder, blob = here.folder(), here.blob()
    here.sandbox.faults.inject(_fault(operation="create_document", **fault))

    with pytest.raises(error) as refusal:
        create(here, folder, blob)

    assert waits == getattr(refusal.value, "retry_after", None)
    assert [] == here.host.library.documents()


def _fault(**members: object) -> Fault:
    return Fault.model_validate({"vendor": "trading_grid", "count": 1, **members})


def test_create_that_arrives_after_its_sender_gave_up_is_invisible(here: Here, impatient: HalTradingGrid) -> None:
    folder, blob = here.folder(), here.blob()
    here.fault("create_document", Kind.LATENCY, seconds=LATE_SECONDS)

    with pytest.raises(Ambiguous):
        impatient.create_document(folder, Draft("key", "logo.jpg", "image/jpeg"), blob)

    assert {"create_document": 1} == here.simulated.log.in_flight()
    _wait_until(lambda: here.simulated.log.in_flight() == {})
    assert [False] == [document.visible for document in here.client.find_documents(folder, "key")]


def test_show_that_arrives_after_the_withdrawal_shows_nothing(here: Here, impatient: HalTradingGrid) -> None:
    document = here.document()
    here.fault("change_acl", Kind.LATENCY, seconds=LATE_SECONDS)
    with pytest.raises(Ambiguous):
        impatient.show(document)

    here.client.delete_document(document.id)

    _wait_until(lambda: here.simulated.log.in_flight() == {})
    assert [] == here.host.views.changes("c1", after=0)
    with pytest.raises(Conflict):
        here.client.show(document)


def test_two_hands_that_make_one_folder_get_the_same(here: Here) -> None:
    space = next(here.client.list_spaces())
    here.fault("create_folder", Kind.LATENCY, seconds=0.3, count=2)
    made: list[str] = []
    hands = [threading.Thread(target=lambda: made.append(here.client.ensure_folder(space, "Campaign"))) for _ in "ab"]

    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(10)

    assert 2 == len(made)
    assert 1 == len(set(made))


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
