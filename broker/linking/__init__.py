"""Whose account is this identity.

Owns the match (Certain, Prove, Nobody, Refused) and the links, unique both ways.
Refuses to know HTTP, tokens and how the identity was obtained.
Called by login, provider, signout, account and the console, and by provisioning through the composition root."""
