"""
Decide again about assets of which nothing changed: a community, the settings or a resync made them due.

Listens  fleet.asset.due
Reads, writes and never: as publish_assets, whose decision it is; on a queue of its own, so that planning a hundred
thousand assets again delays no cancellation.
"""

from dataclasses import replace
from typing import Final

from shared.events import AssetDue
from shared.messaging.topology import work_queue
from workers.planning import Planner
from workers.smintio_to_trading_grid.publish_assets import PUBLISH_ASSETS

REPLAN_ASSETS: Final[Planner] = replace(PUBLISH_ASSETS, queue=work_queue("replan_assets"), own=(AssetDue,))
