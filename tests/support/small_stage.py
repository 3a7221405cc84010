"""A small scenario, and what a test moves when it plays it on the simulated Trading Grid."""

from dataclasses import dataclass
from datetime import timedelta

from ops.sandbox.addresses import TradingGridAddress
from ops.sandbox.checker import Checker
from ops.sandbox.checker_claims import Track
from ops.sandbox.clock import VirtualClock
from ops.sandbox.trading_grid.community_host import CommunityHost
from tests.support.pretend_fleet import PretendFleet

SMALL = """
tenant = "acme"
gone_within = "60 s"

[hub]
company = "Acme"
administrator = { name = "Robin", email = "robin@acme.example" }
member = { name = "Alex", email = "alex@acme.example" }

[communities.north]
name = "North"
company = "Nord"
regions = ["europe_norway"]
partner = { name = "Nora", email = "nora@nord.example" }

[communities.south]
name = "South"
company = "Sud"
regions = ["europe_italy"]
partner = { name = "Sara", email = "sara@sud.example" }

[outsiders.stranger]
name = "Sam"
email = "sam@elsewhere.example"
company = "Elsewhere"

[audiences]
both = ["north", "south"]

[publications.imagery]
title = "Imagery"
folder = "Imagery"
[publications.campaign]
title = "Campaign"
folder = "Campaign"

[groups.logo]
about = "replaced during the run"
project = "1"
collection = "1"
format = "png"
titles = ["Logo"]
[[groups.logo.shown]]
publication = "imagery"
to = "both"
changes = [{ from = "redraw", file = 2 }]

[groups.poster]
about = "cancelled during the run"
project = "1"
collection = "1"
format = "jpeg"
titles = ["Poster"]
[[groups.poster.shown]]
publication = "imagery"
to = ["north"]
until = "cancel"

[groups.tower]
about = "named anew during the run"
project = "1"
collection = "1"
format = "jpeg"
titles = ["Tower"]
[[groups.tower.shown]]
publication = "imagery"
to = ["north"]
changes = [{ from = "rename", titles = ["Water tower"] }]

[groups.press]
about = "nobody knows whether it may be used"
project = "1"
collection = "1"
format = "jpeg"
titles = ["Press photo"]
licence = { editorial = "unknown" }

[[steps]]
name = "redraw"
does = "replace"
group = "logo"
waits = true
[[steps]]
name = "cancel"
does = "cancel"
group = "poster"
[[steps]]
name = "rename"
does = "rename"
group = "tower"
titles = ["Water tower"]
[[steps]]
name = "join"
does = "join"
community = "south"
outsider = "stranger"
[[steps]]
name = "leave"
does = "leave"
community = "south"
outsider = "stranger"
waits = true

[[closures]]
community = "south"
outsider = "stranger"
from = "join"
until = "leave"
"""


@dataclass(frozen=True)
class Stage:
    """Everything that a test of the checker moves."""

    checker: Checker
    fleet: PretendFleet
    host: CommunityHost
    clock: VirtualClock
    address: TradingGridAddress
    tracks: tuple[Track, ...]

    def track(self, group: str, community: str) -> Track:
        """Return the first track of that group in that community."""
        return next(t for t in self.tracks if t.asset.group == group and t.community == community)

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass in the world, and in no test."""
        self.clock.advance(timedelta(seconds=seconds))

    def make_step(self, name: str) -> None:
        """Let a step of the scenario happen; of its effects in Trading Grid itself, only who is let in or out."""
        self.pass_seconds(1)
        with self.checker.step(name):
            self.pass_seconds(0.01)
            if name in {"join", "leave"}:
                self.stranger("Observer" if name == "join" else None)
            self.pass_seconds(0.01)

    def stranger(self, role: str | None) -> None:
        """Let the stranger into the south's space, or with None out of it."""
        self.host.directory.set_role(self.address.spaces["south"], self.address.contacts["sam@elsewhere.example"], role)
