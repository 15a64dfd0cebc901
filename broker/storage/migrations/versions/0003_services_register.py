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

    op.create_table('delivery',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('group_id', sa.String(length=36), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_client_id_made_at'), ['client_id', 'made_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_group_id_made_at'), ['group_id', 'made_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_state_next_at'), ['state', 'next_at'], unique=False)

    op.create_table('signal_stream',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('delivery', sa.String(length=8), nullable=False),
    sa.Column('endpoint_url', sa.String(length=2000), nullable=False),
    sa.Column('authorization', sa.LargeBinary(), nullable=True),
    sa.Column('events', sa.Text(), nullable=False),
    sa.Column('description', sa.String(length=256), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=256), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signal_stream'))
    )
    with op.batch_alter_table('signal_stream', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signal_stream_client_id'), ['client_id'], unique=True)

    op.create_table('signal_left_out',
    sa.Column('stream_id', sa.String(length=36), nullable=False),
    sa.Column('sub', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['stream_id'], ['signal_stream.id'], name=op.f('fk_signal_left_out_stream_id')),
    sa.PrimaryKeyConstraint('stream_id', 'sub', name=op.f('pk_signal_left_out'))
    )

    op.create_table('client_record',
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('way', sa.String(length=16), nullable=False),
    sa.Column('by', sa.String(length=36), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('name_state', sa.String(length=8), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_client_record'))
    )
    with op.batch_alter_table('client_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_record_ends_at'), ['ends_at'], unique=False)

    op.create_table('initial_token',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('preset', sa.Text(), nullable=False),
    sa.Column('uses_left', sa.Integer(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_initial_token'))
    )
    with op.batch_alter_table('initial_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_initial_token_hash'), ['hash'], unique=True)

    op.create_table('statement_issuer',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('issuer', sa.String(length=500), nullable=False),
    sa.Column('jwks', sa.Text(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_issuer'))
    )
    with op.batch_alter_table('statement_issuer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_statement_issuer_issuer'), ['issuer'], unique=True)


    # Each entry's service, to find them by; what was written before has none.
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('client_id', sa.String(length=64), server_default=sa.text("''"), nullable=False))
        batch_op.create_index(batch_op.f('ix_audit_entry_client_id_at'), ['client_id', 'at'], unique=False)

    op.create_table('developer',
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_developer'))
    )
    op.create_table('developer_client',
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('organisation', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_developer_client'))
    )
    with op.batch_alter_table('developer_client', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_developer_client_organisation'), ['organisation'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('developer_client', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_developer_client_organisation'))

    op.drop_table('developer_client')
    op.drop_table('developer')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_client_id_at'))
        batch_op.drop_column('client_id')

    with op.batch_alter_table('statement_issuer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_statement_issuer_issuer'))

    op.drop_table('statement_issuer')
    with op.batch_alter_table('initial_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_initial_token_hash'))

    op.drop_table('initial_token')
    with op.batch_alter_table('client_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_client_record_ends_at'))

    op.drop_table('client_record')
    op.drop_table('signal_left_out')
    with op.batch_alter_table('signal_stream', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signal_stream_client_id'))

    op.drop_table('signal_stream')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivery_state_next_at'))
        batch_op.drop_index(batch_op.f('ix_delivery_group_id_made_at'))
        batch_op.drop_index(batch_op.f('ix_delivery_client_id_made_at'))

    op.drop_table('delivery')
    with op.batch_alter_table('client_secret', schema=None) as batch_op:
        batch_op.drop_column('sealed')

    with op.batch_alter_table('oauth_grant', schema=None) as batch_op:
        batch_op.drop_column('confirmation')
        batch_op.drop_column('authorization_details')
        batch_op.drop_column('resources')

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.alter_column('items', existing_type=sa.Text(), type_=sa.String(length=256), existing_nullable=False)
