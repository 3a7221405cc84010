"""The ledger: what is wanted, what is made, and that neither is ever lost or lowered."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select, update

from shared.errors import Contended
from shared.store import leases, ledger
from shared.store.delivery import external_key_of
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.ledger import Decision, Delivery, Due, State, Wanted, asset_of, delivery_key
from shared.store.sweeping import pause
from shared.store.tables.delivering import DELIVERY

pytestmark = pytest.mark.database

SEEN = datetime(2027, 3, 1, 12, 0, 0, 869_001, tzinfo=UTC)
LATER = SEEN + timedelta(minutes=1)
LONG = timedelta(minutes=5)
TENANTS: Iterator[str] = (f"t{number}" for number in itertools.count())


def wanted(
    asset: str = "a",
    community: str = "north",
    publication: str = "brand",
    *,
    state: State = State.PRESENT,
    digest: str = "d1",
    reasons: tuple[str, ...] = ("every term permits",),
    seen_at: datetime = SEEN,
) -> Wanted:
    decision = Decision.PERMIT if state is State.PRESENT else Decision.UNKNOWN
    return Wanted(publication, community, asset, state, decision, reasons, digest, f'{{"of": "{digest}"}}', seen_at)


def key(asset: str = "a", community: str = "north", publication: str = "brand") -> str:
    return delivery_key(publication, community, asset)


class Fixed:
    """A ledger of one tenant, and the hands that work on it."""

    def __init__(self, database: Database, tenant: str = "acme") -> None:
        self.database = database
        self.tenant = tenant

    def want(self, *statement: Wanted, about: Sequence[str] | None = None, **more: Any) -> list[Due]:
        assets = {w.asset for w in statement} if about is None else about
        return self.database.write(lambda c: ledger.want(c, self.tenant, sorted(assets), statement, **more))

    def announce(self, *rows: tuple[str, int]) -> None:
        self.database.write(lambda c: ledger.mark_announced(c, self.tenant, rows))

    def touch(self, of: str) -> None:
        self.database.write(lambda c: ledger.touch(c, self.tenant, of))

    def lease(self, of: str) -> Lease:
        return leases.take(self.database, self.tenant, "delivery", [of], owner="executor", lasting=LONG)[of]

    def made(self, lease: Lease, generation: int, state: State = State.PRESENT, digest: str | None = "d1") -> int:
        return self.database.write(
            lambda c: ledger.record_made(
                c,
                lease,
                generation=generation,
                state=state,
                digest=digest,
                document_id="doc-1",
                content_sha256="abc",
                content_bytes=6 * 1024**3,
                content_version="v1:1",
            )
        )

    def make(self, of: str, generation: int, state: State = State.PRESENT) -> int:
        lease = self.lease(of)
        try:
            return self.made(lease, generation, state)
        finally:
            leases.release(self.database, [lease])

    def row(self, of: str | None = None) -> Delivery:
        with self.database.read() as c:
            row = ledger.read(c, self.tenant, of or key())
        assert row is not None
        return row

    def unmade(self, limit: int = 100) -> list[Due]:
        five, ten = timedelta(seconds=5), timedelta(minutes=10)
        return self.database.write(lambda c: ledger.unmade(c, self.tenant, limit, every_at_least=five, at_most=ten))

    def rest(self) -> int:
        """Return in how many seconds the row that everybody talks about is swept next."""
        with self.database.read() as c:
            at: datetime = c.execute(
                select(DELIVERY.c.next_sweep_at).where(DELIVERY.c.tenant == self.tenant)
            ).scalar_one()
            return round((at - self.database.now(c)).total_seconds())

    def pass_time(self, time: timedelta) -> None:
        """Let every row's next sweep come nearer by `time`, as waiting would."""

        def body(c: Connection) -> None:
            for row in c.execute(DELIVERY.select().where(DELIVERY.c.tenant == self.tenant)).all():
                c.execute(
                    update(DELIVERY)
                    .where(DELIVERY.c.tenant == self.tenant, DELIVERY.c.key == row.key)
                    .values(next_sweep_at=row.next_sweep_at - time)
                )

        self.database.write(body)


@pytest.fixture
def book(database: Database) -> Fixed:
    return Fixed(database)


