"""The whole schema: importing this module makes METADATA know every table."""

from shared.store.tables import delivering, polling, working
from shared.store.tables.row import METADATA

__all__ = ["METADATA", "delivering", "polling", "working"]
