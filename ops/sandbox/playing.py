"""Play a scenario: who does what at each step."""

from typing import assert_never

from ops.sandbox.moments import START
from ops.sandbox.people import Administrator, MarketingManager
from ops.sandbox.scenario import Asset, Scenario
from ops.sandbox.scenario_parts import Buy, Cancel, Join, Leave, Relicense, Rename, Replace, Step


class Play:
    """The steps of one scenario, to be made in their order."""

    def __init__(self, scenario: Scenario, manager: MarketingManager, administrator: Administrator) -> None:
        self._scenario = scenario
        self._manager = manager
        self._administrator = administrator
        self._files: dict[Asset, int] = {}

    def make(self, step: Step) -> None:
        """Make one step. Raises httpx.HTTPError when a person is not let."""
        match step:
            case Join():
                self._administrator.let_in(step.community, self._scenario.outsiders[step.outsider].email)
            case Leave():
                self._administrator.let_out(step.community, self._scenario.outsiders[step.outsider].email)
            case _:
                for asset in self._scenario.assets(step.group):
                    self._act(step, asset)

    def _act(self, step: Buy | Cancel | Relicense | Rename | Replace, asset: Asset) -> None:
        match step:
            case Buy():
                self._manager.buy(asset, self._scenario.groups[asset.group])
            case Cancel():
                self._manager.cancel(asset)
            case Relicense():
                self._manager.relicense(asset, step.licence)
            case Rename():
                self._manager.rename(asset, step.titles[asset.position])
            case Replace():
                self._files[asset] = self._files.get(asset, 1) + 1
                self._manager.replace(asset, self._files[asset])
            case _:
                assert_never(step)


def buy_what_is_there_at_the_start(scenario: Scenario, manager: MarketingManager) -> None:
    """Buy every group that no step buys, and then what nobody can read."""
    for name, group in scenario.groups.items():
        if group.bought == START:
            for asset in scenario.assets(name):
                manager.buy(asset, group)
    for malformed in scenario.malformed:
        manager.buy_something_unreadable(malformed)
