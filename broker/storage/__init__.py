"""How things are kept, not what: the database, short-lived state, migrations.

Owns the engine, the unit of work, column types and the four verbs of short-lived state (put, get, take, claim).
Refuses to know any table of another room; those live in the rooms' own `tables.py`.
Called by every room that keeps something."""
