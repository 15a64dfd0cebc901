"""Ending a session, whoever asked.

Owns the one path on which a session ends and everything that hangs on it ends with it.
Refuses to know HTTP pages; it returns what happened.
Called by provider, and by login through the composition root."""
