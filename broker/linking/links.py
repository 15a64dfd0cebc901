"""Links: tied on evidence, unique both ways, untied with a cause."""

from __future__ import annotations

from broker.audit.catalogue import AccountLinked, AccountUnlinked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.foundation.outside import Outside
from broker.linking.evidence import Evidence
from broker.linking.link import DiaryTaken, Link, UpstreamTaken
from broker.linking.store import LinkStore
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer

SUBJECT_WORD = "link.subject"
_KIN_WORD = "link.kin"


class Links:
    """Which identity belongs to which person."""

    def __init__(self, database: Database, sealer: Sealer, fingerprints: Fingerprints, journal: Journal, outside: Outside):
        self._database = database
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._journal = journal
        self._outside = outside
        self._store = LinkStore(database)

    def find(self, connector: str, subject: str) -> Link | None:
        """The link of an upstream identity, or None."""
        return self._store.by_subject(connector, self._print(connector, subject)) if subject else None

    def of_person(self, person_id: str) -> Link | None:
        """The link of a person, or None."""
        return self._store.by_person(person_id)

    def with_card(self, person_id: str, directory: Directory) -> tuple[Person, Link | None] | None:
        """A person's card and link in one question to the database, or None when there is no such person."""
        return self._store.card_and_link(person_id, directory.store)

    def subject_of(self, person_id: str) -> str | None:
        """What the upstream calls the person; sensitive, for the upstream only."""
        found = self._store.sealed_subject(person_id)
        if found is None:
            return None
        link_id, _, sealed = found
        return self._sealer.unseal(sealed, f"link:{link_id}").decode("utf-8")

    def print_of(self, person_id: str) -> str:
        """A fingerprint of the identity a person is tied to, the same for every tie of it; "" for nobody's."""
        found = self._store.sealed_subject(person_id)
        if found is None:
            return ""
        link_id, connector, sealed = found
        return self._print(connector, self._sealer.unseal(sealed, f"link:{link_id}").decode("utf-8"))

    def tie(self, identity: UpstreamIdentity, person_id: str, evidence: Evidence, policy_version: str, actor: Actor) -> Link:
        """Tie an identity to a person. The same tie again is answered with the link there is.

        The identity is the one an upstream has just vouched for: nothing else about the attempt is asked, so a proof cannot be
        finished with another subject than the one it was begun with.

        Raises:
            UpstreamTaken: the identity belongs to another person.
            DiaryTaken: the person belongs to another identity.
        """
        with self._database.work():
            link, subject_print = self._fresh(identity, person_id, evidence), self._print(identity.connector, identity.subject)
            sealed = self._sealer.seal(identity.subject.encode("utf-8"), f"link:{link.id}")
            columns = self._fingerprints.columns(SUBJECT_WORD, subject_form(identity.connector, identity.subject))
            if not self._store.add(link, columns, sealed):
                return self._require_same(identity.connector, subject_print, person_id)
            subject = self._journal.fingerprint(identity.connector, identity.subject)
            event = AccountLinked(person_id, identity.connector, subject, evidence.value, policy_version)
            self._journal.append(event, actor)
        return link

    def untie(self, person_id: str, cause: str, actor: Actor) -> bool:
        """Remove a person's link; False if there was none. `cause` is a word for the journal."""
        with self._database.work():
            found = self._store.sealed_subject(person_id)
            if found is None or not self._store.delete(found[0]):
                return False
            link_id, connector, sealed = found
            subject = self._sealer.unseal(sealed, f"link:{link_id}").decode("utf-8")
            event = AccountUnlinked(person_id, connector, self._journal.fingerprint(connector, subject), cause)
            self._journal.append(event, actor)
        return True

    def touch(
        self, link_id: str, level: Level | str, is_standard: bool | None = None, is_of_parent: bool | None = None
    ) -> None:
        """Note a sign-in: its instant, its level and, when given, whether the upstream has checked the SNILS and whether the
        account is one that a parent made or attached."""
        said = {"is_standard": is_standard, "is_of_parent": is_of_parent}
        values: dict[str, object] = {name: value for name, value in said.items() if value is not None}
        values["level"] = Level(level).value
        with self._database.work():
            self._store.touch(link_id, self._outside.now(), values)

    def lower(self, link: Link, identity: UpstreamIdentity) -> bool:
        """The upstream says less of a linked account than the link remembers. True for the one caller that finds the link as it
        was; it is no sign-in, so nothing else changes."""
        values = {
            "level": identity.level.value,
            "is_standard": identity.snils is not None,
            "is_of_parent": identity.child_of_parent,
        }
        with self._database.work():
            return self._store.lower(link, values)

    def note_kin(self, person_id: str, form: str) -> bool:
        """Whether this finding about a person's children (`KinFound.form`) is another than the last one. From now on it is the
        last one. Only a fingerprint of it is kept."""
        every = self._fingerprints.every(_KIN_WORD, form)
        with self._database.work():
            return self._store.note_kin(person_id, self._fingerprints.of(_KIN_WORD, form), every)

    def _require_same(self, connector: str, subject_print: str, person_id: str) -> Link:
        held = self._store.by_subject(connector, subject_print)
        if held is not None and held.person_id == person_id:
            return held
        raise DiaryTaken if held is None else UpstreamTaken

    def _fresh(self, identity: UpstreamIdentity, person_id: str, evidence: Evidence) -> Link:
        now, standard = self._outside.now(), identity.snils is not None
        about = (identity.connector, identity.level, standard, evidence, now, now, identity.child_of_parent)
        return Link(self._outside.uuid(), person_id, *about)

    def _print(self, connector: str, subject: str) -> str:
        return self._fingerprints.of(SUBJECT_WORD, subject_form(connector, subject))


def subject_form(connector: str, subject: str) -> str:
    """What a link is found by: the subjects of two upstreams never meet."""
    return f"{connector}\n{subject}"
