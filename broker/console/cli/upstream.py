"""broker upstream status | check"""

from __future__ import annotations

from argparse import Namespace

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.desk_making import upstream_desk
from broker.console.rights import Action
from broker.console.upstream_actions import UpstreamDesk, probe_shown


def _desk(at: At) -> UpstreamDesk:
    # Whether people fail there just now is what workers know; whoever sits at the machine sees the refusals.
    return upstream_desk(at.rooms(), at.outside, at.settings.esia, lambda: None)


def _check(_asked: Namespace, at: At) -> Answer:
    return probe_shown(_desk(at).check(at.actor))


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
)
