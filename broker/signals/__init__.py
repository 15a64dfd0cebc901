"""Shared Signals: services that asked are told of ended sessions, changed passwords and paused people.

Owns the streams of services, whom they are told of, and the security event tokens.
Refuses to know why something happened: it listens to the journal.
Called by provider (the endpoints of streams), and by the journal through the composition root."""
