"""Client of OpenText Active Community - Trading Grid, behind a port, driven by a profile."""
