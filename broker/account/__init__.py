"""A person's own pages: what they allowed, where they are signed in.

Owns the profile pages. Refuses to know other people.
Called over HTTP by a signed-in person."""
