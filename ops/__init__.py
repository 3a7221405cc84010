"""Running the fleet: command line, sandbox, deployment, dashboards, runbooks."""
