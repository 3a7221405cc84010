"""Pollers, one module a source. They decide nothing: they mirror what they saw and announce what changed."""
