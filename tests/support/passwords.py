"""Password hashes that cost nothing worth measuring; a test that asks for a thousand checks has the time."""

from __future__ import annotations

from broker.directory.password_hash import Cost

CHEAP = Cost(memory=8, passes=1, lanes=1)
