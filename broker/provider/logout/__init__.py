"""Sign-out asked for by a relying party."""
