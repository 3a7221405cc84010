"""
The Trading Grid port over OpenText's JSON conventions (HAL), as the customer's profile maps them.

What the profile grades as assumed is checked by its effect: a new document must be hidden, a shown one visible, a
written property there. The vendor's own word counts only where there is no other.
"""

import unicodedata
from collections.abc import Iterator, Mapping

from shared.errors import Ambiguous, Conflict, FleetError, Unavailable
from shared.settings import TradingGridSettings
from shared.vendors.faults import NotFound
from shared.vendors.hosts import HostRefused
from shared.vendors.http import Answer, Observer
from shared.vendors.trading_grid import records
from shared.vendors.trading_grid.calls import Calls, Upload, Values
from shared.vendors.trading_grid.names import safe_name
from shared.vendors.trading_grid.port import Blob, Document, Draft, Member, Space
from shared.vendors.trading_grid.profile import Profile
from shared.vendors.trading_grid.reader import Reader, gone
from shared.vendors.trading_grid.records import json_object
from shared.vendors.trading_grid.uploads import CountedChunks, media_type


class HalTradingGrid:
    """Implements `port.TradingGrid`. Safe to use from many threads."""

    def __init__(self, settings: TradingGridSettings, profile: Profile, *, observe: Observer | None = None) -> None:
        self._profile = profile
        self._calls = Calls(settings, profile, observe=observe)
        self._reader = Reader(self._calls, profile)
        self._folders: dict[tuple[str, str], str] = {}  # ids by parent and name; forgotten when one proves to be gone

    def close(self) -> None:
        """Close every connection."""
        self._calls.close()

    def list_spaces(self) -> Iterator[Space]:
        """Yield every space that our account sees, page by page."""
        for item, answer in self._reader.listed("list_spaces", {}, self._profile.space.id):
            yield records.read_space(self._profile, item, answer)

    def list_members(self, space_id: str) -> tuple[Member, ...]:
        """Return every member of the space."""
        listed = self._reader.listed("list_members", {"space": space_id}, self._profile.member.id)
        return tuple(records.read_member(self._profile, item, answer) for item, answer in listed)

    def ensure_folder(self, space: Space, name: str) -> str:
        """Return the id of the folder `name` at the top of the space, made if it is not there."""
        name = safe_name(name)
        return self._known_folder(space.folder_id, name) or self._made_folder(space.folder_id, name)

    def find_folder(self, space: Space, name: str) -> str | None:
        """Return the id of the folder `name` at the top of the space; None when it, or the whole space, is gone."""
        try:
            return self._known_folder(space.folder_id, safe_name(name)) if space.folder_id else None
        except NotFound:
            return None

    def _known_folder(self, parent_id: str, name: str) -> str | None:
        """Return the id of that folder, remembered from an earlier look; None when it is not there."""
        if (known := self._folders.get((parent_id, name))) is not None:
            return known
        if (found := self._find_folder(parent_id, name)) is not None:
            self._folders[parent_id, name] = found
        return found

    def _made_folder(self, parent_id: str, name: str) -> str:
        """Make a folder. Its id is not remembered: should two hands make it, the next look tells both which counts."""
        try:
            answer = self._calls.make("create_folder", {"parent": parent_id, "name": name})
        except Conflict:
            # Another hand made it between our look and our write: whose it is does not matter.
            if (found := self._find_folder(parent_id, name)) is not None:
                return found
            raise
        return records.read_folder(self._profile, json_object(answer), answer).id

    def find_documents(self, folder_id: str, external_key: str) -> tuple[Document, ...]:
        """Return the documents in the folder that carry our key, hidden ones too."""
        try:
            return tuple(self._reader.carriers(folder_id, external_key))
        except NotFound as fault:
            self._folders.clear()
            raise Conflict(f"folder {folder_id} is gone, or not ours to see") from fault

    def store_blob(self, chunks: Iterator[bytes], *, name: str, mime_type: str, length_bytes: int | None) -> Blob:
        """Store the bytes of a file, piece by piece."""
        limits = self._profile.limits
        mime_type = media_type(mime_type, limits, name=name)
        counted = CountedChunks(chunks, name, length_bytes, limits.max_file_bytes)
        try:
            answer = self._calls.make("store_blob", {}, upload=Upload(iter(counted), mime_type, length_bytes))
            stored = records.read_blob(self._profile, json_object(answer), answer)
        except Ambiguous as fault:
            raise Unavailable(f"nobody sees what may have been stored, so it can be sent again: {fault}") from fault
        if stored.size is not None and stored.size != counted.sent_bytes:
            raise Unavailable(f"{name!r}: {counted.sent_bytes} bytes were sent, {stored.size} were stored")
        return Blob(stored.id, counted.sent_bytes, mime_type)

    def create_document(self, folder_id: str, draft: Draft, blob: Blob) -> Document:
        """Make a document that partners cannot see."""
        key = self._profile.document.external_key
        values: Values = {
            "name": safe_name(draft.name),
            "folder": folder_id,
            "acl": self._profile.acl.staging,
            "external_key": draft.external_key,
            "properties": {**draft.properties, key: draft.external_key},
            "blob": blob.id,
            "mime_type": media_type(draft.mime_type, self._profile.limits, name=draft.name),
            "size": blob.size_bytes,
        }
        try:
            answer = self._calls.make("create_document", values)
        except Conflict:
            self._folders.clear()  # the name is taken, or the host tells a folder that is gone so: look again
            raise
        except NotFound as fault:
            self._folders.clear()
            raise Conflict(f"folder {folder_id} is gone, or not ours to see") from fault
        made = records.read_document(self._profile, json_object(answer), answer).document
        return self._hidden_or_removed(made) if made.visible else made

    def add_version(self, document: Document, name: str, blob: Blob) -> Document:
        """Give the document new content, as visible as it is now."""
        with_key = {**document.properties}
        if document.external_key is not None:
            with_key[self._profile.document.external_key] = document.external_key
        answer = self._change(
            "add_version",
            document,
            {
                "name": safe_name(name),
                "blob": blob.id,
                "mime_type": blob.mime_type,
                "size": blob.size_bytes,
                "properties": dict(with_key),
            },
        )
        made = records.read_document(self._profile, json_object(answer), answer).document
        # Whether a version inherits properties is not known; without our key nobody would find the document again.
        lost = {name: value for name, value in with_key.items() if made.properties.get(name) != value}
        return self.update_properties(made, lost) if lost else made

    def update_properties(self, document: Document, properties: Mapping[str, str]) -> Document:
        """Set these properties and leave the others."""
        self._change("update_properties", document, {"properties": dict(properties)})
        kept = self._reader.present(document.id).document
        if changed := sorted(name for name, value in properties.items() if kept.properties.get(name) != value):
            raise Conflict(f"document {document.id}: property {changed[0]!r} does not hold what was written")
        return kept

    def show(self, document: Document) -> Document:
        """Let the members of its space see the document."""
        # Where no call can be made conditional on it, the state is compared right before: a small gap is left.
        now = self._reader.present(document.id)
        if (now.document.etag, now.document.visible) != (document.etag, document.visible):
            raise Conflict(f"document {document.id} is not as it was when it was checked")
        acl = self._reader.acl_for_members(document.folder_id)
        if now.acl == acl:
            return now.document
        self._change("change_acl", document, {"acl": acl})
        shown = self._reader.present(document.id)
        if shown.acl != acl:
            raise Conflict(f"document {document.id} was to be shown and is not")
        return shown.document

    def hide(self, document: Document) -> Document:
        """Let nobody but us see the document, however it was changed meanwhile."""
        self._change("change_acl", document, {"acl": self._profile.acl.staging}, is_conditional=False)
        hidden = self._reader.present(document.id).document
        if hidden.visible:
            raise Conflict(f"document {document.id} was to be hidden and is not")
        return hidden

    def delete_document(self, document_id: str) -> None:
        """Remove the document with all its versions; one that is gone already is fine."""
        try:
            link = self._reader.delete_link(document_id)
            try:
                self._calls.make("delete_document", {"document": document_id}, link=link)
            except HostRefused:
                # Behind a proxy a host may name itself by an inner address; what must go is not kept by that.
                self._calls.make("delete_document", {"document": document_id})
        except NotFound:
            return

    def read_document(self, document_id: str) -> Document | None:
        """Return the document as it stands; None when it is gone or not ours to see."""
        return self._reader.document(document_id)

    def _find_folder(self, parent_id: str, name: str) -> str | None:
        """Return the id of that folder. The filter is the host's; whether what came is what was asked for is ours."""
        fields = self._profile.folder
        found = [
            folder.id
            for item, answer in self._reader.listed("find_folder", {"parent": parent_id, "name": name}, fields.id)
            if (folder := records.read_folder(self._profile, item, answer)).parent == parent_id
            and unicodedata.normalize("NFC", folder.name) == name
            and folder.kind in {None, fields.kind_is}
        ]
        return min(found, default=None)  # should two hands have made it, all agree on the same one

    def _hidden_or_removed(self, document: Document) -> Document:
        """Hide a document that the host, by a rule of its own, made visible although it was asked not to."""
        try:
            return self.hide(document)
        except FleetError:
            self.delete_document(document.id)
            raise

    def _change(self, name: str, document: Document, values: Values, *, is_conditional: bool = True) -> Answer:
        """Make a call that changes the document. Raises Conflict when it is gone: whoever asked must look again."""
        if_match = self._profile.concurrency.if_match
        headers: dict[str, str] = {}
        if is_conditional and if_match is not None and document.etag is not None:
            headers["If-Match"] = if_match.replace("{etag}", str(document.etag))
        try:
            return self._calls.make(name, {"document": document.id, **values}, headers=headers)
        except NotFound as fault:
            raise gone(document.id) from fault
