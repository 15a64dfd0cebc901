"""Ending a session, whoever asked.

Owns the one path on which a session ends and everything that hangs on it ends with it, and the one on which a link does.
Refuses to know HTTP pages; it returns what happened.
Called by provider, account, custody and console, and by login through the composition root."""
