"""How this deployment differs from any other.

Owns the settings of all rooms together, the shipped region files, the environment variables and the refusal to start.
Refuses to know what a setting does: a room declares its own in settings.py.
Called by the roof: app.py, wsgi.py and the command line."""
