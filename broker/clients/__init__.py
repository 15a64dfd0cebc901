"""Relying parties: who may ask us for tokens, and on what terms.

Owns the registered client as a frozen value with its own rules, its secrets (as hashes) and its keys.
Refuses to know tokens, people and HTTP.
Called by provider, login, tokens, registration, signals, signout, custody, account and the console."""
