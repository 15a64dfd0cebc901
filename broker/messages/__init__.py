"""Owns: e-mail and SMS to people: the outbox, what is sent when, and what was given up; and the planned
work that everybody is told of before they sign in.

Refuses to know: why something is said, and who people are beyond an address.
Called by login, account and the console; sent by a courier of every worker and by `broker messages send`.
"""
