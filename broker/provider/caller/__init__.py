"""Which client is calling, and how it proves it."""
