"""broker audit tail | search | verify | checkpoint | keys | export | name | prune | forget"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from broker.audit.office import AuditTools, open_audit_office
from broker.audit.search import Question
from broker.console import audit_actions
from broker.console.audit_actions import AuditActions
from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.desk_making import audit_desk
from broker.console.grounds import GROUNDS
from broker.console.refused import Refused
from broker.console.rights import Action


def _actions(at: At) -> AuditActions:
    rooms = at.rooms()
    tools = AuditTools(rooms.database, rooms.journal, rooms.vault.audit_ring, at.outside, at.settings.provider.issuer)
    return AuditActions(open_audit_office(at.settings.audit, tools), rooms.database, at.outside.now)


def _instant(text: str | None, *, is_end: bool = False) -> datetime | None:
    """A day (UTC, the end of it where an end is meant) or an instant with its offset."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-09-01"):
            day = date.fromisoformat(text) + (timedelta(days=1) if is_end else timedelta(0))
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("A time is 2026-09-01 or 2026-09-01T08:00+03:00.") from None
    if found.tzinfo is None:
        raise Refused("A time needs its offset, like 2026-09-01T08:00+03:00.")
    return found


def _time_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="since", metavar="TIME", help="only since then: 2026-09-01 or 2026-09-01T08:00+03:00"
    )
    parser.add_argument("--to", dest="until", metavar="TIME", help="only entries before then; a day counts to its end")


def _tail_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--before", type=int, help="only entries with a lower number")


def _search_arguments(parser: ArgumentParser) -> None:
    _time_arguments(parser)
    _tail_arguments(parser)
    parser.add_argument("--event", action="append", default=[], metavar="NAME", help="the name of an event; may be repeated")
    for word, said in (
        ("person", "whom it is about"), ("client", "which service"), ("object", "a key, case, session, grant …"),
        ("actor", "who did it"), ("case", "the number of a case"),
    ):  # fmt: skip
        parser.add_argument(f"--{word}", default="", metavar="ID", help=said)
    parser.add_argument("--cause", type=int, default=0, help="the code of a failure, as staff see it")


def _search(asked: Namespace, at: At) -> Answer:
    case = at.rooms().cases.find(asked.case) if asked.case else None
    if asked.case and case is None:
        raise Refused("There is no case with this number any more.")
    question = Question(
        since=_instant(asked.since), until=_instant(asked.until, is_end=True), names=tuple(asked.event), actor_id=asked.actor,
        person_id=asked.person, client_id=asked.client, object_id=case.id if case else asked.object, cause=asked.cause,
    )  # fmt: skip
    return _actions(at).search(question, asked.before, asked.limit).described()


def _verify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="an export; without one, the journal in the database")
    parser.add_argument("--keys", type=Path, metavar="JWKS", help="our public keys (/audit/jwks.json), kept by you")
    parser.add_argument(
        "--noted", type=Path, metavar="CHECKPOINT", help="a checkpoint kept by you; the export must contain it"
    )


def _verify(asked: Namespace, at: At) -> Answer:
    if asked.file is None:
        if asked.keys or asked.noted:
            raise Refused("--keys and --noted are for a file.")
        return _actions(at).verify()
    return audit_actions.verify_file(asked.file, asked.keys, asked.noted)


def _export_arguments(parser: ArgumentParser) -> None:
    _time_arguments(parser)
    parser.add_argument("file", type=Path, help="a new file; JSON Lines, docs/audit-format.md")


def _export(asked: Namespace, at: At) -> Answer:
    return _actions(at).export(asked.file, _instant(asked.since), _instant(asked.until, is_end=True), at.actor)


def _name_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("seq", type=int, help="the number of an entry")
    parser.add_argument("--grounds", required=True, choices=GROUNDS, help="why; the journal keeps it")


def _name(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    tools = AuditTools(rooms.database, rooms.journal, rooms.vault.audit_ring, at.outside, at.settings.provider.issuer)
    desk = audit_desk(rooms, open_audit_office(at.settings.audit, tools), at.outside)
    return {"names": dict(desk.reveal(asked.seq, asked.grounds, at.actor))}


def _forget_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person", metavar="ID", help="a person whose card is erased")


COMMANDS: tuple[Command, ...] = (
    Command(
        ("audit", "tail"),
        "The last entries of the journal",
        _tail_arguments,
        lambda asked, at: _actions(at).tail(asked.limit, asked.before),
    ),
    Command(("audit", "search"), "Entries that fit, newest first", _search_arguments, _search),
    Command(("audit", "verify"), "Whether anybody has changed the journal, or an export of it", _verify_arguments, _verify),
    Command(
        ("audit", "checkpoint"),
        "Sign the end of the journal now; keep the document elsewhere",
        no_arguments,
        lambda _asked, at: _actions(at).checkpoint(at.actor),
    ),
    Command(("audit", "keys"), "The public keys that prove the journal", no_arguments, lambda _asked, at: _actions(at).keys()),
    Command(("audit", "export"), "Write entries into a file that proves itself", _export_arguments, _export),
    Command(
        ("audit", "name"),
        "Whom an entry is about, by name; the journal keeps who asked",
        _name_arguments,
        _name,
        Action.REVEAL_NAME,
    ),
    Command(
        ("audit", "prune"),
        "Archive and remove what is older than audit.keep_for; the workers do it by themselves",
        no_arguments,
        lambda _asked, at: _actions(at).prune(at.actor),
    ),
    Command(
        ("audit", "forget"),
        "Let the journal forget who a person was; there is no way back",
        _forget_arguments,
        lambda asked, at: _actions(at).forget(asked.person, at.actor),
    ),
)
