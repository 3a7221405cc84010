from tests.vendors.trading_grid.conftest import here, opened, profile

__all__ = ["here", "opened", "profile"]  # fixtures
