"""The keeping of keys over time: who moves them, what is rewritten for it, and what is known about it afterwards.

Owns rounds, jobs over whole tables, evidence, two-person requests and the calendar. Refuses to know how a key is made or a record
is sealed: that is the vault's.
Called by console."""
