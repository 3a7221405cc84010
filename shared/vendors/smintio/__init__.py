"""Client of Smint.io content licensing (CLAPI-C)."""
