"""What licence terms permit, to whom, where and when. Pure: no clock, no network, no store."""
