"""What happened, for people who were not there.

Owns the typed catalogue of events and the append-only journal, each row chained to the one before it by a hash.
Refuses to know personal data: a person appears only as an identifier of ours, an upstream subject only as a fingerprint.
Called by every room that changes something, inside the same transaction as the change."""
