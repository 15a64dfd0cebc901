"""broker people import | show | invite | pause | resume | story | end | merge"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from broker.console.cli.command import Answer, At, Command
from broker.console.cli.schools import import_list
from broker.console.desk_making import story_desk
from broker.console.grounds import GROUNDS
from broker.console.merge_actions import MergeDesk
from broker.console.people_actions import PauseDesk, PeopleDesk
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.roster_actions import LIST_FILES
from broker.console.school_duplicates import DuplicateDesk
from broker.console.story_actions import Sought
from broker.directory.access_import import AccessImport
from broker.directory.duplicates import Duplicates
from broker.directory.pauses import PauseReason


def desk_of(at: At) -> PeopleDesk:
    rooms = at.rooms()
    access = AccessImport(rooms.credentials, rooms.invitations, rooms.contacts)
    return PeopleDesk(rooms.database, rooms.directory, rooms.links, rooms.policies, rooms.journal, access)


def read_json(file: Path) -> Mapping[str, object]:
    """A JSON object from a file. Raises Refused when it cannot be read as one."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused("The file cannot be read as JSON.") from None
    if not isinstance(found, dict):
        raise Refused("The file must hold a JSON object with schools and people.")
    return found


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a directory document (.json), or a list (.csv, .xlsx)")
    parser.add_argument("--school", help="the school of a list; without it every line names its school")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")


def _import(asked: Namespace, at: At) -> Answer:
    if asked.file.suffix.lower() in LIST_FILES:
        return import_list(asked, at)
    return desk_of(at).import_document(read_json(asked.file), at.actor, is_dry_run=asked.dry_run)


def _show_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")


def _show(asked: Namespace, at: At) -> Answer:
    return desk_of(at).show(asked.person_id)


def _invite_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")
    parser.add_argument("--days", type=int, default=30, choices=range(1, 366), metavar="1..365", help="how long it opens (30)")


def _invite(asked: Namespace, at: At) -> Answer:
    return desk_of(at).invite(asked.person_id, at.actor, at.outside.now() + timedelta(days=asked.days))


def _pauses(at: At) -> PauseDesk:
    rooms = at.rooms()
    return PauseDesk(rooms.database, rooms.directory, rooms.pauses, rooms.sign_out)


def _pause_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")
    words = [found.value for found in PauseReason]
    parser.add_argument("--reason", required=True, choices=words, help="what the school's pages say about it")


def _pause(asked: Namespace, at: At) -> Answer:
    return _pauses(at).pause(asked.person_id, PauseReason(asked.reason), at.actor)


def _resume(asked: Namespace, at: At) -> Answer:
    return _pauses(at).resume(asked.person_id, at.actor)


def _story_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--case", default="", help="the number of a case; or else")
    parser.add_argument("--client", default="", help="a service, with")
    parser.add_argument("--subject", default="", help="what it knows the person by")
    parser.add_argument("--grounds", required=True, choices=GROUNDS, help="why; the journal keeps it")
    parser.add_argument("--on", type=date.fromisoformat, help="a local day of the region; default that of the case, or today")


def _story(asked: Namespace, at: At) -> Answer:
    sought = Sought(asked.case, asked.client, asked.subject)
    return story_desk(at.rooms(), at.outside).told(sought, asked.grounds, asked.on, at.actor)


def _end_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("person_id")
    parser.add_argument("--grounds", required=True, choices=GROUNDS, help="why; the journal keeps it")


def _end(asked: Namespace, at: At) -> Answer:
    return story_desk(at.rooms(), at.outside).end_sign_ins(asked.person_id, asked.grounds, at.actor)


def _merge_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("keep", help="the person whose card stays")
    parser.add_argument("merge", help="the person whose card becomes a part of it")
    parser.add_argument("--reason", required=True, help="read by both schools in their journals")


def _merge(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    desk = DuplicateDesk(
        database=rooms.database,
        duplicates=Duplicates(rooms.database, rooms.directory.cards, rooms.vault.sealer, at.outside),
        links=rooms.links,
        untying=rooms.untying,
        sign_out=rooms.sign_out,
        invitations=rooms.invitations,
        pauses=rooms.pauses,
        consents=rooms.consents,
        cases=rooms.cases,
        notices=rooms.notices,
        journal=rooms.journal,
        policy_version=rooms.policies.version,
    )
    return MergeDesk(rooms.directory, rooms.schools, desk).merge(asked.keep, asked.merge, asked.reason, at.actor)


COMMANDS = (
    Command(("people", "import"), "Bring people and schools up to a document, all or nothing", _import_arguments, _import),
    Command(("people", "show"), "One card, SNILS and contacts masked", _show_arguments, _show),
    Command(("people", "invite"), "A login and a temporary password, told once", _invite_arguments, _invite),
    Command(
        ("people", "pause"),
        "Close somebody's sign-in for a while, sessions and grants included",
        _pause_arguments,
        _pause,
        Action.BLOCK_PERSON,
    ),
    Command(
        ("people", "resume"), "Open a paused sign-in again, whoever has closed it", _show_arguments, _resume, Action.BLOCK_PERSON
    ),
    Command(("people", "story"), "What happened to one person on a day, and why", _story_arguments, _story, Action.SEE_STORY),
    Command(("people", "end"), "End every sign-in of a person", _end_arguments, _end, Action.END_SESSIONS),
    Command(("people", "merge"), "Make two cards of two schools one, for the region's support", _merge_arguments, _merge),
)
