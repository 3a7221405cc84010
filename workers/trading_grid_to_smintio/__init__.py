"""Actors from Trading Grid to Smint.io. An actor parses, reconciles, reports; shared.rights decides what is allowed."""
