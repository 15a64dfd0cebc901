"""What was asked of the stand and what was wrong with it, in words, for the developers of clients.

Refuses to keep secrets, codes, tokens and passwords."""
