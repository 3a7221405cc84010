"""A simulated Trading Grid community host: the vendor's surface as the profile maps it, and people who use it."""
