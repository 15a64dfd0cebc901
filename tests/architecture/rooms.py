"""Who may import whom. The table is the architecture; `test_rooms.py` reads it.

Top-level files (`broker/app.py`, `wsgi.py`, `config/`) are the roof: they may see every room but `mock_esia`, and no room may
see them.
"""

GROUND = frozenset({"foundation", "metrics"})
KEEPING = GROUND | {"storage", "audit", "keys"}

MAY_IMPORT: dict[str, frozenset[str]] = {
    # the ground
    "foundation": frozenset(),
    "metrics": frozenset({"foundation"}),
    "storage": GROUND,
    # keeping; keys is the package beside broker/
    "keys": GROUND | {"storage"},
    "audit": GROUND | {"storage", "keys"},
    # keeping count, and keeping what is to be said
    "limits": KEEPING,
    "messages": KEEPING,
    "deliveries": KEEPING,
    "passkeys": KEEPING,
    # what we know: these do not know each other
    "cases": KEEPING,
    "clients": KEEPING,
    "directory": KEEPING,
    "policy": GROUND,
    "consent": KEEPING,
    "sessions": KEEPING,
    "connectors": GROUND,
    "screens": GROUND | {"storage"},
    # what we do with it
    "linking": KEEPING | {"connectors", "directory", "policy"},
    "provisioning": KEEPING | {"directory", "limits"},
    "registration": KEEPING | {"clients", "limits"},
    "tokens": KEEPING | {"clients", "directory", "sessions"},
    "signout": KEEPING | {"clients", "policy", "sessions", "tokens", "linking", "deliveries"},
    "signals": KEEPING | {"clients", "tokens", "deliveries"},
    "custody": KEEPING | {"clients", "sessions", "tokens", "signout", "deliveries", "messages", "directory"},
    # where people and programs come in
    "login": KEEPING
    | {"clients", "policy", "directory", "connectors", "linking", "consent", "sessions", "screens"}
    | {"cases", "limits", "messages"},
    "provider": KEEPING
    | {"clients", "policy", "directory", "linking", "consent", "sessions", "tokens", "signout", "screens", "login"}
    | {"limits", "deliveries", "signals"},
    "account": KEEPING
    | {"clients", "policy", "directory", "linking", "consent", "sessions", "tokens", "signout", "screens"}
    | {"cases", "limits", "messages"},
    "console": KEEPING
    | {"clients", "policy", "directory", "connectors", "linking", "consent", "sessions", "tokens", "signout", "screens"}
    | {"cases", "limits", "messages", "provisioning", "deliveries", "custody", "registration", "passkeys"},
    # across the street: its own building, reached only over HTTP
    "mock_esia": frozenset(),
}