def due(generation: int, of: str | None = None, state: State = State.PRESENT, seen_at: datetime = SEEN) -> Due:
    return Due(of or key(), generation, state, seen_at)


# What is wanted


def test_a_first_wanted_document_is_due_in_its_first_generation(book: Fixed) -> None:
    assert [due(1)] == book.want(wanted())

    expected = Delivery(
        key="brand/north/a",
        publication="brand",
        community="north",
        asset="a",
        external_key="smintio:acme:brand:a",
        wanted_state=State.PRESENT,
        wanted_generation=1,
        wanted_digest="d1",
        wanted_body='{"of": "d1"}',
        decision=Decision.PERMIT,
        reasons=("every term permits",),
        seen_at=SEEN,
        made_state=None,
        made_generation=0,
        made_digest=None,
        document_id=None,
        content_sha256=None,
        content_bytes=None,
        content_version=None,
        made_at=None,
        touched=False,
        waiting_reason=None,
    )
    assert expected == book.row()


def test_a_statement_that_repeats_itself_is_due_until_it_is_announced_and_changes_nothing(book: Fixed) -> None:
    book.want(wanted())
    before = book.row()

    assert [due(1)] == book.want(wanted(seen_at=LATER))
    book.announce((key(), 1))
    assert [] == book.want(wanted(seen_at=LATER))

    assert before == book.row()


def test_a_repeated_statement_writes_nothing(book: Fixed) -> None:
    book.want(wanted("a"), wanted("b"))

    assert set() == {word for word in commands_of(book, wanted("a"), wanted("b")) if word in {"INSERT", "UPDATE"}}


@pytest.mark.parametrize("size", [1, 200])
def test_the_number_of_statements_does_not_depend_on_the_size_of_the_set(book: Fixed, size: int) -> None:
    statements = [w for n in range(size) for w in (wanted(f"a{n}", "north"), wanted(f"a{n}", "south"))]
    dropped = [w for n in range(size) for w in (wanted(f"a{n}", "north", digest="d2"), wanted(f"a{n}", "west"))]

    assert len(commands_of(book, *statements)) <= 3
    assert len(commands_of(book, *dropped)) <= 3


def commands_of(book: Fixed, *statement: Wanted) -> list[str]:
    """Return the first word of every statement that wanting these sends."""
    commands: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        commands.append(statement.split(maxsplit=1)[0])

    event.listen(book.database._engine, "before_cursor_execute", note)
    try:
        book.want(*statement)
    finally:
        event.remove(book.database._engine, "before_cursor_execute", note)
    return [word for word in commands if word not in {"BEGIN", "COMMIT"}]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"digest": "d2"}, id="digest"),
        pytest.param({"state": State.ABSENT}, id="state"),
        pytest.param({"digest": "d2", "state": State.ABSENT}, id="both"),
    ],
)
def test_another_state_or_digest_is_another_generation_seen_anew(book: Fixed, change: dict[str, Any]) -> None:
    book.want(wanted())
    book.announce((key(), 1))
    book.touch(key())

    news = wanted(**change, seen_at=LATER)

    assert [due(2, state=news.state, seen_at=LATER)] == book.want(news)
    row = book.row()
    assert (news.state, 2, news.digest, LATER) == (
        row.wanted_state,
        row.wanted_generation,
        row.wanted_digest,
        row.seen_at,
    )
    assert ('{"of": "d2"}' if news.digest == "d2" else '{"of": "d1"}') == row.wanted_body


def test_other_reasons_alone_are_noted_without_a_new_generation(book: Fixed) -> None:
    book.want(wanted())
    book.announce((key(), 1))

    news = replace(wanted(reasons=("until 2028", 'term 2: "web"'), seen_at=LATER), decision=Decision.UNKNOWN)

    assert [] == book.want(news)
    row = book.row()
    assert (1, SEEN, '{"of": "d1"}') == (row.wanted_generation, row.seen_at, row.wanted_body)
    assert (Decision.UNKNOWN, ("until 2028", 'term 2: "web"')) == (row.decision, row.reasons)


