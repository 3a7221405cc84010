"""Dramatiq actors, one room a direction, and the harness that alone knows how a delivery ends."""
