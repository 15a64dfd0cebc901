"""broker upstream status | check | planned | plan-work | withdraw-work"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.desk_making import planned_desk, upstream_desk
from broker.console.planned_actions import PlannedDesk
from broker.console.rights import Action
from broker.console.upstream_actions import UpstreamDesk, probe_shown


def _desk(at: At) -> UpstreamDesk:
    # Whether people fail there just now is what workers know; whoever sits at the machine sees the refusals.
    return upstream_desk(at.rooms(), at.outside, at.settings.esia, lambda: None)


def _check(_asked: Namespace, at: At) -> Answer:
    return probe_shown(_desk(at).check(at.actor))


def _planned(at: At) -> PlannedDesk:
    rooms = at.rooms()
    return planned_desk(rooms, at.outside, rooms.planned, at.settings.screens.zone)


def _span(parser: ArgumentParser) -> None:
    parser.add_argument("--from", dest="starts", default="", metavar="TIME", help="such as '01.12.2026 02:00'; now, if left out")
    parser.add_argument("--until", dest="ends", required=True, metavar="TIME", help="three days later at most")


def _planned_id(parser: ArgumentParser) -> None:
    parser.add_argument("planned_id", metavar="ID")


COMMANDS: tuple[Command, ...] = (
    Command(
        ("upstream", "status"),
        "The connection to Gosuslugi: certificates, refusals of a week, the last check",
        no_arguments,
        lambda _asked, at: _desk(at).described(),
        Action.SEE_UPSTREAM,
    ),
    Command(
        ("upstream", "check"),
        "Ask Gosuslugi now whether it answers, and what its clock says",
        no_arguments,
        _check,
        Action.CHECK_UPSTREAM,
    ),
    Command(
        ("upstream", "planned"),
        "Planned work that is going on or ahead",
        no_arguments,
        lambda _asked, at: _planned(at).all(),
        Action.SEE_UPSTREAM,
    ),
    Command(
        ("upstream", "plan-work"),
        "Nobody begins to sign in for a while; people read of it from a week before",
        _span,
        lambda asked, at: _planned(at).plan(asked.starts, asked.ends, at.actor),
        Action.PLAN_WORK,
    ),
    Command(
        ("upstream", "withdraw-work"),
        "Take planned work back, also when it has begun",
        _planned_id,
        lambda asked, at: _planned(at).withdraw(asked.planned_id, at.actor),
        Action.PLAN_WORK,
    ),
)
