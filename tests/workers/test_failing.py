"""When most of what a queue is given dies, that is noticed; single deaths are not."""

from workers.failing import WINDOW, Failing


def noted(died: list[bool], tenant: str = "acme") -> list[int]:
    failing = Failing()
    return [place for place, one in enumerate(died) if failing.note(tenant, died=one)]


def test_most_of_a_full_window_is_noticed_once() -> None:
    assert [WINDOW - 1] == noted([True] * WINDOW)


def test_half_of_a_window_is_not_most_of_it() -> None:
    assert [] == noted([True, False] * WINDOW)


def test_a_few_deaths_at_the_start_are_no_window_yet() -> None:
    assert [] == noted([True] * (WINDOW - 1))


def test_tenants_do_not_pay_for_each_other() -> None:
    failing = Failing()

    assert not any(failing.note(f"t{place}", died=True) for place in range(2 * WINDOW))
