"""broker clients deliveries"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from broker.console import delivery_actions
from broker.console.cli.command import Answer, At, Command
from broker.deliveries.queue import STATES


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("client_id")
    parser.add_argument("--state", choices=STATES, help="only deliveries of this state")
    parser.add_argument("--limit", type=int, default=20)


def _deliveries(asked: Namespace, at: At) -> Answer:
    rooms = at.rooms()
    return delivery_actions.outcomes(rooms.clients, rooms.deliveries, asked.client_id, asked.state, asked.limit)


COMMANDS = (
    Command(("clients", "deliveries"), "What a service was told, and what became of it", _arguments, _deliveries),
)
