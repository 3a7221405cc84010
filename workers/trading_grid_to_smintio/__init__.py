"""Actors from Trading Grid to Smint.io. An actor parses, reconciles and reports; what rights allow is decided in shared.rights."""
