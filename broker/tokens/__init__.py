"""What we issue: codes, grants, access, refresh and ID tokens.

Owns the one mint, the rotation of refresh tokens, the detection of reuse, the claims of each scope, and the keys that requests
are encrypted to.
Refuses to know HTTP and Authlib; it takes and returns frozen values.
Called by provider, account, signals, signout, custody and the console."""
