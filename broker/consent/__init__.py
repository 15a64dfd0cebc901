"""What a person allowed a service to learn.

Owns the pure question `what must be asked` and the record of answers.
Refuses to know claims' values and HTTP.
Called by login, provider and account."""
