from typing import TypedDict

import pytest

from ops.sandbox.faults import Kind
from shared.errors import Ambiguous, Conflict, Throttled
from tests.vendors.trading_grid.world import Here


class Shown(TypedDict):
    seq: int
    operation: str
    external_key: str | None
    applied: bool
    ended_at: str | None


def writes(here: Here, *, after: int = 0) -> list[Shown]:
    shown: list[Shown] = here.http.get(f"/__sandbox/trading_grid/writes?after={after}").json()["writes"]
    return shown


def test_each_write_is_logged_with_our_key_and_whether_it_was_applied(here: Here) -> None:
    document = here.client.show(here.document())
    with pytest.raises(Conflict):
        here.document("other")
    here.client.delete_document(document.id)

    logged = [(write["operation"], write["external_key"], write["applied"]) for write in writes(here)]

    assert [
        ("create_folder", None, True),
        ("store_blob", None, True),
        ("create_document", "key-1", True),
        ("change_acl", "key-1", True),
        ("store_blob", None, True),
        ("create_document", "other", False),
        ("delete_document", "key-1", True),
    ] == logged


def test_reads_and_people_are_not_in_the_log(here: Here) -> None:
    here.folder()
    before = len(writes(here))

    list(here.client.list_spaces())
    here.log_in()

    assert before == len(writes(here))


def test_log_tells_a_write_that_was_applied_from_one_that_was_not_although_both_were_lost(here: Here) -> None:
    document = here.document()
    logged = len(writes(here))
    for kind in (Kind.APPLIED_THEN_SILENT, Kind.RESET):
        here.fault("update_properties", kind, seconds=0)
        with pytest.raises(Ambiguous):
            here.client.update_properties(document, {"a": kind})

    assert [True, False] == [write["applied"] for write in writes(here, after=logged)]
    assert {} == here.simulated.log.in_flight()


def test_write_that_a_fault_refused_has_ended_without_being_applied(here: Here) -> None:
    document = here.document()
    here.fault("change_acl", Kind.THROTTLED)

    with pytest.raises(Throttled):
        here.client.show(document)

    last = writes(here)[-1]
    assert ("change_acl", False) == (last["operation"], last["applied"])
    assert last["ended_at"] is not None
