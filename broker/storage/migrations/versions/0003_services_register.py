"""What services may ask of an OpenID Provider: audiences and keys of grants, registration, deliveries, signals.

Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('client_secret', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sealed', sa.LargeBinary(), nullable=True))

    # A permission also holds the wishes of authorization details, each with the child it is for.
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.alter_column('items', existing_type=sa.String(length=256), type_=sa.Text(), existing_nullable=False)

    with op.batch_alter_table('oauth_grant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('resources', sa.String(length=2048), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('authorization_details', sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('confirmation', sa.String(length=64), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('client_secret', schema=None) as batch_op:
        batch_op.drop_column('sealed')

    with op.batch_alter_table('oauth_grant', schema=None) as batch_op:
        batch_op.drop_column('confirmation')
        batch_op.drop_column('authorization_details')
        batch_op.drop_column('resources')

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.alter_column('items', existing_type=sa.Text(), type_=sa.String(length=256), existing_nullable=False)