def test_what_a_statement_does_not_name_must_be_absent(book: Fixed) -> None:
    book.want(wanted(community="north"), wanted(community="south"), wanted("b"))
    book.touch(key(community="south"))
    book.touch(key("b"))

    assert [due(2, key(community="south"), State.ABSENT, LATER)] == [
        row for row in book.want(wanted(community="north", seen_at=LATER)) if row.key == key(community="south")
    ]

    row = book.row(key(community="south"))
    assert (State.ABSENT, Decision.REFUSE, ("not in any publication",)) == (row.wanted_state, row.decision, row.reasons)
    assert ("d1", '{"of": "d1"}') == (row.wanted_digest, row.wanted_body)
    assert State.PRESENT == book.row(key("b")).wanted_state


def test_an_asset_of_which_nothing_is_wanted_any_more_leaves_every_community(book: Fixed) -> None:
    book.want(wanted(community="north"), wanted(community="south"))
    book.make(key(community="north"), 1)

    assert [due(2, state=State.ABSENT, seen_at=LATER)] == book.want(about=["a"], seen_at={"a": LATER})
    assert [due(2, state=State.ABSENT, seen_at=LATER)] == book.want(about=["a"])


def test_a_withdrawal_that_nobody_dates_was_seen_now(book: Fixed) -> None:
    book.want(wanted())
    book.touch(key())

    (withdrawal,) = book.want(about=["a"])

    with book.database.read() as c:
        assert timedelta(0) <= book.database.now(c) - withdrawal.seen_at < timedelta(minutes=1)


def test_a_document_that_was_dropped_and_is_wanted_again_is_due_again(book: Fixed) -> None:
    book.want(wanted())
    book.make(key(), 1)
    book.want(about=["a"])
    book.make(key(), 2, State.ABSENT)

    assert [due(3, seen_at=LATER)] == book.want(wanted(seen_at=LATER))


def test_a_statement_about_other_assets_is_refused(book: Fixed) -> None:
    with pytest.raises(ValueError, match="names others"):
        book.want(wanted("a"), about=["b"])


def test_nothing_said_about_nothing_is_nothing(book: Fixed) -> None:
    assert [] == book.want()
    book.announce()


def test_due_rows_come_in_the_order_of_their_keys(book: Fixed) -> None:
    keys = [key("b"), key("a", "south"), key("a"), key("B")]

    found = book.want(wanted("b"), wanted("a", "south"), wanted("a"), wanted("B"))

    assert sorted(keys) == [row.key for row in found]


def test_text_that_no_store_can_hold_does_not_make_a_statement_change_for_ever(book: Fixed) -> None:
    odd = wanted("a\x00/b", "nor\ud83dth", reasons=("\x00",), digest="d\x00")
    book.want(odd, wanted("fine"))
    (row,) = [row for row in book.want(odd, wanted("fine")) if row.key != key("fine")]
    book.announce((row.key, 1), (key("fine"), 1))

    assert [] == book.want(odd, wanted("fine"))
    assert (1, ("\ufffd",)) == (book.row(row.key).wanted_generation, book.row(row.key).reasons)
    assert "a\ufffd/b" == book.row(row.key).asset == asset_of(row.key)


# Absence that needs no work


def test_an_unwanted_document_that_nobody_ever_meant_to_write_is_absent_at_once(book: Fixed) -> None:
    assert [] == book.want(wanted(state=State.ABSENT))
    first = book.row()
    book.want(wanted())
    assert [] == book.want(wanted(state=State.ABSENT))
    third = book.row()

    assert (State.ABSENT, 1, State.ABSENT, 1) == (
        first.wanted_state,
        first.wanted_generation,
        first.made_state,
        first.made_generation,
    )
    assert (3, 3, State.ABSENT) == (third.wanted_generation, third.made_generation, third.made_state)
    assert Decision.UNKNOWN == third.decision
    assert None is not first.made_at
    assert [] == book.unmade()


@pytest.mark.parametrize("touched_first", [True, False])
def test_absence_is_work_once_an_executor_meant_to_write(book: Fixed, *, touched_first: bool) -> None:
    book.want(wanted())
    if touched_first:
        book.touch(key())
        book.want(wanted(state=State.ABSENT, seen_at=LATER))
    else:  # the executor had read its row just before the planner changed its mind
        book.want(wanted(state=State.ABSENT, seen_at=LATER))
        book.touch(key())

    row = book.row()
    assert row.made_generation < row.wanted_generation
    assert [due(row.wanted_generation, state=State.ABSENT, seen_at=LATER)] == book.want(about=["a"])


