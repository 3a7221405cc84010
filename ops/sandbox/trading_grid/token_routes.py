"""Where a service account gets its token, in each of the three ways that public code asks for one (dossier 1.2)."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.token_office import TokenOffice
from shared.vendors.trading_grid.profile import Profile

OTDS_PATH = (
    "/otdstenant/{tenant}/oauth2/token"  # documented for the multi-tenant cloud; served beside the profile's own
)


async def raw_body(request: Request) -> bytes:
    """Return the request's body; as a dependency it lets a plain handler have it."""
    return await request.body()


def token_routes(host: CommunityHost, profile: Profile, office: TokenOffice) -> APIRouter:
    """Return the token addresses."""
    router = APIRouter()

    def grant(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Response:
        asked = _asked(request, body)
        client_id, secret = asked.get("client_id", ""), asked.get("client_secret", "")
        known = host.accounts.get(client_id)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            fault = {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}
            return JSONResponse({"fault": fault}, status_code=401)
        if asked.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        return JSONResponse(
            {
                "access_token": office.grant(client_id),
                "refresh_token": "not-redeemable",
                "token_type": "Bearer",
                "expires_in": host.behaviour.token_lifetime_seconds,
            }
        )

    for path in dict.fromkeys((profile.token.path, OTDS_PATH)):
        router.add_api_route(path, grant, methods=["POST"], name="token")
    return router


def _asked(request: Request, body: bytes) -> Mapping[str, str]:
    """Return what was asked for: body as form or JSON, the client perhaps in the Authorization header."""
    text = body.decode("utf-8", errors="replace")
    if request.headers.get("content-type", "").startswith("application/json"):
        asked = _texts(text)
    else:
        asked = dict(parse_qsl(text))
    kind, _, pair = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return asked
        return {**asked, "client_id": client_id, "client_secret": secret}
    return asked


def _texts(text: str) -> dict[str, str]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return {k: v for k, v in content.items() if isinstance(v, str)} if isinstance(content, dict) else {}
