"""Actors from Smint.io to Trading Grid. An actor parses, reconciles, reports; shared.rights decides what is allowed."""
