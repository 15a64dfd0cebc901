"""Owns: how often something may be tried, and until when it is closed after too many tries.

Refuses to know: what is being tried, and who people are; it sees fingerprints only.
Called by login, provider, account, registration, provisioning and the console.
"""