def test_touching_twice_is_touching_once(book: Fixed) -> None:
    book.want(wanted(state=State.ABSENT))
    book.touch(key())
    once = book.row()
    book.touch(key())
    book.touch("nothing")

    assert once == book.row()
    assert once.touched


# What is made


def test_what_was_made_is_recorded_and_is_no_longer_due(book: Fixed) -> None:
    book.want(wanted())
    book.database.write(lambda c: ledger.wait(c, "acme", key(), "paused"))
    assert "paused" == book.row().waiting_reason

    assert 1 == book.make(key(), 1)

    row = book.row()
    assert (State.PRESENT, 1, "d1", "doc-1") == (row.made_state, row.made_generation, row.made_digest, row.document_id)
    assert ("abc", 6 * 1024**3, "v1:1") == (row.content_sha256, row.content_bytes, row.content_version)
    assert (True, None) == (row.touched, row.waiting_reason)
    assert None is not row.made_at
    assert [] == book.want(wanted())


def test_of_what_is_absent_no_document_is_kept(book: Fixed) -> None:
    book.want(wanted())
    book.make(key(), 1)
    book.want(wanted(state=State.ABSENT))

    book.make(key(), 2, State.ABSENT)

    row = book.row()
    assert (State.ABSENT, 2, None, None) == (row.made_state, row.made_generation, row.made_digest, row.document_id)
    assert (None, None, None) == (row.content_sha256, row.content_bytes, row.content_version)


def test_recording_says_when_something_else_is_wanted_by_now(book: Fixed) -> None:
    book.want(wanted())
    lease = book.lease(key())
    book.want(wanted(digest="d2"))

    assert 2 == book.made(lease, 1)
    assert 1 == book.row().made_generation


def test_recording_an_older_generation_lowers_nothing(book: Fixed) -> None:
    book.want(wanted())
    book.want(wanted(digest="d2"))
    lease = book.lease(key())
    book.made(lease, 2, digest="d2")
    before = book.row()

    assert 2 == book.made(lease, 1)

    assert before == book.row()


def test_a_hand_that_lost_its_lease_records_nothing(book: Fixed) -> None:
    book.want(wanted())
    lease = book.lease(key())
    leases.release(book.database, [lease])
    book.lease(key())

    with pytest.raises(Contended):
        book.made(lease, 1)

    assert None is book.row().made_state


def test_recording_what_nobody_wanted_is_a_bug(book: Fixed) -> None:
    book.want(wanted())

    with pytest.raises(ValueError, match="never wanted"):
        book.make(key(), 2)
    with pytest.raises(LookupError):
        book.make("unknown", 1)


def test_noting_an_older_announcement_lowers_nothing(book: Fixed) -> None:
    book.want(wanted())
    book.want(wanted(digest="d2"))
    book.announce((key(), 2))

    book.announce((key(), 1))

    assert [] == book.want(wanted(digest="d2"))


# What is swept


def test_a_fresh_row_is_left_to_its_planner_and_then_swept_later_and_later(book: Fixed) -> None:
    book.want(wanted())
    assert [] == book.unmade()

    rests = [book.rest()]
    for _ in range(9):
        book.pass_time(timedelta(hours=1))
        assert [due(1)] == book.unmade()
        rests.append(book.rest())

    assert [5, 5, 10, 20, 40, 80, 160, 320, 600, 600] == rests


def test_leaving_one_generation_to_a_person_does_not_keep_the_withdrawal_that_followed_from_being_swept(
    book: Fixed,
) -> None:
    book.want(wanted())
    book.make(key(), 1)
    book.want(about=["a"], seen_at={"a": LATER})

    book.database.write(lambda c: ledger.rest(c, book.tenant, key(), 1))
    book.pass_time(timedelta(seconds=10))

    assert 1 == len(book.unmade())


def test_what_is_left_to_a_person_is_not_swept(book: Fixed) -> None:
    book.want(wanted())

    book.database.write(lambda c: ledger.rest(c, book.tenant, key(), 1))
    book.pass_time(timedelta(days=1))

    assert [] == book.unmade()


