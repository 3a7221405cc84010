"""The `fleet` command, a module a topic."""
