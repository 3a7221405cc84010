"""Reading: lists, and documents as they stand."""

from collections.abc import Iterator

from shared.errors import Conflict, FleetError, Unavailable, Unreadable
from shared.vendors import paths
from shared.vendors.faults import NotFound
from shared.vendors.http import Answer
from shared.vendors.trading_grid import records
from shared.vendors.trading_grid.calls import Calls, Values
from shared.vendors.trading_grid.paging import paging_params, read_all
from shared.vendors.trading_grid.port import Document
from shared.vendors.trading_grid.profile import FixedAcl, Profile
from shared.vendors.trading_grid.records import JsonObject, Sighting, json_object
from shared.vendors.trading_grid.selectors import select


class Reader:
    """Reads what the host holds, wherever the profile says that it is."""

    def __init__(self, calls: Calls, profile: Profile) -> None:
        self._calls = calls
        self._profile = profile

    def listed(self, name: str, values: Values, id_at: str) -> Iterator[tuple[JsonObject, Answer]]:
        """Yield each item of the list `name` once, with the answer it came in. Raises as paging.read_all does."""
        collections = self._profile.collections
        return read_all(
            collections,
            id_at,
            lambda number: self._calls.make(name, values, params=paging_params(collections, number)),
        )

    def carriers(self, folder_id: str, external_key: str) -> Iterator[Document]:
        """Yield the documents in the folder that carry our key."""
        fields = self._profile.document
        values = {"folder": folder_id, "external_key": external_key}
        for listed, answer in self.listed("find_documents", values, fields.id):
            if select(listed, fields.properties) is None and self._may_be_document(listed):
                # A list that leaves properties out would make us blind, and a second document would be made.
                document = self.document(str(select(listed, fields.id)))
            elif records.external_key(fields, listed) == external_key:
                document = records.read_document(self._profile, listed, answer).document
            else:
                continue
            if document is not None and (document.external_key, document.folder_id) == (external_key, folder_id):
                yield document

    def sighting(self, document_id: str) -> Sighting:
        """Return the document as it stands. Raises NotFound when it is gone or not ours to see."""
        answer = self._calls.make("read_document", {"document": document_id})
        return records.read_document(self._profile, json_object(answer), answer)

    def document(self, document_id: str) -> Document | None:
        """Return the document as it stands; None when it is gone or not ours to see."""
        try:
            return self.sighting(document_id).document
        except NotFound:
            return None

    def present(self, document_id: str) -> Sighting:
        """Return the document, which must be there. Raises Conflict when it is not: whoever asked must look again."""
        try:
            return self.sighting(document_id)
        except NotFound as fault:
            raise gone(document_id) from fault

    def delete_link(self, document_id: str) -> str | None:
        """
        Return where the document says it is deleted; None when it does not say so, or names another document.

        Raises NotFound when the document is gone.
        """
        answer = self._calls.make("read_document", {"document": document_id})
        try:
            link = select(json_object(answer), self._profile.document.delete_link)
        except (Unavailable, Unreadable):
            return None  # what cannot be read can still be removed
        is_its_own = isinstance(link, str) and paths.segment(document_id, "document") in link
        return str(link) if is_its_own else None

    def acl_for_members(self, folder_id: str) -> str:
        """Return the access list that shows a document of this folder to the members of its space."""
        visible = self._profile.acl.visible
        if isinstance(visible, FixedAcl):
            return visible.id
        answer = self._calls.make("read_folder", {"folder": folder_id})
        acl = records.read_folder(self._profile, json_object(answer), answer).acl
        if acl is None:
            raise answer.fault(Unreadable, f"a folder without {self._profile.folder.acl}")
        return acl

    def _may_be_document(self, item: JsonObject) -> bool:
        return select(item, self._profile.folder.kind) != self._profile.folder.kind_is


def gone(document_id: str) -> FleetError:
    """Make the error for a document that must be there and is not."""
    return Conflict(f"document {document_id} is gone, or not ours to see")
