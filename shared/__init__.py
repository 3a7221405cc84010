"""What producers and workers share: events, errors, settings, messaging, the store, the vendor clients and the rights rules."""