def test_a_withdrawal_is_swept_every_ten_seconds(book: Fixed) -> None:
    book.want(wanted())
    book.make(key(), 1)
    book.want(about=["a"], seen_at={"a": LATER})

    for _ in range(6):
        book.pass_time(timedelta(seconds=10))
        assert [due(2, state=State.ABSENT, seen_at=LATER)] == book.unmade()
        assert [] == book.unmade()


def test_a_new_generation_is_swept_soon_again_and_says_no_longer_why_the_old_one_waited(book: Fixed) -> None:
    book.want(wanted())
    for _ in range(6):
        book.pass_time(timedelta(minutes=10))
        book.unmade()
    book.database.write(lambda c: ledger.wait(c, "acme", key(), "paused"))

    book.want(wanted(digest="d2"))

    assert None is book.row().waiting_reason
    book.pass_time(timedelta(seconds=5))
    assert [due(2)] == book.unmade()
    book.pass_time(timedelta(seconds=5))
    assert [due(2)] == book.unmade()


def test_what_waits_longest_is_swept_first_and_what_is_made_never(book: Fixed) -> None:
    for asset in ("c", "a", "b"):
        book.want(wanted(asset))
        book.pass_time(timedelta(seconds=5))
    book.make(key("a"), 1)

    assert [key("c")] == [row.key for row in book.unmade(limit=1)]
    assert [key("b")] == [row.key for row in book.unmade()]
    assert [] == book.unmade()


def test_a_withdrawal_is_swept_before_everything_that_waits_longer(book: Fixed) -> None:
    book.want(*(wanted(asset) for asset in "abc"))
    book.pass_time(timedelta(hours=1))
    book.want(wanted("w", "north"))
    book.make(key("w"), 1)
    book.want(about=["w"], seen_at={"w": LATER})
    book.pass_time(timedelta(seconds=5))

    first = book.unmade(limit=2)

    assert [due(2, key("w"), State.ABSENT, LATER)] == first[:1]
    assert 2 == len(first)
    assert 2 == len(book.unmade())


def test_two_sweepers_do_not_return_the_same_row(book: Fixed) -> None:
    book.want(*(wanted(f"a{number}") for number in range(100)))
    book.pass_time(timedelta(seconds=5))

    with ThreadPoolExecutor(4) as pool:
        swept = [row.key for page in pool.map(lambda _: book.unmade(40), range(4)) for row in page]

    assert len(set(swept)) == len(swept)
    assert 100 == len(swept) + len(book.unmade())


def test_a_rest_is_never_longer_than_allowed_however_often_a_row_was_swept() -> None:
    day = timedelta(days=1)

    assert day == pause(10**9, State.PRESENT, day, day)
    assert timedelta(seconds=10) == pause(10**9, State.ABSENT, timedelta(seconds=5), day)
    assert timedelta(seconds=1) == pause(3, State.ABSENT, timedelta(seconds=5), timedelta(seconds=1))


# What is asked


def test_rows_are_counted_by_what_is_wanted_and_whether_it_is_so(book: Fixed) -> None:
    book.want(wanted("a"), wanted("b"), wanted("c"), wanted("d", state=State.ABSENT))
    book.make(key("a"), 1)
    book.touch(key("c"))
    book.want(about=["c"])

    with book.database.read() as c:
        counted = ledger.counts(c, "acme")

    assert (
        Counter(
            {
                (State.PRESENT, "made"): 1,
                (State.PRESENT, "due"): 1,
                (State.ABSENT, "made"): 1,
                (State.ABSENT, "due"): 1,
            }
        )
        == counted
    )


def test_the_oldest_unmade_change_is_known(book: Fixed) -> None:
    def oldest() -> datetime | None:
        with book.database.read() as c:
            return ledger.oldest_unmade(c, "acme")

    assert None is oldest()
    book.want(wanted("a", seen_at=SEEN), wanted("b", seen_at=LATER))
    assert SEEN == oldest()
    book.make(key("a"), 1)
    assert LATER == oldest()
    book.make(key("b"), 1)
    assert None is oldest()
    book.want(about=["a"], seen_at={"a": LATER})
    assert LATER == oldest()


