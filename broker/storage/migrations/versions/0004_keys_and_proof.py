"""Keys, secrets, proof: uses and whole lives of signing keys.

Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

import broker.storage.columns

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

# Columns of the journal that most entries say nothing in -> what entries with a word there have.
FOUND_BY = {
    'actor_kind': "actor_kind IN ('staff', 'cli', 'diary')", 'person': "person <> ''", 'actor_id': "actor_id <> ''",
    'object': "object <> ''", 'cause': "cause <> 0",
}


# What the second column of a fingerprint is found by; these are unique.
UNIQUE_PRINTS = {('login_print_2',), ('connector', 'subject_print_2'), ('source_id', 'external_print_2')}
SECOND_PRINTS: dict[str, list[tuple[str, ...]]] = {
    'person': [('snils_print_2',), ('name_birth_print_2',), ('login_print_2',)],
    'contact': [('value_print_2',)],
    'upstream_link': [('connector', 'subject_print_2')],
    'provisioned': [('source_id', 'external_print_2')],
}


def upgrade() -> None:
    # Workers of the release before go on reading `state`; see SigningKeyRow.
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('use', sa.String(length=8), server_default=sa.text("'tokens'"), nullable=False))
        batch_op.add_column(sa.Column('life', sa.String(length=12), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('kept_in', sa.String(length=12), server_default=sa.text("'software'"), nullable=False))
        batch_op.create_index('uq_signing_key_signer_of_use', ['use', 'family'], unique=True, sqlite_where=sa.text("life = 'signing'"), postgresql_where=sa.text("life = 'signing'"))

    with op.batch_alter_table('secret_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('records', sa.Integer(), nullable=True))
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ran_out_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_session_untold', ['seen_at'], unique=False, sqlite_where=sa.text("ended_at IS NULL AND ran_out_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL AND ran_out_at IS NULL"))
    # The second column of every fingerprint, for the time in which one key follows another.
    for table, found_by in SECOND_PRINTS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for columns in found_by:
                batch_op.add_column(sa.Column(columns[-1], sa.String(length=64), nullable=True))
    for table, found_by in SECOND_PRINTS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for columns in found_by:
                name = batch_op.f(f"ix_{table}_{'_'.join(columns)}")
                is_there = sa.text(f'{columns[-1]} IS NOT NULL')
                unique = columns in UNIQUE_PRINTS
                batch_op.create_index(name, list(columns), unique=unique, sqlite_where=is_there, postgresql_where=is_there)
    op.create_table('key_fetch',
    sa.Column('kid', sa.String(length=43), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kid', 'place', name=op.f('pk_key_fetch'))
    )
    op.create_table('key_follower',
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'place', name=op.f('pk_key_follower'))
    )
    op.create_table('key_check',
    sa.Column('client_id', sa.String(length=128), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id', name=op.f('pk_key_check'))
    )
    op.create_table('rotation_report',
    sa.Column('kid', sa.String(length=43), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_rotation_report'))
    )
    op.create_table('two_person_request',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('act', sa.String(length=32), nullable=False),
    sa.Column('about', sa.String(length=64), nullable=False),
    sa.Column('grounds', sa.String(length=16), nullable=False),
    sa.Column('asked_by', sa.String(length=36), nullable=False),
    sa.Column('asked_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('ends_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=36), nullable=True),
    sa.Column('decided_at', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_two_person_request'))
    )
    with op.batch_alter_table('two_person_request', schema=None) as batch_op:
        batch_op.create_index('uq_two_person_request_open', ['act', 'about'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
    op.create_table('key_fallout',
    sa.Column('kid', sa.String(length=43), nullable=False),
    sa.Column('family', sa.String(length=8), nullable=False),
    sa.Column('since', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('until', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('cursor', sa.String(length=36), nullable=False),
    sa.Column('sessions', sa.Integer(), nullable=False),
    sa.Column('made_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('ended_at', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_key_fallout'))
    )
    op.create_table('expiry_warning',
    sa.Column('what', sa.String(length=24), nullable=False),
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('told_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('what', 'mark', 'days', name=op.f('pk_expiry_warning'))
    )
    op.create_table('secret_job',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('part', sa.String(length=64), nullable=False),
    sa.Column('cursor', sa.Text(), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('broken', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('taken_by', sa.String(length=36), nullable=False),
    sa.Column('taken_until', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.Column('made_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('ended_at', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_secret_job'))
    )
    with op.batch_alter_table('secret_job', schema=None) as batch_op:
        batch_op.create_index('uq_secret_job_open', ['kind'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('spent_statement',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_spent_statement'))
    )
    with op.batch_alter_table('spent_statement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spent_statement_ends_at'), ['ends_at'], unique=False)
    op.create_table('opening_key',
    sa.Column('kid', sa.String(length=43), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('private_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_opening_key'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person', sa.String(length=128), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('object', sa.String(length=128), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column('cause', sa.Integer(), server_default=sa.text("0"), nullable=False))
        # Entries come newest first, that is by number: an index by instant would have all of them sorted.
        batch_op.drop_index(batch_op.f('ix_audit_entry_client_id_at'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_at'))
        batch_op.create_index(batch_op.f('ix_audit_entry_at_name'), ['at', 'name'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_client_id_seq'), ['client_id', 'seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_name_seq'), ['name', 'seq'], unique=False)
        for column, said in FOUND_BY.items():
            batch_op.create_index(batch_op.f(f'ix_audit_entry_{column}_seq'), [column, 'seq'], unique=False, sqlite_where=sa.text(said), postgresql_where=sa.text(said))
    op.create_table('audit_alias',
    sa.Column('alias', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('meaning', sa.String(length=128), nullable=False),
    sa.Column('person_id', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('alias', name=op.f('pk_audit_alias')),
    sa.UniqueConstraint('meaning', 'kind', name=op.f('uq_audit_alias_meaning_kind'))
    )
    with op.batch_alter_table('audit_alias', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_alias_person_id'), ['person_id'], unique=False)
    op.create_table('audit_checkpoint',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('hour', sa.String(length=13), nullable=True),
    sa.Column('document', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_checkpoint')),
    sa.UniqueConstraint('hour', name=op.f('uq_audit_checkpoint_hour'))
    )
    with op.batch_alter_table('audit_checkpoint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_checkpoint_seq'), ['seq'], unique=False)
    op.create_table('audit_start',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_start'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('credential_hash', sa.String(length=64), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('is_synced', sa.Boolean(), nullable=False),
    sa.Column('made_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('used_at', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_hash', name=op.f('uq_passkey_credential_hash'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkey_person_id'), ['person_id'], unique=False)
    op.create_table('house_restore',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('backup_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('head_seq', sa.BigInteger(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_house_restore'))
    )
    op.create_table('staff_link',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('made_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('ends_at', broker.storage.columns.UtcInstant(timezone=True), nullable=False),
    sa.Column('used_at', broker.storage.columns.UtcInstant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_staff_link'))
    )


def downgrade() -> None:
    op.drop_table('house_restore')
    op.drop_table('staff_link')
    op.drop_table('passkey')
    op.drop_table('audit_start')
    op.drop_table('audit_checkpoint')
    op.drop_table('audit_alias')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        for column in FOUND_BY:
            batch_op.drop_index(batch_op.f(f'ix_audit_entry_{column}_seq'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_name_seq'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_client_id_seq'))
        batch_op.create_index(batch_op.f('ix_audit_entry_client_id_at'), ['client_id', 'at'], unique=False)
        batch_op.drop_index(batch_op.f('ix_audit_entry_at_name'))
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)
        batch_op.drop_column('cause')
        batch_op.drop_column('object')
        batch_op.drop_column('person')
    op.drop_table('opening_key')
    op.drop_table('spent_statement')
    op.drop_table('secret_job')
    op.drop_table('expiry_warning')
    op.drop_table('key_fallout')
    op.drop_table('two_person_request')
    for table in ('rotation_report', 'key_check', 'key_follower', 'key_fetch'):
        op.drop_table(table)
    for table, found_by in SECOND_PRINTS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for columns in found_by:
                batch_op.drop_index(batch_op.f(f"ix_{table}_{'_'.join(columns)}"))
        with op.batch_alter_table(table, schema=None) as batch_op:
            for columns in found_by:
                batch_op.drop_column(columns[-1])
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.drop_index('ix_session_untold', sqlite_where=sa.text("ended_at IS NULL AND ran_out_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL AND ran_out_at IS NULL"))
        batch_op.drop_column('ran_out_at')
    with op.batch_alter_table('secret_key', schema=None) as batch_op:
        batch_op.drop_column('records')
        batch_op.drop_column('moved_at')
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.drop_index('uq_signing_key_signer_of_use', sqlite_where=sa.text("life = 'signing'"), postgresql_where=sa.text("life = 'signing'"))
        batch_op.drop_column('kept_in')
        batch_op.drop_column('life')
        batch_op.drop_column('use')
