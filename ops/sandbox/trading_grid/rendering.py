"""
The vendor's JSON objects, in their documented form, with each value where the profile says that it stands.

Members follow OpenText's samples (dossier 2.2); what a profile moves elsewhere stands in both places.
"""

from datetime import datetime
from urllib.parse import urlencode

from ops.sandbox.trading_grid.behaviour import Behaviour
from ops.sandbox.trading_grid.rows import Contact, Document, Folder, Space, StoredBlob
from shared.vendors import paths
from shared.vendors.trading_grid.operations import Operation
from shared.vendors.trading_grid.profile import Profile

JsonObject = dict[str, object]

BLOB_STREAM = "/v3/files/{blob}/stream"  # documented by a third party's client (dossier 5)

_ACCOUNT: JsonObject = {
    "id": "00000000-0000-4000-8000-00000000e001",
    "name": "svc@acme.example.com",
    "email": "svc@acme.example.com",
}


class Rendering:
    """Objects for one answer; `base` is the address that the caller used."""

    def __init__(self, profile: Profile, behaviour: Behaviour, base: str, *, members_acl: str) -> None:
        self._profile = profile
        self._behaviour = behaviour
        self._base = base.rstrip("/")
        self._members_acl = members_acl

    def space(self, space: Space) -> JsonObject:
        """Return a space (assumed)."""
        fields = self._profile.space
        shown = self._object(space, "workspace")
        listed = self._profile.operations.list_spaces
        shown["_links"] = {"self": self._link(f"{listed.path if listed else ''}/{space.id}")}
        _place(shown, fields.id, space.id)
        _place(shown, fields.name, space.name)
        _place(shown, fields.folder, space.folder_id)
        _place(shown, fields.etag, space.etag)
        return shown

    def member(self, contact: Contact, role: str) -> JsonObject:
        """Return a member of a space (assumed)."""
        fields = self._profile.member
        shown: JsonObject = {"name": contact.name, "email": contact.email}
        _place(shown, fields.id, contact.id)
        _place(shown, fields.company, contact.company_id)
        _place(shown, fields.role, role)
        return shown

    def folder(self, folder: Folder) -> JsonObject:
        """Return a folder (documented)."""
        fields = self._profile.folder
        shown = self._object(folder, "folder")
        shown |= {"parent_folder_id": folder.parent_id, "acl_id": self._members_acl, "properties": {}, "traits": {}}
        own = self._path(self._profile.operations.read_folder, "/folders/{folder}", folder=folder.id)
        shown["_links"] = {**self._links(own), "urn:eim:linkrel:objects": self._link(f"{own}/items")}
        _place(shown, fields.id, folder.id)
        _place(shown, fields.name, folder.name)
        _place(shown, fields.parent, folder.parent_id)
        _place(shown, fields.acl, self._members_acl)
        _place(shown, fields.kind, fields.kind_is)
        return shown

    def document(self, document: Document, *, in_list: bool = False) -> JsonObject:
        """Return a document (documented)."""
        fields = self._profile.document
        blob = document.blob
        shown = self._object(document, "file")
        shown |= {
            "version_label": ["INITIAL", "CURRENT"] if document.version_no == 1 else ["CURRENT"],
            "blob_id": blob.id,
            "renditions": [
                {
                    "id": f"{blob.id}-r",
                    "name": document.name,
                    "rendition_type": "primary",
                    "source": "FILE_ID",
                    "blob_id": blob.id,
                    "mime_type": blob.mime_type,
                    "content_size": blob.size_bytes,
                }
            ],
            "traits": {},
        }
        own = self._path(self._profile.operations.read_document, "/files/{document}", document=document.id)
        shown["_links"] = {
            **self._links(own),
            "urn:eim:linkrel:download-media": self._link(paths.fill(BLOB_STREAM, blob=blob.id)),
            "urn:eim:linkrel:pdf-download-media": self._link(f"{own}/contents/pdf"),
        }
        _place(shown, fields.id, document.id)
        _place(shown, fields.name, document.name)
        _place(shown, fields.folder, document.folder_id)
        _place(shown, fields.acl, document.acl_id)
        _place(shown, fields.version_no, document.version_no)
        _place(shown, fields.size, blob.size_bytes)
        _place(shown, fields.mime_type, blob.mime_type)
        _place(shown, fields.etag, document.etag)
        _place(shown, fields.delete_link, f"{self._base}{own}")
        if self._behaviour.lists_show_properties or not in_list:
            _place(shown, fields.properties, dict(document.properties))
        return shown

    def facts(self, row: Folder | Document) -> JsonObject:
        """Return what a filter can ask about an item, without the rest of it."""
        facts: JsonObject = {"create_time": _instant(row.created_at), "update_time": _instant(row.updated_at)}
        if isinstance(row, Folder):
            folder = self._profile.folder
            _place(facts, folder.id, row.id)
            _place(facts, folder.name, row.name)
            _place(facts, folder.parent, row.parent_id)
        else:
            document = self._profile.document
            _place(facts, document.id, row.id)
            _place(facts, document.name, row.name)
            _place(facts, document.folder, row.folder_id)
            _place(facts, document.properties, dict(row.properties))
        return facts

    def blob(self, blob: StoredBlob) -> JsonObject:
        """Return what the store says of new bytes (documented)."""
        fields = self._profile.blob
        shown: JsonObject = {"originalFileName": blob.id}
        _place(shown, fields.id, blob.id)
        _place(shown, fields.size, blob.size_bytes)
        _place(shown, fields.mime_type, blob.mime_type)
        return shown

    def page(  # noqa: PLR0913 - the parts of a page, all named
        self,
        items: list[JsonObject],
        *,
        path: str,
        query: dict[str, str],
        number: int,
        size: int,
        total: int,
        has_more: bool,
    ) -> JsonObject:
        """Return one page of a list (documented): no items at all leave out their very member."""
        collections = self._profile.collections
        links: JsonObject = {"self": self._link(f"{path}?{urlencode(query)}")}
        shown: JsonObject = {"_links": links}
        if items:
            _place(shown, collections.items, items)
        if has_more and self._behaviour.next_link != "missing":
            following = "NaN" if self._behaviour.next_link == "nonsense" else str(number + 1)
            href = f"{self._base}{path}?{urlencode({**query, collections.page_parameter: following})}"
            _place(shown, collections.next_link, href)
        _place(shown, collections.page, number)
        _place(shown, collections.size, size)
        if query.get(collections.total_parameter or "include-total") == "true":
            _place(shown, collections.total, total)
        return shown

    @staticmethod
    def _object(row: Space | Folder | Document, category: str) -> JsonObject:
        return {
            "id": row.id,
            "name": row.name,
            "display_name": None,
            "description": "",
            "type": f"cms_{category}",
            "category": category,
            "create_time": _instant(row.created_at),
            "update_time": _instant(row.updated_at),
            "created_by": _ACCOUNT,
            "updated_by": _ACCOUNT,
            "owner": _ACCOUNT,
            "etag": row.etag,
        }

    def _links(self, own: str) -> JsonObject:
        return {
            "self": self._link(own),
            "parent": self._link(f"{own}/parent"),
            "edit": self._link(own),
            "urn:eim:linkrel:delete": self._link(own),
        }

    def _link(self, path: str) -> JsonObject:
        return {"href": f"{self._base}{path}"}

    @staticmethod
    def _path(operation: Operation | None, otherwise: str, **ids: str) -> str:
        return paths.fill(operation.path if operation is not None else otherwise, **ids)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _place(shown: JsonObject, selector: str, value: object) -> None:
    """Put a value where the profile says that it stands."""
    first, *way = selector.split(".")
    shown[first] = _placed(shown.get(first), way, value)


def _placed(into: object, way: list[str], value: object) -> object:
    if not way:
        return value
    step, *rest = way
    if step.isdecimal():
        items = list(into) if isinstance(into, list) else []
        items += [{}] * (int(step) + 1 - len(items))
        items[int(step)] = _placed(items[int(step)], rest, value)
        return items
    members = dict(into) if isinstance(into, dict) else {}
    members[step] = _placed(members.get(step), rest, value)
    return members
