"""Upstreams: more than one of them, and what their operators set.

Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('planned_work',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_work'))
    )
    with op.batch_alter_table('planned_work', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_planned_work_ends_at'), ['ends_at'], unique=False)
    op.create_table('policy_draft',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('file_name', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=36), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agreed_by', sa.String(length=36), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_policy_draft'))
    )
    with op.batch_alter_table('upstream_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kin_print', sa.String(length=64), nullable=True))
    op.create_table('upstream_keepsake',
    sa.Column('link_id', sa.String(length=36), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wanted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_doubtful', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['upstream_link.id'], name=op.f('fk_upstream_keepsake_link_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('link_id', name=op.f('pk_upstream_keepsake'))
    )
    with op.batch_alter_table('upstream_keepsake', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upstream_keepsake_wanted_at'), ['wanted_at'], unique=False)
    with op.batch_alter_table('key_fallout', schema=None) as batch_op:
        batch_op.add_column(sa.Column('walk', sa.Integer(), server_default=sa.text('1'), nullable=False))


def downgrade() -> None:
    op.drop_table('upstream_keepsake')
    with op.batch_alter_table('upstream_link', schema=None) as batch_op:
        batch_op.drop_column('kin_print')
    op.drop_table('policy_draft')
    with op.batch_alter_table('key_fallout', schema=None) as batch_op:
        batch_op.drop_column('walk')
    with op.batch_alter_table('planned_work', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_planned_work_ends_at'))
    op.drop_table('planned_work')
