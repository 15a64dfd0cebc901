"""Signing keys: their life from announcement to destruction, and the ring that signs and verifies with them.

Owns which move is allowed when, and which key signs now. Refuses to know where private halves live (backends) and who signs what.
Called by the vault, which is the front of the package, and by whoever was given its ring."""
