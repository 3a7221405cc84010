"""What pollers keep: cursors, mirrors, records set aside and deadlines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Contended
from shared.store import cursors, deadlines, set_aside
from shared.store.cursors import Cursor
from shared.store.deadlines import Deadline
from shared.store.engine import Database
from shared.store.mirrors import Mirror, MirrorName, Sighting

pytestmark = pytest.mark.database

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def advance(database: Database, seen: Cursor, value: str | None, tenant: str = "acme") -> Cursor:
    return database.write(lambda c: cursors.advance(c, tenant, "licences", seen, value))


def cursor(database: Database, tenant: str = "acme") -> Cursor:
    with database.read() as c:
        return cursors.read(c, tenant, "licences")


def test_a_poller_that_was_never_anywhere_stands_at_the_start(database: Database) -> None:
    assert Cursor(None, 0) == cursor(database)


def test_a_cursor_moves_on_from_where_it_was_seen(database: Database) -> None:
    first = advance(database, cursor(database), "page 1")
    second = advance(database, first, "page 2")
    start = advance(database, second, None)

    assert Cursor(None, 3) == start == cursor(database)
    assert Cursor(None, 0) == cursor(database, "other")


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_cursor_that_another_hand_moved_stays_where_that_one_left_it(database: Database, moves: int) -> None:
    seen = cursor(database)
    for move in range(moves):
        seen = advance(database, seen, f"page {move}")
    others = advance(database, seen, "where the other one is")

    with pytest.raises(Contended):
        advance(database, seen, "where we are")

    assert others == cursor(database)


@pytest.fixture(params=["licence", "community"])
def mirror(request: pytest.FixtureRequest) -> Mirror:
    name: MirrorName = request.param
    return Mirror(name)


def sighting(key: str, digest: str = "d1", order: int = 1) -> Sighting:
    return Sighting(key, digest, order, f'{{"content": "{digest}"}}')


def see(database: Database, mirror: Mirror, *sightings: Sighting, tenant: str = "acme") -> int:
    return database.write(lambda c: mirror.upsert(c, tenant, sightings))


def unannounced(database: Database, mirror: Mirror, limit: int = 100, tenant: str = "acme") -> list[tuple[str, int]]:
    with database.read() as c:
        return [(row.key, row.revision) for row in mirror.unannounced(c, tenant, limit)]


def announce(database: Database, mirror: Mirror, *rows: tuple[str, int]) -> None:
    database.write(lambda c: mirror.mark_announced(c, "acme", rows))


def held(database: Database, mirror: Mirror, key: str) -> tuple[int, str, int, str]:
    with database.read() as c:
        row = mirror.read(c, "acme", [key])[key]
    return row.revision, row.digest, row.order, row.body


def test_what_is_seen_first_is_news_and_what_is_seen_again_is_not(database: Database, mirror: Mirror) -> None:
    assert 2 == see(database, mirror, sighting("b"), sighting("a"))
    assert 1 == see(database, mirror, sighting("a"), sighting("c"))
    assert 0 == see(database, mirror)

    assert (1, "d1", 1, '{"content": "d1"}') == held(database, mirror, "a")
    assert {("a", 1), ("b", 1), ("c", 1)} == set(unannounced(database, mirror))


@pytest.mark.parametrize(
    ("later", "expected", "changed"),
    [
        pytest.param(sighting("a", "d2", 6), (2, "d2", 6), 1, id="newer and different"),
        pytest.param(sighting("a", "d2", 5), (2, "d2", 5), 1, id="same age and different"),
        pytest.param(sighting("a", "d2", 4), (1, "d1", 5), 0, id="older and different"),
        pytest.param(sighting("a", "d1", 6), (1, "d1", 6), 0, id="newer and the same"),
        pytest.param(sighting("a", "d1", 4), (1, "d1", 5), 0, id="older and the same"),
        pytest.param(sighting("a", "d1", 2**53 + 1), (1, "d1", 2**53 + 1), 0, id="a huge order, exact"),
    ],
)
def test_only_what_is_different_and_not_older_changes_a_record(
    database: Database, mirror: Mirror, later: Sighting, expected: tuple[int, str, int], changed: int
) -> None:
    see(database, mirror, sighting("a", "d1", 5))

    assert changed == see(database, mirror, later)

    assert expected == held(database, mirror, "a")[:3]


def test_a_record_seen_twice_on_one_page_counts_as_last_seen(database: Database, mirror: Mirror) -> None:
    page = [sighting("a", "d2", 2), sighting("a", "d1", 1), sighting("b", "d1", 1), sighting("b", "d2", 1)]

    assert 2 == see(database, mirror, *page)

    assert (1, "d2", 2) == held(database, mirror, "a")[:3]
    assert (1, "d2", 1) == held(database, mirror, "b")[:3]


def test_keys_that_the_store_cannot_tell_apart_are_one_record_and_harm_no_neighbour(
    database: Database, mirror: Mirror
) -> None:
    assert 2 == see(database, mirror, sighting("a\x00"), sighting("a\ud83d", "d2"), sighting("b"))

    assert (1, "d2") == held(database, mirror, "a\ufffd")[:2]


def test_what_was_announced_is_not_announced_again_until_it_changes(database: Database, mirror: Mirror) -> None:
    see(database, mirror, sighting("a"), sighting("b"))
    announce(database, mirror, ("a", 1))
    see(database, mirror, sighting("a", "d1", 9))
    assert [("b", 1)] == unannounced(database, mirror)

    see(database, mirror, sighting("a", "d2", 9))

    assert [("b", 1), ("a", 2)] == unannounced(database, mirror)


def test_noting_an_older_announcement_lowers_nothing(database: Database, mirror: Mirror) -> None:
    see(database, mirror, sighting("a"))
    see(database, mirror, sighting("a", "d2"))
    announce(database, mirror, ("a", 2))

    announce(database, mirror, ("a", 1), ("gone", 7))

    assert [] == unannounced(database, mirror)


def test_what_is_seen_first_is_announced_first_in_pages(database: Database, mirror: Mirror) -> None:
    for key in ("c", "a", "b"):
        see(database, mirror, sighting(key))
        let_the_clock_move(database)

    assert [("c", 1), ("a", 1)] == unannounced(database, mirror, limit=2)


def let_the_clock_move(database: Database) -> None:
    with database.read() as c:
        start = database.now(c)
        while database.now(c) == start:
            pass


def test_a_resync_announces_the_same_revision_again_as_seen_now(database: Database, mirror: Mirror) -> None:
    see(database, mirror, sighting("a"), sighting("b"))
    announce(database, mirror, ("a", 1), ("b", 1))
    with database.read() as c:
        before = database.now(c)

    database.write(lambda c: mirror.announce_again(c, "acme", ["a", "never seen"]))

    assert [("a", 1)] == unannounced(database, mirror)
    with database.read() as c:
        assert before <= mirror.read(c, "acme", ["a"])["a"].seen_at <= database.now(c)


def test_records_are_paged_by_key_without_gap_or_overlap(database: Database, mirror: Mirror) -> None:
    keys = sorted(["a", "B", "é", "a/b", "_", "10", "9"])
    see(database, mirror, *map(sighting, keys))
    pages: list[list[str]] = []

    with database.read() as c:
        after: str | None = None
        while page := [row.key for row in mirror.page(c, "acme", after, 3)]:
            pages.append(page)
            after = page[-1]

    assert [keys[:3], keys[3:6], keys[6:]] == pages


def test_tenants_never_see_each_others_records(database: Database, mirror: Mirror) -> None:
    see(database, mirror, sighting("a", "ours"))
    see(database, mirror, sighting("a", "theirs"), sighting("b"), tenant="other")
    announce(database, mirror, ("a", 1))
    database.write(lambda c: mirror.announce_again(c, "acme", ["b"]))

    assert [("a", 1), ("b", 1)] == sorted(unannounced(database, mirror, tenant="other"))
    assert "ours" == held(database, mirror, "a")[1]
    with database.read() as c:
        assert ["a"] == list(mirror.read(c, "acme", ["a", "b"]))
        assert ["a"] == [row.key for row in mirror.page(c, "acme", None, 9)]
        assert {} == mirror.read(c, "acme", [])


def test_pollers_that_see_the_same_page_in_different_orders_do_not_harm_each_other(database: Database) -> None:
    mirror = Mirror("licence")
    keys = [f"k{number:03}" for number in range(200)]

    def poll(number: int) -> int:
        return see(database, mirror, *(sighting(key) for key in (keys if number % 2 else reversed(keys))))

    with ThreadPoolExecutor(6) as pool:
        changed = sum(pool.map(poll, range(6)))

    assert 200 == changed
    assert {(key, 1) for key in keys} == set(unannounced(database, mirror, 1000))


def test_the_same_unreadable_record_is_set_aside_once(database: Database) -> None:
    def put(key: str, body: str, tenant: str = "acme") -> None:
        database.write(lambda c: set_aside.set_aside(c, tenant, "licences", key, "no uuid", body))

    put("a", '{"bad": 1}')
    put("a", '{"bad": 1}')
    put("a", '{"bad": 2}')
    put("\x00", "\ud83d")
    put("b", "{}", tenant="other")

    with database.read() as c:
        found = set_aside.listed(c, "acme")
    assert {("a", '{"bad": 1}'), ("a", '{"bad": 2}'), ("\ufffd", "\ufffd")} == {(row.key, row.body) for row in found}
    assert {"no uuid"} == {row.reason for row in found}


def replace(database: Database, turns: dict[str, list[tuple[datetime, str]]], tenant: str = "acme") -> None:
    database.write(lambda c: deadlines.replace(c, tenant, turns))


def due(database: Database, now: datetime, limit: int = 100, tenant: str = "acme") -> list[Deadline]:
    with database.read() as c:
        return deadlines.due(c, tenant, now, limit)


def test_deadlines_are_due_once_their_instant_is_reached_earliest_first(database: Database) -> None:
    hour = timedelta(hours=1)
    replace(database, {"b": [(NOON, "ended"), (NOON - hour, "ending")], "a": [(NOON + hour, "began")]})

    assert [] == due(database, NOON - hour - timedelta(microseconds=1))
    ended, ending = Deadline("acme", "b", NOON, "ended"), Deadline("acme", "b", NOON - hour, "ending")
    assert [ending, ended] == due(database, NOON)
    assert [ending] == due(database, NOON, limit=1)


def test_an_announced_deadline_that_stays_is_not_announced_again(database: Database) -> None:
    later = NOON + timedelta(microseconds=1)
    replace(database, {"a": [(NOON, "ended")], "b": [(NOON, "ended")]})
    database.write(lambda c: deadlines.mark_announced(c, due(database, NOON)))
    assert [] == due(database, later)

    replace(database, {"a": [(NOON, "ended"), (later, "began")]})

    assert [Deadline("acme", "a", later, "began")] == due(database, later)


def test_deadlines_that_are_not_named_again_are_gone_and_those_of_other_assets_stay(database: Database) -> None:
    replace(database, {"a": [(NOON, "began"), (NOON, "ended")], "b": [(NOON, "ended")], "c": [(NOON, "ended")]})
    replace(database, {"a": [(NOON, "ended")]}, tenant="other")

    replace(database, {"a": [(NOON, "ended")], "b": []})
    replace(database, {})

    assert [("a", "ended"), ("c", "ended")] == [(d.asset, d.turn) for d in due(database, NOON)]
    assert [("a", "ended")] == [(d.asset, d.turn) for d in due(database, NOON, tenant="other")]
