"""Passkeys of staff (WebAuthn): whose they are, what they have answered, and the one-time links by which a first one is made.

Owns the credentials, the ceremonies with their challenges, and which session a passkey was shown in.
Refuses to know what anybody may do with it: rights are the console's.
Called by console."""
