"""The authorization request: read from whatever brought it, checked in one order."""
