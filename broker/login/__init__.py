"""The interactive flow: one attempt, one dispatcher, steps that never call each other.

Owns the attempt (what was asked, what was learnt and proven, which browser), the pure `next_step`, the first sign-in's wizard.
Refuses to know the OpenID Provider: it returns to an address it was given.
Called by provider, and over HTTP by people."""
