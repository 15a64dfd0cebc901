"""Symmetric keys of the house and what is done with them: sealing, fingerprints, pairwise subjects.

Owns every secret that is not a signing key, and its life. Refuses to know whose data is sealed or compared.
Called by the vault, and by every room that keeps personal data."""
