"""What the directory knows of a partner community, and who in it is a stranger. Pure."""

import hashlib
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

from shared.settings import CommunitySettings


class Membership(BaseModel):
    """One person's place in a space. Names and addresses are not kept: nothing here needs them."""

    model_config = ConfigDict(frozen=True)

    member: str
    company: str | None
    role: str


class Community(BaseModel):
    """A partner community as last seen in Trading Grid."""

    model_config = ConfigDict(frozen=True)

    space: str
    name: str
    folder: str
    members: tuple[Membership, ...]

    @classmethod
    def seen(cls, *, space: str, name: str, folder: str, members: Iterable[Membership]) -> Self:
        """Build the record with its members in one order, so that an unchanged community has an unchanged digest."""
        return cls(space=space, name=name, folder=folder, members=tuple(sorted(members, key=lambda m: m.member)))

    def digest(self) -> str:
        """Return what tells one state of the community from another."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def strangers(members: Iterable[Membership], community: CommunitySettings, hub_company: str) -> tuple[str, ...]:
    """Return the companies of members who belong neither to the community nor to ourselves; "unknown" when not told."""
    own = {*community.companies, hub_company}
    return tuple(sorted({member.company or "unknown" for member in members if member.company not in own}))
