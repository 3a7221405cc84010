"""Clients of the two vendors. They know nothing of the store, of events or of rights."""
