"""The sandbox's own controls, beside each simulated vendor: time, faults, journal, and what is only assumed."""

from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ops.sandbox.faults import Fault, Planned
from ops.sandbox.world import Assumption, Entry, World


class ClockMove(BaseModel):
    """Where to move the clock: on by some seconds, or to an instant."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float | None = Field(default=None, ge=0, le=10 * 366 * 86_400)
    to: AwareDatetime | None = None


class ClockState(BaseModel):
    """What the sandbox's clock says."""

    now: datetime


class Cleared(BaseModel):
    """How many there were."""

    cleared: int


def control_router(world: World) -> APIRouter:
    """Return the controls of `world`, under /__sandbox."""
    router = APIRouter(prefix="/__sandbox", tags=["sandbox"])

    @router.get("/assumptions")
    async def assumptions() -> list[Assumption]:
        """List every behaviour that is assumed rather than documented, with its section in the dossier."""
        return world.assumptions

    @router.get("/journal")
    async def journal(after: int = 0) -> list[Entry]:
        """List the last requests, from the one after number `after`."""
        return world.journal.after(after)

    @router.get("/clock")
    async def read_clock() -> ClockState:
        """Tell the time."""
        return ClockState(now=world.clock.now())

    @router.post("/clock")
    async def move_clock(move: ClockMove) -> ClockState:
        """Move time forward."""
        try:
            if move.to is not None:
                world.clock.set(move.to)
            return ClockState(now=world.clock.advance(timedelta(seconds=move.advance_seconds or 0)))
        except ValueError as fault:
            raise HTTPException(409, str(fault)) from fault

    @router.get("/faults")
    async def faults() -> list[Planned]:
        """List the faults still to come."""
        return world.faults.listed()

    @router.post("/faults", status_code=201)
    async def inject(fault: Fault) -> Planned:
        """Plan a fault."""
        return world.faults.inject(fault)

    @router.delete("/faults")
    async def clear() -> Cleared:
        """Let nothing go wrong any more."""
        return Cleared(cleared=world.faults.clear())

    return router
