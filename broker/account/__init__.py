"""A person's own pages: how they sign in, what they allowed, where they are signed in; and the way back in.

Owns the profile pages, the confirmation of contacts and the pages of recovery, which tell nobody whether a person is known.
Refuses to know other people, except what the school says are somebody's own children.
Called over HTTP."""
