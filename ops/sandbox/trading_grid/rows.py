"""What the simulated host holds. Rows are frozen and replaced on a write, so whoever has one has a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Company:
    """A company of the trading network."""

    id: str
    name: str


@dataclass(frozen=True)
class Contact:
    """A person."""

    id: str
    name: str
    email: str
    company_id: str | None
    password: str = field(repr=False)
    is_administrator: bool = False


@dataclass(frozen=True)
class Space:
    """A space, its root folder, and the role of each contact in it."""

    id: str
    name: str
    folder_id: str
    etag: int
    created_at: datetime
    updated_at: datetime
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """A folder of a space; the topmost one has no parent."""

    id: str
    name: str
    parent_id: str | None
    space_id: str
    etag: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class StoredBlob:
    """Bytes on disk."""

    id: str
    path: Path
    size_bytes: int
    mime_type: str
    sha256: str


@dataclass(frozen=True)
class Document:
    """A document with the content of its latest version."""

    id: str
    name: str
    folder_id: str
    space_id: str
    acl_id: str
    version_no: int
    etag: int
    blob: StoredBlob
    properties: Mapping[str, object]
    created_at: datetime
    updated_at: datetime