def test_deliveries_are_found_by_asset_and_paged_by_community(book: Fixed) -> None:
    book.want(*(wanted(asset, community) for asset in ("a", "b", "c", "d") for community in ("north", "south")))

    with book.database.read() as c:
        of_asset = ledger.of_asset(c, "acme", "b")
        first = ledger.of_community(c, "acme", "north", None, 3)
        second = ledger.of_community(c, "acme", "north", first[-1].key, 3)

    assert [key("b", "north"), key("b", "south")] == [row.key for row in of_asset]
    assert [[key("a"), key("b"), key("c")], [key("d")]] == [[row.key for row in page] for page in (first, second)]


def test_tenants_never_see_each_other(database: Database) -> None:
    ours, theirs = Fixed(database, "acme"), Fixed(database, "other")
    ours.want(wanted())
    theirs.want(wanted(digest="theirs", seen_at=LATER), wanted("b"))
    theirs.make(key(), 1)

    ours.touch(key("b"))
    ours.announce((key("b"), 1))
    ours.database.write(lambda c: ledger.wait(c, "acme", key("b"), "ours"))
    ours.want(about=["a", "b"])

    assert [due(1, key("b"))] == theirs.want(wanted("b"), about=["b"])
    assert (State.PRESENT, 1, "theirs") == (
        theirs.row().wanted_state,
        theirs.row().made_generation,
        theirs.row().wanted_digest,
    )
    assert (False, None) == (theirs.row(key("b")).touched, theirs.row(key("b")).waiting_reason)
    ours.pass_time(timedelta(hours=1))
    assert [] == theirs.unmade()
    with database.read() as c:
        assert None is ledger.read(c, "acme", key("b"))
        assert 1 == len(ledger.of_asset(c, "acme", "a"))
        assert 1 == len(ledger.of_community(c, "acme", "north", None, 9))
        assert Counter({(State.ABSENT, "made"): 1}) == ledger.counts(c, "acme")
        assert None is ledger.oldest_unmade(c, "acme")


@pytest.mark.parametrize("parts", [("a/b", "c", "d"), ("a", "b/c", "d"), ("a", "b", "c/d"), ("%2F", "ä ", "")])
def test_a_key_cannot_be_mistaken_for_another_and_names_its_asset(parts: tuple[str, str, str]) -> None:
    made = delivery_key(*parts)

    assert 2 == made.count("/")
    assert made.isascii()
    assert parts[2] == asset_of(made)


def test_the_external_key_is_ours() -> None:
    assert "smintio:acme:brand:lpt-1" == external_key_of("acme", "brand", "lpt-1")


# Concurrency


def test_of_two_statements_at_once_one_holds_wholly(book: Fixed) -> None:
    statements = {
        "x": [wanted(publication="x")],
        "y": [wanted(publication="y", community="south"), wanted(publication="y")],
    }
    for _ in range(15):
        book = Fixed(book.database, next(TENANTS))
        start = threading.Barrier(2)

        def state(name: str, book: Fixed = book, start: threading.Barrier = start) -> None:
            start.wait(10)
            book.want(*statements[name])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(state, statements))

        with book.database.read() as c:
            present = {row.key for row in ledger.of_asset(c, book.tenant, "a") if row.wanted_state is State.PRESENT}
        assert present in [{key(publication="x")}, {key(publication="y"), key(publication="y", community="south")}]


def test_planners_of_overlapping_sets_never_end_in_a_fault_and_count_every_change(book: Fixed) -> None:
    assets = [f"a{number:02}" for number in range(40)]

    def plan(number: int) -> None:
        order = assets if number % 2 else assets[::-1]
        book.want(*(wanted(asset, digest=f"d{number}") for asset in order))
        book.announce(*((key(asset), 1) for asset in order))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(plan, range(18)))

    assert {18} == {book.row(key(asset)).wanted_generation for asset in assets}


def test_a_planner_and_an_executor_that_meet_never_forget_what_was_written(book: Fixed) -> None:
    for _ in range(15):
        book = Fixed(book.database, next(TENANTS))
        book.want(wanted())
        start = threading.Barrier(2)

        def withdraw(book: Fixed = book, start: threading.Barrier = start) -> None:
            start.wait(10)
            book.want(about=["a"])

        def touch(book: Fixed = book, start: threading.Barrier = start) -> None:
            start.wait(10)
            book.touch(key())

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(withdraw), pool.submit(touch)]:
                done.result()

        row = book.row()
        assert (State.ABSENT, True) == (row.wanted_state, row.touched)
        assert row.made_generation < row.wanted_generation


