"""Staff: one set of actions behind the command line and the school's pages.

Owns the actions, who may do them, and the pages at /school. Refuses to reach around the rooms into their tables.
Called by operators, and over HTTP by schools."""
