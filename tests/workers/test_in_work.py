"""One subject, one hand: what arrives meanwhile waits and starts afresh."""

from workers.in_work import InWork


def test_a_free_subject_is_claimed_and_a_busy_one_waits_for_its_hand() -> None:
    work: InWork[str, int] = InWork()

    assert {"a": [1], "b": [2]} == work.claim({"a": [1], "b": [2]})
    assert {"c": [4]} == work.claim({"a": [3], "c": [4]})
    assert {"a": [3]} == work.finish({"a": [1], "b": [2]})


def test_what_waited_keeps_its_subject_busy_until_it_is_done() -> None:
    work: InWork[str, int] = InWork()
    work.claim({"a": [1]})
    work.claim({"a": [2]})
    again = work.finish({"a": [1]})

    assert {} == work.claim({"a": [3]})
    assert {"a": [3]} == work.finish(again)
    assert {} == work.finish({"a": [3]})
    assert {"a": [4]} == work.claim({"a": [4]})
