"""Every table, one module a group; `migrations/` makes them, and a test compares the two."""
