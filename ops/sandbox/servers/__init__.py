"""Private servers on this machine: started for one run, on loopback only, and gone with it whatever ends it."""
