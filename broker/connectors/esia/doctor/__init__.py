"""What stands between us and a working sign-in by ESIA, one finding after another, each with what to do about it.

Owns no rule of its own: it tries what the client does. Refuses to sign anybody in and to show anything that ESIA wrote.
Called by the console."""
