"""Owns: the form of a backup, which is the same for every kind of database, how one is written from a single instant of a
database, and how it comes back into an empty one, all or nothing.

Refuses to know: what the rows of other rooms mean; its caller says which are left behind, and what is closed after a restore.
Called by console.
"""
