"""The people of the simulated host, over HTTP: what a partner sees, and what an administrator does to a space."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, SecretStr

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.refusals import NotHere, Refused
from ops.sandbox.trading_grid.rows import Contact
from ops.sandbox.trading_grid.token_office import TokenOffice
from ops.sandbox.trading_grid.visibility import Seen
from shared.clock import Clock


class NotAllowed(Refused):
    """The persona may not do this."""

    status = 403


class WrongPassword(Refused):
    """No such person, or not their password."""

    status = 401


class Login(BaseModel):
    """Who someone says they are."""

    email: str
    password: SecretStr


class Membership(BaseModel):
    """Whom to let into a space."""

    contact_id: str
    role: str = "Observer"


class _Personas:
    """Who is logged in. These sessions do not end: they are a test's means, not a part of the simulation."""

    def __init__(self, host: CommunityHost) -> None:
        self._host = host
        self._office = TokenOffice()

    def log_in(self, login: Login) -> tuple[Contact, str]:
        contact = self._host.directory.contact_by_email(login.email)
        given = login.password.get_secret_value().encode()
        if contact is None or not hmac.compare_digest(contact.password.encode(), given):
            raise WrongPassword("Invalid login request.")
        return contact, self._office.grant(contact.id)

    def contact(self, authorization: Annotated[str | None, Header()] = None) -> Contact:
        return self._host.directory.contact(self._office.holder(authorization))

    def administrator(self, authorization: Annotated[str | None, Header()] = None) -> Contact:
        contact = self.contact(authorization)
        if not contact.is_administrator:
            raise NotAllowed("Access Forbidden")
        return contact


def persona_routes(host: CommunityHost, clock: Clock) -> APIRouter:
    """Return the routes under /persona."""
    router = APIRouter(prefix="/persona")
    personas = _Personas(host)
    router.include_router(_partner_routes(host, clock, personas))
    router.include_router(_administrator_routes(host, personas))

    @router.post("/login")
    def log_in(login: Login) -> Response:
        contact, token = personas.log_in(login)
        shown = {"id": contact.id, "name": contact.name, "company_id": contact.company_id}
        return JSONResponse({"access_token": token, "token_type": "Bearer", "contact": shown})

    return router


def _partner_routes(host: CommunityHost, clock: Clock, personas: _Personas) -> APIRouter:
    router = APIRouter(prefix="/partner")
    partner = Depends(personas.contact)

    @router.get("/spaces")
    def spaces(contact: Annotated[Contact, partner]) -> Response:
        mine = [space for space in host.directory.spaces() if contact.id in space.roles]
        return JSONResponse({"spaces": [{"id": s.id, "name": s.name, "role": s.roles[contact.id]} for s in mine]})

    @router.get("/spaces/{space_id}/documents")
    def documents(space_id: str, contact: Annotated[Contact, partner]) -> Response:
        if contact.id not in host.directory.space(space_id).roles:
            raise NotHere("no such space")
        seen = [_shown(document) for document in host.views.of(contact.id) if document.space_id == space_id]
        return JSONResponse({"documents": seen})

    @router.get("/documents/{document_id}/content")
    def content(document_id: str, contact: Annotated[Contact, partner]) -> Response:
        seen = host.views.get(contact.id, document_id)
        if seen is None:
            raise NotHere("no such document")
        return FileResponse(host.library.blob(seen.blob_id).path, media_type=seen.mime_type, filename=seen.name)

    @router.get("/changes")
    def changes(contact: Annotated[Contact, partner], after: int = 0) -> Response:
        log = host.views.changes(contact.id, after=after)
        return JSONResponse(
            {
                "changes": [
                    {"seq": c.seq, "at": _instant(c.at), "change": c.kind, "document": _shown(c.seen)} for c in log
                ],
                "last": log[-1].seq if log else after,
                "now": _instant(clock.now()),
            }
        )

    return router


def _administrator_routes(host: CommunityHost, personas: _Personas) -> APIRouter:
    router = APIRouter(prefix="/administrator", dependencies=[Depends(personas.administrator)])

    @router.post("/spaces/{space_id}/members")
    def add_member(space_id: str, membership: Membership) -> Response:
        host.directory.set_role(space_id, membership.contact_id, membership.role)
        return JSONResponse({"contact_id": membership.contact_id, "role": membership.role}, status_code=201)

    @router.delete("/spaces/{space_id}/members/{contact_id}")
    def remove_member(space_id: str, contact_id: str) -> Response:
        host.directory.set_role(space_id, contact_id, None)
        return Response(status_code=204)

    return router


def _shown(seen: Seen) -> Mapping[str, object]:
    return {
        "id": seen.document_id,
        "space_id": seen.space_id,
        "folder": seen.folder,
        "external_key": seen.external_key,
        "name": seen.name,
        "version_no": seen.version_no,
        "mime_type": seen.mime_type,
        "size_bytes": seen.size_bytes,
        "sha256": seen.sha256,
        "properties": dict(seen.properties),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
