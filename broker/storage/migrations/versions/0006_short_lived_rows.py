"""Short-lived state lies in its primary key on SQLite: a row that is written and taken again changes two trees, not three.

Follows: 0005
"""

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(with_rowid=False)


def downgrade() -> None:
    _rebuild(with_rowid=True)


def _rebuild(*, with_rowid: bool) -> None:
    # PostgreSQL has no such thing.
    if op.get_context().dialect.name == 'sqlite':
        kind = {'sqlite_with_rowid': with_rowid}
        with op.batch_alter_table('short_lived', schema=None, recreate='always', table_kwargs=kind):
            pass
