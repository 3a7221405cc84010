"""Lightweight pollers, one module a source. A poller decides nothing: it mirrors what it saw and announces what changed."""
