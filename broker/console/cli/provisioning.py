"""broker provisioning add | list | revoke"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import timedelta

from broker.console.cli.command import Answer, At, Command, no_arguments
from broker.console.provisioning_actions import ProvisioningDesk
from broker.provisioning.tokens import DiaryTokens


def _desk(at: At) -> ProvisioningDesk:
    rooms = at.rooms()
    return ProvisioningDesk(DiaryTokens(rooms.database, rooms.journal, at.outside))


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="the diary; two tokens of one name are one diary's")
    parser.add_argument("--region", required=True, help="two-digit code: whose schools it may touch")
    parser.add_argument("--days", type=int, default=365, choices=range(1, 731), metavar="1..730", help="how long it opens (365)")


def _add(asked: Namespace, at: At) -> Answer:
    return _desk(at).add(asked.name, asked.region, timedelta(days=asked.days), at.actor)


def _revoke_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("token_id")


def _revoke(asked: Namespace, at: At) -> Answer:
    return _desk(at).revoke(asked.token_id, at.actor)


COMMANDS = (
    Command(("provisioning", "add"), "A token for a diary's SCIM, told once", _add_arguments, _add),
    Command(("provisioning", "list"), "Tokens of diaries", no_arguments, lambda asked, at: _desk(at).all()),
    Command(("provisioning", "revoke"), "Close a diary's token at once", _revoke_arguments, _revoke),
)
