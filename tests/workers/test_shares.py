"""However many events one community has, hands are left for the others."""

import threading

import pytest

from shared.messaging.topology import work_queue
from tests.support.waiting import eventually
from workers import shares
from workers.shares import OverShare, Shares

DELIVER, WITHDRAW = work_queue("deliver"), work_queue("withdraw")


@pytest.mark.parametrize(("communities", "most"), [(1, 8), (2, 4), (3, 3), (4, 2), (500, 2)])
def test_a_community_has_a_quarter_of_the_hands_or_its_part_when_there_are_fewer(communities: int, most: int) -> None:
    assert 8 == DELIVER.threads
    assert most == Shares(communities).most(DELIVER)


def test_withdrawals_of_one_community_may_have_all_hands_but_a_quarter() -> None:
    assert 6 == Shares(500).most(WITHDRAW)


def test_an_event_over_the_share_leaves_its_thread_and_others_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WAIT_SECONDS", 0.01)
    ours = Shares(12)

    with ours.hand(DELIVER, "acme", "north"), ours.hand(DELIVER, "acme", "north"):
        with pytest.raises(OverShare), ours.hand(DELIVER, "acme", "north"):
            pytest.fail("a third hand")
        with ours.hand(DELIVER, "acme", "south"), ours.hand(DELIVER, "other", "north"):
            pass
    with ours.hand(DELIVER, "acme", "north"):
        pass


def test_an_event_waits_a_moment_for_a_hand_that_comes_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WAIT_SECONDS", 30.0)
    ours, worked = Shares(12), threading.Event()

    def work() -> None:
        with ours.hand(DELIVER, "acme", "north"):
            worked.set()

    with ours.hand(DELIVER, "acme", "north"), ours.hand(DELIVER, "acme", "north"):
        waiting = threading.Thread(target=work)
        waiting.start()
        assert not worked.is_set()
    eventually(worked.is_set, within_seconds=5)
    waiting.join()
