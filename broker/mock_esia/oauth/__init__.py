"""The stand's OAuth: requests of clients proven, people led through sign-in and permission, grants turned into tokens.

Owns registered clients, signatures, refusals, and the two endpoints `ac` and `te`. Refuses to know person data beyond a name."""
