"""A vendor's JSON objects read as our models, wherever the profile says that their values stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Unreadable
from shared.vendors import exact_json
from shared.vendors.answers import explain
from shared.vendors.http import Answer, read_json
from shared.vendors.trading_grid.port import Document, Member, Space
from shared.vendors.trading_grid.profile import DocumentFields, Profile
from shared.vendors.trading_grid.sections import Section
from shared.vendors.trading_grid.selectors import select

JsonObject = dict[str, object]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


R = TypeVar("R", bound=_Record)


class _SpaceRecord(_Record):
    id: str = Field(min_length=1)
    name: str
    folder: str = Field(min_length=1)
    etag: int | None


class _MemberRecord(_Record):
    id: str = Field(min_length=1)
    company: str | None
    role: str


class FolderRecord(_Record):
    """A folder, or another item where the folders of a folder are looked for."""

    id: str = Field(min_length=1)
    name: str
    parent: str | None
    acl: str | None
    kind: str | None


class _DocumentRecord(_Record):
    id: str = Field(min_length=1)
    name: str
    folder: str
    acl: str | None
    version_no: int = Field(ge=0)
    size: int | None = Field(ge=0)
    mime_type: str | None
    etag: int | None
    properties: dict[str, object] | None


class BlobRecord(_Record):
    """What the store says of bytes it took."""

    id: str = Field(min_length=1)
    size: int | None = Field(ge=0)
    mime_type: str | None


@dataclass(frozen=True)
class Sighting:
    """A document as it was read, with the access list that says who sees it."""

    document: Document
    acl: str | None


def json_object(answer: Answer) -> JsonObject:
    """Return the object that an answer is. Raises as shared.vendors.http.read_json does."""
    return read_json(answer, dict[str, object])


def read_space(profile: Profile, item: JsonObject, answer: Answer) -> Space:
    """Read a space. Raises Unreadable, naming the field."""
    record = _read(_SpaceRecord, profile.space, item, answer)
    return Space(record.id, record.name, record.folder, record.etag)


def read_member(profile: Profile, item: JsonObject, answer: Answer) -> Member:
    """Read a member. Raises Unreadable, naming the field."""
    record = _read(_MemberRecord, profile.member, item, answer)
    return Member(record.id, record.company or None, record.role)


def read_folder(profile: Profile, item: JsonObject, answer: Answer) -> FolderRecord:
    """Read a folder. Raises Unreadable, naming the field; Ambiguous after a write."""
    return _read(FolderRecord, profile.folder, item, answer)


def read_blob(profile: Profile, item: JsonObject, answer: Answer) -> BlobRecord:
    """Read what the store says. Raises Ambiguous, naming the field: it follows a write."""
    return _read(BlobRecord, profile.blob, item, answer)


def read_document(profile: Profile, item: JsonObject, answer: Answer) -> Sighting:
    """Read a document. Raises Unreadable, naming the field; Ambiguous after a write."""
    record = _read(_DocumentRecord, profile.document, item, answer)
    document = Document(
        id=record.id,
        external_key=external_key(profile.document, item),
        name=record.name,
        folder_id=record.folder,
        version_no=record.version_no,
        size_bytes=record.size,
        mime_type=record.mime_type,
        etag=record.etag if profile.concurrency.kind == "etag_body" else None,
        visible=record.acl != profile.acl.staging,
        properties=_texts(record.properties or {}),
    )
    return Sighting(document, record.acl)


def external_key(fields: DocumentFields, item: JsonObject) -> str | None:
    """Return our own key on a document; None when it has none."""
    properties = select(item, fields.properties)
    key = properties.get(fields.external_key) if isinstance(properties, dict) else None
    return key if isinstance(key, str) else None


def _read(model: type[R], fields: Section, item: JsonObject, answer: Answer) -> R:
    found = {name: select(item, getattr(fields, name)) for name in model.model_fields}
    try:
        return model.model_validate(found)
    except ValidationError as fault:
        # Not chained: pydantic's text quotes the input.
        raise answer.fault(Unreadable, explain(fault)) from None


def _texts(properties: Mapping[str, object]) -> dict[str, str]:
    """Return the properties as text. A property without a value is none; others than text keep their JSON form."""
    return {name: _text(value) for name, value in properties.items() if value is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else exact_json.encode(value)
