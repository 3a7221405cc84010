"""Acknowledgements go out in runs, never for a tag that is not settled, and never twice."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.acknowledging import Acks, TagLedger


def ledger(*out: int) -> TagLedger:
    tags = TagLedger()
    for tag in out:
        tags.delivered(tag)
    return tags


def test_a_run_ends_below_the_lowest_unsettled_tag() -> None:
    tags = ledger(1, 2, 3, 4)
    tags.settle([1, 2, 4])

    assert 2 == tags.take_run()
    assert None is tags.take_run()
    assert tags.has_settled


def test_what_is_settled_above_an_unsettled_tag_is_acknowledged_singly() -> None:
    tags = ledger(1, 2, 3, 4)
    tags.settle([1, 3, 4])

    assert Acks(up_to=1, singly=(3, 4)) == tags.take_acks()
    assert Acks(up_to=None, singly=()) == tags.take_acks()


def test_a_run_goes_on_over_tags_that_were_acknowledged_singly() -> None:
    tags = ledger(1, 2, 3)
    tags.settle([2])
    tags.take_acks()
    tags.settle([1, 3])

    assert 3 == tags.take_run()


def test_a_tag_of_a_lost_connection_is_ignored() -> None:
    tags = ledger(1)
    tags.settle([99])

    assert Acks(up_to=None, singly=()) == tags.take_acks()


@given(data=st.data(), count=st.integers(min_value=1, max_value=30))
def test_every_settled_tag_is_acknowledged_exactly_once_and_no_other(data: st.DataObject, count: int) -> None:
    tags = ledger(*range(1, count + 1))
    order = data.draw(st.permutations(range(1, count + 1)))
    settled = data.draw(st.integers(min_value=0, max_value=count))
    acknowledged: list[int] = []
    waiting = set(range(1, count + 1))

    for tag in order[:settled]:
        tags.settle([tag])
        if data.draw(st.booleans()):
            acks = tags.take_acks() if data.draw(st.booleans()) else Acks(tags.take_run(), ())
            run = [t for t in sorted(waiting) if acks.up_to is not None and t <= acks.up_to]
            waiting -= {*run, *acks.singly}
            acknowledged += [*run, *acks.singly]
    last = tags.take_acks()
    run = [t for t in sorted(waiting) if last.up_to is not None and t <= last.up_to]
    acknowledged += [*run, *last.singly]

    assert sorted(order[:settled]) == sorted(acknowledged)
