"""The simulated identity server (dossier 9.1)."""

from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from ops.sandbox.smintio.token_office import FULL_SCOPE, Refused, TokenOffice


def identity_routes(office: TokenOffice) -> APIRouter:
    """Return discovery, consent, tokens and revocation."""
    router = APIRouter(tags=["identity"])

    @router.get("/.well-known/openid-configuration", name="discovery")
    async def discovery(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/connect/authorize",
                "token_endpoint": f"{base}/connect/token",
                "revocation_endpoint": f"{base}/connect/revocation",
                "scopes_supported": [*FULL_SCOPE.split(), "smintio.portals.frontend"],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    @router.get("/connect/authorize", name="authorize")
    async def authorize(
        client_id: str,
        redirect_uri: str,
        scope: str = FULL_SCOPE,
        state: str | None = None,
        code_challenge: str | None = None,
    ) -> Response:
        try:
            code = office.authorize(client_id, redirect_uri, scope, code_challenge)
        except Refused as refusal:
            return JSONResponse({"error": refusal.error}, status_code=400)
        query = urlencode({"code": code} | ({"state": state} if state is not None else {}))
        return RedirectResponse(f"{redirect_uri}?{query}", status_code=302)

    @router.post("/connect/token", name="token")
    async def token(request: Request) -> Response:
        try:
            return JSONResponse(office.grant(await _form(request)))
        except Refused as refusal:
            return _refusal(refusal)

    @router.post("/connect/revocation", name="revocation")
    async def revocation(request: Request) -> Response:
        try:
            office.revoke(await _form(request))
        except Refused as refusal:
            return _refusal(refusal)
        return Response(status_code=200)

    return router


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def _refusal(refusal: Refused) -> Response:
    return JSONResponse({"error": refusal.error}, status_code=401 if refusal.error == "invalid_client" else 400)
