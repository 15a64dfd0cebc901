"""Staff: one set of actions behind the command line and the pages of staff and developers.

Owns the actions, who may do them, the pages at /school and /dev, and the check of a service's readiness.
Refuses to reach around the rooms into their tables.
Called by operators, and over HTTP by schools and by the developers of services."""
