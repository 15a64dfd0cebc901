"""Owns: cases: people who could not get in, why, and what became of it.

Refuses to know: what Gosuslugi said about anybody (keyed hashes only, for fourteen days), and how a card is corrected.
Called by login (opens and closes), account, and the console (reads, checks again, attaches, closes).
"""
