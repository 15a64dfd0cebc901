"""Believing what ESIA signed: its certificates, and every check of its tokens.

Owns which of ESIA's keys are believed. Refuses to ask anybody anything.
Called by the ESIA client, by its doctor and by whoever shows certificates."""
