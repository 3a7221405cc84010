"""What only a simulation has: its journal, its orphans, its assumptions, and switches, under /__sandbox."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

from ops.sandbox.trading_grid.assumptions import ASSUMPTIONS
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.journal import Journal
from ops.sandbox.trading_grid.token_office import TokenOffice


def sandbox_routes(host: CommunityHost, journal: Journal, office: TokenOffice) -> APIRouter:
    """Return the routes under /__sandbox."""
    router = APIRouter(prefix="/__sandbox")

    @router.get("/journal")
    def read_journal(after: int = 0) -> Response:
        entries = journal.entries(after=after)
        return JSONResponse(
            {"entries": jsonable_encoder([asdict(entry) for entry in entries]), "in_flight": journal.in_flight()}
        )

    @router.get("/orphans")
    def orphans() -> Response:
        shown = [{"id": b.id, "size_bytes": b.size_bytes, "sha256": b.sha256} for b in host.library.orphans()]
        return JSONResponse({"blobs": shown})

    @router.get("/assumptions")
    def assumptions() -> Response:
        return JSONResponse({"assumptions": [asdict(one) for one in ASSUMPTIONS]})

    @router.post("/end_tokens")
    def end_tokens() -> Response:
        return JSONResponse({"ended": office.end_all()})

    return router
