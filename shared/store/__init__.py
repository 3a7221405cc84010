"""The fleet's own memory: mirrors, wanted and made, leases and cursors, on SQLite or PostgreSQL."""
