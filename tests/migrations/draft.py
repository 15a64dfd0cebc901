"""Drafts the next migration from the difference between the tables in the code and the newest script.

For developers: `python -m tests.migrations.draft 0002 "what changes"`. Read what it wrote before anything else.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from broker.storage import migrate
from tests.support.databases import open_database
from tests.support.tables import all_tables


def main(number: str, message: str) -> None:
    """Write `versions/<number>_<message>.py`."""
    all_tables()
    with tempfile.TemporaryDirectory() as folder:
        app, database = open_database(f"sqlite:///{folder}/draft.sqlite")
        with app.app_context():
            migrate.upgrade(database)
        with database.engine.connect() as connection:
            config = migrate.config(connection)
            config.set_main_option("file_template", f"{number}_%%(slug)s")
            command.revision(config, message, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
    sys.stdout.write(f"{Path('broker/storage/migrations/versions')}: read it, then run tests/migrations\n")
