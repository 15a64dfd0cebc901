"""What a person allowed a service to learn.

Owns the pure question `what must be asked`, the record of answers, and what children wait for their parents to decide.
Refuses to know claims' values and HTTP.
Called by login, provider, account and the console."""
