"""The diary's people and schools.

Owns people, schools, memberships, parents and children, and how their personal data is sealed at rest.
Refuses to know how anybody signs in: no session, no upstream, no policy.
Called by linking, login, provider, tokens, account and the console."""
