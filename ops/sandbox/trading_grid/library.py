"""Folders, documents and the bytes that they refer to."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from ops.sandbox.trading_grid.behaviour import Behaviour
from ops.sandbox.trading_grid.refusals import NameTaken, NotHere, Refused, Stale
from ops.sandbox.trading_grid.rows import Document, Folder, StoredBlob
from shared.clock import Clock


class Library:
    """What there is. Changes of a document are told to `on_document(id)`, under the host's lock."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that the host puts together, once
        self,
        lock: threading.RLock,
        clock: Clock,
        behaviour: Behaviour,
        new_id: Callable[[], str],
        acls: frozenset[str],
        on_document: Callable[[str], None],
    ) -> None:
        self._lock = lock
        self._clock = clock
        self._behaviour = behaviour
        self._new_id = new_id
        self._acls = acls
        self._on_document = on_document
        self._folders: dict[str, Folder] = {}
        self._documents: dict[str, Document] = {}
        self._blobs: dict[str, StoredBlob] = {}
        self._inside: defaultdict[str, dict[str, Folder | Document]] = defaultdict(dict)  # by folder, then by name

    def folders(self) -> list[Folder]:
        """Return all folders, oldest first."""
        with self._lock:
            return list(self._folders.values())

    def documents(self) -> list[Document]:
        """Return all documents, oldest first."""
        with self._lock:
            return list(self._documents.values())

    def folder(self, folder_id: str) -> Folder:
        """Return that folder. Raises NotHere."""
        with self._lock:
            if (found := self._folders.get(folder_id)) is None:
                raise NotHere("no such folder")
            return found

    def find(self, document_id: str) -> Document | None:
        """Return that document; None when there is none."""
        with self._lock:
            return self._documents.get(document_id)

    def document(self, document_id: str) -> Document:
        """Return that document. Raises NotHere."""
        if (found := self.find(document_id)) is None:
            raise NotHere("no such document")
        return found

    def items(self, folder_id: str) -> list[Folder | Document]:
        """Return what is in a folder. Raises NotHere."""
        with self._lock:
            self.folder(folder_id)
            return list(self._inside[folder_id].values())

    def make_folder(self, name: str, *, parent_id: str | None, space_id: str) -> Folder:
        """Make a folder. Raises NameTaken, NotHere, Refused."""
        with self._lock:
            if parent_id is not None:
                space_id = self.folder(parent_id).space_id
                self._require_free_name(parent_id, name)
            now = self._clock.now()
            folder = Folder(self._new_id(), _named(name), parent_id, space_id, 1, now, now)
            self._folders[folder.id] = folder
            if parent_id is not None:
                self._inside[parent_id][folder.name] = folder
            return folder

    def put_blob(self, blob: StoredBlob) -> None:
        """Keep bytes that arrived whole."""
        with self._lock:
            self._blobs[blob.id] = blob

    def blob(self, blob_id: str) -> StoredBlob:
        """Return those bytes. Raises NotHere."""
        with self._lock:
            if (found := self._blobs.get(blob_id)) is None:
                raise NotHere("no such file")
            return found

    def orphans(self) -> list[StoredBlob]:
        """Return the bytes that no document's latest version refers to."""
        with self._lock:
            used = {document.blob.id for document in self._documents.values()}
            return [blob for blob in self._blobs.values() if blob.id not in used]

    def make_document(
        self, name: str, *, folder_id: str, acl_id: str, blob_id: str, properties: Mapping[str, object]
    ) -> Document:
        """Make a document. Raises NameTaken, NotHere, Refused."""
        with self._lock:
            folder = self.folder(folder_id)
            blob = self._usable_blob(blob_id)
            self._require_acl(acl_id)
            self._require_free_name(folder_id, name)
            now = self._clock.now()
            document = Document(
                self._new_id(), _named(name), folder_id, folder.space_id, acl_id, 1, 1, blob, dict(properties), now, now
            )
            self._keep(document)
            return document

    def add_version(self, document_id: str, *, name: str, blob_id: str, if_match: int | None) -> Document:
        """Give a document new content. Raises NameTaken, NotHere, Stale, Refused."""
        with self._lock:
            document = self._writable(document_id, if_match)
            if name != document.name:
                self._require_free_name(document.folder_id, name)
            return self._write(
                replace(
                    document,
                    name=_named(name),
                    blob=self._usable_blob(blob_id),
                    version_no=document.version_no + 1,
                    properties=document.properties if self._behaviour.versions_inherit_properties else {},
                )
            )

    def patch(self, document_id: str, properties: Mapping[str, object], *, if_match: int | None) -> Document:
        """Set these properties and leave the others. Raises NotHere, Stale."""
        with self._lock:
            document = self._writable(document_id, if_match)
            return self._write(replace(document, properties={**document.properties, **properties}))

    def set_acl(self, document_id: str, acl_id: str, *, if_match: int | None) -> Document:
        """Change who sees the document. Raises NotHere, Stale, Refused."""
        with self._lock:
            document = self._writable(document_id, if_match)
            self._require_acl(acl_id)
            return self._write(
                replace(document, acl_id=acl_id if self._behaviour.obeys_acl_on_change else document.acl_id)
            )

    def move(self, document_id: str, folder_id: str, *, if_match: int | None) -> Document:
        """Put the document into another folder. Raises NameTaken, NotHere, Stale."""
        with self._lock:
            document = self._writable(document_id, if_match)
            folder = self.folder(folder_id)
            if folder_id != document.folder_id:
                self._require_free_name(folder_id, document.name)
            return self._write(replace(document, folder_id=folder_id, space_id=folder.space_id))

    def delete(self, document_id: str, *, if_match: int | None) -> None:
        """Remove the document with all its versions. Raises NotHere, Stale."""
        with self._lock:
            document = self._writable(document_id, if_match)
            del self._documents[document_id]
            del self._inside[document.folder_id][document.name]
            self._on_document(document_id)

    def _writable(self, document_id: str, if_match: int | None) -> Document:
        document = self.document(document_id)
        if self._behaviour.honours_if_match and if_match is not None and if_match != document.etag:
            raise Stale("etag does not match")
        return document

    def _write(self, document: Document) -> Document:
        written = replace(document, etag=document.etag + 1, updated_at=self._clock.now())
        before = self._documents[written.id]
        if (before.folder_id, before.name) != (written.folder_id, written.name):
            del self._inside[before.folder_id][before.name]
        self._keep(written)
        return written

    def _keep(self, document: Document) -> None:
        self._documents[document.id] = document
        self._inside[document.folder_id][document.name] = document
        self._on_document(document.id)

    def _require_free_name(self, folder_id: str, name: str) -> None:
        if name in self._inside[folder_id]:
            raise NameTaken("An object with this name already exists in the folder")

    def _require_acl(self, acl_id: str) -> None:
        if acl_id not in self._acls:
            raise Refused(f"no access list {acl_id}")

    def _usable_blob(self, blob_id: str) -> StoredBlob:
        try:
            return self.blob(blob_id)
        except NotHere:
            raise Refused(f"blob_id {blob_id} does not exist") from None


def _named(name: str) -> str:
    if not name:
        raise Refused("The parameter name is mandatory")
    return name
