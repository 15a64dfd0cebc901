"""broker policy check | explain | regions | compare | drafts | draft"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from broker.console import policy_actions
from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.desk_making import policy_desk
from broker.console.policy_desk import PolicyDesk
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.policy.policies import PolicyFilesBroken, load_policies

_LEVELS = ("confirmed", "standard", "simplified", "child")
_ROLES = ("pupil", "parent", "teacher", "school_administrator")


def _check_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, nargs="?", help="default: the regions in use")
    parser.add_argument("--replaces", type=Path, help="an older copy; refuses to change a period that has begun")
    parser.add_argument("--strict", action="store_true", help="refuse what is only in doubt, too")


def _check(asked: Namespace, at: At) -> Answer:
    return policy_actions.check(_directory(asked, at), asked.replaces, at.outside.now(), strict=asked.strict)


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


def _desk(at: At) -> PolicyDesk:
    return policy_desk(at.rooms(), at.outside, Path(at.settings.regions_directory))


def _compare_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a region file that is not in use")
    parser.add_argument("--on", default="", metavar="DAY", help="YYYY-MM-DD; default the first day of its first new period")


def _compare(asked: Namespace, at: At) -> Answer:
    try:
        text = asked.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refused("The file cannot be read as UTF-8.") from None
    found = dict(_desk(at).compare(text, asked.on))
    if not asked.json:
        # A table of people is easier to read with each outcome in a cell of its own.
        verdicts = ((one, one["before"]["verdict"], one["after"]["verdict"]) for one in found["invented"])
        found["invented"] = [{**one, "before": before, "after": after} for one, before, after in verdicts]
    return found


def _draft_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("digest")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the file there, under its own name")


def _draft(asked: Namespace, at: At) -> Answer:
    found = dict(_desk(at).draft(asked.digest))
    rules = str(found.pop("rules"))
    if asked.out is None:
        return found
    if found["agreed_at"] is None:
        raise Refused("Two people have not agreed to this file.")
    try:
        with (asked.out / found["file"]).open("x", encoding="utf-8", newline="") as file:
            file.write(rules)
    except OSError as error:
        raise Refused(f"The file cannot be written ({error.strerror}).") from None
    return {**found, "written": str(asked.out / found["file"])}


COMMANDS = (
    Command(
        ("policy", "regions"), "The rules of every region: periods in force, over and planned", no_arguments,
        lambda _asked, at: _desk(at).regions(), Action.SEE_POLICY,
    ),
    Command(
        ("policy", "compare"), "What a region file would change, for invented people and in numbers", _compare_arguments,
        _compare, Action.SIMULATE_POLICY,
    ),
    Command(
        ("policy", "drafts"), "Region files that wait for a second officer, or that two agreed to", no_arguments,
        lambda _asked, at: _desk(at).drafts(), Action.SEE_POLICY,
    ),
    Command(
        ("policy", "draft"), "One of them; --out writes the file that two people agreed to", _draft_arguments, _draft,
        Action.SEE_POLICY,
    ),
    Command(("policy", "check"), "Whether region files may be used", _check_arguments, _check),
    Command(("policy", "explain"), "What the rules say about somebody on any day", _explain_arguments, _explain),
)  # fmt: skip
