"""Every actor of the fleet, by the name of its queue."""

from typing import Final

from workers.harness import Actor
from workers.smintio_to_trading_grid.deliver import DELIVER
from workers.smintio_to_trading_grid.publish_assets import PUBLISH_ASSETS
from workers.smintio_to_trading_grid.replan_assets import REPLAN_ASSETS
from workers.smintio_to_trading_grid.withdraw import WITHDRAW

ACTORS: Final[dict[str, Actor]] = {
    actor.queue.name: actor for actor in (PUBLISH_ASSETS, REPLAN_ASSETS, DELIVER, WITHDRAW)
}