# Any sequence

COMMUNITIES = ["north", "south"]
STATEMENT = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(COMMUNITIES)),
    st.tuples(st.sampled_from(list(State)), st.sampled_from(["d1", "d2"]), st.sampled_from(["why", "why not"])),
)
STEP = st.one_of(
    st.tuples(st.just("want"), st.frozensets(st.sampled_from(["a", "b"])), STATEMENT),
    st.tuples(st.just("announce"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("touch"), st.integers(0, 3), st.none()),
    st.tuples(st.just("make"), st.integers(0, 3), st.tuples(st.integers(0, 2), st.sampled_from(list(State)))),
)
KEYS = [key(asset, community) for asset in "ab" for community in COMMUNITIES]


def rows_of(book: Fixed) -> dict[str, tuple[Delivery, int]]:
    """Return every row with the generation announced."""
    with book.database.read() as c:
        rows = [row for asset in "ab" for row in ledger.of_asset(c, book.tenant, asset)]
        told = {
            r.key: r.announced_generation for r in c.execute(DELIVERY.select().where(DELIVERY.c.tenant == book.tenant))
        }
    return {row.key: (row, told[row.key]) for row in rows}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=10))
def test_whatever_happens_nothing_goes_back_and_nothing_due_is_forgotten(
    database: Database, steps: list[tuple[str, Any, Any]]
) -> None:
    book = Fixed(database, next(TENANTS))
    for what, first, second in steps:
        before = rows_of(book)
        match what:
            case "want":
                statement = {k: v for k, v in second.items() if k[0] in first}
                found = book.want(
                    *(
                        wanted(asset, community, state=state, digest=digest, reasons=(reason,))
                        for (asset, community), (state, digest, reason) in statement.items()
                    ),
                    about=sorted(first),
                )
                check_statement(before, rows_of(book), first, statement, found)
            case "announce" if KEYS[first] in before:
                book.announce((KEYS[first], min(second, before[KEYS[first]][0].wanted_generation)))
            case "touch":
                book.touch(KEYS[first])
            case "make" if KEYS[first] in before:
                back, state = second
                generation = max(0, before[KEYS[first]][0].wanted_generation - back)
                assert before[KEYS[first]][0].wanted_generation == book.make(KEYS[first], generation, state)
        for of, (row, told) in rows_of(book).items():
            if of in before:
                was, was_told = before[of]
                assert row.wanted_generation >= was.wanted_generation
                assert row.made_generation >= was.made_generation
                assert told >= was_told
                assert row.touched >= was.touched
            assert row.made_generation <= row.wanted_generation
            assert row.made_generation < row.wanted_generation or row.made_state is not None


def check_statement(
    before: dict[str, tuple[Delivery, int]],
    after: dict[str, tuple[Delivery, int]],
    about: frozenset[str],
    statement: dict[tuple[str, str], tuple[State, str, str]],
    found: list[Due],
) -> None:
    named = {key(asset, community): wish for (asset, community), wish in statement.items()}
    concerned = {of: row for of, (row, _) in after.items() if row.asset in about}
    for of, row in concerned.items():
        if of in named:
            assert named[of] == (row.wanted_state, row.wanted_digest, *row.reasons)
        else:
            assert (State.ABSENT, ("not in any publication",)) == (row.wanted_state, row.reasons)
        was = before[of][0] if of in before else None
        moved = was is None or (was.wanted_state, was.wanted_digest) != (row.wanted_state, row.wanted_digest)
        assert (was.wanted_generation if was else 0) + moved == row.wanted_generation
        if row.wanted_state is State.ABSENT and not row.touched:
            assert row.wanted_generation == row.made_generation
        elif moved:
            assert row.made_generation < row.wanted_generation
    assert set(named) <= set(concerned)
    expected = [
        Due(of, row.wanted_generation, row.wanted_state, row.seen_at)
        for of, row in sorted(concerned.items())
        if max(row.made_generation, after[of][1]) < row.wanted_generation
    ]
    assert expected == found
