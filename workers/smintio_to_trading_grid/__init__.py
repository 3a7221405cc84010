"""Actors from Smint.io to Trading Grid. An actor parses, reconciles and reports; what rights allow is decided in shared.rights."""
