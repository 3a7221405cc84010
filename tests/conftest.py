"""What every test may ask for: servers of this run, and the choice of tests by what this machine offers."""

pytest_plugins = ["pytester", "tests.databases", "tests.selection", "tests.servers"]
