"""In the chain a person is an alias; once forgotten, nothing leads from the journal to them, and the chain still holds."""

from __future__ import annotations

import dataclasses
import typing

import pytest
from sqlalchemy import text

from broker.audit.aliases import PERSON_FIELDS, SUBJECT_FIELDS
from broker.audit.catalogue import AccountLinked, LoginFinished, UpstreamReturned
from broker.audit.catalogue_own import ConsentCarried
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.audit.test_catalogue import EVENTS
from tests.support.sealing import sealing_vault

OWN = Actor("person", "ivanova-7b")


def sign_in(database: Database, journal: Journal, person_id: str = OWN.id, subject: str = "1000600901") -> None:
    print_ = journal.fingerprint("esia", subject)
    with database.work():
        journal.append(UpstreamReturned("esia", print_, "confirmed"), SYSTEM)
        journal.append(AccountLinked(person_id, "esia", print_, "snils_and_name", "v1"), Actor("person", person_id))
        journal.append(LoginFinished(person_id, "s-1", "diary", "29", "confirmed"), Actor("staff", person_id))


def written(database: Database) -> str:
    """Everything the journal's tables hold, as text."""
    tables = ("audit_entry", "audit_alias", "audit_head", "audit_start", "audit_checkpoint")
    rows = [tuple(row) for table in tables for row in database.session.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(map(str, rows))


def chain(database: Database) -> str:
    return "\n".join(str(tuple(row)) for row in database.session.execute(text("SELECT * FROM audit_entry")))


def test_the_chain_holds_aliases_and_readers_are_told_who_is_meant(database: Database, journal: Journal) -> None:
    sign_in(database, journal)

    assert OWN.id not in chain(database)
    assert journal.fingerprint("esia", "1000600901") not in chain(database)
    returned, linked, finished = journal.tail(3)
    assert {OWN.id} == {linked.actor.id, linked.fields["person_id"], finished.actor.id, finished.fields["person_id"]}
    assert {journal.fingerprint("esia", "1000600901")} == {returned.fields["subject"], linked.fields["subject"]}
    assert journal.verify().is_whole


def test_one_person_has_one_alias_whoever_writes(database: Database, journal: Journal, outside: Outside) -> None:
    sign_in(database, journal)
    sign_in(database, Journal(database, sealing_vault(database, outside).fingerprints, outside))
    with database.work():
        journal.append(ConsentCarried("p-2", "diary", (), OWN.id), SYSTEM)

    people = database.session.execute(text("SELECT meaning FROM audit_alias WHERE kind = 'person' ORDER BY meaning")).scalars()
    assert [OWN.id, "p-2"] == people.all()
    assert OWN.id == journal.tail(1)[0].fields["from_person_id"]


def test_after_forgetting_nothing_leads_to_the_person_and_the_chain_holds(database: Database, journal: Journal) -> None:
    sign_in(database, journal, "other", "2000")
    sign_in(database, journal)
    before = chain(database)

    with database.work():
        assert 2 == journal.forget(OWN.id)

    assert OWN.id not in written(database)
    assert journal.fingerprint("esia", "1000600901") not in written(database)
    assert before == chain(database)
    assert journal.verify().is_whole
    last = journal.tail(1)[0]
    assert last.actor.id == last.fields["person_id"] != OWN.id
    assert "other" == journal.tail(4)[0].fields["person_id"]


def test_somebody_who_comes_back_is_somebody_else(database: Database, journal: Journal) -> None:
    sign_in(database, journal)
    before = chain(database)
    with database.work():
        journal.forget(OWN.id)
    sign_in(database, journal)

    after = chain(database).removeprefix(before)
    old = [word for word in before.split("'") if word.startswith("~")]
    assert old
    assert [] == [alias for alias in old if alias in after]


def test_what_is_rolled_back_is_not_remembered(database: Database, journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), database.work():
        sign_in(database, journal)
        database.before_commit(_fail)  # after the journal has written
    sign_in(database, journal)

    assert OWN.id == journal.tail(1)[0].fields["person_id"]


def _fail() -> None:
    raise ZeroDivisionError


def test_every_field_that_points_at_somebody_is_known() -> None:
    """A new event that names a person otherwise would put the identifier into the chain for ever."""
    about_people = {
        field.name
        for kind in EVENTS
        for field in dataclasses.fields(kind)
        if "person" in field.name or field.name.split("_")[0] in ("by", "parent", "child", "officer", "pupil", "teacher", "asker")
    }
    prints = {name for kind in EVENTS for name, hint in typing.get_type_hints(kind).items() if "Fingerprint" in str(hint)}

    assert about_people - {"by"} <= PERSON_FIELDS
    assert prints <= SUBJECT_FIELDS
