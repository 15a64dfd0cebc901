"""Invitations, diary passwords, contacts, cases, the school's journal, letters, counted tries, provisioning.

Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('access_case',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.String(length=9), nullable=False),
    sa.Column('cause', sa.Integer(), nullable=False),
    sa.Column('real_cause', sa.Integer(), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('subject_print', sa.String(length=64), nullable=True),
    sa.Column('sameness', sa.String(length=64), nullable=True),
    sa.Column('compared', sa.Text(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('wrong_fields', sa.Text(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_why', sa.String(length=32), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_case'))
    )
    with op.batch_alter_table('access_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_case_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_access_case_number'), ['number'], unique=True)
        batch_op.create_index(batch_op.f('ix_access_case_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_access_case_sameness'), ['sameness'], unique=True)
        batch_op.create_index(batch_op.f('ix_access_case_subject_print'), ['subject_print'], unique=False)

    op.create_table('card_apart',
    sa.Column('one_id', sa.String(length=36), nullable=False),
    sa.Column('other_id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('one_id', 'other_id', name=op.f('pk_card_apart'))
    )
    op.create_table('card_change',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('school_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('actor_kind', sa.String(length=16), nullable=False),
    sa.Column('actor_id', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card_change'))
    )
    with op.batch_alter_table('card_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_card_change_person_id_at'), ['person_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_card_change_school_id_at'), ['school_id', 'at'], unique=False)

    op.create_table('card_merge',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('school_id', sa.String(length=36), nullable=False),
    sa.Column('kept_id', sa.String(length=36), nullable=False),
    sa.Column('merged_id', sa.String(length=36), nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card_merge'))
    )
    with op.batch_alter_table('card_merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_card_merge_school_id'), ['school_id'], unique=False)

    op.create_table('consent_asked',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('client_id', sa.String(length=64), nullable=False),
    sa.Column('items', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_asked'))
    )
    with op.batch_alter_table('consent_asked', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_asked_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_consent_asked_person_id_client_id'), ['person_id', 'client_id'], unique=True)

    op.create_table('letter',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter'))
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_state_channel_done_at'), ['state', 'channel', 'done_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_state_next_at'), ['state', 'next_at'], unique=False)

    op.create_table('provisioned',
    sa.Column('source_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('external_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('external_print', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('source_id', 'person_id', name=op.f('pk_provisioned'))
    )
    with op.batch_alter_table('provisioned', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provisioned_source_id_external_print'), ['source_id', 'external_print'], unique=True)

    op.create_table('provisioning_token',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('region', sa.String(length=8), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provisioning_token'))
    )
    with op.batch_alter_table('provisioning_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provisioning_token_hash'), ['hash'], unique=True)

    op.create_table('try_count',
    sa.Column('print', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('print', name=op.f('pk_try_count'))
    )
    with op.batch_alter_table('try_count', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_try_count_ends_at'), ['ends_at'], unique=False)

    op.create_table('contact',
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('value_print', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contact_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'kind', name=op.f('pk_contact'))
    )
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_value_print'), ['value_print'], unique=False)

    op.create_table('credential',
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('login_changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rules_accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_credential_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_credential'))
    )
    op.create_table('invitation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('password_hash', sa.LargeBinary(), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('issued_by', sa.String(length=64), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('printed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_invitation_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('upstream_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_of_parent', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('device', sa.String(length=64), server_default=sa.text("''"), nullable=False))

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('filled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('paused_by', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('pause_reason', sa.String(length=16), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('pause_reason')
        batch_op.drop_column('paused_by')
        batch_op.drop_column('paused_at')
        batch_op.drop_column('filled_at')

    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.drop_column('device')

    with op.batch_alter_table('upstream_link', schema=None) as batch_op:
        batch_op.drop_column('is_of_parent')

    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_person_id'))

    op.drop_table('invitation')
    op.drop_table('credential')
    with op.batch_alter_table('contact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_value_print'))

    op.drop_table('contact')
    with op.batch_alter_table('try_count', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_try_count_ends_at'))

    op.drop_table('try_count')
    with op.batch_alter_table('provisioning_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provisioning_token_hash'))

    op.drop_table('provisioning_token')
    with op.batch_alter_table('provisioned', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provisioned_source_id_external_print'))

    op.drop_table('provisioned')
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_state_next_at'))
        batch_op.drop_index(batch_op.f('ix_letter_state_channel_done_at'))
        batch_op.drop_index(batch_op.f('ix_letter_person_id'))

    op.drop_table('letter')
    with op.batch_alter_table('consent_asked', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_asked_person_id_client_id'))
        batch_op.drop_index(batch_op.f('ix_consent_asked_ends_at'))

    op.drop_table('consent_asked')
    with op.batch_alter_table('card_merge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_card_merge_school_id'))

    op.drop_table('card_merge')
    with op.batch_alter_table('card_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_card_change_school_id_at'))
        batch_op.drop_index(batch_op.f('ix_card_change_person_id_at'))

    op.drop_table('card_change')
    op.drop_table('card_apart')
    with op.batch_alter_table('access_case', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_access_case_subject_print'))
        batch_op.drop_index(batch_op.f('ix_access_case_sameness'))
        batch_op.drop_index(batch_op.f('ix_access_case_person_id'))
        batch_op.drop_index(batch_op.f('ix_access_case_number'))
        batch_op.drop_index(batch_op.f('ix_access_case_ends_at'))

    op.drop_table('access_case')
