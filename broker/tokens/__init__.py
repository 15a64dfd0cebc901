"""What we issue: codes, grants, access, refresh and ID tokens.

Owns the one mint, the rotation of refresh tokens, the detection of reuse and the claims of each scope.
Refuses to know HTTP and Authlib; it takes and returns frozen values.
Called by provider, account, signals, signout, custody and the console."""
