"""What is asked of a licence: what will be done with the asset, and who will do it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Use(BaseModel):
    """The use that is intended, in Smint.io's own keys (`vocabulary.py`). The licence must permit all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usages: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    editorial: bool = False
    """True only when nothing but editorial use is made of it: that needs no releases."""


class Audience(BaseModel):
    """
    Who will use it, in Smint.io's own keys: regions are geographies, channels are distributions.

    What is left out is unknown, and stays unknown wherever a term speaks about it. An audience in several regions
    needs the right for each of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    people: Annotated[int, Field(ge=0)] | None = None
    """How many people would use it, for licences that limit the number of users; None is unknown."""
