"""How people may sign in: per region, role and age, from which day.

Owns the region files, their checks and the pure `decide`.
Refuses to know the database, HTTP and any region by name: regions are data.
Called by login, linking, provider, account, signout and the console."""
