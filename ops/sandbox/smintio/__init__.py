"""Smint.io content licensing, simulated: its identity server, its three reads, and a marketing manager who buys."""
