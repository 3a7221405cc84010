"""The marketing manager: what a person does in Smint.io, and no more than its pages would show her."""

import base64
import binascii
import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, SecretStr

from ops.sandbox.media import KINDS
from ops.sandbox.smintio.account import Account
from ops.sandbox.smintio.files import File
from ops.sandbox.smintio.licences import Json, keyword_elements, licence, localised, merge, term
from shared.vendors import exact_json

_KIND_OF: Final = {"image": "jpeg", "video": "mp4", "document": "pdf"}


class _Ask(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Term(_Ask):
    """A licence term in words; the lists are named as on the wire, e.g. lists={"restricted_geographies": [...]}."""

    name: str = "Default"
    lists: dict[str, list[str]] = {}
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    to_be_used_until: AwareDatetime | None = None
    is_editorial_use: bool | None = False

    def wire(self, sequence_number: int) -> Json:
        """Return the term in the vendor's shape. Raises HTTPException for a list that it does not have."""
        try:
            return term(sequence_number, **self.model_dump())
        except TypeError as fault:
            raise HTTPException(422, str(fault)) from fault


class NewFile(_Ask):
    """A file of a licence; its bytes are made unless given."""

    uuid: str = "1"
    name: str | None = Field(default=None, description="Recommended file name; made from the licence's id if left out.")
    kind: str | None = Field(default=None, description="jpeg, png, pdf or mp4; by the content type if left out.")
    culture: str | None = None
    content_base64: str | None = None
    media_type: str | None = None


class Purchase(_Ask):
    """What to buy. Everything but the name has a default; `members` overwrites members of the record itself."""

    name: str | dict[str, str]
    uuid: str | None = Field(default=None, min_length=1, max_length=100)
    cart: str = "3501"
    project: tuple[str, str] = ("227", "Spring Campaign")
    collection: tuple[str, str] = ("1339", "Cart")
    content_type: str = "image"
    category: str = "creative"
    keywords: list[str] = []
    terms: list[Term] = [Term()]
    can_be_synced: bool | None = True
    is_editorial_use: bool | None = False
    reuses: str | None = None
    files: list[NewFile] = [NewFile()]
    members: dict[str, JsonValue] = {}


class Change(_Ask):
    """What to change; what is left out stays."""

    name: str | dict[str, str] | None = None
    keywords: list[str] | None = None
    terms: list[Term] | None = Field(default=None, description="Replace all terms (assumed to be possible).")
    added_terms: list[Term] = []
    members: dict[str, JsonValue] = {}


class Replacement(_Ask):
    """Another version of a file; its bytes are made unless given."""

    uuid: str = "1"
    content_base64: str | None = None
    media_type: str | None = None


def manager_routes(account: Account, token: SecretStr) -> APIRouter:
    """Return what the manager can do, to whoever has her token."""

    def is_manager(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        given = credentials.credentials if credentials else ""
        if not secrets.compare_digest(given.encode(), token.get_secret_value().encode()):
            raise HTTPException(401, "only the marketing manager may do this")

    router = APIRouter(prefix="/persona/manager/licences", tags=["persona"], dependencies=[Depends(is_manager)])

    @router.post("", name="persona_buy")
    async def buy(purchase: Purchase) -> Response:
        """Buy a licence."""
        uuid = purchase.uuid or account.new_uuid()
        record = licence(
            uuid,
            terms=[each.wire(number) for number, each in enumerate(purchase.terms, 1)],
            **purchase.model_dump(exclude={"uuid", "terms", "files"}),
        )
        files = [_file(each, uuid, purchase.content_type) for each in purchase.files]
        try:
            return _shown(account.buy(record, files), 201)
        except ValueError as fault:
            raise HTTPException(409, str(fault)) from fault

    @router.get("", name="persona_list")
    async def list_licences(after: str | None = None, limit: Annotated[int, Field(ge=1, le=100)] = 100) -> Response:
        """List licences, a page at a time."""
        page = account.page(after, limit)
        body = f'{{"continuation":"{page.continuation}","licences":['.encode() + b",".join(page.records) + b"]}"
        return Response(body, media_type="application/json")

    @router.get("/{uuid}", name="persona_look")
    async def look(uuid: str) -> Response:
        """Look at one licence."""
        return _shown(account.read(uuid))

    @router.patch("/{uuid}", name="persona_change")
    async def change(uuid: str, wanted: Change) -> Response:
        """Change metadata or terms."""
        return _shown(account.rewrite(uuid, lambda record: _changed(record, wanted)))

    @router.post("/{uuid}/cancel", name="persona_cancel")
    async def cancel(uuid: str) -> Response:
        """Cancel a licence."""
        return _shown(account.cancel(uuid))

    @router.post("/{uuid}/file", name="persona_replace_file")
    async def replace_file(uuid: str, wanted: Replacement) -> Response:
        """Replace a file by another version."""
        content = _decoded(wanted.content_base64)
        return _shown(account.replace_file(uuid, wanted.uuid, content=content, media_type=wanted.media_type))

    return router


def _changed(record: Json, wanted: Change) -> Json:
    changes: Json = {}
    element: Json = {}
    if wanted.name is not None:
        element["name"] = localised(wanted.name)
    if wanted.keywords is not None:
        element["keywords"] = keyword_elements(wanted.keywords)
    if element:
        changes["content_element"] = element
    present = record.get("license_terms")
    kept = list(present) if isinstance(present, list) and wanted.terms is None else []
    if wanted.terms is not None or wanted.added_terms:
        new = [*(wanted.terms or ()), *wanted.added_terms]
        changes["license_terms"] = kept + [each.wire(len(kept) + number) for number, each in enumerate(new, 1)]
    return merge(merge(record, changes), wanted.members)


def _file(asked: NewFile, uuid: str, content_type: str) -> File:
    kind = asked.kind or _KIND_OF.get(content_type, "png")
    if kind not in KINDS:
        raise HTTPException(422, f"kind {kind!r} is none of {', '.join(KINDS)}")
    return File(
        uuid=asked.uuid,
        kind=kind,
        name=asked.name or f"sandbox_{uuid}_{asked.uuid}{KINDS[kind].suffix}",
        seed=f"licence {uuid} file {asked.uuid}",
        culture=asked.culture,
        given=_decoded(asked.content_base64),
        given_type=asked.media_type,
    )


def _decoded(content: str | None) -> bytes | None:
    try:
        return None if content is None else base64.b64decode(content, validate=True)
    except binascii.Error as fault:
        raise HTTPException(422, "content_base64 is not base64") from fault


def _shown(record: Json, status: int = 200) -> Response:
    return Response(exact_json.encode(record), status_code=status, media_type="application/json")
