"""Both vendors simulated, a scenario with an independent checker, and a broker and database at hand."""
