"""From a TOML file and its secrets to the models of shared.settings, or to one sentence for each mistake."""
