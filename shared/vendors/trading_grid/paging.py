"""
Lists that arrive page by page, while others go on changing them.

A page number says nothing about what stands before it: an item removed from an earlier page pulls its neighbours over
the edge, and they are never read. The total tells; then the list is read again, and what was handed out stays out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Unavailable, Unreadable
from shared.vendors.answers import explain
from shared.vendors.http import Answer
from shared.vendors.trading_grid.profile import Collections
from shared.vendors.trading_grid.records import JsonObject, json_object
from shared.vendors.trading_grid.selectors import select

MAX_READINGS: Final = 3  # a list that changes under three readings in a row changes too fast to be worth a fourth

# OpenText's own sample holds such links (dossier 2.2, Core Share): they lead nowhere.
_NOWHERE: Final = re.compile(r"\b(NaN|undefined|null)\b")


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    answer: Answer = field(repr=False)
    items: tuple[JsonObject, ...]
    has_next: bool
    """The host says so itself."""
    is_full: bool
    """It holds as many items as it may, so there can be more even if the host forgets to say so."""
    total: int | None


class _Page(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    items: list[JsonObject] | None
    page: int | None
    size: int | None = Field(ge=0)
    total: int | None = Field(ge=0)
    next_link: str | None


def paging_params(collections: Collections, number: int) -> dict[str, str]:
    """Return the query that asks for page `number`."""
    params = {collections.page_parameter: str(number), collections.size_parameter: str(collections.page_size)}
    if collections.total_parameter is not None:
        params[collections.total_parameter] = "true"
    return params


def read_page(collections: Collections, answer: Answer) -> Page:
    """
    Read one page. No items at all and a page number is an empty page; neither of them is no list (case K16).

    Raises Unreadable, naming the field, or Unavailable when it is not JSON.
    """
    content = json_object(answer)
    try:
        page = _Page.model_validate({name: select(content, getattr(collections, name)) for name in _Page.model_fields})
    except ValidationError as fault:
        raise answer.fault(Unreadable, explain(fault)) from None
    if page.items is None and page.page is None:
        raise answer.fault(Unreadable, f"neither {collections.items} nor {collections.page}, so this is not a list")
    items = tuple(page.items or ())
    return Page(
        answer=answer,
        items=items,
        has_next=page.next_link is not None and not _NOWHERE.search(page.next_link),
        is_full=len(items) >= min(collections.page_size, page.size or collections.page_size),
        total=page.total if collections.total_parameter is not None else None,
    )


@dataclass
class _Reading:
    """One walk from the first page to the last."""

    ids: set[str] = field(default_factory=set)
    totals: set[int] = field(default_factory=set)
    is_stuck: bool = False

    def is_whole(self) -> bool:
        """Return whether nothing can have been missed, as far as the host lets us know."""
        return not self.is_stuck and (not self.totals or self.totals == {len(self.ids)})


def read_all(
    collections: Collections, id_at: str, fetch: Callable[[int], Answer]
) -> Iterator[tuple[JsonObject, Answer]]:
    """
    Yield each item once, with the answer it came in.

    Raises Unavailable at the end when each of MAX_READINGS readings was disturbed, Unreadable for an item without id.
    """
    known: set[str] = set()
    for _ in range(MAX_READINGS):
        reading = _Reading()
        for page in _pages(collections, fetch, reading):
            for item in page.items:
                identity = _identity(item, id_at, page.answer)
                reading.ids.add(identity)
                if identity not in known:
                    known.add(identity)
                    yield item, page.answer
        if reading.is_whole():
            return
    raise Unavailable(f"a list changed under each of {MAX_READINGS} readings, so it cannot be called complete")


def _pages(collections: Collections, fetch: Callable[[int], Answer], reading: _Reading) -> Iterator[Page]:
    number = collections.first_page
    while True:
        page = read_page(collections, fetch(number))
        if page.total is not None:
            reading.totals.add(page.total)
        before = len(reading.ids)
        yield page
        has_everything = page.total is not None and len(reading.ids) >= page.total
        if not page.items or has_everything or not (page.has_next or page.is_full):
            return
        if len(reading.ids) == before:  # a host that answers every number with the same page would keep us forever
            reading.is_stuck = True
            return
        number += 1


def _identity(item: JsonObject, id_at: str, answer: Answer) -> str:
    identity = select(item, id_at)
    if not isinstance(identity, str) or not identity:
        raise answer.fault(Unreadable, f"an item of the list has no {id_at}")
    return identity
