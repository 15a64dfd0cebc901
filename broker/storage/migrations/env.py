"""What Alembic runs around the scripts. The connection comes inside a transaction, under a lock: `broker.storage.migrate`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from broker.storage.columns import Base, UtcInstant


def _in_script(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Drafts name the database's own type: a script must not change when our column class does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcInstant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
    render_item=_in_script,
)
context.run_migrations()
