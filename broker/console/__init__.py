"""Staff: one set of actions behind the command line, and later a UI and a JSON API.

Owns the actions and who may do them. Refuses to reach around the rooms into their tables.
Called by operators."""
