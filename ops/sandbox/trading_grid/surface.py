"""What the simulated host answers to each operation of the profile; where and how it is asked is `app`'s."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import JsonValue

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.filters import parse_filter
from ops.sandbox.trading_grid.refusals import Refused
from ops.sandbox.trading_grid.rendering import JsonObject, Rendering
from ops.sandbox.trading_grid.rows import Document, Folder
from ops.sandbox.trading_grid.write_log import Entry
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.templates import whole_placeholder

DEFAULT_PAGE_SIZE: Final = 10  # documented: what the vendor's sample application gets without asking

_SORTABLE: Final[dict[str, Callable[[Folder | Document], str]]] = {
    "create_time": lambda row: row.created_at.isoformat(),
    "update_time": lambda row: row.updated_at.isoformat(),
    "name": lambda row: row.name,
}


@dataclass(frozen=True)
class Asked:
    """A request, read as the profile writes it."""

    path: str
    query: Mapping[str, str]
    ids: Mapping[str, str]
    """From the path."""
    values: Mapping[str, object]
    """From the body."""
    if_match: int | None
    rendering: Rendering
    entry: Entry | None = None
    """Where a write is logged."""

    def text(self, name: str) -> str:
        """Return a value that must be there, wherever the profile puts it. Raises Refused."""
        value = self.ids.get(name) or self.values.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(f"The parameter {name} is mandatory")
        return value

    def properties(self) -> Mapping[str, object]:
        """Return the properties asked for. Raises Refused."""
        properties = self.values.get("properties", {})
        if not isinstance(properties, dict):
            raise Refused("properties must be an object")
        return properties


Row = TypeVar("Row")
Answered = tuple[int, JsonObject | None]


class Surface:
    """One method an operation, by the operation's name. Each raises Refused for what the host does not do."""

    def __init__(self, host: CommunityHost, profile: Profile) -> None:
        self._host = host
        self._profile = profile

    def list_spaces(self, asked: Asked) -> Answered:
        """List all spaces."""
        return 200, self._page(asked, self._host.directory.spaces(), asked.rendering.space)

    def list_members(self, asked: Asked) -> Answered:
        """List the members of a space."""
        members = self._host.directory.members(asked.text("space"))
        return 200, self._page(asked, members, lambda member: asked.rendering.member(*member))

    def find_folder(self, asked: Asked) -> Answered:
        """List folders: those of a folder when the path names one, else all."""
        return 200, self._items(asked, self._inside(asked.ids.get("parent"), self._host.library.folders()))

    def find_documents(self, asked: Asked) -> Answered:
        """List the items of a folder when the path names one, else all documents."""
        return 200, self._items(asked, self._inside(asked.ids.get("folder"), self._host.library.documents()))

    def read_folder(self, asked: Asked) -> Answered:
        """Return a folder."""
        return 200, asked.rendering.folder(self._host.library.folder(asked.text("folder")))

    def create_folder(self, asked: Asked) -> Answered:
        """Make a folder in a folder."""
        folder = self._host.library.make_folder(asked.text("name"), parent_id=asked.text("parent"), space_id="")
        _applied(asked, folder.id)
        return 201, asked.rendering.folder(folder)

    def create_document(self, asked: Asked) -> Answered:
        """Make a document of bytes stored before."""
        acl = asked.text("acl") if self._host.behaviour.obeys_acl_on_create else self._host.members_acl
        document = self._host.library.make_document(
            asked.text("name"),
            folder_id=asked.text("folder"),
            acl_id=acl,
            blob_id=asked.text("blob"),
            properties=asked.properties(),
        )
        _applied(asked, document.id)
        return 201, asked.rendering.document(document)

    def read_document(self, asked: Asked) -> Answered:
        """Return a document."""
        return 200, asked.rendering.document(self._host.library.document(asked.text("document")))

    def add_version(self, asked: Asked) -> Answered:
        """Give a document new content."""
        document = self._host.library.add_version(
            asked.text("document"), name=asked.text("name"), blob_id=asked.text("blob"), if_match=asked.if_match
        )
        _applied(asked, document.id)
        return 201, asked.rendering.document(document)

    def update_properties(self, asked: Asked) -> Answered:
        """Set properties and leave the others."""
        document = self._host.library.patch(asked.text("document"), asked.properties(), if_match=asked.if_match)
        _applied(asked, document.id)
        return 200, asked.rendering.document(document)

    def change_acl(self, asked: Asked) -> Answered:
        """Change who sees a document."""
        document = self._host.library.set_acl(asked.text("document"), asked.text("acl"), if_match=asked.if_match)
        _applied(asked, document.id)
        return 200, asked.rendering.document(document)

    def move(self, asked: Asked) -> Answered:
        """Put a document into another folder (documented; the fleet does not use it yet, people do)."""
        document = self._host.library.move(asked.text("document"), asked.text("id"), if_match=asked.if_match)
        _applied(asked, document.id)
        return 200, asked.rendering.document(document)

    def delete_document(self, asked: Asked) -> Answered:
        """Remove a document."""
        self._host.library.delete(asked.text("document"), if_match=asked.if_match)
        _applied(asked, asked.text("document"))
        return 204, None

    def _inside(self, folder_id: str | None, everything: Sequence[Folder | Document]) -> Sequence[Folder | Document]:
        return everything if folder_id is None else self._host.library.items(folder_id)

    def _items(self, asked: Asked, rows: Sequence[Folder | Document]) -> JsonObject:
        if (expression := asked.query.get("filter")) is not None:
            passes = parse_filter(expression, quoting=self._profile.filter_quoting)
            rows = [row for row in rows if passes(asked.rendering.facts(row))]
        if (order := asked.query.get("sortby")) is not None:
            rows = _sorted(rows, order)
        return self._page(asked, rows, lambda row: _shown(asked.rendering, row))

    def _page(self, asked: Asked, rows: Sequence[Row], show: Callable[[Row], JsonObject]) -> JsonObject:
        collections = self._profile.collections
        number = _number(asked.query, collections.page_parameter, collections.first_page)
        wanted = _number(asked.query, collections.size_parameter, DEFAULT_PAGE_SIZE)
        if number < collections.first_page or wanted < 1:
            raise Refused("The page does not exist")
        size = min(wanted, self._host.behaviour.largest_page)
        start = (number - collections.first_page) * size
        return asked.rendering.page(
            [show(row) for row in rows[start : start + size]],
            path=asked.path,
            query=dict(asked.query),
            number=number,
            size=size,
            total=len(rows),
            has_more=start + size < len(rows),
        )


