"""The vendor's surface over HTTP: each operation at the address that the profile gives it."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import JsonValue

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.refusals import Refused
from ops.sandbox.trading_grid.rendering import BLOB_STREAM, Rendering
from ops.sandbox.trading_grid.surface import Answered, Asked, Surface, read_body
from ops.sandbox.trading_grid.token_office import TokenOffice
from ops.sandbox.trading_grid.token_routes import raw_body
from ops.sandbox.trading_grid.write_log import Entry, entry_of
from shared.vendors.trading_grid.operations import Operation, Operations
from shared.vendors.trading_grid.profile import Profile

Handler = Callable[[Asked], Answered]


class HalRoutes:
    """Turns requests into what `Surface` is asked, and its answers into responses."""

    def __init__(self, host: CommunityHost, profile: Profile, office: TokenOffice) -> None:
        self.router = APIRouter(dependencies=[Depends(self._account)])
        self._host = host
        self._profile = profile
        self._office = office
        surface = Surface(host, profile)
        for name in Operations.model_fields:
            operation = profile.operations.get(name)
            if operation is not None and name == "store_blob":
                self.router.add_api_route(operation.path, self._store_blob, methods=[operation.method], name=name)
            elif operation is not None:
                self._add(name, operation, getattr(surface, name))
        if (read := profile.operations.read_document) is not None:
            moving = Operation(method="PUT", path=f"{read.path}/parent", body={"id": "{id}"})
            self._add("move", moving, surface.move)
        self.router.add_api_route(BLOB_STREAM, self._blob, methods=["GET"], name="read_blob")

    def _account(self, authorization: Annotated[str | None, Header()] = None) -> str:
        return self._office.holder(authorization)

    def _add(self, name: str, operation: Operation, handler: Handler) -> None:
        def endpoint(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Response:
            if operation.method == "GET":
                return _response(handler(self._asked(request, operation, body, None)))
            entry = entry_of(request.scope)
            asked = self._asked(request, operation, body, entry)
            entry.external_key = self._external_key(asked)
            return _response(handler(asked))

        self.router.add_api_route(operation.path, endpoint, methods=[operation.method], name=name)

    def _asked(self, request: Request, operation: Operation, body: bytes, entry: Entry | None) -> Asked:
        return Asked(
            path=request.url.path,
            query=dict(request.query_params),
            ids=dict(request.path_params),
            values=read_body(operation.body, _decoded(body)) if operation.body is not None else {},
            if_match=_etag(request.headers.get("if-match")),
            rendering=self._rendering(request),
            entry=entry,
        )

    def _external_key(self, asked: Asked) -> str | None:
        document = self._host.library.find(asked.ids.get("document", ""))
        held: Mapping[str, object] = document.properties if document is not None else asked.properties()
        key = held.get(self._host.external_key)
        return key if isinstance(key, str) else None

    async def _store_blob(self, request: Request) -> Response:
        mime_type = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
        blob = await self._host.blobs.store(self._host.new_blob_id(), request.stream(), mime_type=mime_type)
        self._host.library.put_blob(blob)
        entry_of(request.scope).apply(blob.id)
        return JSONResponse(self._rendering(request).blob(blob), status_code=201)

    def _rendering(self, request: Request) -> Rendering:
        return Rendering(self._profile, self._host.behaviour, str(request.base_url), members_acl=self._host.members_acl)

    def _blob(self, blob: str) -> Response:
        stored = self._host.library.blob(blob)
        return FileResponse(stored.path, media_type=stored.mime_type)


def _response(answered: Answered) -> Response:
    status, content = answered
    if content is None:
        return Response(status_code=status)
    return JSONResponse(content, status_code=status, media_type="application/hal+json")


def _decoded(body: bytes) -> JsonValue:
    try:
        content: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("The request is not JSON") from None
    return content


def _etag(header: str | None) -> int | None:
    text = (header or "").strip().removeprefix("W/").strip('"')
    return int(text) if text.isdecimal() else None
