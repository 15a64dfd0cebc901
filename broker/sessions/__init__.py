"""One browser, signed in.

Owns sessions (opened, seen, ended), their cookie and which clients took part.
Refuses to know how the person proved who they are; it keeps only the level and the means.
Called by login, provider, account, signout, custody and the console."""
