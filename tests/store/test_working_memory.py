"""What keeps workers safe: starts, pauses and dead letters."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.store import dead_letters, pauses, starts
from shared.store.dead_letters import Archived, Letter
from shared.store.engine import Database

pytestmark = pytest.mark.database

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_starts_are_counted_for_each_queue_and_event_until_they_are_cleared(database: Database) -> None:
    def note(queue: str, event_id: str) -> int:
        return database.write(lambda c: starts.note(c, queue, event_id))

    assert [1, 2, 1, 1] == [note("deliver", "e1"), note("deliver", "e1"), note("deliver", "e2"), note("withdraw", "e1")]
    database.write(lambda c: starts.clear(c, "deliver", "e1"))

    assert [1, 2] == [note("deliver", "e1"), note("withdraw", "e1")]


def test_starts_noted_at_once_are_all_counted(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        counted = pool.map(lambda _: database.write(lambda c: starts.note(c, "deliver", "e1")), range(30))

    assert list(range(1, 31)) == sorted(counted)


def pause(database: Database, scope: str, tenant: str = "acme", why: str = "outage") -> None:
    database.write(lambda c: pauses.pause(c, tenant, scope, who="ann", why=why))


def is_paused(database: Database, *scopes: str, tenant: str = "acme") -> bool:
    with database.read() as c:
        return pauses.is_paused(c, tenant, scopes)


def test_work_is_paused_in_the_scope_that_was_named_and_in_no_other(database: Database) -> None:
    pause(database, "queue:deliver")

    assert is_paused(database, "vendor:trading_grid", "queue:deliver")
    assert not is_paused(database, "vendor:trading_grid", "queue:withdraw")
    assert not is_paused(database, "flow:deliver")
    assert not is_paused(database, "queue:deliver", tenant="other")
    assert not is_paused(database)


def test_a_paused_tenant_is_paused_in_every_scope(database: Database) -> None:
    pause(database, "tenant")

    assert is_paused(database, "queue:deliver")
    assert is_paused(database)
    assert not is_paused(database, tenant="other")


def test_a_pause_keeps_its_first_reason_and_ends_once(database: Database) -> None:
    pause(database, "community:a:b", why="first")
    pause(database, "community:a:b", why="second")
    with database.read() as c:
        assert [("community", "a:b", "ann", "first")] == [
            (p.scope.value, p.name, p.who, p.why) for p in pauses.listed(c, "acme")
        ]

    ended = [database.write(lambda c: pauses.resume(c, "acme", "community:a:b")) for _ in range(2)]

    assert [True, False] == ended
    assert not is_paused(database, "community:a:b")


@pytest.mark.parametrize("scope", ["", "deliver", "queue", "queue:", "tenant:acme", "galaxy:milky way"])
def test_a_scope_that_does_not_exist_is_refused(database: Database, scope: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)scope"):
        pause(database, scope)
    with pytest.raises(ValueError, match=r"(?i)scope"):
        is_paused(database, scope)


LETTER = Letter(
    tenant="acme",
    queue="deliver",
    flow="publish_assets",
    event_type="fleet.delivery.due",
    event_id="e1",
    key="brand/north/a",
    reason="status 422",
    error="Rejected",
    attempts=3,
    first_seen_at=NOON,
    died_at=NOON + timedelta(minutes=5),
    trace=None,
    body='{"id": "e1"}',
)


def archive(database: Database, *letters: Letter) -> int:
    return database.write(lambda c: dead_letters.archive(c, letters))


def page(
    database: Database, tenant: str | None = "acme", *, limit: int = 100, before: int | None = None
) -> list[Archived]:
    with database.read() as c:
        return dead_letters.page(c, tenant, limit=limit, before=before)


def test_a_letter_archived_twice_is_one_row(database: Database) -> None:
    assert 1 == archive(database, LETTER)
    assert 0 == archive(database, LETTER, replace(LETTER, died_at=LETTER.died_at + timedelta(seconds=1)))

    (kept,) = page(database)
    assert replace(LETTER, died_at=LETTER.died_at + timedelta(seconds=1)) == kept.letter
    assert None is kept.replayed_at


def test_letters_of_another_queue_or_with_another_body_are_rows_of_their_own(database: Database) -> None:
    unreadable = replace(LETTER, tenant=None, event_id=None, body="\x00\ufffd not JSON")

    assert 3 == archive(database, LETTER, replace(LETTER, queue="withdraw"), unreadable, LETTER)
    assert 0 == archive(database)

    assert {"deliver", "withdraw"} == {kept.letter.queue for kept in page(database)}
    assert ["\ufffd\ufffd not JSON"] == [kept.letter.body for kept in page(database, None)]
    assert [] == page(database, "other")
    with database.read() as c:
        assert ["withdraw"] == [one.letter.queue for one in dead_letters.page(c, "acme", queue="withdraw", limit=9)]


def test_letters_are_paged_from_the_latest_back(database: Database) -> None:
    for number in range(5):
        archive(database, replace(LETTER, event_id=f"e{number}", body=f"{number}"))

    first = page(database, limit=3)
    second = page(database, limit=3, before=first[-1].id)

    assert [["e4", "e3", "e2"], ["e1", "e0"]] == [[one.letter.event_id for one in p] for p in (first, second)]


def test_a_letter_that_was_replayed_and_died_again_waits_for_a_person_again(database: Database) -> None:
    archive(database, LETTER)
    died_again = replace(LETTER, died_at=LETTER.died_at + timedelta(hours=1), reason="status 410", attempts=1)

    database.write(lambda c: dead_letters.mark_replayed(c, page(database)))
    assert [False] == [kept.replayed_at is None for kept in page(database)]
    archive(database, died_again)

    assert [(died_again, None)] == [(kept.letter, kept.replayed_at) for kept in page(database)]


def test_a_letter_that_dies_again_before_its_replay_is_noted_still_waits(database: Database) -> None:
    archive(database, LETTER)
    replayed = page(database)
    archive(database, replace(LETTER, died_at=LETTER.died_at + timedelta(seconds=1)))

    database.write(lambda c: dead_letters.mark_replayed(c, replayed))

    assert [None] == [kept.replayed_at for kept in page(database)]


def test_letters_are_read_by_id_within_their_tenant(database: Database) -> None:
    archive(database, LETTER, replace(LETTER, tenant="other", body="{}"))
    ids = [kept.id for tenant in ("acme", "other") for kept in page(database, tenant)]

    with database.read() as c:
        assert [LETTER] == [one.letter for one in dead_letters.read(c, "acme", ids)]
