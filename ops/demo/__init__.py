"""`fleet demo`: the whole fleet on simulated vendors, a scenario played, and a judgement by what partners saw."""
