"""What goes into a column comes out of it, alike on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from shared.store.column_types import COUNT, Instant, StoredText
from shared.store.engine import Database
from shared.store.sets import ROWS, Value, encode, insert_given, named

pytestmark = pytest.mark.database

SCRATCH = Table(
    "scratch",
    MetaData(),
    Column("key", StoredText, primary_key=True),
    Column("text", StoredText),
    Column("at", Instant),
    Column("count", COUNT),
)
VIENNA_SUMMER = timezone(timedelta(hours=2))
INSTANTS = [
    pytest.param(datetime(2027, 3, 1, 10, 0, 0, 869_001, tzinfo=UTC), id="microseconds"),
    pytest.param(datetime(2027, 3, 1, 10, 0, 0, tzinfo=UTC), id="whole second"),
    pytest.param(datetime(2027, 7, 1, 12, 0, 0, 1, tzinfo=VIENNA_SUMMER), id="another zone"),
    pytest.param(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), id="before 1970"),
    pytest.param(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), id="the last instant"),
    pytest.param(datetime(1, 1, 1, tzinfo=UTC), id="the first instant"),
]
TEXTS = [
    pytest.param("Logo\x00 broken", "Logo\ufffd broken", id="NUL"),
    pytest.param("photo\ud83d.jpg", "photo\ufffd.jpg", id="half a surrogate pair"),
    pytest.param("\U0001f600 \ufffe", "\U0001f600 \ufffe", id="what only looks dangerous"),
    pytest.param("x" * 2_000_000, "x" * 2_000_000, id="2 MB"),
    pytest.param("", "", id="empty"),
    pytest.param('{"a": "\\u0000"}', '{"a": "\\u0000"}', id="JSON text with an escaped NUL"),
    pytest.param("'; DROP TABLE x; -- %s %(a)s :b ? $1", "'; DROP TABLE x; -- %s %(a)s :b ? $1", id="SQL"),
]


@pytest.fixture
def scratch(database: Database) -> Database:
    database.write(SCRATCH.create)
    return database


def insert_set(database: Database, rows: list[dict[str, Value]]) -> None:
    def body(c: Connection) -> None:
        given = named(c.dialect.name, SCRATCH, *rows[0])
        c.execute(insert_given(c.dialect.name, SCRATCH, given), {ROWS: encode(rows)})

    database.write(body)


@pytest.mark.parametrize("instant", INSTANTS)
def test_an_instant_comes_back_aware_in_utc_and_exact(scratch: Database, instant: datetime) -> None:
    scratch.write(lambda c: c.execute(insert(SCRATCH).values(key="one", at=instant)))
    insert_set(scratch, [{"key": "set", "at": instant}])

    with scratch.read() as c:
        found = c.execute(select(SCRATCH.c.at)).scalars().all()

    assert [instant, instant] == found
    assert [UTC, UTC] == [at.tzinfo for at in found]


def test_instants_compare_as_instants_and_not_as_text_of_their_zone(scratch: Database) -> None:
    earlier = datetime(2027, 7, 1, 12, 0, tzinfo=VIENNA_SUMMER)
    later = datetime(2027, 7, 1, 10, 0, 0, 1, tzinfo=UTC)
    rows = [{"key": "later", "at": later}, {"key": "earlier", "at": earlier}]
    scratch.write(lambda c: c.execute(insert(SCRATCH), rows))

    with scratch.read() as c:
        assert ["earlier"] == c.execute(select(SCRATCH.c.key).where(SCRATCH.c.at < later)).scalars().all()
        assert ["earlier", "later"] == c.execute(select(SCRATCH.c.key).order_by(SCRATCH.c.at)).scalars().all()


def test_a_naive_datetime_is_refused(scratch: Database) -> None:
    naive = datetime(2027, 3, 1, 10, 0)  # noqa: DTZ001 - the point

    with pytest.raises(StatementError, match="names no instant"):
        scratch.write(lambda c: c.execute(insert(SCRATCH).values(key="one", at=naive)))
    with pytest.raises(ValueError, match="names no instant"):
        encode([{"at": naive}])


@pytest.mark.parametrize(("written", "read"), TEXTS)
def test_text_that_no_store_can_hold_is_marked_and_its_neighbours_are_unharmed(
    scratch: Database, written: str, read: str
) -> None:
    alone = [{"key": "one", "text": written}, {"key": "one's neighbour", "text": "fine"}]
    scratch.write(lambda c: c.execute(insert(SCRATCH), alone))
    insert_set(scratch, [{"key": "set", "text": written}, {"key": "set's neighbour", "text": "fine"}])

    with scratch.read() as c:
        found = {row.key: row.text for row in c.execute(select(SCRATCH.c.key, SCRATCH.c.text))}

    assert {"one": read, "set": read, "one's neighbour": "fine", "set's neighbour": "fine"} == found


def test_text_is_ordered_by_code_point_on_both_databases(scratch: Database) -> None:
    keys = ["a", "B", "_", "é", "a/b", "a b", "Z", "\U0001f600", "\uffff"]
    scratch.write(lambda c: c.execute(insert(SCRATCH), [{"key": key} for key in keys]))

    with scratch.read() as c:
        assert sorted(keys) == c.execute(select(SCRATCH.c.key).order_by(SCRATCH.c.key)).scalars().all()


def test_a_size_beyond_32_bits_comes_back_exact(scratch: Database) -> None:
    sizes = [6 * 1024**3, 2**63 - 1, -(2**63)]
    insert_set(scratch, [{"key": str(size), "count": size} for size in sizes])

    with scratch.read() as c:
        found = c.execute(select(SCRATCH.c.key, SCRATCH.c.count)).all()

    assert {str(size): size for size in sizes} == dict(map(tuple, found))
