"""The simulated licensing API: three reads and the files behind signed links (dossier 9.2)."""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from ops.sandbox.smintio.account import Account, NoSuchLicence, UnknownContinuation
from ops.sandbox.smintio.files import File
from ops.sandbox.smintio.licences import Json, localised
from ops.sandbox.smintio.token_office import LICENSING, TokenOffice
from shared.settings import SmintioOperations

API_ROOT: Final = "/consumer/v1"
DEFAULT_LIMIT: Final = 10
LARGEST_LIMIT: Final = 100
_SIGNED: Final = "/downloads/signed"
_RANGE: Final = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")


def licensing_routes(
    account: Account, office: TokenOffice, operations: SmintioOperations, catalogues: Callable[[], bytes]
) -> APIRouter:
    """Return the API of `account`, at the paths that `operations` names under API_ROOT."""
    router = APIRouter(prefix=API_ROOT, tags=["licensing"])

    def refusal(request: Request) -> Response | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_admitted = scheme.lower() == "bearer" and office.admits(token, LICENSING)
        return None if is_admitted else _error(401, "Unauthorized", "The access token is missing, wrong or over.")

    @router.get(operations.generic_metadata, name="catalogues")
    async def generic_metadata(request: Request) -> Response:
        return refusal(request) or _json(catalogues())

    @router.get(operations.license_purchase_transactions, name="transactions")
    async def transactions(
        request: Request,
        continuationUuid: str | None = None,  # noqa: N803 - the wire's spelling
        limit: int = DEFAULT_LIMIT,
    ) -> Response:
        if (refused := refusal(request)) is not None:
            return refused
        if limit < 1:
            return _error(400, "BadRequest", "The limit must be positive.")
        try:
            page = account.page(continuationUuid or None, min(limit, LARGEST_LIMIT))
        except UnknownContinuation as fault:
            return _error(400, "BadRequest", str(fault))
        head = f'{{"count":{len(page.records)},"continuation_uuid":"{page.continuation}",'
        return _json(head.encode() + b'"license_purchase_transactions":[' + b",".join(page.records) + b"]}")

    @router.get(operations.binaries, name="binaries")
    async def binaries(request: Request, cart: str, licence: str) -> Response:
        if (refused := refusal(request)) is not None:
            return refused
        try:
            files = account.files(cart, licence)
        except NoSuchLicence as fault:
            return _error(404, "NotFound", str(fault))
        base = f"{str(request.base_url).rstrip('/')}{API_ROOT}{_SIGNED}/{quote(licence, safe='')}"
        return JSONResponse([_binary(file, base, account.link_query(licence, file)) for file in files])

    return router


class SignedLink(BaseModel):
    """The query of a link to a file."""

    v: str
    exp: int
    sig: str


def signed_link_routes(account: Account) -> APIRouter:
    """Return the files behind signed links. Who has the link needs nothing else."""
    router = APIRouter(prefix=API_ROOT, tags=["licensing"])

    @router.get(_SIGNED + "/{licence}/{file}", name="download")
    async def download(request: Request, licence: str, file: str, link: Annotated[SignedLink, Query()]) -> Response:
        found = account.linked_file(licence, file, version=link.v, until=str(link.exp), signature=link.sig)
        return _error(403, "Forbidden", "The link is over.") if found is None else _content(found, request)

    return router


def _binary(file: File, base: str, query: dict[str, str]) -> Json:
    shown: Json = {
        "uuid": file.uuid,
        "content_type": file.media_type.partition("/")[0],
        "binary_type": "standard",
        "name": localised(file.name),
        "description": [],
        "usage": [],
        "download_url": f"{base}/{quote(file.uuid, safe='')}?{urlencode(query)}",
        "recommended_file_name": file.name,
        "culture": file.culture,
    }
    return shown if file.version is None else {**shown, "version": file.version}


def _content(file: File, request: Request) -> Response:
    content = file.content()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or request.headers.get("if-range", etag) != etag:
        return Response(content, media_type=file.media_type, headers=headers)
    start, end = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
    if start > end:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return Response(status_code=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], status_code=206, media_type=file.media_type, headers=headers)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error_code": code, "error_message": message, "error_details": None}, status_code=status)
