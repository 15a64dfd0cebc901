"""The interactive flow: one attempt, one dispatcher, steps that never call each other.

Owns the attempt (what was asked, what was learnt, which browser) and the pure `next_step`.
Refuses to know the OpenID Provider: it returns to an address it was given.
Called by provider."""
