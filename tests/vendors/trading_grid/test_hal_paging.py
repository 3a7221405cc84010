import json
from collections.abc import Callable

import httpx
import pytest

from ops.sandbox.trading_grid.behaviour import Behaviour
from shared.errors import Unavailable, Unreadable
from shared.vendors.answers import Answer
from shared.vendors.trading_grid.paging import read_all, read_page
from shared.vendors.trading_grid.profile import Collections, Profile
from tests.vendors.trading_grid.conftest import Opening

Between = Callable[[int, list[str]], None]


class Shelf:
    """A list on a host that others change between two pages."""

    def __init__(self, collections: Collections, ids: list[str], between: Between, *, tells_total: bool = True) -> None:
        self.ids = ids
        self._size = collections.page_size
        self._between = between
        self._tells_total = tells_total
        self.asked: list[int] = []

    def fetch(self, number: int) -> Answer:
        self.asked.append(number)
        start = (number - 1) * self._size
        page: dict[str, object] = {"page": number, "itemsPerPage": self._size, "_links": {}}
        if held := self.ids[start : start + self._size]:
            page["_embedded"] = {"collection": [{"id": identity} for identity in held]}
        if start + self._size < len(self.ids):
            page["_links"] = {"next": {"href": f"/x?page={number + 1}"}}
        if self._tells_total:
            page["total"] = len(self.ids)
        self._between(len(self.asked), self.ids)
        return Answer("list", 200, httpx.Headers(), json.dumps(page).encode())


@pytest.fixture
def collections(profile: Profile) -> Collections:
    return profile.collections


def listed(collections: Collections, shelf: Shelf) -> list[object]:
    return [item["id"] for item, _ in read_all(collections, "id", shelf.fetch)]


def numbered(count: int) -> list[str]:
    return [f"{n:04d}" for n in range(count)]


def leave_alone(_: int, __: list[str]) -> None:
    """Nobody changes anything."""


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 400])
@pytest.mark.parametrize("tells_total", [True, False])
def test_quiet_list_is_read_once_whole_and_in_order(collections: Collections, count: int, *, tells_total: bool) -> None:
    shelf = Shelf(collections, numbered(count), leave_alone, tells_total=tells_total)

    assert numbered(count) == listed(collections, shelf)
    assert len(shelf.asked) <= count // 100 + 1


def test_items_that_slid_over_a_page_edge_are_read_all_the_same(collections: Collections) -> None:
    # Case K13: three removed from and five moved off page 1 while page 2 is asked for; ten added at the front later.
    survivors = set(numbered(400)) - {"0001", "0002", "0003"}

    def between(request: int, ids: list[str]) -> None:
        if request == 1:
            for gone in ("0001", "0002", "0003"):
                ids.remove(gone)
            for touched in ("0010", "0011", "0012", "0013", "0014"):
                ids.remove(touched)
                ids.append(touched)
        if request == 3:
            ids[:0] = [f"new-{n}" for n in range(10)]

    shelf = Shelf(collections, numbered(400), between)

    read = listed(collections, shelf)

    assert len(read) == len(set(read))
    assert survivors | {f"new-{n}" for n in range(10)} <= set(read)


def test_list_that_never_rests_is_not_called_complete(collections: Collections) -> None:
    def between(_: int, ids: list[str]) -> None:
        ids.pop(0)

    shelf = Shelf(collections, numbered(400), between)

    with pytest.raises(Unavailable, match="cannot be called complete"):
        listed(collections, shelf)


def test_host_that_answers_every_number_with_the_same_page_does_not_keep_us(collections: Collections) -> None:
    first = Shelf(collections, numbered(400), leave_alone, tells_total=False)

    with pytest.raises(Unavailable, match="cannot be called complete"):
        list(read_all(collections, "id", lambda _: first.fetch(1)))

    assert len(first.asked) <= 6


@pytest.mark.parametrize("next_link", ["missing", "nonsense"])
def test_next_link_that_is_missing_or_nonsense_loses_nothing(opened: Opening, next_link: str) -> None:
    here = opened(behaviour=Behaviour(next_link=next_link, largest_page=3))  # type: ignore[arg-type]  # one of its values
    for n in range(10):
        here.host.open_space(f"Space {n}")

    assert 11 == len(list(here.client.list_spaces()))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        # Case K16: what is no list at all.
        (b"<html>log in</html>", Unavailable),
        (b'{"_embedded": {"collection": [{"id": "1"', Unavailable),
        (b"", Unavailable),
        (b"[]", Unreadable),
        (b"null", Unreadable),
        (b"{}", Unreadable),
        (b'{"error": "x"}', Unreadable),
        (b'{"page": 1, "_embedded": {"collection": {"id": "1"}}}', Unreadable),
        (b'{"page": 1, "_embedded": {"collection": ["1"]}}', Unreadable),
        (b'{"page": "1", "_embedded": {"collection": []}}', Unreadable),
        (b'{"page": 1, "total": -1}', Unreadable),
    ],
)
def test_answer_that_is_no_list_is_a_fault_and_not_an_empty_list(
    collections: Collections, body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_page(collections, Answer("list", 200, httpx.Headers(), body))


@pytest.mark.parametrize("item", [b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": 7}'])
def test_item_without_an_id_is_a_fault(collections: Collections, item: bytes) -> None:
    body = b'{"page": 1, "_embedded": {"collection": [' + item + b"]}}"

    with pytest.raises(Unreadable, match="has no id"):
        list(read_all(collections, "id", lambda _: Answer("list", 200, httpx.Headers(), body)))
