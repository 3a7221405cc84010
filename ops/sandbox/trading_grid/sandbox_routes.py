"""What only this simulation has: its log of writes, its orphans, and an end to all tokens."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.token_office import TokenOffice
from ops.sandbox.trading_grid.write_log import WriteLog


def sandbox_routes(host: CommunityHost, log: WriteLog, office: TokenOffice) -> APIRouter:
    """Return the routes under /__sandbox/trading_grid."""
    router = APIRouter(prefix="/__sandbox/trading_grid", tags=["sandbox"])

    @router.get("/writes")
    def writes(after: int = 0) -> Response:
        """List the writes that arrived after number `after`, and count those that are under way."""
        shown = jsonable_encoder([asdict(write) for write in log.writes(after=after)])
        return JSONResponse({"writes": shown, "in_flight": log.in_flight()})

    @router.get("/orphans")
    def orphans() -> Response:
        """List stored bytes that no document refers to."""
        shown = [{"id": b.id, "size_bytes": b.size_bytes, "sha256": b.sha256} for b in host.library.orphans()]
        return JSONResponse({"blobs": shown})

    @router.post("/end_tokens")
    def end_tokens() -> Response:
        """End every token of a service account."""
        return JSONResponse({"ended": office.end_all()})

    return router
