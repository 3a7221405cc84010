"""The processes of the fleet: each is one process with threads, and scales by starting more of them."""
