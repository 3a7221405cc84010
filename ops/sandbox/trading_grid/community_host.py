"""The simulated community host: a directory, a library and what each partner sees of it, in one lock."""

import itertools
import threading
from pathlib import Path
from typing import Final

from ops.sandbox.trading_grid.behaviour import Behaviour
from ops.sandbox.trading_grid.blob_shelf import BlobShelf
from ops.sandbox.trading_grid.directory import Directory
from ops.sandbox.trading_grid.library import Library
from ops.sandbox.trading_grid.rows import Document, Space
from ops.sandbox.trading_grid.visibility import Seen, Views
from shared.clock import Clock
from shared.vendors.trading_grid.profile import FixedAcl, Profile

_MEMBERS_ACL: Final = "acl-members"  # what folders have, where a profile takes it from there


class CommunityHost:
    """
    State without a surface; safe to use from many threads. The bytes of files lie in `blob_folder`.

    From the profile it takes the access list that admits nobody but service accounts, the one that admits the members
    of a document's space, and the property that holds the fleet's own key.
    """

    def __init__(
        self, clock: Clock, profile: Profile, *, blob_folder: Path, behaviour: Behaviour | None = None
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour or Behaviour()
        self.blobs = BlobShelf(blob_folder, max_bytes=self.behaviour.max_upload_bytes)
        self.staging_acl = profile.acl.staging
        self.members_acl = profile.acl.visible.id if isinstance(profile.acl.visible, FixedAcl) else _MEMBERS_ACL
        self.external_key = profile.document.external_key
        self.accounts: dict[str, str] = {}
        self.views = Views()
        self._lock = threading.RLock()
        self._count = itertools.count(1)
        self._blob_count = itertools.count(1)
        self.directory = Directory(self._lock, self._look_as_member)
        self.library = Library(
            self._lock,
            clock,
            self.behaviour,
            self.new_id,
            frozenset({self.staging_acl, self.members_acl}),
            self._look_at_document,
        )

    def new_id(self) -> str:
        """Return an id in the vendor's form that was not given before."""
        return f"00000000-0000-4000-8000-{next(self._count):012x}"

    def new_blob_id(self) -> str:
        """Return an id for stored bytes that was not given before."""
        return f"blob-{next(self._blob_count):04d}"

    def admit_account(self, client_id: str, secret: str) -> None:
        """Let a service account in: it sees and may change everything."""
        with self._lock:
            self.accounts[client_id] = secret

    def open_space(self, name: str, *, space_id: str | None = None) -> Space:
        """Add a space with its root folder."""
        with self._lock:
            identity = space_id or self.new_id()
            folder = self.library.make_folder(name, parent_id=None, space_id=identity)
            now = self.clock.now()
            space = Space(identity, name, folder.id, 1, now, now)
            self.directory.put_space(space)
            return space

    def _look_at_document(self, document_id: str) -> None:
        document = self.library.find(document_id)
        for contact_id in self._people_concerned(document_id, document):
            self._look(contact_id, document_id, document)

    def _look_as_member(self, space_id: str, contact_id: str) -> None:
        for document in self.library.documents():
            if document.space_id == space_id:
                self._look(contact_id, document.id, document)

    def _people_concerned(self, document_id: str, document: Document | None) -> set[str]:
        people = set(self.directory.space(document.space_id).roles) if document is not None else set()
        return people | self.views.watchers(document_id)

    def _look(self, contact_id: str, document_id: str, document: Document | None) -> None:
        seen = self._seen(document) if document is not None and self._may_see(contact_id, document) else None
        self.views.note(contact_id, document_id, seen, at=self.clock.now())

    def _may_see(self, contact_id: str, document: Document) -> bool:
        is_member = contact_id in self.directory.space(document.space_id).roles
        return is_member and document.acl_id == self.members_acl

    def _seen(self, document: Document) -> Seen:
        key = document.properties.get(self.external_key)
        return Seen(
            document_id=document.id,
            space_id=document.space_id,
            folder=self.library.folder(document.folder_id).name,
            external_key=key if isinstance(key, str) else None,
            name=document.name,
            version_no=document.version_no,
            mime_type=document.blob.mime_type,
            size_bytes=document.blob.size_bytes,
            blob_id=document.blob.id,
            sha256=document.blob.sha256,
            properties=document.properties,
        )
