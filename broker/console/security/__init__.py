"""Owns: the console of security staff at /admin and its JSON API: who comes in, by which proof, and what each address asks for.

Refuses to know how anything is done: every act is an action of the console that the command line shares.
Called by: officers, registrars, support and auditors, in a browser or by a program of theirs.
"""
