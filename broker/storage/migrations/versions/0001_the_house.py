"""The first tables of the house.

Follows: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('actor_kind', sa.String(length=16), nullable=False),
    sa.Column('actor_id', sa.String(length=128), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('client',
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('registration', sa.Text(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_client'))
    )
    op.create_table('consent',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('items', sa.String(length=256), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent')),
    sa.UniqueConstraint('person_id', 'client_id', name=op.f('uq_consent_person_id_client_id'))
    )
    op.create_table('oauth_grant',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('session_id', sa.String(length=36), nullable=False),
    sa.Column('scopes', sa.String(length=256), nullable=False),
    sa.Column('claims', sa.String(length=512), nullable=False),
    sa.Column('id_claims', sa.String(length=512), nullable=False),
    sa.Column('authenticated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('connector', sa.String(length=32), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('amr', sa.String(length=128), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refresh_hash', sa.String(length=64), nullable=True),
    sa.Column('refresh_generation', sa.Integer(), nullable=False),
    sa.Column('refreshed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('access_not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_cause', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_grant'))
    )
    with op.batch_alter_table('oauth_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_oauth_grant_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_oauth_grant_person_id_client_id'), ['person_id', 'client_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_oauth_grant_session_id'), ['session_id'], unique=False)

    op.create_table('person',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('card_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('snils_print', sa.String(length=64), nullable=True),
    sa.Column('name_birth_print', sa.String(length=64), nullable=True),
    sa.Column('login_print', sa.String(length=64), nullable=True),
    sa.Column('is_blocked', sa.Boolean(), nullable=False),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_login_print'), ['login_print'], unique=True)
        batch_op.create_index(batch_op.f('ix_person_name_birth_print'), ['name_birth_print'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_snils_print'), ['snils_print'], unique=False)

    op.create_table('school',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('name_ru', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school'))
    )
    op.create_table('secret_key',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('key_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secret_key'))
    )
    with op.batch_alter_table('secret_key', schema=None) as batch_op:
        batch_op.create_index('uq_secret_key_current', ['purpose'], unique=True, sqlite_where=sa.text("state = 'current'"), postgresql_where=sa.text("state = 'current'"))

    op.create_table('session',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('connector', sa.String(length=32), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('methods', sa.String(length=128), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('authenticated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_cause', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session'))
    )
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_secret_hash'), ['secret_hash'], unique=True)

    op.create_table('short_lived',
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('ends_ms', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'key', name=op.f('pk_short_lived'))
    )
    with op.batch_alter_table('short_lived', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_short_lived_ends_ms'), ['ends_ms'], unique=False)

    op.create_table('signing_key',
    sa.Column('kid', sa.String(length=43), nullable=False),
    sa.Column('family', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('public_jwk', sa.Text(), nullable=False),
    sa.Column('private_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_signing_key'))
    )
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.create_index('uq_signing_key_signer', ['family'], unique=True, sqlite_where=sa.text("state = 'signing'"), postgresql_where=sa.text("state = 'signing'"))

    op.create_table('client_secret',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.client_id'], name=op.f('fk_client_secret_client_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_client_secret'))
    )
    with op.batch_alter_table('client_secret', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_client_secret_client_id'), ['client_id'], unique=False)

    op.create_table('kinship',
    sa.Column('parent_id', sa.String(length=36), nullable=False),
    sa.Column('child_id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['child_id'], ['person.id'], name=op.f('fk_kinship_child_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['person.id'], name=op.f('fk_kinship_parent_id')),
    sa.PrimaryKeyConstraint('parent_id', 'child_id', name=op.f('pk_kinship'))
    )
    with op.batch_alter_table('kinship', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kinship_child_id'), ['child_id'], unique=False)

    op.create_table('membership',
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('school_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('class_name', sa.String(length=32), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id')),
    sa.ForeignKeyConstraint(['school_id'], ['school.id'], name=op.f('fk_membership_school_id')),
    sa.PrimaryKeyConstraint('person_id', 'position', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_school_id'), ['school_id'], unique=False)

    op.create_table('session_client',
    sa.Column('session_id', sa.String(length=36), nullable=False),
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_session_client_session_id')),
    sa.PrimaryKeyConstraint('session_id', 'client_id', name=op.f('pk_session_client'))
    )
    op.create_table('staff_role',
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_staff_role_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'role', name=op.f('pk_staff_role'))
    )
    op.create_table('upstream_link',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('connector', sa.String(length=32), nullable=False),
    sa.Column('subject_print', sa.String(length=64), nullable=False),
    sa.Column('subject_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('is_standard', sa.Boolean(), nullable=False),
    sa.Column('evidence', sa.String(length=32), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_upstream_link_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upstream_link')),
    sa.UniqueConstraint('connector', 'subject_print', name=op.f('uq_upstream_link_connector_subject_print')),
    sa.UniqueConstraint('person_id', name=op.f('uq_upstream_link_person_id'))
    )


def downgrade() -> None:
    op.drop_table('upstream_link')
    op.drop_table('staff_role')
    op.drop_table('session_client')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_school_id'))

    op.drop_table('membership')
    with op.batch_alter_table('kinship', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kinship_child_id'))

    op.drop_table('kinship')
    with op.batch_alter_table('client_secret', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_client_secret_client_id'))

    op.drop_table('client_secret')
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.drop_index('uq_signing_key_signer', sqlite_where=sa.text("state = 'signing'"), postgresql_where=sa.text("state = 'signing'"))

    op.drop_table('signing_key')
    with op.batch_alter_table('short_lived', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_short_lived_ends_ms'))

    op.drop_table('short_lived')
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_secret_hash'))
        batch_op.drop_index(batch_op.f('ix_session_person_id'))
        batch_op.drop_index(batch_op.f('ix_session_ends_at'))

    op.drop_table('session')
    with op.batch_alter_table('secret_key', schema=None) as batch_op:
        batch_op.drop_index('uq_secret_key_current', sqlite_where=sa.text("state = 'current'"), postgresql_where=sa.text("state = 'current'"))

    op.drop_table('secret_key')
    op.drop_table('school')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_snils_print'))
        batch_op.drop_index(batch_op.f('ix_person_name_birth_print'))
        batch_op.drop_index(batch_op.f('ix_person_login_print'))

    op.drop_table('person')
    with op.batch_alter_table('oauth_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_oauth_grant_session_id'))
        batch_op.drop_index(batch_op.f('ix_oauth_grant_person_id_client_id'))
        batch_op.drop_index(batch_op.f('ix_oauth_grant_ends_at'))

    op.drop_table('oauth_grant')
    op.drop_table('consent')
    op.drop_table('client')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_at'))

    op.drop_table('audit_entry')
