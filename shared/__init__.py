"""What producers and workers share: events, errors, settings, messaging, store, vendor clients and rights rules."""
