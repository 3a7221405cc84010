"""
What the fleet can do in Trading Grid, in our own words: workers know these operations and models, no vendor's shapes.

Every operation may raise Throttled, Unavailable, Forbidden, Rejected or Unreadable; one that writes may raise Ambiguous
when its outcome is unknown. NotFound (a Rejected) means: gone, or not ours to see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Space:
    """A partner community's space."""

    id: str
    name: str
    folder_id: str
    """The folder at its top."""
    etag: int | None = None
    """Counts up with every change; None where the vendor tells none."""


@dataclass(frozen=True)
class Member:
    """Someone who sees what is visible in a space. No name and no address: the audience is judged by company."""

    id: str
    company_id: str | None
    """None: the vendor did not say, so nobody may assume it."""
    role: str


@dataclass(frozen=True)
class Document:
    """A document as it stood when it was read."""

    id: str
    external_key: str | None
    """Our own key, by which we find it again; None on a document that we did not make."""
    name: str
    folder_id: str
    version_no: int
    size_bytes: int | None
    mime_type: str | None
    etag: int | None
    """Counts up with every write; None where the vendor tells none."""
    visible: bool
    """False only if its access list is known to admit nobody but us."""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Blob:
    """Bytes in the vendor's store that no document refers to yet; nobody sees them."""

    id: str
    size_bytes: int
    mime_type: str


@dataclass(frozen=True)
class Draft:
    """A document to be made."""

    external_key: str
    name: str
    mime_type: str
    properties: Mapping[str, str] = field(default_factory=dict)


class TradingGrid(Protocol):
    """The operations. Names of documents and folders are made safe on the way: see `names.safe_name`."""

    def list_spaces(self) -> Iterator[Space]:
        """
        Yield every space that our account sees, page by page.

        Raises Unavailable at the end when the list kept changing under the reading: it was not complete.
        """

    def list_members(self, space_id: str) -> tuple[Member, ...]:
        """Return every member of the space. Raises Unavailable as list_spaces does, NotFound for no such space."""

    def ensure_folder(self, space: Space, name: str) -> str:
        """Return the id of the folder `name` at the top of the space, made if it is not there."""

    def find_folder(self, space: Space, name: str) -> str | None:
        """Return the id of the folder `name` at the top of the space; None when it, or the whole space, is gone."""

    def find_documents(self, folder_id: str, external_key: str) -> tuple[Document, ...]:
        """
        Return the documents in the folder that carry our key, hidden ones too.

        Raises Unavailable as list_spaces does.
        """

    def store_blob(self, chunks: Iterator[bytes], *, name: str, mime_type: str, length_bytes: int | None) -> Blob:
        """
        Store the bytes of a file, piece by piece. `name` is for messages only.

        Never Ambiguous: what no document refers to is seen by nobody, so it may be stored again. Raises Rejected for a
        file that is larger than the profile allows, or of another type.
        """

    def create_document(self, folder_id: str, draft: Draft, blob: Blob) -> Document:
        """Make a document that partners cannot see. Raises Conflict when the folder has that name or is gone."""

    def add_version(self, document: Document, name: str, blob: Blob) -> Document:
        """Give the document new content, as visible as it is now. Raises Conflict when it is gone or was changed."""

    def update_properties(self, document: Document, properties: Mapping[str, str]) -> Document:
        """Set these properties and leave the others. Raises Conflict when the document is gone or was changed."""

    def show(self, document: Document) -> Document:
        """Let the members of its space see the document. Raises Conflict when it is gone, or not as `document` says."""

    def hide(self, document: Document) -> Document:
        """Let nobody but us see the document, however it was changed meanwhile. Raises Conflict when it is gone."""

    def delete_document(self, document_id: str) -> None:
        """Remove the document with all its versions; one that is gone already is fine."""

    def read_document(self, document_id: str) -> Document | None:
        """Return the document as it stands; None when it is gone or not ours to see."""
