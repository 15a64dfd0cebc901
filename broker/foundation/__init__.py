"""The technical ground: clock, randomness, outgoing HTTP, JWS, normal forms.

Owns what a process cannot compute by itself (`Outside`) and the few pure functions every room shares.
Refuses to know one word of our domain: no person, no client, no Flask.
Called by every room."""
