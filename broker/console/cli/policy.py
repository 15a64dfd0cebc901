"""broker policy check | explain"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from broker.console import policy_actions
from broker.console.cli.command import Answer, At, Command
from broker.console.refused import Refused
from broker.policy.policies import PolicyFilesBroken, load_policies

_LEVELS = ("confirmed", "standard", "simplified", "child")
_ROLES = ("pupil", "parent", "teacher", "school_administrator")


def _check_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, nargs="?", help="default: the regions in use")
    parser.add_argument("--replaces", type=Path, help="an older copy; refuses to change a period that has begun")
    parser.add_argument("--strict", action="store_true", help="refuse what is only in doubt, too")


def _check(asked: Namespace, at: At) -> Answer:
    return policy_actions.check(_directory(asked, at), asked.replaces, at.outside.now().date(), strict=asked.strict)


def _explain_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--directory", type=Path, help="default: the regions in use")
    parser.add_argument("--person", help="somebody of the directory; else say what the person is like")
    parser.add_argument("--region", help="two-digit code; with --person the default is the person's own")
    parser.add_argument("--on", type=date.fromisoformat, help="a local day of the region, YYYY-MM-DD; default today")
    parser.add_argument("--age", type=int, help="whole years on that day")
    parser.add_argument("--role", action="append", choices=_ROLES, help="may be repeated")
    parser.add_argument("--level", choices=_LEVELS, help="of the Gosuslugi account; default confirmed")
    parser.add_argument("--no-snils", action="store_true", help="the diary card has none")
    parser.add_argument("--linked", action="store_true", help="signed in before")
    parser.add_argument("--not-activated", action="store_true", help="the first-login wizard was not finished")
    parser.add_argument("--of-parent", action="store_true", help="the account is tied to a parent's")


def _explain(asked: Namespace, at: At) -> Answer:
    try:
        policies = load_policies(_directory(asked, at))
    except PolicyFilesBroken as broken:
        raise Refused("The region files may not be used: " + "; ".join(broken.problems)) from None
    day = asked.on or policies.of_region(asked.region or "").local_day(at.outside.now())
    if asked.person is not None:
        rooms = at.rooms()
        person = policy_actions.AskedPerson(asked.person, day, asked.region or "", asked.level or "confirmed")
        return policy_actions.explain_person(policies, rooms.directory, rooms.links, person)
    return policy_actions.explain_for(policies, _supposed(asked, day))


def _supposed(asked: Namespace, day: date) -> policy_actions.Supposed:
    if asked.region is None or asked.age is None or asked.role is None:
        raise Refused("Say --person, or --region, --age and --role.")
    if not 0 <= asked.age <= 120:
        raise Refused("--age must be between 0 and 120.")
    return policy_actions.Supposed(
        region=asked.region,
        day=day,
        age=asked.age,
        roles=tuple(asked.role),
        level=asked.level or "confirmed",
        has_snils=not asked.no_snils,
        is_linked=asked.linked,
        is_activated=not asked.not_activated,
        child_of_parent=asked.of_parent,
    )


def _directory(asked: Namespace, at: At) -> Path:
    return asked.directory or Path(at.settings.regions_directory)


COMMANDS = (
    Command(("policy", "check"), "Whether region files may be used", _check_arguments, _check),
    Command(("policy", "explain"), "What the rules say about somebody on any day", _explain_arguments, _explain),
)