def read_body(template: JsonValue, body: JsonValue) -> dict[str, object]:
    """Return the values in `body`, found where `template` has their placeholders."""
    if isinstance(template, str):
        name = whole_placeholder(template)
        return {} if name is None or body is None else {name: body}
    found: dict[str, object] = {}
    if isinstance(template, dict) and isinstance(body, dict):
        for key, part in template.items():
            found |= read_body(part, body.get(key))
    if isinstance(template, list) and isinstance(body, list):
        for part, held in zip(template, body, strict=False):
            found |= read_body(part, held)
    return found


def _applied(asked: Asked, object_id: str) -> None:
    if asked.entry is not None:
        asked.entry.apply(object_id)


def _shown(rendering: Rendering, row: Folder | Document) -> JsonObject:
    return rendering.folder(row) if isinstance(row, Folder) else rendering.document(row, in_list=True)


def _sorted(rows: Sequence[Folder | Document], order: str) -> list[Folder | Document]:
    field, _, direction = order.strip().partition(" ")
    if field not in _SORTABLE or direction not in {"asc", "desc"}:
        raise Refused(f"sortby {order!r} is not understood")
    return sorted(rows, key=_SORTABLE[field], reverse=direction == "desc")


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    try:
        return int(query.get(name, otherwise))
    except ValueError:
        raise Refused(f"{name} must be a number") from None
