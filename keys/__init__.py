"""The vault: signing keys and their life cycle, sealing of personal data, fingerprints, pairwise subjects.

Owns every private half and every secret key of the house, and the master key they are sealed under.
Refuses to know what is signed or sealed: no person, no client, no token rule; and journals nothing itself, callers do.
Called by tokens and provider (the ring), by every room that keeps personal data (sealer, fingerprints), and by the console."""
