"""Is a service ready: sign-ins are rehearsed with it, right ones and deliberately wrong ones, and it is asked who is in.

Owns the lines of the check and the visitor that plays a browser. Refuses to know people: nobody of the directory takes part.
Called by the command line and the developers' pages."""
